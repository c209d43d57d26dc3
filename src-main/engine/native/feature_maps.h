// What operations on feature maps have in common: their threads and the shapes of what they are given.
#pragma once

#if defined(__linux__)
#include <sched.h>
#endif

#include <cstdlib>

#include "operation.h"
#include "pool.h"

namespace handloom {

// As many threads as TensorFlow was told to use for one operation, else one for each processor this process may run on.
inline int threadCount() {
  const char* told = std::getenv("TF_NUM_INTRAOP_THREADS");
  if (told && std::atoi(told) > 0) return std::atoi(told);
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return int(std::max(1u, std::thread::hardware_concurrency()));
}

inline Workers& workers() {
  static Pool* const pool = new Pool(threadCount());
  return *pool;
}

struct Rank4 {
  int64_t batch, height, width, channels;

  explicit Rank4(const Run::Input& input) {
    const Shape shape = input.shape();
    require(shape.size() == 4, "a feature map of four dimensions is wanted");
    batch = shape[0], height = shape[1], width = shape[2], channels = shape[3];
  }
  int64_t rows() const { return batch * height * width; }
  int64_t area() const { return height * width; }
  Shape shape() const { return {batch, height, width, channels}; }
};

inline void requireSize(const Run::Input& input, int64_t size) { require(input.size() == size, "an input has another size than the others call for"); }

// The type attribute of operations on feature maps.
constexpr const char* featureType = "T: {float, bfloat16}";

}  // namespace handloom
