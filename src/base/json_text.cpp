#include "base/json_text.hpp"

#include <cstring>

namespace kontor {
namespace {

// Length of the beginning of `s`, in steps of eight, that needs no escape and is ASCII.
std::size_t plain_prefix(std::string_view s) {
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  auto has_zero = [](std::uint64_t v) { return (v - ones) & ~v & highs; };
  std::size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    std::uint64_t v;
    std::memcpy(&v, s.data() + i, 8);
    std::uint64_t control = (v - 0x20 * ones) & ~v & highs;  // bytes below 0x20, exact while no byte has its high bit
    if ((v & highs) | control | has_zero(v ^ '"' * ones) | has_zero(v ^ '\\' * ones)) break;
  }
  return i;
}

}  // namespace

void append_json_string(std::string& out, std::string_view s) {
  out += '"';
  std::size_t plain = 0;
  auto flush = [&](std::size_t upto) { out.append(s.substr(plain, upto - plain)); };
  for (std::size_t i = plain_prefix(s); i < s.size();) {
    unsigned char c = static_cast<unsigned char>(s[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c < 0x80) {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      std::size_t n = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
      bool ok = c >= 0xC2 && c <= 0xF4 && i + n < s.size();
      for (std::size_t k = 1; ok && k <= n; ++k) ok = (static_cast<unsigned char>(s[i + k]) & 0xC0) == 0x80;
      if (ok && n == 2) {
        unsigned char d = static_cast<unsigned char>(s[i + 1]);
        ok = !(c == 0xE0 && d < 0xA0) && !(c == 0xED && d > 0x9F);
      } else if (ok && n == 3) {
        unsigned char d = static_cast<unsigned char>(s[i + 1]);
        ok = !(c == 0xF0 && d < 0x90) && !(c == 0xF4 && d > 0x8F);
      }
      if (ok) {
        i += n + 1;
        continue;
      }
      flush(i);
      out += "\xEF\xBF\xBD";
      plain = ++i;
      continue;
    }
    flush(i);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        out += "\\u00";
        out += "0123456789abcdef"[c >> 4];
        out += "0123456789abcdef"[c & 15];
    }
    plain = ++i;
  }
  flush(s.size());
  out += '"';
}

void JsonWriter::separate() {
  if (out_.empty()) return;
  char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}
JsonWriter& JsonWriter::key(std::string_view k) {
  separate();
  append_json_string(out_, k);
  out_ += ':';
  return *this;
}
JsonWriter& JsonWriter::value(std::string_view v) {
  separate();
  append_json_string(out_, v);
  return *this;
}
JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace kontor
