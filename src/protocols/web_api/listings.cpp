// Listings, plans and offers on the wire (native-api.md section 6).
#include "base/json_text.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

using market::Answer;

namespace {
constexpr server::Auth required = server::Auth::required, optional_auth = server::Auth::optional;

// {"plan":..., "charges":[...]} of a rating.
std::string charges_json(const std::vector<metering::Charge>& charges, const std::string& currency, const std::string& split) {
  JsonWriter w;
  Wide total = 0;
  w.begin_object().key("charges").begin_array();
  for (const auto& c : charges) {
    w.begin_object().field("component", c.component).raw_field("amount", market::money_json(c.amount, currency)).end_object();
    total += c.amount;
  }
  w.end_array().raw_field("total", market::money_json(total, currency));
  if (!split.empty()) w.raw_field("split", split);
  w.end_object();
  return std::move(w).str();
}

Result<std::vector<metering::UsageLine>> usage_lines(const Json* list, const metering::Plan& plan) {
  if (!list || !list->array() || list->array()->size() > 1000)
    return market::bad_field("usage", "missing", "usage is a list of {component, quantity}.");
  std::vector<metering::UsageLine> out;
  for (std::size_t i = 0; i < list->array()->size(); ++i) {
    const Json& item = (*list->array())[i];
    Body b(item, "usage[" + std::to_string(i) + "]");
    metering::UsageLine line;
    line.component = b.required_text("component");
    auto quantity = b.integer("quantity");
    // A money-valued meter may be given as an amount.
    if (auto value = b.optional_text("value")) {
      auto micros = parse_amount(*value);
      if (!micros)
        b.complain("value", "not_a_decimal_string", "value must be a decimal string.", "invalid_amount");
      else
        quantity = *micros;
    }
    if (!quantity) b.complain("quantity", "missing", "quantity is missing.");
    line.events = b.integer("events").value_or(1);
    if (quantity && (*quantity < 0 || line.events < 0)) b.complain("quantity", "out_of_range", "A quantity must not be negative.");
    KT_CHECK(b.finish());
    if (!plan.find(line.component))
      return market::bad_field("usage[" + std::to_string(i) + "].component", "unknown",
                               "The plan has no component '" + line.component + "'.");
    line.quantity = *quantity;
    out.push_back(std::move(line));
  }
  return out;
}

std::string split_json(const market::Market& m, std::string_view seller, Wide total, const std::string& currency) {
  auto fee = mul_div_half_even(total, m.settings().fee_bps, 10'000).value_or(0);
  JsonWriter w;
  w.begin_array()
      .begin_object()
      .field("party", identity::platform_party_id)
      .field("role", "fee")
      .raw_field("amount", market::money_json(fee, currency))
      .end_object();
  w.begin_object()
      .field("party", seller)
      .field("role", "seller")
      .raw_field("amount", market::money_json(total - fee, currency))
      .end_object()
      .end_array();
  return std::move(w).str();
}
}  // namespace

Result<std::string> MarketApi::listing_json(UnitOfWork& u, const identity::Caller& c, const market::Listing& l) {
  KT_TRY(auto offers, s_.market.visible_offers(u, c, l));
  std::string list;
  for (const auto& o : offers) {
    KT_TRY(auto plan, s_.market.ports().store.plan(u, o.plan, o.plan_version));
    if (!list.empty()) list += ',';
    list += market::offer_json(o, plan ? plan->body : "{}", s_.market.settings());
  }
  JsonWriter w;
  w.begin_object()
      .field("object", "listing")
      .field("id", l.id)
      .field("state", market::name_of(l.state))
      .field("version", l.version)
      .field("seller", l.seller)
      .field("asset", l.asset);
  w.field("title", l.title)
      .field("summary", l.summary)
      .field("category", l.category)
      .raw_field("delivery", market::list_json(l.delivery, ' '))
      .field("licence_template", l.licence);
  w.raw_field("free_files", market::list_json(l.free_files, '\n')).raw_field("offers", "[" + list + "]").key("rating").null();
  if (!c.anonymous && (c.party == l.seller || c.membership(l.seller) || c.is_operator)) {
    w.key("review_note");
    if (l.review_note.empty())
      w.null();
    else
      w.value(l.review_note);
  }
  w.key("entitlement");
  std::string held;
  if (!c.anonymous) {
    KT_TRY(auto active, s_.market.ports().store.active_entitlements(u, c.party, l.repository));
    if (!active.empty()) held = active[0].id;
  }
  if (held.empty())
    w.null();
  else
    w.value(held);
  w.field("created_at", rfc3339(l.created_at)).key("published_at");
  if (l.published_at.ns == 0)
    w.null();
  else
    w.value(rfc3339(l.published_at));
  w.end_object();
  return std::move(w).str();
}

Task<Status> MarketApi::files_known(identity::Caller c, std::string id) {
  if (!s_.hashes_settled) co_return Status{};
  auto market = &s_.market;
  auto listing = co_await s_.storage.look_up([market, c, id](UnitOfWork& u) { return market->see_listing(u, c, id); });
  if (!listing) co_return Unexpected(listing.error());
  co_return co_await s_.hashes_settled(listing->repository);
}

Task<Result<http::Response>> MarketApi::submit_listing(Exchange& x) {
  identity::Caller c = x.caller;
  std::string id = x.param("id");
  auto self = this;
  Work work = [self, c, id](UnitOfWork& u, const Json& json) -> Result<Answer> {
    Body b(json);
    KT_CHECK(b.finish());
    KT_TRY(auto l, self->s_.market.move_listing(u, c, id, market::ListingEvent::submit));
    KT_TRY(auto text, self->listing_json(u, c, l));
    return Answer{200, std::move(text), false};
  };
  Before before = [self, c, id] { return self->files_known(c, id); };
  co_return co_await write(x, false, std::move(work), std::move(before));
}

void MarketApi::add_listing_routes(server::Surface& surface) {
  surface.route("POST", "/api/v1/listings",
                {.auth = required, .summary = "Offer an asset for sale", .body = "NewListing", .answer = "201 Listing"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    market::ListingDraft d;
                    d.asset = b.required_text("asset");
                    d.title = b.required_text("title");
                    d.summary = b.text("summary");
                    d.category = b.required_text("category");
                    d.delivery = b.texts("delivery").value_or(std::vector<std::string>());
                    d.licence_template = b.text("licence_template", "custom-commercial-1");
                    d.free_files = b.texts("free_files").value_or(std::vector<std::string>());
                    KT_CHECK(b.finish());
                    KT_TRY(auto l, s_.market.create_listing(u, c, d));
                    KT_TRY(auto text, listing_json(u, c, l));
                    return Answer{201, std::move(text), false};
                  });
                });
  surface.route(
      "GET", "/api/v1/listings",
      {.auth = optional_auth,
       .summary = "Find what is for sale",
       .query = "q asset category task licence delivery currency max_price seller state:draft|in_review|published|suspended|retired "
                "sort:trending|newest|price|rating limit cursor",
       .answer = "200 Listings"},
      [this](Exchange& x) {
        Exchange* ex = &x;
        auto c = x.caller;
        auto q = x.query();
        return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
          KT_TRY(Paging p, paging(q));
          market::ListingFilter f;
          KT_TRY(f.currency, currency_parameter(q));
          f.text = q.get("q").value_or("");
          f.asset = q.get("asset").value_or("");
          f.category = q.get("category").value_or("");
          f.licence = q.get("licence").value_or("");
          f.delivery = q.get("delivery").value_or("");
          if (auto seller = q.get("seller")) {
            KT_TRY(auto party, s_.market.ports().parties.find_party_called(u, *seller));
            if (!party) return page(*ex, p, {}, R"({"price_currency":null})");
            f.seller = party->id;
          }
          if (auto state = q.get("state")) {
            f.state = market::parse_listing_state(*state);
            if (!f.state) return market::bad_field("state", "unknown", "There is no such state.");
          }
          if (auto price = q.get("max_price")) {
            auto micros = parse_amount(*price);
            if (!micros)
              return market::bad_field("max_price", "not_a_decimal_string", "max_price must be a decimal string.", "invalid_amount");
            f.max_price = *micros;
          }
          f.task = q.get("task").value_or("");
          f.sort = q.get("sort").value_or("newest");
          if (f.sort != "newest" && f.sort != "trending" && f.sort != "price" && f.sort != "rating")
            return market::bad_field("sort", "unknown", "sort is trending, newest, price or rating.");
          if (!p.before.empty() && p.before.find('|') == std::string::npos)
            return fail(Errc::malformed, "cursor_invalid", "The cursor is not one that this list gave out.");
          KT_TRY(auto found, s_.market.find_listings(u, c, f, {p.before, p.limit + 1}));
          std::vector<std::pair<std::string, std::string>> rows;
          for (const auto& [l, sort_value] : found.listings) {
            KT_TRY(auto text, listing_json(u, c, l));
            rows.emplace_back(sort_value + "|" + l.id, std::move(text));
          }
          JsonWriter w;
          w.begin_object().key("price_currency");
          if (found.priced_in.empty())
            w.null();
          else
            w.value(found.priced_in);
          w.end_object();
          return page(*ex, p, std::move(rows), w.text());
        });
      });
  surface.route("GET", "/api/v1/listings/{id}", {.auth = optional_auth, .summary = "One listing", .answer = "200 Listing"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto l, s_.market.see_listing(u, c, id));
                    KT_TRY(auto text, listing_json(u, c, l));
                    auto r = Response::json(200, std::move(text));
                    r.headers.set("ETag", "\"" + std::to_string(l.version) + "\"");
                    return r;
                  });
                });
  surface.route("PATCH", "/api/v1/listings/{id}",
                {.auth = required, .summary = "Change a draft", .query = "If-Match", .body = "ListingChange", .answer = "200 Listing"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto version = if_match(x.request);
                  return write(x, false, [this, c, version, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    if (!version) return Unexpected(version.error());
                    Body b(json);
                    market::ListingPatch p;
                    p.title = b.optional_text("title");
                    p.summary = b.optional_text("summary");
                    p.category = b.optional_text("category");
                    p.licence_template = b.optional_text("licence_template");
                    p.delivery = b.texts("delivery");
                    p.free_files = b.texts("free_files");
                    KT_CHECK(b.finish());
                    KT_TRY(auto l, s_.market.patch_listing(u, c, id, p, *version));
                    KT_TRY(auto text, listing_json(u, c, l));
                    return Answer{200, std::move(text), false};
                  });
                });
  surface.route("POST", "/api/v1/listings/{id}/submit",
                {.auth = required, .summary = "Ask for review", .body = "Empty?", .answer = "200 Listing"},
                [this](Exchange& x) { return submit_listing(x); });
  struct Move {
    const char* name;
    market::ListingEvent event;
  };
  for (Move m : {Move{"approve", market::ListingEvent::approve}, Move{"reject", market::ListingEvent::reject},
                 Move{"suspend", market::ListingEvent::suspend}, Move{"reinstate", market::ListingEvent::reinstate},
                 Move{"retire", market::ListingEvent::retire}})
    surface.route("POST", std::string("/api/v1/listings/{id}/") + m.name,
                  {.auth = required,
                   .summary = std::string("Listing: ") + m.name,
                   .body = m.event == market::ListingEvent::suspend ? "Suspension?" : "Reason?",
                   .answer = "200 Listing"},
                  [this, event = m.event](Exchange& x) {
                    auto c = x.caller;
                    return write(x, false, [this, c, event, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                      Body b(json);
                      auto reason = b.text("reason");
                      bool revoke = event == market::ListingEvent::suspend && b.boolean("revoke", false);
                      KT_CHECK(b.finish());
                      KT_TRY(auto l, s_.market.move_listing(u, c, id, event, revoke, reason));
                      KT_TRY(auto text, listing_json(u, c, l));
                      return Answer{200, std::move(text), false};
                    });
                  });

  surface.route("GET", "/api/v1/listings/{id}/history",
                {.auth = required, .summary = "Who did what with a listing, oldest first", .answer = "200 [ListingEvent]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  return read([this, ex, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto list, s_.market.listing_history(u, c, id));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (const auto& a : list) {
                      std::string reason;
                      if (!a.details.empty())
                        if (auto details = Json::parse(a.details)) reason = details->text_or("reason");
                      JsonWriter w;
                      w.begin_object()
                          .field("object", "listing_event")
                          .field("id", a.id)
                          .field("at", rfc3339(a.at))
                          .field("actor", a.actor)
                          .field("action", a.action)
                          .key("reason");
                      if (reason.empty())
                        w.null();
                      else
                        w.value(reason);
                      w.end_object();
                      rows.emplace_back(a.id, std::move(w).str());
                    }
                    return page(*ex, Paging{static_cast<int>(rows.size()), ""}, std::move(rows));
                  });
                });
  surface.route("POST", "/api/v1/listings/{id}/plans",
                {.auth = required, .summary = "Make a price plan", .body = "NewPlan", .answer = "201 Plan"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    KT_TRY(auto p, s_.market.create_plan(u, c, id, json));
                    return Answer{201, market::plan_json(p), false};
                  });
                });
  surface.route("POST", "/api/v1/plans/{id}/versions",
                {.auth = required, .summary = "A new version of a plan", .body = "NewPlan", .answer = "201 Plan"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    KT_TRY(auto p, s_.market.add_plan_version(u, c, id, json));
                    return Answer{201, market::plan_json(p), false};
                  });
                });
  surface.route("GET", "/api/v1/plans/{id}",
                {.auth = optional_auth, .summary = "One plan", .query = "version:integer", .answer = "200 Plan"}, [this](Exchange& x) {
                  auto c = x.caller;
                  auto version = parse_u64(x.query().get("version").value_or("0")).value_or(0);
                  return read([this, c, id = x.param("id"), version](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto p, s_.market.see_plan(u, c, id, static_cast<std::int64_t>(version)));
                    return Response::json(200, market::plan_json(p));
                  });
                });
  surface.route("POST", "/api/v1/plans/{id}/preview",
                {.auth = optional_auth, .summary = "What usage would cost", .body = "SavedPlanPreview", .answer = "200 Charges"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    auto version = b.integer("version").value_or(0);
                    const Json* usage = b.any("usage");
                    KT_CHECK(b.finish());
                    KT_TRY(auto p, s_.market.see_plan(u, c, id, version));
                    KT_TRY(auto terms, s_.market.plan_terms(u, p.id, p.version));
                    KT_TRY(auto lines, usage_lines(usage, *terms));
                    KT_TRY(auto charges, metering::preview(*terms, lines));
                    Wide total = 0;
                    for (auto& ch : charges) total += ch.amount;
                    KT_TRY(auto l, s_.market.see_listing(u, c, p.listing));
                    bool seller = !c.anonymous && (c.party == l.seller || c.membership(l.seller));
                    return Answer{200, charges_json(charges, p.currency, seller ? split_json(s_.market, l.seller, total, p.currency) : ""),
                                  false};
                  });
                });
  surface.route(
      "POST", "/api/v1/plans/preview",
      {.auth = required, .summary = "What usage would cost under a plan that is not saved", .body = "PlanPreview", .answer = "200 Charges"},
      [this](Exchange& x) {
        auto c = x.caller;
        return write(x, false, [this, c](UnitOfWork&, const Json& json) -> Result<Answer> {
          Body b(json);
          const Json* plan = b.any("plan");
          const Json* usage = b.any("usage");
          if (!plan) b.complain("plan", "missing", "plan is missing.");
          KT_CHECK(b.finish());
          KT_TRY(metering::Plan terms, metering::parse_plan(*plan));
          KT_TRY(auto lines, usage_lines(usage, terms));
          KT_TRY(auto charges, metering::preview(terms, lines));
          Wide total = 0;
          for (auto& ch : charges) total += ch.amount;
          return Answer{200, charges_json(charges, terms.currency, split_json(s_.market, c.party, total, terms.currency)), false};
        });
      });

  surface.route("POST", "/api/v1/listings/{id}/offers",
                {.auth = required, .summary = "Make an offer", .body = "NewOffer", .answer = "201 Offer"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    market::OfferDraft d;
                    d.plan = b.required_text("plan");
                    d.plan_version = b.integer("plan_version").value_or(0);
                    d.visibility = b.text("visibility", "public");
                    d.rights = b.texts("rights").value_or(std::vector<std::string>());
                    d.licence = b.text("licence", "custom-commercial-1");
                    d.auto_accept = b.boolean("auto_accept", false);
                    d.valid_until = b.time("valid_until");
                    d.buyer = b.text("buyer");
                    KT_CHECK(b.finish());
                    KT_TRY(auto o, s_.market.create_offer(u, c, id, d));
                    KT_TRY(auto plan, s_.market.see_plan(u, c, o.plan, o.plan_version));
                    return Answer{201, market::offer_json(o, plan.body, s_.market.settings()), false};
                  });
                });
  surface.route("GET", "/api/v1/offers",
                {.auth = optional_auth, .summary = "Offers for an asset", .query = "asset! limit cursor", .answer = "200 [Offer]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(Paging p, paging(q));
                    KT_TRY(auto offers, s_.market.offers_for_asset(u, c, q.get("asset").value_or("")));
                    std::sort(offers.begin(), offers.end(), [](auto& a, auto& b) { return a.id > b.id; });
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (const auto& o : offers) {
                      if ((!p.before.empty() && o.id >= p.before) || static_cast<int>(rows.size()) > p.limit) continue;
                      KT_TRY(auto plan, s_.market.ports().store.plan(u, o.plan, o.plan_version));
                      rows.emplace_back(o.id, market::offer_json(o, plan ? plan->body : "{}", s_.market.settings()));
                    }
                    return page(*ex, p, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/offers/{id}", {.auth = optional_auth, .summary = "One offer", .answer = "200 Offer"}, [this](Exchange& x) {
    auto c = x.caller;
    return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
      KT_TRY(auto o, s_.market.see_offer(u, c, id));
      KT_TRY(auto plan, s_.market.ports().store.plan(u, o.plan, o.plan_version));
      return Response::json(200, market::offer_json(o, plan ? plan->body : "{}", s_.market.settings()));
    });
  });
  surface.route("POST", "/api/v1/offers/{id}/withdraw",
                {.auth = required, .summary = "End an offer", .body = "Empty?", .answer = "200 Offer"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    KT_CHECK(b.finish());
                    KT_TRY(auto o, s_.market.withdraw_offer(u, c, id));
                    KT_TRY(auto plan, s_.market.ports().store.plan(u, o.plan, o.plan_version));
                    return Answer{200, market::offer_json(o, plan ? plan->body : "{}", s_.market.settings()), false};
                  });
                });
}

}  // namespace kontor::web_api
