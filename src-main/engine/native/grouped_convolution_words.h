// The unit that the grouped convolutions compute with: a 32-bit word, which is one float32 or, where the processor multiplies them, a pair of bfloat16 numbers;
// vectors of words in the registers that the processor has; and moving numbers from tensors into words.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "vectors.h"

namespace handloom::grouped {

// True where pairs of bfloat16 numbers are multiplied and added in one instruction (vdpbf16ps).
#if defined(__AVX512BF16__) && defined(__AVX512VL__)
constexpr bool multipliesPairs = true;
#else
constexpr bool multipliesPairs = false;
#endif

// Lanes of the widest register, and how many accumulators a tile may hold without spilling.
#if defined(__AVX512F__)
constexpr int widest = 16;
constexpr int accumulators = 24;
#elif defined(__AVX__)
constexpr int widest = 8;
constexpr int accumulators = 12;
#elif defined(__aarch64__)
constexpr int widest = 4;
constexpr int accumulators = 24;
#else
constexpr int widest = 4;
constexpr int accumulators = 12;
#endif

template <int width>
struct VectorOf {
  typedef float type __attribute__((vector_size(width * 4)));
  typedef uint32_t bits __attribute__((vector_size(width * 4)));
  typedef uint16_t halves __attribute__((vector_size(width * 2)));
};
template <int width>
using Vector = typename VectorOf<width>::type;

template <int width>
inline Vector<width> loadVector(const float* from) {
  Vector<width> values;
  memcpy(&values, from, sizeof values);
  return values;
}

template <int width>
inline void storeVector(float* to, Vector<width> values) { memcpy(to, &values, sizeof values); }

// Rounds to the nearest bfloat16, ties to even. NaN stays NaN.
template <int width>
inline void storeVector(bfloat16* to, Vector<width> values) {
#if defined(__AVX512BF16__) && defined(__AVX512VL__)
  if constexpr (width == 16) {
    auto rounded = _mm512_cvtneps_pbh((__m512)values);
    memcpy(to, &rounded, 32);
    return;
  } else if constexpr (width == 8) {
    auto rounded = _mm256_cvtneps_pbh((__m256)values);
    memcpy(to, &rounded, 16);
    return;
  }
#endif
  using Bits = typename VectorOf<width>::bits;
  Bits bits = (Bits)values;
  Bits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  rounded = values == values ? rounded : ((bits >> 16) | 0x40);
  auto stored = __builtin_convertvector(rounded, typename VectorOf<width>::halves);
  memcpy(to, &stored, sizeof stored);
}

// Stores the first `valid` lanes.
template <int width, typename T>
__attribute__((noinline)) void storeFirst(T* to, Vector<width> values, int64_t valid) {
  if (valid <= 0) return;
  if (valid >= width) return storeVector<width>(to, values);
  T lanes[width];
  storeVector<width>(lanes, values);
  for (int64_t lane = 0; lane < valid; lane++) to[lane] = lanes[lane];
}

// sum + vector * word, lane by lane; with `pairs` both products of each lane's two pairs of bfloat16 numbers are added.
template <bool pairs, int width>
inline __attribute__((always_inline)) Vector<width> multiplyAdd(Vector<width> sum, Vector<width> vector, float word) {
#if defined(__AVX512BF16__) && defined(__AVX512VL__)
  if constexpr (pairs) {
    if constexpr (width == 16) return (Vector<16>)_mm512_dpbf16_ps((__m512)sum, (__m512bh)vector, (__m512bh)_mm512_set1_ps(word));
    else return (Vector<8>)_mm256_dpbf16_ps((__m256)sum, (__m256bh)vector, (__m256bh)_mm256_set1_ps(word));
  }
#endif
  return sum + vector * word;
}

// As multiplyAdd for a word that is used once: the instruction itself broadcasts it from memory. Compilers do not combine vdpbf16ps with the broadcast, and
// a broadcast to a register for each product takes longer than the product.
template <bool pairs, int width>
inline __attribute__((always_inline)) Vector<width> multiplyAddFrom(Vector<width> sum, Vector<width> vector, const float* word) {
#if defined(__AVX512BF16__) && defined(__AVX512VL__)
  if constexpr (pairs && width == 16) {
    __asm__("vdpbf16ps %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(vector), "m"(*word));
    return sum;
  } else if constexpr (pairs && width == 8) {
    __asm__("vdpbf16ps %2%{1to8%}, %1, %0" : "+v"(sum) : "v"(vector), "m"(*word));
    return sum;
  }
#endif
  return multiplyAdd<pairs, width>(sum, vector, *word);
}

// Calls `body` with the constants 0 … count - 1, unrolled.
template <typename Body, size_t... index>
inline __attribute__((always_inline)) void unrollOver(std::index_sequence<index...>, Body&& body) {
  (body(std::integral_constant<int, int(index)>{}), ...);
}
template <int count, typename Body>
inline __attribute__((always_inline)) void unroll(Body&& body) { unrollOver(std::make_index_sequence<count>{}, body); }

// Numbers of T in a word.
template <typename T, bool pairs>
constexpr int perWord = pairs ? 2 : 1;

inline int64_t roundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }
inline int64_t divideUp(int64_t value, int64_t step) { return (value + step - 1) / step; }

// `count` words from consecutive numbers, eight words or four at a time.
template <typename T, bool pairs, int count>
inline Vector<count> loadWords(const T* from) {
  if constexpr (perWord<T, pairs> * sizeof(T) == 4) {
    Vector<count> words;
    memcpy(&words, from, sizeof words);
    return words;
  } else {
    typename VectorOf<count>::halves halves;
    memcpy(&halves, from, sizeof halves);
    return (Vector<count>)(__builtin_convertvector(halves, typename VectorOf<count>::bits) << 16);
  }
}

// As loadWords, with zero for the words beyond `valid`.
template <typename T, bool pairs, int count>
inline Vector<count> loadFirst(const T* from, int64_t valid) {
  if (valid >= count) return loadWords<T, pairs, count>(from);
  T numbers[count * perWord<T, pairs>] = {};
  for (int64_t i = 0; i < valid * perWord<T, pairs>; i++) numbers[i] = from[i];
  return loadWords<T, pairs, count>(numbers);
}

// Transposes eight rows of `words` words: word w of row r goes to to[w * step + r].
template <typename T, bool pairs>
inline void transposeEight(const T* const rows[8], int64_t words, float* to, int64_t step) {
  const T *row0 = rows[0], *row1 = rows[1], *row2 = rows[2], *row3 = rows[3], *row4 = rows[4], *row5 = rows[5], *row6 = rows[6], *row7 = rows[7];
  // Rows r and r + 4 share a register: lane-wise shuffles then transpose both halves at once.
  auto four = [&](auto load, int64_t count, float* at) __attribute__((always_inline)) {
    auto join = [&](const T* low, const T* high) __attribute__((always_inline)) { return __builtin_shufflevector(load(low), load(high), 0, 1, 2, 3, 4, 5, 6, 7); };
    Vector<8> a = join(row0, row4), b = join(row1, row5), c = join(row2, row6), d = join(row3, row7);
    Vector<8> lowAB = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13), highAB = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
    Vector<8> lowCD = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13), highCD = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
    storeVector<8>(at, __builtin_shufflevector(lowAB, lowCD, 0, 1, 8, 9, 4, 5, 12, 13));
    if (count > 1) storeVector<8>(at + step, __builtin_shufflevector(lowAB, lowCD, 2, 3, 10, 11, 6, 7, 14, 15));
    if (count > 2) storeVector<8>(at + 2 * step, __builtin_shufflevector(highAB, highCD, 0, 1, 8, 9, 4, 5, 12, 13));
    if (count > 3) storeVector<8>(at + 3 * step, __builtin_shufflevector(highAB, highCD, 2, 3, 10, 11, 6, 7, 14, 15));
  };
  int64_t word = 0;
  for (; word + 4 <= words; word += 4)
    four([&](const T* row) __attribute__((always_inline)) { return loadWords<T, pairs, 4>(row + word * perWord<T, pairs>); }, 4, to + word * step);
  if (word < words)
    four([&](const T* row) { return loadFirst<T, pairs, 4>(row + word * perWord<T, pairs>, words - word); }, words - word, to + word * step);
}

// Writes `size` words, a multiple of four: word i = first[i] or, with `pairs`, the pair (first[i], second[i]); zeros from `count` on.
template <typename T, bool pairs>
inline void copyWords(const T* first, const T* second, int64_t count, int64_t size, float* to) {
  auto copy = [&](auto lanes, auto load, float* at) __attribute__((always_inline)) {
    if constexpr (pairs) {
      using Bits = typename VectorOf<lanes>::bits;
      storeVector<lanes>(at, (Vector<lanes>)(((Bits)load(first) >> 16) | (Bits)load(second)));
    } else {
      storeVector<lanes>(at, load(first));
    }
  };
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    copy(std::integral_constant<int, 8>{}, [&](const T* from) __attribute__((always_inline)) { return loadWords<T, false, 8>(from + i); }, to + i);
  for (; i < size; i += 4)
    copy(std::integral_constant<int, 4>{}, [&](const T* from) { return loadFirst<T, false, 4>(from + i, count - i); }, to + i);
}

// Uninitialised words, aligned to cache lines.
class Scratch {
 public:
  explicit Scratch(int64_t words) : words_(static_cast<float*>(::operator new(size_t(words) * sizeof(float), std::align_val_t(64)))) {}
  float* data() const { return words_.get(); }

 private:
  struct Free {
    void operator()(float* words) const { ::operator delete(words, std::align_val_t(64)); }
  };
  std::unique_ptr<float, Free> words_;
};

// Output channels of a group that are computed together: `vectors` registers of `width` lanes from channel `first` on, of which `valid` lanes are channels.
struct LaneBlock {
  int width, vectors;
  int64_t first, valid;
  int64_t lanes() const { return int64_t(width) * vectors; }
};

// Cuts a group into blocks of at most `most` of the widest registers; a rest of eight channels or fewer takes a narrower one where there is one.
inline std::vector<LaneBlock> laneBlocks(int64_t groupWidth, int most) {
  std::vector<LaneBlock> blocks;
  for (int64_t first = 0; first < groupWidth; first += blocks.back().valid) {
    int64_t left = groupWidth - first;
    LaneBlock block{widest, 1, first, 0};
    if (most > 1 && left >= 2 * widest) block.vectors = 2;
    else if (widest == 16 && left <= 8) block.width = 8;
    block.valid = std::min(left, block.lanes());
    blocks.push_back(block);
  }
  return blocks;
}

}  // namespace handloom::grouped
