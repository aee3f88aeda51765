#include "io/http_connection.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <boost/asio/ip/tcp.hpp>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace kontor::http {

namespace beast = boost::beast;

// Formatted once per second and thread.
const std::string& date_now() {
  static thread_local std::string text;
  static thread_local std::int64_t at = 0;
  std::int64_t now = WallClock().now().seconds();
  if (now != at) {
    at = now;
    text = http_date(Time::from_seconds(now));
  }
  return text;
}

Connection::Connection(Server::Impl& server, PerLoop& place, Socket socket, asio::ssl::context* tls)
    : server_(server), place_(place), channel_(std::move(socket), tls, server.counters, server.limits.progress_seconds) {
  buffer_.reserve(read_buffer_bytes);
  place_.connections.insert(this);
  ++server_.counters.open;
  ++server_.counters.connections;
}
Connection::~Connection() {
  place_.connections.erase(this);
  --server_.counters.open;
}

Task<void> Connection::run() {
  name_peer();
  if (channel_.tls()) {
    channel_.expect_within(server_.limits.header_seconds);
    error_code ec = co_await channel_.handshake();
    if (ec) co_return;
  }
  while (!server_.stopping && co_await serve_one()) {
  }
  if (lingering_) co_await linger();
  channel_.close();
}

void Connection::name_peer() {
  error_code ec;
  auto endpoint = channel_.remote_endpoint(ec);
  if (ec) return;
  if (endpoint.protocol().family() == AF_INET || endpoint.protocol().family() == AF_INET6) {
    asio::ip::tcp::endpoint tcp;
    std::memcpy(tcp.data(), endpoint.data(), std::min(endpoint.size(), tcp.capacity()));
    peer_ = fmt::format("{}:{}", tcp.address().to_string(), tcp.port());
    loopback_ = tcp.address().is_loopback();
    int on = 1;
    ::setsockopt(channel_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  } else {
    loopback_ = true;
    unix_ = true;
  }
}

// Answers a request that could not be parsed; the connection ends after it.
Task<bool> Connection::refuse(int status, std::string_view text) {
  std::string body = fmt::format("{{\"error\":\"{}\"}}", text);
  std::string all = fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, reason(status), date_now(), body.size(), body);
  co_await channel_.write(all, {});
  lingering_ = true;
  co_return false;
}

// One request and its answer. False: the connection ends.
Task<bool> Connection::serve_one() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(server_.limits.header_bytes));
  parser_->body_limit(boost::none);
  parser_->eager(false);
  std::size_t head_bytes = 0;
  bool target_ended = false;
  idle_ = buffer_.size() == 0;
  channel_.expect_within(idle_ ? server_.limits.idle_seconds : server_.limits.header_seconds);
  bool need_more = buffer_.size() == 0;
  while (!parser_->is_header_done()) {
    if (need_more) {
      bool more = co_await fill();
      if (!more) co_return false;
      if (idle_) channel_.expect_within(server_.limits.header_seconds);
      idle_ = false;
    }
    if (!target_ended) {
      std::string_view seen(static_cast<const char*>(buffer_.data().data()), buffer_.size());
      target_ended = seen.find('\n') != std::string_view::npos;
    }
    error_code ec;
    std::size_t used = parser_->put(buffer_.data(), ec);
    buffer_.consume(used);
    head_bytes += used;
    need_more = ec == beast::http::error::need_more;
    if (need_more) {
      if (!target_ended && buffer_.size() + head_bytes > server_.limits.target_bytes + 64)
        co_return co_await refuse(414, "The address is too long.");
      if (buffer_.size() + head_bytes > server_.limits.header_bytes) co_return co_await refuse(431, "The header fields are too large.");
      ec = {};
    }
    if (ec == beast::http::error::header_limit) co_return co_await refuse(target_ended ? 431 : 414, "The header fields are too large.");
    if (ec == beast::http::error::bad_version) co_return co_await refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    if (ec) co_return co_await refuse(400, "The request is not valid HTTP.");
  }
  if (head_bytes > server_.limits.header_bytes)
    co_return co_await refuse(431, "The header fields are too large.");  // the parser counts single fields
  channel_.expect_nothing();
  idle_ = false;
  ++server_.counters.requests;
  ++server_.counters.active;
  bool keep = co_await answer();
  --server_.counters.active;
  co_return keep;
}

Task<bool> Connection::answer() {
  auto& m = parser_->get();
  Request r;
  r.method = std::string(m.method_string());
  r.target = std::string(m.target());
  if (std::size_t hash = r.target.find('#'); hash != std::string::npos) r.target.resize(hash);
  if (r.target.size() > server_.limits.target_bytes) co_return co_await refuse(414, "The address is too long.");
  if (m.version() != 10 && m.version() != 11) co_return co_await refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  // Absolute form (proxies): keep what follows the authority.
  if (r.target.starts_with("http://") || r.target.starts_with("https://")) {
    std::size_t slash = r.target.find('/', r.target.find("://") + 3);
    r.target = slash == std::string::npos ? "/" : r.target.substr(slash);
  }
  std::size_t q = r.target.find('?');
  r.path = std::string_view(r.target).substr(0, q);
  r.query = q == std::string::npos ? std::string_view() : std::string_view(r.target).substr(q + 1);
  r.minor_version = static_cast<int>(m.version() % 10);
  for (const auto& f : m) r.headers.add(std::string(f.name_string()), std::string(f.value()));
  r.tls = channel_.tls();
  r.peer = peer_;
  r.loopback = loopback_;
  chunked_ = m.chunked();
  body_left_ = 0;
  if (auto n = parser_->content_length()) {
    r.content_length = *n;
    body_left_ = *n;
  }
  // A body whose length nobody can tell would swallow the next request.
  if (!chunked_ && r.headers.has("Transfer-Encoding")) co_return co_await refuse(400, "Only the transfer coding 'chunked' is understood.");
  r.has_body = chunked_ || body_left_ > 0;
  body_done_ = !r.has_body;
  body_failed_ = stalled_ = false;
  body_seen_ = 0;
  body_limit_ = UINT64_MAX;
  expects_continue_ = iequals(r.header("Expect"), "100-continue");
  continue_sent_ = false;
  r.body = this;

  bool keep_alive = m.keep_alive();
  Response response = co_await server_.dispatch(r);
  // Unread body: decided before the answer goes out, because the answer has to say whether the connection stays.
  if (!body_done_ && (body_failed_ || (expects_continue_ && !continue_sent_) || chunked_ || body_left_ > server_.limits.drain_bytes))
    keep_alive = false;
  if (server_.stopping) keep_alive = false;
  bool ok = co_await send(r, response, keep_alive);
  if (response.after) response.after();
  if (!ok) co_return false;
  if (!body_done_) {
    if (!keep_alive) {
      lingering_ = true;
      co_return false;
    }
    std::string sink(16384, '\0');
    continue_sent_ = true;
    while (!body_done_) {
      auto n = co_await read(sink);
      if (!n) co_return false;
    }
  }
  co_return keep_alive;
}

// Reads and drops what a refused client still sends, so that the refusal is not lost to a reset.
Task<void> Connection::linger() {
  channel_.end_sending();
  std::size_t dropped = 0;
  channel_.expect_within(5);
  std::string sink(16384, '\0');
  while (dropped < server_.limits.drain_bytes) {
    Channel::Transfer t = co_await channel_.receive(asio::buffer(sink));
    if (t.ec || t.n == 0) break;
    dropped += t.n;
  }
}

}  // namespace kontor::http
