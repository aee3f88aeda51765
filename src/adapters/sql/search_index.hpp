// The index that finds repositories by any part of their name, title or summary, in any script (docs/decisions/0004-text-search.md).
// A repository is a document of tokens: every one, two and three characters that stand beside each other in its words, the same of its
// name, and one token for each value that lists are filtered by. What the index finds may match; the statement that asks it compares the
// words themselves.
#pragma once
#include <optional>

#include "adapters/sql/rows.hpp"
#include "adapters/sql/session.hpp"

namespace kontor::sql {

// What the document of a repository is made from; a row of catalogue_entry.
struct SearchFacts {
  std::string words, name;  // lower case
  std::int64_t kind = 0;
  bool is_public = false, paid = false;
  std::string owner, task, library, licence, languages, delivery, currencies;
  bool operator==(const SearchFacts&) const = default;
};
std::vector<std::string> search_tokens(const SearchFacts& facts);  // sorted, each once

// What must be true of a document: all of some things, each of which one of several.
class SearchFor {
 public:
  SearchFor& words(std::string_view text);  // every blank-separated word occurs
  SearchFor& name(std::string_view text);   // occurs in namespace/name
  SearchFor& kind(std::int64_t kind);
  SearchFor& any(char field,
                 const std::vector<std::string>& values);  // field: 't'ask, 'l'ibrary, li'c'ence, lan'g'uage, 'd'elivery, 'm'oney, 'o'wner
  SearchFor& paid(bool paid);
  SearchFor& visible(const std::vector<std::string>& owners);  // public, or of one of the owners
  SearchFor& hidden();
  // Each of the things as an expression of the engine, sorted; all of them in one.
  std::vector<std::string> parts(bool postgres) const;
  static std::string expression(const std::vector<std::string>& parts, bool postgres);

 private:
  void grams(std::string_view text, std::string_view mark);
  std::vector<std::vector<std::string>> all_;
};

// What the index finds. SQLite is asked for the rarest things only, those that are worth a walk of their lists, and hands back the numbers
// of the entries if they are at most as many as was asked for: they are read again at the cost of reading a row each. Where there are more,
// all that was asked for holds for what is counted.
class SearchFound {
 public:
  std::int64_t count = 0;  // one more than `most` where there are more
  bool all = false;        // there are no more
  // FROM ... WHERE ... of the entries `c` (catalogue_entry) that may match; `joined` more tables.
  std::string from(Bindings& b, std::string_view joined = "") const;
  // Further condition on an entry `c`, for a walk in another order; empty where the index can only be asked.
  std::string among(Bindings& b) const;

 private:
  friend Result<SearchFound> search_find(UnitOfWork&, const SearchFor&, int);
  friend SearchFound search_later(UnitOfWork&, const SearchFor&);
  bool postgres_ = false;
  std::string expression_, numbers_;  // numbers_: of entries, as JSON
};
Result<SearchFound> search_find(UnitOfWork& unit, const SearchFor& what, int most);
// Not asked yet how many there are: `from` alone is of use. PostgreSQL finds everything again for each question, so one less is soon worth
// it.
SearchFound search_later(UnitOfWork& unit, const SearchFor& what);

// What an entry says now; nothing: there is none. Its document is replaced where that has changed, while the entry is there.
Result<std::optional<SearchFacts>> search_facts(UnitOfWork& unit, std::string_view repository);
Status search_replace(UnitOfWork& unit, std::string_view repository, const std::optional<SearchFacts>& before,
                      const std::optional<SearchFacts>& now);

// Entries without a document get one: after the migration that brings the index, and where rows came by another way.
Status search_fill(Session& session);
// After many changes at once: SQLite's index asks as quickly as if it had been made in one go.
Status search_optimize(Session& session);
// Repositories whose document is missing, left over or another than their words make, by id.
Result<std::vector<std::string>> search_faults(UnitOfWork& unit);

}  // namespace kontor::sql
