// Listings, plans, offers, orders, entitlements, holds, usage, refunds, top-ups and idempotency records as rows.
#pragma once
#include <memory>

#include "market/store.hpp"

namespace kontor::sql {
std::unique_ptr<market::Store> make_market_store();
std::unique_ptr<market::IdempotencyStore> make_idempotency_store();
}  // namespace kontor::sql
