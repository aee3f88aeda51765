// The bytes of one connection: a socket, TLS over it if there is a certificate, and by when something has to have happened. For the files
// of the HTTP server only: the types are Asio's.
#pragma once
#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/task.hpp"
#include "io/http_server.hpp"

namespace kontor::http {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;
using SteadyClock = std::chrono::steady_clock;

class Channel {  // loop thread only
 public:
  struct Transfer {
    error_code ec;
    std::size_t n = 0;
  };
  Channel(Socket socket, asio::ssl::context* tls, Counters& counters, int progress_seconds)
      : socket_(std::move(socket)), counters_(counters), progress_seconds_(progress_seconds) {
    if (tls) tls_.emplace(socket_, *tls);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool tls() const { return tls_.has_value(); }
  int native_handle() { return socket_.native_handle(); }
  auto remote_endpoint(error_code& ec) { return socket_.remote_endpoint(ec); }

  Task<error_code> handshake();
  Task<error_code> writable();
  Task<Transfer> receive(asio::mutable_buffer b);
  // Both pieces, whole. False: the connection is gone.
  Task<bool> write(std::string_view a, std::string_view b);

  void expect_within(int seconds) { deadline_ = SteadyClock::now() + std::chrono::seconds(seconds); }
  void expect_nothing() { deadline_.reset(); }
  bool late(SteadyClock::time_point now) const { return deadline_ && now > *deadline_; }

  void end_sending();  // the other side learns that nothing more comes; not under TLS, which ends as a whole
  void cut();          // what is under way ends with an error
  void close();

 private:
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  std::optional<SteadyClock::time_point> deadline_;
  Counters& counters_;
  int progress_seconds_;
};

}  // namespace kontor::http
