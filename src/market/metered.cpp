// Metered calls: hold, capture in one commit with the rating, release (marketplace.md 9.3, 9.4, 11.2, 12 E6).
#include "base/ids.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "metering/splits.hpp"

namespace kontor::market {
namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr std::int64_t max_hold_ms = 31 * 86'400'000LL;

bool event_part(std::string_view s) {
  return !s.empty() && s.size() <= 128 && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
  });
}
Status check_event(std::string_view source, std::string_view event_id) {
  if (!event_part(source)) return bad_field("source", "characters", "source is 1 to 128 of A-Z, a-z, 0-9, '.', '_', ':' and '-'.");
  if (!event_part(event_id)) return bad_field("event_id", "characters", "event_id is 1 to 128 of A-Z, a-z, 0-9, '.', '_', ':' and '-'.");
  return {};
}

// What a running call has reserved of one component.
struct Reserve {
  std::string component;
  std::int64_t paid = 0, free = 0;
};
std::string encode(const std::vector<Reserve>& items) {
  std::string out;
  for (auto& r : items) out += r.component + " " + std::to_string(r.paid) + " " + std::to_string(r.free) + "\n";
  return out;
}
std::vector<Reserve> decode(std::string_view text) {
  std::vector<Reserve> out;
  for (std::string_view line : split(text, '\n')) {
    auto parts = split(line, ' ');
    if (parts.size() == 3)
      out.push_back({std::string(parts[0]), static_cast<std::int64_t>(parse_u64(parts[1]).value_or(0)),
                     static_cast<std::int64_t>(parse_u64(parts[2]).value_or(0))});
  }
  return out;
}

Admission admission_of(const Hold& h) { return {false, h.id, h.entitlement, h.buyer, h.amount, h.currency}; }

ledger::Leg hold_leg(const Hold& h, Micros amount, ledger::Flag flag) {
  return leg(ledger::account::wallet(h.buyer), ledger::account::escrow(h.entitlement), amount, h.currency, flag,
             ledger::pending_name("hold", h.id, 0));
}

}  // namespace

Result<Admission> Market::admit(UnitOfWork& u, const Caller& c, const repository::Repository& repo, const AdmitRequest& req) {
  KT_CHECK(check_event(req.source, req.event_id));
  KT_TRY(auto l, p_.store.published_listing(u, repo.id));
  Admission free_call;
  free_call.free_of_charge = true;
  if (!l) return free_call;
  if (c.anonymous) return fail(Errc::unauthenticated, "gated", header_safe(repo.full_name() + " is for sale: sign in to call it."));
  if (needs_nothing(c, repo.owner)) return free_call;
  KT_TRY(identity::Party buyer, acting_party(u, c, req.buyer, identity::Action::inference_run));
  KT_TRY(auto known, p_.store.hold_by_event(u, req.source, req.event_id));
  if (known) {
    if (known->buyer != buyer.id) return fail(Errc::conflict, "conflict", "This event id belongs to another call.");
    return admission_of(*known);
  }

  KT_TRY(auto held, p_.store.active_entitlements(u, buyer.id, repo.id));
  std::optional<Entitlement> e;
  for (auto& h : held)
    if (contains_word(h.rights, "run") || contains_word(h.rights, "use"))
      if (!e || (h.metered && !e->metered)) e = std::move(h);
  if (!e) {
    KT_TRY(auto offers, p_.store.offers_for(u, repo.id));
    for (auto& o : offers) {
      bool usable = o.auto_accept && (o.buyer.empty() || o.buyer == buyer.id) && (!o.valid_until || now() < *o.valid_until) &&
                    (contains_word(o.rights, "run") || contains_word(o.rights, "use"));
      if (!usable) continue;
      KT_TRY(Placed placed, place(u, buyer, o, 1));
      KT_TRY(e, p_.store.entitlement(u, placed.order.entitlement));
      break;
    }
  }
  if (!e) return payment_needed(u, repo, buyer.id);

  Hold h;
  h.created_at = now();
  h.id = new_id("hld_", h.created_at);
  h.buyer = buyer.id;
  h.seller = e->seller;
  h.entitlement = e->id;
  h.source = req.source;
  h.event_id = req.event_id;
  h.currency = e->currency;
  h.listing = e->listing;
  h.asset = e->asset;
  h.token = c.token_id;
  h.expires_at = h.created_at.plus_ms(std::clamp<std::int64_t>(req.expires_in_ms, 1, max_hold_ms));
  KT_TRY(auto terms, plan_terms(u, e->plan, e->plan_version));
  std::vector<Reserve> reserves;
  Wide amount = 0;
  for (const auto& want : req.maximum)
    for (const auto& comp : terms->components) {
      if (comp.kind != metering::Kind::metered || comp.meter != want.meter) continue;
      KT_TRY(std::int64_t q, metering::billable(comp, want.quantity));
      if (q == 0) continue;
      KT_TRY(auto pool, p_.store.free_pool(u, buyer.id, e->listing, comp.id));
      if (Wide(pool.first) + pool.second + q <= comp.free_units) {
        KT_CHECK(p_.store.save_free_pool(u, buyer.id, e->listing, comp.id, pool.first, pool.second + q));
        reserves.push_back({comp.id, 0, q});
        continue;
      }
      KT_TRY(CounterRow counter, p_.store.counter(u, e->id, comp.id));
      KT_TRY(std::int64_t end, narrow(Wide(counter.paid) + counter.reserved + q));
      KT_TRY(Micros dearest, metering::dearest(comp, counter.paid, end, q));
      amount += dearest;
      counter.reserved += q;
      KT_CHECK(p_.store.save_counter(u, counter));
      reserves.push_back({comp.id, q, 0});
    }
  KT_TRY(h.amount, narrow(amount));
  h.items = encode(reserves);
  if (h.amount > 0) KT_CHECK(reserve(u, h));
  KT_CHECK(p_.store.add_hold(u, h));
  return admission_of(h);
}

// The hold's money stays in the wallet, but cannot be spent otherwise.
Status Market::reserve(UnitOfWork& u, const Hold& h) {
  ledger::Leg pending = leg(ledger::account::wallet(h.buyer), ledger::account::escrow(h.entitlement), h.amount, h.currency,
                            ledger::Flag::pending, {}, h.expires_at.ns);
  auto posted = ledger::post(u, p_.books, {"hold", h.id, h.entitlement, h.created_at, {pending}, {}}, {true, {}});
  if (posted) return {};
  if (posted.error().code == "insufficient_funds") return short_of_money(u, h.buyer, h.currency, h.amount);
  return Unexpected(posted.error());
}

Result<Hold> Market::create_hold(UnitOfWork& u, const Caller& c, const HoldRequest& r) {
  KT_CHECK(require_operator(c));
  KT_CHECK(check_event(r.source, r.event_id));
  KT_TRY(auto known, p_.store.hold_by_event(u, r.source, r.event_id));
  if (known) return fail(Errc::conflict, "conflict", "There is a hold for this event already: " + known->id + ".");
  KT_TRY(auto e, p_.store.entitlement(u, r.entitlement));
  if (!e) return not_found("The entitlement");
  KT_TRY(auto party, p_.parties.find_party_called(u, r.party));
  if (!party || party->id != e->holder) return not_found("The entitlement");
  if (e->state != EntitlementState::active) return wrong_state("The entitlement is " + std::string(name_of(e->state)) + ".");
  if (r.amount.currency != e->currency) return fail(Errc::invalid, "currency_mismatch", "The entitlement is in " + e->currency + ".");
  if (r.amount.micros <= 0) return bad_field("amount", "out_of_range", "The amount must be positive.", "invalid_amount");
  if (r.expires_in_ms < 1 || r.expires_in_ms > max_hold_ms)
    return bad_field("expires_in_ms", "out_of_range", "expires_in_ms is 1 ms to 31 days.");
  Hold h;
  h.created_at = now();
  h.id = new_id("hld_", h.created_at);
  h.buyer = e->holder;
  h.seller = e->seller;
  h.entitlement = e->id;
  h.source = r.source;
  h.event_id = r.event_id;
  h.currency = e->currency;
  h.listing = e->listing;
  h.asset = e->asset;
  h.amount = r.amount.micros;
  h.expires_at = h.created_at.plus_ms(r.expires_in_ms);
  KT_CHECK(reserve(u, h));
  KT_CHECK(p_.store.add_hold(u, h));
  return h;
}

Result<Hold> Market::see_hold(UnitOfWork& u, std::string_view id) {
  KT_TRY(auto h, p_.store.hold(u, id));
  if (!h) return not_found("The hold");
  return std::move(*h);
}

Status Market::unreserve(UnitOfWork& u, const Hold& h) {
  for (const Reserve& r : decode(h.items)) {
    if (r.free > 0) {
      KT_TRY(auto pool, p_.store.free_pool(u, h.buyer, h.listing, r.component));
      KT_CHECK(p_.store.save_free_pool(u, h.buyer, h.listing, r.component, pool.first, pool.second - r.free));
    }
    if (r.paid > 0) {
      KT_TRY(CounterRow counter, p_.store.counter(u, h.entitlement, r.component));
      counter.reserved -= r.paid;
      KT_CHECK(p_.store.save_counter(u, counter));
    }
  }
  return {};
}

Result<Captured> Market::capture(UnitOfWork& u, std::string_view id, const std::vector<MeteredQuantity>& used, Time at) {
  if (id.empty()) return Captured{};  // admitted free of charge
  KT_TRY(auto found, p_.store.hold(u, id));
  if (!found) return not_found("The hold");
  Hold h = std::move(*found);
  if (h.state == HoldState::captured) return Captured{h.usage, h.captured, h.currency, true};
  if (h.state == HoldState::voided) return wrong_state("The hold was released.", "already_voided");
  bool open = h.state == HoldState::open && (h.amount == 0 || at < h.expires_at);
  if (h.state == HoldState::open && !open)
    KT_CHECK(expire_hold(u, h, at));
  else if (h.state == HoldState::open)
    KT_CHECK(unreserve(u, h));

  KT_TRY(auto e, p_.store.entitlement(u, h.entitlement));
  if (!e) return not_found("The entitlement");
  KT_TRY(auto terms, plan_terms(u, e->plan, e->plan_version));
  std::vector<Usage> records;
  Wide sum = 0;
  for (const auto& item : used) {
    if (item.quantity < 0) return bad_field("event.items", "quantity", "A quantity must not be negative.");
    bool known_meter = false;
    for (const auto& comp : terms->components) {
      if (comp.kind != metering::Kind::metered || comp.meter != item.meter) continue;
      known_meter = true;
      KT_TRY(CounterRow row, p_.store.counter(u, e->id, comp.id));
      KT_TRY(auto pool_row, p_.store.free_pool(u, h.buyer, h.listing, comp.id));
      metering::Counter counter{row.quantity, row.paid, row.reserved, row.charged};
      metering::FreePool pool{pool_row.first, pool_row.second};
      KT_TRY(Micros post, metering::add(comp, counter, pool, item.quantity));
      row.quantity = counter.quantity, row.paid = counter.paid, row.charged = counter.charged;
      KT_CHECK(p_.store.save_counter(u, row));
      if (comp.free_units > 0) KT_CHECK(p_.store.save_free_pool(u, h.buyer, h.listing, comp.id, pool.used, pool.reserved));
      sum += post;
      records.push_back({new_id("use_", at), h.source, h.event_id, e->id, h.buyer, h.seller, h.asset, comp.id, h.token, h.currency,
                         item.quantity, post, 0, false, at});
    }
    // Meters that the plan does not price are recorded by nobody: they cost nothing.
    (void)known_meter;
  }
  KT_TRY(Micros charged, narrow(sum));

  bool own_sale = h.seller == identity::platform_party_id;
  std::int64_t fee_bps = own_sale ? 0 : settings_.fee_bps;
  Micros fee = 0;
  if (charged > 0) {
    KT_TRY(RunningSplit running, p_.store.running(u, h.buyer, h.seller, h.currency, fee_bps));
    running.gross += charged;
    KT_TRY(Micros fee_now, metering::running_fee(running.gross, fee_bps));
    fee = fee_now - running.fee;
    running.fee = fee_now;
    KT_CHECK(p_.store.save_running(u, h.buyer, h.seller, h.currency, fee_bps, running));
  }
  std::string escrow = ledger::account::escrow(h.entitlement);
  ledger::Transaction tx{"usage", h.source + "|" + h.event_id, h.entitlement, at, {}, {}};
  Micros from_hold = open ? std::min(charged, h.amount) : 0;
  if (open && h.amount > 0) tx.legs.push_back(hold_leg(h, from_hold, from_hold > 0 ? ledger::Flag::post : ledger::Flag::void_));
  if (Micros rest = charged - from_hold; rest > 0) {
    KT_TRY(auto wallet, ledger::account_of(u, p_.books, ledger::account::wallet(h.buyer), h.currency));
    // The reservation that this very chain frees counts as well.
    Wide there = std::max<Wide>(0, wallet.available() + (open ? h.amount - from_hold : 0));
    Micros from_wallet = static_cast<Micros>(std::min<Wide>(rest, there));
    if (from_wallet > 0) tx.legs.push_back(leg(ledger::account::wallet(h.buyer), escrow, from_wallet, h.currency));
    if (rest > from_wallet) tx.legs.push_back(leg(ledger::account::receivable(h.buyer), escrow, rest - from_wallet, h.currency));
  }
  if (fee > 0) tx.legs.push_back(leg(escrow, std::string(ledger::account::platform_fee), fee, h.currency));
  if (charged - fee > 0)
    tx.legs.push_back(
        leg(escrow, own_sale ? std::string(ledger::account::sales) : ledger::account::pending(h.seller), charged - fee, h.currency));
  if (!tx.legs.empty()) {
    KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx, {true, {}}));
  }
  if (charged - fee > 0 && !own_sale) {
    // Clears by the hour: at least the clearing window after the capture.
    std::int64_t due = (at.ns + settings_.clearing_ns + hour_ns - 1) / hour_ns * hour_ns;
    KT_CHECK(p_.store.add_clearing(u, {h.seller, h.currency, Time{due}, charged - fee}));
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    // The fee belongs to the call as a whole and is shown with its first record that costs anything.
    if (fee != 0 && (records[i].charged > 0)) records[i].fee = std::exchange(fee, 0);
    KT_CHECK(p_.store.add_usage(u, records[i]));
  }
  ++e->calls;
  KT_CHECK(p_.store.save_entitlement(u, *e));
  h.state = HoldState::captured;
  h.captured = charged;
  if (!records.empty()) h.usage = records[0].id;
  KT_CHECK(p_.store.save_hold(u, h));
  return Captured{h.usage, charged, h.currency, false};
}

Status Market::release(UnitOfWork& u, std::string_view id, bool failed) {
  if (id.empty()) return {};
  KT_TRY(auto found, p_.store.hold(u, id));
  if (!found) return not_found("The hold");
  Hold h = std::move(*found);
  if (h.state != HoldState::open) return {};
  KT_CHECK(unreserve(u, h));
  if (h.amount > 0) {
    ledger::Transaction tx{"hold.voided", h.id, h.entitlement, now(), {hold_leg(h, 0, ledger::Flag::void_)}, {}};
    KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx, {true, {}}));
  }
  if (failed) {
    auto items = decode(h.items);
    Usage record{new_id("use_", now()),
                 h.source,
                 h.event_id,
                 h.entitlement,
                 h.buyer,
                 h.seller,
                 h.asset,
                 items.empty() ? "" : items[0].component,
                 h.token,
                 h.currency,
                 0,
                 0,
                 0,
                 true,
                 now()};
    KT_CHECK(p_.store.add_usage(u, record));
    h.usage = record.id;
  }
  h.state = HoldState::voided;
  return p_.store.save_hold(u, h);
}

Status Market::expire_hold(UnitOfWork& u, Hold& h, Time at) {
  KT_CHECK(unreserve(u, h));
  if (h.amount > 0) {
    ledger::Transaction tx{"hold.expired", h.id, h.entitlement, at, {hold_leg(h, 0, ledger::Flag::void_)}, {}};
    KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx, {true, {}}));
  }
  h.state = HoldState::expired;
  h.items.clear();
  return p_.store.save_hold(u, h);
}

}  // namespace kontor::market
