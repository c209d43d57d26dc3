// The threads that our operations compute on.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "parallel.h"

namespace handloom {

// A pool of threads that serves one operation at a time; an operation that comes while it is busy computes on its own thread alone, so that
// two operations side by side take one core each and neither waits.
class Pool : public Workers {
 public:
  explicit Pool(int threads) {
    for (int index = 1; index < threads; index++) helpers_.emplace_back([this] { help(); });
  }

  // Helpers wait for ever, also when the process ends: it does so under them, as TensorFlow's own threads do.
  ~Pool() override {
    for (std::thread& helper : helpers_) helper.detach();
  }

  int threads() const override { return int(helpers_.size()) + 1; }

  void run(int64_t units, int64_t cost, const std::function<void(int64_t, int64_t)>& work) override {
    if (units <= 0) return;
    std::unique_lock<std::mutex> turn(turn_, std::defer_lock);
    if (helpers_.empty() || units == 1 || units * cost < worthSharing || !turn.try_lock()) return work(0, units);
    const int64_t parts = std::min<int64_t>(units, int64_t(threads()) * 4);
    work_ = &work;
    units_ = units;
    parts_ = parts;
    done_.store(0, std::memory_order_relaxed);
    next_.store(0, std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      generation_.fetch_add(1, std::memory_order_release);
      open_ = true;
    }
    wake_.notify_all();
    takeParts();
    while (done_.load(std::memory_order_acquire) < parts) std::this_thread::yield();
    // No helper may look at this work any more once `run` is left.
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = false;
    while (inside_.load(std::memory_order_acquire) > 0) std::this_thread::yield();
  }

 private:
  // Cycles below which waking another thread costs more than it brings.
  static constexpr int64_t worthSharing = 60'000;
  // How often a helper looks for work before it sleeps; some tens of microseconds.
  static constexpr int glances = 2'000;

  void takeParts() {
    for (int64_t part; (part = next_.fetch_add(1, std::memory_order_relaxed)) < parts_;) {
      (*work_)(part * units_ / parts_, (part + 1) * units_ / parts_);
      done_.fetch_add(1, std::memory_order_release);
    }
  }

  void help() {
    int64_t seen = 0;
    for (;;) {
      for (int glance = 0; glance < glances && generation_.load(std::memory_order_acquire) == seen; glance++) pause();
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return generation_.load(std::memory_order_relaxed) != seen; });
        seen = generation_.load(std::memory_order_relaxed);
        if (!open_) continue;
        inside_.fetch_add(1, std::memory_order_relaxed);
      }
      takeParts();
      inside_.fetch_sub(1, std::memory_order_release);
    }
  }

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  std::vector<std::thread> helpers_;
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool open_ = false;
  std::atomic<int64_t> generation_{0};
  std::atomic<int> inside_{0};
  const std::function<void(int64_t, int64_t)>* work_ = nullptr;
  int64_t units_ = 0;
  int64_t parts_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<int64_t> done_{0};
};

}  // namespace handloom
