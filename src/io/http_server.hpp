// The HTTP/1.1 server: listeners on every event loop (SO_REUSEPORT), one coroutine per connection, TLS where a certificate is given.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "io/event_loop.hpp"
#include "io/http.hpp"

namespace kontor::http {

struct ServerLimits {
  std::size_t header_bytes = 64 * 1024;  // start line and fields together; above: 431
  std::size_t target_bytes = 16 * 1024;  // above: 414
  std::size_t drain_bytes = 1 << 20;     // of a refused body, read so that the refusal reaches the client
  int connections_per_loop = 8192;       // above: accepted and closed with 503
  int header_seconds = 30;               // for the whole head of a request
  int idle_seconds = 75;                 // between requests
  int progress_seconds = 120;            // without a byte moving in a body
};

struct ListenOptions {
  std::string address;                  // "127.0.0.1", "::1"; or empty with unix_path
  int port = 0;                         // 0: any free one
  std::string unix_path;                // made with mode 0600, replaced if it exists
  std::string tls_cert, tls_key;        // PEM files; both or none
  std::function<void(int port)> bound;  // called in listen(), when the port is taken and before the first caller is
};

struct Counters {
  std::atomic<std::uint64_t> connections{0}, requests{0}, received_bytes{0}, sent_bytes{0};
  std::atomic<std::int64_t> open{0}, active{0};
};

class Server {
 public:
  using Dispatch = std::function<Task<Response>(Request&)>;
  Server(io::LoopPool& loops, ServerLimits limits, Dispatch dispatch);
  ~Server();
  // Errors: unavailable (address in use, unreadable certificate). Returns the port bound (0 for a Unix socket).
  Result<int> listen(ListenOptions options);
  // Stops accepting, closes idle connections, lets running requests end within `patience`, then closes what is left.
  void shutdown(std::chrono::milliseconds patience);
  const Counters& counters() const;

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace kontor::http
