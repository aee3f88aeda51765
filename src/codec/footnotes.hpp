// Footnotes of a card as GitHub writes them: "[^label]" in the text and "[^label]: what it says" anywhere. md4c does not know them, so
// their definitions are taken out before it reads the text, and markdown.cpp looks for references in what it calls words.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace kontor {

using Notes = std::map<std::string, std::string, std::less<>>;  // key of the label -> Markdown

inline constexpr std::size_t max_footnotes = 1000, max_footnote_label = 100;

// Length of the "[^label]" that `s` begins with, or 0. A label has no blanks and no brackets.
std::size_t footnote_reference(std::string_view s);
// What labels are compared by: "[^Note]" and "[^note]" are one. `reference` as above.
std::string footnote_key(std::string_view reference);

// Moves the definitions out of `text` into `notes` (the first of a label counts). A definition begins a line, outside of fenced code,
// and goes on over the lines of its paragraph and over what is indented by four blanks below it.
std::string take_footnotes(std::string_view text, Notes& notes);

}  // namespace kontor
