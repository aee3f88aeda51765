// The catalogue as rows: one narrow row per repository, kept in step by the repository store's own writes.
#pragma once
#include <memory>

#include "adapters/sql/session.hpp"
#include "repository/catalogue.hpp"
#include "repository/ports.hpp"

namespace kontor::sql {

std::unique_ptr<repository::Catalogue> make_catalogue();

// For the repository store, in the transaction that changes the repository:
// name, owner, visibility, counts and times as the repository's row now says;
Status catalogue_follow(UnitOfWork& unit, std::string_view repository);
// what main says;
Status catalogue_describe(UnitOfWork& unit, std::string_view repository, const repository::Derived& derived);
// what the market says;
Status catalogue_sell(UnitOfWork& unit, std::string_view repository, const std::optional<repository::Sale>& sale);
// the repository is gone.
Status catalogue_remove(UnitOfWork& unit, std::string_view repository);

}  // namespace kontor::sql
