#include "server/cookies.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kontor::server {

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

}  // namespace kontor::server
