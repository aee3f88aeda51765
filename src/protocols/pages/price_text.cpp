// A plan's price as a sentence in the reader's language. Whole sentences from the catalogue, chosen by what the plan has; nothing is
// joined.
#include "market/licences.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

// Unit price in words: "$0.01", or "$0.50 per 1,000".
std::string unit_price(const Texts& t, const metering::Component& c, std::string_view currency) {
  const metering::Tier& first = c.tiers.front();
  std::string amount = t.money(first.unit_amount, currency);
  if (first.per == 1) return amount;
  return t("price.per_many", {{"amount", amount}, {"per", t.number(first.per)}});
}

struct Parts {
  Wide once = 0;
  const metering::Component* metered = nullptr;  // the first
  bool several = false;                          // metered ones
};
Parts parts_of(const metering::Plan& plan) {
  Parts out;
  for (const auto& c : plan.components) {
    if (c.kind == metering::Kind::metered) {
      out.several = out.several || out.metered != nullptr;
      if (!out.metered) out.metered = &c;
    } else {
      out.once += c.amount;
    }
  }
  return out;
}

}  // namespace

std::string price_text(const Texts& t, const metering::Plan& plan) {
  auto [once, metered, several] = parts_of(plan);
  if (!metered) return once == 0 ? t("price.free") : t("price.once", {{"amount", t.money(once, plan.currency)}});
  bool tiered = metered->model != metering::Model::per_unit && metered->model != metering::Model::graduated &&
                metered->model != metering::Model::volume;
  Args args = {{"amount", t.money(once, plan.currency)}, {"free", metered->free_units}};
  if (several || tiered || metered->tiers.empty()) return once == 0 ? t("price.by_use") : t("price.once_by_use", args);
  args.push_back({"unit", unit_price(t, *metered, plan.currency)});
  args.push_back({"meter", metered->meter});
  if (metered->free_units > 0) return once == 0 ? t("price.metered_free", args) : t("price.once_metered_free", args);
  return once == 0 ? t("price.metered", args) : t("price.once_metered", args);
}

std::string short_price_text(const Texts& t, const metering::Plan& plan) {
  auto [once, metered, several] = parts_of(plan);
  if (once == 0) return run_price_text(t, plan);
  return t(metered ? "price.once_and_use" : "price.once", {{"amount", t.money(once, plan.currency)}});
}

std::string run_price_text(const Texts& t, const metering::Plan& plan) {
  metering::Plan runs = plan;
  std::erase_if(runs.components, [](const auto& c) { return c.kind != metering::Kind::metered; });
  for (auto& c : runs.components) c.free_units = 0;
  return price_text(t, runs);
}

std::string licence_name(const Texts& t, std::string_view id) {
  const market::Licence* known = market::find_licence(id);
  return t.or_word("licence." + std::string(id), known ? known->name : id);
}

std::string price_text(const View& v, const Subject& r) {
  if (!r.listing || r.offers.empty()) return r.listing ? v.t("price.no_offer") : v.t("price.free");
  return price_text(v.t, *r.offers.front().plan);
}

}  // namespace kontor::pages
