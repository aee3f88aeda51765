// How many repositories have which values: counted from rows, or from a table of all combinations that is kept from one question to the
// next.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "repository/catalogue.hpp"

namespace kontor::repository {

// Whether a row has one of the values of each filter that facets show.
bool passes(const CatalogueQuery& query, const FacetRow& row);

// Combinations of values with their counts, values as numbers: tens of thousands of combinations are counted in less than a millisecond.
class FacetTable {
 public:
  void add(const FacetRow& row);                                     // its count may be negative
  std::string usual_currency(const std::vector<Kind>& kinds) const;  // in which most of these kinds (none: of all) are offered

 private:
  friend class FacetCounter;
  enum Column { task, library, licence, languages, delivery, currencies, columns };
  struct Cell {
    std::array<std::uint32_t, columns> value;
    std::uint8_t kind, paid;
    std::int64_t count;
  };
  struct Words {
    std::vector<std::string> names;
    std::unordered_map<std::string, std::uint32_t> ids;
    std::uint32_t id(const std::string& name);
  };
  std::array<Words, columns> words_;
  std::vector<Cell> cells_;
  std::unordered_map<std::string, std::size_t> places_;                      // of cells, by their values
  std::map<std::string, std::array<std::int64_t, 3>, std::less<>> offered_;  // how many of each kind, by currency
};

class FacetCounter {
 public:
  explicit FacetCounter(const CatalogueQuery& query) : q_(query) {}
  void add(const FacetTable& table, bool only_free = false);
  void add(const std::vector<FacetRow>& rows);
  FacetCounts counts() const;

 private:
  const CatalogueQuery& q_;
  std::int64_t total_ = 0;
  // Which filters a row passes, in the order of the facets.
  enum Filter { by_kind, by_task, by_library, by_licence, by_language, by_price, by_delivery, by_currency, filters };
  std::map<std::string, std::int64_t, std::less<>> counts_[filters];
  void count(Filter f, std::string_view value, std::int64_t n);
};

}  // namespace kontor::repository
