// What every request passes before its handler: route, credentials, authorisation to be here at all, body limit; and after it: error
// shape, request id, cross-origin headers, log line, counters.
#pragma once
#include <atomic>
#include <functional>
#include <string>

#include "identity/authenticate.hpp"
#include "io/address_ranges.hpp"
#include "io/http_server.hpp"
#include "server/router.hpp"

namespace kontor::server {

struct GateOptions {
  std::string public_url;          // configured; empty: derived from the Host header of loopback and listener addresses
  std::string listen_url;          // http://127.0.0.1:8080
  std::int64_t max_active = 4096;  // requests in work at once; above: 503 with Retry-After
  io::AddressRanges proxies;       // whose X-Forwarded-For is believed
  bool log_all = false;            // otherwise writes, errors and slow requests
};

class Gate {
 public:
  Gate(const Router& router, identity::Authenticator& authenticator, GateOptions options);
  Task<http::Response> handle(http::Request& request);
  std::string metrics_text() const;  // Prometheus lines
  std::string public_url(const http::Request& request) const;
  std::string address_of(const http::Request& request) const;

 private:
  const Router& router_;
  identity::Authenticator& authenticator_;
  GateOptions options_;
  std::atomic<std::int64_t> active_{0};
  std::array<std::atomic<std::uint64_t>, 6> by_class_{};
};

}  // namespace kontor::server
