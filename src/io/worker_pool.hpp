// Threads for work that computes: hashing, compression, packing, password checks. Bounded; use with run_on().
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/task.hpp"

namespace kontor::io {

class WorkerPool final : public Executor {
 public:
  explicit WorkerPool(int threads);
  ~WorkerPool() override;  // finishes what is queued
  void post(std::function<void()> work) override;
  // Work waiting for a thread; callers that can refuse should do so above `limit` of their own.
  std::size_t backlog() const;

 private:
  void run();
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kontor::io
