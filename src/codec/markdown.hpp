// A model card's Markdown (CommonMark with tables, task lists, strikethrough, maths, footnotes) as HTML that can stand inside a page of
// ours, whoever wrote it. Only elements and attributes of an allow-list come out, always properly nested; raw HTML of the author passes
// through a strict tokenizer, and what it does not understand becomes text. Nothing here keeps a script from running but the fact that none
// is ever written.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace kontor {

// Appends text with & < > " ' escaped; broken UTF-8 becomes U+FFFD.
void append_escaped(std::string& out, std::string_view text);
// The same, and characters that change the direction of text or cannot be seen are shown as marked code points.
void append_visible(std::string& out, std::string_view text);
// http:, https:, mailto: or relative; no other scheme, no control characters.
bool safe_link(std::string_view url);
// Lower-case slug of a heading: letters (of any script), digits, '-' and '_'.
std::string heading_slug(std::string_view text);

struct MarkdownOptions {
  // Where relative links and pictures lead, with a trailing slash: "/bob/digits/blob/main/", "/bob/digits/resolve/main/".
  std::string link_base, image_base;
  int heading_shift = 1;               // "# x" becomes <h2>
  std::size_t fold_after_lines = 400;  // the rest stands behind `fold_label`
  std::string fold_label = "Show all";
  std::string table_label = "Table";          // accessible name of the box in which a table scrolls
  std::string footnotes_label = "Footnotes";  // of the list at the end
  std::function<std::string(std::size_t)> footnote_label = [](std::size_t n) {
    return "Footnote " + std::to_string(n);
  };  // of a reference in the text
  std::function<std::string(std::size_t)> back_label = [](std::size_t n) {
    return "Back to footnote " + std::to_string(n) + " in the text";
  };
};

inline constexpr std::size_t max_markdown_bytes = 1 << 20;
// `text` beyond max_markdown_bytes is cut at a line. Front matter must have been taken off.
std::string render_markdown(std::string_view text, const MarkdownOptions& options);

}  // namespace kontor
