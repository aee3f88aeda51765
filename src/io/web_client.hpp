// Requests to the internet (webhooks, imports, input files) through libcurl, guarded against server-side request forgery: the address
// is checked after resolution, on the very socket that is opened, and private ranges are refused unless listed. No redirects.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "io/address_ranges.hpp"

namespace kontor::io {

struct WebRequest {
  std::string method = "GET";
  std::string url;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  int timeout_ms = 30'000;
  std::size_t max_body = 32u << 20;
};
struct WebAnswer {
  int status = 0;
  std::string body;
};

class WebClient {  // any thread; calls block: use a pool
 public:
  // `allowed_private`: what may be reached although it is private.
  explicit WebClient(AddressRanges allowed_private);
  // Errors: invalid ("fetch_refused": scheme or address; "fetch_failed": anything that went wrong on the way), too_large.
  Result<WebAnswer> call(const WebRequest& request) const;
  // Why this URL can never be called, as far as its text tells.
  std::optional<std::string> refuses(const std::string& url) const;
  bool address_allowed(const std::string& numeric) const;

 private:
  AddressRanges allowed_;
};

// True for loopback, private, link-local, multicast, shared and other addresses that are not public.
bool is_private_address(const std::string& numeric);

}  // namespace kontor::io
