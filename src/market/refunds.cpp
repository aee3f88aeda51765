// Refunds of completed orders (marketplace.md 12 E14, 16.2; native-api.md section 7: touched).
#include "base/ids.hpp"
#include "market/rules.hpp"
#include "metering/splits.hpp"

namespace kontor::market {

// The one rule: the request keeps to it, and an order tells it beforehand.
Result<RefundStanding> Market::refund_standing(UnitOfWork& u, const Caller& c, const Order& o) {
  bool seller = c.acts_for(o.seller) && c.scopes.market_sell, buyer = c.acts_for(o.buyer) && c.scopes.market_buy,
       by_operator = c.is_operator && c.scopes.operate;
  RefundStanding standing;
  auto refused = [&](std::string message, std::string reason) {
    standing.refusal = wrong_state(std::move(message), reason).value();
    standing.reason = std::move(reason);
    return standing;
  };
  if (!seller && !buyer && !by_operator) {
    standing.refusal = identity::denied(identity::Decision::scope_missing, "The order");
    standing.reason = standing.refusal->code;
    return standing;
  }
  bool by_buyer = !seller && !by_operator;
  switch (o.state) {
    case OrderState::confirmed:
    case OrderState::delivered:
      return refused("The order is " + std::string(name_of(o.state)) + ": there is nothing to refund.", "not_completed");
    case OrderState::cancelled:
    case OrderState::refunded:
      return refused("The order is " + std::string(name_of(o.state)) + ": there is nothing to refund.", "nothing_left");
    case OrderState::disputed:
      if (by_buyer) return refused("A disputed order is refunded by the seller or the operator.", "disputed");
      return standing;
    case OrderState::completed:
      break;
  }
  if (by_buyer) {
    if (o.refund_policy == "no_refund") return refused("This offer has no refund: ask the seller.", "no_refund");
    standing.until = Time{o.completed_at.value_or(o.created_at).ns + settings_.refund_window_ns};
    if (now().ns >= standing.until->ns) return refused("The time for a refund is over: ask the seller.", "window_over");
    KT_TRY(auto e, p_.store.entitlement(u, o.entitlement));
    if (e && e->touched_at) return refused("Contents were fetched already: ask the seller.", "touched");
    if (e && e->calls >= settings_.refund_calls) return refused("The calls that may be tried were used: ask the seller.", "calls_used");
  }
  if (o.total <= o.refunded) return refused("The order cost nothing or was refunded in full.", "nothing_left");
  return standing;
}

Result<Refund> Market::refund(UnitOfWork& u, const Caller& c, std::string_view id, std::optional<Money> amount, std::string_view reason) {
  KT_TRY(Order o, order_of(u, c, id, true));
  if (reason.size() > 500) return bad_field("reason", "length", "A reason has at most 500 characters.");
  KT_TRY(auto standing, refund_standing(u, c, o));
  if (standing.refusal) return Unexpected(std::move(*standing.refusal));
  Time at = now();
  if (o.state == OrderState::disputed) {
    if (amount && amount->micros != o.total) return wrong_state("A disputed order is refunded in full.");
    KT_CHECK(back_from_escrow(u, o, OrderState::refunded, at));
    ++o.version;
    KT_CHECK(p_.store.save_order(u, o));
    Refund r{new_id("rfd_", at), o.id, o.currency, std::string(reason), c.party, o.total, o.fee, o.seller_share, 0, 0, 0, at};
    KT_CHECK(p_.store.add_refund(u, r));
    KT_CHECK(audit(u, c, "refund.create", r.id));
    return r;
  }
  if (amount && amount->currency != o.currency) return fail(Errc::invalid, "currency_mismatch", "The order is in " + o.currency + ".");
  Micros left = o.total - o.refunded;
  Micros sum = amount ? amount->micros : left;
  Micros coin = quantum(currency_digits(o.currency).value_or(2));
  if (sum <= 0 || sum % coin != 0)
    return bad_field("amount", "out_of_range", "The amount must be positive and a multiple of the currency's smallest coin.",
                     "invalid_amount");
  if (sum > left)
    return wrong_state("Of this order " + amount_text(left, o.currency) + " " + o.currency + " can still be refunded.",
                       "exceeds_remaining");

  Refund r;
  r.id = new_id("rfd_", at);
  r.order = o.id;
  r.currency = o.currency;
  r.reason = reason;
  r.requested_by = c.party;
  r.amount = sum;
  r.created_at = at;
  // R5: by what each payee still holds of this order.
  Wide weights[] = {o.fee - o.fee_refunded, o.seller_share - o.seller_refunded};
  auto parts = metering::split_once(sum, weights, coin);
  // Rounding to coins must not take more from a payee than he has.
  Micros over = std::max<Micros>(0, parts[0] - static_cast<Micros>(weights[0]));
  parts[0] -= over, parts[1] += over;
  over = std::max<Micros>(0, parts[1] - static_cast<Micros>(weights[1]));
  parts[1] -= over, parts[0] += over;
  r.fee = parts[0];
  r.seller = parts[1];

  std::string wallet = ledger::account::wallet(o.buyer);
  bool own_sale = o.seller == identity::platform_party_id;
  ledger::Transaction tx{"order.refunded", r.id, o.id, at, {}, {}};
  if (r.fee > 0) tx.legs.push_back(leg(std::string(ledger::account::platform_fee), wallet, r.fee, o.currency));
  if (r.seller > 0 && own_sale) {
    tx.legs.push_back(leg(std::string(ledger::account::sales), wallet, r.seller, o.currency));
  } else if (r.seller > 0) {
    // Where this order's share is now: pending until it clears, then what became available and is still there, the rest is owed.
    if (!o.cleared) {
      r.from_pending = r.seller;
    } else {
      KT_TRY(auto available, ledger::account_of(u, p_.books, ledger::account::available(o.seller), o.currency));
      Wide there = std::max<Wide>(0, std::min<Wide>(o.available_left, available.available()));
      r.from_available = static_cast<Micros>(std::min<Wide>(r.seller, there));
      r.from_due = r.seller - r.from_available;
      o.available_left -= r.from_available;
    }
    if (r.from_pending > 0) tx.legs.push_back(leg(ledger::account::pending(o.seller), wallet, r.from_pending, o.currency));
    if (r.from_available > 0) tx.legs.push_back(leg(ledger::account::available(o.seller), wallet, r.from_available, o.currency));
    if (r.from_due > 0) tx.legs.push_back(leg(ledger::account::due_from(o.seller), wallet, r.from_due, o.currency));
  }
  KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx, {true, {}}));
  o.refunded += sum;
  o.fee_refunded += r.fee;
  o.seller_refunded += r.seller;
  std::vector<tradelog::Leaf> leaves{tradelog::make_leaf("order.refunded", o.id, o.leaves, at,
                                                         canonical({{"amount", amount_text(sum, o.currency)},
                                                                    {"currency", o.currency},
                                                                    {"order", o.id},
                                                                    {"refund", r.id},
                                                                    {"refunded", amount_text(o.refunded, o.currency)}}))};
  if (o.refunded == o.total) {
    o.state = *next(o.state, OrderEvent::refund_in_full);
    o.ended_at = at;
    o.due.reset();
    o.cleared = true;
    KT_CHECK(revoke(u, o.entitlement, leaves, o, at));
  }
  KT_CHECK(log(u, o, std::move(leaves)));
  ++o.version;
  KT_CHECK(p_.store.save_order(u, o));
  KT_CHECK(p_.store.add_refund(u, r));
  JsonWriter w;
  w.begin_object().field("refund", r.id).field("order", o.id).field("buyer", o.buyer).field("seller", o.seller).end_object();
  KT_CHECK(p_.outbox.append(u, "order.refunded", o.id, w.text()));
  KT_CHECK(audit(u, c, "refund.create", r.id));
  return r;
}

}  // namespace kontor::market
