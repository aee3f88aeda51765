// Event loops: one thread each. Coroutines that wait for sockets, timers or storage live here; nothing here may block.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/task.hpp"

namespace kontor::io {

class EventLoop : public Executor {
 public:
  virtual ~EventLoop() = default;
  // Any thread. Calls `work` on the loop once `delay` has passed; a stopped loop drops it.
  virtual void post_after(std::chrono::milliseconds delay, std::function<void()> work) = 0;
  // For io/ itself: the boost::asio::io_context behind it.
  virtual void* context() = 0;
};

class LoopPool {
 public:
  // Starts `threads` loops (at least 1).
  explicit LoopPool(int threads);
  ~LoopPool();
  std::size_t size() const { return loops_.size(); }
  EventLoop& operator[](std::size_t i) { return *loops_[i]; }
  // Stops all loops and joins their threads; what is still suspended is abandoned with the process.
  void stop();

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

// Suspends the calling coroutine; must run on an EventLoop.
Task<void> sleep_for(std::chrono::milliseconds delay);

}  // namespace kontor::io
