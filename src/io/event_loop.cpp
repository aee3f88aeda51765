#include "io/event_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

namespace kontor::io {
namespace {

namespace asio = boost::asio;

class Loop final : public EventLoop {
 public:
  Loop() : context_(1), guard_(asio::make_work_guard(context_)) {
    thread_ = std::thread([this] {
      Executor::current() = this;
      context_.run();
    });
  }
  ~Loop() override { stop(); }
  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  void post(std::function<void()> work) override { asio::post(context_, std::move(work)); }
  void post_after(std::chrono::milliseconds delay, std::function<void()> work) override {
    auto timer = std::make_shared<asio::steady_timer>(context_, delay);
    timer->async_wait([timer, work = std::move(work)](boost::system::error_code ec) {
      if (!ec) work();
    });
  }
  void* context() override { return &context_; }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

struct Sleep {
  std::chrono::milliseconds delay;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    auto* loop = dynamic_cast<EventLoop*>(Executor::current());
    KT_ASSERT(loop);
    loop->post_after(delay, [h] { h.resume(); });
  }
  void await_resume() {}
};

}  // namespace

LoopPool::LoopPool(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i) loops_.push_back(std::make_unique<Loop>());
}
LoopPool::~LoopPool() { stop(); }
void LoopPool::stop() {
  for (auto& l : loops_) static_cast<Loop&>(*l).stop();
}

Task<void> sleep_for(std::chrono::milliseconds delay) { co_await Sleep{delay}; }

}  // namespace kontor::io
