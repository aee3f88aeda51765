// multipart/form-data bodies (RFC 7578) held in memory.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kontor::replicate {

struct Part {
  std::string name, filename, content_type;
  std::string_view body;  // into the text that was parsed
};
// `content_type` is the request's header. Errors: malformed, unsupported_type.
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace kontor::replicate
