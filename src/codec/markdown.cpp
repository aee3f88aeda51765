// Markdown to HTML (markdown.hpp). md4c parses; every tag is written here, from one stack, so the output is always balanced.
#include "codec/markdown.hpp"

#include <fmt/format.h>
#include <md4c.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "codec/card_html.hpp"
#include "codec/footnotes.hpp"

namespace kontor {
namespace {

using namespace card_html;

constexpr std::size_t max_depth = 60;               // open elements; what is nested deeper is written without its tag
constexpr std::size_t max_output_bytes = 24 << 20;  // a table of links can grow twentyfold; beyond, the card is cut

bool raster(std::string_view path) {
  std::string lower = ascii_lower(path.substr(0, path.find_first_of("?#")));
  for (std::string_view ending : {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp"})
    if (lower.ends_with(ending)) return true;
  return false;
}

bool has_scheme(std::string_view url) {
  std::size_t colon = url.find(':');
  return colon != std::string_view::npos && url.find_first_of("/?#") > colon;
}

// "a/./b/../c" below `base`; never leaves it.
std::string below(const std::string& base, std::string_view relative) {
  std::size_t end = relative.find_first_of("?#");
  std::string_view path = relative.substr(0, end), rest = end == std::string_view::npos ? std::string_view() : relative.substr(end);
  std::vector<std::string_view> parts;
  for (auto p : split(path, '/')) {
    if (p.empty() || p == ".") continue;
    if (p == "..") {
      if (!parts.empty()) parts.pop_back();
    } else {
      parts.push_back(p);
    }
  }
  std::string out = base;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i) out += '/';
    out += percent_encode(percent_decode(parts[i]).value_or(std::string(parts[i])));
  }
  return out + std::string(rest);
}

class Writer {
 public:
  Writer(const MarkdownOptions& options, const Notes& notes) : o_(options), notes_(notes) {}

  std::string take() {
    end_text(0);
    return std::move(out_);
  }
  // Ends what the text left open.
  void end_text(std::size_t depth = 0) {
    flush_raw();
    settle_formula(true);
    swallow_.clear();
    while (stack_.size() > depth) pop();
    if (stack_.empty() && folded_) {
      out_ += "</details>";
      folded_ = false;
    }
  }
  // The text of the i-th footnote that was referred to, to be parsed into this writer; null: there are no more.
  const std::string* begin_note(std::size_t i) {
    if (i >= referred_.size() || full()) return nullptr;
    if (i == 0) {
      end_text();
      push("div", {{"class", "footnotes"}, {"role", "doc-endnotes"}, {"aria-label", o_.footnotes_label}});
      push("ol");
    }
    push("li", {{"id", fmt::format("user-content-fn:{}", i + 1)}});
    return &notes_.find(referred_[i].key)->second;
  }
  void end_note(std::size_t i) {
    end_text(note_depth);
    std::string back;
    for (std::size_t n = 1; n <= std::min(referred_[i].times, max_back_links); ++n) {
      back += fmt::format(" <a href=\"#{}\" aria-label=\"", reference_id(i, n));
      append_escaped(back, o_.back_label(i + 1));
      back += n == 1 ? "\">\u21A9\uFE0E</a>" : fmt::format("\">\u21A9\uFE0E<sup>{}</sup></a>", n);
    }
    out_.insert(out_.ends_with("</p>") ? out_.size() - 4 : out_.size(), back);
    pop();
  }
  bool full() const { return out_.size() > max_output_bytes; }

  int enter_block(MD_BLOCKTYPE type, void* detail) {
    flush_raw();
    settle_formula(true);
    if (full()) return 1;
    ++lines_;
    if (type != MD_BLOCK_DOC && stack_.empty() && !folded_ && lines_ > o_.fold_after_lines) {
      out_ += "<details class=\"more\"><summary>";
      append_escaped(out_, o_.fold_label);
      out_ += "</summary>";
      folded_ = true;
    }
    switch (type) {
      case MD_BLOCK_DOC:
        break;
      case MD_BLOCK_QUOTE:
        push("blockquote");
        break;
      case MD_BLOCK_UL:
        push("ul");
        break;
      case MD_BLOCK_OL: {
        unsigned start = static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start;
        push("ol", start == 1 ? Attributes{} : Attributes{{"start", std::to_string(start)}});
        break;
      }
      case MD_BLOCK_LI: {
        auto* li = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
        push("li", li->is_task ? Attributes{{"class", "task"}} : Attributes{});
        if (li->is_task) out_ += li->task_mark == ' ' ? "\u2610 " : "\u2611 ";
        break;
      }
      case MD_BLOCK_HR:
        out_ += "<hr>";
        break;
      case MD_BLOCK_H:
        heading_ = std::min(6, static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level) + o_.heading_shift);
        push(fmt::format("h{}", heading_));
        heading_at_ = out_.size() - 1;  // before the ">"
        heading_text_.clear();
        in_heading_ = true;
        break;
      case MD_BLOCK_CODE: {
        auto* code = static_cast<MD_BLOCK_CODE_DETAIL*>(detail);
        push("pre", {{"tabindex", "0"}});
        std::string lang = ascii_lower(attribute(code->lang));
        bool plain = !lang.empty() && lang.size() <= 30 && std::all_of(lang.begin(), lang.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '#' || c == '_';
        });
        push("code", plain ? Attributes{{"class", "language-" + lang}} : Attributes{});
        break;
      }
      case MD_BLOCK_HTML:
        break;
      case MD_BLOCK_P:
        push("p");
        break;
      case MD_BLOCK_TABLE:
        push("div", {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", o_.table_label}});
        push("table");
        break;
      case MD_BLOCK_THEAD:
        push("thead");
        break;
      case MD_BLOCK_TBODY:
        push("tbody");
        break;
      case MD_BLOCK_TR:
        push("tr");
        break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: {
        auto align = static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align;
        const char* where = align == MD_ALIGN_LEFT     ? "left"
                            : align == MD_ALIGN_CENTER ? "center"
                            : align == MD_ALIGN_RIGHT  ? "right"
                                                       : nullptr;
        push(type == MD_BLOCK_TH ? "th" : "td", where ? Attributes{{"align", where}} : Attributes{});
        break;
      }
    }
    return 0;
  }

  int leave_block(MD_BLOCKTYPE type, void*) {
    flush_raw();
    settle_formula(true);
    if (full()) return 1;
    switch (type) {
      case MD_BLOCK_DOC:
      case MD_BLOCK_HTML:
      case MD_BLOCK_HR:
        break;
      case MD_BLOCK_H:
        leave_heading();
        break;
      case MD_BLOCK_CODE:
      case MD_BLOCK_TABLE:
        pop_markdown();
        pop_markdown();
        break;
      default:
        pop_markdown();
    }
    if (stack_.empty()) out_ += '\n';
    return 0;
  }

  int enter_span(MD_SPANTYPE type, void* detail) {
    flush_raw();
    settle_formula(true);
    if (type == MD_SPAN_IMG && image_depth_++ == 0) {
      auto* img = static_cast<MD_SPAN_IMG_DETAIL*>(detail);
      image_src_ = attribute(img->src);
      image_title_ = attribute(img->title);
      image_alt_.clear();
      return 0;
    }
    if (image_depth_ > 0) return 0;
    switch (type) {
      case MD_SPAN_EM:
        push("em");
        break;
      case MD_SPAN_STRONG:
        push("strong");
        break;
      case MD_SPAN_DEL:
        push("del");
        break;
      case MD_SPAN_CODE:
        push("code");
        break;
      case MD_SPAN_LATEXMATH:
        in_formula_ = true;
        break;
      case MD_SPAN_LATEXMATH_DISPLAY:
        push("span", {{"class", "math display"}});
        break;
      case MD_SPAN_A: {
        auto* a = static_cast<MD_SPAN_A_DETAIL*>(detail);
        push("a", link_attributes(attribute(a->href), attribute(a->title)));
        break;
      }
      default:
        push("span");
    }
    return 0;
  }

  int leave_span(MD_SPANTYPE type, void*) {
    flush_raw();
    if (type == MD_SPAN_IMG) {
      if (--image_depth_ == 0) image(image_src_, image_alt_, image_title_, {});
      return 0;
    }
    if (image_depth_ > 0) return 0;
    if (type == MD_SPAN_LATEXMATH) {
      in_formula_ = false;
      has_formula_ = true;
    } else {
      settle_formula(true);
      pop_markdown();
    }
    return 0;
  }

  int text(MD_TEXTTYPE type, std::string_view s) {
    if (in_formula_) {
      formula_ += s;
      return 0;
    }
    settle_formula(s.empty() || s[0] < '0' || s[0] > '9');
    if (type == MD_TEXT_HTML) {
      raw_ += s;
      return 0;
    }
    flush_raw();
    if (full()) return 1;
    switch (type) {
      case MD_TEXT_NULLCHAR:
        words("\xEF\xBF\xBD");
        break;
      case MD_TEXT_BR:
        if (image_depth_ == 0) out_ += "<br>";
        ++lines_;
        break;
      case MD_TEXT_SOFTBR:
        words("\n");
        ++lines_;
        break;
      case MD_TEXT_ENTITY:
        reference(s);
        break;
      case MD_TEXT_CODE:
        lines_ += static_cast<std::size_t>(std::count(s.begin(), s.end(), '\n'));
        words(s);
        break;
      case MD_TEXT_NORMAL:
        prose(s);
        break;
      default:
        words(s);
    }
    return 0;
  }

 private:
  struct Open {
    std::string tag;  // empty: too deep, nothing was written
    bool raw = false;
  };

  // "$5 here and $3 there" is no formula: none begins or ends with a blank, or has a digit right behind it (pandoc's rule). Known only
  // when what follows is.
  void settle_formula(bool good_follower) {
    if (!has_formula_) return;
    has_formula_ = false;
    std::string tex;
    tex.swap(formula_);
    auto blank_at = [&](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    if (tex.empty() || blank_at(tex.front()) || blank_at(tex.back()) || !good_follower) {
      words("$" + tex + "$");
      return;
    }
    push("span", {{"class", "math"}});
    words(tex);
    pop_markdown();
  }

  // Words in which footnotes may be referred to.
  void prose(std::string_view s) {
    while (!notes_.empty()) {
      std::size_t at = s.find("[^");
      if (at == std::string_view::npos) break;
      std::size_t n = footnote_reference(s.substr(at));
      auto note = n ? notes_.find(footnote_key(s.substr(at, n))) : notes_.end();
      bool good =
          note != notes_.end() && image_depth_ == 0 && !inside("a") && parent_fits("sup", parent()) && stack_.size() + 2 <= max_depth;
      words(s.substr(0, good ? at : at + 2));
      if (good) refer(note->first);
      s.remove_prefix(good ? at + n : at + 2);
    }
    words(s);
  }
  static std::string reference_id(std::size_t i, std::size_t time) {
    // ":" is in no id that an author or a heading can have
    return time == 1 ? fmt::format("user-content-fnref:{}", i + 1) : fmt::format("user-content-fnref:{}:{}", i + 1, time);
  }
  void refer(const std::string& key) {
    auto [place, is_new] = numbers_.try_emplace(key, referred_.size());
    if (is_new) referred_.push_back({key});
    std::size_t i = place->second;
    push("sup");
    push("a", {{"href", fmt::format("#user-content-fn:{}", i + 1)},
               {"id", reference_id(i, ++referred_[i].times)},
               {"aria-label", o_.footnote_label(i + 1)}});
    out_ += std::to_string(i + 1);
    pop();
    pop();
  }

  void words(std::string_view s) {
    if (image_depth_ > 0) {
      image_alt_ += s;
      return;
    }
    if (in_heading_) heading_text_ += s;
    append_visible(out_, s);
  }
  void reference(std::string_view s) {
    if (auto c = decode_reference(s))
      words(*c);
    else if (image_depth_ == 0 && reference_length(s) == s.size() &&
             !among(s, {"&lrm;", "&rlm;", "&shy;", "&zwj;", "&zwnj;", "&ZeroWidthSpace;", "&NoBreak;"}))
      out_ += s;  // a name the browser knows
    else
      words(s);
  }
  static std::string attribute(const MD_ATTRIBUTE& a) {
    if (!a.text) return {};
    std::string out;
    for (std::size_t i = 0; a.substr_offsets[i] < a.size; ++i) {
      std::string_view part(a.text + a.substr_offsets[i], a.substr_offsets[i + 1] - a.substr_offsets[i]);
      if (a.substr_types[i] == MD_TEXT_ENTITY)
        out += decoded(part);
      else if (a.substr_types[i] == MD_TEXT_NULLCHAR)
        out += "\xEF\xBF\xBD";
      else
        out += part;
    }
    return out;
  }

  void open_tag(std::string_view tag, const Attributes& attributes) {
    out_ += '<';
    out_ += tag;
    for (const auto& [name, value] : attributes) {
      out_ += ' ' + name + "=\"";
      append_escaped(out_, value);
      out_ += '"';
    }
    out_ += '>';
  }
  void push(std::string tag, const Attributes& attributes = {}, bool raw = false) {
    if (stack_.size() >= max_depth) tag.clear();
    if (!tag.empty()) open_tag(tag, attributes);
    stack_.push_back({std::move(tag), raw});
  }
  void pop() {
    if (!stack_.back().tag.empty()) out_ += "</" + stack_.back().tag + ">";
    stack_.pop_back();
  }
  // Ends the innermost element of Markdown's, and what an author left open inside it.
  void pop_markdown() {
    while (!stack_.empty() && stack_.back().raw) pop();
    if (!stack_.empty()) pop();
  }
  std::string_view parent() const { return stack_.empty() ? std::string_view() : std::string_view(stack_.back().tag); }
  bool inside(std::string_view tag) const {
    return std::any_of(stack_.begin(), stack_.end(), [&](const Open& o) { return o.tag == tag; });
  }

  void leave_heading() {
    in_heading_ = false;
    while (!stack_.empty() && stack_.back().raw) pop();
    std::string slug = heading_slug(heading_text_);
    if (int n = slug.empty() ? 0 : slugs_[slug]++; n > 0) slug += fmt::format("-{}", n);
    bool written = !stack_.empty() && !stack_.back().tag.empty();
    pop_markdown();
    if (slug.empty() || !written) return;
    std::string id = " id=\"user-content-";
    append_escaped(id, slug);
    out_.insert(heading_at_, id + "\"");
  }

  Attributes link_attributes(const std::string& target, const std::string& title) {
    Attributes out;
    std::string url = target;
    if (!safe_link(url)) url.clear();
    if (!url.empty() && !has_scheme(url)) {
      if (url.starts_with("//"))
        url = "https:" + url;
      else if (url.starts_with('#'))
        url = "#user-content-" + heading_slug(decoded(percent_decode(url.substr(1)).value_or("")));
      else if (!url.starts_with('/'))
        url = below(o_.link_base, url);
    }
    if (!url.empty()) out.emplace_back("href", url);
    if (!title.empty()) out.emplace_back("title", title);
    if (has_scheme(url)) out.emplace_back("rel", "nofollow ugc noopener");
    return out;
  }

  void image(const std::string& src, const std::string& alt, const std::string& title, const Attributes& sizes) {
    bool outside = has_scheme(src) || src.starts_with("//");
    if (!outside && safe_link(src) && raster(src)) {
      Attributes a = {{"src", src.starts_with('/') ? src : below(o_.image_base, src)}, {"alt", alt}, {"loading", "lazy"}};
      if (!title.empty()) a.emplace_back("title", title);
      a.insert(a.end(), sizes.begin(), sizes.end());
      open_tag("img", a);
      return;
    }
    // A picture of another host would tell that host who reads the card: a link instead.
    std::string url = src.starts_with("//") ? "https:" + src : src;
    std::string host = outside && url.find("://") != std::string::npos ? url.substr(url.find("://") + 3) : std::string();
    host = host.substr(0, host.find_first_of("/?#"));
    bool link = !inside("a") && safe_link(src) && (!outside || !host.empty());
    if (link) open_tag("a", link_attributes(url, title));
    append_visible(out_, alt.empty() ? (host.empty() ? std::string_view("\u25A1") : std::string_view(host)) : std::string_view(alt));
    if (link) {
      if (!alt.empty() && !host.empty()) {
        out_ += " (";
        append_visible(out_, host);
        out_ += ')';
      }
      out_ += "</a>";
    }
  }

  // ---- the author's own HTML

  void flush_raw() {
    if (raw_.empty()) return;
    std::string text;
    text.swap(raw_);
    std::string_view s = text;
    while (!s.empty() && !full()) {
      if (!swallow_.empty()) {
        if (!skip_swallowed(s)) break;
        continue;
      }
      std::size_t at = s.find_first_of("<&");
      if (at == std::string_view::npos) at = s.size();
      if (at > 0) {
        raw_words(s.substr(0, at));
        s.remove_prefix(at);
        continue;
      }
      if (s[0] == '&') {
        std::size_t n = reference_length(s);
        if (n)
          reference(s.substr(0, n));
        else
          raw_words(s.substr(0, 1));
        s.remove_prefix(n ? n : 1);
        continue;
      }
      std::size_t n = raw_tag(s);
      if (n == 0) raw_words(s.substr(0, n = 1));
      s.remove_prefix(n);
    }
  }
  void raw_words(std::string_view s) {
    // Words directly inside a table would be moved out of it.
    if (among(parent(), {"table", "thead", "tbody", "tr"})) return;
    words(s);
  }
  // Drops up to the end tag of the swallowed element. False: the end has not come yet.
  bool skip_swallowed(std::string_view& s) {
    std::string lower = ascii_lower(s), end = "</" + swallow_;
    std::size_t at = lower.find(end);
    if (at == std::string::npos) {
      s = {};
      return false;
    }
    std::size_t close = s.find('>', at);
    s.remove_prefix(close == std::string_view::npos ? s.size() : close + 1);
    swallow_.clear();
    return true;
  }

  // The length of the tag, comment or declaration that `s` begins with; 0: none.
  std::size_t raw_tag(std::string_view s) {
    if (s.starts_with("<!--")) {
      std::size_t end = s.find("-->", 4);
      return end == std::string_view::npos ? s.size() : end + 3;
    }
    if (s.starts_with("<!") || s.starts_with("<?")) {
      std::size_t end = s.find('>');
      return end == std::string_view::npos ? s.size() : end + 1;
    }
    bool closing = s.starts_with("</");
    std::size_t i = closing ? 2 : 1, first = i;
    while (i < s.size() && ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (i > first && (s[i] >= '0' && s[i] <= '9')) ||
                            (i > first && s[i] == '-')))
      ++i;
    if (i == first) return 0;
    std::string tag = ascii_lower(s.substr(first, i - first));
    Attributes attributes;
    std::size_t end = raw_attributes(s, i, attributes);
    if (end == 0) return 0;
    if (closing)
      close_raw(tag);
    else if (swallowed_tag(tag))
      swallow_ = s[end - 2] == '/' ? std::string() : tag;
    else if (allowed_tag(tag))
      open_raw(tag, attributes);
    return end;
  }

  static std::string value_of(const Attributes& a, std::string_view name) {
    for (const auto& [k, v] : a)
      if (k == name) return v;
    return {};
  }

  void open_raw(std::string tag, const Attributes& given) {
    if (image_depth_ > 0) return;
    if (tag == "br" || tag == "hr") {
      if (parent_fits(tag, parent())) out_ += "<" + tag + ">";
      return;
    }
    Attributes kept;
    for (const auto& [name, value] : given) {
      bool digits =
          !value.empty() && value.size() <= 4 && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
      bool percent = value.size() >= 2 && value.size() <= 4 && value.ends_with('%') &&
                     std::all_of(value.begin(), value.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
      if ((name == "width" || name == "height") && (digits || percent))
        kept.emplace_back(name, value);
      else if ((name == "colspan" || name == "rowspan") && digits && value != "0" && value.size() <= 3)
        kept.emplace_back(name, value);
      else if (name == "align" && among(value, {"left", "center", "right"}))
        kept.emplace_back(name, value);
      else if (name == "dir" && among(value, {"ltr", "rtl", "auto"}))
        kept.emplace_back(name, value);
      else if (name == "lang" && value.size() <= 12 && std::all_of(value.begin(), value.end(), [](char c) {
                 return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
               }))
        kept.emplace_back(name, value);
      else if (name == "title" && tag != "img" && tag != "a" && value.size() <= 300)
        kept.emplace_back(name, value);
      else if (name == "open" && tag == "details")
        kept.emplace_back(name, "");
      else if ((name == "id" || name == "name") && !value.empty() && value_of(kept, "id").empty()) {
        std::string slug = heading_slug(value);
        if (!slug.empty() && slugs_[slug]++ == 0) kept.emplace_back("id", "user-content-" + slug);
      }
    }
    if (tag == "img") {
      if (parent_fits(tag, parent())) {
        std::erase_if(kept, [](auto& a) { return a.first != "width" && a.first != "height" && a.first != "align"; });
        image(value_of(given, "src"), value_of(given, "alt"), value_of(given, "title"), kept);
      }
      return;
    }
    if (tag == "center") {
      tag = "div";
      kept = {{"align", "center"}};
    }
    if (tag == "a") {
      if (inside("a")) return;
      Attributes link = link_attributes(value_of(given, "href"), value_of(given, "title"));
      kept.insert(kept.end(), link.begin(), link.end());
    }
    if (tag.size() == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6') {
      if (in_heading_ || inside_heading()) return;
      tag[1] = static_cast<char>('0' + std::min(6, tag[1] - '0' + o_.heading_shift));
    }
    // What an earlier sibling left open (<li> and <td> may end without a tag) ends here.
    if (among(tag, {"li", "dt", "dd", "td", "th", "tr", "tbody", "thead"}))
      while (!parent_fits(tag, parent()) && !stack_.empty() && stack_.back().raw &&
             among(parent(), {"li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "p"}))
        pop();
    if (!parent_fits(tag, parent()) || stack_.size() >= max_depth) return;
    if (tag == "table" && inside("p") && stack_.back().raw && parent() == "p") pop();
    push(std::move(tag), kept, true);
  }
  bool inside_heading() const {
    return std::any_of(stack_.begin(), stack_.end(), [](const Open& o) { return o.tag.size() == 2 && o.tag[0] == 'h' && o.tag != "hr"; });
  }

  void close_raw(std::string tag) {
    if (tag == "center") tag = "div";
    bool heading = tag.size() == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6';
    if (heading) tag[1] = static_cast<char>('0' + std::min(6, tag[1] - '0' + o_.heading_shift));
    // Only elements that the author opened, and none beyond one of Markdown's.
    for (std::size_t i = stack_.size(); i > 0 && stack_[i - 1].raw; --i) {
      if (stack_[i - 1].tag != tag) continue;
      while (stack_.size() >= i) pop();
      return;
    }
  }

  struct Reference {
    std::string key;
    std::size_t times = 0;
  };
  static constexpr std::size_t note_depth = 3, max_back_links = 10;

  const MarkdownOptions& o_;
  const Notes& notes_;
  std::vector<Reference> referred_;             // in the order of the text
  std::map<std::string, std::size_t> numbers_;  // key -> place in referred_
  std::string out_;
  std::vector<Open> stack_;
  std::string raw_;      // HTML of the author not looked at yet
  std::string swallow_;  // element whose content is being dropped
  bool folded_ = false, in_heading_ = false, in_formula_ = false, has_formula_ = false;
  int heading_ = 0, image_depth_ = 0;
  std::size_t heading_at_ = 0, lines_ = 0;
  std::string formula_;  // inline, not written yet
  std::string heading_text_, image_src_, image_title_, image_alt_;
  std::map<std::string, int> slugs_;
};

}  // namespace

std::string render_markdown(std::string_view text, const MarkdownOptions& options) {
  if (text.size() > max_markdown_bytes) text = text.substr(0, std::max<std::size_t>(text.rfind('\n', max_markdown_bytes), 1));
  Notes notes;
  std::string body = take_footnotes(text, notes);
  Writer writer(options, notes);
  MD_PARSER parser{};
  parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_LATEXMATHSPANS | MD_FLAG_PERMISSIVEURLAUTOLINKS |
                 MD_FLAG_COLLAPSEWHITESPACE;
  parser.enter_block = [](MD_BLOCKTYPE t, void* d, void* u) { return static_cast<Writer*>(u)->enter_block(t, d); };
  parser.leave_block = [](MD_BLOCKTYPE t, void* d, void* u) { return static_cast<Writer*>(u)->leave_block(t, d); };
  parser.enter_span = [](MD_SPANTYPE t, void* d, void* u) { return static_cast<Writer*>(u)->enter_span(t, d); };
  parser.leave_span = [](MD_SPANTYPE t, void* d, void* u) { return static_cast<Writer*>(u)->leave_span(t, d); };
  parser.text = [](MD_TEXTTYPE t, const MD_CHAR* s, MD_SIZE n, void* u) { return static_cast<Writer*>(u)->text(t, {s, n}); };
  auto parse = [&](const std::string& part) { md_parse(part.data(), static_cast<MD_SIZE>(part.size()), &parser, &writer); };
  parse(body);
  for (std::size_t i = 0; const std::string* note = writer.begin_note(i); ++i) {
    parse(*note);
    writer.end_note(i);
  }
  return writer.take();
}

}  // namespace kontor
