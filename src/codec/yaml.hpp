// YAML front matter of cards as JSON values (YAML 1.2 core schema: `no` stays text). Untrusted input: size, depth and alias limits.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "codec/json.hpp"

namespace kontor {

// The block between the first two lines "---"; nullopt if the text does not begin with one.
std::optional<std::string_view> front_matter(std::string_view readme);
// Errors: malformed with line and reason.
Result<Json> parse_yaml(std::string_view text);

}  // namespace kontor
