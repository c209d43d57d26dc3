// The sizes of a grouped 3x3 convolution.
#pragma once

#include <cstdint>

namespace handloom {

// Input [batch, height, width, channels], padded with one zero on every side; channels / groupWidth groups; stride 1 or 2. groupWidth divides channels.
struct GroupedConvolution {
  int64_t batch, height, width, channels, groupWidth;
  int stride;
  int64_t outputHeight() const { return (height - 1) / stride + 1; }
  int64_t outputWidth() const { return (width - 1) / stride + 1; }
};

}  // namespace handloom
