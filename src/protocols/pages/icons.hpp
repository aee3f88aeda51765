// Small drawings of our own, inline so that they cost no request and take the colour of the text; and the field of work a task belongs to.
#pragma once
#include <string_view>

#include "protocols/pages/html.hpp"
#include "repository/model.hpp"

namespace kontor::pages {

// A drawing of 24 by 24, hidden from screen readers: a word stands beside it or in the label of what holds it.
// Names: search, download, vision, text, audio, tabular, mixed, model, dataset, space, folder, file, heart, lock, log. Unknown: empty.
Html icon(std::string_view name);

// Field of a task as the public hub groups them: vision, text, audio, tabular or mixed (several senses); "" for none of these or no task.
std::string_view field_of(std::string_view task);
constexpr std::string_view fields[] = {"vision", "text", "audio", "tabular", "mixed"};

// The sign of a repository: its field's drawing on a ground of the field's colour; a model of no field, a data set and a space have their
// own.
Html sign_of(repository::Kind kind, std::string_view task, bool large = false);
Html sign_of_field(std::string_view field);

}  // namespace kontor::pages
