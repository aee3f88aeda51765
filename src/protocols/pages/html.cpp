// Escaping and tags (html.hpp).
#include "protocols/pages/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "codec/markdown.hpp"

namespace kontor::pages {

void Html::append_text(std::string_view text) { append_escaped(markup_, text); }

Attr attr(std::string_view name, std::string_view value) { return {name, std::string(value), true, true}; }
Attr flag(std::string_view name, bool present) { return {name, {}, false, present}; }
Attr when(bool present, Attr a) {
  a.present = a.present && present;
  return a;
}
Attr href(std::string_view url) { return attr("href", safe_link(url) ? url : std::string_view("#")); }

void Part::append_to(std::string& out) const {
  if (html_)
    out += html_->markup();
  else
    append_escaped(out, text_);
}

Html element(std::string_view tag, std::initializer_list<Attr> attrs, std::initializer_list<Part> children) {
  static constexpr std::string_view without_end[] = {"br", "hr", "img", "input", "link", "meta", "col", "wbr"};
  std::size_t size = 2 * tag.size() + 5;
  for (const Attr& a : attrs) size += a.name.size() + a.value.size() + 4;
  for (const Part& p : children) size += p.size();
  std::string out;
  out.reserve(size + size / 16);
  out += '<';
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
  if (std::find(std::begin(without_end), std::end(without_end), tag) != std::end(without_end)) return Html::trusted(std::move(out));
  for (const Part& p : children) p.append_to(out);
  out += "</";
  out += tag;
  out += '>';
  return Html::trusted(std::move(out));
}

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
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  out += "</script>";
  return Html::trusted(std::move(out));
}

}  // namespace kontor::pages
