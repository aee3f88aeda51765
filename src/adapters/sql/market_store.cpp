#include "adapters/sql/market_store.hpp"

#include <fmt/format.h>

#include "adapters/sql/catalogue_filters.hpp"
#include "adapters/sql/catalogue_offers.hpp"
#include "adapters/sql/rows.hpp"
#include "base/text.hpp"
#include "ledger/accounts.hpp"

namespace kontor::sql {
namespace {

using namespace market;

template <class S>
std::string letter(S state) {
  return std::string(1, static_cast<char>(state));
}
template <class S>
std::string letter(const std::optional<S>& state) {
  return state ? letter(*state) : std::string();
}
template <class S>
S state_of(const std::string& text) {
  return static_cast<S>(text.at(0));
}
std::optional<std::int64_t> ns(const std::optional<Time>& t) { return t ? std::optional(t->ns) : std::nullopt; }
std::optional<Time> time_of(const Row& r, std::size_t i) {
  auto v = r.optional_integer(i);
  return v ? std::optional(Time{*v}) : std::nullopt;
}
// Every id is smaller than this; pages begin here.
std::string_view before(const Page& p) { return p.before.empty() ? std::string_view("~") : std::string_view(p.before); }

// The smallest id of this prefix that can have been made at or after `t`.
std::string first_id(std::string_view prefix, Time t) {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::uint64_t ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, t.ms()));
  std::string digits(10, '0');  // 50 bits hold the 48 of the milliseconds
  for (int i = 9; i >= 0; --i, ms >>= 5) digits[static_cast<std::size_t>(i)] = alphabet[ms & 31];
  return std::string(prefix) + digits;
}

#define LISTING                                                                                                                        \
  "id, seller, repository, asset, title, summary, category, delivery, licence, free_files, state, version, created_ns, published_ns, " \
  "review_note"
const Statement add_listing("INSERT INTO market_listing (" LISTING
                            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
const Statement change_listing(
    "UPDATE market_listing SET title = ?2, summary = ?3, category = ?4, delivery = ?5, licence = ?6, free_files = ?7, state = ?8, version "
    "= ?9, published_ns = ?10, review_note = ?11 WHERE id = ?1");
const Statement get_listing("SELECT " LISTING " FROM market_listing WHERE id = ?1");
const Statement get_listings("SELECT " LISTING " FROM market_listing WHERE repository = ?1 ORDER BY id");
const Statement get_published("SELECT " LISTING " FROM market_listing WHERE repository = ?1 AND state = 'p' ORDER BY id LIMIT 1");
Listing listing_of(const Row& r) {
  Listing l;
  l.id = r.text(0), l.seller = r.text(1), l.repository = r.text(2), l.asset = r.text(3), l.title = r.text(4), l.summary = r.text(5),
  l.category = r.text(6);
  l.delivery = r.text(7), l.licence = r.text(8), l.free_files = r.text(9), l.state = state_of<ListingState>(r.text(10)),
  l.version = r.integer(11);
  l.created_at = {r.integer(12)}, l.published_at = {r.integer(13)}, l.review_note = r.text(14);
  return l;
}

#define PLAN "id, version, listing, currency, body, created_ns"
const Statement insert_plan("INSERT INTO market_plan (" PLAN ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
const Statement get_plan("SELECT " PLAN " FROM market_plan WHERE id = ?1 AND version = ?2");
const Statement newest_plan("SELECT " PLAN " FROM market_plan WHERE id = ?1 ORDER BY version DESC LIMIT 1");
const Statement plans_by_listing(
    "SELECT " PLAN
    " FROM market_plan p WHERE listing = ?1 AND version = (SELECT MAX(version) FROM market_plan q WHERE q.id = p.id) ORDER BY id");
PlanVersion plan_of(const Row& r) {
  PlanVersion p;
  p.id = r.text(0), p.version = r.integer(1), p.listing = r.text(2), p.currency = r.text(3), p.body = r.text(4),
  p.created_at = {r.integer(5)};
  return p;
}

#define OFFER                                                                                                                         \
  "o.id, o.listing, o.seller, o.repository, o.asset, o.plan, o.plan_version, o.version, o.visibility, o.buyer, o.rights, o.licence, " \
  "o.auto_accept, o.valid_until_ns, o.active, o.currency, "                                                                           \
  "o.due_at_once, o.instant, o.metered, o.price_text, o.refund_policy, o.created_ns"
const Statement insert_offer(
    "INSERT INTO market_offer (id, listing, seller, repository, asset, plan, plan_version, version, visibility, buyer, rights, licence, "
    "auto_accept, valid_until_ns, active, currency, "
    "due_at_once, instant, metered, price_text, refund_policy, created_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
    "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)");
const Statement end_offer("UPDATE market_offer SET active = 0 WHERE id = ?1");
const Statement get_offer("SELECT " OFFER " FROM market_offer o WHERE o.id = ?1");
const Statement get_offer_state =
    Statement::lookup("SELECT o.active, l.state FROM market_offer o JOIN market_listing l ON l.id = o.listing WHERE o.id = ?1",
                      {"market_offer", "market_listing"}, {{"id", 1}});
const Statement offers_by_listing("SELECT " OFFER " FROM market_offer o WHERE o.listing = ?1 ORDER BY o.id");
const Statement offers_by_repository("SELECT " OFFER
                                     " FROM market_listing l JOIN market_offer o ON o.listing = l.id WHERE l.repository = ?1 AND l.state = "
                                     "'p' AND o.active = 1 ORDER BY o.id");
Offer offer_of(const Row& r) {
  Offer o;
  o.id = r.text(0), o.listing = r.text(1), o.seller = r.text(2), o.repository = r.text(3), o.asset = r.text(4), o.plan = r.text(5),
  o.plan_version = r.integer(6), o.version = r.integer(7);
  o.visibility = r.text(8), o.buyer = r.text(9), o.rights = r.text(10), o.licence = r.text(11), o.auto_accept = r.integer(12) != 0,
  o.valid_until = time_of(r, 13);
  o.active = r.integer(14) != 0, o.currency = r.text(15), o.due_at_once = r.integer(16), o.instant = r.integer(17) != 0,
  o.metered = r.integer(18) != 0;
  o.price_text = r.text(19), o.refund_policy = r.text(20), o.created_at = {r.integer(21)};
  return o;
}

#define ORDER                                                                                                                         \
  "id, buyer, seller, offer, offer_version, listing, repository, asset, plan, plan_version, entitlement, currency, refund_policy, "   \
  "licence_hash, quantity, total, fee, seller_share, refunded, "                                                                      \
  "fee_refunded, seller_refunded, available_left, state, leaves, version, created_ns, delivered_ns, completed_ns, ended_ns, due_ns, " \
  "cleared"
const Statement insert_order = Statement::insert("INSERT INTO market_order (" ORDER
                                                 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
                                                 "?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)");
const Statement change_order(
    "UPDATE market_order SET entitlement = ?2, refunded = ?3, fee_refunded = ?4, seller_refunded = ?5, available_left = ?6, state = ?7, "
    "leaves = ?8, version = ?9, delivered_ns = ?10, "
    "completed_ns = ?11, ended_ns = ?12, due_ns = ?13, cleared = ?14 WHERE id = ?1");
const Statement get_order("SELECT " ORDER " FROM market_order WHERE id = ?1");
// A buyer's orders by way of his entitlements: one index less that every order would have to write somewhere else. CROSS JOIN keeps
// SQLite from walking through everybody's orders.
#define ORDERS_OF_BUYER                                                                                                                    \
  "(SELECT order_id AS bought FROM market_entitlement WHERE holder = ?1 UNION ALL SELECT id AS bought FROM market_order WHERE buyer = ?1 " \
  "AND entitlement = '') x CROSS JOIN market_order o"
const Statement orders_by_buyer("SELECT " ORDER " FROM " ORDERS_OF_BUYER
                                " WHERE o.id = x.bought AND x.bought < ?2 AND (?3 = '' OR o.state = ?3) ORDER BY o.id DESC LIMIT ?4");
const Statement orders_by_seller("SELECT " ORDER
                                 " FROM market_order WHERE seller = ?1 AND id < ?2 AND (?3 = '' OR state = ?3) ORDER BY id DESC LIMIT ?4");
const Statement orders_due("SELECT " ORDER " FROM market_order WHERE due_ns IS NOT NULL AND due_ns <= ?1 ORDER BY due_ns, id LIMIT ?2");
const Statement order_next_due(
    "SELECT due_ns FROM market_order WHERE due_ns IS NOT NULL AND seller = ?1 AND currency = ?2 AND state = 'c' ORDER BY due_ns LIMIT 1");
const Statement sum_bought("SELECT CAST(COALESCE(SUM(o.total), 0) AS BIGINT) FROM " ORDERS_OF_BUYER
                           " WHERE o.id = x.bought AND x.bought >= ?2 AND o.currency = ?3 AND o.created_ns >= ?4");
Order order_of(const Row& r) {
  Order o;
  o.id = r.text(0), o.buyer = r.text(1), o.seller = r.text(2), o.offer = r.text(3), o.offer_version = r.integer(4), o.listing = r.text(5),
  o.repository = r.text(6), o.asset = r.text(7);
  o.plan = r.text(8), o.plan_version = r.integer(9), o.entitlement = r.text(10), o.currency = r.text(11), o.refund_policy = r.text(12),
  o.licence_hash = r.text(13), o.quantity = r.integer(14);
  o.total = r.integer(15), o.fee = r.integer(16), o.seller_share = r.integer(17), o.refunded = r.integer(18),
  o.fee_refunded = r.integer(19), o.seller_refunded = r.integer(20);
  o.available_left = r.integer(21), o.state = state_of<OrderState>(r.text(22)), o.leaves = r.integer(23), o.version = r.integer(24),
  o.created_at = {r.integer(25)};
  o.delivered_at = time_of(r, 26), o.completed_at = time_of(r, 27), o.ended_at = time_of(r, 28), o.due = time_of(r, 29),
  o.cleared = r.integer(30) != 0;
  return o;
}

const Statement insert_refund(
    "INSERT INTO market_refund (id, order_id, currency, reason, requested_by, amount, fee, seller, from_pending, from_available, from_due, "
    "created_ns) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
const Statement refunds_by_order(
    "SELECT id, order_id, currency, reason, requested_by, amount, fee, seller, from_pending, from_available, from_due, created_ns FROM "
    "market_refund WHERE order_id = ?1 ORDER BY id");

#define ENTITLEMENT                                                                                                                   \
  "id, grant_id, holder, seller, listing, repository, asset, order_id, offer, plan, plan_version, rights, currency, state, metered, " \
  "valid_from_ns, valid_to_ns, touched_ns, calls, created_ns"
const Statement insert_entitlement =
    Statement::insert("INSERT INTO market_entitlement (" ENTITLEMENT
                      ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)");
const Statement active_to_offer =
    Statement::lookup("SELECT 1 FROM market_entitlement WHERE holder = ?1 AND repository = ?2 AND offer = ?3 AND state = 'a' LIMIT 1",
                      {"market_entitlement"}, {{"holder", 1}, {"repository", 2}, {"offer", 3}});
const Statement change_entitlement("UPDATE market_entitlement SET state = ?2, touched_ns = ?3, calls = ?4 WHERE id = ?1");
const Statement get_entitlement("SELECT " ENTITLEMENT " FROM market_entitlement WHERE id = ?1");
const Statement entitlements_active("SELECT " ENTITLEMENT
                                    " FROM market_entitlement WHERE holder = ?1 AND repository = ?2 AND state = 'a' ORDER BY id");
const Statement find_entitlements("SELECT " ENTITLEMENT
                                  " FROM market_entitlement WHERE holder = ?1 AND id < ?2 AND (?3 = '' OR asset = ?3) AND (?4 = '' OR "
                                  "state = ?4) ORDER BY id DESC LIMIT ?5");
const Statement entitlements_of_listing("SELECT " ENTITLEMENT " FROM market_entitlement WHERE listing = ?1 AND state = 'a' ORDER BY id");
Entitlement entitlement_of(const Row& r) {
  Entitlement e;
  e.id = r.text(0), e.grant = r.text(1), e.holder = r.text(2), e.seller = r.text(3), e.listing = r.text(4), e.repository = r.text(5),
  e.asset = r.text(6), e.order = r.text(7), e.offer = r.text(8);
  e.plan = r.text(9), e.plan_version = r.integer(10), e.rights = r.text(11), e.currency = r.text(12),
  e.state = state_of<EntitlementState>(r.text(13)), e.metered = r.integer(14) != 0;
  e.valid_from = {r.integer(15)}, e.valid_to = time_of(r, 16), e.touched_at = time_of(r, 17), e.calls = r.integer(18),
  e.created_at = {r.integer(19)};
  return e;
}

const Statement get_counter(
    "SELECT entitlement, component, quantity, paid, reserved, charged FROM market_counter WHERE entitlement = ?1 AND component = ?2");
const Statement counters_by(
    "SELECT entitlement, component, quantity, paid, reserved, charged FROM market_counter WHERE entitlement = ?1 ORDER BY component");
const Statement put_counter(
    "INSERT INTO market_counter (entitlement, component, quantity, paid, reserved, charged) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT "
    "(entitlement, component) DO UPDATE SET "
    "quantity = excluded.quantity, paid = excluded.paid, reserved = excluded.reserved, charged = excluded.charged");
CounterRow counter_of(const Row& r) {
  CounterRow c;
  c.entitlement = r.text(0), c.component = r.text(1), c.quantity = r.integer(2), c.paid = r.integer(3), c.reserved = r.integer(4),
  c.charged = r.integer(5);
  return c;
}
const Statement get_pool("SELECT used, reserved FROM market_free_pool WHERE buyer = ?1 AND listing = ?2 AND component = ?3");
const Statement put_pool(
    "INSERT INTO market_free_pool (buyer, listing, component, used, reserved) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (buyer, listing, "
    "component) DO UPDATE SET used = excluded.used, "
    "reserved = excluded.reserved");

#define HOLD                                                                                                                        \
  "id, buyer, seller, entitlement, source, event_id, currency, listing, asset, token, items, amount, captured, state, created_ns, " \
  "expires_ns, usage_id"
const Statement insert_hold("INSERT INTO market_hold (" HOLD
                            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)");
const Statement change_hold("UPDATE market_hold SET items = ?2, captured = ?3, state = ?4, usage_id = ?5 WHERE id = ?1");
const Statement get_hold("SELECT " HOLD " FROM market_hold WHERE id = ?1");
const Statement hold_event("SELECT " HOLD " FROM market_hold WHERE source = ?1 AND event_id = ?2");
const Statement holds_due("SELECT " HOLD " FROM market_hold WHERE state = 'o' AND expires_ns <= ?1 ORDER BY expires_ns, id LIMIT ?2");
Hold hold_of(const Row& r) {
  Hold h;
  h.id = r.text(0), h.buyer = r.text(1), h.seller = r.text(2), h.entitlement = r.text(3), h.source = r.text(4), h.event_id = r.text(5),
  h.currency = r.text(6), h.listing = r.text(7);
  h.asset = r.text(8), h.token = r.text(9), h.items = r.text(10), h.amount = r.integer(11), h.captured = r.integer(12),
  h.state = state_of<HoldState>(r.text(13));
  h.created_at = {r.integer(14)}, h.expires_at = {r.integer(15)}, h.usage = r.text(16);
  return h;
}

#define USAGE "id, source, event_id, entitlement, buyer, seller, asset, component, token, currency, quantity, charged, fee, failed, at_ns"
const Statement insert_usage("INSERT INTO market_usage (" USAGE
                             ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
const Statement usage_by_buyer(
    "SELECT " USAGE
    " FROM market_usage WHERE buyer = ?1 AND id < ?2 AND (?3 = '' OR asset = ?3) AND at_ns >= ?4 AND at_ns < ?5 ORDER BY id DESC LIMIT ?6");
const Statement usage_by_seller("SELECT " USAGE
                                " FROM market_usage WHERE seller = ?1 AND id < ?2 AND (?3 = '' OR asset = ?3) AND at_ns >= ?4 AND at_ns < "
                                "?5 ORDER BY id DESC LIMIT ?6");
Usage usage_of(const Row& r) {
  Usage u;
  u.id = r.text(0), u.source = r.text(1), u.event_id = r.text(2), u.entitlement = r.text(3), u.buyer = r.text(4), u.seller = r.text(5),
  u.asset = r.text(6), u.component = r.text(7);
  u.token = r.text(8), u.currency = r.text(9), u.quantity = r.integer(10), u.charged = r.integer(11), u.fee = r.integer(12),
  u.failed = r.integer(13) != 0, u.at = {r.integer(14)};
  return u;
}

const Statement get_running(
    "SELECT gross, fee FROM market_running_split WHERE buyer = ?1 AND seller = ?2 AND currency = ?3 AND fee_bps = ?4");
const Statement put_running(
    "INSERT INTO market_running_split (buyer, seller, currency, fee_bps, gross, fee) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (buyer, "
    "seller, currency, fee_bps) DO UPDATE SET "
    "gross = excluded.gross, fee = excluded.fee");
const Statement put_clearing(
    "INSERT INTO market_clearing (party, currency, due_ns, amount) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (party, currency, due_ns) DO UPDATE "
    "SET amount = market_clearing.amount + excluded.amount");
const Statement clearings_due(
    "SELECT party, currency, due_ns, amount FROM market_clearing WHERE due_ns <= ?1 ORDER BY due_ns, party, currency LIMIT ?2");
const Statement clearing_next("SELECT due_ns FROM market_clearing WHERE party = ?1 AND currency = ?2 ORDER BY due_ns LIMIT 1");
const Statement drop_clearing("DELETE FROM market_clearing WHERE party = ?1 AND currency = ?2 AND due_ns = ?3");

#define TOP_UP "id, party, currency, reference, first_approver, amount, received, state, created_ns, expires_ns"
const Statement insert_top_up("INSERT INTO market_top_up (" TOP_UP ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
const Statement change_top_up("UPDATE market_top_up SET first_approver = ?2, received = ?3, state = ?4 WHERE id = ?1");
const Statement get_top_up("SELECT " TOP_UP " FROM market_top_up WHERE id = ?1");
const Statement top_ups_by("SELECT " TOP_UP " FROM market_top_up WHERE party = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
const Statement top_ups_all("SELECT " TOP_UP " FROM market_top_up WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
const Statement top_ups_open("SELECT " TOP_UP " FROM market_top_up WHERE state IN ('a', 'p') AND id < ?1 ORDER BY id DESC LIMIT ?2");
const Statement top_ups_due("SELECT " TOP_UP " FROM market_top_up WHERE state = 'a' AND expires_ns <= ?1 ORDER BY expires_ns LIMIT ?2");
TopUp top_up_of(const Row& r) {
  TopUp t;
  t.id = r.text(0), t.party = r.text(1), t.currency = r.text(2), t.reference = r.text(3), t.first_approver = r.text(4),
  t.amount = r.integer(5), t.received = r.integer(6);
  t.state = state_of<TopUpState>(r.text(7)), t.created_at = {r.integer(8)}, t.expires_at = {r.integer(9)};
  return t;
}

const Statement audit_by_item(
    "SELECT row_id, at_ns, actor, action, item, request_id, details FROM audit WHERE item = ?1 AND action <> 'order.place' ORDER BY row_id "
    "LIMIT 1000");
AuditEntry audit_of_row(const Row& r) {
  return {std::to_string(r.integer(0)), r.text(2), r.text(3), r.text(4), r.text(5), r.text(6), Time{r.integer(1)}};
}
const Statement find_audit(
    "SELECT row_id, at_ns, actor, action, item, request_id, details FROM audit WHERE row_id < ?1 AND (?2 = '' OR actor = ?2) AND (?3 = '' "
    "OR action = ?3) AND at_ns >= ?4 ORDER BY row_id DESC LIMIT ?5");

const Statement count_listings("SELECT state, COUNT(*) FROM market_listing GROUP BY state");
const Statement oldest_review(
    "SELECT MIN(x.at_ns) FROM (SELECT MAX(a.at_ns) AS at_ns FROM market_listing l CROSS JOIN audit a WHERE l.state = 'r' AND a.item = l.id "
    "AND a.action = 'listing.submitted' AND a.action <> 'order.place' GROUP BY l.id) x");
const Statement count_top_ups(
    "SELECT state, COUNT(*), CAST(SUM(CASE WHEN first_approver <> '' THEN 1 ELSE 0 END) AS BIGINT) FROM market_top_up WHERE state IN ('a', "
    "'p') GROUP BY state");
const Statement count_orders_since(
    "SELECT currency, COUNT(*), CAST(SUM(total) AS BIGINT) FROM market_order WHERE id >= ?1 AND created_ns >= ?2 GROUP BY currency");
const Statement count_open_orders("SELECT state, COUNT(*) FROM market_order WHERE state IN ('f', 'd', 'u') GROUP BY state");
const Statement count_usage_since(
    "SELECT currency, COUNT(*), CAST(SUM(charged) AS BIGINT), CAST(SUM(failed) AS BIGINT) FROM market_usage WHERE id >= ?1 AND at_ns >= ?2 "
    "GROUP BY currency");
const Statement count_holds("SELECT COUNT(*) FROM market_hold WHERE state = 'o'");

class MarketStore final : public Store {
 public:
  Status put_listing(UnitOfWork& u, const Listing& l, bool is_new) override {
    if (is_new)
      return changed(
          session(u).exec(add_listing, {l.id, l.seller, l.repository, l.asset, l.title, l.summary, l.category, l.delivery, l.licence,
                                        l.free_files, letter(l.state), l.version, l.created_at.ns, l.published_at.ns, l.review_note}));
    return changed(session(u).exec(change_listing, {l.id, l.title, l.summary, l.category, l.delivery, l.licence, l.free_files,
                                                    letter(l.state), l.version, l.published_at.ns, l.review_note}));
  }
  Result<std::optional<Listing>> listing(UnitOfWork& u, std::string_view id) override {
    return one<Listing>(session(u).query(get_listing, {id}), listing_of);
  }
  Result<std::vector<Listing>> listings_of(UnitOfWork& u, std::string_view repository) override {
    return all<Listing>(session(u).query(get_listings, {repository}), listing_of);
  }
  Result<std::vector<FoundListing>> find_listings(UnitOfWork& u, const ListingFilter& f, const Page& p) override {
    Bindings b;
    bool pg = session(u).is_postgres();
    std::string_view key = offer_key(pg);
    std::string currency = currency_literal(f.priced_in);
    std::string column = f.sort == "price"      ? "COALESCE(p.price, 9223372036854775807)"
                         : f.sort == "trending" ? "COALESCE(c.trending, 0)"
                                                : "l.created_ns",
                order = f.sort == "price" ? "ASC" : "DESC";
    std::string sql =
        "SELECT l.id, l.seller, l.repository, l.asset, l.title, l.summary, l.category, l.delivery, l.licence, l.free_files, l.state, "
        "l.version, l.created_ns, l.published_ns, l.review_note, " +
        column + " FROM market_listing l LEFT JOIN catalogue_entry c ON c.repository = l.repository";
    // The price is the repository's; a repository that changed hands may have two listings, and the one without an offer in the currency
    // has no price in it.
    if (f.sort == "price" || f.max_price || !f.currency.empty())
      sql += fmt::format(
          " LEFT JOIN catalogue_offer p ON p.{0} = c.{0} AND p.currency = {1} AND l.state = 'p' AND EXISTS (SELECT 1 FROM market_offer o "
          "WHERE o.listing = l.id AND o.active = 1 AND o.buyer = '' AND o.currency = {1})",
          key, currency);
    sql += " WHERE 1 = 1";
    auto equals = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) sql += " AND " + std::string(name) + " = " + b.text(value);
    };
    equals("l.seller", f.seller);
    equals("l.asset", f.asset);
    equals("l.repository", f.repository);
    equals("l.category", f.category);
    equals("l.licence", f.licence);
    equals("l.state", letter(f.state));
    equals("c.task", f.task);
    if (!f.text.empty()) {
      std::string like = b.text(containing(ascii_lower(f.text)));
      sql += " AND (lower(l.title) LIKE " + like + " ESCAPE '!' OR lower(l.summary) LIKE " + like + " ESCAPE '!' OR lower(l.asset) LIKE " +
             like + " ESCAPE '!')";
    }
    if (!f.delivery.empty()) sql += " AND ' ' || l.delivery || ' ' LIKE " + b.text(containing(" " + f.delivery + " ")) + " ESCAPE '!'";
    if (f.max_price) sql += " AND p.price <= " + b.number(*f.max_price);
    if (!f.currency.empty()) sql += " AND p.price IS NOT NULL";
    if (!f.all_repositories) {
      std::string mine;
      for (const auto& owner : f.readable_owners) mine += (mine.empty() ? "" : ", ") + b.text(owner);
      sql += mine.empty() ? " AND c.visibility = 0" : " AND (c.visibility = 0 OR c.owner IN (" + mine + "))";
    }
    if (std::size_t bar = p.before.find('|'); bar != std::string::npos) {
      std::string value = b.number(static_cast<std::int64_t>(parse_u64(p.before.substr(0, bar)).value_or(0))),
                  id = b.text(p.before.substr(bar + 1));
      std::string beyond = f.sort == "price" ? " > " : " < ";
      sql += " AND (" + column + beyond + value + " OR (" + column + " = " + value + " AND l.id" + beyond + id + "))";
    }
    sql += " ORDER BY " + column + " " + order + ", l.id " + order + " LIMIT " + b.number(p.limit);
    return all<FoundListing>(session(u).query(prepared(sql), b.params()),
                             [](const Row& r) { return FoundListing{listing_of(r), std::to_string(r.integer(15))}; });
  }
  Result<std::optional<Listing>> published_listing(UnitOfWork& u, std::string_view repository) override {
    return one<Listing>(session(u).query(get_published, {repository}), listing_of);
  }

  Status add_plan(UnitOfWork& u, const PlanVersion& p) override {
    return changed(session(u).exec(insert_plan, {p.id, p.version, p.listing, p.currency, p.body, p.created_at.ns}));
  }
  Result<std::optional<PlanVersion>> plan(UnitOfWork& u, std::string_view id, std::int64_t version) override {
    if (version == 0) return one<PlanVersion>(session(u).query(newest_plan, {id}), plan_of);
    return one<PlanVersion>(session(u).query(get_plan, {id, version}), plan_of);
  }
  Result<std::vector<PlanVersion>> plans_of(UnitOfWork& u, std::string_view listing) override {
    return all<PlanVersion>(session(u).query(plans_by_listing, {listing}), plan_of);
  }
  Status add_offer(UnitOfWork& u, const Offer& o) override {
    return changed(session(u).exec(
        insert_offer,
        {o.id,      o.listing,    o.seller,        o.repository,   o.asset,           o.plan,   o.plan_version, o.version,     o.visibility,
         o.buyer,   o.rights,     o.licence,       o.auto_accept,  ns(o.valid_until), o.active, o.currency,     o.due_at_once, o.instant,
         o.metered, o.price_text, o.refund_policy, o.created_at.ns}));
  }
  Status withdraw_offer(UnitOfWork& u, std::string_view id) override { return changed(session(u).exec(end_offer, {id})); }
  Result<std::optional<Offer>> offer(UnitOfWork& u, std::string_view id) override {
    return one<Offer>(session(u).query(get_offer, {id}), offer_of);
  }
  Result<std::optional<std::pair<bool, ListingState>>> offer_state(UnitOfWork& u, std::string_view id) override {
    return one<std::pair<bool, ListingState>>(session(u).query(get_offer_state, {id}),
                                              [](const Row& r) { return std::pair(r.integer(0) != 0, state_of<ListingState>(r.text(1))); });
  }
  Result<std::vector<Offer>> offers_of(UnitOfWork& u, std::string_view listing) override {
    return all<Offer>(session(u).query(offers_by_listing, {listing}), offer_of);
  }
  Result<std::vector<Offer>> offers_for(UnitOfWork& u, std::string_view repository) override {
    return all<Offer>(session(u).query(offers_by_repository, {repository}), offer_of);
  }

  Status add_order(UnitOfWork& u, const Order& o) override {
    return session(u).exec_later(insert_order, {o.id,
                                                o.buyer,
                                                o.seller,
                                                o.offer,
                                                o.offer_version,
                                                o.listing,
                                                o.repository,
                                                o.asset,
                                                o.plan,
                                                o.plan_version,
                                                o.entitlement,
                                                o.currency,
                                                o.refund_policy,
                                                o.licence_hash,
                                                o.quantity,
                                                o.total,
                                                o.fee,
                                                o.seller_share,
                                                o.refunded,
                                                o.fee_refunded,
                                                o.seller_refunded,
                                                o.available_left,
                                                letter(o.state),
                                                o.leaves,
                                                o.version,
                                                o.created_at.ns,
                                                ns(o.delivered_at),
                                                ns(o.completed_at),
                                                ns(o.ended_at),
                                                ns(o.due),
                                                o.cleared});
  }
  Status save_order(UnitOfWork& u, const Order& o) override {
    return changed(session(u).exec(
        change_order, {o.id, o.entitlement, o.refunded, o.fee_refunded, o.seller_refunded, o.available_left, letter(o.state), o.leaves,
                       o.version, ns(o.delivered_at), ns(o.completed_at), ns(o.ended_at), ns(o.due), o.cleared}));
  }
  Result<std::optional<Order>> order(UnitOfWork& u, std::string_view id, bool) override {
    return one<Order>(session(u).query(get_order, {id}), order_of);
  }
  Result<std::vector<Order>> orders(UnitOfWork& u, const OrderFilter& f, const Page& p) override {
    if (!f.buyer.empty()) return all<Order>(session(u).query(orders_by_buyer, {f.buyer, before(p), letter(f.state), p.limit}), order_of);
    return all<Order>(session(u).query(orders_by_seller, {f.seller, before(p), letter(f.state), p.limit}), order_of);
  }
  Result<std::vector<Order>> due_orders(UnitOfWork& u, Time now, int limit) override {
    return all<Order>(session(u).query(orders_due, {now.ns, limit}), order_of);
  }
  Result<std::optional<Time>> next_due(UnitOfWork& u, std::string_view seller, std::string_view currency) override {
    return one<Time>(session(u).query(order_next_due, {seller, currency}), [](const Row& r) { return Time{r.integer(0)}; });
  }
  Result<Micros> bought_since(UnitOfWork& u, std::string_view buyer, std::string_view currency, Time since) override {
    KT_TRY(Rows rows, session(u).query(sum_bought, {buyer, first_id("ord_", since), currency, since.ns}));
    return rows[0].integer(0);
  }
  Status add_refund(UnitOfWork& u, const Refund& r) override {
    return session(u).exec_later(insert_refund, {r.id, r.order, r.currency, r.reason, r.requested_by, r.amount, r.fee, r.seller,
                                                 r.from_pending, r.from_available, r.from_due, r.created_at.ns});
  }
  Result<std::vector<Refund>> refunds(UnitOfWork& u, std::string_view order) override {
    return all<Refund>(session(u).query(refunds_by_order, {order}), [](const Row& r) {
      return Refund{r.text(0),    r.text(1),    r.text(2),    r.text(3),    r.text(4),     r.integer(5),
                    r.integer(6), r.integer(7), r.integer(8), r.integer(9), r.integer(10), Time{r.integer(11)}};
    });
  }

  Result<bool> has_active(UnitOfWork& u, std::string_view holder, std::string_view repository, std::string_view offer) override {
    KT_TRY(Rows active, session(u).query(active_to_offer, {holder, repository, offer}));
    return !active.empty();
  }
  Result<bool> add_entitlement(UnitOfWork& u, const Entitlement& e) override {
    // No unique index: transactions are serial, so what is looked up here stays true until the commit.
    KT_TRY(bool active, has_active(u, e.holder, e.repository, e.offer));
    if (active) return false;
    KT_CHECK(session(u).exec_later(
        insert_entitlement, {e.id,      e.grant,         e.holder,       e.seller,         e.listing, e.repository,   e.asset,
                             e.order,   e.offer,         e.plan,         e.plan_version,   e.rights,  e.currency,     letter(e.state),
                             e.metered, e.valid_from.ns, ns(e.valid_to), ns(e.touched_at), e.calls,   e.created_at.ns}));
    return true;
  }
  Status save_entitlement(UnitOfWork& u, const Entitlement& e) override {
    return session(u).exec_later(change_entitlement, {e.id, letter(e.state), ns(e.touched_at), e.calls});
  }
  Result<std::optional<Entitlement>> entitlement(UnitOfWork& u, std::string_view id) override {
    return one<Entitlement>(session(u).query(get_entitlement, {id}), entitlement_of);
  }
  Result<std::vector<Entitlement>> active_entitlements(UnitOfWork& u, std::string_view holder, std::string_view repository) override {
    return all<Entitlement>(session(u).query(entitlements_active, {holder, repository}), entitlement_of);
  }
  Result<std::vector<Entitlement>> entitlements(UnitOfWork& u, const EntitlementFilter& f, const Page& p) override {
    return all<Entitlement>(session(u).query(find_entitlements, {f.holder, before(p), f.asset, letter(f.state), p.limit}), entitlement_of);
  }
  Result<std::vector<Entitlement>> active_of_listing(UnitOfWork& u, std::string_view listing) override {
    return all<Entitlement>(session(u).query(entitlements_of_listing, {listing}), entitlement_of);
  }

  Result<CounterRow> counter(UnitOfWork& u, std::string_view entitlement, std::string_view component) override {
    KT_TRY(auto found, one<CounterRow>(session(u).query(get_counter, {entitlement, component}), counter_of));
    if (found) return std::move(*found);
    CounterRow c;
    c.entitlement = entitlement, c.component = component;
    return c;
  }
  Result<std::vector<CounterRow>> counters(UnitOfWork& u, std::string_view entitlement) override {
    return all<CounterRow>(session(u).query(counters_by, {entitlement}), counter_of);
  }
  Status save_counter(UnitOfWork& u, const CounterRow& c) override {
    return session(u).exec_later(put_counter, {c.entitlement, c.component, c.quantity, c.paid, c.reserved, c.charged});
  }
  Result<std::pair<std::int64_t, std::int64_t>> free_pool(UnitOfWork& u, std::string_view buyer, std::string_view listing,
                                                          std::string_view component) override {
    KT_TRY(Rows rows, session(u).query(get_pool, {buyer, listing, component}));
    if (rows.empty()) return std::pair<std::int64_t, std::int64_t>(0, 0);
    return std::pair(rows[0].integer(0), rows[0].integer(1));
  }
  Status save_free_pool(UnitOfWork& u, std::string_view buyer, std::string_view listing, std::string_view component, std::int64_t used,
                        std::int64_t reserved) override {
    return session(u).exec_later(put_pool, {buyer, listing, component, used, reserved});
  }
  Status add_hold(UnitOfWork& u, const Hold& h) override {
    return session(u).exec_later(
        insert_hold, {h.id, h.buyer, h.seller, h.entitlement, h.source, h.event_id, h.currency, h.listing, h.asset, h.token, h.items,
                      h.amount, h.captured, letter(h.state), h.created_at.ns, h.expires_at.ns, h.usage});
  }
  Status save_hold(UnitOfWork& u, const Hold& h) override {
    return session(u).exec_later(change_hold, {h.id, h.items, h.captured, letter(h.state), h.usage});
  }
  Result<std::optional<Hold>> hold(UnitOfWork& u, std::string_view id) override {
    return one<Hold>(session(u).query(get_hold, {id}), hold_of);
  }
  Result<std::optional<Hold>> hold_by_event(UnitOfWork& u, std::string_view source, std::string_view event) override {
    return one<Hold>(session(u).query(hold_event, {source, event}), hold_of);
  }
  Result<std::vector<Hold>> due_holds(UnitOfWork& u, Time now, int limit) override {
    return all<Hold>(session(u).query(holds_due, {now.ns, limit}), hold_of);
  }
  Status add_usage(UnitOfWork& u, const Usage& x) override {
    return session(u).exec_later(insert_usage, {x.id, x.source, x.event_id, x.entitlement, x.buyer, x.seller, x.asset, x.component, x.token,
                                                x.currency, x.quantity, x.charged, x.fee, x.failed, x.at.ns});
  }
  Result<std::vector<Usage>> usage(UnitOfWork& u, const UsageFilter& f, const Page& p) override {
    std::int64_t limit = p.limit == 0 ? INT64_MAX : p.limit;
    if (!f.buyer.empty())
      return all<Usage>(session(u).query(usage_by_buyer, {f.buyer, before(p), f.asset, f.from.ns, f.to.ns, limit}), usage_of);
    return all<Usage>(session(u).query(usage_by_seller, {f.seller, before(p), f.asset, f.from.ns, f.to.ns, limit}), usage_of);
  }
  Result<RunningSplit> running(UnitOfWork& u, std::string_view buyer, std::string_view seller, std::string_view currency,
                               std::int64_t bps) override {
    KT_TRY(Rows rows, session(u).query(get_running, {buyer, seller, currency, bps}));
    if (rows.empty()) return RunningSplit{};
    return RunningSplit{ledger::parse_wide(rows[0].text(0)), rows[0].integer(1)};
  }
  Status save_running(UnitOfWork& u, std::string_view buyer, std::string_view seller, std::string_view currency, std::int64_t bps,
                      const RunningSplit& r) override {
    return session(u).exec_later(put_running, {buyer, seller, currency, bps, ledger::wide_text(r.gross), r.fee});
  }
  Status add_clearing(UnitOfWork& u, const Clearing& c) override {
    return session(u).exec_later(put_clearing, {c.party, c.currency, c.due.ns, c.amount});
  }
  Result<std::vector<Clearing>> due_clearings(UnitOfWork& u, Time now, int limit) override {
    return all<Clearing>(session(u).query(clearings_due, {now.ns, limit}),
                         [](const Row& r) { return Clearing{r.text(0), r.text(1), Time{r.integer(2)}, r.integer(3)}; });
  }
  Result<std::optional<Time>> next_clearing(UnitOfWork& u, std::string_view party, std::string_view currency) override {
    return one<Time>(session(u).query(clearing_next, {party, currency}), [](const Row& r) { return Time{r.integer(0)}; });
  }
  Status remove_clearing(UnitOfWork& u, const Clearing& c) override {
    return session(u).exec_later(drop_clearing, {c.party, c.currency, c.due.ns});
  }

  Status put_top_up(UnitOfWork& u, const TopUp& t, bool is_new) override {
    if (is_new)
      return changed(session(u).exec(insert_top_up, {t.id, t.party, t.currency, t.reference, t.first_approver, t.amount, t.received,
                                                     letter(t.state), t.created_at.ns, t.expires_at.ns}));
    return changed(session(u).exec(change_top_up, {t.id, t.first_approver, t.received, letter(t.state)}));
  }
  Result<std::optional<TopUp>> top_up(UnitOfWork& u, std::string_view id) override {
    return one<TopUp>(session(u).query(get_top_up, {id}), top_up_of);
  }
  Result<std::vector<TopUp>> top_ups(UnitOfWork& u, std::string_view party, const Page& p) override {
    return all<TopUp>(session(u).query(top_ups_by, {party, before(p), p.limit}), top_up_of);
  }
  Result<std::vector<TopUp>> all_top_ups(UnitOfWork& u, bool open, const Page& p) override {
    return all<TopUp>(session(u).query(open ? top_ups_open : top_ups_all, {before(p), p.limit}), top_up_of);
  }
  Result<std::vector<TopUp>> due_top_ups(UnitOfWork& u, Time now, int limit) override {
    return all<TopUp>(session(u).query(top_ups_due, {now.ns, limit}), top_up_of);
  }

  Result<Overview> overview(UnitOfWork& u, Time today) override {
    Overview out;
    KT_TRY(Rows listings, session(u).query(count_listings, {}));
    for (Row r : listings) {
      if (r.text(0) == "r") out.listings_in_review = r.integer(1);
      if (r.text(0) == "p") out.listings_published = r.integer(1);
      if (r.text(0) == "s") out.listings_suspended = r.integer(1);
    }
    KT_TRY(Rows oldest, session(u).query(oldest_review, {}));
    out.oldest_in_review = time_of(oldest[0], 0);
    KT_TRY(Rows top_ups, session(u).query(count_top_ups, {}));
    for (Row r : top_ups) {
      (r.text(0) == "a" ? out.top_ups_waiting : out.top_ups_partial) = r.integer(1);
      out.top_ups_second += r.integer(2);
    }
    KT_TRY(Rows orders, session(u).query(count_orders_since, {first_id("ord_", today), today.ns}));
    for (Row r : orders) {
      out.orders_today += r.integer(1);
      out.sold_today[r.text(0)] = r.integer(2);
    }
    KT_TRY(Rows open, session(u).query(count_open_orders, {}));
    for (Row r : open)
      (r.text(0) == "f" ? out.orders_confirmed : r.text(0) == "d" ? out.orders_delivered : out.orders_disputed) = r.integer(1);
    KT_TRY(Rows used, session(u).query(count_usage_since, {first_id("use_", today), today.ns}));
    for (Row r : used) {
      out.usage_today += r.integer(1);
      out.charged_today[r.text(0)] = r.integer(2);
      out.failed_today += r.integer(3);
    }
    KT_TRY(Rows holds, session(u).query(count_holds, {}));
    out.holds_open = holds[0].integer(0);
    return out;
  }

  Status add_audit(UnitOfWork& u, const AuditEntry& a) override {
    return append_audit(u, a.at, a.actor, a.action, a.item, a.request_id, a.details);
  }
  Result<std::vector<AuditEntry>> audit(UnitOfWork& u, std::string_view actor, std::string_view action, Time from, const Page& p) override {
    auto upto = p.before.empty() ? std::optional<std::uint64_t>(INT64_MAX) : parse_u64(p.before);
    return all<AuditEntry>(session(u).query(find_audit, {static_cast<std::int64_t>(upto.value_or(0)), actor, action, from.ns, p.limit}),
                           audit_of_row);
  }
  Result<std::vector<AuditEntry>> audit_of(UnitOfWork& u, std::string_view item) override {
    return all<AuditEntry>(session(u).query(audit_by_item, {item}), audit_of_row);
  }
};

const Statement get_answer =
    Statement::lookup("SELECT request_hash, status, body FROM idempotency_record WHERE item = ?1", {"idempotency_record"}, {{"item", 1}});
const Statement add_answer =
    Statement::insert("INSERT INTO idempotency_record (item, request_hash, status, body, created_ns) VALUES (?1, ?2, ?3, ?4, ?5)");
const Statement drop_answers(
    "DELETE FROM idempotency_record WHERE row_id IN (SELECT row_id FROM idempotency_record WHERE created_ns < ?1 ORDER BY row_id LIMIT "
    "?2)");

class Answers final : public IdempotencyStore {
 public:
  Result<std::optional<StoredAnswer>> find(UnitOfWork& u, std::string_view key) override {
    return one<StoredAnswer>(session(u).query(get_answer, {Blob{key}}),
                             [](const Row& r) { return StoredAnswer{r.text(0), static_cast<int>(r.integer(1)), r.text(2)}; });
  }
  Status put(UnitOfWork& u, std::string_view key, const StoredAnswer& a, Time now) override {
    // Where somebody can store the same key after we looked, the commit fails, and the body that runs again finds it.
    return session(u).exec_later(add_answer, {Blob{key}, Blob{a.request_hash}, a.status, a.body, now.ns});
  }
  Result<std::int64_t> forget_before(UnitOfWork& u, Time t, int limit) override { return session(u).exec(drop_answers, {t.ns, limit}); }
};

}  // namespace

std::unique_ptr<market::Store> make_market_store() { return std::make_unique<MarketStore>(); }
std::unique_ptr<market::IdempotencyStore> make_idempotency_store() { return std::make_unique<Answers>(); }

}  // namespace kontor::sql
