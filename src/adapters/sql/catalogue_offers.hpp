// What entries of the catalogue cost: one row per entry and currency that it is offered in, the cheapest public offer of that currency.
#pragma once
#include <string_view>

#include "adapters/sql/rows.hpp"
#include "repository/catalogue.hpp"

namespace kontor::sql {

// By which column a row belongs to its entry: SQLite's entries have numbers.
inline std::string_view offer_key(bool postgres) { return postgres ? "repository" : "number"; }

// Of an entry that is there; `sale` as it now is.
Status offers_replace(UnitOfWork& unit, std::string_view repository, const repository::Sale& sale);
Status offers_remove(UnitOfWork& unit, std::string_view repository);

// Entries for sale without these rows get them from the market's: after the migration that brings them, and where rows came by another way.
Status offers_fill(Session& session);
// Repositories whose rows say something else than their entry or the market's offers, by id.
Result<std::vector<std::string>> offers_faults(UnitOfWork& unit);

}  // namespace kontor::sql
