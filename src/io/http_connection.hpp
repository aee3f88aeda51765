// One connection of the HTTP server: requests one after the other, each with its body (a BodySource) and its answer (a BodySink). For the
// files of the HTTP server only.
#pragma once
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <unordered_set>
#include <vector>

#include "io/http_channel.hpp"

namespace kontor::http {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, asio::io_context::executor_type>;

class Connection;

struct PerLoop {
  io::EventLoop* loop;
  std::unordered_set<Connection*> connections;  // loop thread only
};

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

// Loop thread only.
class Connection final : public BodySource, public BodySink {
 public:
  Connection(Server::Impl& server, PerLoop& place, Socket socket, asio::ssl::context* tls);
  ~Connection() override;

  Task<void> run();

  // Called by the sweep and at shutdown.
  void close_if_late(SteadyClock::time_point now) {
    if (channel_.late(now)) close();
  }
  void close_if_idle() {
    if (idle_) close();
  }
  void close() { channel_.cut(); }

  // ---- BodySource
  void set_limit(std::uint64_t bytes) override { body_limit_ = bytes; }
  Task<Result<std::size_t>> read(std::span<char> out) override;

  // ---- BodySink
  Task<Status> write(std::string_view data) override;
  Task<Status> send_file(int fd, std::uint64_t offset, std::uint64_t length) override;

 private:
  static constexpr std::size_t read_buffer_bytes = 65536;

  // http_connection.cpp: heads
  void name_peer();
  Task<bool> refuse(int status, std::string_view text);
  Task<bool> serve_one();
  Task<bool> answer();
  Task<void> linger();

  // http_bodies.cpp: what follows them, and answers
  Task<bool> fill();
  Task<Result<std::size_t>> read_plain(std::span<char> out);
  Task<Result<std::size_t>> read_chunked(std::span<char> out);
  bool count_out(std::uint64_t n);
  Task<bool> send(Request& r, Response& response, bool& keep_alive);

  Server::Impl& server_;
  PerLoop& place_;
  Channel channel_;
  boost::beast::flat_buffer buffer_{128 * 1024};
  std::optional<boost::beast::http::request_parser<boost::beast::http::buffer_body>> parser_;
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

const std::string& date_now();  // the Date header's value

}  // namespace kontor::http
