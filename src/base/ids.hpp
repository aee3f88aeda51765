// Identifiers: prefix + 26 lower-case Crockford base-32 characters (48 bits of milliseconds, 80 random bits), increasing within a
// process even inside one millisecond, so that ids sort by time.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace kontor {

// Any thread. prefix as "ord_", "lst_", ... or empty.
std::string new_id(std::string_view prefix, Time now);
// 24 lower-case hex characters, first 8 = seconds: the object ids that Hugging Face clients expect as `_id`.
std::string new_object_id(Time now);
bool is_id(std::string_view text, std::string_view prefix);

}  // namespace kontor
