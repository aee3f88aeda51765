// Orders: placing and paying from the wallet, delivery, acceptance, cancellation (marketplace.md 6.2, 11.1, 12 E3 and E4a).
#include "base/ids.hpp"
#include "base/random.hpp"
#include "codec/calendar.hpp"
#include "market/licences.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "metering/splits.hpp"

namespace kontor::market {
namespace {

constexpr std::int64_t max_quantity = 1'000'000;

// What the buyer agrees to, by the hash of its text.
std::string licence_hash(std::string_view id) {
  static const std::map<std::string, std::string, std::less<>> known = [] {
    std::map<std::string, std::string, std::less<>> out;
    for (const Licence& l : licences()) out.emplace(l.id, l.hash());
    return out;
  }();
  auto it = known.find(id);
  KT_ASSERT(it != known.end());
  return it->second;
}

std::string order_record(const Order& o, std::string_view state) {
  return canonical({{"amount", amount_text(o.total, o.currency)},
                    {"asset", o.asset},
                    {"buyer", o.buyer},
                    {"currency", o.currency},
                    {"licence_text_hash", o.licence_hash},
                    {"offer", o.offer},
                    {"offer_version", std::to_string(o.offer_version)},
                    {"order", o.id},
                    {"plan", o.plan},
                    {"plan_version", std::to_string(o.plan_version)},
                    {"quantity", std::to_string(o.quantity)},
                    {"seller", o.seller},
                    {"state", state}});
}

// What happened to an order later: its terms are in the record of its placing.
std::string order_step(const Order& o, std::string_view state) {
  return canonical({{"amount", amount_text(o.total, o.currency)}, {"currency", o.currency}, {"order", o.id}, {"state", state}});
}

std::string order_event(const Order& o) {
  JsonWriter w;
  w.begin_object()
      .field("order", o.id)
      .field("buyer", o.buyer)
      .field("seller", o.seller)
      .field("asset", o.asset)
      .field("repository", o.repository)
      .field("state", name_of(o.state));
  w.raw_field("total", money_json(o.total, o.currency)).end_object();
  return std::move(w).str();
}

Entitlement grant_for(const Order& o, const Offer& offer, Time at) {
  Entitlement e;
  e.id = new_id("ent_", at);
  e.grant = "grt_" + e.id.substr(4);
  e.holder = o.buyer;
  e.seller = o.seller;
  e.listing = o.listing;
  e.repository = o.repository;
  e.asset = o.asset;
  e.order = o.id;
  e.offer = o.offer;
  e.plan = o.plan;
  e.plan_version = o.plan_version;
  e.rights = offer.rights;
  e.currency = o.currency;
  e.metered = offer.metered;
  e.valid_from = at;
  e.created_at = at;
  return e;
}

std::string grant_record(const Entitlement& e, std::string_view state) {
  return canonical({{"asset", e.asset},
                    {"entitlement", e.id},
                    {"grant", e.grant},
                    {"holder", e.holder},
                    {"order", e.order},
                    {"rights", e.rights},
                    {"state", state}});
}
std::string grant_event(const Entitlement& e) {
  JsonWriter w;
  w.begin_object()
      .field("entitlement", e.id)
      .field("holder", e.holder)
      .field("asset", e.asset)
      .field("repository", e.repository)
      .field("order", e.order)
      .end_object();
  return std::move(w).str();
}

Unexpected already_entitled() { return fail(Errc::conflict, "already_entitled", "You have an active entitlement to this offer already."); }

}  // namespace

// The common case, a person who buys for himself and passed the identity check, needs no look-up of the party: nothing of it but the
// level is used, and levels rise.
Result<identity::Party> Market::buyer_of(UnitOfWork& u, const Caller& c, std::string_view text) {
  bool own = !c.anonymous && (text.empty() || text == c.party || text == c.name);
  if (own && identity::authorize(c, identity::Action::market_buy, {c.party, identity::Visibility::private_}) == identity::Decision::allow) {
    std::lock_guard lock(cache_mutex_);
    if (auto it = verified_.find(c.party); it != verified_.end()) return it->second;
  }
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_buy));
  if (own && party.kyc_level >= 2) {
    std::lock_guard lock(cache_mutex_);
    if (verified_.size() > 100'000) verified_.clear();
    verified_[party.id] = party;
  }
  return party;
}

// Asks for all that placing looks up, whatever comes of it.
Status Market::foresee_order(UnitOfWork& u, const identity::Party& buyer, const Offer& offer) {
  auto state = p_.store.offer_state(u, offer.id);
  auto held = p_.store.has_active(u, buyer.id, offer.repository, offer.id);
  std::string accounts[] = {ledger::account::wallet(buyer.id), ledger::account::pending(offer.seller)};
  auto loaded = p_.books.load_all(u, accounts, offer.currency);
  if (!state) return Unexpected(state.error());
  if (!held) return Unexpected(held.error());
  if (!loaded) return Unexpected(loaded.error());
  return {};
}

Result<Placed> Market::place_order(UnitOfWork& u, const Caller& c, const OrderRequest& r) {
  KT_TRY(identity::Party buyer, buyer_of(u, c, r.buyer));
  if (r.payment_method != "wallet") return bad_field("payment_method", "unknown", "Orders are paid from the wallet.");
  if (r.quantity < 1 || r.quantity > max_quantity) return bad_field("quantity", "out_of_range", "quantity must be 1 to 1000000.");
  KT_TRY(auto offer, offer_facts(u, r.offer));
  if (!offer->buyer.empty() && offer->buyer != buyer.id) return not_found("The offer");
  if (u.reads_together()) KT_CHECK(foresee_order(u, buyer, *offer));
  KT_TRY(auto state, p_.store.offer_state(u, offer->id));
  if (!state) return not_found("The offer");
  if (state->second != ListingState::published) {
    // A listing that was never published must not show through its offers.
    if (state->second == ListingState::draft || state->second == ListingState::in_review) return not_found("The offer");
    return wrong_state("The listing is " + std::string(name_of(state->second)) + ": it takes no new orders.");
  }
  if (!state->first || (offer->valid_until && *offer->valid_until <= now())) return wrong_state("The offer is no longer valid.");
  if (buyer.id == offer->seller) return wrong_state("The seller needs no entitlement to his own asset.", "own_asset");
  KT_TRY(auto terms, plan_terms(u, offer->plan, offer->plan_version));
  KT_TRY(Micros total, terms->due_at_once(r.quantity));
  bool other_price = r.expected_total && (r.expected_total->micros != total || r.expected_total->currency != offer->currency);
  if (other_price || (r.offer_version && *r.offer_version != offer->version)) {
    JsonWriter w;
    w.begin_object()
        .raw_field("expected", r.expected_total ? money_json(r.expected_total->micros, r.expected_total->currency) : "null")
        .raw_field("actual", money_json(total, offer->currency));
    w.field("offer_version", offer->version).end_object();
    return fail(Errc::conflict, "stale_revision", "The offer's price or version is not the one you expected: look at it again.",
                std::move(w).str());
  }
  if (buyer.kyc_level < 2 && total > 0) {
    KT_TRY(Micros bought, p_.store.bought_since(u, buyer.id, offer->currency, codec::day_start(now(), buyer.billing_tz)));
    if (Wide(bought) + total > settings_.daily_cap(offer->currency)) {
      // Who has it already is told that first: no identity check would help him.
      KT_TRY(auto held, p_.store.active_entitlements(u, buyer.id, offer->repository));
      for (const auto& e : held)
        if (e.offer == offer->id) return already_entitled();
      return fail(Errc::forbidden, "kyc_required",
                  "Buying for more than " + amount_text(settings_.daily_cap(offer->currency), offer->currency) + " " + offer->currency +
                      " a day takes an identity check of level 2.");
    }
  }
  KT_TRY(Placed placed, place(u, buyer, *offer, r.quantity));
  KT_CHECK(audit(u, c, "order.place", placed.order.id));
  return placed;
}

Result<Placed> Market::place(UnitOfWork& u, const identity::Party& buyer, const Offer& offer, std::int64_t quantity) {
  KT_TRY(auto terms, plan_terms(u, offer.plan, offer.plan_version));
  Time at = now();
  Order o;
  o.id = new_id("ord_", at);
  o.buyer = buyer.id;
  o.seller = offer.seller;
  o.offer = offer.id;
  o.offer_version = offer.version;
  o.listing = offer.listing;
  o.repository = offer.repository;
  o.asset = offer.asset;
  o.plan = offer.plan;
  o.plan_version = offer.plan_version;
  o.currency = offer.currency;
  o.refund_policy = offer.refund_policy;
  o.licence_hash = licence_hash(offer.licence);
  o.quantity = quantity;
  o.created_at = at;
  KT_TRY(o.total, terms->due_at_once(quantity));
  bool own_sale = o.seller == identity::platform_party_id;
  Wide weights[] = {own_sale ? 0 : settings_.fee_bps, own_sale ? 10'000 : 10'000 - settings_.fee_bps};
  auto parts = metering::split_once(o.total, weights, quantum(currency_digits(o.currency).value_or(2)));
  o.fee = parts[0];
  o.seller_share = parts[1];

  std::vector<tradelog::Leaf> leaves;
  leaves.reserve(4);
  std::string master = random_bytes(32);
  leaves.push_back(tradelog::make_leaf_from(master, "order.placed", o.id, 0, at, order_record(o, "placed")));
  leaves.push_back(tradelog::make_leaf_from(master, "order.paid", o.id, 1, at, order_step(o, "paid")));
  std::optional<Entitlement> granted;
  if (offer.instant) {
    granted = grant_for(o, offer, at);
    o.entitlement = granted->id;
    KT_TRY(bool added, p_.store.add_entitlement(u, *granted));
    if (!added) return already_entitled();
    leaves.push_back(tradelog::make_leaf_from(master, "entitlement.granted", o.id, 2, at, grant_record(*granted, "active")));
    leaves.push_back(tradelog::make_leaf_from(master, "order.completed", o.id, 3, at, order_step(o, "completed")));
    o.state = OrderState::completed;
    o.delivered_at = o.completed_at = at;
    if (o.seller_share > 0 && !own_sale)
      o.due = Time{at.ns + settings_.clearing_ns};
    else
      o.cleared = true;
  } else {
    o.state = OrderState::confirmed;
  }

  if (o.total > 0) {
    std::string escrow = ledger::account::escrow(o.id), wallet = ledger::account::wallet(o.buyer);
    ledger::Transaction tx{"order.captured", o.id, o.id, at, {}, {}};
    tx.legs.reserve(4);
    tx.legs.push_back(leg(wallet, escrow, o.total, o.currency, ledger::Flag::pending));
    tx.legs.push_back(leg(wallet, escrow, o.total, o.currency, ledger::Flag::post, ledger::pending_name(tx.kind, tx.business, 0)));
    if (offer.instant) {
      if (o.fee > 0) tx.legs.push_back(leg(escrow, std::string(ledger::account::platform_fee), o.fee, o.currency));
      if (o.seller_share > 0)
        tx.legs.push_back(
            leg(escrow, own_sale ? std::string(ledger::account::sales) : ledger::account::pending(o.seller), o.seller_share, o.currency));
    }
    auto posted = ledger::post(u, p_.books, tx, {true, {escrow}});
    if (!posted) {
      if (posted.error().code == "insufficient_funds") return short_of_money(u, o.buyer, o.currency, o.total);
      return Unexpected(posted.error());
    }
  }
  o.leaves = static_cast<std::int64_t>(leaves.size());
  KT_TRY(auto index, p_.log.append(u, o.id, leaves));
  KT_CHECK(p_.store.add_order(u, o));
  KT_CHECK(p_.outbox.append(u, "order.paid", o.id, order_event(o)));
  if (granted) KT_CHECK(p_.outbox.append(u, "entitlement.granted", granted->id, grant_event(*granted)));
  Placed out{std::move(o), {}};
  for (auto& l : leaves) {
    out.leaves.push_back({std::move(l), index});
    if (index) ++*index;
  }
  return out;
}

Result<Order> Market::order_of(UnitOfWork& u, const Caller& c, std::string_view id, bool for_update) {
  KT_TRY(auto o, p_.store.order(u, id, for_update));
  if (!o) return not_found("The order");
  if (c.anonymous) return Unexpected(identity::denied(identity::Decision::unauthenticated, "The order"));
  for (const std::string* party : {&o->buyer, &o->seller}) {
    auto d = identity::authorize(c, identity::Action::market_read, {*party, identity::Visibility::private_});
    if (d == identity::Decision::allow) return std::move(*o);
    if (d == identity::Decision::scope_missing) return Unexpected(identity::denied(d, "The order"));
  }
  if (identity::authorize(c, identity::Action::operate, {}) == identity::Decision::allow) return std::move(*o);
  return not_found("The order");
}

Result<Placed> Market::see_order(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(Order o, order_of(u, c, id, false));
  KT_TRY(auto leaves, p_.log.by_subject(u, o.id));
  return Placed{std::move(o), std::move(leaves)};
}

Result<std::vector<Order>> Market::list_orders(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view role,
                                               std::optional<OrderState> state, const Page& page) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  OrderFilter f;
  (role == "seller" ? f.seller : f.buyer) = party.id;
  f.state = state;
  return p_.store.orders(u, f, page);
}

// E4a for orders whose money waited in escrow.
Status Market::settle(UnitOfWork& u, Order& o, Time at) {
  bool own_sale = o.seller == identity::platform_party_id;
  if (o.total > 0) {
    std::string escrow = ledger::account::escrow(o.id);
    ledger::Transaction tx{"order.released", o.id, o.id, at, {}, {}};
    if (o.fee > 0) tx.legs.push_back(leg(escrow, std::string(ledger::account::platform_fee), o.fee, o.currency));
    if (o.seller_share > 0)
      tx.legs.push_back(
          leg(escrow, own_sale ? std::string(ledger::account::sales) : ledger::account::pending(o.seller), o.seller_share, o.currency));
    KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx));
  }
  o.state = OrderState::completed;
  o.completed_at = at;
  o.due.reset();
  if (o.seller_share > 0 && !own_sale)
    o.due = Time{at.ns + settings_.clearing_ns};
  else
    o.cleared = true;
  KT_CHECK(log(u, o, {tradelog::make_leaf("order.completed", o.id, o.leaves, at, order_step(o, "completed"))}));
  return p_.outbox.append(u, "order.completed", o.id, order_event(o));
}

Status Market::back_from_escrow(UnitOfWork& u, Order& o, OrderState state, Time at) {
  if (o.total > 0) {
    ledger::Transaction tx{
        "order.returned", o.id, o.id, at, {leg(ledger::account::escrow(o.id), ledger::account::wallet(o.buyer), o.total, o.currency)}, {}};
    KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx));
  }
  o.refunded = o.total;
  o.fee_refunded = o.fee;
  o.seller_refunded = o.seller_share;
  o.state = state;
  o.ended_at = at;
  o.due.reset();
  o.cleared = true;
  std::string kind = "order." + std::string(name_of(state));
  std::vector<tradelog::Leaf> leaves{tradelog::make_leaf(kind, o.id, o.leaves, at, order_step(o, name_of(state)))};
  if (!o.entitlement.empty()) KT_CHECK(revoke(u, o.entitlement, leaves, o, at));
  KT_CHECK(log(u, o, std::move(leaves)));
  return p_.outbox.append(u, kind, o.id, order_event(o));
}

Status Market::revoke(UnitOfWork& u, std::string_view id, std::vector<tradelog::Leaf>& leaves, Order& o, Time at) {
  KT_TRY(auto e, p_.store.entitlement(u, id));
  if (!e || e->state != EntitlementState::active) return {};
  e->state = EntitlementState::revoked;
  KT_CHECK(p_.store.save_entitlement(u, *e));
  leaves.push_back(tradelog::make_leaf("entitlement.revoked", o.id, o.leaves + static_cast<std::int64_t>(leaves.size()), at,
                                       grant_record(*e, "revoked")));
  return p_.outbox.append(u, "entitlement.revoked", e->id, grant_event(*e));
}

// Every entitlement to the listing ends on its own order's record, so that each buyer can prove what was taken from him.
Status Market::revoke_all(UnitOfWork& u, const Listing& l) {
  KT_TRY(auto running, p_.store.active_of_listing(u, l.id));
  for (const Entitlement& e : running) {
    KT_TRY(auto o, p_.store.order(u, e.order, true));
    if (!o) return fail(Errc::internal, "damaged_row", "An entitlement's order is missing.");
    std::vector<tradelog::Leaf> leaves;
    KT_CHECK(revoke(u, e.id, leaves, *o, now()));
    KT_CHECK(log(u, *o, std::move(leaves)));
    ++o->version;
    KT_CHECK(p_.store.save_order(u, *o));
  }
  return {};
}

Result<Placed> Market::move_order(UnitOfWork& u, const Caller& c, std::string_view id, OrderEvent event) {
  KT_TRY(Order o, order_of(u, c, id, true));
  bool buyer = c.party == o.buyer || c.acts_for(o.buyer), seller = c.party == o.seller || c.acts_for(o.seller);
  bool may = event == OrderEvent::deliver   ? seller
             : event == OrderEvent::cancel  ? buyer || seller
             : event == OrderEvent::resolve ? c.is_operator
                                            : buyer;
  if (!may) return not_found("The order");
  if (!(seller ? c.scopes.market_sell : buyer ? c.scopes.market_buy : c.scopes.operate))
    return Unexpected(identity::denied(identity::Decision::scope_missing, "The order"));
  auto to = next(o.state, event);
  if (!to) return wrong_state("The order is " + std::string(name_of(o.state)) + ": this is not possible now.");
  Time at = now();
  switch (event) {
    case OrderEvent::deliver: {
      KT_TRY(auto offer, offer_facts(u, o.offer));
      Entitlement e = grant_for(o, *offer, at);
      KT_TRY(bool added, p_.store.add_entitlement(u, e));
      if (!added) return already_entitled();
      o.entitlement = e.id;
      o.state = *to;
      o.delivered_at = at;
      o.due = Time{at.ns + settings_.acceptance_ns};
      KT_CHECK(log(u, o, {tradelog::make_leaf("entitlement.granted", o.id, o.leaves, at, grant_record(e, "active"))}));
      KT_CHECK(p_.outbox.append(u, "entitlement.granted", e.id, grant_event(e)));
      break;
    }
    case OrderEvent::accept:
    case OrderEvent::resolve:
      KT_CHECK(settle(u, o, at));
      break;
    case OrderEvent::reject:
      o.state = *to;
      o.due.reset();
      KT_CHECK(log(u, o, {tradelog::make_leaf("order.disputed", o.id, o.leaves, at, order_step(o, "disputed"))}));
      break;
    case OrderEvent::cancel:
      KT_CHECK(back_from_escrow(u, o, OrderState::cancelled, at));
      break;
    case OrderEvent::refund_in_full:
      return wrong_state("Refunds are made with /refunds.");
  }
  ++o.version;
  KT_CHECK(p_.store.save_order(u, o));
  KT_CHECK(audit(u, c, "order.change", o.id, "{\"state\":\"" + std::string(name_of(o.state)) + "\"}"));
  KT_TRY(auto leaves, p_.log.by_subject(u, o.id));
  return Placed{std::move(o), std::move(leaves)};
}

}  // namespace kontor::market
