// Compares the fused kernels with plain double-precision loops. Exit code 1 where they differ; with the argument `bench`, GB/s instead.
// g++ -O3 -march=native -std=c++17 -pthread -I../../../src-main/engine/native fused_check.cc

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "batch_norm.h"
#include "fused_elementwise.h"
#include "gates.h"
#include "pool.h"
#include "projective_warp.h"
#include "subsample.h"

using namespace handloom;

namespace {

// Gives every unit to a call of its own, last ones first: results may not depend on how work is cut.
class Backwards : public Workers {
 public:
  int threads() const override { return 1; }
  void run(int64_t units, int64_t, const std::function<void(int64_t, int64_t)>& work) override {
    for (int64_t unit = units; unit-- > 0;) work(unit, unit + 1);
  }
};

// Never ends before its threads do: they are detached.
Pool& pool() {
  static Pool* two = new Pool(2);
  return *two;
}

int failures = 0;

void expect(bool right, const std::string& what) {
  if (right) return;
  failures++;
  printf("FAILED %s\n", what.c_str());
}

std::mt19937 random_(7);

template <typename T>
std::vector<T> normal(int64_t size, float mean = 0, float deviation = 1) {
  std::normal_distribution<float> draw(mean, deviation);
  std::vector<T> values(size);
  for (T& value : values) value = fromFloat<T>(draw(random_));
  return values;
}

// bfloat16: half a unit in the last place, and a little for the float32 before it was rounded.
template <typename T>
constexpr double precision = std::is_same<T, float>::value ? 1e-5 : 1.0 / 255;

template <typename T>
constexpr const char* nameOf = std::is_same<T, float>::value ? "float32" : "bfloat16";

// |actual − wanted| ≤ tolerance · (|wanted| + size)
template <typename T>
void close(const std::vector<T>& actual, const std::vector<double>& wanted, double tolerance, double size, const std::string& what) {
  double worst = 0;
  size_t where = 0;
  for (size_t at = 0; at < wanted.size(); at++) {
    const double difference = std::abs(double(toFloat(actual[at])) - wanted[at]);
    const double off = difference == 0 ? 0 : std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference / (std::abs(wanted[at]) + size);
    if (off > worst) worst = off, where = at;
  }
  char text[200];
  snprintf(text, sizeof text, "%s: off by %.2g (allowed %.2g) at %zu: %.9g, not %.9g", what.c_str(), worst, tolerance, where, double(toFloat(actual[where])), wanted[where]);
  expect(actual.size() == wanted.size() && worst <= tolerance, text);
}

template <typename T>
bool same(const std::vector<T>& one, const std::vector<T>& other) {
  return one.size() == other.size() && memcmp(one.data(), other.data(), one.size() * sizeof(T)) == 0;
}

std::vector<double> doubles(size_t size) { return std::vector<double>(size); }

template <typename T>
void checkBatchNorm(int64_t rows, int64_t channels, float centre, bool residual, bool relu) {
  const int64_t size = rows * channels;
  const float epsilon = 1e-5f;
  const std::string what = std::string("batch norm ") + nameOf<T> + " [" + std::to_string(rows) + ", " + std::to_string(channels) + "] about " + std::to_string(int(centre)) +
                           (residual ? " + shortcut" : "") + (relu ? " relu" : "");
  const auto x = normal<T>(size, centre), shortcut = normal<T>(size), dy = normal<T>(size);
  const auto scale = normal<float>(channels, 1, 0.3f), offset = normal<float>(channels, 0, 0.5f);
  std::vector<T> y(size), dx(size), dshortcut(size);
  std::vector<float> mean(channels), variance(channels), reciprocal(channels), dscale(channels), doffset(channels);
  batchNormTraining(rows, channels, x.data(), scale.data(), offset.data(), residual ? shortcut.data() : nullptr, relu, epsilon, y.data(), mean.data(), variance.data(),
                    reciprocal.data(), pool());
  batchNormGradient(rows, channels, dy.data(), x.data(), residual && relu ? y.data() : nullptr, relu, mean.data(), reciprocal.data(), scale.data(), offset.data(),
                    dx.data(), dscale.data(), doffset.data(), residual ? dshortcut.data() : nullptr, pool());

  auto means = doubles(channels), variances = doubles(channels), reciprocals = doubles(channels), outputs = doubles(size), dscales = doubles(channels),
       doffsets = doubles(channels), dxs = doubles(size), masked = doubles(size);
  for (int64_t c = 0; c < channels; c++) {
    double squares = 0;
    for (int64_t r = 0; r < rows; r++) means[c] += toFloat(x[r * channels + c]) / double(rows);
    for (int64_t r = 0; r < rows; r++) squares += std::pow(toFloat(x[r * channels + c]) - means[c], 2);
    variances[c] = squares / double(std::max<int64_t>(rows - 1, 1));
    reciprocals[c] = 1 / std::sqrt(squares / double(rows) + epsilon);
    for (int64_t r = 0; r < rows; r++) {
      const int64_t at = r * channels + c;
      const double normalised = (toFloat(x[at]) - means[c]) * reciprocals[c];
      const double before = normalised * scale[c] + offset[c] + (residual ? toFloat(shortcut[at]) : 0);
      outputs[at] = relu ? std::max(before, 0.0) : before;
      // The mask is checked by its own: near 0 the two may disagree.
      masked[at] = !relu || toFloat(y[at]) > 0 ? toFloat(dy[at]) : 0;
      doffsets[c] += masked[at];
      dscales[c] += masked[at] * normalised;
    }
    for (int64_t r = 0; r < rows; r++) {
      const int64_t at = r * channels + c;
      const double normalised = (toFloat(x[at]) - means[c]) * reciprocals[c];
      dxs[at] = scale[c] * reciprocals[c] * (masked[at] - doffsets[c] / double(rows) - normalised * dscales[c] / double(rows));
    }
  }
  // float32 numbers about `centre` carry its rounding error.
  const double lost = 1 + std::abs(centre) / 10;
  close(mean, means, 1e-6, 1e-1, what + ": mean");
  if (rows > 1) close(variance, variances, 1e-5, 0, what + ": variance");
  if (rows > 1) close(reciprocal, reciprocals, 1e-5, 0, what + ": reciprocal deviation");
  // One or two rows: x − mean is about as small as its rounding error, which the reciprocal deviation enlarges a thousand times.
  const double few = rows <= 2 ? 1'000 : 1;
  close(y, outputs, precision<T> * lost * few, 1, what + ": y");
  close(dx, dxs, precision<T> * lost * few, rows <= 2 ? 1'000 : 1, what + ": dx");
  close(dscale, dscales, 2e-5 * lost * few, std::sqrt(double(rows)), what + ": dscale");
  close(doffset, doffsets, 1e-5, std::sqrt(double(rows)), what + ": doffset");
  if (residual) close(dshortcut, masked, 0, 1, what + ": dshortcut");

  Backwards backwards;
  std::vector<T> againY(size), againDx(dy);
  auto againMean = mean, againVariance = variance, againReciprocal = reciprocal, againDscale = dscale, againDoffset = doffset;
  batchNormTraining(rows, channels, x.data(), scale.data(), offset.data(), residual ? shortcut.data() : nullptr, relu, epsilon, againY.data(), againMean.data(),
                    againVariance.data(), againReciprocal.data(), backwards);
  // In place, and without the gradient of the shortcut.
  batchNormGradient<T>(rows, channels, againDx.data(), x.data(), residual && relu ? y.data() : nullptr, relu, mean.data(), reciprocal.data(), scale.data(), offset.data(),
                       againDx.data(), againDscale.data(), againDoffset.data(), nullptr, backwards);
  expect(same(y, againY) && same(mean, againMean) && same(variance, againVariance) && same(reciprocal, againReciprocal), what + ": depends on the threads");
  expect(same(dx, againDx) && same(dscale, againDscale) && same(doffset, againDoffset), what + ": gradient depends on the threads");

  std::vector<T> shifted(size);
  biasAct(rows, channels, x.data(), offset.data(), residual ? shortcut.data() : nullptr, relu, shifted.data(), pool());
  for (int64_t at = 0; at < size; at++) {
    const double sum = double(toFloat(x[at])) + offset[at % channels] + (residual ? toFloat(shortcut[at]) : 0);
    outputs[at] = relu ? std::max(sum, 0.0) : sum;
  }
  close(shifted, outputs, precision<T>, 1e-1, what + ": bias");
}

// A difference of bfloat16 numbers in the hundreds has a variance that one pass about 0 would lose.
void checkOutlier() {
  const int64_t rows = 5'000, channels = 3;
  auto x = normal<float>(rows * channels, 3'000);
  for (int64_t channel = 0; channel < channels; channel++) x[channel] = -1e4f;
  std::vector<float> scale(channels, 1), offset(channels), y(x.size()), mean(channels), variance(channels), reciprocal(channels);
  batchNormTraining<float>(rows, channels, x.data(), scale.data(), offset.data(), nullptr, false, 1e-5f, y.data(), mean.data(), variance.data(), reciprocal.data(), pool());
  auto variances = doubles(channels);
  for (int64_t c = 0; c < channels; c++) {
    double centre = 0;
    for (int64_t r = 0; r < rows; r++) centre += x[r * channels + c] / double(rows);
    for (int64_t r = 0; r < rows; r++) variances[c] += std::pow(x[r * channels + c] - centre, 2) / double(rows - 1);
  }
  close(variance, variances, 1e-5, 0, "batch norm of a map whose first row is far off: variance");
}

// NaN shows: in the output and in the gradient of its channel, as in TensorFlow and PyTorch.
void checkNaN() {
  std::vector<float> x = {1, 2, std::nanf(""), 4}, scale = {1, 1}, offset = {0, 0}, y(4), mean(2), variance(2), reciprocal(2);
  batchNormTraining<float>(2, 2, x.data(), scale.data(), offset.data(), nullptr, true, 1e-5f, y.data(), mean.data(), variance.data(), reciprocal.data(), pool());
  expect(std::isnan(y[0]) && std::isnan(y[2]) && std::isfinite(y[1]) && std::isfinite(y[3]) && std::isnan(mean[0]), "batch norm hides NaN");
}

template <typename T>
void checkChannels(int64_t batch, int64_t area, int64_t channels) {
  const std::string what = std::string(nameOf<T>) + " [" + std::to_string(batch) + ", " + std::to_string(area) + ", " + std::to_string(channels) + "]";
  const int64_t size = batch * area * channels;
  const auto x = normal<T>(size, 0.5f), dy = normal<T>(size);
  const auto gate = normal<float>(batch * channels, 0.5f, 0.2f), dpooled = normal<float>(batch * channels);
  auto factors = normal<float>(batch, 1);
  factors[0] = 0;
  std::vector<T> spread(size), y(size), dx(size), sum(size), joined(size), djoined(size), dshortcut(size);
  std::vector<float> pooled(batch * channels), dgate(batch * channels);
  averagePool(batch, area, channels, x.data(), pooled.data(), pool());
  averagePoolGradient(batch, area, channels, dpooled.data(), spread.data(), pool());
  scaleChannels(batch, area, channels, x.data(), gate.data(), y.data(), pool());
  gateGradient(batch, area, channels, dy.data(), x.data(), dgate.data(), pool());
  gateInputGradient(batch, area, channels, dy.data(), gate.data(), dpooled.data(), dx.data(), pool());
  sumOf(size, x.data(), dy.data(), sum.data(), pool());
  joinScaled(batch, area, channels, x.data(), factors.data(), dy.data(), joined.data(), pool());
  joinScaledGradient(batch, area, channels, dy.data(), joined.data(), factors.data(), djoined.data(), dshortcut.data(), pool());
  auto means = doubles(batch * channels), dgates = doubles(batch * channels), spreads = doubles(size), ys = doubles(size), dxs = doubles(size), sums = doubles(size),
       joins = doubles(size), djoins = doubles(size), dshortcuts = doubles(size);
  for (int64_t at = 0; at < size; at++) {
    const int64_t image = at / channels / area, of = image * channels + at % channels;
    const double input = toFloat(x[at]), gradient = toFloat(dy[at]), share = dpooled[of] / double(area);
    means[of] += input / double(area);
    dgates[of] += gradient * input;
    spreads[at] = share;
    ys[at] = input * gate[of];
    dxs[at] = gradient * gate[of] + share;
    sums[at] = input + gradient;
    joins[at] = std::max(0.0, input * factors[image] + gradient);
    dshortcuts[at] = toFloat(joined[at]) > 0 ? gradient : 0;
    djoins[at] = dshortcuts[at] * factors[image];
  }
  close(pooled, means, 1e-5, 0.1, "averagePool " + what);
  close(spread, spreads, precision<T>, 0, "averagePoolGradient " + what);
  close(y, ys, precision<T>, 0, "scaleChannels " + what);
  close(dgate, dgates, 1e-5, std::sqrt(double(area)), "gateGradient " + what);
  close(dx, dxs, precision<T>, 0.1, "gateInputGradient " + what);
  close(sum, sums, precision<T>, 0.1, "sumOf " + what);
  close(joined, joins, precision<T>, 0.1, "joinScaled " + what);
  close(djoined, djoins, precision<T>, 0, "joinScaledGradient of the branch " + what);
  close(dshortcut, dshortcuts, 0, 1, "joinScaledGradient of the shortcut " + what);
  Backwards backwards;
  std::vector<float> againPooled(pooled.size()), againDgate(dgate.size());
  averagePool(batch, area, channels, x.data(), againPooled.data(), backwards);
  gateGradient(batch, area, channels, dy.data(), x.data(), againDgate.data(), backwards);
  expect(same(pooled, againPooled) && same(dgate, againDgate), "sums over the area depend on the threads " + what);
}

template <typename T>
void checkSubsample(int64_t batch, int64_t height, int64_t width, int64_t channels, int64_t step) {
  const std::string what = std::string("subsample ") + nameOf<T> + " [" + std::to_string(batch) + ", " + std::to_string(height) + ", " + std::to_string(width) + ", " +
                           std::to_string(channels) + "] by " + std::to_string(step);
  const int64_t high = (height + step - 1) / step, wide = (width + step - 1) / step;
  const auto x = normal<T>(batch * height * width * channels), dy = normal<T>(batch * high * wide * channels), also = normal<T>(x.size());
  std::vector<T> y(dy.size()), wanted(dy.size()), dx = normal<T>(x.size()), dxWanted(x.size()), sum = normal<T>(x.size()), inPlace(also), sumWanted(also);
  subsample(batch, height, width, channels, step, x.data(), y.data(), pool());
  subsampleGradient<T>(batch, height, width, channels, step, dy.data(), nullptr, dx.data(), pool());
  subsampleGradient(batch, height, width, channels, step, dy.data(), also.data(), sum.data(), pool());
  subsampleGradient(batch, height, width, channels, step, dy.data(), inPlace.data(), inPlace.data(), pool());
  for (int64_t b = 0; b < batch; b++) {
    for (int64_t i = 0; i < high; i++) {
      for (int64_t j = 0; j < wide; j++) {
        for (int64_t c = 0; c < channels; c++) {
          const int64_t small = ((b * high + i) * wide + j) * channels + c, large = ((b * height + i * step) * width + j * step) * channels + c;
          wanted[small] = x[large];
          dxWanted[large] = dy[small];
          sumWanted[large] = fromFloat<T>(toFloat(also[large]) + toFloat(dy[small]));
        }
      }
    }
  }
  expect(same(y, wanted), what);
  expect(same(dx, dxWanted), what + ": gradient");
  expect(same(sum, sumWanted) && same(inPlace, sumWanted), what + ": gradient on top of another");
}

// One AdamW step (Loshchilov and Hutter, 2019) and a moving average. Inputs: parameter, gradient, two moments, average; then single values.
const char* const adamW =
    "mul 20 2 5;mul 21 1 6;add 22 20 21;mul 23 3 7;square 24 1;mul 25 24 8;add 26 23 25;sqrt 27 26;div 28 27 9;add 29 28 10;div 30 22 29;mul 31 30 11;"
    "mul 32 0 12;sub 33 32 31;mul 34 4 13;sub 35 14 13;mul 36 33 35;add 37 34 36;output 33 22 26 37";
constexpr float adamWValues[] = {0.9f, 0.1f, 0.999f, 0.001f, 0.98f, 1e-8f, 3e-4f, 0.9999f, 0.999f, 1.0f};

void checkElementwise(int64_t size) {
  ElementwiseProgram program;
  const std::string wrong = program.parse(adamW, 15, 4);
  expect(wrong.empty(), "AdamW: " + wrong);
  auto parameter = normal<float>(size), gradient = normal<float>(size), first = normal<float>(size), second = normal<float>(size, 1, 0.1f), average = normal<float>(size);
  std::vector<float> want[4];
  for (int64_t at = 0; at < size; at++) {
    const float* v = adamWValues;
    // Each result rounded by itself.
    volatile float a = first[at] * v[0], b = gradient[at] * v[1], m = a + b, c = second[at] * v[2], d = gradient[at] * gradient[at], e = d * v[3], n = c + e;
    volatile float root = std::sqrt(n), f = root / v[4], g = f + v[5], h = m / g, i = h * v[6], j = parameter[at] * v[7], p = j - i;
    volatile float k = average[at] * v[8], l = v[9] - v[8], o = p * l, q = k + o;
    const float results[] = {p, m, n, q};
    for (int output = 0; output < 4; output++) want[output].push_back(results[output]);
  }
  std::vector<const float*> inputs = {parameter.data(), gradient.data(), first.data(), second.data(), average.data()};
  std::vector<bool> single(5, false);
  for (const float& value : adamWValues) inputs.push_back(&value), single.push_back(true);
  program.run(size, inputs, single, {parameter.data(), first.data(), second.data(), average.data()}, pool());
  expect(same(parameter, want[0]) && same(first, want[1]) && same(second, want[2]) && same(average, want[3]), "AdamW of " + std::to_string(size) + " is not bit for bit that of single operations");
}

void checkEachOperation() {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const std::vector<float> a = {1, -2, 0, nan, 3, 1e-40f, inf, 7, -0.0f}, b = {3, -2, nan, 1, inf, 2, inf, -1, 0}, c = {9, 8, 7, 6, 5, 4, 3, 2, 1};
  const auto apply = [](const std::string& name, float a, float b, float c) -> float {
    if (name == "add") return a + b;
    if (name == "sub") return a - b;
    if (name == "mul") return a * b;
    if (name == "div") return a / b;
    if (name == "max") return a != a || b != b ? std::nanf("") : a < b ? b : a;
    if (name == "min") return a != a || b != b ? std::nanf("") : b < a ? b : a;
    if (name == "greater") return a > b ? 1 : 0;
    if (name == "select") return a > 0 ? b : c;
    if (name == "sqrt") return std::sqrt(a);
    if (name == "rsqrt") return 1 / std::sqrt(a);
    if (name == "square") return a * a;
    return -a;
  };
  for (const ElementwiseName& known : elementwiseNames) {
    if (known.operation == Elementwise::prefix) continue;
    ElementwiseProgram program;
    const char* const operands[] = {" 0", " 0 1", " 0 1 2"};
    const std::string name = known.name;
    expect(program.parse(name + " 7" + operands[known.operands - 1] + "; output 7", 3, 1).empty(), name + " is not read");
    for (int singles = 0; singles < 8; singles++) {
      std::vector<float> results(a.size());
      program.run(int64_t(a.size()), {a.data(), b.data(), c.data()}, {(singles & 1) != 0, (singles & 2) != 0, (singles & 4) != 0}, {results.data()}, pool());
      for (size_t at = 0; at < a.size(); at++) {
        const float want = apply(name, a[singles & 1 ? 0 : at], b[singles & 2 ? 0 : at], c[singles & 4 ? 0 : at]);
        expect(want == results[at] || (want != want && results[at] != results[at]), name + " of " + std::to_string(a[at]) + " and " + std::to_string(b[at]) + " is " + std::to_string(results[at]));
      }
    }
  }
}

void checkPrefix() {
  ElementwiseProgram program;
  const std::string wrong = program.parse("prefix 3 1 2 700;mul 4 0 3;output 4 3", 3, 2);
  expect(wrong.empty(), "prefix: " + wrong);
  const std::vector<float> x = normal<float>(1'500);
  std::vector<float> scaled(x.size()), factors(x.size());
  const float first = 0.5f, rest = 3;
  program.run(int64_t(x.size()), {x.data(), &first, &rest}, {false, true, true}, {scaled.data(), factors.data()}, pool());
  bool right = true;
  for (size_t at = 0; at < x.size(); at++) right = right && factors[at] == (at < 700 ? first : rest) && scaled[at] == x[at] * factors[at];
  expect(right, "prefix");
}

void checkNonsense() {
  const struct {
    const char* text;
    int inputs, outputs;
  } cases[] = {
      {"", 1, 1},
      {"output 0", 0, 1},
      {"output 0", 2'000, 1},
      {"output", 1, 0},
      {"output 0 0", 1, 1},
      {"add 1 0 0", 1, 1},
      {"add 1 0 2;output 1", 1, 1},
      {"add 1 0;output 1", 1, 1},
      {"add 1 0 0 0;output 1", 1, 1},
      {"add 0 0 0;output 0", 1, 1},
      {"add 1 0 0;add 1 0 0;output 1", 1, 1},
      {"power 1 0 0;output 1", 1, 1},
      {"add 1 0 -1;output 1", 1, 1},
      {"add 1 0 0x;output 1", 1, 1},
      {"add 99999999999 0 0;output 0", 1, 1},
      {"output 0;add 1 0 0", 1, 1},
      {"add 1 0 0;;output 1", 1, 1},
      {"add 1 0 0;output 1;", 1, 1},
      {"prefix 1 0 0;output 1", 1, 1},
  };
  for (const auto& nonsense : cases) {
    ElementwiseProgram program;
    expect(!program.parse(nonsense.text, nonsense.inputs, nonsense.outputs).empty(), std::string("\"") + nonsense.text + "\" is taken for a program");
  }
}

template <typename T>
void checkWarp(int64_t batch, int64_t height, int64_t width, int64_t size, bool coloured) {
  std::vector<uint8_t> images(batch * height * width * 3);
  for (uint8_t& value : images) value = uint8_t(random_());
  std::vector<float> transforms;
  std::normal_distribution<float> draw(0, 1);
  for (int64_t image = 0; image < batch; image++) {
    const float zoom = float(width) / float(size) * 1.1f, move = float(width) / 20;
    for (float value : {zoom + draw(random_) * 0.1f, draw(random_) * 0.2f, draw(random_) * move, draw(random_) * 0.2f, zoom, draw(random_) * move, draw(random_) * 2e-3f, draw(random_) * 2e-3f}) {
      transforms.push_back(value);
    }
  }
  // The first is the identity: it reaches the very corners.
  for (int k = 0; k < 8; k++) transforms[k] = k == 0 || k == 4 ? 1.0f : 0.0f;
  // The last has points at infinity.
  if (batch > 2) transforms[batch * 8 - 2] = -1;
  const float mean[] = {0.485f, 0.456f, 0.406f}, deviation[] = {0.229f, 0.224f, 0.225f};
  std::vector<T> output(batch * size * size * 3);
  auto wanted = doubles(output.size());
  std::vector<float> changes;
  for (int64_t image = 0; image < batch; image++) {
    for (float value : {1.2f, 0.8f, 1 + draw(random_) / 4, draw(random_) * 30}) changes.push_back(value);
  }
  projectiveWarp(batch, height, width, images.data(), transforms.data(), coloured ? changes.data() : nullptr, size, mean, deviation, output.data(), pool());
  size_t at = 0;
  for (int64_t image = 0; image < batch; image++) {
    const float* t = &transforms[image * 8];
    const auto read = [&](double row, double column, int channel) -> double {
      return row < 0 || row >= double(height) || column < 0 || column >= double(width) ? 0 : images[((image * height + int64_t(row)) * width + int64_t(column)) * 3 + channel];
    };
    for (int64_t j = 0; j < size; j++) {
      for (int64_t i = 0; i < size; i++) {
        const double w = double(t[6]) * i + double(t[7]) * j + 1;
        const double x = (double(t[0]) * i + double(t[1]) * j + t[2]) / w, y = (double(t[3]) * i + double(t[4]) * j + t[5]) / w;
        const double left = std::floor(x), top = std::floor(y), right = x - left, down = y - top;
        for (int channel = 0; channel < 3; channel++) {
          const double value = w == 0 ? 0
                                      : (1 - down) * ((1 - right) * read(top, left, channel) + right * read(top, left + 1, channel)) +
                                            down * ((1 - right) * read(top + 1, left, channel) + right * read(top + 1, left + 1, channel));
          const double changed = coloured ? std::min(255.0, std::max(0.0, value * changes[image * 4 + channel] + changes[image * 4 + 3])) : value;
          wanted[at++] = (changed / 255 - mean[channel]) / deviation[channel];
        }
      }
    }
  }
  const double share = std::is_same<T, float>::value ? 1e-4 / 0.22 : precision<T> + 1e-4 / 0.22;
  close(output, wanted, share, 1, std::string("projectiveWarp ") + nameOf<T> + " from " + std::to_string(height) + " × " + std::to_string(width) + " to " + std::to_string(size) + (coloured ? " coloured" : ""));
}

template <typename T>
void checkAll() {
  const int64_t channels[] = {1, 3, 8, 13, 16, 24, 32, 48, 80, 104, 208, 440, 441};
  for (int64_t count : channels) {
    for (int64_t rows : {1, 2, 7, 64, 1'023}) {
      for (int kind = 0; kind < 4; kind++) checkBatchNorm<T>(rows, count, 0.5f, (kind & 1) != 0, (kind & 2) != 0);
    }
    for (int64_t area : {1, 9, 49, 1'024}) checkChannels<T>(3, area, count);
    checkSubsample<T>(2, 7, 5, count, 2);
    checkSubsample<T>(1, 8, 8, count, 3);
  }
  checkBatchNorm<T>(16 * 64 * 64, 32, 0, false, true);
  checkBatchNorm<T>(20'011, 24, 0, true, true);
  for (bool coloured : {false, true}) {
    checkWarp<T>(4, 61, 47, 40, coloured);
    checkWarp<T>(1, 16, 16, 16, coloured);
    checkWarp<T>(2, 1, 1, 19, coloured);
  }
}

// Seconds of the fastest of some calls.
double seconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int repeat = 0; repeat < 30; repeat++) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

void report(const char* what, const char* type, int64_t size, double bytes, const std::function<void()>& work) {
  const double time = seconds(work);
  printf("%-38s %-8s %9ld elements %8.3f ms %6.1f GB/s\n", what, type, long(size), time * 1e3, bytes / time * 1e-9);
}

// GB/s count each map once for every pass that must touch it.
template <typename T>
void bench(int64_t batch, int64_t side, int64_t channels) {
  const int64_t rows = batch * side * side, size = rows * channels;
  const double bytes = double(size * sizeof(T));
  printf("[%ld, %ld, %ld, %ld]\n", long(batch), long(side), long(side), long(channels));
  const auto x = normal<T>(size), shortcut = normal<T>(size), dy = normal<T>(size);
  const auto gate = normal<float>(batch * channels), scale = normal<float>(channels, 1, 0.3f), offset = normal<float>(channels, 0, 0.5f);
  std::vector<T> y(size), dx(size), dshortcut(size);
  std::vector<float> few(batch * channels), mean(channels), variance(channels), reciprocal(channels), dscale(channels), doffset(channels);
  const auto forward = [&](const T* residual) {
    batchNormTraining(rows, channels, x.data(), scale.data(), offset.data(), residual, true, 1e-5f, y.data(), mean.data(), variance.data(), reciprocal.data(), pool());
  };
  const auto backward = [&](const T* output, T* residual) {
    batchNormGradient(rows, channels, dy.data(), x.data(), output, true, mean.data(), reciprocal.data(), scale.data(), offset.data(), dx.data(), dscale.data(), doffset.data(),
                      residual, pool());
  };
  report("copy", nameOf<T>, size, 2 * bytes, [&] {
    const int64_t parts = 64;
    pool().run(parts, 1'000'000, [&](int64_t begin, int64_t end) { memcpy((void*)&y[begin * size / parts], &x[begin * size / parts], (end - begin) * size / parts * sizeof(T)); });
  });
  report("batch norm + relu", nameOf<T>, size, 3 * bytes, [&] { forward(nullptr); });
  report("batch norm + shortcut + relu", nameOf<T>, size, 4 * bytes, [&] { forward(shortcut.data()); });
  report("gradient, relu", nameOf<T>, size, 5 * bytes, [&] { backward(nullptr, nullptr); });
  report("gradient, shortcut + relu", nameOf<T>, size, 7 * bytes, [&] { backward(y.data(), dshortcut.data()); });
  report("bias + shortcut + relu", nameOf<T>, size, 3 * bytes, [&] { biasAct(rows, channels, x.data(), offset.data(), shortcut.data(), true, y.data(), pool()); });
  report("average pool", nameOf<T>, size, bytes, [&] { averagePool(batch, side * side, channels, x.data(), few.data(), pool()); });
  report("scale channels", nameOf<T>, size, 2 * bytes, [&] { scaleChannels(batch, side * side, channels, x.data(), gate.data(), y.data(), pool()); });
  report("gradient of the gate", nameOf<T>, size, 2 * bytes, [&] { gateGradient(batch, side * side, channels, dy.data(), x.data(), few.data(), pool()); });
  report("gradient of what is gated", nameOf<T>, size, 2 * bytes,
         [&] { gateInputGradient(batch, side * side, channels, dy.data(), gate.data(), gate.data(), dx.data(), pool()); });
  report("subsample by 2", nameOf<T>, size, 0.5 * bytes, [&] { subsample(batch, side, side, channels, 2, x.data(), y.data(), pool()); });
  report("subsample by 2, gradient", nameOf<T>, size, 1.25 * bytes, [&] { subsampleGradient<T>(batch, side, side, channels, 2, dy.data(), nullptr, dx.data(), pool()); });
}

template <typename T>
void benchWarp(int64_t stored, int64_t size) {
  const int64_t batch = 16;
  std::vector<uint8_t> images(batch * stored * stored * 3);
  for (uint8_t& value : images) value = uint8_t(random_());
  std::vector<float> transforms;
  const float zoom = float(stored) / float(size);
  for (int64_t image = 0; image < batch; image++) transforms.insert(transforms.end(), {zoom, 0.1f, 1, -0.1f, zoom, 2, 1e-4f, -1e-4f});
  const float mean[] = {0.485f, 0.456f, 0.406f}, deviation[] = {0.229f, 0.224f, 0.225f};
  std::vector<T> output(batch * size * size * 3);
  report("projective warp", nameOf<T>, int64_t(output.size()), double(output.size() * sizeof(T) + images.size()),
         [&] { projectiveWarp(batch, stored, stored, images.data(), transforms.data(), nullptr, size, mean, deviation, output.data(), pool()); });
}

void benchElementwise(int64_t size) {
  ElementwiseProgram program;
  program.parse(adamW, 15, 4);
  std::vector<std::vector<float>> vectors(5, std::vector<float>(size, 0.5f));
  std::vector<const float*> inputs;
  for (auto& vector : vectors) inputs.push_back(vector.data());
  std::vector<bool> single(5, false);
  for (const float& value : adamWValues) inputs.push_back(&value), single.push_back(true);
  report("AdamW and moving average", "float32", size, 9.0 * double(size) * sizeof(float),
         [&] { program.run(size, inputs, single, {vectors[0].data(), vectors[2].data(), vectors[3].data(), vectors[4].data()}, pool()); });
}

}  // namespace

int main(int count, char** words) {
  if (count > 1 && std::string(words[1]) == "bench") {
    const int64_t sides[] = {64, 32, 16, 8, 4}, larger[] = {144, 72, 36, 18, 9}, channels[] = {32, 48, 104, 208, 440};
    for (int stage = 0; stage < 5; stage++) bench<bfloat16>(16, sides[stage], channels[stage]), bench<float>(16, sides[stage], channels[stage]);
    for (int stage = 0; stage < 2; stage++) bench<bfloat16>(16, larger[stage], channels[stage]), bench<float>(16, larger[stage], channels[stage]);
    benchElementwise(4'000'000);
    benchWarp<bfloat16>(320, 288), benchWarp<float>(160, 128);
    return 0;
  }
  checkAll<float>();
  checkAll<bfloat16>();
  checkBatchNorm<float>(5'000, 24, 1'000, false, true);
  checkBatchNorm<float>(5'000, 13, -300, true, true);
  checkBatchNorm<bfloat16>(5'000, 24, 100, false, true);
  checkOutlier();
  checkNaN();
  for (int64_t size : {1, 15, 16, 511, 512, 513, 100'003}) checkElementwise(size);
  checkEachOperation();
  checkPrefix();
  checkNonsense();
  printf(failures ? "%d failures\n" : "all as they should be\n", failures);
  return failures ? 1 : 0;
}
