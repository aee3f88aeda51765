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
// filters that no facet shows: owner, words; highest price, in the currency that prices are compared in or in any;
std::string other_conditions(Bindings& b, const repository::CatalogueQuery& q);
std::string price_condition(Bindings& b, const repository::CatalogueQuery& q, bool in_any, bool postgres);
// filters that facets show, but the kind.
std::string facet_conditions(Bindings& b, const repository::CatalogueQuery& q, bool postgres);
// A known currency as a literal of a statement; what is none, as the empty text.
std::string currency_literal(std::string_view currency);

bool asks_text(const repository::CatalogueQuery& q);

// Columns of a FacetRow of one entry.
#define FACET_COLUMNS_BUT_CURRENCIES "c.kind, c.task, c.library, c.licence, c.languages, c.paid, c.delivery"
#define FACET_COLUMNS FACET_COLUMNS_BUT_CURRENCIES ", c.currencies"
repository::FacetRow facet_row_of(const Row& r);  // these, then how many

}  // namespace kontor::sql
