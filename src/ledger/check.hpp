// Checking the books in full: the journal replayed from its first line against the rows that are kept beside it.
#pragma once
#include <functional>
#include <string>

#include "ledger/books.hpp"

namespace kontor::ledger {

// One call of `report` per fault: (account or "currency USD", what is wrong). Returns how many accounts were checked.
// Checked (marketplace.md 23): debits equal credits per currency, posted and pending; no guarded account is short; every row says what the
// journal says; a guarded account that has no row is at zero.
Result<std::uint64_t> check_books(UnitOfWork& unit, Store& store,
                                  const std::function<void(const std::string& item, const std::string& problem)>& report);

}  // namespace kontor::ledger
