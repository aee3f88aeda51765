#include "io/http_channel.hpp"

#include <boost/asio/write.hpp>

namespace kontor::http {
namespace {

// Awaits one Asio operation; `Start` is called with the completion handler.
template <class Start>
struct Await {
  Start start;
  Channel::Transfer out;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    start([this, h](error_code ec, std::size_t n = 0) {
      out = {ec, n};
      h.resume();
    });
  }
  Channel::Transfer await_resume() { return out; }
};
template <class Start>
Await<Start> await(Start s) {
  return {std::move(s), {}};
}

}  // namespace

Task<error_code> Channel::handshake() {
  Transfer t = co_await await(
      [this](auto done) { tls_->async_handshake(asio::ssl::stream_base::server, [done](error_code ec) mutable { done(ec, 0); }); });
  co_return t.ec;
}

Task<error_code> Channel::writable() {
  Transfer t =
      co_await await([this](auto done) { socket_.async_wait(Socket::wait_write, [done](error_code ec) mutable { done(ec, 0); }); });
  co_return t.ec;
}

Task<Channel::Transfer> Channel::receive(asio::mutable_buffer b) {
  Transfer t;
  if (tls_)
    t = co_await await([this, b](auto done) { tls_->async_read_some(b, done); });
  else
    t = co_await await([this, b](auto done) { socket_.async_read_some(b, done); });
  counters_.received_bytes += t.n;
  co_return t;
}

Task<bool> Channel::write(std::string_view a, std::string_view b) {
  expect_within(progress_seconds_);
  std::array<asio::const_buffer, 2> buffers{asio::buffer(a.data(), a.size()), asio::buffer(b.data(), b.size())};
  Transfer t;
  if (tls_)
    t = co_await await([this, &buffers](auto done) { asio::async_write(*tls_, buffers, done); });
  else
    t = co_await await([this, &buffers](auto done) { asio::async_write(socket_, buffers, done); });
  counters_.sent_bytes += t.n;
  deadline_.reset();
  co_return !t.ec;
}

void Channel::end_sending() {
  error_code ignored;
  if (!tls_) socket_.shutdown(Socket::shutdown_send, ignored);
}

void Channel::cut() {
  error_code ignored;
  socket_.cancel(ignored);
  socket_.shutdown(Socket::shutdown_both, ignored);
}

void Channel::close() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace kontor::http
