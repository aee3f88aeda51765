// Task<T>: a lazy coroutine, and the Executor port on which coroutines run.
// Rules: parameters by value; a lambda that is a coroutine must not capture (its captures die with the lambda object);
// no lock is held across co_await. A Task is awaited exactly once, or handed to spawn().
#pragma once
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.hpp"

namespace kontor {

// Where work runs. Implementations: event loops (io/), pools, and a deterministic scheduler in tests.
class Executor {
 public:
  virtual ~Executor() = default;
  // Any thread. Runs `work` later on this executor, in order of posting from one thread.
  virtual void post(std::function<void()> work) = 0;
  // The executor whose thread this is; null on threads that belong to none.
  static Executor*& current() {
    static thread_local Executor* executor = nullptr;
    return executor;
  }
};

template <class T>
class Task;

namespace detail {
struct PromiseBase {
  std::coroutine_handle<> continuation;
  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) noexcept {
      auto c = h.promise().continuation;
      return c ? c : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() { std::terminate(); }  // exceptions never cross a coroutine: errors are values
};
template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
};
template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
};
}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  explicit Task(std::coroutine_handle<promise_type> h) : handle_(h) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().continuation = caller;
    return handle_;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() { return Task<void>(std::coroutine_handle<Promise>::from_promise(*this)); }
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
inline Detached run_detached(Task<void> task, std::function<void()> done) {
  co_await std::move(task);
  if (done) done();
}
}  // namespace detail

// Starts `task` now on the calling thread and lets it run to its end by itself; `done` is called there.
inline void spawn(Task<void> task, std::function<void()> done = {}) { detail::run_detached(std::move(task), std::move(done)); }

// Awaits a callback-style operation. `start` receives a function that must be called exactly once, from any thread, with the
// result; the coroutine goes on on the executor it was suspended on (or inline where there is none).
template <class T>
class Callback {
 public:
  using Start = std::function<void(std::function<void(T)>)>;
  explicit Callback(Start start) : start_(std::move(start)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    Executor* home = Executor::current();
    // The coroutine may be resumed, and this object destroyed, before start returns: nothing of it is touched afterwards.
    auto start = std::move(start_);
    start([this, h, home](T value) {
      value_.emplace(std::move(value));
      if (home)
        home->post([h] { h.resume(); });
      else
        h.resume();
    });
  }
  T await_resume() { return std::move(*value_); }

 private:
  Start start_;
  std::optional<T> value_;
};

// Runs `work` on `pool` and comes back with its result.
template <class F>
auto run_on(Executor& pool, F work) -> Task<std::invoke_result_t<F>> {
  using T = std::invoke_result_t<F>;
  auto shared = std::make_shared<F>(std::move(work));
  Executor* p = &pool;
  typename Callback<T>::Start start = [p, shared](std::function<void(T)> done) {
    p->post([shared, done = std::move(done)] { done((*shared)()); });
  };
  co_return co_await Callback<T>(std::move(start));
}

}  // namespace kontor
