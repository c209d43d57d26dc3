// Passes over feature maps [rows, channels] as over one long vector, whatever the number of channels, and sums over their rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "parallel.h"
#include "vectors.h"

namespace handloom {

// `floats` in registers, with the alignment of its own.
typedef float vector __attribute__((vector_size(sizeof(floats))));

// A body of a pass is written once for V = vector (sixteen neighbours) and V = float (the few elements at the end).
template <typename V>
constexpr int64_t widthOf = sizeof(V) / sizeof(float);

template <typename V, typename T>
inline V get(const T* from) {
  if constexpr (widthOf<V> == 1) return toFloat(*from);
  else return load(from);
}

template <typename T, typename V>
inline void put(T* to, V values) {
  if constexpr (widthOf<V> == 1) *to = fromFloat<T>(values);
  else store(to, values);
}

// NaN stays NaN.
template <typename V>
inline V rectify(V value) {
  const V zero{};
  return value < zero ? zero : value;
}

// The gradient where the output of a rectifier is positive, else 0.
template <typename V>
inline V rectifyGradient(V output, V gradient) {
  const V zero{};
  return output <= zero ? zero : gradient;
}

// N neighbouring vectors of type V: what a body handles at a time, with what belongs to the channels in registers.
template <typename V, int N>
struct Columns {
  using Vector = V;
  static constexpr int count = N;
};

// A map of any number of channels is a vector in which the channels return with a period that is a whole number of SIMD vectors: a few rows.
struct Period {
  int64_t channels;
  int64_t length;

  // Not by std::lcm: GCC 12.2 gets its absolute value wrong with -O3 -march=znver4.
  explicit Period(int64_t channels) : channels(channels), length(channels) {
    while (length % lanes != 0 || length < 4 * lanes) length += channels;
  }

  // What belongs to the channels, repeated over a period.
  template <typename T>
  void spread(const T* ofChannels, float* ofPeriod) const {
    for (int64_t at = 0; at < channels; at++) ofPeriod[at] = toFloat(ofChannels[at]);
    for (int64_t at = channels; at < length; at += channels) memcpy(ofPeriod + at, ofPeriod, channels * sizeof(float));
  }

  // Elements that one thread handles at a time and that one float32 sum runs over. Depends on the shape only, and so do all sums.
  int64_t chunk() const { return length * std::max<int64_t>(16, 16'384 / length); }
};

// Calls body(Columns, start, column, repetitions) for all of `count` elements that begin with a period: the columns' elements lie at
// start + column + repetition · period. Goes through pieces that stay in the innermost cache.
template <typename Body>
inline void sweep(const Period& period, int64_t count, const Body& body) {
  const auto visit = [&](int64_t start, int64_t width, int64_t repetitions) {
    int64_t column = 0;
    for (; column + 4 * lanes <= width; column += 4 * lanes) body(Columns<vector, 4>(), start, column, repetitions);
    for (; column + 2 * lanes <= width; column += 2 * lanes) body(Columns<vector, 2>(), start, column, repetitions);
    for (; column + lanes <= width; column += lanes) body(Columns<vector, 1>(), start, column, repetitions);
    for (; column < width; column++) body(Columns<float, 1>(), start, column, repetitions);
  };
  const int64_t whole = count / period.length;
  const int64_t piece = std::max<int64_t>(1, 8'192 / period.length);
  for (int64_t at = 0; at < whole; at += piece) visit(at * period.length, period.length, std::min(piece, whole - at));
  if (whole * period.length < count) visit(whole * period.length, count - whole * period.length, 1);
}

// Cuts each of `images` maps of `count` elements into chunks and calls visit(image, chunk, offset in memory, length) on several threads.
// `cost`: cycles for sixteen elements.
template <typename Visit>
inline void forChunks(const Period& period, int64_t images, int64_t count, int64_t cost, Workers& workers, const Visit& visit) {
  const int64_t size = period.chunk(), chunks = (count + size - 1) / size;
  workers.run(images * chunks, std::min(size, count) / lanes * cost + 1, [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; unit++) {
      const int64_t image = unit / chunks, chunk = unit % chunks;
      visit(image, chunk, image * count + chunk * size, std::min(size, count - chunk * size));
    }
  });
}

// Calls body(Columns, offset in memory, column, repetitions, image) for all elements of `images` maps of `count` elements each.
template <typename Body>
inline void forElements(const Period& period, int64_t images, int64_t count, int64_t cost, Workers& workers, const Body& body) {
  forChunks(period, images, count, cost, workers, [&](int64_t image, int64_t, int64_t offset, int64_t length) {
    sweep(period, length, [&](auto columns, int64_t start, int64_t column, int64_t repetitions) {
      body(columns, offset + start + column, column, repetitions, image);
    });
  });
}

// As `forElements`, with sums: body(…, image, sums) adds to float32 sums [terms, period], which are then added up in float64 in a fixed order.
// Returns [images, terms, channels].
template <int terms, typename Body>
inline std::vector<double> sumOverRows(const Period& period, int64_t images, int64_t count, int64_t cost, Workers& workers, const Body& body) {
  const int64_t channels = period.channels, width = terms * channels;
  const int64_t chunks = (count + period.chunk() - 1) / period.chunk();
  std::vector<double> partial(images * chunks * width);
  forChunks(period, images, count, cost, workers, [&](int64_t image, int64_t chunk, int64_t offset, int64_t length) {
    std::vector<float> sums(terms * period.length);
    sweep(period, length, [&](auto columns, int64_t start, int64_t column, int64_t repetitions) {
      body(columns, offset + start + column, column, repetitions, image, sums.data());
    });
    double* to = partial.data() + (image * chunks + chunk) * width;
    for (int64_t term = 0; term < terms; term++) {
      for (int64_t at = 0; at < period.length; at += channels) {
        for (int64_t channel = 0; channel < channels; channel++) to[term * channels + channel] += double(sums[term * period.length + at + channel]);
      }
    }
  });
  if (chunks == 1) return partial;
  std::vector<double> total(images * width);
  for (int64_t image = 0; image < images; image++) {
    double* to = total.data() + image * width;
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
      const double* from = partial.data() + (image * chunks + chunk) * width;
      for (int64_t at = 0; at < width; at++) to[at] += from[at];
    }
  }
  return total;
}

// Calls use(std::true_type or std::false_type): a choice made once outside the loops.
template <typename Use>
inline void choose(bool condition, const Use& use) {
  if (condition) use(std::true_type());
  else use(std::false_type());
}

}  // namespace handloom
