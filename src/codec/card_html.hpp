// What an author may write into a card as HTML, and how it is read: elements, character references, attributes. Used by markdown.cpp alone.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kontor::card_html {

using Attributes = std::vector<std::pair<std::string, std::string>>;  // lower-case names, decoded values

inline bool among(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Elements an author may write himself.
bool allowed_tag(std::string_view tag);
// Elements whose content is no text for readers: dropped with everything up to their end.
bool swallowed_tag(std::string_view tag);
// Elements that browsers accept only inside certain others; elsewhere they would be moved or end what is open around them.
bool parent_fits(std::string_view tag, std::string_view parent);

// Length of the character reference at the start of `s` ("&amp;", "&#x41;"), or 0.
std::size_t reference_length(std::string_view s);
// The text a reference stands for; nullopt: a name that is not known here.
std::optional<std::string> decode_reference(std::string_view reference);
// `text` with the references that are known put in.
std::string decoded(std::string_view text);

// Reads attributes from s[i] to the ">"; returns the place behind it, 0 if this is no well-formed tag.
std::size_t raw_attributes(std::string_view s, std::size_t i, Attributes& out);

}  // namespace kontor::card_html
