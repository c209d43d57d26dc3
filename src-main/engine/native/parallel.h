// How a kernel shares its work among threads: by whatever pool calls it.
#pragma once

#include <cstdint>
#include <functional>

namespace handloom {

// A pool of threads. `run` cuts [0, units) into ranges, calls `work` on them on several threads and returns when all are done.
class Workers {
 public:
  virtual ~Workers() = default;
  // Number of threads that work at once.
  virtual int threads() const = 0;
  // `cost`: cycles that one unit takes, roughly; small work stays on the calling thread.
  virtual void run(int64_t units, int64_t cost, const std::function<void(int64_t begin, int64_t end)>& work) = 0;
};

}  // namespace handloom
