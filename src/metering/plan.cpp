#include "metering/plan.hpp"

#include "base/json_text.hpp"
#include "metering/rating.hpp"

namespace kontor::metering {
namespace {

constexpr std::size_t max_components = 50;
constexpr std::size_t max_tiers = 100;
constexpr std::int64_t max_per = 1'000'000'000'000;

Unexpected bad(const std::string& path, std::string_view field_code, std::string_view code = "invalid_plan") {
  JsonWriter w;
  w.begin_object()
      .key("fields")
      .begin_array()
      .begin_object()
      .field("path", path)
      .field("code", field_code)
      .end_object()
      .end_array()
      .end_object();
  return fail(Errc::invalid, std::string(code), "The price plan is not valid at " + path + ": " + std::string(field_code) + ".",
              std::move(w).str());
}

// Reads the members of one object, and complains about those that nobody asked for.
class Reader {
 public:
  Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}
  std::string path(std::string_view key) const { return path_.empty() ? std::string(key) : path_ + "." + std::string(key); }
  const Json* get(std::string_view key) {
    known_.emplace_back(key);
    const Json* v = json_.find(key);
    return v && v->is_null() ? nullptr : v;
  }
  Result<std::string> text(std::string_view key, std::string_view fallback) {
    const Json* v = get(key);
    if (!v) return std::string(fallback);
    if (!v->string() || v->string()->size() > 200) return bad(path(key), "not_text");
    return *v->string();
  }
  Result<std::int64_t> integer(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most) {
    const Json* v = get(key);
    if (!v) return fallback;
    auto n = v->integer();
    if (!n || *n < least || *n > most) return bad(path(key), "out_of_range");
    return *n;
  }
  Result<Micros> amount(std::string_view key, bool required) {
    const Json* v = get(key);
    if (!v) {
      if (required) return bad(path(key), "missing");
      return Micros{0};
    }
    if (!v->string()) return bad(path(key), "not_a_decimal_string", "invalid_amount");
    auto m = parse_amount(*v->string());
    if (!m) return bad(path(key), "not_a_decimal_string", "invalid_amount");
    return *m;
  }
  Status finish() const {
    for (const auto& [key, value] : *json_.object())
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) return bad(path(key), "unknown_field", "unknown_field");
    return {};
  }

 private:
  const Json& json_;
  std::string path_;
  std::vector<std::string> known_;
};

Result<std::vector<Tier>> parse_tiers(Reader& in, bool percent) {
  const Json* list = in.get("tiers");
  std::vector<Tier> tiers;
  if (!list || !list->array() || list->array()->empty() || list->array()->size() > max_tiers) return bad(in.path("tiers"), "missing");
  std::int64_t before = 0;
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const Json& item = (*list->array())[i];
    std::string path = in.path("tiers") + "[" + std::to_string(i) + "]";
    if (!item.is_object()) return bad(path, "not_an_object");
    Reader r(item, path);
    Tier t;
    if (const Json* up_to = r.get("up_to")) {
      auto n = up_to->integer();
      if (!n || *n < 1) return bad(r.path("up_to"), "out_of_range");
      t.up_to = *n;
    }
    bool last = i + 1 == list->array()->size();
    if (last != !t.up_to || (t.up_to && *t.up_to <= before))
      return bad(in.path("tiers"), last || !t.up_to ? "last_must_be_open" : "not_increasing");
    if (t.up_to) before = *t.up_to;
    if (percent) {
      KT_TRY(t.rate_bps, r.integer("rate_bps", -1, 0, 10'000));
      if (t.rate_bps < 0) return bad(r.path("rate_bps"), "missing");
    } else {
      KT_TRY(t.unit_amount, r.amount("unit_amount", true));
      KT_TRY(t.per, r.integer("per", 1, 1, max_per));
    }
    KT_TRY(t.flat, r.amount("flat", false));
    KT_CHECK(r.finish());
    tiers.push_back(t);
  }
  return tiers;
}

Status parse_metered(Reader& r, Component& c) {
  KT_TRY(c.meter, r.text("meter", "run"));
  KT_TRY(std::string model, r.text("model", "per_unit"));
  static constexpr std::pair<std::string_view, Model> models[] = {
      {"per_unit", Model::per_unit}, {"graduated", Model::graduated},   {"volume", Model::volume},
      {"package", Model::package},   {"percentage", Model::percentage}, {"graduated_percentage", Model::graduated_percentage}};
  auto it = std::find_if(std::begin(models), std::end(models), [&](auto& m) { return m.first == model; });
  if (it == std::end(models)) return bad(r.path("model"), "unknown");
  c.model = it->second;
  KT_TRY(c.free_units, r.integer("free_units", 0, 0, std::int64_t{1} << 62));
  KT_TRY(std::string reset, r.text("free_reset", "never"));
  if (reset != "never" && reset != "period") return bad(r.path("free_reset"), "unknown");
  c.free_each_period = reset == "period";
  KT_TRY(c.multiplier_bps, r.integer("multiplier_bps", 10'000, 0, 1'000'000));
  KT_TRY(c.granularity, r.integer("granularity_ms", 1, 1, max_per));
  KT_TRY(c.minimum, r.integer("minimum_ms", 0, 0, max_per));
  switch (c.model) {
    case Model::per_unit: {
      Tier t;
      KT_TRY(t.unit_amount, r.amount("unit_amount", true));
      KT_TRY(t.per, r.integer("per", 1, 1, max_per));
      c.tiers.push_back(t);
      break;
    }
    case Model::graduated:
    case Model::volume: {
      KT_TRY(c.tiers, parse_tiers(r, false));
      break;
    }
    case Model::graduated_percentage: {
      KT_TRY(c.tiers, parse_tiers(r, true));
      break;
    }
    case Model::package: {
      KT_TRY(c.amount, r.amount("amount", true));
      KT_TRY(c.size, r.integer("size", 1, 1, max_per));
      break;
    }
    case Model::percentage: {
      KT_TRY(c.rate_bps, r.integer("rate_bps", 0, 0, 10'000));
      KT_TRY(c.fixed, r.amount("fixed", false));
      break;
    }
  }
  bool percent = c.model == Model::percentage || c.model == Model::graduated_percentage;
  if (percent && c.meter != "money" && !c.meter.starts_with("money_")) return bad(r.path("meter"), "percentage_needs_money");
  if (c.model == Model::volume && c.term != Term::arrears) return bad(r.path("model"), "volume_needs_arrears");
  return {};
}

Result<Component> parse_component(const Json& json, const std::string& path, const std::string& currency) {
  if (!json.is_object()) return bad(path, "not_an_object");
  Reader r(json, path);
  Component c;
  KT_TRY(c.id, r.text("id", ""));
  if (c.id.empty() || c.id.size() > 40 || c.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos)
    return bad(r.path("id"), "not_a_slug");
  KT_TRY(std::string kind, r.text("kind", ""));
  static constexpr std::pair<std::string_view, Kind> kinds[] = {{"one_off", Kind::one_off}, {"metered", Kind::metered},
                                                                {"flat", Kind::flat},       {"seat", Kind::seat},
                                                                {"setup", Kind::setup},     {"commitment", Kind::commitment}};
  auto it = std::find_if(std::begin(kinds), std::end(kinds), [&](auto& k) { return k.first == kind; });
  if (it == std::end(kinds)) return bad(r.path("kind"), "unknown");
  c.kind = it->second;
  KT_TRY(std::string term, r.text("term", "prepaid"));
  if (term != "prepaid" && term != "arrears") return bad(r.path("term"), "unknown");
  c.term = term == "arrears" ? Term::arrears : Term::prepaid;
  KT_TRY(std::string own_currency, r.text("currency", currency));
  if (own_currency != currency) return bad(r.path("currency"), "currency_mismatch", "currency_mismatch");
  if (const Json* dims = r.get("dimensions")) {
    if (!dims->object()) return bad(r.path("dimensions"), "not_an_object");
    for (auto& [k, v] : *dims->object()) {
      if (!v.string()) return bad(r.path("dimensions"), "not_text");
      c.dimensions.emplace_back(k, *v.string());
    }
  }
  if (c.kind == Kind::metered) {
    KT_CHECK(parse_metered(r, c));
  } else {
    KT_TRY(c.amount, r.amount("amount", true));
    int digits = currency_digits(currency).value();
    if (c.amount % quantum(digits) != 0) return bad(r.path("amount"), "more_digits_than_the_currency_has", "invalid_amount");
  }
  KT_CHECK(r.finish());
  return c;
}

std::string shown(Micros m, const std::string& currency) {
  return format_amount(m, currency_digits(currency).value_or(2)) + " " + currency;
}

}  // namespace

const Component* Plan::find(std::string_view id) const {
  for (auto& c : components)
    if (c.id == id) return &c;
  return nullptr;
}

Result<Micros> Plan::due_at_once(std::int64_t quantity) const {
  Wide total = 0;
  for (auto& c : components)
    if (c.kind == Kind::one_off || c.kind == Kind::setup) total += Wide(c.amount) * (c.kind == Kind::one_off ? quantity : 1);
  return narrow(total);
}

bool Plan::metered() const {
  return std::any_of(components.begin(), components.end(), [](auto& c) { return c.kind == Kind::metered; });
}

Result<Plan> parse_plan(const Json& json) {
  if (!json.is_object()) return bad("", "not_an_object");
  Reader r(json, "");
  Plan p;
  KT_TRY(p.currency, r.text("currency", ""));
  if (!currency_digits(p.currency)) return bad("currency", "currency_unknown");
  KT_TRY(p.refund_policy, r.text("refund_policy", "standard_7d"));
  if (p.refund_policy != "standard_7d" && p.refund_policy != "no_refund") return bad("refund_policy", "unknown");
  KT_TRY(p.tax_behaviour, r.text("tax_behaviour", "exclusive"));
  if (p.tax_behaviour != "exclusive" && p.tax_behaviour != "inclusive") return bad("tax_behaviour", "unknown");
  const Json* list = r.get("components");
  if (!list || !list->array() || list->array()->empty() || list->array()->size() > max_components) return bad("components", "missing");
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    std::string path = "components[" + std::to_string(i) + "]";
    KT_TRY(Component c, parse_component((*list->array())[i], path, p.currency));
    if (p.find(c.id)) return bad(path + ".id", "duplicate");
    p.components.push_back(std::move(c));
  }
  KT_CHECK(r.finish());
  return p;
}

Result<Micros> entry_price(const Plan& plan) {
  KT_TRY(Micros due, plan.due_at_once(1));
  if (due > 0) return due;
  std::optional<Micros> least;
  for (const auto& c : plan.components) {
    if (c.kind != Kind::metered || c.model == Model::percentage || c.model == Model::graduated_percentage) continue;
    Micros price = c.amount;
    if (c.model == Model::package)
      price = (c.amount + c.size - 1) / c.size;
    else
      for (const Tier& t : c.tiers) {
        price = (t.unit_amount + t.per - 1) / t.per;
        if (price > 0) break;
      }
    if (!least || price < *least) least = price;
  }
  return least.value_or(0);
}

std::string price_text(const Plan& plan) {
  std::string once, used;
  Wide due = 0;
  bool has_once = false;
  for (auto& c : plan.components) {
    if (c.kind == Kind::one_off || c.kind == Kind::setup) {
      due += c.amount;
      has_once = true;
    } else if (c.kind == Kind::metered) {
      if (!used.empty()) used += " and ";
      if (c.model == Model::package) {
        used += shown(c.amount, plan.currency) + " per " + std::to_string(c.size) + " " + c.meter;
      } else if (c.model == Model::percentage || c.model == Model::graduated_percentage) {
        std::int64_t bps = c.model == Model::percentage ? c.rate_bps : c.tiers[0].rate_bps;
        used += format_amount(Wide(bps) * 10'000, 0) + " percent of " + c.meter;
      } else {
        used += shown(c.tiers[0].unit_amount, plan.currency) + " per " + (c.tiers[0].per == 1 ? "" : std::to_string(c.tiers[0].per) + " ") +
                c.meter;
      }
      if (c.free_units > 0) used += " after " + std::to_string(c.free_units) + " free";
    } else {
      if (!used.empty()) used += " and ";
      used += shown(c.amount, plan.currency) + (c.kind == Kind::seat ? " per seat and period" : " per period");
    }
  }
  if (has_once) once = shown(static_cast<Micros>(due), plan.currency) + " once";
  if (used.empty()) return once;
  return once.empty() ? used : once + ", then " + used;
}

}  // namespace kontor::metering
