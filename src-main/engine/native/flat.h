// Between one flat vector of float32 and tensors of float32 or bfloat16 that lie in it one after the other.
#pragma once

#include <algorithm>
#include <vector>

#include "parallel.h"
#include "vectors.h"

namespace handloom {

template <typename From, typename To>
void convert(const From* from, To* to, int64_t count) {
  int64_t at = 0;
  for (; at + lanes <= count; at += lanes) store(to + at, load(from + at));
  for (; at < count; at++) to[at] = fromFloat<To>(toFloat(from[at]));
}

// A tensor at a place in the flat vector.
struct Part {
  void* data;
  bool half;
  int64_t begin, size;
};

// Copies between the flat vector and its parts, converting; `parts` are in order and without gaps.
template <bool pack>
void copyParts(float* flat, const std::vector<Part>& parts, int64_t total, Workers& workers) {
  constexpr int64_t block = 16'384;
  workers.run((total + block - 1) / block, block / 2, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * block, last = std::min(end * block, total);
    for (const Part& part : parts) {
      const int64_t from = std::max(first, part.begin), to = std::min(last, part.begin + part.size);
      if (from >= to) continue;
      float* here = flat + from;
      if (part.half) {
        bfloat16* there = static_cast<bfloat16*>(part.data) + (from - part.begin);
        if (pack) convert(there, here, to - from);
        else convert(here, there, to - from);
      } else {
        float* there = static_cast<float*>(part.data) + (from - part.begin);
        if (pack) memcpy(here, there, (to - from) * sizeof(float));
        else memcpy(there, here, (to - from) * sizeof(float));
      }
    }
  });
}

}  // namespace handloom
