// What a metered call costs, inside the caller's own transaction: admit() reserves before anything runs, capture() takes what was
// produced, release() gives everything back. Money, rating, usage record and counters move in the unit that is passed in, so the
// inference room commits its own job row together with them (marketplace.md 9.3, 9.4; native-api.md 3 and 7).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/storage.hpp"
#include "identity/caller.hpp"
#include "repository/model.hpp"

namespace kontor::market {

struct MeteredQuantity {
  std::string meter = "run";
  std::int64_t quantity = 1;
};

struct Admission {
  bool free_of_charge = false;   // owner, operator, or nothing is for sale: no hold, capture and release do nothing
  std::string hold;              // "hld_..."; empty exactly when free_of_charge
  std::string entitlement;       // "ent_..." that covers the call
  std::string buyer;             // party that pays
  std::int64_t held_micros = 0;  // 0 while free units cover the call
  std::string currency;
};

struct AdmitRequest {
  std::string buyer;               // party that acts and pays; empty: the caller itself
  std::string source;              // "replicate", "openai", ...: 1-128 of [A-Za-z0-9._:-]
  std::string event_id;            // the prediction's id: one logical call, one id, through every retry and restart
  std::int64_t expires_in_ms = 0;  // call timeout + 15 min
  std::vector<MeteredQuantity> maximum{MeteredQuantity{}};  // what the call can use at most
};

struct Captured {
  std::string usage;  // "use_..." of the first component, empty when nothing was recorded
  std::int64_t charged_micros = 0;
  std::string currency;
  bool duplicate = false;  // this event was captured before; the amounts are those of the first time
};

class InferenceBilling {
 public:
  virtual ~InferenceBilling() = default;
  // Admitting the same (source, event_id) again returns the first admission.
  // Errors: unauthenticated; payment_required (code "payment_required", details {"reason","offers":[Offer]} or with
  // insufficient_funds {"reason","required","available"}); not_found (acting for a party the caller is no member of).
  virtual Result<Admission> admit(UnitOfWork& unit, const identity::Caller& caller, const repository::Repository& repository,
                                  const AdmitRequest& request) = 0;
  // The call produced `used`. Within one commit: usage record, counter, postings, platform fee. A hold that has expired meanwhile is
  // taken from the wallet directly; what the wallet cannot pay becomes a receivable. Idempotent by the hold.
  // Errors: not_found, conflict (the hold was released).
  virtual Result<Captured> capture(UnitOfWork& unit, std::string_view hold, const std::vector<MeteredQuantity>& used, Time at) = 0;
  // The call failed or was cancelled before it produced anything: costs 0 and uses no free unit. Idempotent; after a capture it does
  // nothing.
  virtual Status release(UnitOfWork& unit, std::string_view hold, bool failed) = 0;
};

}  // namespace kontor::market
