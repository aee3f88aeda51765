// The JSON of a price plan: whatever is accepted can be shown, and its prices are either an error or not negative.
#include "metering/plan.hpp"

#include <limits>

#include "metering/rating.hpp"

using namespace kontor;
using namespace kontor::metering;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto json = Json::parse({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  auto plan = parse_plan(*json);
  if (!plan) return 0;
  KT_ASSERT(!price_text(*plan).empty());
  for (std::int64_t quantity : {std::int64_t{1}, std::int64_t{3}, std::int64_t{1'000'000}, std::numeric_limits<std::int64_t>::max()}) {
    if (auto due = plan->due_at_once(quantity)) KT_ASSERT(*due >= 0);
    for (const auto& c : plan->components)
      if (c.kind == Kind::metered)
        if (auto price = cumulative(c, quantity)) KT_ASSERT(*price >= 0);
  }
  return 0;
}
