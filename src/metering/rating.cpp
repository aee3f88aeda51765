#include "metering/rating.hpp"

#include <numeric>

namespace kontor::metering {
namespace {

Unexpected overflow() { return fail(Errc::invalid, "overflow", "The quantity or the amount is too large to be calculated with."); }

// whole + num / den micros, exactly. den > 0, 0 <= num < den.
struct Exact {
  Wide whole = 0, num = 0, den = 1;
  bool bad = false;

  void add(Wide units, Wide amount, Wide per) {
    Wide product;
    if (__builtin_mul_overflow(units, amount, &product) || __builtin_add_overflow(whole, product / per, &whole)) {
      bad = true;
      return;
    }
    Wide rest = product % per;
    if (rest == 0) return;
    Wide a = den, b = per;
    while (b != 0) {
      Wide t = a % b;
      a = b;
      b = t;
    }
    Wide factor = per / a, scaled, other;
    if (__builtin_mul_overflow(num, factor, &scaled) || __builtin_mul_overflow(rest, den / a, &other) ||
        __builtin_mul_overflow(den, factor, &den) || __builtin_add_overflow(scaled, other, &num)) {
      bad = true;
      return;
    }
    whole += num / den;
    num %= den;
  }

  // times multiplier / 10,000, rounded half to even.
  Result<Micros> rounded(std::int64_t multiplier_bps) {
    if (bad) return overflow();
    if (multiplier_bps != 10'000) {
      Exact scaled;
      scaled.add(whole, multiplier_bps, 10'000);
      Wide den2;
      if (__builtin_mul_overflow(den, Wide(10'000), &den2)) return overflow();
      scaled.add(num, multiplier_bps, den2);
      return scaled.rounded(10'000);
    }
    Wide twice;
    if (__builtin_mul_overflow(num, Wide(2), &twice)) return overflow();
    if (twice > den || (twice == den && (whole & 1) != 0)) ++whole;
    return narrow(whole);
  }
};

}  // namespace

Result<Micros> charge(const Component& c, std::int64_t p, std::int64_t events) {
  if (p <= 0) p = 0;
  Exact sum;
  switch (c.model) {
    case Model::per_unit:
      sum.add(p, c.tiers[0].unit_amount, c.tiers[0].per);
      break;
    case Model::graduated:
    case Model::graduated_percentage: {
      std::int64_t before = 0;
      for (const Tier& t : c.tiers) {
        if (p <= before) break;
        std::int64_t top = t.up_to ? std::min(p, *t.up_to) : p;
        if (c.model == Model::graduated)
          sum.add(top - before, t.unit_amount, t.per);
        else
          sum.add(top - before, t.rate_bps, 10'000);
        sum.add(1, t.flat, 1);
        before = top;
      }
      break;
    }
    case Model::volume:
      if (p == 0) break;
      for (const Tier& t : c.tiers)
        if (!t.up_to || p <= *t.up_to) {
          sum.add(p, t.unit_amount, t.per);
          sum.add(1, t.flat, 1);
          break;
        }
      break;
    case Model::package:
      sum.add(p / c.size + (p % c.size != 0 ? 1 : 0), c.amount, 1);
      break;
    case Model::percentage:
      sum.add(p, c.rate_bps, 10'000);
      if (p > 0) sum.add(events, c.fixed, 1);
      break;
  }
  return sum.rounded(c.multiplier_bps);
}

Result<std::int64_t> billable(const Component& c, std::int64_t quantity) {
  if (quantity < 0) return fail(Errc::invalid, "quantity_invalid", "A quantity must not be negative.");
  if (quantity == 0) return quantity;
  quantity = std::max(quantity, c.minimum);
  std::int64_t rest = quantity % c.granularity;
  if (rest == 0) return quantity;
  if (__builtin_add_overflow(quantity, c.granularity - rest, &quantity)) return overflow();
  return quantity;
}

Result<Micros> dearest(const Component& c, std::int64_t from, std::int64_t to, std::int64_t d) {
  if (d <= 0) return Micros{0};
  std::int64_t last = std::max(from, to - d);
  std::vector<std::int64_t> starts{from, last};
  for (const Tier& t : c.tiers)
    if (t.up_to)
      for (std::int64_t s : {*t.up_to - 1, *t.up_to, *t.up_to - d, *t.up_to - d + 1})
        if (s > from && s < last) starts.push_back(s);
  Micros most = 0;
  bool exact = c.multiplier_bps == 10'000 && c.model != Model::percentage && c.model != Model::graduated_percentage;
  for (const Tier& t : c.tiers) exact = exact && t.per == 1;
  for (std::int64_t s : starts) {
    std::int64_t end;
    if (__builtin_add_overflow(s, d, &end)) return overflow();
    KT_TRY(Micros high, charge(c, end));
    KT_TRY(Micros low, charge(c, s));
    most = std::max(most, high - low);
  }
  // A started package: the range may begin just before the next one wherever it lies.
  if (c.model == Model::package) {
    Wide packages = Wide(d / c.size) + (d % c.size != 0 ? 1 : 0) + (last > from && d % c.size != 1 % c.size ? 1 : 0);
    KT_TRY(most, narrow(packages * c.amount));
  }
  // Rounding of the cumulative charge can shift one micro to either end.
  return exact ? most : most + 1;
}

Result<Micros> add(const Component& c, Counter& counter, FreePool& pool, std::int64_t quantity) {
  KT_TRY(std::int64_t q, billable(c, quantity));
  std::int64_t free = std::clamp<std::int64_t>(c.free_units - pool.used - pool.reserved, 0, q);
  Counter next = counter;
  if (__builtin_add_overflow(next.quantity, q, &next.quantity)) return overflow();
  next.paid += q - free;
  KT_TRY(next.charged, charge(c, next.paid));
  Micros post = next.charged - counter.charged;
  pool.used += free;
  counter = next;
  return post;
}

Result<std::vector<Charge>> preview(const Plan& plan, const std::vector<UsageLine>& usage) {
  std::vector<Charge> out;
  Wide metered = 0;
  for (const Component& c : plan.components) {
    if (c.kind == Kind::commitment) continue;
    std::int64_t q = 0, events = 0;
    bool listed = false;
    for (const UsageLine& u : usage) {
      if (u.component != c.id) continue;
      KT_TRY(std::int64_t billed, c.kind == Kind::metered ? billable(c, u.quantity) : Result<std::int64_t>(u.quantity));
      if (billed < 0) return fail(Errc::invalid, "quantity_invalid", "A quantity must not be negative.");
      if (__builtin_add_overflow(q, billed, &q)) return overflow();
      events += u.events;
      listed = true;
    }
    if (!listed) continue;
    Micros amount;
    if (c.kind == Kind::metered) {
      KT_TRY(amount, cumulative(c, q, events));
      metered += amount;
    } else {
      KT_TRY(amount, narrow(Wide(c.amount) * q));
    }
    out.push_back({c.id, amount});
  }
  for (const Component& c : plan.components)
    if (c.kind == Kind::commitment) out.push_back({c.id, metered < c.amount ? static_cast<Micros>(c.amount - metered) : 0});
  for (const UsageLine& u : usage)
    if (!plan.find(u.component)) return fail(Errc::invalid, "component_unknown", "The plan has no component \"" + u.component + "\".");
  return out;
}

}  // namespace kontor::metering
