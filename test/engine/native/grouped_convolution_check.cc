// Compares the grouped convolution and its gradients with sums in double precision over many shapes, bit for bit between one thread and three,
// and exits with 1 on a difference. With the argument `bench [threads]`: prints GFLOPS by shape instead.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "../../../src-main/engine/native/grouped_convolution.h"

using namespace handloom;

// Threads that each take an equal share.
class Threads : public Workers {
 public:
  explicit Threads(int count) : count_(count) {}
  int threads() const override { return count_; }
  void run(int64_t units, int64_t, const std::function<void(int64_t, int64_t)>& work) override {
    std::vector<std::thread> others;
    for (int i = 1; i < count_; i++) others.emplace_back([&, i] { work(units * i / count_, units * (i + 1) / count_); });
    work(0, units / count_);
    for (auto& other : others) other.join();
  }

 private:
  int count_;
};

uint64_t state = 1;

template <typename T>
std::vector<T> random(int64_t size) {
  std::vector<T> values(static_cast<size_t>(size));
  for (T& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = fromFloat<T>(float(double(state >> 40) / (1 << 24) * 2 - 1));
  }
  return values;
}

struct Sums {
  std::vector<double> value, magnitude;
  explicit Sums(size_t size) : value(size), magnitude(size) {}
  void add(size_t at, double product) { value[at] += product, magnitude[at] += std::fabs(product); }
};

// Calls visit(input index, filter index, output index) for every product of the convolution.
template <typename Visit>
void everyProduct(const GroupedConvolution& s, Visit visit) {
  for (int64_t n = 0; n < s.batch; n++)
    for (int64_t y = 0; y < s.outputHeight(); y++)
      for (int64_t x = 0; x < s.outputWidth(); x++)
        for (int64_t tap = 0; tap < 9; tap++) {
          int64_t row = y * s.stride + tap / 3 - 1, column = x * s.stride + tap % 3 - 1;
          if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;
          for (int64_t o = 0; o < s.channels; o++)
            for (int64_t i = 0; i < s.groupWidth; i++)
              visit(size_t(((n * s.height + row) * s.width + column) * s.channels + o / s.groupWidth * s.groupWidth + i), size_t((tap * s.groupWidth + i) * s.channels + o),
                    size_t(((n * s.outputHeight() + y) * s.outputWidth() + x) * s.channels + o));
        }
}

template <typename T>
bool near(const char* what, const GroupedConvolution& s, const std::vector<T>& got, const Sums& expected) {
  // Errors of the sum grow with the magnitudes added; the result is rounded to T.
  const double rounding = std::is_same_v<T, float> ? 1e-7 : 1.0 / 256;
  double worst = 0;
  for (size_t i = 0; i < got.size(); i++) {
    double error = std::fabs(double(toFloat(got[i])) - expected.value[i]) / (rounding * std::fabs(expected.value[i]) + 2e-6 * expected.magnitude[i] + 1e-30);
    if (!(error <= worst)) worst = error;
  }
  if (worst <= 1) return true;
  printf("%s %s differs: batch %ld, %ldx%ld, %ld channels in groups of %ld, stride %d: %g times the tolerance\n", std::is_same_v<T, float> ? "float32" : "bfloat16", what,
         long(s.batch), long(s.height), long(s.width), long(s.channels), long(s.groupWidth), s.stride, worst);
  return false;
}

template <typename T>
bool check(const GroupedConvolution& s) {
  const int64_t inputs = s.batch * s.height * s.width * s.channels, outputs = s.batch * s.outputHeight() * s.outputWidth() * s.channels, weights = 9 * s.groupWidth * s.channels;
  const auto input = random<T>(inputs), filter = random<T>(weights), gradient = random<T>(outputs);
  Sums output(static_cast<size_t>(outputs)), inputGradient(static_cast<size_t>(inputs)), filterGradient(static_cast<size_t>(weights));
  everyProduct(s, [&](size_t i, size_t f, size_t o) {
    double x = toFloat(input[i]), w = toFloat(filter[f]), g = toFloat(gradient[o]);
    output.add(o, x * w), inputGradient.add(i, g * w), filterGradient.add(f, x * g);
  });
  std::vector<T> results[2][3];
  for (int run = 0; run < 2; run++) {
    Threads workers(run ? 3 : 1);
    auto& [forward, byInput, byFilter] = results[run];
    forward = random<T>(outputs), byInput = random<T>(inputs), byFilter = random<T>(weights);
    groupedConvolution<T>(s, input.data(), filter.data(), forward.data(), workers);
    groupedConvolutionInputGradient<T>(s, filter.data(), gradient.data(), byInput.data(), workers);
    groupedConvolutionFilterGradient<T>(s, input.data(), gradient.data(), byFilter.data(), workers);
  }
  bool right = near("output", s, results[0][0], output) & near("input gradient", s, results[0][1], inputGradient) & near("filter gradient", s, results[0][2], filterGradient);
  for (int i = 0; i < 3; i++)
    if (memcmp(results[0][i].data(), results[1][i].data(), results[0][i].size() * sizeof(T))) {
      printf("%s result %d depends on the number of threads\n", std::is_same_v<T, float> ? "float32" : "bfloat16", i);
      right = false;
    }
  return right;
}

template <typename T>
void bench(const GroupedConvolution& s, int threads) {
  const int64_t inputs = s.batch * s.height * s.width * s.channels, outputs = s.batch * s.outputHeight() * s.outputWidth() * s.channels, weights = 9 * s.groupWidth * s.channels;
  auto input = random<T>(inputs), filter = random<T>(weights), gradient = random<T>(outputs);
  Threads workers(threads);
  const double operations = 2.0 * 9 * double(outputs) * double(s.groupWidth);
  auto measure = [&](auto&& run) {
    run();
    std::vector<double> seconds;
    for (double total = 0; total < 0.06 || seconds.size() < 3;) {
      auto start = std::chrono::steady_clock::now();
      run();
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      total += seconds.back();
    }
    return operations / *std::min_element(seconds.begin(), seconds.end()) / 1e9;
  };
  std::vector<T> output(gradient), byInput(input), byFilter(filter);
  double forward = measure([&] { groupedConvolution<T>(s, input.data(), filter.data(), output.data(), workers); });
  double backward = measure([&] { groupedConvolutionInputGradient<T>(s, filter.data(), gradient.data(), byInput.data(), workers); });
  double weight = measure([&] { groupedConvolutionFilterGradient<T>(s, input.data(), gradient.data(), byFilter.data(), workers); });
  printf("%s %ld@%ld/%d g%ld: %.1f %.1f %.1f\n", std::is_same_v<T, float> ? "float32" : "bfloat16", long(s.channels), long(s.height), s.stride, long(s.groupWidth), forward,
         backward, weight);
  fflush(stdout);
}

int main(int count, char** arguments) {
  if (count > 1 && std::string(arguments[1]) == "bench") {
    const int threads = count > 2 ? atoi(arguments[2]) : 1;
    for (int type = 0; type < 2; type++)
      for (auto [channels, size, groupWidth, stride] : std::vector<std::array<int, 4>>{
               {48, 64, 8, 2},    {104, 32, 8, 2},  {104, 16, 8, 1},  {208, 16, 8, 2},   {208, 8, 8, 1},   {440, 8, 8, 2},   {440, 4, 8, 1},    {48, 144, 8, 2},  {104, 36, 8, 1},
               {208, 18, 8, 1},   {440, 9, 8, 1},   {64, 144, 16, 2}, {128, 36, 16, 1},  {320, 18, 16, 1}, {768, 9, 16, 1},  {120, 36, 24, 1}, {336, 18, 24, 1},  {888, 9, 24, 1},
               {128, 144, 64, 2}, {128, 72, 64, 1}, {192, 72, 64, 2}, {192, 36, 64, 1},  {512, 36, 64, 2}, {512, 18, 64, 1}, {1088, 18, 64, 2}, {1088, 9, 64, 1},
               {240, 36, 40, 1},  {560, 18, 56, 1}, {448, 36, 112, 1}, {528, 18, 264, 1}}) {
        const GroupedConvolution shape{16, size, size, channels, groupWidth, stride};
        if (type == 0) bench<float>(shape, threads);
        else bench<bfloat16>(shape, threads);
      }
    return 0;
  }
  bool right = true;
  int shapes = 0;
  for (int64_t groupWidth : {1, 2, 3, 5, 8, 10, 12, 16, 19, 24, 40, 48, 56, 64, 72, 112, 120, 128, 168, 232, 264})
    for (int64_t groups : {1, 2, 11})
      for (auto [height, width] : std::vector<std::array<int, 2>>{{1, 1}, {1, 2}, {2, 1}, {3, 4}, {4, 4}, {7, 5}, {8, 9}, {9, 8}, {5, 31}, {33, 18}})
        for (int stride : {1, 2}) {
          if (groups * groupWidth * groupWidth * height * width > 300000) continue;
          const GroupedConvolution shape{height * width > 100 ? 1 : 3, height, width, groups * groupWidth, groupWidth, stride};
          right &= check<float>(shape) & check<bfloat16>(shape);
          shapes++;
        }
  // Bands of rows and chunks of images.
  for (const GroupedConvolution& shape : std::vector<GroupedConvolution>{{2, 150, 130, 16, 8, 2}, {1, 70, 71, 64, 64, 1}, {19, 4, 4, 40, 8, 1}, {2, 61, 60, 48, 24, 1}})
    right &= check<float>(shape) & check<bfloat16>(shape), shapes++;
  printf("%d shapes %s\n", shapes, right ? "agree" : "DIFFER");
  return right ? 0 : 1;
}
