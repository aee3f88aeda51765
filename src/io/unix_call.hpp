// A blocking HTTP request over a Unix socket: how the command line speaks to a running server. Not for event loops.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kontor::io {

struct UnixAnswer {
  int status = 0;
  std::string body;
};
// Errors: unavailable, "not_running" when nothing listens there (nothing was asked), "no_answer" when the server went before it answered.
Result<UnixAnswer> call_unix(const std::string& socket_path, std::string_view method, std::string_view target, std::string_view json_body);

}  // namespace kontor::io
