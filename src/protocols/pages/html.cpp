// Escaping and tags (html.hpp).
#include "protocols/pages/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "codec/markdown.hpp"

namespace kontor::pages {

void Html::append_text(std::string_view text) { append_escaped(markup_, text); }

Attr attr(std::string name, std::string_view value) { return {std::move(name), std::string(value), true, true}; }
Attr flag(std::string name, bool present) { return {std::move(name), {}, false, present}; }
Attr when(bool present, Attr a) {
  a.present = a.present && present;
  return a;
}
Attr href(std::string_view url) { return attr("href", safe_link(url) ? url : std::string_view("#")); }

namespace detail {

std::string open_tag(std::string_view tag, const Attrs& attrs) {
  std::string out = "<";
  out += tag;
  for (const Attr& a : attrs) {
    if (!a.present) continue;
    out += ' ';
    out += a.name;
    if (!a.has_value) continue;
    out += "=\"";
    append_escaped(out, a.value);
    out += '"';
  }
  out += '>';
  return out;
}

bool is_void(std::string_view tag) {
  static constexpr std::string_view tags[] = {"br", "hr", "img", "input", "link", "meta", "col", "wbr"};
  return std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
}

}  // namespace detail

Html name_of(std::string_view text) {
  std::string out = "<bdi>";
  append_visible(out, text);
  out += "</bdi>";
  return Html::trusted(std::move(out));
}

std::string initial(std::string_view name) {
  if (name.empty()) return {};
  char c = name.front();
  return std::string(1, c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
}

Html json_island(std::string_view id, std::string_view json) {
  // "<" cannot end the element or open a comment once it is written as an escape of JSON's own.
  std::string out = fmt::format("<script type=\"application/json\" id=\"{}\">", id);
  for (char c : json) {
    if (c == '<') out += "\\u003c";
    else out += c;
  }
  out += "</script>";
  return Html::trusted(std::move(out));
}

}  // namespace kontor::pages
