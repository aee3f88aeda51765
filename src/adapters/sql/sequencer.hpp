// Serial numbers on PostgreSQL: rows are committed without one and numbered afterwards, so that no number is ever given to a row that
// readers could miss (a transaction that commits late gets a late number). Ledger transfers, trade-log leaves, feed events.
//
// Any node may run this; two at once are harmless: numbering is a SERIALIZABLE transaction over the same rows, so one of the two is
// turned back and finds the work done. On SQLite the writer numbers at once and there is never anything to do.
#pragma once
#include "base/storage.hpp"

namespace kontor::sql {

// Numbers what is waiting, at most a few thousand rows of each series. The count that was numbered; 0: nothing was waiting.
Task<Result<std::int64_t>> run_sequencer(Storage& storage);

}  // namespace kontor::sql
