// The market's values as the JSON of native-api.md; one place, because refusals (402) carry offers on every wire.
#pragma once
#include "base/json_text.hpp"
#include "market/market.hpp"

namespace kontor::market {

std::string money_json(Wide micros, std::string_view currency);
std::string offer_json(const Offer& o, std::string_view plan_body, const Settings& s);
std::string plan_json(const PlanVersion& p);
// `refund`: what the reader could get back; none where it is not known.
std::string order_json(const Placed& placed, const metering::Plan* terms, bool with_split, const RefundStanding* refund = nullptr);
std::string refund_json(const Refund& r);
std::string top_up_json(const TopUp& t, const Settings& s);
std::string entitlement_json(const Entitlement& e, const std::vector<CounterRow>& counters);
std::string hold_json(const Hold& h);
std::string usage_json(const Usage& u);
// Array of strings from a separated list.
std::string list_json(std::string_view text, char separator);

}  // namespace kontor::market
