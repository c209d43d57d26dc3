// Grouped 3x3 convolution with PyTorch's padding of one pixel on every side, stride 1 or 2, and its two gradients, on the CPU.
// Tensors are NHWC, row-major; filters are [3, 3, groupWidth, channels] as TensorFlow's Conv2D has them; T is float or bfloat16, sums are float32.
// The result is the same, bit for bit, whatever the number of threads.
#pragma once

#include "grouped_convolution_filter_gradient.h"
#include "grouped_convolution_planes.h"

namespace handloom {

// output[n, y, x, o] = sum over ky, kx, i of input[n, y * stride + ky - 1, x * stride + kx - 1, group of o, i] * filter[ky, kx, i, o].
// input [batch, height, width, channels], output [batch, outputHeight, outputWidth, channels].
template <typename T>
void groupedConvolution(const GroupedConvolution& shape, const T* input, const T* filter, T* output, Workers& workers) {
  grouped::convolveWithPlanes<T>(grouped::forwardPlanes(shape), input, filter, output, workers);
}

// The gradient of the loss by the input, [batch, height, width, channels], from that by the output: the convolution with the filter turned by 180° and
// transposed in each group; for stride 2 one convolution for each parity of row and column (a transposed convolution without the products with zero).
template <typename T>
void groupedConvolutionInputGradient(const GroupedConvolution& shape, const T* filter, const T* outputGradient, T* inputGradient, Workers& workers) {
  grouped::convolveWithPlanes<T>(grouped::inputGradientPlanes(shape), outputGradient, filter, inputGradient, workers);
}

// The gradient of the loss by the filter, [3, 3, groupWidth, channels]: for each tap the product of the input's and the output gradient's pixels, summed over all pixels.
template <typename T>
void groupedConvolutionFilterGradient(const GroupedConvolution& shape, const T* input, const T* outputGradient, T* filterGradient, Workers& workers) {
  grouped::gradientOfFilter<T>(shape, input, outputGradient, filterGradient, workers);
}

}  // namespace handloom
