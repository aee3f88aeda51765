#include "market/states.hpp"

#include "base/text.hpp"

namespace kontor::market {
namespace {
template <class S>
struct Named {
  S state;
  std::string_view name;
};
constexpr Named<ListingState> listing_names[] = {{ListingState::draft, "draft"},
                                                 {ListingState::in_review, "in_review"},
                                                 {ListingState::published, "published"},
                                                 {ListingState::suspended, "suspended"},
                                                 {ListingState::retired, "retired"}};
constexpr Named<OrderState> order_names[] = {{OrderState::confirmed, "confirmed"}, {OrderState::delivered, "delivered"},
                                             {OrderState::completed, "completed"}, {OrderState::disputed, "disputed"},
                                             {OrderState::cancelled, "cancelled"}, {OrderState::refunded, "refunded"}};
constexpr Named<EntitlementState> entitlement_names[] = {{EntitlementState::active, "active"},
                                                         {EntitlementState::expired, "expired"},
                                                         {EntitlementState::suspended, "suspended"},
                                                         {EntitlementState::revoked, "revoked"}};
constexpr Named<HoldState> hold_names[] = {
    {HoldState::open, "open"}, {HoldState::captured, "captured"}, {HoldState::voided, "voided"}, {HoldState::expired, "expired"}};
constexpr Named<TopUpState> top_up_names[] = {{TopUpState::requires_action, "requires_action"},
                                              {TopUpState::partially_paid, "partially_paid"},
                                              {TopUpState::succeeded, "succeeded"},
                                              {TopUpState::expired, "expired"}};
template <class S, std::size_t N>
std::string_view find_name(const Named<S> (&table)[N], S s) {
  for (auto& n : table)
    if (n.state == s) return n.name;
  return "unknown";
}
template <class S, std::size_t N>
std::optional<S> find_state(const Named<S> (&table)[N], std::string_view name) {
  for (auto& n : table)
    if (n.name == name) return n.state;
  return std::nullopt;
}
}  // namespace

std::string_view name_of(ListingState s) { return find_name(listing_names, s); }
std::string_view name_of(OrderState s) { return find_name(order_names, s); }
std::string_view name_of(EntitlementState s) { return find_name(entitlement_names, s); }
std::string_view name_of(HoldState s) { return find_name(hold_names, s); }
std::string_view name_of(TopUpState s) { return find_name(top_up_names, s); }
std::optional<ListingState> parse_listing_state(std::string_view s) { return find_state(listing_names, s); }
std::optional<OrderState> parse_order_state(std::string_view s) { return find_state(order_names, s); }
std::optional<EntitlementState> parse_entitlement_state(std::string_view s) { return find_state(entitlement_names, s); }

std::optional<ListingState> next(ListingState s, ListingEvent e) {
  using L = ListingState;
  using E = ListingEvent;
  if (s == L::draft && e == E::submit) return L::in_review;
  if (s == L::in_review && e == E::approve) return L::published;
  if (s == L::in_review && e == E::reject) return L::draft;
  if (s == L::published && e == E::suspend) return L::suspended;
  if (s == L::suspended && e == E::reinstate) return L::published;
  if ((s == L::published || s == L::suspended) && e == E::retire) return L::retired;
  return std::nullopt;
}

std::optional<OrderState> next(OrderState s, OrderEvent e) {
  using O = OrderState;
  using E = OrderEvent;
  if (s == O::confirmed && e == E::deliver) return O::delivered;
  if (s == O::confirmed && e == E::cancel) return O::cancelled;
  if (s == O::delivered && e == E::accept) return O::completed;
  if (s == O::delivered && e == E::reject) return O::disputed;
  if (s == O::disputed && e == E::resolve) return O::completed;
  if (s == O::disputed && e == E::refund_in_full) return O::refunded;
  if (s == O::completed && e == E::refund_in_full) return O::refunded;
  return std::nullopt;
}

bool Listing::delivers(std::string_view kind) const {
  for (std::string_view part : split(delivery, ' '))
    if (part == kind) return true;
  return false;
}

}  // namespace kontor::market
