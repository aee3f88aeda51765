// What a repository costs, and buying it: complete without script; islands make it comfortable.
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "market/views.hpp"
#include "metering/rating.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

// ---- price

Html words(const Texts& t, std::string_view prefix, std::string_view separated, char separator) {
  Html out;
  for (std::string_view w : split(separated, separator))
    if (!w.empty()) out += el("li", {}, t.or_word(std::string(prefix) + std::string(w), w));
  return el("ul", {cls("plain")}, out);
}

Html tiers_table(const View& v, const metering::Plan& plan, const metering::Component& c) {
  if (c.tiers.size() < 2) return {};
  Html rows;
  std::int64_t from = 1;
  for (const auto& tier : c.tiers) {
    std::string range = tier.up_to ? v.t("price.tier_range", {{"from", v.t.number(from)}, {"to", v.t.number(*tier.up_to)}})
                                   : v.t("price.tier_open", {{"from", v.t.number(from)}});
    std::string unit = v.t.money_code(tier.unit_amount, plan.currency);
    rows += el("tr", {}, el("th", {attr("scope", "row")}, range),
               el("td", {cls("num")}, tier.per == 1 ? unit : v.t("price.per_many", {{"amount", unit}, {"per", v.t.number(tier.per)}})));
    if (tier.up_to) from = *tier.up_to + 1;
  }
  return el("table", {cls("table compact")},
            el("caption", {}, v.t("price.tiers_of", {{"component", v.t.or_word("component." + c.id, c.id)}})), el("tbody", {}, rows));
}

// What typical amounts of use cost, rated here so that it can be read without script.
// `once`: what is due before, for a reader without the licence; 0 for one who has it.
Html examples_table(const View& v, const OfferView& o, std::int64_t once) {
  const metering::Component* metered = nullptr;
  for (const auto& c : o.plan->components)
    if (c.kind == metering::Kind::metered && !metered) metered = &c;
  if (!metered) return {};
  Html rows;
  for (std::int64_t n : {100, 1'000, 1'500, 10'000, 25'000}) {
    auto charges = metering::preview(*o.plan, {{.component = metered->id, .quantity = n}});
    if (!charges) continue;
    Wide total = 0;
    for (const auto& c : *charges) total += c.amount;
    rows += el("tr", {}, el("th", {attr("scope", "row")}, v.t("price.quantity", {{"n", n}, {"meter", metered->meter}})),
               el("td", {cls("num")}, v.t.money_code(total, o.plan->currency)),
               once > 0 ? el("td", {cls("num")}, v.t.money_code(total + once, o.plan->currency)) : Html());
  }
  auto head = [&](std::string_view key) { return el("th", {attr("scope", "col"), cls("num")}, v.t(key)); };
  Html heads = once > 0
                   ? el("thead", {},
                        el("tr", {}, el("th", {attr("scope", "col")}, v.t("price.use")), head("price.for_use"), head("price.with_licence")))
                   : Html();
  return el("table", {cls("table compact examples")}, el("caption", {}, v.t("price.examples")), heads, el("tbody", {}, rows));
}

bool bought(const Subject& r, const OfferView& o) { return r.entitlement && r.entitlement->offer == o.offer.id; }

Html calculator(const View& v, const Subject& r, const OfferView& o) {
  std::int64_t once = bought(r, o) ? 0 : o.offer.due_at_once;
  JsonWriter w;
  w.begin_object()
      .field("offer", o.offer.id)
      .field("plan", o.offer.plan)
      .field("plan_version", o.offer.plan_version)
      .field("currency", o.plan->currency)
      .key("components")
      .begin_array();
  bool any = false;
  for (const auto& c : o.plan->components) {
    if (c.kind != metering::Kind::metered) continue;
    any = true;
    w.begin_object().field("id", c.id).field("kind", "metered").field("meter", c.meter).field("free_units", c.free_units).end_object();
  }
  w.end_array();
  if (once > 0) w.field("once", format_amount(once, currency_digits(o.plan->currency).value_or(2)));
  w.end_object();
  if (!any) return {};
  return el("k-calculator", {attr("data-props", w.text())}, examples_table(v, o, once));
}

Html buy_button(const View& v, const Subject& r, const OfferView& o, bool primary) {
  std::string checkout = "/market/offers/" + o.offer.id;
  std::string_view look = primary ? "btn btn-primary" : "btn btn-plain";
  if (r.mine) return {};
  if (bought(r, o)) return el("p", {cls("badge badge-ok")}, v.t("repo.licence_active"));
  if (!v.signed_in()) return el("a", {cls(look), attr("href", sign_in_url(checkout))}, v.t("repo.sign_in_to_buy"));
  if (o.offer.auto_accept) return el("a", {cls(look), attr("href", r.path() + "/try")}, v.t("repo.try_it"));
  return el("a", {cls(look), attr("href", checkout)},
            v.t("checkout.buy_for", {{"amount", v.t.money(o.offer.due_at_once, o.offer.currency)}}));
}

template <Kind kind>
Answer price_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  Html cards;
  for (const OfferView& o : r.offers) {
    Html lines;
    for (const auto& c : o.plan->components) lines += tiers_table(v, *o.plan, c);
    Html facts =
        el("div", {cls("stack")}, el("h2", {attr("id", o.offer.id), cls("price")}, price_text(v.t, *o.plan)),
           buy_button(v, r, o, r.offers.size() == 1),
           el("dl", {cls("kv")}, el("dt", {}, v.t("price.rights")), el("dd", {}, words(v.t, "right.", o.offer.rights, ' ')),
              el("dt", {}, v.t("price.delivery")), el("dd", {}, words(v.t, "delivery.", r.listing->delivery, ' ')),
              el("dt", {}, v.t("repo.licence")), el("dd", {}, licence_name(v.t, o.offer.licence)), el("dt", {}, v.t("price.refund")),
              el("dd", {}, v.t.or_word("price.refund_" + o.offer.refund_policy, o.offer.refund_policy))),
           lines);
    cards += el("section", {cls("panel"), attr("aria-labelledby", o.offer.id)}, facts, calculator(v, r, o));
  }
  if (!r.listing)
    cards = el("div", {cls("empty panel")}, el("h2", {}, v.t("price.free")), el("p", {}, v.t("price.free_why")));
  else if (r.offers.empty())
    cards = el("div", {cls("empty panel")}, el("h2", {}, v.t("price.no_offer")));
  Page p;
  p.title = r.name() + " - " + v.t("repo.tab_price");
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_price"));
  p.canonical = r.path() + "/price";
  p.body = repository_frame(v, r, Tab::price, r.offers.empty() ? cards : el("div", {cls("price-offers")}, cards));
  co_return render(v, std::move(p));
}

// ---- checkout

struct Checkout {
  market::Offer offer;
  std::shared_ptr<const metering::Plan> plan;
  market::Listing listing;
  std::optional<Repository> repository;
  std::optional<identity::Party> seller;
  std::vector<std::pair<identity::Party, market::Wallet>> buyers;  // the reader and the organisations he may buy for
  std::optional<market::Entitlement> owned;
};

Result<Checkout> open_checkout(Services& s, UnitOfWork& u, const identity::Caller& c, const std::string& id) {
  Checkout out;
  KT_TRY(out.offer, s.market.see_offer(u, c, id));
  KT_TRY(out.plan, s.market.plan_terms(u, out.offer.plan, out.offer.plan_version));
  KT_TRY(out.listing, s.market.see_listing(u, c, out.offer.listing));
  KT_TRY(out.repository, s.repository_store.find_by_id(u, out.offer.repository));
  KT_TRY(out.seller, s.account_store.find_party(u, out.offer.seller));
  if (c.anonymous) return out;
  std::vector<std::string> parties{c.party};
  for (const auto& m : c.memberships)
    if (identity::authorize(c, identity::Action::market_buy, {m.org_party}) == identity::Decision::allow) parties.push_back(m.org_party);
  for (const std::string& party : parties) {
    KT_TRY(auto p, s.account_store.find_party(u, party));
    KT_TRY(auto wallets, s.market.wallets(u, c, party));
    market::Wallet mine{party, out.offer.currency};
    for (auto& w : wallets)
      if (w.currency == out.offer.currency) mine = w;
    if (p) out.buyers.emplace_back(std::move(*p), std::move(mine));
  }
  KT_TRY(auto held, s.market.ports().store.active_entitlements(u, c.party, out.offer.repository));
  for (auto& e : held)
    if (e.offer == out.offer.id) out.owned = std::move(e);
  return out;
}

struct Tried {  // what became of a form that was sent
  std::string notice, look = "notice-bad", key, buyer;
};

Html checkout_form(const View& v, const Checkout& k, const Tried& tried) {
  const market::Offer& o = k.offer;
  const std::string amount = v.t.money_code(o.due_at_once, o.currency);
  Html lines;
  for (const auto& c : k.plan->components) {
    bool later = c.kind == metering::Kind::metered;
    metering::Plan alone{k.plan->currency, {c}, k.plan->refund_policy, k.plan->tax_behaviour};
    lines += el("tr", {}, el("th", {attr("scope", "row")}, later ? price_text(v.t, alone) : v.t.or_word("component." + c.id, c.id)),
                el("td", {cls("num")}, later ? v.t("checkout.later") : v.t.money_code(c.amount, o.currency)));
  }
  lines += el("tr", {}, el("th", {attr("scope", "row")}, v.t("checkout.tax")), el("td", {cls("num")}, v.t.money_code(0, o.currency)));
  Html table =
      el("table", {cls("table")}, el("caption", {cls("sr-only")}, v.t("checkout.summary")), el("tbody", {}, lines),
         el("tfoot", {},
            el("tr", {cls("total")}, el("th", {attr("scope", "row")}, v.t("checkout.total_now")), el("td", {cls("num")}, amount))));
  Html notice =
      tried.notice.empty() ? Html() : el("p", {cls("notice " + tried.look), attr("role", "alert"), attr("tabindex", "-1")}, tried.notice);
  if (!v.signed_in())
    return notice + table +
           el("p", {}, el("a", {cls("btn btn-primary"), attr("href", sign_in_url("/market/offers/" + o.id))}, v.t("repo.sign_in_to_buy")));
  if (k.owned)
    return table + el("p", {cls("notice notice-ok")}, v.t("checkout.owned")) +
           el("p", {cls("row")},
              el("a", {cls("btn btn-primary"), attr("href", "/account/orders/" + k.owned->order)}, v.t("checkout.open_order")));
  if (!o.active || k.listing.state != market::ListingState::published)
    return table + el("p", {cls("notice notice-warn")}, v.t("checkout.not_for_sale"));
  Html buyers;
  for (const auto& [party, wallet] : k.buyers) {
    std::string id = "buyer-" + party.name;
    buyers += el("div", {cls("choice")},
                 el("input", {attr("type", "radio"), attr("id", id), attr("name", "buyer"), attr("value", party.name),
                              flag("checked", tried.buyer.empty() ? party.id == v.caller().party : party.name == tried.buyer)}),
                 el("label", {attr("for", id)}, name_of(party.name), " ",
                    el("span", {cls("meta")}, v.t("checkout.wallet_has", {{"amount", v.t.money_code(wallet.available, o.currency)}}))));
  }
  std::string key = tried.key.empty() ? new_id("web_", v.s.wall.now()) : tried.key;
  auto hidden = [](std::string_view name, std::string_view value) {
    return el("input", {attr("type", "hidden"), attr("name", name), attr("value", value)});
  };
  Wide missing = k.buyers.empty() ? 0 : Wide(o.due_at_once) - k.buyers.front().second.available;
  Html top_up = missing > 0
                    ? el("p", {cls("notice notice-warn")}, v.t("checkout.short", {{"missing", v.t.money_code(missing, o.currency)}}), " ",
                         el("a",
                            {attr("href", "/account/top-ups?amount=" + format_amount(missing, currency_digits(o.currency).value_or(2)) +
                                              "&currency=" + o.currency + "&next=" + percent_encode("/market/offers/" + o.id))},
                            v.t("wallet.top_up")))
                    : Html();
  std::string licence = licence_name(v.t, o.licence);
  return notice +
         el("form", {cls("stack"), attr("method", "post"), attr("action", "/market/offers/" + o.id)}, hidden("csrf", v.caller().csrf),
            hidden("key", key), hidden("offer_version", std::to_string(o.version)),
            hidden("expected_total", format_amount(o.due_at_once, currency_digits(o.currency).value_or(2))),
            el("fieldset", {}, el("legend", {}, v.t("checkout.buyer")), buyers), table, top_up,
            el("div", {cls("choice")},
               el("input", {attr("type", "checkbox"), attr("id", "accept"), attr("name", "accept"), attr("value", "1"), flag("required")}),
               el("label", {attr("for", "accept")},
                  v.t.rich("checkout.accept",
                           {{"link",
                             [&](const Html& h) {
                               return el("a",
                                         {attr("href", "/about/licences/" + percent_encode(o.licence)), attr("target", "_blank"),
                                          attr("rel", "noopener")},
                                         h);
                             }}},
                           {{"licence", licence}}))),
            el("p", {cls("meta")}, v.t.or_word("price.refund_" + o.refund_policy, o.refund_policy)),
            el("button", {cls("btn btn-primary"), attr("type", "submit")}, v.t("checkout.pay", {{"amount", amount}})));
}

http::Response checkout_page(const View& v, const Checkout& k, const Tried& tried, int status) {
  std::string name = k.repository ? k.repository->full_name() : k.offer.asset;
  std::string url = k.repository ? repository_path(k.repository->kind, k.repository->full_name()) : "/market";
  JsonWriter w;
  w.begin_object().field("offer", k.offer.id).end_object();
  Page p;
  p.title = v.t("checkout.title", {{"name", name}});
  p.crumbs = {{v.t("nav.market"), "/market"}, {name, url}, {v.t("checkout.crumb"), ""}};
  p.is_private = true;
  p.status = status;
  Html form = el("p", {cls("meta")}, v.t("checkout.seller"), " ",
                 k.seller ? el("a", {attr("href", "/" + k.seller->name)}, name_of(k.seller->name)) : Html()) +
              el("k-checkout", {attr("data-props", w.text())}, el("div", {cls("panel stack")}, checkout_form(v, k, tried)));
  // The sheet over a model's page is the same form under the same address.
  if (wants_fragment(v, "checkout"))
    return fragment(v, el("section", {attr("id", "checkout"), cls("stack"), attr("data-title", p.title)}, form));
  p.body =
      el("div", {cls("wrap narrow")},
         el("h1", {}, v.t.rich("checkout.title_rich", {{"name", [&](const Html&) { return el("a", {href(url)}, name_of(name)); }}})), form);
  return render(v, std::move(p));
}

Answer show_checkout(Services& s, Exchange& x) {
  View v(s, x);
  auto look = [&](UnitOfWork& u) { return open_checkout(s, u, x.caller, x.param("id")); };
  KT_CO_TRY(Checkout k, co_await s.storage.read(look));
  co_return checkout_page(v, k, {}, 200);
}

// What the refusal of an order says to the person who pressed the button.
std::string refusal_text(const View& v, const Error& e, const Checkout& k) {
  auto details = Json::parse(e.details.empty() ? "{}" : e.details);
  auto amount = [&](std::string_view key) -> std::string {
    const Json* m = details ? details->find(key) : nullptr;
    auto micros = m ? parse_amount(m->text_or("amount"), true) : Result<Micros>(fail(Errc::invalid, "", ""));
    return micros ? v.t.money_code(*micros, k.offer.currency) : std::string();
  };
  if (e.code == "stale_revision") return v.t("checkout.price_changed", {{"old", amount("expected")}, {"new", amount("actual")}});
  if (e.code == "payment_required") {
    const Json* r = details ? details->find("required") : nullptr;
    const Json* a = details ? details->find("available") : nullptr;
    auto required = r ? parse_amount(r->text_or("amount"), true) : Result<Micros>(0),
         available = a ? parse_amount(a->text_or("amount"), true) : Result<Micros>(0);
    if (required && available) return v.t("checkout.short", {{"missing", v.t.money_code(Wide(*required) - *available, k.offer.currency)}});
  }
  if (e.code == "already_entitled") return v.t("checkout.owned");
  return v.t.or_word("error." + e.code, e.message);
}

Answer order_by_form(Services& s, Exchange& x) {
  View v(s, x);
  std::string id = x.param("id");
  auto form = co_await signed_form(v);
  if (!form && form.error().kind == Errc::unauthenticated) co_return see_other(sign_in_url("/market/offers/" + id));
  if (!form) co_return Unexpected(form.error());
  identity::Caller c = x.caller;
  auto look = [&](UnitOfWork& u) { return open_checkout(s, u, c, id); };
  KT_CO_TRY(Checkout k, co_await s.storage.read(look));
  Tried tried;
  tried.key = form->get("key").value_or("");
  tried.buyer = form->get("buyer").value_or("");
  if (!form->flag("accept")) {
    tried.notice = v.t("checkout.must_accept");
    co_return checkout_page(v, k, tried, 422);
  }
  market::OrderRequest r;
  r.offer = id;
  r.buyer = tried.buyer;
  auto version = parse_u64(form->get("offer_version").value_or(""));
  if (version) r.offer_version = static_cast<std::int64_t>(*version);
  auto expected = parse_amount(form->get("expected_total").value_or(""));
  if (!expected) co_return Unexpected(expected.error());
  r.expected_total = Money{*expected, k.offer.currency};
  KT_CO_CHECK(market::check_key(tried.key, true));
  std::string fingerprint =
      fmt::format("{}|{}|{}|{}", id, tried.buyer, form->get("offer_version").value_or(""), form->get("expected_total").value_or(""));
  auto request = market::IdempotentRequest::make(tried.key, c.party, "POST", "/market/offers/" + id, fingerprint);
  auto buy = [&](UnitOfWork& u) -> Result<market::Answer> {
    return market::once(u, s.answers, request, s.business.now(), [&](UnitOfWork& unit) -> Result<market::Answer> {
      KT_TRY(auto placed, s.market.place_order(unit, c, r));
      return market::Answer{201, placed.order.id, false};
    });
  };
  auto done = co_await s.storage.write(buy);
  if (done) co_return see_other("/account/orders/" + done->body + "?new=1");
  if (done.error().kind == Errc::internal || done.error().kind == Errc::unavailable) co_return Unexpected(done.error());
  // A final refusal frees the key: the form that comes back is a new attempt.
  tried.key.clear();
  tried.look = done.error().code == "stale_revision" ? "notice-warn" : "notice-bad";
  tried.notice = refusal_text(v, done.error(), k);
  int status = server::status_of(done.error().kind);
  KT_CO_TRY(k, co_await s.storage.read(look));
  co_return checkout_page(v, k, tried, status);
}

template <Kind kind>
void add_kind(server::Surface& s, Services& v) {
  page(s, v, (kind == Kind::model ? "" : "/" + std::string(plural_of(kind))) + "/{ns}/{name}/price", price_page<kind>);
}

}  // namespace

void register_trade(server::Surface& s, Services& v) {
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
  page(s, v, "/market/offers/{id}", show_checkout);
  s.route("POST", "/market/offers/{id}", {.auth = server::Auth::none, .max_body = 64 * 1024},
          [&v](Exchange& x) { return order_by_form(v, x); });
}

}  // namespace kontor::pages
