// The state machines of marketplace.md 3, 6.2 and 7 as tables: only listed transitions occur, terminal states stay.
#pragma once
#include <optional>
#include <string_view>

#include "market/model.hpp"

namespace kontor::market {

enum class ListingEvent { submit, approve, reject, suspend, reinstate, retire };
enum class OrderEvent { deliver, accept, reject, cancel, refund_in_full, resolve };

std::string_view name_of(ListingState s);
std::string_view name_of(OrderState s);
std::string_view name_of(EntitlementState s);
std::string_view name_of(HoldState s);
std::string_view name_of(TopUpState s);
std::optional<ListingState> parse_listing_state(std::string_view s);
std::optional<OrderState> parse_order_state(std::string_view s);
std::optional<EntitlementState> parse_entitlement_state(std::string_view s);

// Null: the event cannot happen in this state.
std::optional<ListingState> next(ListingState s, ListingEvent e);
std::optional<OrderState> next(OrderState s, OrderEvent e);

}  // namespace kontor::market
