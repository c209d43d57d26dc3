// Resamples stored pictures to what a network sees.
#pragma once

#include <cmath>
#include <vector>
#if defined(__SSE4_1__)
#include <immintrin.h>
#endif

#include "sweep.h"

namespace handloom {

// Red, green, blue and a fourth value that nobody reads.
typedef float colours __attribute__((vector_size(16)));
typedef uint8_t colourBytes __attribute__((vector_size(4)));

// The pixel at `from` and one byte after it.
inline colours readColours(const uint8_t* from) {
#if defined(__SSE4_1__)
  // GCC 12 converts four bytes one by one.
  int32_t bytes;
  memcpy(&bytes, from, sizeof bytes);
  return (colours)_mm_cvtepi32_ps(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes)));
#else
  colourBytes bytes;
  memcpy(&bytes, from, sizeof bytes);
  return __builtin_convertvector(bytes, colours);
#endif
}

// One bilinear sample of a picture [height, width, 3] at (x, y); pixels outside are black, as in `ImageProjectiveTransformV3` with fill mode
// CONSTANT. `end`: end of the memory that may be read.
inline colours samplePicture(const uint8_t* picture, const uint8_t* end, int64_t height, int64_t width, float x, float y) {
  // Also false for NaN.
  if (!(x > -1 && x < float(width) && y > -1 && y < float(height))) return colours{};
  const float left = std::floor(x), top = std::floor(y), right = x - left, down = y - top;
  const int64_t column = int64_t(left), row = int64_t(top);
  colours corners[2][2];
  const uint8_t* corner = picture + (row * width + column) * 3;
  if (column >= 0 && row >= 0 && column + 1 < width && row + 1 < height && end - corner >= width * 3 + 7) {
    corners[0][0] = readColours(corner);
    corners[0][1] = readColours(corner + 3);
    corners[1][0] = readColours(corner + width * 3);
    corners[1][1] = readColours(corner + width * 3 + 3);
  } else {
    for (int64_t below = 0; below < 2; below++) {
      for (int64_t beside = 0; beside < 2; beside++) {
        const int64_t atRow = row + below, atColumn = column + beside;
        colours& corner = corners[below][beside];
        corner = colours{};
        if (atRow < 0 || atRow >= height || atColumn < 0 || atColumn >= width) continue;
        for (int channel = 0; channel < 3; channel++) corner[channel] = float(picture[(atRow * width + atColumn) * 3 + channel]);
      }
    }
  }
  const colours upper = corners[0][0] * (1 - right) + corners[0][1] * right;
  const colours lower = corners[1][0] * (1 - right) + corners[1][1] * right;
  return upper * (1 - down) + lower * down;
}

// Resamples pictures by a projective transform each, in one bilinear interpolation, and normalises them.
//
// images: [batch, height, width, 3], 0 … 255. transforms: [batch, 8], a0 a1 a2 b0 b1 b2 c0 c1 of the map from output pixel (x, y) to input
// pixel x' = (a0·x + a1·y + a2) / (c0·x + c1·y + 1), y' alike. mean, deviation: [3], of pixels in 0 … 1.
// changes: null, or [batch, 4]: gains of red, green and blue, and an offset; a pixel becomes min(255, max(0, gain · pixel + offset)).
// output: [batch, size, size, 3] (pixel / 255 − mean) / deviation; what lies outside a picture is black.
template <typename T>
void projectiveWarp(int64_t batch, int64_t height, int64_t width, const uint8_t* images, const float* transforms, const float* changes, int64_t size,
                    const float* mean, const float* deviation, T* output, Workers& workers) {
  const uint8_t* end = images + batch * height * width * 3;
  colours slope{}, intercept{};
  for (int channel = 0; channel < 3; channel++) {
    slope[channel] = 1 / (255 * deviation[channel]);
    intercept[channel] = -mean[channel] / deviation[channel];
  }
  floats steps;
  for (int lane = 0; lane < lanes; lane++) steps[lane] = float(lane);
  workers.run(batch * size, size * 40, [&](int64_t begin, int64_t finish) {
    // A row of output and the unread fourth value of its last pixel.
    std::vector<float> line(size * 3 + 1);
    float xs[lanes], ys[lanes];
    for (int64_t unit = begin; unit < finish; unit++) {
      const float* t = transforms + unit / size * 8;
      const uint8_t* picture = images + unit / size * height * width * 3;
      const float row = float(unit % size);
      const float* change = changes ? changes + unit / size * 4 : nullptr;
      const colours gain = change ? colours{change[0], change[1], change[2]} : colours{}, shift = colours{} + (change ? change[3] : 0);
      for (int64_t column = 0; column < size; column += lanes) {
        // A point at infinity (denominator 0) becomes infinite or NaN and is outside.
        const floats x = steps + float(column), denominator = t[6] * x + t[7] * row + 1;
        store(xs, (t[0] * x + t[1] * row + t[2]) / denominator);
        store(ys, (t[3] * x + t[4] * row + t[5]) / denominator);
        for (int64_t at = column; at < std::min(column + lanes, size); at++) {
          colours pixel = samplePicture(picture, end, height, width, xs[at - column], ys[at - column]);
          if (change) {
            pixel = pixel * gain + shift;
            pixel = pixel < 0 ? colours{} : pixel;
            pixel = pixel > 255 ? colours{} + 255 : pixel;
          }
          const colours sample = pixel * slope + intercept;
          memcpy(&line[at * 3], &sample, sizeof sample);
        }
      }
      T* to = output + unit * size * 3;
      int64_t at = 0;
      for (; at + lanes <= size * 3; at += lanes) store(to + at, load(&line[at]));
      for (; at < size * 3; at++) to[at] = fromFloat<T>(line[at]);
    }
  });
}

}  // namespace handloom
