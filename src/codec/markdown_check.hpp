// For tests and fuzzing: reads HTML that render_markdown() made and says what is wrong with it. Written apart from the renderer on purpose:
// an own list of elements and attributes, and a reader that accepts only what the renderer is meant to write.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kontor {

// Empty: nothing is wrong.
inline std::string fault_in_card_html(std::string_view html) {
  static const std::map<std::string, std::set<std::string>, std::less<>> known = {
      {"h1", {"id"}},
      {"h2", {"id"}},
      {"h3", {"id"}},
      {"h4", {"id"}},
      {"h5", {"id"}},
      {"h6", {"id"}},
      {"p", {"id"}},
      {"a", {"href", "title", "rel", "id", "aria-label"}},
      {"img", {"src", "alt", "title", "loading", "width", "height"}},
      {"ul", {"id"}},
      {"ol", {"start", "id"}},
      {"li", {"class", "id"}},
      {"table", {"id"}},
      {"thead", {"id"}},
      {"tbody", {"id"}},
      {"tr", {"id"}},
      {"th", {"colspan", "rowspan", "id"}},
      {"td", {"colspan", "rowspan", "id"}},
      {"pre", {"tabindex", "id"}},
      {"code", {"class", "id"}},
      {"blockquote", {"id"}},
      {"hr", {}},
      {"br", {}},
      {"strong", {"id"}},
      {"b", {"id"}},
      {"em", {"id"}},
      {"i", {"id"}},
      {"del", {"id"}},
      {"s", {"id"}},
      {"sup", {"id"}},
      {"sub", {"id"}},
      {"kbd", {"id"}},
      {"details", {"open", "class", "id"}},
      {"summary", {"id"}},
      {"dl", {"id"}},
      {"dt", {"id"}},
      {"dd", {"id"}},
      {"figure", {"id"}},
      {"figcaption", {"id"}},
      {"span", {"class", "id"}},
      {"div", {"class", "tabindex", "role", "aria-label", "id"}}};
  static const std::set<std::string, std::less<>> everywhere = {"width", "height", "align", "lang", "dir", "title"};
  static const std::set<std::string, std::less<>> classes = {"task", "math", "math display", "scroll", "codepoint", "more", "footnotes"};
  static const std::set<std::string, std::less<>> lone = {"br", "hr", "img"};
  std::vector<std::string> open;
  std::size_t i = 0;
  auto letters = [&] {
    std::size_t from = i;
    while (i < html.size() && ((html[i] >= 'a' && html[i] <= 'z') || (html[i] >= '0' && html[i] <= '9') || html[i] == '-')) ++i;
    return std::string(html.substr(from, i - from));
  };
  while (i < html.size()) {
    if (html[i] == '>' || html[i] == '"' || html[i] == '\'') return "a bare " + std::string(1, html[i]);
    if (html[i] != '<') {
      ++i;
      continue;
    }
    ++i;
    if (i < html.size() && html[i] == '/') {
      ++i;
      std::string tag = letters();
      if (i >= html.size() || html[i++] != '>') return "a broken end tag";
      if (open.empty() || open.back() != tag) return "</" + tag + "> ends what is not open";
      open.pop_back();
      continue;
    }
    std::string tag = letters();
    auto allowed = known.find(tag);
    if (allowed == known.end()) return "<" + tag + ">";
    while (i < html.size() && html[i] == ' ') {
      ++i;
      std::string name = letters(), value;
      if (i + 1 >= html.size() || html[i] != '=' || html[i + 1] != '"') return "a broken attribute " + name;
      for (i += 2; i < html.size() && html[i] != '"'; ++i) {
        if (html[i] == '<' || html[i] == '>') return "a bare character in " + name;
        value += html[i];
      }
      ++i;
      if (!allowed->second.contains(name) && !everywhere.contains(name)) return tag + " with " + name;
      if (name == "id" && !value.starts_with("user-content-")) return "an id of its own: " + value;
      if (name == "class" && !classes.contains(value) && !(tag == "code" && value.starts_with("language-"))) return "class " + value;
      if (name == "href" || name == "src") {
        std::size_t colon = value.find(':');
        bool scheme = colon != std::string::npos && value.find_first_of("/?#") > colon;
        std::string kind = scheme ? value.substr(0, colon) : std::string();
        for (char& c : kind) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if (scheme && kind != "http" && kind != "https" && kind != "mailto") return "scheme " + kind;
        if (name == "src" && (scheme || value.starts_with("//"))) return "a picture from elsewhere: " + value;
        for (unsigned char c : value)
          if (c < 0x20 || c == '\\') return "a control character in an address";
      }
    }
    if (i >= html.size() || html[i++] != '>') return "a broken tag " + tag;
    if (lone.contains(tag)) continue;
    open.push_back(std::move(tag));
    if (open.size() > 70) return "nested too deeply";
  }
  return open.empty() ? std::string() : "<" + open.back() + "> is left open";
}

}  // namespace kontor
