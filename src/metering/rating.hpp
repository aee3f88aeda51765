// Quantities to money: C(p) of every charge model, and the counters that make any partition of the same usage cost the same.
#pragma once
#include "metering/plan.hpp"

namespace kontor::metering {

// Charge of the cumulative paid quantity `paid` (free units already taken off), rule R1. `events` counts for percentages only.
// Errors: invalid (overflow).
Result<Micros> charge(const Component& component, std::int64_t paid, std::int64_t events = 1);
// The same for a quantity that still contains the free units.
inline Result<Micros> cumulative(const Component& c, std::int64_t quantity, std::int64_t events = 1) {
  return charge(c, quantity > c.free_units ? quantity - c.free_units : 0, events);
}

// Quantity of one event after granularity and minimum.
Result<std::int64_t> billable(const Component& component, std::int64_t quantity);

// Most that `quantity` units can cost when they lie anywhere in (from, to] of the paid quantity.
Result<Micros> dearest(const Component& component, std::int64_t from, std::int64_t to, std::int64_t quantity);

// Free units are a pool of the buyer and the listing; a counter holds what one entitlement used of one component.
struct FreePool {
  std::int64_t used = 0, reserved = 0;
};
struct Counter {
  std::int64_t quantity = 0;  // all units, free ones included
  std::int64_t paid = 0;      // units beyond the free ones
  std::int64_t reserved = 0;  // paid units held by calls that are still running
  Micros charged = 0;         // = charge(component, paid)
};

// Adds `quantity` units; free units are taken from the pool first, but for those that other running calls have reserved (so that a call
// that was admitted free stays free). Returns what is to be paid now.
Result<Micros> add(const Component& component, Counter& counter, FreePool& pool, std::int64_t quantity);

struct UsageLine {
  std::string component;
  std::int64_t quantity = 0;
  std::int64_t events = 1;
};
struct Charge {
  std::string component;
  Micros amount = 0;
};
// What a plan asks for the given usage from a fresh start: one-off parts for each listed component, metered parts, true-up of a commitment.
Result<std::vector<Charge>> preview(const Plan& plan, const std::vector<UsageLine>& usage);

}  // namespace kontor::metering
