// Connection: bodies of requests as they are read, answers as they go out.
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/log.hpp"
#include "io/http_connection.hpp"

namespace kontor::http {
namespace {

namespace beast = boost::beast;
constexpr std::size_t sendfile_step = 2 << 20;

Unexpected gone() { return fail(Errc::unavailable, "client_gone", "The connection was closed."); }

}  // namespace

Task<Result<std::size_t>> Connection::read(std::span<char> out) {
  if (body_done_ || out.empty()) co_return std::size_t{0};
  if (body_failed_) co_return fail(Errc::malformed, "malformed", "The request body is broken.");
  if (!continue_sent_) {
    continue_sent_ = true;
    if (expects_continue_ && !co_await channel_.write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return gone();
  }
  Result<std::size_t> n = chunked_ ? co_await read_chunked(out) : co_await read_plain(out);
  if (!n)
    body_failed_ = true;
  else {
    body_seen_ += *n;
    if (body_seen_ > body_limit_) {
      co_return fail(Errc::too_large, "too_large", fmt::format("The request body is larger than the {} bytes allowed here.", body_limit_));
    }
  }
  co_return n;
}

// More bytes into buffer_; false at the end of the stream or on an error.
Task<bool> Connection::fill() {
  auto space = buffer_.prepare(std::min<std::size_t>(read_buffer_bytes, buffer_.max_size() - buffer_.size()));
  Channel::Transfer t = co_await channel_.receive(space);
  buffer_.commit(t.n);
  co_return !t.ec && t.n > 0;
}

Task<Result<std::size_t>> Connection::read_plain(std::span<char> out) {
  std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), body_left_));
  std::size_t n;
  if (buffer_.size() > 0) {
    n = std::min(want, buffer_.size());
    std::memcpy(out.data(), buffer_.data().data(), n);
    buffer_.consume(n);
  } else {
    channel_.expect_within(server_.limits.progress_seconds);
    Channel::Transfer t = co_await channel_.receive(asio::buffer(out.data(), want));
    channel_.expect_nothing();
    if (t.ec || t.n == 0) co_return fail(Errc::unavailable, "client_gone", "The connection ended before the whole body had arrived.");
    n = t.n;
  }
  body_left_ -= n;
  if (body_left_ == 0) body_done_ = true;
  co_return n;
}

Task<Result<std::size_t>> Connection::read_chunked(std::span<char> out) {
  auto& body = parser_->get().body();
  body.data = out.data();
  body.size = out.size();
  body.more = true;
  while (body.size == out.size() && !parser_->is_done()) {
    if (buffer_.size() == 0 || stalled_) {
      stalled_ = false;
      channel_.expect_within(server_.limits.progress_seconds);
      bool more = co_await fill();
      channel_.expect_nothing();
      if (!more) co_return fail(Errc::unavailable, "client_gone", "The connection ended before the whole body had arrived.");
    }
    error_code ec;
    std::size_t used = parser_->put(buffer_.data(), ec);
    buffer_.consume(used);
    if (ec == beast::http::error::need_buffer)
      ec = {};
    else if (ec == beast::http::error::need_more) {
      stalled_ = used == 0;
      ec = {};
    }
    if (ec) co_return fail(Errc::malformed, "malformed", fmt::format("The request body is not valid chunked coding: {}", ec.message()));
  }
  if (parser_->is_done()) body_done_ = true;
  co_return out.size() - body.size;
}

Task<Status> Connection::write(std::string_view data) {
  if (data.empty()) co_return Status{};
  if (discard_body_) co_return Status{};
  if (!count_out(data.size())) co_return fail(Errc::internal, "too_long", "The body is longer than announced.");
  if (!chunk_coding_) {
    std::string head = std::exchange(head_, {});
    bool ok = head.empty() ? co_await channel_.write(data, {}) : co_await channel_.write(head, data);
    if (!ok) co_return gone();
    co_return Status{};
  }
  std::string frame = std::exchange(head_, {});
  frame += fmt::format("{:x}\r\n", data.size());
  frame.append(data);
  frame += "\r\n";
  if (!co_await channel_.write(frame, {})) co_return gone();
  co_return Status{};
}

Task<Status> Connection::send_file(int fd, std::uint64_t offset, std::uint64_t length) {
  if (length == 0 || discard_body_) co_return Status{};
  if (channel_.tls() || chunk_coding_) {
    std::string piece;
    while (length > 0) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length, 256 * 1024)));
      ssize_t n = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(offset));
      if (n <= 0) co_return fail(Errc::internal, "short_file", "A stored file is shorter than expected.");
      piece.resize(static_cast<std::size_t>(n));
      KT_CO_CHECK(co_await write(piece));
      offset += static_cast<std::uint64_t>(n);
      length -= static_cast<std::uint64_t>(n);
    }
    co_return Status{};
  }
  if (!count_out(length)) co_return fail(Errc::internal, "too_long", "The body is longer than announced.");
  if (!head_.empty()) {
    std::string head = std::exchange(head_, {});
    int on = 1;  // let the kernel put the head and the first bytes of the file into one segment
    ::setsockopt(channel_.native_handle(), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    bool ok = co_await channel_.write(head, {});
    if (!ok) co_return gone();
  }
  off_t at = static_cast<off_t>(offset);
  while (length > 0) {
    ssize_t n = ::sendfile(channel_.native_handle(), fd, &at, static_cast<std::size_t>(std::min<std::uint64_t>(length, sendfile_step)));
    if (n > 0) {
      length -= static_cast<std::uint64_t>(n);
      server_.counters.sent_bytes += static_cast<std::uint64_t>(n);
      channel_.expect_within(server_.limits.progress_seconds);
      continue;
    }
    if (n == 0) co_return fail(Errc::internal, "short_file", "A stored file is shorter than expected.");
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return gone();
    channel_.expect_within(server_.limits.progress_seconds);
    error_code ec = co_await channel_.writable();
    if (ec) co_return gone();
  }
  co_return Status{};
}

bool Connection::count_out(std::uint64_t n) {
  if (!announced_) return true;
  if (n > *announced_ - sent_) return false;
  sent_ += n;
  return true;
}

Task<bool> Connection::send(Request& r, Response& response, bool& keep_alive) {
  bool head_only = r.method == "HEAD";
  bool no_body = response.status == 204 || response.status == 304 || response.status < 200;
  head_.clear();
  head_.reserve(512);
  fmt::format_to(std::back_inserter(head_), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason(response.status), date_now());
  for (const auto& [name, value] : response.headers.all()) {
    head_ += name;
    head_ += ": ";
    for (char c : value)
      if (c != '\r' && c != '\n') head_ += c;  // a header value can never start a new line
    head_ += "\r\n";
  }
  chunk_coding_ = false;
  announced_.reset();
  sent_ = 0;
  if (!no_body) {
    if (response.stream && !response.stream_length && !(head_only && response.head_length)) {
      if (r.minor_version >= 1) {
        chunk_coding_ = !head_only;
        head_ += "Transfer-Encoding: chunked\r\n";
      } else {
        keep_alive = false;
      }
    } else {
      std::uint64_t length = head_only && response.head_length ? *response.head_length
                             : response.stream                 ? *response.stream_length
                                                               : response.body.size();
      fmt::format_to(std::back_inserter(head_), "Content-Length: {}\r\n", length);
      if (response.stream) announced_ = length;
    }
  }
  if (!keep_alive)
    head_ += "Connection: close\r\n";
  else if (r.minor_version == 0)
    head_ += "Connection: keep-alive\r\n";
  head_ += "\r\n";
  discard_body_ = head_only || no_body;
  if (discard_body_ || !response.stream) {
    std::string head = std::exchange(head_, {});
    co_return co_await channel_.write(head, discard_body_ ? std::string_view() : std::string_view(response.body));
  }
  Status s = co_await response.stream(*this);
  channel_.expect_nothing();
  int off = 0;
  ::setsockopt(channel_.native_handle(), IPPROTO_TCP, TCP_CORK, &off, sizeof off);
  if (!s) {
    if (s.error().code != "client_gone") log::warn("answer was cut off", {{"path", std::string(r.path)}, {"error", s.error().message}});
    co_return false;
  }
  if (announced_ && sent_ != *announced_) {
    log::error("answer shorter than announced", {{"path", std::string(r.path)}});
    co_return false;
  }
  if (!head_.empty()) {
    std::string head = std::exchange(head_, {});
    if (!co_await channel_.write(head, {})) co_return false;
  }
  if (chunk_coding_ && !co_await channel_.write("0\r\n\r\n", {})) co_return false;
  co_return true;
}

}  // namespace kontor::http
