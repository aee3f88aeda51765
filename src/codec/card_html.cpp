// The author's own HTML in a card (card_html.hpp).
#include "codec/card_html.hpp"

#include <cstdint>
#include <map>
#include <set>

#include "base/text.hpp"

namespace kontor::card_html {
namespace {

std::string utf8(std::uint32_t c) {
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return "\xEF\xBF\xBD";
  std::string out;
  if (c < 0x80)
    out += static_cast<char>(c);
  else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 63));
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
  return out;
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

}  // namespace

bool allowed_tag(std::string_view t) {
  static const std::set<std::string, std::less<>> tags = {
      "h1",    "h2",  "h3",  "h4",  "h5",      "h6",      "p",          "a",  "img", "ul",     "ol",         "li",   "table", "thead",
      "tbody", "tr",  "th",  "td",  "pre",     "code",    "blockquote", "hr", "br",  "strong", "b",          "em",   "i",     "del",
      "s",     "sup", "sub", "kbd", "details", "summary", "dl",         "dt", "dd",  "figure", "figcaption", "span", "div",   "center"};
  return tags.find(t) != tags.end();
}
bool swallowed_tag(std::string_view t) {
  return among(t, {"script", "style", "iframe", "object", "embed", "textarea", "title", "xmp", "noscript", "noembed", "noframes",
                   "template", "svg", "math", "select", "audio", "video", "plaintext"});
}

bool parent_fits(std::string_view t, std::string_view parent) {
  if (among(t, {"thead", "tbody"})) return parent == "table";
  if (t == "tr") return among(parent, {"table", "thead", "tbody"});
  if (among(t, {"td", "th"})) return parent == "tr";
  if (among(parent, {"table", "thead", "tbody", "tr"})) return false;
  if (t == "li") return parent == "ul" || parent == "ol";
  if (among(t, {"dt", "dd"})) return parent == "dl";
  if (t == "summary") return parent == "details";
  if (t == "figcaption") return parent == "figure";
  return true;
}

std::size_t reference_length(std::string_view s) {
  if (s.size() < 4 || s[0] != '&') return 0;
  std::size_t i = 1;
  if (s[1] == '#') ++i;
  std::size_t first = i;
  while (i < s.size() && i < 33 && ((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z'))) ++i;
  return i < s.size() && s[i] == ';' && i > first ? i + 1 : 0;
}

std::optional<std::string> decode_reference(std::string_view r) {
  if (r[1] == '#') {
    bool hex = r[2] == 'x' || r[2] == 'X';
    std::uint32_t c = 0;
    for (char d : r.substr(hex ? 3 : 2, r.size() - (hex ? 4 : 3))) {
      int v = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : d >= 'A' && d <= 'F' ? d - 'A' + 10 : 99;
      if (v >= (hex ? 16 : 10)) return std::nullopt;
      c = std::min<std::uint32_t>(c * (hex ? 16 : 10) + static_cast<std::uint32_t>(v), 0x110000);
    }
    return utf8(c);
  }
  static const std::map<std::string, const char*, std::less<>> names = {
      {"amp", "&"},        {"lt", "<"},         {"gt", ">"},          {"quot", "\""},      {"apos", "'"},        {"nbsp", "\u00A0"},
      {"colon", ":"},      {"tab", "\t"},       {"Tab", "\t"},        {"NewLine", "\n"},   {"sol", "/"},         {"bsol", "\\"},
      {"lpar", "("},       {"rpar", ")"},       {"copy", "\u00A9"},   {"reg", "\u00AE"},   {"trade", "\u2122"},  {"hellip", "\u2026"},
      {"mdash", "\u2014"}, {"ndash", "\u2013"}, {"times", "\u00D7"},  {"rarr", "\u2192"},  {"larr", "\u2190"},   {"le", "\u2264"},
      {"ge", "\u2265"},    {"ne", "\u2260"},    {"deg", "\u00B0"},    {"micro", "\u00B5"}, {"middot", "\u00B7"}, {"bull", "\u2022"},
      {"laquo", "\u00AB"}, {"raquo", "\u00BB"}, {"alpha", "\u03B1"},  {"beta", "\u03B2"},  {"lambda", "\u03BB"}, {"pi", "\u03C0"},
      {"sigma", "\u03C3"}, {"infin", "\u221E"}, {"hearts", "\u2665"}, {"check", "\u2713"}, {"emsp", "\u2003"},   {"ensp", "\u2002"}};
  auto it = names.find(r.substr(1, r.size() - 2));
  if (it == names.end()) return std::nullopt;
  return std::string(it->second);
}

std::string decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t n = text[0] == '&' ? reference_length(text) : 0;
    auto c = n ? decode_reference(text.substr(0, n)) : std::nullopt;
    if (c) {
      out += *c;
      text.remove_prefix(n);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

std::size_t raw_attributes(std::string_view s, std::size_t i, Attributes& out) {
  for (;;) {
    std::size_t before = i;
    while (i < s.size() && blank(s[i])) ++i;
    if (i >= s.size()) return 0;
    if (s[i] == '>') return i + 1;
    if (s[i] == '/' && i + 1 < s.size() && s[i + 1] == '>') return i + 2;
    if (i == before) return 0;
    std::size_t name = i;
    while (i < s.size() && ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
                            s[i] == '_' || s[i] == ':'))
      ++i;
    if (i == name) return 0;
    std::string key = ascii_lower(s.substr(name, i - name)), value;
    std::size_t j = i;
    while (j < s.size() && blank(s[j])) ++j;
    if (j < s.size() && s[j] == '=') {
      ++j;
      while (j < s.size() && blank(s[j])) ++j;
      if (j >= s.size()) return 0;
      if (s[j] == '"' || s[j] == '\'') {
        std::size_t close = s.find(s[j], j + 1);
        if (close == std::string_view::npos) return 0;
        value = decoded(s.substr(j + 1, close - j - 1));
        i = close + 1;
      } else {
        std::size_t start = j;
        while (j < s.size() && !blank(s[j]) && s[j] != '>' && s[j] != '"' && s[j] != '\'' && s[j] != '<' && s[j] != '=' && s[j] != '`') ++j;
        if (j == start) return 0;
        value = decoded(s.substr(start, j - start));
        i = j;
      }
    }
    if (out.size() < 40) out.emplace_back(std::move(key), std::move(value));
  }
}

}  // namespace kontor::card_html
