// Vectors of floats for whatever instruction set the compiler is told of (GCC's and Clang's vector extensions), and bfloat16 storage.
#pragma once

#include <cstdint>
#include <cstring>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace handloom {

// A bfloat16 number as it is stored: the upper half of a float32.
struct bfloat16 {
  uint16_t bits;
};

// Sixteen floats: one AVX-512 register, two of AVX2, four of NEON.
constexpr int lanes = 16;
typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));
typedef uint16_t halves __attribute__((vector_size(32), aligned(2)));

inline floats load(const float* from) {
  floats values;
  memcpy(&values, from, sizeof values);
  return values;
}

inline void store(float* to, floats values) { memcpy(to, &values, sizeof values); }

inline floats load(const bfloat16* from) {
  halves stored;
  memcpy(&stored, from, sizeof stored);
  return (floats)(__builtin_convertvector(stored, words) << 16);
}

// Rounds to the nearest bfloat16, ties to even. NaN stays NaN.
inline void store(bfloat16* to, floats values) {
#if defined(__AVX512BF16__)
  __m256bh rounded = _mm512_cvtneps_pbh((__m512)values);
  memcpy(to, &rounded, sizeof rounded);
#else
  words bits = (words)values;
  words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  rounded = values == values ? rounded : ((bits >> 16) | 0x40);
  halves stored = __builtin_convertvector(rounded, halves);
  memcpy(to, &stored, sizeof stored);
#endif
}

inline float toFloat(float value) { return value; }
inline float toFloat(bfloat16 value) {
  uint32_t bits = uint32_t(value.bits) << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

template <typename T>
T fromFloat(float value);
template <>
inline float fromFloat<float>(float value) { return value; }
template <>
inline bfloat16 fromFloat<bfloat16>(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) return {uint16_t((bits >> 16) | 0x40)};
  return {uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

inline floats broadcast(float value) { return value - floats{}; }

}  // namespace handloom
