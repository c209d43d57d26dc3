// Batch norm in training (Ioffe and Szegedy, 2015) in one operation with the residual sum and the rectifier that follow it in a RegNet.
#pragma once

#include <cmath>

#include "sweep.h"

namespace handloom {

// Normalisation as x · slope + intercept, [2, period]. Forward and gradient share it, so that both see the same sign.
inline std::vector<float> normalisation(const Period& period, const float* mean, const float* reciprocalDeviation, const float* scale, const float* offset) {
  std::vector<float> slopes(period.channels), intercepts(period.channels), spread(2 * period.length);
  for (int64_t channel = 0; channel < period.channels; channel++) {
    slopes[channel] = scale[channel] * reciprocalDeviation[channel];
    intercepts[channel] = float(std::fma(-double(mean[channel]), double(slopes[channel]), double(offset[channel])));
  }
  period.spread(slopes.data(), spread.data());
  period.spread(intercepts.data(), spread.data() + period.length);
  return spread;
}

// About the mean of each channel, from sixteen rows: sums of differences from it do not cancel, however large the mean is.
template <typename T>
std::vector<float> sampleMeans(int64_t rows, const Period& period, const T* x) {
  const int64_t samples = std::min<int64_t>(rows, 16);
  std::vector<float> means(period.channels), spread(period.length);
  for (int64_t sample = 0; sample < samples; sample++) {
    const T* row = x + sample * rows / samples * period.channels;
    for (int64_t channel = 0; channel < period.channels; channel++) means[channel] += toFloat(row[channel]) / float(samples);
  }
  // As a number of type T: differences of bfloat16 numbers then keep few digits, and their sums are nearly exact.
  for (float& mean : means) mean = toFloat(fromFloat<T>(mean));
  period.spread(means.data(), spread.data());
  return spread;
}

// y = rectify?(x · slope + intercept [+ shortcut]) with slope and intercept [period]; no slope: 1.
template <typename T>
void normalise(int64_t rows, const Period& period, const T* x, const float* slope, const float* intercept, const T* shortcut, bool relu, T* y, Workers& workers) {
  choose(slope, [&](auto scaled) {
    choose(shortcut, [&](auto residual) {
      choose(relu, [&](auto rectified) {
        forElements(period, 1, rows * period.channels, 8, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t) {
          using V = typename decltype(columns)::Vector;
          constexpr int count = decltype(columns)::count;
          constexpr int64_t width = widthOf<V>;
          V slopes[count], intercepts[count];
          for (int k = 0; k < count; k++) {
            if constexpr (scaled) slopes[k] = get<V>(slope + column + k * width);
            intercepts[k] = get<V>(intercept + column + k * width);
          }
          for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
            for (int k = 0; k < count; k++) {
              V value = get<V>(x + offset + k * width);
              if constexpr (scaled) value = value * slopes[k] + intercepts[k];
              else value = value + intercepts[k];
              if constexpr (residual) value += get<V>(shortcut + offset + k * width);
              if constexpr (rectified) value = rectify(value);
              put(y + offset + k * width, value);
            }
          }
        });
      });
    });
  });
}

// y = rectify?(normalised x · scale + offset [+ shortcut]), by the statistics of this batch.
//
// x, y, shortcut (or null): [rows, channels]; y may be x or shortcut. mean, unbiasedVariance (divided by rows − 1, as PyTorch's running
// variance), reciprocalDeviation (of the biased variance + epsilon): [channels], written.
template <typename T>
void batchNormTraining(int64_t rows, int64_t channels, const T* x, const float* scale, const float* offset, const T* shortcut, bool relu, float epsilon,
                       T* y, float* mean, float* unbiasedVariance, float* reciprocalDeviation, Workers& workers) {
  if (rows == 0 || channels == 0) return;
  const Period period(channels);
  const std::vector<float> shift = sampleMeans(rows, period, x);
  const std::vector<double> sums =
      sumOverRows<2>(period, 1, rows * channels, 6, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t, float* sums) {
        using V = typename decltype(columns)::Vector;
        constexpr int count = decltype(columns)::count;
        constexpr int64_t width = widthOf<V>;
        V shifts[count], sum[count], squares[count];
        for (int k = 0; k < count; k++) {
          shifts[k] = get<V>(shift.data() + column + k * width);
          sum[k] = get<V>(sums + column + k * width);
          squares[k] = get<V>(sums + period.length + column + k * width);
        }
        for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
          for (int k = 0; k < count; k++) {
            const V difference = get<V>(x + offset + k * width) - shifts[k];
            sum[k] += difference;
            squares[k] += difference * difference;
          }
        }
        for (int k = 0; k < count; k++) {
          put(sums + column + k * width, sum[k]);
          put(sums + period.length + column + k * width, squares[k]);
        }
      });
  for (int64_t channel = 0; channel < channels; channel++) {
    const double difference = sums[channel] / double(rows);
    const double variance = std::max(0.0, sums[channels + channel] / double(rows) - difference * difference);
    mean[channel] = float(double(shift[channel]) + difference);
    unbiasedVariance[channel] = float(variance * double(rows) / double(std::max<int64_t>(rows - 1, 1)));
    reciprocalDeviation[channel] = float(1 / std::sqrt(variance + double(epsilon)));
  }
  const std::vector<float> line = normalisation(period, mean, reciprocalDeviation, scale, offset);
  normalise(rows, period, x, line.data(), line.data() + period.length, shortcut, relu, y, workers);
}

// Where the rectifier's sign comes from: there is none, x tells it, or the output does.
enum class Sign { none, input, output };

// The gradient of `batchNormTraining`: dx = slope · (g − mean(g) − normalised x · mean(g · normalised x)), where g is dy masked by the rectifier.
//
// y: the output, needed where a rectifier followed a shortcut, else null. dshortcut [rows, channels] (g, the gradient of the shortcut) or
// null. dx may be dy, x, y; dshortcut may be dy. dscale, doffset: [channels].
template <typename T>
void batchNormGradient(int64_t rows, int64_t channels, const T* dy, const T* x, const T* y, bool relu, const float* mean, const float* reciprocalDeviation,
                       const float* scale, const float* offset, T* dx, float* dscale, float* doffset, T* dshortcut, Workers& workers) {
  const Period period(channels);
  const std::vector<float> line = normalisation(period, mean, reciprocalDeviation, scale, offset);
  const float* slope = line.data();
  const float* intercept = slope + period.length;
  std::vector<float> means(period.length);
  period.spread(mean, means.data());

  const auto reduce = [&](auto sign, auto keep) {
    return sumOverRows<2>(period, 1, rows * channels, 10, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t, float* sums) {
      using V = typename decltype(columns)::Vector;
      constexpr int count = decltype(columns)::count;
      constexpr int64_t width = widthOf<V>;
      V slopes[count], intercepts[count], centres[count], sum[count], products[count];
      for (int k = 0; k < count; k++) {
        slopes[k] = get<V>(slope + column + k * width);
        intercepts[k] = get<V>(intercept + column + k * width);
        centres[k] = get<V>(means.data() + column + k * width);
        sum[k] = get<V>(sums + column + k * width);
        products[k] = get<V>(sums + period.length + column + k * width);
      }
      for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
        for (int k = 0; k < count; k++) {
          const V input = get<V>(x + offset + k * width);
          V gradient = get<V>(dy + offset + k * width);
          if constexpr (sign == Sign::input) gradient = rectifyGradient(input * slopes[k] + intercepts[k], gradient);
          if constexpr (sign == Sign::output) gradient = rectifyGradient(get<V>(y + offset + k * width), gradient);
          if constexpr (keep) put(dshortcut + offset + k * width, gradient);
          sum[k] += gradient;
          products[k] += gradient * (input - centres[k]);
        }
      }
      for (int k = 0; k < count; k++) {
        put(sums + column + k * width, sum[k]);
        put(sums + period.length + column + k * width, products[k]);
      }
    });
  };

  std::vector<double> sums;
  const auto reduceAs = [&](auto sign) { choose(dshortcut, [&](auto keep) { sums = reduce(sign, keep); }); };
  if (!relu) reduceAs(std::integral_constant<Sign, Sign::none>());
  else if (y) reduceAs(std::integral_constant<Sign, Sign::output>());
  else reduceAs(std::integral_constant<Sign, Sign::input>());

  // dx = slope · g + curve · x + constant
  std::vector<float> curves(channels), constants(channels), curve(period.length), constant(period.length);
  for (int64_t channel = 0; channel < channels; channel++) {
    const double product = sums[channels + channel] * double(reciprocalDeviation[channel]);
    dscale[channel] = float(product);
    doffset[channel] = float(sums[channel]);
    const double bend = -double(slope[channel]) * double(reciprocalDeviation[channel]) * product / double(rows);
    curves[channel] = float(bend);
    constants[channel] = float(-double(slope[channel]) * sums[channel] / double(rows) - bend * double(mean[channel]));
  }
  period.spread(curves.data(), curve.data());
  period.spread(constants.data(), constant.data());

  const T* given = dshortcut ? dshortcut : dy;
  const auto finish = [&](auto sign) {
    forElements(period, 1, rows * channels, 10, workers, [&](auto columns, int64_t offset, int64_t column, int64_t repetitions, int64_t) {
      using V = typename decltype(columns)::Vector;
      constexpr int count = decltype(columns)::count;
      constexpr int64_t width = widthOf<V>;
      V slopes[count], intercepts[count], curves[count], constants[count];
      for (int k = 0; k < count; k++) {
        slopes[k] = get<V>(slope + column + k * width);
        intercepts[k] = get<V>(intercept + column + k * width);
        curves[k] = get<V>(curve.data() + column + k * width);
        constants[k] = get<V>(constant.data() + column + k * width);
      }
      for (int64_t repetition = 0; repetition < repetitions; repetition++, offset += period.length) {
        for (int k = 0; k < count; k++) {
          const V input = get<V>(x + offset + k * width);
          V gradient = get<V>(given + offset + k * width);
          if constexpr (sign == Sign::input) gradient = rectifyGradient(input * slopes[k] + intercepts[k], gradient);
          if constexpr (sign == Sign::output) gradient = rectifyGradient(get<V>(y + offset + k * width), gradient);
          put(dx + offset + k * width, slopes[k] * gradient + (curves[k] * input + constants[k]));
        }
      }
    });
  };
  if (!relu || dshortcut) finish(std::integral_constant<Sign, Sign::none>());
  else if (y) finish(std::integral_constant<Sign, Sign::output>());
  else finish(std::integral_constant<Sign, Sign::input>());
}

// y = rectify?(x + bias [+ shortcut]): what follows a convolution into which batch norm was folded. x, shortcut (or null), y:
// [rows, channels]; y may be x or shortcut. bias: [channels].
template <typename T>
void biasAct(int64_t rows, int64_t channels, const T* x, const float* bias, const T* shortcut, bool relu, T* y, Workers& workers) {
  const Period period(channels);
  std::vector<float> biases(period.length);
  period.spread(bias, biases.data());
  normalise(rows, period, x, static_cast<const float*>(nullptr), biases.data(), shortcut, relu, y, workers);
}

}  // namespace handloom
