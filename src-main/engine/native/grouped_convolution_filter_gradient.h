// The gradient of a grouped 3x3 convolution by its filter. Bands of the input (zero-padded) and of the output gradient are copied group by group, so that
// rows are contiguous and, for bfloat16, numbers of two neighbouring output pixels form a word; a tile of three horizontal taps x input channels x
// one vector of output channels then stays in registers while it runs over the pixels of the band.
// The pixels are cut into chunks by the shape alone; each has its own partial sums, which are added in order.
#pragma once

#include "grouped_convolution_shape.h"
#include "grouped_convolution_words.h"
#include "parallel.h"

namespace handloom::grouped {

// Input channels of a tile.
constexpr int tileInputs = accumulators / 3;

// Where a tile reads, in words: `images` images of `rows` rows of `pixels` steps, none of them zero; the input for the first horizontal tap.
struct GradientTile {
  const float* input;
  int64_t tapStep, inputPixelStep, inputRowStep, inputImageStep;
  const float* gradient;
  int64_t pixels, rows, images;
  float* sums;
};

// sums[kx][i][lane] += sum over pixels of input[pixel + kx][i] * gradient[pixel][lane], for `taps` horizontal taps.
template <bool pairs, int width, int vectors, int taps>
void computeGradientTile(const GradientTile& tile) {
  constexpr int count = taps * tileInputs, lanes = width * vectors;
  Vector<width> sums[taps * tileInputs][vectors];
  unroll<count * vectors>([&](auto i) __attribute__((always_inline)) { sums[i / vectors][i % vectors] = loadVector<width>(tile.sums + i * width); });
  const float* gradient = tile.gradient;
  const float* image = tile.input;
  int64_t images = tile.images;
  do {
    const float* row = image;
    int64_t rows = tile.rows;
    do {
      const float *left = row, *centre = row + tile.tapStep, *right = centre + tile.tapStep;
      const float* end = gradient + tile.pixels * lanes;
      const int64_t step = tile.inputPixelStep;
      do {
        Vector<width> values[vectors];
        unroll<vectors>([&](auto v) __attribute__((always_inline)) { values[v] = loadVector<width>(gradient + v * width); });
        auto add = [&](const float* input, auto tap) __attribute__((always_inline)) {
          unroll<tileInputs * vectors>([&](auto i) __attribute__((always_inline)) {
            auto& sum = sums[tap * tileInputs + i / vectors][i % vectors];
            if constexpr (vectors == 1) sum = multiplyAddFrom<pairs, width>(sum, values[0], input + i);
            else sum = multiplyAdd<pairs, width>(sum, values[i % vectors], input[i / vectors]);
          });
        };
        add(left, std::integral_constant<int, 0>{});
        if constexpr (taps == 3) {
          add(centre, std::integral_constant<int, 1>{});
          add(right, std::integral_constant<int, 2>{});
        }
        gradient += lanes, left += step, centre += step, right += step;
      } while (gradient != end);
      row += tile.inputRowStep;
    } while (--rows);
    image += tile.inputImageStep;
  } while (--images);
  unroll<count * vectors>([&](auto i) __attribute__((always_inline)) { storeVector<width>(tile.sums + i * width, sums[i / vectors][i % vectors]); });
}

// How a band is copied: for each block of input channels the padded input rows, for each block of output channels the output gradient's rows.
struct GradientLayout {
  // Blocks of input channels; steps in a row (pixels or pairs of pixels); words from one horizontal tap, step and row of the input to the next.
  int64_t inputBlocks, steps, tapStep, inputPixelStep, inputRow;

  GradientLayout(const GroupedConvolution& shape, bool pairs) {
    inputBlocks = divideUp(shape.groupWidth, tileInputs);
    steps = pairs ? divideUp(shape.outputWidth(), 2) : shape.outputWidth();
    tapStep = pairs ? steps * tileInputs : tileInputs;
    inputPixelStep = pairs ? tileInputs : shape.stride * tileInputs;
    inputRow = pairs ? 3 * tapStep : ((steps - 1) * shape.stride + 3) * tileInputs;
  }
};

// Copies one row of the input (null: a row of the padding) for `groups` groups; blocks of channels are `blockSize` words apart.
template <typename T, bool pairs>
void copyInputRow(const GroupedConvolution& shape, const GradientLayout& layout, const T* row, const T* zeros, int64_t groups, int64_t blockSize, float* to) {
  auto pixelAt = [&](int64_t x) { return row && x >= 0 && x < shape.width ? row + x * shape.channels : zeros; };
  auto copy = [&](const T* first, const T* second, float* at) {
    for (int64_t group = 0; group < groups; group++, first += shape.groupWidth, second += shape.groupWidth)
      for (int64_t i = 0; i < shape.groupWidth; i += tileInputs, at += blockSize)
        copyWords<T, pairs>(first + i, second + i, std::min<int64_t>(tileInputs, shape.groupWidth - i), tileInputs, at);
  };
  if constexpr (pairs) {
    for (int64_t kx = 0; kx < 3; kx++)
      for (int64_t pair = 0; pair < layout.steps; pair++) {
        bool whole = 2 * pair + 1 < shape.outputWidth();
        copy(pixelAt(2 * pair * shape.stride + kx - 1), whole ? pixelAt((2 * pair + 1) * shape.stride + kx - 1) : zeros, to + kx * layout.tapStep + pair * tileInputs);
      }
  } else {
    for (int64_t x = 0; x < (layout.steps - 1) * shape.stride + 3; x++) copy(pixelAt(x - 1), zeros, to + x * tileInputs);
  }
}

// Copies one row of the output gradient for `groups` groups, `groupSize` words apart, in each group lane `l` to l * laneSize.
template <typename T, bool pairs>
void copyGradientRow(const GroupedConvolution& shape, const GradientLayout& layout, const std::vector<LaneBlock>& blocks, const T* row, int64_t rowInBand, const T* zeros,
                     int64_t groups, int64_t groupSize, int64_t laneSize, float* to) {
  for (int64_t step = 0; step < layout.steps; step++) {
    const T* first = row + step * perWord<T, pairs> * shape.channels;
    const T* second = 2 * step + 1 < shape.outputWidth() ? first + shape.channels : zeros;
    for (int64_t group = 0; group < groups; group++, first += shape.groupWidth, second += shape.groupWidth)
      for (const LaneBlock& block : blocks)
        copyWords<T, pairs>(first + block.first, second + block.first, block.valid, block.lanes(),
                            to + group * groupSize + block.first * laneSize + (rowInBand * layout.steps + step) * block.lanes());
  }
}

template <typename T, bool pairs>
void filterGradient(const GroupedConvolution& shape, const T* input, const T* outputGradient, T* filterGradient, Workers& workers) {
  const int64_t groupWidth = shape.groupWidth, channels = shape.channels, groups = channels / groupWidth;
  const int64_t height = shape.outputHeight(), width = shape.outputWidth(), stride = shape.stride;
  const std::vector<LaneBlock> blocks = laneBlocks(groupWidth, 2);
  const GradientLayout layout(shape, pairs);
  const int64_t lanes = blocks.back().first + blocks.back().lanes();
  const int64_t groupsPerUnit = std::min(groups, std::max<int64_t>(1, 64 / groupWidth)), unitsOfGroups = divideUp(groups, groupsPerUnit);

  // A band of rows of one image, or several whole images, that stays in the L2 cache, and in the L1 cache what a tile reads of it.
  const int64_t budget = 24 * 1024;
  auto inputSize = [&](int64_t rows) { return ((rows - 1) * stride + 3) * layout.inputRow; };
  auto bandSize = [&](int64_t rows) { return groupsPerUnit * (layout.inputBlocks * inputSize(rows) + rows * layout.steps * lanes); };
  int64_t band = height;
  while (band > 1 && bandSize(band) > budget) band--;
  const int64_t bands = divideUp(height, band), items = shape.batch * bands;
  band = divideUp(height, bands);

  // Partial sums of a group: [block of output channels][block of input channels][ky][kx][input channel][lane].
  const int64_t groupSums = 9 * layout.inputBlocks * tileInputs * lanes;
  int64_t chunks = std::min<int64_t>({16, divideUp(32, unitsOfGroups), items, std::max<int64_t>(1, (int64_t(1) << 23) / (groups * groupSums))});
  chunks = std::max<int64_t>(1, chunks);
  const int64_t itemsAtOnce = bands > 1 ? 1 : std::clamp<int64_t>(budget / bandSize(band), 1, std::max<int64_t>(1, divideUp(items, chunks)));

  const Scratch partial(chunks * groups * groupSums);
  const std::vector<T> zeros(size_t(groupsPerUnit * groupWidth), T{});
  const int64_t cost = divideUp(items, chunks) * band * width * groupsPerUnit * groupWidth * groupWidth * 9 / 8;
  workers.run(chunks * unitsOfGroups, cost, [&](int64_t begin, int64_t end) {
    const int64_t inputBlockSize = itemsAtOnce * inputSize(band), inputGroup = layout.inputBlocks * inputBlockSize;
    const int64_t laneSize = itemsAtOnce * band * layout.steps, gradientGroup = laneSize * lanes;
    const Scratch inputRows(groupsPerUnit * inputGroup), gradientRows(groupsPerUnit * gradientGroup);
    for (int64_t unit = begin; unit < end; unit++) {
      const int64_t chunk = unit % chunks, firstGroup = unit / chunks * groupsPerUnit, groupCount = std::min(groupsPerUnit, groups - firstGroup);
      float* sums = partial.data() + (chunk * groups + firstGroup) * groupSums;
      std::fill(sums, sums + groupCount * groupSums, 0.0f);
      const int64_t last = (chunk + 1) * items / chunks;
      for (int64_t item = chunk * items / chunks; item < last; item += itemsAtOnce) {
        const int64_t images = std::min(itemsAtOnce, last - item), firstRow = item % bands * band, rows = std::min(band, height - firstRow);
        const int64_t paddedRows = (rows - 1) * stride + 3, channel = firstGroup * groupWidth;
        for (int64_t image = 0; image < images; image++) {
          const int64_t n = item / bands + image;
          for (int64_t row = 0; row < paddedRows; row++) {
            const int64_t y = firstRow * stride + row - 1;
            const T* line = y >= 0 && y < shape.height ? input + (n * shape.height + y) * shape.width * channels + channel : nullptr;
            copyInputRow<T, pairs>(shape, layout, line, zeros.data(), groupCount, inputBlockSize, inputRows.data() + (image * paddedRows + row) * layout.inputRow);
          }
          for (int64_t row = 0; row < rows; row++)
            copyGradientRow<T, pairs>(shape, layout, blocks, outputGradient + (n * height + firstRow + row) * width * channels + channel, image * rows + row, zeros.data(),
                                      groupCount, gradientGroup, laneSize, gradientRows.data());
        }
        for (int64_t group = 0; group < groupCount; group++) {
          float* tileSums = sums + group * groupSums;
          for (const LaneBlock& block : blocks)
            for (int64_t inputBlock = 0; inputBlock < layout.inputBlocks; inputBlock++)
              for (int64_t ky = 0; ky < 3; ky++) {
                GradientTile tile{inputRows.data() + group * inputGroup + inputBlock * inputBlockSize + ky * layout.inputRow,
                                        layout.tapStep,
                                        layout.inputPixelStep,
                                        stride * layout.inputRow,
                                        paddedRows * layout.inputRow,
                                        gradientRows.data() + group * gradientGroup + block.first * laneSize,
                                        layout.steps,
                                        rows,
                                        images,
                                        tileSums};
                if (block.vectors == 2) {
                  // Two vectors share each word of the input: one tap at a time.
                  for (int kx = 0; kx < 3; kx++, tile.input += tile.tapStep, tile.sums += tileInputs * block.lanes()) computeGradientTile<pairs, widest, 2, 1>(tile);
                } else if (block.width == widest) {
                  computeGradientTile<pairs, widest, 1, 3>(tile);
                } else {
                  computeGradientTile<pairs, 8, 1, 3>(tile);
                }
                tileSums += 3 * tileInputs * block.lanes();
              }
        }
      }
    }
  });

  workers.run(groups, chunks * groupSums / 4, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; group++) {
      const float* sums = partial.data() + group * groupSums;
      for (const LaneBlock& block : blocks)
        for (int64_t inputBlock = 0; inputBlock < layout.inputBlocks; inputBlock++)
          for (int64_t ky = 0; ky < 3; ky++)
            for (int64_t kx = 0; kx < 3; kx++)
              for (int64_t i = inputBlock * tileInputs; i < (inputBlock + 1) * tileInputs; i++, sums += block.lanes()) {
                if (i >= groupWidth) continue;
                T* to = filterGradient + ((ky * 3 + kx) * groupWidth + i) * channels + group * groupWidth + block.first;
                auto add = [&](auto width, int64_t lane) {
                  Vector<width> sum = loadVector<width>(sums + lane);
                  for (int64_t chunk = 1; chunk < chunks; chunk++) sum += loadVector<width>(sums + lane + chunk * groups * groupSums);
                  storeFirst<width>(to + lane, sum, block.valid - lane);
                };
                for (int64_t lane = 0; lane < block.lanes(); lane += block.width) {
                  if (block.width == widest) add(std::integral_constant<int, widest>{}, lane);
                  else add(std::integral_constant<int, 8>{}, lane);
                }
              }
    }
  });
}

// input [batch, height, width, channels], outputGradient [batch, outputHeight, outputWidth, channels], result [3, 3, groupWidth, channels].
template <typename T>
void gradientOfFilter(const GroupedConvolution& shape, const T* input, const T* outputGradient, T* result, Workers& workers) {
  if constexpr (multipliesPairs && std::is_same_v<T, bfloat16>) return filterGradient<T, true>(shape, input, outputGradient, result, workers);
  else filterGradient<T, false>(shape, input, outputGradient, result, workers);
}

}  // namespace handloom::grouped
