// Values of the market: what listings, offers, orders, entitlements and so on consist of (marketplace.md 3, 6, 7, 9).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"

namespace kontor::market {

inline constexpr std::int64_t day_ns = 86'400'000'000'000;

struct Settings {
  bool review_automatically = false;  // listing_review=auto
  std::int64_t fee_bps = 1500;        // platform fee
  std::int64_t clearing_ns = 7 * day_ns;
  std::int64_t refund_window_ns = 7 * day_ns;  // standard_7d
  std::int64_t refund_calls = 10;              // standard_7d: fewer calls than this
  std::int64_t acceptance_ns = 3 * day_ns;
  std::int64_t top_up_expiry_ns = 14 * day_ns;
  std::int64_t second_person_above = 1'000'000'000;  // micros; confirming a larger top-up takes two operators
  // The operator's bank account, for people who top up; empty: not told yet.
  std::string bank_beneficiary, bank_name, bank_account, bank_bic;
  std::string public_url = "http://127.0.0.1:8080";  // in addresses that buyers are sent to
  // Micros that a party below kyc level 2 may buy for in a day, by currency.
  Micros daily_cap(std::string_view currency) const {
    return currency == "JPY" ? 15'000'000'000 : currency == "CNY" ? 700'000'000 : currency == "KWD" ? 30'000'000 : 100'000'000;
  }
};

enum class ListingState : char { draft = 'd', in_review = 'r', published = 'p', suspended = 's', retired = 'x' };
enum class OrderState : char { confirmed = 'f', delivered = 'd', completed = 'c', disputed = 'u', cancelled = 'x', refunded = 'r' };
enum class EntitlementState : char { active = 'a', expired = 'e', suspended = 's', revoked = 'r' };
enum class HoldState : char { open = 'o', captured = 'c', voided = 'v', expired = 'e' };
enum class TopUpState : char { requires_action = 'a', partially_paid = 'p', succeeded = 's', expired = 'e' };

struct Listing {
  std::string id, seller, repository, asset, title, summary, category;
  std::string delivery;  // blank-separated
  std::string licence;
  std::string free_files;   // line-separated
  std::string review_note;  // why it was rejected or suspended; for seller and operators
  ListingState state = ListingState::draft;
  std::int64_t version = 1;
  Time created_at, published_at;
  bool delivers(std::string_view kind) const;
  bool only_api() const { return delivery == "api_access"; }
  bool instant() const { return !delivers("custom_work") && !delivers("consulting"); }
};

struct PlanVersion {
  std::string id, listing, currency, body;  // body: canonical JSON of the plan
  std::int64_t version = 1;
  Time created_at;
};

struct Offer {
  std::string id, listing, seller, repository, asset, plan;
  std::int64_t plan_version = 1;
  std::int64_t version = 1;
  std::string visibility;  // public, private
  std::string buyer;       // private: the one buyer's party
  std::string rights;      // blank-separated
  std::string licence;
  bool auto_accept = false;
  std::optional<Time> valid_until;
  bool active = true;  // else withdrawn
  std::string currency;
  Micros due_at_once = 0;  // for quantity 1
  bool instant = true, metered = false;
  std::string price_text, refund_policy;
  Time created_at;
};

struct Order {
  std::string id, buyer, seller, offer, listing, repository, asset, plan, entitlement, currency, refund_policy, licence_hash;
  std::int64_t offer_version = 1, plan_version = 1, quantity = 1;
  Micros total = 0, fee = 0, seller_share = 0;
  Micros refunded = 0, fee_refunded = 0, seller_refunded = 0;
  Micros available_left = 0;  // what of the seller's share became available at clearing and was not refunded
  OrderState state = OrderState::completed;
  std::int64_t leaves = 0;  // records in the trade log so far: the next one's seq
  std::int64_t version = 1;
  Time created_at;
  std::optional<Time> delivered_at, completed_at, ended_at;
  std::optional<Time> due;  // when the next timer of this order fires: end of acceptance, clearing
  bool cleared = false;     // the seller's share went from pending to available
  std::string payment_status() const {
    if (refunded == 0) return "paid";
    return refunded >= total ? "refunded" : "partially_refunded";
  }
};

struct Entitlement {
  std::string id, grant, holder, seller, listing, repository, asset, order, offer, plan, rights, currency;
  std::int64_t plan_version = 1;
  EntitlementState state = EntitlementState::active;
  bool metered = false;
  Time valid_from;
  std::optional<Time> valid_to, touched_at;
  std::int64_t calls = 0;
  Time created_at;
};

struct CounterRow {
  std::string entitlement, component;
  std::int64_t quantity = 0, paid = 0, reserved = 0, free_left = 0;
  Micros charged = 0;
};

struct Hold {
  std::string id, buyer, seller, entitlement, source, event_id, currency, listing, asset, token;
  std::string items;  // "component quantity_reserved free" per line: what the call may use
  Micros amount = 0, captured = 0;
  HoldState state = HoldState::open;
  Time created_at, expires_at;
  std::string usage;  // first usage record
};

struct Usage {
  std::string id, source, event_id, entitlement, buyer, seller, asset, component, token, currency;
  std::int64_t quantity = 0;
  Micros charged = 0, fee = 0;
  bool failed = false;
  Time at;
};

struct Refund {
  std::string id, order, currency, reason, requested_by;
  Micros amount = 0, fee = 0, seller = 0, from_pending = 0, from_available = 0, from_due = 0;
  Time created_at;
};

struct TopUp {
  std::string id, party, currency, reference, first_approver;
  Micros amount = 0, received = 0;
  TopUpState state = TopUpState::requires_action;
  Time created_at, expires_at;
};

// A page of a list: newest first, ids below `before`.
struct Page {
  std::string before;
  int limit = 20;
};

}  // namespace kontor::market
