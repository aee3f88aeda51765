// The port through which use cases change and read facts. A transaction's body is a plain function over an opaque UnitOfWork; subjects
// hand that unit to their own store ports, whose implementations (adapters/sql) know what it is. One body may span subjects.
//
// A body runs on a storage thread, never on an event loop; it has no side effect but through its unit, because it may run again
// (serialization failure), and it must not wait for anything else.
#pragma once
#include <functional>
#include <memory>
#include <type_traits>

#include "base/result.hpp"
#include "base/task.hpp"

namespace kontor {

class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;
  // Whether the body is one of many whose look-ups are fetched together: a look-up that was not fetched yet fails (Errc::retry), the body
  // is given up, and runs again when all that was asked for is there. A body that asks for everything it will need before it gives up needs
  // one such round; it does not have to.
  virtual bool reads_together() const { return false; }
};

class Storage {  // any thread
 public:
  using Body = std::function<Status(UnitOfWork&)>;
  using Done = std::function<void(Status)>;
  virtual ~Storage() = default;
  // All of the body's changes or none. `done` is called once, from a storage thread, after the commit is on stable storage
  // (success) or nothing was changed (failure). Errors: the body's own; unavailable (queue full, shutting down, disk full).
  virtual void submit_write(Body body, Done done) = 0;
  // A consistent view of everything committed before the call. Changes are refused.
  virtual void submit_read(Body body, Done done) = 0;
  // The same as submit_read on the calling thread, for point look-ups that take microseconds.
  virtual Status read_here(const Body& body) = 0;
  // Whether read_here answers from this process's memory and disk, without waiting for another machine.
  virtual bool reads_are_local() const = 0;

  // co_await storage.write([=](UnitOfWork& unit) -> Result<X> {...})
  template <class F>
  auto write(F body) -> Task<std::invoke_result_t<F, UnitOfWork&>> {
    return run(std::move(body), true);
  }
  template <class F>
  auto read(F body) -> Task<std::invoke_result_t<F, UnitOfWork&>> {
    return run(std::move(body), false);
  }
  // A point look-up from an event loop: on the spot where that takes microseconds, on a storage thread where it waits for a network.
  template <class F>
  auto look_up(F body) -> Task<std::invoke_result_t<F, UnitOfWork&>> {
    if (reads_are_local()) co_return read_now(std::move(body));
    co_return co_await read(std::move(body));
  }
  // On the calling thread, whatever it takes: not from event loops.
  template <class F>
  auto read_now(F body) -> std::invoke_result_t<F, UnitOfWork&> {
    using R = std::invoke_result_t<F, UnitOfWork&>;
    std::optional<R> out;
    Status s = read_here([&](UnitOfWork& u) -> Status { return keep<R>(out, body(u)); });
    return finish<R>(out, std::move(s));
  }

 private:
  template <class R>
  static Status keep(std::optional<R>& out, R r) {
    Status s{};
    if (!r) s = Unexpected(r.error());
    out.emplace(std::move(r));
    return s;
  }
  template <class R>
  static R finish(std::optional<R>& out, Status s) {
    if (!s) return Unexpected(std::move(s).error());
    return std::move(*out);
  }
  template <class F, class R = std::invoke_result_t<F, UnitOfWork&>>
  Task<R> run(F body, bool write) {
    struct State {
      F body;
      std::optional<R> out;
    };
    auto state = std::make_shared<State>(State{std::move(body), std::nullopt});
    Storage* self = this;
    typename Callback<Status>::Start start = [self, state, write](std::function<void(Status)> done) {
      Body b = [state](UnitOfWork& u) -> Status { return keep<R>(state->out, state->body(u)); };
      if (write)
        self->submit_write(std::move(b), std::move(done));
      else
        self->submit_read(std::move(b), std::move(done));
    };
    Status s = co_await Callback<Status>(std::move(start));
    co_return finish<R>(state->out, std::move(s));
  }
};

}  // namespace kontor
