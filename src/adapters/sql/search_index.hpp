// The index that finds repositories by any part of their name, title or summary, in any script (docs/decisions/0004-text-search.md).
// A repository is a document of tokens: every one, two and three characters that stand beside each other in its words, the same of its name, and one
// token for each value that lists are filtered by. What the index finds may match; the statement that asks it compares the words themselves.
#pragma once
#include <optional>

#include "adapters/sql/session.hpp"

namespace kontor::sql {

// What the document of a repository is made from; a row of catalogue_entry.
struct SearchFacts {
  std::string words, name;  // lower case
  std::int64_t kind = 0;
  bool is_public = false, paid = false;
  std::string owner, task, library, licence, languages, delivery;
  bool operator==(const SearchFacts&) const = default;
};
std::vector<std::string> search_tokens(const SearchFacts& facts);  // sorted, each once

// What must be true of a document: all of some things, each of which one of several.
class SearchFor {
 public:
  SearchFor& words(std::string_view text);   // every blank-separated word occurs
  SearchFor& name(std::string_view text);    // occurs in namespace/name
  SearchFor& kind(std::int64_t kind);
  SearchFor& any(char field, const std::vector<std::string>& values);  // field: 't'ask, 'l'ibrary, li'c'ence, lan'g'uage, 'd'elivery, 'o'wner
  SearchFor& paid(bool paid);
  SearchFor& visible(const std::vector<std::string>& owners);  // public, or of one of the owners
  SearchFor& hidden();
  std::string expression(bool postgres) const;

 private:
  void grams(std::string_view text, std::string_view mark);
  std::vector<std::vector<std::string>> all_;
};

// FROM ... WHERE ... of the entries `c` (catalogue_entry) that may match; `parameter` is the expression's, `joined` more tables.
std::string search_from(bool postgres, std::string_view parameter, std::string_view joined = "");
// At most `limit`.
Result<std::int64_t> search_count(UnitOfWork& unit, const SearchFor& what, int limit);

// What an entry says now; nothing: there is none. Its document is replaced where that has changed.
Result<std::optional<SearchFacts>> search_facts(UnitOfWork& unit, std::string_view repository);
Status search_replace(UnitOfWork& unit, std::string_view repository, const std::optional<SearchFacts>& before, const std::optional<SearchFacts>& now);

// Entries without a document get one: after the migration that brings the index, and where rows came by another way.
Status search_fill(Session& session);
// Repositories whose document is missing, left over or another than their words make, by id.
Result<std::vector<std::string>> search_faults(UnitOfWork& unit);

}  // namespace kontor::sql
