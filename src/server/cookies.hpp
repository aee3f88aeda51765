// Cookies that the browser keeps for this site, and who is signed in by them.
#pragma once
#include <string>
#include <string_view>

#include "identity/accounts.hpp"
#include "server/exchange.hpp"

namespace kontor::server {

inline constexpr std::string_view session_cookie_name = "kontor_session";

// Empty when it was not sent.
std::string cookie_value(const http::Request& request, std::string_view name);
// Sent along from this site and by links to it; only by https where the site is reached by it. `seconds` 0 takes it away.
void set_cookie(http::Response& response, const Exchange& x, std::string_view name, std::string_view value, int seconds,
                bool script_may_read = false);

// As Accounts::sign_in counts it.
identity::SignInFrom sign_in_from(const Exchange& x);
// The session's cookie, and for a year that of the device (identity::KnownDevices).
void keep_signed_in(http::Response& response, const Exchange& x, const identity::SignedIn& in);
void end_session(http::Response& response, const Exchange& x);

}  // namespace kontor::server
