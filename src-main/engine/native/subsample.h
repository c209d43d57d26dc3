// Every n-th pixel in both directions: what a 1 × 1 convolution with stride n sees of its input.
#pragma once

#include "sweep.h"

namespace handloom {

// to = from, or from + also where `also` is given; [channels].
template <typename T>
inline void copyPixel(const T* from, const T* also, T* to, int64_t channels) {
  int64_t at = 0;
  if (also) {
    for (; at + lanes <= channels; at += lanes) store(to + at, load(from + at) + load(also + at));
    for (; at < channels; at++) to[at] = fromFloat<T>(toFloat(from[at]) + toFloat(also[at]));
  } else {
    for (; at + lanes <= channels; at += lanes) memcpy(to + at, from + at, lanes * sizeof(T));
    for (; at < channels; at++) to[at] = from[at];
  }
}

// Pixels (step · i, step · j). x: [batch, height, width, channels], y: [batch, ⌈height / step⌉, ⌈width / step⌉, channels].
template <typename T>
void subsample(int64_t batch, int64_t height, int64_t width, int64_t channels, int64_t step, const T* x, T* y, Workers& workers) {
  const int64_t high = (height + step - 1) / step, wide = (width + step - 1) / step;
  workers.run(batch * high, wide * (channels / 8 + 8), [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; line++) {
      const T* from = x + (line / high * height + line % high * step) * width * channels;
      T* to = y + line * wide * channels;
      for (int64_t column = 0; column < wide; column++, from += step * channels, to += channels) copyPixel<T>(from, nullptr, to, channels);
    }
  });
}

// The gradient of `subsample`: dy at the pixels taken and 0 at the others, plus `also` [batch, height, width, channels] where it is not null:
// another gradient of the same x. dx may be `also`.
template <typename T>
void subsampleGradient(int64_t batch, int64_t height, int64_t width, int64_t channels, int64_t step, const T* dy, const T* also, T* dx, Workers& workers) {
  const int64_t high = (height + step - 1) / step, wide = (width + step - 1) / step;
  const auto keep = [&](int64_t offset, int64_t pixels) {
    if (!also) memset(static_cast<void*>(dx + offset), 0, pixels * channels * sizeof(T));
    else if (also != dx) memcpy(static_cast<void*>(dx + offset), also + offset, pixels * channels * sizeof(T));
  };
  workers.run(batch * height, width * (channels / 8 + 8), [&](int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; line++) {
      const int64_t row = line % height;
      int64_t offset = line * width * channels;
      if (row % step != 0) {
        keep(offset, width);
        continue;
      }
      const T* from = dy + (line / height * high + row / step) * wide * channels;
      for (int64_t column = 0; column < width; column += step, offset += step * channels, from += channels) {
        copyPixel(from, also ? also + offset : nullptr, dx + offset, channels);
        const int64_t others = std::min(step, width - column) - 1;
        if (others > 0) keep(offset + channels, others);
      }
    }
  });
}

}  // namespace handloom
