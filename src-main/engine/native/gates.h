// What is done to whole channels of an image: pooling over the area and the gates of squeeze-and-excitation (Hu et al., 2018).
// What there is one of per image and channel (means, gates, their gradients) is float32, whatever the feature map is.
#pragma once

#include "sweep.h"

namespace handloom {

// [images, channels], spread over a period for each image and multiplied by `factor`.
inline std::vector<float> spreadImages(const Period& period, int64_t images, const float* values, float factor) {
  std::vector<float> spread(images * period.length);
  for (int64_t image = 0; image < images; image++) period.spread(values + image * period.channels, spread.data() + image * period.length);
  if (factor != 1) {
    for (float& value : spread) value *= factor;
  }
  return spread;
}

// The sum of two feature maps; it may be either of them.
template <typename T>
void sumOf(int64_t size, const T* a, const T* b, T* sum, Workers& workers) {
  constexpr int64_t block = 16'384;
  workers.run((size + block - 1) / block, block / 8, [&](int64_t begin, int64_t end) {
    const int64_t stop = std::min(end * block, size);
    int64_t at = begin * block;
    for (; at + lanes <= stop; at += lanes) store(sum + at, load(a + at) + load(b + at));
    for (; at < stop; at++) sum[at] = fromFloat<T>(toFloat(a[at]) + toFloat(b[at]));
  });
}

// Sums over the area, [batch, channels]: term(V{}, place) gives the terms that lie at a place in memory, sixteen or one. `cost`: cycles for sixteen.
template <typename Term>
std::vector<double> sumOverArea(int64_t batch, int64_t area, int64_t channels, int64_t cost, Workers& workers, const Term& term) {
  const Period period(channels);
  return sumOverRows<1>(period, batch, area * channels, cost, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t, float* sums) {
    using V = typename decltype(columns)::Vector;
    constexpr int count = decltype(columns)::count;
    constexpr int64_t width = widthOf<V>;
    V sum[count];
    for (int k = 0; k < count; k++) sum[k] = get<V>(sums + column + k * width);
    for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
      for (int k = 0; k < count; k++) sum[k] += term(V{}, offset + k * width);
    }
    for (int k = 0; k < count; k++) put(sums + column + k * width, sum[k]);
  });
}

// Mean over the area. x: [batch, area, channels], pooled: [batch, channels].
template <typename T>
void averagePool(int64_t batch, int64_t area, int64_t channels, const T* x, float* pooled, Workers& workers) {
  const std::vector<double> sums = sumOverArea(batch, area, channels, 4, workers, [&](auto zero, int64_t at) { return get<decltype(zero)>(x + at); });
  for (int64_t at = 0; at < batch * channels; at++) pooled[at] = float(sums[at] / double(area));
}

// The gradient of `averagePool`: dx = dpooled / area everywhere.
template <typename T>
void averagePoolGradient(int64_t batch, int64_t area, int64_t channels, const float* dpooled, T* dx, Workers& workers) {
  const Period period(channels);
  const std::vector<float> share = spreadImages(period, batch, dpooled, 1 / float(area));
  forElements(period, batch, area * channels, 4, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t image) {
    using V = typename decltype(columns)::Vector;
    constexpr int count = decltype(columns)::count;
    constexpr int64_t width = widthOf<V>;
    V shares[count];
    for (int k = 0; k < count; k++) shares[k] = get<V>(share.data() + image * period.length + column + k * width);
    for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
      for (int k = 0; k < count; k++) put(dx + offset + k * width, shares[k]);
    }
  });
}

// y = x · gate. x, y: [batch, area, channels], gate: [batch, channels]; y may be x.
template <typename T>
void scaleChannels(int64_t batch, int64_t area, int64_t channels, const T* x, const float* gate, T* y, Workers& workers) {
  const Period period(channels);
  const std::vector<float> gates = spreadImages(period, batch, gate, 1);
  forElements(period, batch, area * channels, 6, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t image) {
    using V = typename decltype(columns)::Vector;
    constexpr int count = decltype(columns)::count;
    constexpr int64_t width = widthOf<V>;
    V factors[count];
    for (int k = 0; k < count; k++) factors[k] = get<V>(gates.data() + image * period.length + column + k * width);
    for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
      for (int k = 0; k < count; k++) put(y + offset + k * width, get<V>(x + offset + k * width) * factors[k]);
    }
  });
}

// y = rectify(factor · x + shortcut): the end of a residual block whose branch is dropped for some images (factor 0). x, shortcut, y:
// [batch, area, channels], factors: [batch].
template <typename T>
void joinScaled(int64_t batch, int64_t area, int64_t channels, const T* x, const float* factors, const T* shortcut, T* y, Workers& workers) {
  const Period period(channels);
  forElements(period, batch, area * channels, 6, workers, [&](auto columns, int64_t offset, int64_t, int64_t repetitions, int64_t image) {
    using V = typename decltype(columns)::Vector;
    constexpr int count = decltype(columns)::count;
    constexpr int64_t width = widthOf<V>;
    for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
      for (int k = 0; k < count; k++) put(y + offset + k * width, rectify(get<V>(x + offset + k * width) * factors[image] + get<V>(shortcut + offset + k * width)));
    }
  });
}

// The gradient of `joinScaled`: dshortcut = dy where y > 0, dx = factor · dshortcut. dx or dshortcut may be dy.
template <typename T>
void joinScaledGradient(int64_t batch, int64_t area, int64_t channels, const T* dy, const T* y, const float* factors, T* dx, T* dshortcut, Workers& workers) {
  const Period period(channels);
  forElements(period, batch, area * channels, 8, workers, [&](auto columns, int64_t offset, int64_t, int64_t repetitions, int64_t image) {
    using V = typename decltype(columns)::Vector;
    constexpr int count = decltype(columns)::count;
    constexpr int64_t width = widthOf<V>;
    for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
      for (int k = 0; k < count; k++) {
        const V gradient = rectifyGradient(get<V>(y + offset + k * width), get<V>(dy + offset + k * width));
        put(dshortcut + offset + k * width, gradient);
        put(dx + offset + k * width, gradient * factors[image]);
      }
    }
  });
}

// The gradient of `scaleChannels` by the gate: dgate = Σ over the area of dy · x, [batch, channels].
template <typename T>
void gateGradient(int64_t batch, int64_t area, int64_t channels, const T* dy, const T* x, float* dgate, Workers& workers) {
  const std::vector<double> sums = sumOverArea(batch, area, channels, 6, workers, [&](auto zero, int64_t at) {
    using V = decltype(zero);
    return get<V>(dy + at) * get<V>(x + at);
  });
  for (int64_t at = 0; at < batch * channels; at++) dgate[at] = float(sums[at]);
}

// The gradient of squeeze-and-excitation by its input: dx = dy · gate + dpooled / area, where dpooled [batch, channels] is the gradient by
// the input's `averagePool`, through which the gate depends on the input too. dx may be dy.
template <typename T>
void gateInputGradient(int64_t batch, int64_t area, int64_t channels, const T* dy, const float* gate, const float* dpooled, T* dx, Workers& workers) {
  const Period period(channels);
  const std::vector<float> gates = spreadImages(period, batch, gate, 1);
  const std::vector<float> share = spreadImages(period, batch, dpooled, 1 / float(area));
  forElements(period, batch, area * channels, 6, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t image) {
    using V = typename decltype(columns)::Vector;
    constexpr int count = decltype(columns)::count;
    constexpr int64_t width = widthOf<V>;
    V factors[count], shares[count];
    for (int k = 0; k < count; k++) {
      factors[k] = get<V>(gates.data() + image * period.length + column + k * width);
      shares[k] = get<V>(share.data() + image * period.length + column + k * width);
    }
    for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
      for (int k = 0; k < count; k++) put(dx + offset + k * width, get<V>(dy + offset + k * width) * factors[k] + shares[k]);
    }
  });
}

}  // namespace handloom
