// Accounts, journal and pending transfers as rows.
#pragma once
#include <memory>

#include "adapters/sql/session.hpp"
#include "ledger/books.hpp"

namespace kontor::sql {
std::unique_ptr<ledger::Store> make_ledger_store();
// For the sequencer: numbers journal rows that have none, in row order, from the next free number on. Returns how many rows.
Result<std::int64_t> number_pending_transfers(Session& session, int limit);
}  // namespace kontor::sql
