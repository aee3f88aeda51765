// The use cases of trade. All functions that take a UnitOfWork run inside the caller's transaction, so that a protocol can store its
// idempotency record in the same commit; reading ones work in read transactions. Any thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "base/outbox.hpp"
#include "codec/json.hpp"
#include "identity/authorize.hpp"
#include "identity/directory.hpp"
#include "ledger/books.hpp"
#include "market/inference_billing.hpp"
#include "market/states.hpp"
#include "market/store.hpp"
#include "metering/rating.hpp"
#include "repository/access.hpp"
#include "repository/catalogue.hpp"
#include "tradelog/log.hpp"

namespace kontor::market {

using identity::Caller;

struct Ports {
  Storage& storage;
  Store& store;
  ledger::Store& books;
  tradelog::Store& log;
  identity::Directory& parties;
  repository::Directory& repositories;
  Outbox& outbox;
  const Clock& clock;  // business time
  repository::Catalogue& catalogue;
};

inline constexpr int activity_days = 14;  // of a catalogue entry
struct CatalogueEntry {
  repository::CatalogueRow row;
  std::optional<Offer> offer;  // the cheapest public one, in the currency that prices are compared in where it is offered in that
  std::string plan_body;
};
struct CatalogueAnswer {
  std::vector<CatalogueEntry> entries;
  repository::FacetCounts counts;
  bool more = false;
  std::pair<std::string, std::string> next;  // CatalogueQuery::after of the page that follows
  std::string priced_in;                     // the currency that prices are compared in, or would be; empty: nothing is on offer
};
struct FoundListings {
  std::vector<FoundListing> listings;
  std::string priced_in;  // likewise
};

struct ListingDraft {
  std::string asset, title, summary, category, licence_template = "custom-commercial-1";
  std::vector<std::string> delivery, free_files;
};
struct ListingPatch {
  std::optional<std::string> title, summary, category, licence_template;
  std::optional<std::vector<std::string>> delivery, free_files;
};
struct OfferDraft {
  std::string plan, visibility = "public", licence = "custom-commercial-1";
  std::int64_t plan_version = 0;  // 0: the newest
  std::vector<std::string> rights;
  bool auto_accept = false;
  std::optional<Time> valid_until;
  std::string buyer;
};
struct OrderRequest {
  std::string offer, buyer, payment_method = "wallet";
  std::optional<std::int64_t> offer_version;
  std::int64_t quantity = 1;
  std::optional<Money> expected_total;
};
struct Placed {
  Order order;
  std::vector<tradelog::StoredLeaf> leaves;
};
struct Wallet {
  std::string party, currency;
  Wide balance = 0, held = 0, promotional = 0, frozen = 0, available = 0;
};
struct SellerBalance {
  std::string party, currency;
  Wide unfunded = 0, pending = 0, available = 0, reserve = 0, in_transit = 0, due_from = 0;
  std::optional<Time> next_clearing_at;
};
struct StatementEntry {
  Time at;
  std::string kind, ref;
  Wide gross = 0, fee = 0, net = 0;
};
struct Statement {
  std::string party, currency;
  Wide opening = 0, closing = 0, gross = 0, fee = 0, commissions = 0, refunds = 0, net = 0;
  std::vector<StatementEntry> entries;
};
struct Earning {
  std::string day, listing, asset, currency;          // day, listing: empty where not grouped by them
  Wide gross = 0, fee = 0, net = 0;                   // refunds included, as negative amounts
  std::int64_t orders = 0, quantity = 0, failed = 0;  // quantity: metered units
};
struct Check {
  bool allowed = false;
  std::string reason;  // empty, no_entitlement, right_missing, insufficient_funds
  std::string entitlement;
  std::vector<Offer> offers;
};
// What a request for a refund would meet now, made by the same caller for all that is left.
struct RefundStanding {
  std::optional<Time> until;     // end of the time in which a buyer may ask; empty where time does not limit the caller
  std::optional<Error> refusal;  // of the request; none: it would be granted
  std::string reason;            // of the refusal, as its details name it
};
struct HoldRequest {
  std::string party, entitlement, source, event_id;
  Money amount;
  std::int64_t expires_in_ms = 0;
};

class Market final : public InferenceBilling, public repository::ContentPolicy {
 public:
  Market(Ports ports, Settings settings) : p_(ports), settings_(std::move(settings)) {}
  const Settings& settings() const { return settings_; }
  Time now() const { return p_.clock.now(); }

  // -- parties. `text`: id, name, or empty for the caller. Errors: not_found (also: not his), forbidden ("scope_missing").
  Result<identity::Party> acting_party(UnitOfWork& u, const Caller& c, std::string_view text, identity::Action action);
  Status require_operator(const Caller& c);

  // -- listings, plans, offers (listings.cpp, offers.cpp)
  Result<Listing> create_listing(UnitOfWork& u, const Caller& c, const ListingDraft& draft);
  Result<Listing> patch_listing(UnitOfWork& u, const Caller& c, std::string_view id, const ListingPatch& patch,
                                std::optional<std::int64_t> if_version);
  // `revoke`: a suspension that ends running entitlements as well.
  Result<Listing> move_listing(UnitOfWork& u, const Caller& c, std::string_view id, ListingEvent event, bool revoke = false,
                               std::string_view reason = {});
  // Who did what with it, oldest first: for the seller and operators.
  Result<std::vector<AuditEntry>> listing_history(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<Listing> see_listing(UnitOfWork& u, const Caller& c, std::string_view id);
  // Prices compare within one currency: the one asked for, else the one that most is offered in. Here and in the catalogue.
  Result<FoundListings> find_listings(UnitOfWork& u, const Caller& c, ListingFilter f, Page page);
  // `q` holds what was asked for; what the caller may see and what prices are compared in is added here.
  Result<CatalogueAnswer> catalogue(UnitOfWork& u, const Caller& c, repository::CatalogueQuery q, bool with_facets);
  // The first page of each kind, without counts.
  Result<std::array<CatalogueAnswer, 3>> catalogue_by_kind(UnitOfWork& u, const Caller& c, repository::CatalogueQuery q);
  Result<std::vector<Offer>> visible_offers(UnitOfWork& u, const Caller& c, const Listing& l);
  Result<PlanVersion> create_plan(UnitOfWork& u, const Caller& c, std::string_view listing, const Json& body);
  Result<PlanVersion> add_plan_version(UnitOfWork& u, const Caller& c, std::string_view plan, const Json& body);
  Result<PlanVersion> see_plan(UnitOfWork& u, const Caller& c, std::string_view plan, std::int64_t version);
  Result<Offer> create_offer(UnitOfWork& u, const Caller& c, std::string_view listing, const OfferDraft& draft);
  Result<Offer> withdraw_offer(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<Offer> see_offer(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<std::vector<Offer>> offers_for_asset(UnitOfWork& u, const Caller& c, std::string_view asset);
  Result<std::shared_ptr<const metering::Plan>> plan_terms(UnitOfWork& u, std::string_view plan, std::int64_t version);

  // -- wallet (wallet.cpp)
  Result<std::vector<Wallet>> wallets(UnitOfWork& u, const Caller& c, std::string_view party);
  Result<std::vector<ledger::Entry>> wallet_entries(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view currency,
                                                    std::int64_t before, int limit);
  Result<TopUp> create_top_up(UnitOfWork& u, const Caller& c, std::string_view party, const Money& amount, std::string_view method);
  Result<TopUp> confirm_top_up(UnitOfWork& u, const Caller& c, std::string_view id, std::string_view bank_reference, const Money& received);
  // What `kontor wallet topup` does: create and confirm in one commit, without a second person.
  Result<TopUp> top_up_now(UnitOfWork& u, const identity::Party& party, const Money& amount, std::string_view reference);
  Result<TopUp> see_top_up(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<std::vector<TopUp>> list_top_ups(UnitOfWork& u, const Caller& c, std::string_view party, const Page& page);
  Result<std::vector<TopUp>> all_top_ups(UnitOfWork& u, const Caller& c, bool open, const Page& page);  // for operators

  // -- orders (orders.cpp, refunds.cpp)
  Result<Placed> place_order(UnitOfWork& u, const Caller& c, const OrderRequest& request);
  Result<Placed> see_order(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<std::vector<Order>> list_orders(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view role,
                                         std::optional<OrderState> state, const Page& page);
  Result<Placed> move_order(UnitOfWork& u, const Caller& c, std::string_view id, OrderEvent event);
  Result<RefundStanding> refund_standing(UnitOfWork& u, const Caller& c, const Order& order);
  Result<Refund> refund(UnitOfWork& u, const Caller& c, std::string_view order, std::optional<Money> amount, std::string_view reason);
  bool sees_split(const Caller& c, const Order& o) const { return c.is_operator || c.party == o.seller || c.membership(o.seller); }
  Result<std::vector<Refund>> refunds_of(UnitOfWork& u, std::string_view order) { return p_.store.refunds(u, order); }

  // -- entitlements (entitlements.cpp)
  Result<std::vector<Entitlement>> list_entitlements(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view asset,
                                                     std::optional<EntitlementState> state, const Page& page);
  Result<Entitlement> see_entitlement(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<std::vector<CounterRow>> counters(UnitOfWork& u, const Entitlement& e);
  Result<Check> check(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view asset, std::string_view right,
                      std::int64_t quantity);
  Status may_read(UnitOfWork& unit, const Caller& caller, const repository::Repository& repository, std::string_view path,
                  bool delivers) override;
  Result<bool> touch_needed(UnitOfWork& unit, const Caller& caller, const repository::Repository& repository) override;
  Result<bool> licensed(UnitOfWork& unit, const Caller& caller, const repository::Repository& repository) override;
  Result<bool> for_sale(UnitOfWork& unit, std::string_view repository_id) override;

  // -- metered calls (metered.cpp)
  Result<Admission> admit(UnitOfWork& unit, const Caller& caller, const repository::Repository& repository,
                          const AdmitRequest& request) override;
  Result<Captured> capture(UnitOfWork& unit, std::string_view hold, const std::vector<MeteredQuantity>& used, Time at) override;
  Status release(UnitOfWork& unit, std::string_view hold, bool failed) override;
  Result<Hold> create_hold(UnitOfWork& u, const Caller& c, const HoldRequest& request);
  Result<Hold> see_hold(UnitOfWork& u, std::string_view id);

  // -- selling (statements.cpp)
  Result<std::vector<SellerBalance>> balances(UnitOfWork& u, const Caller& c, std::string_view party);
  Result<Statement> statement(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view currency, Time from, Time to);
  // Sums equal the statement of the same time (earnings.cpp).
  Result<std::vector<Earning>> earnings(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view currency, Time from,
                                        Time to, bool by_day, bool by_listing);
  // `from`, `to` in the filter are set by the caller; buyer or seller by `role`.
  Result<std::vector<Usage>> usage(UnitOfWork& u, const Caller& c, std::string_view party, std::string_view role, UsageFilter f,
                                   const Page& page);

  // -- timers (timers.cpp): expiry of holds and top-ups, end of acceptance, clearing. Handles up to `limit` that are due; returns how many.
  Result<std::int64_t> run_some_timers(UnitOfWork& u, Time now, int limit);
  Task<Status> run_due_timers(Time now);

  Status audit(UnitOfWork& u, const Caller& c, std::string_view action, std::string_view item, std::string_view details = {});
  Result<std::vector<AuditEntry>> audit_entries(UnitOfWork& u, const Caller& c, std::string_view actor, std::string_view action, Time from,
                                                const Page& page);
  Ports& ports() { return p_; }

 private:
  Result<CatalogueAnswer> catalogue_answer(UnitOfWork& u, std::vector<repository::CatalogueRow> rows, int page);
  friend struct OrderWork;
  Result<std::string> compared_in(UnitOfWork& u, const std::string& asked, const std::string& of_place,
                                  const std::vector<repository::Kind>& kinds);
  Status refresh_sale(UnitOfWork& u, std::string_view repository);
  Result<Listing> own_listing(UnitOfWork& u, const Caller& c, std::string_view id);
  Result<identity::Party> buyer_of(UnitOfWork& u, const Caller& c, std::string_view text);
  Status foresee_order(UnitOfWork& u, const identity::Party& buyer, const Offer& offer);
  Result<Placed> place(UnitOfWork& u, const identity::Party& buyer, const Offer& offer, std::int64_t quantity);
  Result<std::shared_ptr<const Offer>> offer_facts(UnitOfWork& u, std::string_view id);
  Status settle(UnitOfWork& u, Order& o, Time at);  // escrow to fee and seller
  Status back_from_escrow(UnitOfWork& u, Order& o, OrderState state, Time at);
  Status clear(UnitOfWork& u, std::string_view fact, std::string_view business, std::string_view ref, std::string_view seller,
               std::string_view currency, Micros amount, Time at, Micros* became_available);
  Status revoke(UnitOfWork& u, std::string_view entitlement, std::vector<tradelog::Leaf>& leaves, Order& o, Time at);
  Status revoke_all(UnitOfWork& u, const Listing& l);
  Status log(UnitOfWork& u, Order& o, std::vector<tradelog::Leaf> leaves);
  Status log_one(UnitOfWork& u, std::string_view kind, std::string_view subject, std::string record);
  Result<Order> order_of(UnitOfWork& u, const Caller& c, std::string_view id, bool for_update);
  Result<std::optional<Entitlement>> reading_entitlement(UnitOfWork& u, const Caller& c, const repository::Repository& r,
                                                         std::string_view right);
  bool needs_nothing(const Caller& c, std::string_view owner) const;
  Unexpected payment_needed(UnitOfWork& u, const repository::Repository& r, std::string_view buyer);
  Unexpected short_of_money(UnitOfWork& u, std::string_view buyer, std::string_view currency, Micros required);
  Status reserve(UnitOfWork& u, const Hold& h);
  Status unreserve(UnitOfWork& u, const Hold& h);
  Status expire_hold(UnitOfWork& u, Hold& h, Time at);
  Status credit(UnitOfWork& u, TopUp& t, std::string_view bank_reference, Micros received, Time at);

  Ports p_;
  Settings settings_;
  std::mutex cache_mutex_;  // guards the caches
  std::map<std::string, std::shared_ptr<const metering::Plan>, std::less<>> plans_;
  std::map<std::string, std::shared_ptr<const Offer>, std::less<>> offers_;
  std::map<std::string, identity::Party, std::less<>> verified_;  // parties of kyc level 2 and above, which no cap holds back
};

// RF + two check digits + the reference's characters (ISO 11649). `body`: letters and digits.
std::string creditor_reference(std::string_view body);
bool valid_creditor_reference(std::string_view reference);

}  // namespace kontor::market
