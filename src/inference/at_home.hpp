// Inference::at_home, for the files of this room: a task runs on the home executor and its result comes back to the caller's.
#pragma once
#include "inference/inference.hpp"

namespace kontor::inference {

namespace detail {
template <class T>
Task<void> relay(Task<T> task, std::function<void(T)> done) {
  done(co_await std::move(task));
}
}  // namespace detail

template <class T>
Task<T> Inference::at_home(Task<T> task) {
  Executor* home = &s_.home;
  auto shared = std::make_shared<Task<T>>(std::move(task));
  typename Callback<T>::Start start = [home, shared](std::function<void(T)> done) {
    home->post([shared, done = std::move(done)] { spawn(detail::relay<T>(std::move(*shared), done)); });
  };
  co_return co_await Callback<T>(std::move(start));
}

}  // namespace kontor::inference
