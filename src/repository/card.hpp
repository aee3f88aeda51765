// What a repository says about itself, from its card (README.md front matter), config.json and file names: tags, task, library, and the
// JSON that info and list answers are made of. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "repository/git_view.hpp"

namespace kontor::repository {

struct CardIssue {
  std::string message;
};
struct CardCheck {
  std::vector<CardIssue> errors, warnings;
};
// Metadata rules that the Hub's clients rely on. `kind` decides which fields are known.
CardCheck check_card(std::string_view readme, Kind kind);

struct DerivedInput {
  Kind kind;
  git::Oid head;
  Time committed_at;
  std::string readme, config_json;      // contents, or empty
  const std::vector<FileEntry>& files;  // recursive listing
};
Derived derive(const DerivedInput& input);

}  // namespace kontor::repository
