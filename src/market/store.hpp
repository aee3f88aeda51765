// The market's port to its tables; implemented in adapters/sql. Rows in, rows out: what may be written is decided by the use cases.
#pragma once
#include <map>

#include "base/storage.hpp"
#include "market/model.hpp"

namespace kontor::market {

struct ListingFilter {
  std::string seller, asset, repository, category, text, licence, delivery, task;
  std::optional<ListingState> state;
  std::string currency;                      // with an offer in it
  std::string priced_in;                     // the currency of `max_price` and of the order by price
  std::optional<Micros> max_price;           // of the cheapest public offer (repository/catalogue.hpp)
  std::string sort = "newest";               // newest | trending | price; rating: newest, as nobody rates yet
  std::vector<std::string> readable_owners;  // parties whose private repositories may be shown
  bool all_repositories = false;
};
struct FoundListing {
  Listing listing;
  std::string sort_value;  // with the id the place in the list
};
struct OrderFilter {
  std::string buyer, seller;  // exactly one is set
  std::optional<OrderState> state;
};
struct EntitlementFilter {
  std::string holder, asset;
  std::optional<EntitlementState> state;
};
struct UsageFilter {
  std::string buyer, seller, asset;  // buyer or seller
  Time from, to;
};
struct RunningSplit {
  Wide gross = 0;
  Micros fee = 0;
};
struct Clearing {
  std::string party, currency;
  Time due;
  Micros amount = 0;
};
struct AuditEntry {
  std::string id, actor, action, item, request_id, details;
  Time at;
};

// What the operator's desk shows.
struct Overview {
  std::int64_t listings_in_review = 0, listings_published = 0, listings_suspended = 0;
  std::optional<Time> oldest_in_review;
  std::int64_t top_ups_waiting = 0, top_ups_partial = 0, top_ups_second = 0;
  std::int64_t orders_today = 0, orders_confirmed = 0, orders_delivered = 0, orders_disputed = 0;
  std::int64_t usage_today = 0, failed_today = 0, holds_open = 0;
  std::map<std::string, Wide> sold_today, charged_today;
};

class Store {
 public:
  virtual ~Store() = default;
  // listings
  virtual Status put_listing(UnitOfWork& unit, const Listing& l, bool is_new) = 0;
  virtual Result<std::optional<Listing>> listing(UnitOfWork& unit, std::string_view id) = 0;
  // Pages: `before` is "<sort value>|<id>" of the last one of the page before.
  virtual Result<std::vector<FoundListing>> find_listings(UnitOfWork& unit, const ListingFilter& f, const Page& page) = 0;
  virtual Result<std::vector<Listing>> listings_of(UnitOfWork& unit, std::string_view repository) = 0;
  virtual Result<std::optional<Listing>> published_listing(UnitOfWork& unit, std::string_view repository) = 0;
  // plans, offers
  virtual Status add_plan(UnitOfWork& unit, const PlanVersion& p) = 0;
  virtual Result<std::optional<PlanVersion>> plan(UnitOfWork& unit, std::string_view id, std::int64_t version) = 0;  // 0: the newest
  virtual Result<std::vector<PlanVersion>> plans_of(UnitOfWork& unit, std::string_view listing) = 0;                 // newest versions
  virtual Status add_offer(UnitOfWork& unit, const Offer& o) = 0;
  virtual Status withdraw_offer(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::optional<Offer>> offer(UnitOfWork& unit, std::string_view id) = 0;
  // Whether the offer is active, and its listing's state: all of an offer that ever changes.
  virtual Result<std::optional<std::pair<bool, ListingState>>> offer_state(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<Offer>> offers_of(UnitOfWork& unit, std::string_view listing) = 0;      // oldest first
  virtual Result<std::vector<Offer>> offers_for(UnitOfWork& unit, std::string_view repository) = 0;  // active, of its published listing
  // orders
  virtual Status add_order(UnitOfWork& unit, const Order& o) = 0;
  virtual Status save_order(UnitOfWork& unit, const Order& o) = 0;
  virtual Result<std::optional<Order>> order(UnitOfWork& unit, std::string_view id, bool for_update) = 0;
  virtual Result<std::vector<Order>> orders(UnitOfWork& unit, const OrderFilter& f, const Page& page) = 0;
  virtual Result<std::vector<Order>> due_orders(UnitOfWork& unit, Time now, int limit) = 0;
  virtual Result<std::optional<Time>> next_due(UnitOfWork& unit, std::string_view seller, std::string_view currency) = 0;
  virtual Result<Micros> bought_since(UnitOfWork& unit, std::string_view buyer, std::string_view currency, Time since) = 0;
  virtual Status add_refund(UnitOfWork& unit, const Refund& r) = 0;
  virtual Result<std::vector<Refund>> refunds(UnitOfWork& unit, std::string_view order) = 0;
  // entitlements
  virtual Result<bool> has_active(UnitOfWork& unit, std::string_view holder, std::string_view repository, std::string_view offer) = 0;
  // False if the holder has an active one to the same offer.
  virtual Result<bool> add_entitlement(UnitOfWork& unit, const Entitlement& e) = 0;
  virtual Status save_entitlement(UnitOfWork& unit, const Entitlement& e) = 0;
  virtual Result<std::optional<Entitlement>> entitlement(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<Entitlement>> active_entitlements(UnitOfWork& unit, std::string_view holder, std::string_view repository) = 0;
  virtual Result<std::vector<Entitlement>> entitlements(UnitOfWork& unit, const EntitlementFilter& f, const Page& page) = 0;
  virtual Result<std::vector<Entitlement>> active_of_listing(UnitOfWork& unit, std::string_view listing) = 0;
  // metering
  virtual Result<CounterRow> counter(UnitOfWork& unit, std::string_view entitlement, std::string_view component) = 0;
  virtual Result<std::vector<CounterRow>> counters(UnitOfWork& unit, std::string_view entitlement) = 0;
  virtual Status save_counter(UnitOfWork& unit, const CounterRow& c) = 0;
  virtual Result<std::pair<std::int64_t, std::int64_t>> free_pool(UnitOfWork& unit, std::string_view buyer, std::string_view listing,
                                                                  std::string_view component) = 0;  // used, reserved
  virtual Status save_free_pool(UnitOfWork& unit, std::string_view buyer, std::string_view listing, std::string_view component,
                                std::int64_t used, std::int64_t reserved) = 0;
  virtual Status add_hold(UnitOfWork& unit, const Hold& h) = 0;
  virtual Status save_hold(UnitOfWork& unit, const Hold& h) = 0;
  virtual Result<std::optional<Hold>> hold(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::optional<Hold>> hold_by_event(UnitOfWork& unit, std::string_view source, std::string_view event_id) = 0;
  virtual Result<std::vector<Hold>> due_holds(UnitOfWork& unit, Time now, int limit) = 0;
  virtual Status add_usage(UnitOfWork& unit, const Usage& u) = 0;
  virtual Result<std::vector<Usage>> usage(UnitOfWork& unit, const UsageFilter& f, const Page& page) = 0;  // limit 0: all
  virtual Result<RunningSplit> running(UnitOfWork& unit, std::string_view buyer, std::string_view seller, std::string_view currency,
                                       std::int64_t fee_bps) = 0;
  virtual Status save_running(UnitOfWork& unit, std::string_view buyer, std::string_view seller, std::string_view currency,
                              std::int64_t fee_bps, const RunningSplit& r) = 0;
  virtual Status add_clearing(UnitOfWork& unit, const Clearing& c) = 0;  // adds to the bucket
  virtual Result<std::vector<Clearing>> due_clearings(UnitOfWork& unit, Time now, int limit) = 0;
  virtual Result<std::optional<Time>> next_clearing(UnitOfWork& unit, std::string_view party, std::string_view currency) = 0;
  virtual Status remove_clearing(UnitOfWork& unit, const Clearing& c) = 0;
  // top-ups
  virtual Status put_top_up(UnitOfWork& unit, const TopUp& t, bool is_new) = 0;
  virtual Result<std::optional<TopUp>> top_up(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<TopUp>> top_ups(UnitOfWork& unit, std::string_view party, const Page& page) = 0;
  // Of all parties. `open`: only those that money is still expected for.
  virtual Result<std::vector<TopUp>> all_top_ups(UnitOfWork& unit, bool open, const Page& page) = 0;
  virtual Result<std::vector<TopUp>> due_top_ups(UnitOfWork& unit, Time now, int limit) = 0;
  virtual Result<Overview> overview(UnitOfWork& unit, Time today) = 0;
  // audit
  virtual Status add_audit(UnitOfWork& unit, const AuditEntry& a) = 0;
  virtual Result<std::vector<AuditEntry>> audit_of(UnitOfWork& unit, std::string_view item) = 0;  // oldest first
  virtual Result<std::vector<AuditEntry>> audit(UnitOfWork& unit, std::string_view actor, std::string_view action, Time from,
                                                const Page& page) = 0;
};

// Answers of writes that a client may repeat (marketplace.md 22).
struct StoredAnswer {
  std::string request_hash;  // 32 bytes
  int status = 0;
  std::string body;
};
class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;
  // key: 16 bytes, derived from caller and header.
  virtual Result<std::optional<StoredAnswer>> find(UnitOfWork& unit, std::string_view key) = 0;
  // Errors: retry when another transaction stored the key meanwhile.
  virtual Status put(UnitOfWork& unit, std::string_view key, const StoredAnswer& answer, Time now) = 0;
  virtual Result<std::int64_t> forget_before(UnitOfWork& unit, Time t, int limit) = 0;
};

}  // namespace kontor::market
