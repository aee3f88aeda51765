#include "io/worker_pool.hpp"

namespace kontor::io {

WorkerPool::WorkerPool(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i) threads_.emplace_back([this] { run(); });
}
WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  ready_.notify_all();
  for (auto& t : threads_) t.join();
}
void WorkerPool::post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  ready_.notify_one();  // under the lock: what the work answers may be what ends this pool
}
std::size_t WorkerPool::backlog() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}
void WorkerPool::run() {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return closed_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace kontor::io
