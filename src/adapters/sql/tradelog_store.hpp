// Leaves, tiles and the look-up of leaves by hash as rows.
#pragma once
#include <memory>

#include "adapters/sql/session.hpp"
#include "tradelog/log.hpp"

namespace kontor::sql {
std::unique_ptr<tradelog::Store> make_tradelog_store();
// For the sequencer: gives indexes to leaves that have none, in row order. Returns how many rows. Tiles follow when the next
// checkpoint is made.
Result<std::int64_t> number_pending_leaves(Session& session, int limit);
}  // namespace kontor::sql
