// Building HTML: text is escaped by default, and only this file's functions make markup, so that nothing can stay unescaped by accident.
//   el("p", {cls("muted"), attr("lang", "ja")}, "a < b", el("br"))
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace kontor::pages {

class Html {
 public:
  Html() = default;
  Html(std::string_view text) { append_text(text); }    // escaped
  Html(const char* text) { append_text(text); }         // escaped
  Html(const std::string& text) { append_text(text); }  // escaped
  // Markup that was made by a writer of ours (this file, the card renderer).
  static Html trusted(std::string markup) {
    Html h;
    h.markup_ = std::move(markup);
    return h;
  }
  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return a += b; }
  bool empty() const { return markup_.empty(); }
  const std::string& markup() const& { return markup_; }
  std::string markup() && { return std::move(markup_); }

 private:
  void append_text(std::string_view text);
  std::string markup_;
};

// An attribute; `present` false leaves it out. Without a value: a boolean attribute. Names are literals.
struct Attr {
  std::string_view name;
  std::string value;
  bool has_value = true, present = true;
};
Attr attr(std::string_view name, std::string_view value);
Attr flag(std::string_view name, bool present = true);
Attr when(bool present, Attr a);
inline Attr cls(std::string_view names) { return attr("class", names); }
// An address of a link. Only http, https, mailto and addresses of this server pass; anything else becomes "#".
Attr href(std::string_view url);

// A child as it was given, until it is written: markup as it is, text escaped. Refers to what the caller holds.
class Part {
 public:
  Part(const Html& html) : html_(&html) {}
  Part(std::string_view text) : text_(text) {}
  Part(const char* text) : text_(text) {}
  Part(const std::string& text) : text_(text) {}
  std::size_t size() const { return html_ ? html_->markup().size() : text_.size(); }
  void append_to(std::string& out) const;

 private:
  const Html* html_ = nullptr;
  std::string_view text_;
};

// Writing an element is one function of the library: the template only gathers the children, so that a page costs little to compile.
Html element(std::string_view tag, std::initializer_list<Attr> attrs, std::initializer_list<Part> children);
template <class... Children>
Html el(std::string_view tag, std::initializer_list<Attr> attrs, const Children&... children) {
  return element(tag, attrs, {Part(children)...});
}
inline Html el(std::string_view tag) { return el(tag, {}); }
// A name that somebody chose (repository, file, person): isolated, with invisible and direction-changing characters shown.
Html name_of(std::string_view text);
// First letter of an account's name (ASCII), as an avatar shows it.
std::string initial(std::string_view name);
// Data for a script: JSON text inside <script type="application/json">; the policy does not run it.
Html json_island(std::string_view id, std::string_view json);

}  // namespace kontor::pages
