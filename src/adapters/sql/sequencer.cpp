#include "adapters/sql/sequencer.hpp"

#include "adapters/sql/ledger_store.hpp"
#include "adapters/sql/session.hpp"
#include "adapters/sql/tradelog_store.hpp"

namespace kontor::sql {
namespace {

constexpr int batch = 1000;

const Statement next_position("SELECT COALESCE(MAX(position) + 1, 0) FROM outbox");
const Statement waiting("SELECT row_id FROM outbox WHERE position IS NULL ORDER BY row_id LIMIT ?1");
const Statement number("UPDATE outbox SET position = ?2 WHERE row_id = ?1");

Result<std::int64_t> number_pending_events(Session& s, int limit) {
  KT_TRY(Rows rows, s.query(waiting, {limit}));
  if (rows.empty()) return 0;
  KT_TRY(Rows first, s.query(next_position, {}));
  std::int64_t position = first[0].integer(0);
  for (Row r : rows) KT_CHECK(s.exec_later(number, {r.integer(0), position++}));
  return static_cast<std::int64_t>(rows.size());
}

}  // namespace

Task<Result<std::int64_t>> run_sequencer(Storage& storage) {
  auto body = [](UnitOfWork& u) -> Result<std::int64_t> {
    Session& s = session(u);
    if (!s.is_postgres()) return 0;
    KT_TRY(std::int64_t transfers, number_pending_transfers(s, batch));
    KT_TRY(std::int64_t leaves, number_pending_leaves(s, batch));
    KT_TRY(std::int64_t events, number_pending_events(s, batch));
    return transfers + leaves + events;
  };
  co_return co_await storage.write(body);
}

}  // namespace kontor::sql
