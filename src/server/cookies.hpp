// Cookies that the browser keeps for this site.
#pragma once
#include <string>
#include <string_view>

#include "server/exchange.hpp"

namespace kontor::server {

inline constexpr std::string_view session_cookie_name = "kontor_session";
inline constexpr std::string_view device_cookie_name = "kontor_device";  // identity::KnownDevices
inline constexpr int session_cookie_seconds = 14 * 24 * 3600, device_cookie_seconds = 365 * 24 * 3600;

// Empty when it was not sent.
std::string cookie_value(const http::Request& request, std::string_view name);
// Sent along from this site and by links to it; only by https where the site is reached by it. `seconds` 0 takes it away.
void set_cookie(http::Response& response, const Exchange& x, std::string_view name, std::string_view value, int seconds,
                bool script_may_read = false);

}  // namespace kontor::server
