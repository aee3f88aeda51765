#include "io/http_server.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <future>
#include <thread>
#include <unordered_set>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace kontor::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, asio::io_context::executor_type>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t sendfile_step = 2 << 20;
constexpr std::size_t read_buffer_bytes = 65536;

Unexpected gone() { return fail(Errc::unavailable, "client_gone", "The connection was closed."); }

// The Date header's value, formatted once per second and thread.
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

class Connection;

struct PerLoop {
  io::EventLoop* loop;
  std::unordered_set<Connection*> connections;  // loop thread only
};

}  // namespace

// Shared by the server, its pending accepts and its connections: one of these may still be under way on a loop when the server goes.
struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(io::LoopPool& loops, ServerLimits limits, Dispatch dispatch) : loops(loops), limits(limits), dispatch(std::move(dispatch)) {}
  io::LoopPool& loops;
  ServerLimits limits;
  Dispatch dispatch;
  Counters counters;
  std::vector<std::unique_ptr<PerLoop>> per_loop;
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::vector<std::shared_ptr<asio::ssl::context>> tls;
  std::vector<std::string> unix_paths;
  std::atomic<bool> stopping{false};

  void accept(std::shared_ptr<Acceptor> acceptor, PerLoop& place, std::shared_ptr<asio::ssl::context> tls_context);
  void sweep(PerLoop& place);
};

namespace {

asio::io_context& context_of(io::EventLoop& loop) { return *static_cast<asio::io_context*>(loop.context()); }

class Connection final : public BodySource, public BodySink {
 public:
  Connection(Server::Impl& server, PerLoop& place, Socket socket, asio::ssl::context* tls) : server_(server), place_(place), socket_(std::move(socket)) {
    if (tls) tls_.emplace(socket_, *tls);
    buffer_.reserve(read_buffer_bytes);
    place_.connections.insert(this);
    ++server_.counters.open;
    ++server_.counters.connections;
  }
  ~Connection() override {
    place_.connections.erase(this);
    --server_.counters.open;
  }

  Task<void> run() {
    name_peer();
    if (tls_) {
      expect_within(server_.limits.header_seconds);
      error_code ec = co_await handshake();
      if (ec) co_return;
    }
    while (!server_.stopping && co_await serve_one()) {
    }
    if (lingering_) co_await linger();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  // Loop thread. Called by the sweep and at shutdown.
  void close_if_late(Clock::time_point now) {
    if (deadline_ && now > *deadline_) close();
  }
  void close_if_idle() {
    if (idle_) close();
  }
  void close() {
    error_code ignored;
    socket_.cancel(ignored);
    socket_.shutdown(Socket::shutdown_both, ignored);
  }

  // ---- BodySource
  void set_limit(std::uint64_t bytes) override { body_limit_ = bytes; }
  Task<Result<std::size_t>> read(std::span<char> out) override {
    if (body_done_ || out.empty()) co_return std::size_t{0};
    if (body_failed_) co_return fail(Errc::malformed, "malformed", "The request body is broken.");
    if (!continue_sent_) {
      continue_sent_ = true;
      if (expects_continue_ && !co_await write_raw("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return gone();
    }
    Result<std::size_t> n = chunked_ ? co_await read_chunked(out) : co_await read_plain(out);
    if (!n) body_failed_ = true;
    else {
      body_seen_ += *n;
      if (body_seen_ > body_limit_) {
        co_return fail(Errc::too_large, "too_large", fmt::format("The request body is larger than the {} bytes allowed here.", body_limit_));
      }
    }
    co_return n;
  }

  // ---- BodySink
  Task<Status> write(std::string_view data) override {
    if (data.empty()) co_return Status{};
    if (discard_body_) co_return Status{};
    if (!count_out(data.size())) co_return fail(Errc::internal, "too_long", "The body is longer than announced.");
    if (!chunk_coding_) {
      std::string head = std::exchange(head_, {});
      bool ok = head.empty() ? co_await write_raw(data, {}) : co_await write_raw(head, data);
      if (!ok) co_return gone();
      co_return Status{};
    }
    std::string frame = std::exchange(head_, {});
    frame += fmt::format("{:x}\r\n", data.size());
    frame.append(data);
    frame += "\r\n";
    if (!co_await write_raw(frame, {})) co_return gone();
    co_return Status{};
  }

  Task<Status> send_file(int fd, std::uint64_t offset, std::uint64_t length) override {
    if (length == 0 || discard_body_) co_return Status{};
    if (tls_ || chunk_coding_) {
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
      ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
      bool ok = co_await write_raw(head, {});
      if (!ok) co_return gone();
    }
    off_t at = static_cast<off_t>(offset);
    while (length > 0) {
      ssize_t n = ::sendfile(socket_.native_handle(), fd, &at, static_cast<std::size_t>(std::min<std::uint64_t>(length, sendfile_step)));
      if (n > 0) {
        length -= static_cast<std::uint64_t>(n);
        server_.counters.sent_bytes += static_cast<std::uint64_t>(n);
        expect_within(server_.limits.progress_seconds);
        continue;
      }
      if (n == 0) co_return fail(Errc::internal, "short_file", "A stored file is shorter than expected.");
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) co_return gone();
      expect_within(server_.limits.progress_seconds);
      error_code ec = co_await writable();
      if (ec) co_return gone();
    }
    co_return Status{};
  }

 private:
  struct Transfer {
    error_code ec;
    std::size_t n = 0;
  };
  // Awaits one Asio operation; `Start` is called with the completion handler.
  template <class Start>
  struct Await {
    Start start;
    Transfer out;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      start([this, h](error_code ec, std::size_t n = 0) {
        out = {ec, n};
        h.resume();
      });
    }
    Transfer await_resume() { return out; }
  };
  template <class Start>
  static Await<Start> await(Start s) {
    return {std::move(s), {}};
  }

  auto handshake_op() {
    return await([this](auto done) { tls_->async_handshake(asio::ssl::stream_base::server, [done](error_code ec) mutable { done(ec, 0); }); });
  }
  Task<error_code> handshake() {
    Transfer t = co_await handshake_op();
    co_return t.ec;
  }
  Task<error_code> writable() {
    Transfer t = co_await await([this](auto done) { socket_.async_wait(Socket::wait_write, [done](error_code ec) mutable { done(ec, 0); }); });
    co_return t.ec;
  }
  Task<Transfer> receive(asio::mutable_buffer b) {
    Transfer t;
    if (tls_)
      t = co_await await([this, b](auto done) { tls_->async_read_some(b, done); });
    else
      t = co_await await([this, b](auto done) { socket_.async_read_some(b, done); });
    server_.counters.received_bytes += t.n;
    co_return t;
  }
  Task<bool> write_raw(std::string_view a, std::string_view b) {
    expect_within(server_.limits.progress_seconds);
    std::array<asio::const_buffer, 2> buffers{asio::buffer(a.data(), a.size()), asio::buffer(b.data(), b.size())};
    Transfer t;
    if (tls_)
      t = co_await await([this, &buffers](auto done) { asio::async_write(*tls_, buffers, done); });
    else
      t = co_await await([this, &buffers](auto done) { asio::async_write(socket_, buffers, done); });
    server_.counters.sent_bytes += t.n;
    deadline_.reset();
    co_return !t.ec;
  }
  // More bytes into buffer_; false at the end of the stream or on an error.
  Task<bool> fill() {
    auto space = buffer_.prepare(std::min<std::size_t>(read_buffer_bytes, buffer_.max_size() - buffer_.size()));
    Transfer t = co_await receive(space);
    buffer_.commit(t.n);
    co_return !t.ec && t.n > 0;
  }

  Task<Result<std::size_t>> read_plain(std::span<char> out) {
    std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), body_left_));
    std::size_t n;
    if (buffer_.size() > 0) {
      n = std::min(want, buffer_.size());
      std::memcpy(out.data(), buffer_.data().data(), n);
      buffer_.consume(n);
    } else {
      expect_within(server_.limits.progress_seconds);
      Transfer t = co_await receive(asio::buffer(out.data(), want));
      deadline_.reset();
      if (t.ec || t.n == 0) co_return fail(Errc::unavailable, "client_gone", "The connection ended before the whole body had arrived.");
      n = t.n;
    }
    body_left_ -= n;
    if (body_left_ == 0) body_done_ = true;
    co_return n;
  }

  Task<Result<std::size_t>> read_chunked(std::span<char> out) {
    auto& body = parser_->get().body();
    body.data = out.data();
    body.size = out.size();
    body.more = true;
    while (body.size == out.size() && !parser_->is_done()) {
      if (buffer_.size() == 0 || stalled_) {
        stalled_ = false;
        expect_within(server_.limits.progress_seconds);
        bool more = co_await fill();
        deadline_.reset();
        if (!more) co_return fail(Errc::unavailable, "client_gone", "The connection ended before the whole body had arrived.");
      }
      error_code ec;
      std::size_t used = parser_->put(buffer_.data(), ec);
      buffer_.consume(used);
      if (ec == beast::http::error::need_buffer) ec = {};
      else if (ec == beast::http::error::need_more) {
        stalled_ = used == 0;
        ec = {};
      }
      if (ec) co_return fail(Errc::malformed, "malformed", fmt::format("The request body is not valid chunked coding: {}", ec.message()));
    }
    if (parser_->is_done()) body_done_ = true;
    co_return out.size() - body.size;
  }

  bool count_out(std::uint64_t n) {
    if (!announced_) return true;
    if (n > *announced_ - sent_) return false;
    sent_ += n;
    return true;
  }

  void expect_within(int seconds) { deadline_ = Clock::now() + std::chrono::seconds(seconds); }

  void name_peer() {
    error_code ec;
    auto endpoint = socket_.remote_endpoint(ec);
    if (ec) return;
    if (endpoint.protocol().family() == AF_INET || endpoint.protocol().family() == AF_INET6) {
      asio::ip::tcp::endpoint tcp;
      std::memcpy(tcp.data(), endpoint.data(), std::min(endpoint.size(), tcp.capacity()));
      peer_ = fmt::format("{}:{}", tcp.address().to_string(), tcp.port());
      loopback_ = tcp.address().is_loopback();
      int on = 1;
      ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    } else {
      loopback_ = true;
      unix_ = true;
    }
  }

  // Answers a request that could not be parsed; the connection ends after it.
  Task<bool> refuse(int status, std::string_view text) {
    std::string body = fmt::format("{{\"error\":\"{}\"}}", text);
    std::string all = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                                  reason(status), date_now(), body.size(), body);
    co_await write_raw(all, {});
    lingering_ = true;
    co_return false;
  }

  // One request and its answer. False: the connection ends.
  Task<bool> serve_one() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(server_.limits.header_bytes));
    parser_->body_limit(boost::none);
    parser_->eager(false);
    std::size_t head_bytes = 0;
    bool target_ended = false;
    idle_ = buffer_.size() == 0;
    expect_within(idle_ ? server_.limits.idle_seconds : server_.limits.header_seconds);
    bool need_more = buffer_.size() == 0;
    while (!parser_->is_header_done()) {
      if (need_more) {
        bool more = co_await fill();
        if (!more) co_return false;
        if (idle_) expect_within(server_.limits.header_seconds);
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
        if (!target_ended && buffer_.size() + head_bytes > server_.limits.target_bytes + 64) co_return co_await refuse(414, "The address is too long.");
        if (buffer_.size() + head_bytes > server_.limits.header_bytes) co_return co_await refuse(431, "The header fields are too large.");
        ec = {};
      }
      if (ec == beast::http::error::header_limit) co_return co_await refuse(target_ended ? 431 : 414, "The header fields are too large.");
      if (ec == beast::http::error::bad_version) co_return co_await refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
      if (ec) co_return co_await refuse(400, "The request is not valid HTTP.");
    }
    if (head_bytes > server_.limits.header_bytes) co_return co_await refuse(431, "The header fields are too large.");  // the parser counts single fields
    deadline_.reset();
    idle_ = false;
    ++server_.counters.requests;
    ++server_.counters.active;
    bool keep = co_await answer();
    --server_.counters.active;
    co_return keep;
  }

  Task<bool> answer() {
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
    r.tls = tls_.has_value();
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
    if (!body_done_ && (body_failed_ || (expects_continue_ && !continue_sent_) || chunked_ || body_left_ > server_.limits.drain_bytes)) keep_alive = false;
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

  Task<bool> send(Request& r, Response& response, bool& keep_alive) {
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
        std::uint64_t length = head_only && response.head_length ? *response.head_length : response.stream ? *response.stream_length : response.body.size();
        fmt::format_to(std::back_inserter(head_), "Content-Length: {}\r\n", length);
        if (response.stream) announced_ = length;
      }
    }
    if (!keep_alive) head_ += "Connection: close\r\n";
    else if (r.minor_version == 0) head_ += "Connection: keep-alive\r\n";
    head_ += "\r\n";
    discard_body_ = head_only || no_body;
    if (discard_body_ || !response.stream) {
      std::string head = std::exchange(head_, {});
      co_return co_await write_raw(head, discard_body_ ? std::string_view() : std::string_view(response.body));
    }
    Status s = co_await response.stream(*this);
    deadline_.reset();
    int off = 0;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CORK, &off, sizeof off);
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
      if (!co_await write_raw(head, {})) co_return false;
    }
    if (chunk_coding_ && !co_await write_raw("0\r\n\r\n", {})) co_return false;
    co_return true;
  }

  // Reads and drops what a refused client still sends, so that the refusal is not lost to a reset.
  Task<void> linger() {
    error_code ignored;
    if (!tls_) socket_.shutdown(Socket::shutdown_send, ignored);
    std::size_t dropped = 0;
    expect_within(5);
    std::string sink(16384, '\0');
    while (dropped < server_.limits.drain_bytes) {
      Transfer t = co_await receive(asio::buffer(sink));
      if (t.ec || t.n == 0) break;
      dropped += t.n;
    }
  }

  Server::Impl& server_;
  PerLoop& place_;
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  beast::flat_buffer buffer_{128 * 1024};
  std::optional<beast::http::request_parser<beast::http::buffer_body>> parser_;
  std::optional<Clock::time_point> deadline_;
  std::string peer_;
  bool loopback_ = false, unix_ = false, idle_ = true, lingering_ = false;
  // of the current request's body
  bool chunked_ = false, body_done_ = true, body_failed_ = false, stalled_ = false, expects_continue_ = false, continue_sent_ = false;
  std::uint64_t body_left_ = 0, body_seen_ = 0, body_limit_ = UINT64_MAX;
  // of the current answer
  std::string head_;
  bool chunk_coding_ = false, discard_body_ = false;
  std::optional<std::uint64_t> announced_;
  std::uint64_t sent_ = 0;
};

Task<void> serve(std::shared_ptr<Server::Impl> server, PerLoop& place, Socket socket, std::shared_ptr<asio::ssl::context> tls) {
  Connection c(*server, place, std::move(socket), tls.get());
  co_await c.run();
}

}  // namespace

void Server::Impl::accept(std::shared_ptr<Acceptor> acceptor, PerLoop& place, std::shared_ptr<asio::ssl::context> tls_context) {
  acceptor->async_accept([this, self = shared_from_this(), acceptor, &place, tls_context](error_code ec, Socket socket) {
    if (ec == asio::error::operation_aborted || stopping) return;
    if (!ec) {
      if (static_cast<int>(place.connections.size()) >= limits.connections_per_loop) {
        static constexpr std::string_view full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        error_code ignored;
        socket.non_blocking(true, ignored);
        if (!tls_context) socket.send(asio::buffer(full.data(), full.size()), 0, ignored);
        socket.close(ignored);
      } else {
        spawn(serve(self, place, std::move(socket), tls_context));
      }
      accept(acceptor, place, tls_context);
      return;
    }
    // Out of descriptors or the like: try again in a moment instead of spinning.
    place.loop->post_after(std::chrono::milliseconds(50), [this, self, acceptor, &place, tls_context] {
      if (!stopping) accept(acceptor, place, tls_context);
    });
  });
}

void Server::Impl::sweep(PerLoop& place) {
  auto now = Clock::now();
  for (Connection* c : std::vector<Connection*>(place.connections.begin(), place.connections.end())) c->close_if_late(now);
  if (stopping) return;
  place.loop->post_after(std::chrono::seconds(1), [weak = weak_from_this(), &place] {
    if (auto self = weak.lock()) self->sweep(place);
  });
}

Server::Server(io::LoopPool& loops, ServerLimits limits, Dispatch dispatch) : impl_(std::make_shared<Impl>(loops, limits, std::move(dispatch))) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    impl_->per_loop.push_back(std::make_unique<PerLoop>(PerLoop{&loops[i], {}}));
    PerLoop* place = impl_->per_loop.back().get();
    loops[i].post([impl = impl_, place] { impl->sweep(*place); });
  }
}
Server::~Server() { shutdown(std::chrono::milliseconds(0)); }

Result<int> Server::listen(ListenOptions o) {
  std::shared_ptr<asio::ssl::context> tls;
  if (!o.tls_cert.empty()) {
    tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code ec;
    SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    tls->use_certificate_chain_file(o.tls_cert, ec);
    if (!ec) tls->use_private_key_file(o.tls_key, asio::ssl::context::pem, ec);
    if (ec) return fail(Errc::unavailable, "tls_unusable", fmt::format("Cannot use the TLS certificate {} with the key {}: {}", o.tls_cert, o.tls_key, ec.message()));
  }
  int port = o.port;
  bool is_unix = !o.unix_path.empty();
  std::size_t n = is_unix ? 1 : impl_->per_loop.size();
  for (std::size_t i = 0; i < n; ++i) {
    PerLoop& place = *impl_->per_loop[i];
    auto acceptor = std::make_shared<Acceptor>(context_of(*place.loop));
    error_code ec;
    asio::generic::stream_protocol::endpoint endpoint;
    if (is_unix) {
      ::unlink(o.unix_path.c_str());
      endpoint = asio::local::stream_protocol::endpoint(o.unix_path);
    } else {
      auto address = asio::ip::make_address(o.address, ec);
      if (ec) return fail(Errc::unavailable, "bad_address", fmt::format("'{}' is not an IP address.", o.address));
      endpoint = asio::ip::tcp::endpoint(address, static_cast<unsigned short>(port));
    }
    acceptor->open(endpoint.protocol(), ec);
    int on = 1;
    if (!ec && !is_unix) {
      ::setsockopt(acceptor->native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      // The first bind goes without SO_REUSEPORT on a probe socket, so that a second server on the port is noticed.
      if (i == 0 && port != 0) {
        Acceptor probe(context_of(*place.loop));
        probe.open(endpoint.protocol(), ec);
        ::setsockopt(probe.native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (!ec) probe.bind(endpoint, ec);
        if (!ec) probe.listen(1, ec);
      }
      ::setsockopt(acceptor->native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    mode_t old = is_unix ? ::umask(0177) : 0;
    if (!ec) acceptor->bind(endpoint, ec);
    if (is_unix) ::umask(old);
    if (!ec) acceptor->listen(1024, ec);
    if (ec) return fail(Errc::unavailable, "address_in_use", fmt::format("Cannot listen on {}: {}", is_unix ? o.unix_path : fmt::format("{}:{}", o.address, port), ec.message()));
    if (!is_unix && port == 0) {
      auto bound = acceptor->local_endpoint(ec);
      asio::ip::tcp::endpoint tcp;
      std::memcpy(tcp.data(), bound.data(), std::min(bound.size(), tcp.capacity()));
      port = tcp.port();
    }
    impl_->acceptors.push_back(acceptor);
    place.loop->post([impl = impl_, acceptor, &place, tls] { impl->accept(acceptor, place, tls); });
  }
  if (is_unix) impl_->unix_paths.push_back(o.unix_path);
  return is_unix ? 0 : port;
}

void Server::shutdown(std::chrono::milliseconds patience) {
  if (impl_->stopping.exchange(true)) return;
  auto on_all = [&](auto work) {
    for (auto& place : impl_->per_loop) {
      auto done = std::make_shared<std::promise<void>>();
      auto finished = done->get_future();
      place->loop->post([&, done] {
        work(*place);
        done->set_value();
      });
      finished.wait_for(std::chrono::seconds(2));
    }
  };
  on_all([&](PerLoop& place) {
    for (auto& a : impl_->acceptors)
      if (&a->get_executor().context() == &context_of(*place.loop)) {
        error_code ignored;
        a->close(ignored);
      }
    for (Connection* c : std::vector<Connection*>(place.connections.begin(), place.connections.end())) c->close_if_idle();
  });
  auto until = Clock::now() + patience;
  while (impl_->counters.active > 0 && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  on_all([&](PerLoop& place) {
    for (Connection* c : std::vector<Connection*>(place.connections.begin(), place.connections.end())) c->close();
  });
  auto closing = Clock::now() + std::chrono::seconds(1);
  while (impl_->counters.open > 0 && Clock::now() < closing) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (auto& path : impl_->unix_paths) ::unlink(path.c_str());
}

const Counters& Server::counters() const { return impl_->counters; }

}  // namespace kontor::http
