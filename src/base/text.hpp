// Small text helpers without a library: hex, base64, percent-encoding, splitting, ASCII case, constant-time comparison.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kontor {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);  // nullopt: odd length or a non-hex character
bool is_lower_hex(std::string_view s, std::size_t length);
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // standard alphabet; padding required, line breaks refused
std::string base64url(std::string_view bytes);                  // without padding
std::optional<std::string> from_base64url(std::string_view text);
// Decodes %XX; nullopt on a broken escape. '+' is a blank only with `plus_is_blank` (forms and queries).
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);
std::string percent_encode(std::string_view text, std::string_view keep = "-._~");  // keeps letters, digits and `keep`
std::string ascii_lower(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
std::string_view trim(std::string_view s);
std::vector<std::string_view> split(std::string_view s, char separator);
std::optional<std::uint64_t> parse_u64(std::string_view digits);  // digits only, no sign, no overflow
std::optional<std::int64_t> parse_i64(std::string_view text);     // the same with a minus or without
bool valid_utf8(std::string_view s);
std::string_view first_bytes(std::string_view utf8, std::size_t most);  // no character is cut in two
bool constant_time_equal(std::string_view a, std::string_view b);
// One line of printable ASCII, for header values; everything else becomes '?' (line ends a blank). At most `max` characters.
std::string header_safe(std::string_view text, std::size_t max = 1000);

}  // namespace kontor
