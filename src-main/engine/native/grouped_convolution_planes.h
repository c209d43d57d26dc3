// The grouped convolution and its gradient by the input. Both are sums over taps of source pixels at a fixed shift, so one routine computes both:
// the source is transposed into planes (one per word of channels, zero-padded, L2-sized bands of rows), in which the pixels that a tap multiplies into
// neighbouring destination pixels lie one after another; a tile of pixels x output channels then stays in registers over all taps and channels,
// with the filter as vectors and the source as broadcast words (the direct convolution of Georganas et al., "Anatomy of High-Performance Deep Learning
// Convolutions on SIMD Architectures", 2018, with the pixels rather than the channels innermost in the source).
#pragma once

#include <array>

#include "grouped_convolution_shape.h"
#include "grouped_convolution_words.h"
#include "parallel.h"

namespace handloom::grouped {

// One product: destination pixel (i, j) of a phase takes source pixel (sourceStep * i + row, sourceStep * j + column) times filter[filterTap].
struct Tap {
  int row, column, filterTap;
};

// The destination pixels (destinationStep * i + row, destinationStep * j + column).
struct Phase {
  int row, column;
  std::vector<Tap> taps;
};

struct Planes {
  int64_t batch, sourceHeight, sourceWidth, destinationHeight, destinationWidth, channels, groupWidth;
  int sourceStep, destinationStep;
  // Whether the destination's channels are the filter's input channels.
  bool transposed;
  std::vector<Phase> phases;
};

inline Planes forwardPlanes(const GroupedConvolution& shape) {
  Phase all{0, 0, {}};
  for (int tap = 0; tap < 9; tap++) all.taps.push_back({tap / 3 - 1, tap % 3 - 1, tap});
  return {shape.batch, shape.height, shape.width, shape.outputHeight(), shape.outputWidth(), shape.channels, shape.groupWidth, shape.stride, 1, false, {all}};
}

// Input row y meets output row r through filter row ky where r * stride + ky - 1 = y.
inline Planes inputGradientPlanes(const GroupedConvolution& shape) {
  Planes planes{shape.batch, shape.outputHeight(), shape.outputWidth(), shape.height, shape.width, shape.channels, shape.groupWidth, 1, shape.stride, true, {}};
  for (int row = 0; row < shape.stride; row++)
    for (int column = 0; column < shape.stride; column++) {
      Phase phase{row, column, {}};
      for (int tap = 0; tap < 9; tap++) {
        int down = row + 1 - tap / 3, right = column + 1 - tap % 3;
        if (down % shape.stride == 0 && right % shape.stride == 0) phase.taps.push_back({down / shape.stride, right / shape.stride, tap});
      }
      planes.phases.push_back(phase);
    }
  return planes;
}

// What a tile needs: the source's planes at the first pixel, where each tap starts in them, the packed filter, and where each pixel's channels are stored.
template <typename T>
struct Tile {
  const float* source;
  const int64_t* taps;
  int64_t tapCount, words, planeSize;
  const float* filter;
  T* destination;
  const int64_t* pixelOffsets;
  int64_t valid;
};

// destination[pixel][lane] = sum over taps and words of source[tap][word][pixel] * filter[tap][word][lane].
template <typename T, bool pairs, int width, int vectors, int pixels>
void computeTile(const Tile<T>& tile) {
  Vector<width> sums[pixels][vectors] = {};
  const float* filter = tile.filter;
  const int64_t planeSize = tile.planeSize, words = tile.words;
  for (int64_t tap = 0; tap < tile.tapCount; tap++) {
    const float* source = tile.source + tile.taps[tap];
    for (int64_t word = 0; word < words; word++) {
      Vector<width> lanes[vectors];
      unroll<vectors>([&](auto v) __attribute__((always_inline)) { lanes[v] = loadVector<width>(filter + v * width); });
      unroll<pixels>([&](auto pixel) __attribute__((always_inline)) {
        if constexpr (vectors == 1) sums[pixel][0] = multiplyAddFrom<pairs, width>(sums[pixel][0], lanes[0], source + pixel);
        else unroll<vectors>([&](auto v) __attribute__((always_inline)) { sums[pixel][v] = multiplyAdd<pairs, width>(sums[pixel][v], lanes[v], source[pixel]); });
      });
      filter += vectors * width;
      source += planeSize;
    }
  }
  if (tile.valid == vectors * width) {
    unroll<pixels>([&](auto pixel) __attribute__((always_inline)) {
      T* to = tile.destination + tile.pixelOffsets[pixel];
      unroll<vectors>([&](auto v) __attribute__((always_inline)) { storeVector<width>(to + v * width, sums[pixel][v]); });
    });
    return;
  }
  // Unrolled too: an index that the compiler does not know would keep the sums in memory.
  unroll<pixels>([&](auto pixel) __attribute__((always_inline)) {
    unroll<vectors>([&](auto v) __attribute__((always_inline)) {
      storeFirst<width>(tile.destination + tile.pixelOffsets[pixel] + v * width, sums[pixel][v], tile.valid - v * width);
    });
  });
}

template <typename T>
using TileFunction = void (*)(const Tile<T>&);

template <typename T, bool pairs, int width, int vectors, size_t... index>
TileFunction<T> tileOf(int64_t pixels, std::index_sequence<index...>) {
  static constexpr TileFunction<T> functions[] = {computeTile<T, pairs, width, vectors, int(index) + 1>...};
  return functions[pixels - 1];
}

// The routine for a tile of 1 … accumulators / vectors pixels.
template <typename T, bool pairs>
TileFunction<T> tileFunction(const LaneBlock& block, int64_t pixels) {
  if (block.vectors == 2) return tileOf<T, pairs, widest, 2>(pixels, std::make_index_sequence<accumulators / 2>{});
  if constexpr (widest == 16) {
    if (block.width == 8) return tileOf<T, pairs, 8, 1>(pixels, std::make_index_sequence<accumulators>{});
  }
  return tileOf<T, pairs, widest, 1>(pixels, std::make_index_sequence<accumulators>{});
}

// How the source's rows and columns lie in the planes.
//
// Rows of equal remainder by sourceStep follow one another, so that a step down in the destination is a step of one plane row. Columns: in wide images, columns of
// equal remainder follow one another and a tap's column shift is an offset; in narrow ones each shift has a copy, rows are exactly as long as
// the destination's, and so a tile runs over several rows.
struct Layout {
  struct Axis {
    int remainder, least, most;  // shift = step * quotient + remainder; least and most quotient
  };
  std::vector<Axis> rows, columns;
  bool flat;
  int64_t pitch;

  static Axis& axisOf(std::vector<Axis>& axes, int remainder, int quotient) {
    for (Axis& axis : axes)
      if (axis.remainder == remainder) {
        axis.least = std::min(axis.least, quotient);
        axis.most = std::max(axis.most, quotient);
        return axis;
      }
    axes.push_back({remainder, quotient, quotient});
    return axes.back();
  }

  explicit Layout(const Planes& planes) {
    int64_t width = divideUp(planes.destinationWidth, planes.destinationStep);
    // Below this width most tiles of one row would be too short to keep the multipliers busy.
    flat = width < 12;
    int step = planes.sourceStep, reach = 0;
    for (const Phase& phase : planes.phases)
      for (const Tap& tap : phase.taps) {
        int below = ((tap.row % step) + step) % step, beside = ((tap.column % step) + step) % step;
        axisOf(rows, below, (tap.row - below) / step);
        if (flat) axisOf(columns, tap.column, 0);
        else axisOf(columns, beside, (tap.column - beside) / step);
      }
    for (const Axis& axis : columns) reach = std::max(reach, axis.most - axis.least);
    pitch = width + reach;
  }

  // Words of one plane for a band of destination rows.
  int64_t planeSize(int64_t band) const {
    int64_t size = 0;
    for (const Axis& axis : rows) size += (band + axis.most - axis.least) * pitch * int64_t(columns.size());
    // An odd number of cache lines, so that neighbouring planes fall into different sets of the cache.
    return (divideUp(size, 16) | 1) * 16;
  }

  // Where the words that `tap` multiplies into the band's first destination pixel lie.
  int64_t tapOffset(const Tap& tap, int step, int64_t band) const {
    int64_t offset = 0;
    int below = ((tap.row % step) + step) % step, beside = flat ? tap.column : ((tap.column % step) + step) % step;
    for (const Axis& row : rows) {
      int64_t plane = (band + row.most - row.least) * pitch;
      for (const Axis& column : columns) {
        if (row.remainder == below && column.remainder == beside) {
          int64_t right = flat ? 0 : (tap.column - beside) / step - column.least;
          return offset + ((tap.row - below) / step - row.least) * pitch + right;
        }
        offset += plane;
      }
    }
    return offset;
  }
};

// Transposes the source rows that destination rows [first, first + band) need into planes, `words` words of each pixel; `image` is the first pixel's
// first channel, `zeros` a pixel of the padding, `pixels` room for a plane of addresses.
template <typename T, bool pairs>
void packPlanes(const Planes& planes, const Layout& layout, const T* image, int64_t first, int64_t band, int64_t words, const T* zeros, std::vector<const T*>& pixels, float* to,
                int64_t planeSize) {
  int64_t step = planes.sourceStep, count = 0;
  for (const Layout::Axis& row : layout.rows)
    for (const Layout::Axis& column : layout.columns) {
      int64_t left = layout.flat ? column.remainder : step * column.least + column.remainder;
      for (int64_t i = first + row.least; i < first + band + row.most; i++) {
        int64_t y = step * i + row.remainder;
        bool inside = y >= 0 && y < planes.sourceHeight;
        const T* line = image + y * planes.sourceWidth * planes.channels;
        for (int64_t j = 0; j < layout.pitch; j++) {
          int64_t x = step * j + left;
          pixels[size_t(count++)] = inside && x >= 0 && x < planes.sourceWidth ? line + x * planes.channels : zeros;
        }
      }
    }
  for (int64_t pixel = count; pixel < roundUp(count, 8); pixel++) pixels[size_t(pixel)] = zeros;
  for (int64_t pixel = 0; pixel < count; pixel += 8) transposeEight<T, pairs>(&pixels[size_t(pixel)], words, to + pixel, planeSize);
}

// Packs group `group` of the filter for one phase and block as [tap][word][lane], lanes beyond the channels zero.
template <typename T, bool pairs>
void packFilter(const Planes& planes, const Phase& phase, const LaneBlock& block, const T* filter, int64_t group, const T* zeros, float* to) {
  int64_t words = planes.groupWidth / perWord<T, pairs>, lanes = block.lanes();
  for (const Tap& tap : phase.taps) {
    const T* start = filter + tap.filterTap * planes.groupWidth * planes.channels + group * planes.groupWidth;
    if (planes.transposed) {
      // Where a block has four lanes, four more are written, which the next word's then replace; at the end of the group there is room.
      for (int64_t lane = 0; lane < lanes; lane += 8) {
        const T* rows[8];
        for (int64_t k = 0; k < 8; k++) rows[k] = lane + k < block.valid ? start + (block.first + lane + k) * planes.channels : zeros;
        transposeEight<T, pairs>(rows, words, to + lane, lanes);
      }
    } else {
      for (int64_t word = 0; word < words; word++) {
        const T* row = start + word * perWord<T, pairs> * planes.channels + block.first;
        copyWords<T, pairs>(row, row + planes.channels, block.valid, lanes, to + word * lanes);
      }
    }
    to += words * lanes;
  }
}

template <typename T, bool pairs>
void convolvePlanes(const Planes& planes, const T* source, const T* filter, T* destination, Workers& workers) {
  const int64_t groupWidth = planes.groupWidth, channels = planes.channels, groups = channels / groupWidth, words = groupWidth / perWord<T, pairs>;
  const int64_t step = planes.destinationStep, height = divideUp(planes.destinationHeight, step);
  const Layout layout(planes);
  const std::vector<LaneBlock> blocks = laneBlocks(groupWidth, 2);

  // Groups that share a unit of work, so that whole cache lines are read; rows such that the planes stay in the L2 cache.
  const int64_t groupsPerUnit = std::min(groups, std::max<int64_t>(1, 64 / groupWidth));
  const int64_t planeBudget = 48 * 1024 / std::max<int64_t>(1, groupsPerUnit * words);
  int64_t band = height;
  while (band > 1 && layout.planeSize(band) > planeBudget) band--;
  const int64_t bands = divideUp(height, band);
  band = divideUp(height, bands);
  const int64_t planeSize = layout.planeSize(band), unitsOfGroups = divideUp(groups, groupsPerUnit);

  int64_t packedSize = 0;
  for (const Phase& phase : planes.phases)
    for (const LaneBlock& block : blocks) packedSize += int64_t(phase.taps.size()) * words * block.lanes();
  packedSize = roundUp(packedSize + 4, 16);
  const Scratch packed(groups * packedSize);
  const std::vector<T> zeros(size_t(std::max(groupWidth, groupsPerUnit * groupWidth)), T{});
  workers.run(groups, 9 * groupWidth * groupWidth, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; group++) {
      float* to = packed.data() + group * packedSize;
      for (const Phase& phase : planes.phases)
        for (const LaneBlock& block : blocks) {
          packFilter<T, pairs>(planes, phase, block, filter, group, zeros.data(), to);
          to += int64_t(phase.taps.size()) * words * block.lanes();
        }
    }
  });

  const int64_t cost = band * planes.destinationWidth * step * groupsPerUnit * groupWidth * groupWidth * 9 / (8 * step * step);
  workers.run(unitsOfGroups * bands * planes.batch, cost, [&](int64_t begin, int64_t end) {
    const Scratch scratch(groupsPerUnit * words * planeSize);
    std::vector<const T*> pixelsOfPlane(static_cast<size_t>(planeSize));
    std::vector<int64_t> pixelOffsets;
    for (int64_t unit = begin; unit < end; unit++) {
      const int64_t image = unit % planes.batch, firstRow = unit / planes.batch % bands * band, firstGroup = unit / planes.batch / bands * groupsPerUnit;
      const int64_t groupCount = std::min(groupsPerUnit, groups - firstGroup), rows = std::min(band, height - firstRow);
      packPlanes<T, pairs>(planes, layout, source + image * planes.sourceHeight * planes.sourceWidth * channels + firstGroup * groupWidth, firstRow, rows, groupCount * words,
                           zeros.data(), pixelsOfPlane, scratch.data(), planeSize);
      T* bandStart = destination + (image * planes.destinationHeight + firstRow * step) * planes.destinationWidth * channels;
      int64_t packedPhase = 0;
      for (const Phase& phase : planes.phases) {
        std::array<int64_t, 9> taps;
        for (size_t tap = 0; tap < phase.taps.size(); tap++) taps[tap] = layout.tapOffset(phase.taps[tap], planes.sourceStep, rows);
        // Rows and columns of this phase inside the destination.
        const int64_t down = std::min(rows, divideUp(planes.destinationHeight - phase.row - firstRow * step, step));
        const int64_t right = divideUp(planes.destinationWidth - phase.column, step);
        const bool oneRun = layout.flat && right == layout.pitch;
        const int64_t runs = oneRun ? 1 : std::max<int64_t>(0, down), length = oneRun ? down * right : right;
        pixelOffsets.resize(size_t(std::max<int64_t>(0, length)));
        for (int64_t pixel = 0; pixel < length; pixel++)
          pixelOffsets[size_t(pixel)] = ((pixel / right * step + phase.row) * planes.destinationWidth + pixel % right * step + phase.column) * channels;
        for (int64_t group = 0; group < groupCount; group++) {
          const float* blockFilter = packed.data() + (firstGroup + group) * packedSize + packedPhase;
          for (const LaneBlock& block : blocks) {
            const int64_t most = accumulators / block.vectors, tiles = divideUp(length, most);
            T* blockStart = bandStart + (firstGroup + group) * groupWidth + block.first;
            for (int64_t run = 0; run < runs; run++)
              for (int64_t tile = 0; tile < tiles; tile++) {
                const int64_t pixel = tile * length / tiles, pixels = (tile + 1) * length / tiles - pixel;
                tileFunction<T, pairs>(block, pixels)({scratch.data() + group * words * planeSize + run * layout.pitch + pixel, taps.data(), int64_t(phase.taps.size()), words,
                                                       planeSize, blockFilter, blockStart + run * step * planes.destinationWidth * channels, &pixelOffsets[size_t(pixel)], block.valid});
              }
            blockFilter += int64_t(phase.taps.size()) * words * block.lanes();
          }
        }
        for (const LaneBlock& block : blocks) packedPhase += int64_t(phase.taps.size()) * words * block.lanes();
      }
    }
  });
}

// Computes what `planes` describes: source [batch, sourceHeight, sourceWidth, channels], filter [3, 3, groupWidth, channels],
// destination [batch, destinationHeight, destinationWidth, channels].
template <typename T>
void convolveWithPlanes(const Planes& planes, const T* source, const T* filter, T* destination, Workers& workers) {
  if constexpr (multipliesPairs && std::is_same_v<T, bfloat16>) {
    if (planes.groupWidth % 2 == 0) return convolvePlanes<T, true>(planes, source, filter, destination, workers);
  }
  convolvePlanes<T, false>(planes, source, filter, destination, workers);
}

}  // namespace handloom::grouped
