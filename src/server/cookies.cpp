#include "server/cookies.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/address_ranges.hpp"

namespace kontor::server {
namespace {

constexpr std::string_view device_cookie_name = "kontor_device";
constexpr int device_cookie_seconds = 365 * 24 * 3600;

}  // namespace

std::string cookie_value(const http::Request& request, std::string_view name) {
  for (std::string_view part : split(request.header("Cookie"), ';')) {
    part = trim(part);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') return std::string(part.substr(name.size() + 1));
  }
  return {};
}

void set_cookie(http::Response& response, const Exchange& x, std::string_view name, std::string_view value, int seconds,
                bool script_may_read) {
  response.headers.add("Set-Cookie",
                       fmt::format("{}={}; Path=/; SameSite=Lax; Max-Age={}{}{}", name, value, seconds, script_may_read ? "" : "; HttpOnly",
                                   x.public_url.starts_with("https:") ? "; Secure" : ""));
}

identity::SignInFrom sign_in_from(const Exchange& x) {
  return {std::string(x.request.header("User-Agent")), io::counted_as(x.address), cookie_value(x.request, device_cookie_name)};
}

void keep_signed_in(http::Response& response, const Exchange& x, const identity::SignedIn& in) {
  set_cookie(response, x, session_cookie_name, in.cookie, identity::session_seconds);
  set_cookie(response, x, device_cookie_name, in.device, device_cookie_seconds);
}

void end_session(http::Response& response, const Exchange& x) { set_cookie(response, x, session_cookie_name, "", 0); }

}  // namespace kontor::server
