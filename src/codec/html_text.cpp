// Escaping, links and slugs: what the card renderer and the pages share (markdown.hpp).
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <fmt/format.h>

#include "base/text.hpp"
#include "codec/markdown.hpp"

namespace kontor {
namespace {

// Characters that reorder text or leave no trace on the screen (Trojan Source, CVE-2021-42574): direction marks, zero-width, tags.
bool hidden(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0x00AD ||
         c == 0x200E || c == 0x200F || c == 0x061C || (c >= 0xE0000 && c <= 0xE007F) || (c >= 0xE000 && c <= 0xF8FF) ||
         (c >= 0x1 && c < 0x20 && c != '\n' && c != '\t' && c != '\r') || (c >= 0x7F && c <= 0x9F);
}

void append_one(std::string& out, std::string_view text, std::int32_t from, std::int32_t to) {
  for (std::int32_t i = from; i < to; ++i) {
    switch (text[static_cast<std::size_t>(i)]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += text[static_cast<std::size_t>(i)];
    }
  }
}

void append(std::string& out, std::string_view text, bool show_hidden) {
  const char* s = text.data();
  std::int32_t i = 0, n = static_cast<std::int32_t>(text.size());
  while (i < n) {
    std::int32_t from = i;
    UChar32 c;
    U8_NEXT(s, i, n, c);
    if (c <= 0)
      out += "\xEF\xBF\xBD";
    else if (show_hidden && hidden(c))
      out += fmt::format("<span class=\"codepoint\">U+{:04X}</span>", static_cast<unsigned>(c));
    else
      append_one(out, text, from, i);
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) { append(out, text, false); }
void append_visible(std::string& out, std::string_view text) { append(out, text, true); }

bool safe_link(std::string_view url) {
  for (unsigned char c : url)
    if (c < 0x20 || c == 0x7F || c == '\\') return false;
  if (url.starts_with(' ') || url.empty()) return false;
  std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || url.find_first_of("/?#") < colon) return true;
  std::string scheme = ascii_lower(url.substr(0, colon));
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

std::string heading_slug(std::string_view text) {
  std::string out;
  const char* s = text.data();
  std::int32_t i = 0, n = static_cast<std::int32_t>(text.size());
  while (i < n && out.size() < 120) {
    UChar32 c;
    U8_NEXT(s, i, n, c);
    if (c < 0) continue;
    if (u_isalnum(c) || c == '_' || c == '-') {
      c = u_tolower(c);
      char buffer[4];
      std::int32_t at = 0;
      U8_APPEND_UNSAFE(buffer, at, c);
      out.append(buffer, static_cast<std::size_t>(at));
    } else if (c == ' ' && !out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

}  // namespace kontor
