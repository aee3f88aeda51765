// Rules for names of users, organisations and repositories.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kontor::identity {

inline constexpr std::size_t max_name_bytes = 96;

// Letters, digits, '-', '_', '.'; at most 96; not beginning or ending with '-' or '.'; no "--" or ".."; not ending with ".git" or
// ".ipynb". Errors: malformed ("invalid_name").
Status check_name(std::string_view name, std::string_view what);
// First path segments of the server; no user or organisation may take one (compared without case).
const std::vector<std::string>& reserved_names();
Status check_namespace_name(std::string_view name);

}  // namespace kontor::identity
