// A question of the catalogue as conditions on its entries `c` (catalogue_entry).
#pragma once
#include <string>

#include "adapters/sql/rows.hpp"
#include "repository/catalogue.hpp"

namespace kontor::sql {

// What an entry's price is where nothing can be bought now, and so nothing is cheap; and of what is free.
constexpr std::int64_t no_price = INT64_MAX, free_price = -1;

// Each begins with " AND" or is empty. What the caller may see;
std::string seen_condition(Bindings& b, const repository::CatalogueQuery& q);
std::string owners_condition(Bindings& b, const std::vector<std::string>& owners);
// filters that no facet shows: owner, words, highest price;
std::string other_conditions(Bindings& b, const repository::CatalogueQuery& q);
// filters that facets show, but the kind.
std::string facet_conditions(Bindings& b, const repository::CatalogueQuery& q);

bool asks_text(const repository::CatalogueQuery& q);

// Columns of a FacetRow of one entry.
#define FACET_COLUMNS "c.kind, c.task, c.library, c.licence, c.languages, c.paid, c.delivery"
repository::FacetRow facet_row_of(const Row& r);  // these, then how many

}  // namespace kontor::sql
