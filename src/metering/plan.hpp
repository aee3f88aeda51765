// Price plans: reading and checking them (marketplace.md 4.1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "codec/json.hpp"

namespace kontor::metering {

enum class Kind { one_off, metered, flat, seat, setup, commitment };
enum class Model { per_unit, graduated, volume, package, percentage, graduated_percentage };
enum class Term { prepaid, arrears };

// One step of a tiered price. Unit price = unit_amount / per; percentages carry rate_bps instead.
struct Tier {
  std::optional<std::int64_t> up_to;  // inclusive; none: the last tier
  Micros unit_amount = 0;
  std::int64_t per = 1;
  Micros flat = 0;  // charged once the tier is entered
  std::int64_t rate_bps = 0;
};

struct Component {
  std::string id;
  Kind kind = Kind::one_off;
  Term term = Term::prepaid;
  Micros amount = 0;  // one_off, flat, seat, setup, commitment; package: price of one package
  // metered
  std::string meter;
  Model model = Model::per_unit;
  std::int64_t free_units = 0;
  bool free_each_period = false;  // free_reset: period (else never)
  std::vector<Tier> tiers;        // per_unit: exactly one
  std::int64_t size = 1;          // package
  std::int64_t rate_bps = 0;      // percentage
  Micros fixed = 0;               // percentage: per event
  std::int64_t multiplier_bps = 10'000;
  std::int64_t granularity = 1;  // quantities of one event are rounded up to a multiple ...
  std::int64_t minimum = 0;      // ... and to at least this
  std::vector<std::pair<std::string, std::string>> dimensions;
};

struct Plan {
  std::string currency;
  std::vector<Component> components;
  std::string refund_policy = "standard_7d";
  std::string tax_behaviour = "exclusive";

  const Component* find(std::string_view id) const;
  // Due when the order is placed.
  Result<Micros> due_at_once(std::int64_t quantity) const;
  bool metered() const;
};

// Errors: invalid: invalid_plan, invalid_amount, unknown_field, currency_mismatch; details {"fields":[{"path","code"}]}.
Result<Plan> parse_plan(const Json& json);

// What lists compare: due at once for one, or the first paid unit's price (rounded up) where nothing is due at once.
Result<Micros> entry_price(const Plan& plan);

// "50.00 USD once, then 0.01 USD per run after 100 free"
std::string price_text(const Plan& plan);

}  // namespace kontor::metering
