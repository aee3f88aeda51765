// Usage, holds, balances and statements on the wire (native-api.md section 8).
#include "base/json_text.hpp"
#include "codec/calendar.hpp"
#include "codec/csv.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

using market::Answer;

namespace {
constexpr server::Auth required = server::Auth::required;

struct UsageQuestion {
  identity::Party party;
  std::string role;
  market::UsageFilter filter;
};
Result<UsageQuestion> usage_question(UnitOfWork& u, market::Market& m, const identity::Caller& c, const http::Parameters& q) {
  UsageQuestion out;
  KT_TRY(out.party, m.acting_party(u, c, q.get("party").value_or(""), identity::Action::market_read));
  out.role = q.get("role").value_or("buyer");
  if (out.role != "buyer" && out.role != "seller") return market::bad_field("role", "unknown", "role is buyer or seller.");
  out.filter.asset = q.get("asset").value_or("");
  KT_TRY(Period when, period(q, out.party.billing_tz));
  out.filter.from = when.from;
  out.filter.to = when.to;
  return out;
}

}  // namespace

void MarketApi::add_usage_routes(server::Surface& surface) {
  surface.route("GET", "/api/v1/usage/records",
                {.auth = required,
                 .summary = "Rated records",
                 .query = "party role=buyer|seller asset from to month limit cursor",
                 .answer = "200 [UsageRecord]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(Paging p, paging(q));
                    KT_TRY(auto question, usage_question(u, s_.market, c, q));
                    KT_TRY(auto list, s_.market.usage(u, c, question.party.id, question.role, question.filter, {p.before, p.limit + 1}));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (const auto& r : list) rows.emplace_back(r.id, market::usage_json(r));
                    return page(*ex, p, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/usage",
                {.auth = required,
                 .summary = "Usage in buckets",
                 .query = "party role=buyer|seller asset from to month group_by=day|asset|component|key",
                 .answer = "200 [UsageBucket]"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto question, usage_question(u, s_.market, c, q));
                    auto by = q.get("group_by").value_or("day");
                    if (by != "day" && by != "asset" && by != "component" && by != "key")
                      return market::bad_field("group_by", "unknown", "group_by is day, asset, component or key.");
                    struct Bucket {
                      Wide quantity = 0, charged = 0;
                      std::int64_t failed = 0;
                    };
                    std::map<std::pair<std::string, std::string>, Bucket> buckets;
                    market::Page p{"", 1000};
                    for (;;) {
                      KT_TRY(auto list, s_.market.usage(u, c, question.party.id, question.role, question.filter, p));
                      for (const auto& r : list) {
                        Bucket& b = buckets[{by == "day"         ? codec::local_day(r.at, question.party.billing_tz)
                                             : by == "asset"     ? r.asset
                                             : by == "component" ? r.component
                                                                 : r.token,
                                             r.currency}];
                        b.quantity += r.quantity;
                        b.charged += r.charged;
                        b.failed += r.failed;
                      }
                      if (list.size() < 1000) break;
                      p.before = list.back().id;
                    }
                    JsonWriter w = begin_list();
                    for (const auto& [key, b] : buckets)
                      w.begin_object()
                          .field("object", "usage_bucket")
                          .field("key", key.first)
                          .raw_field("quantity", ledger::wide_text(b.quantity))
                          .raw_field("charged", market::money_json(b.charged, key.second))
                          .field("failed", b.failed)
                          .end_object();
                    return end_list(std::move(w));
                  });
                });

  surface.route("POST", "/api/v1/holds",
                {.auth = required,
                 .summary = "Operator: reserve money for a call",
                 .query = "Idempotency-Key!",
                 .body = "NewHold",
                 .answer = "201 Hold"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, true, [this, c](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    KT_CHECK(s_.market.require_operator(c));
                    Body b(json);
                    market::HoldRequest r;
                    r.party = b.required_text("party");
                    r.entitlement = b.required_text("entitlement");
                    r.source = b.required_text("source");
                    r.event_id = b.required_text("event_id");
                    auto amount = b.money("amount");
                    if (!amount) b.complain("amount", "missing", "amount is missing.", "invalid_amount");
                    r.expires_in_ms = b.integer("expires_in_ms").value_or(900'000);
                    KT_CHECK(b.finish());
                    r.amount = *amount;
                    KT_TRY(auto h, s_.market.create_hold(u, c, r));
                    return Answer{201, market::hold_json(h), false};
                  });
                });
  surface.route("POST", "/api/v1/holds/{id}/capture",
                {.auth = required, .summary = "Operator: rate and take what was used", .body = "Capture", .answer = "200 Hold"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    KT_CHECK(s_.market.require_operator(c));
                    Body b(json);
                    const Json* event = b.any("event");
                    KT_CHECK(b.finish());
                    static const Json nothing{Json::Object{}};
                    Body inner(event ? *event : nothing, "event");
                    const Json* items = inner.any("items");
                    KT_CHECK(inner.finish());
                    if (!items || !items->array() || items->array()->empty() || items->array()->size() > 100)
                      return market::bad_field("event.items", "missing", "event.items is a list of {meter, quantity}.");
                    std::vector<market::MeteredQuantity> used;
                    for (std::size_t i = 0; i < items->array()->size(); ++i) {
                      Body item((*items->array())[i], "event.items[" + std::to_string(i) + "]");
                      market::MeteredQuantity m;
                      m.meter = item.required_text("meter");
                      auto quantity = item.integer("quantity");
                      if (!quantity || *quantity < 0)
                        item.complain("quantity", "out_of_range", "quantity must be an integer that is not negative.");
                      KT_CHECK(item.finish());
                      m.quantity = *quantity;
                      used.push_back(std::move(m));
                    }
                    KT_TRY([[maybe_unused]] auto captured, s_.market.capture(u, id, used, s_.market.now()));
                    KT_TRY(auto h, s_.market.see_hold(u, id));
                    return Answer{200, market::hold_json(h), false};
                  });
                });
  surface.route("POST", "/api/v1/holds/{id}/void",
                {.auth = required, .summary = "Operator: release a hold", .body = "Empty?", .answer = "200 Hold"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    KT_CHECK(s_.market.require_operator(c));
                    Body b(json);
                    KT_CHECK(b.finish());
                    KT_TRY(auto before, s_.market.see_hold(u, id));
                    if (before.state == market::HoldState::captured) return market::wrong_state("The hold was captured.", "already_posted");
                    KT_CHECK(s_.market.release(u, id, false));
                    KT_TRY(auto h, s_.market.see_hold(u, id));
                    return Answer{200, market::hold_json(h), false};
                  });
                });

  surface.route("GET", "/api/v1/balances",
                {.auth = required, .summary = "What the platform owes a seller", .query = "party", .answer = "200 [Balance]"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto party = x.query().get("party").value_or("");
                  return read([this, c, party](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto balances, s_.market.balances(u, c, party));
                    JsonWriter w = begin_list();
                    for (const auto& b : balances) {
                      w.begin_object().field("object", "balance").field("party", b.party).field("currency", b.currency);
                      for (auto [key, amount] : {std::pair<std::string_view, Wide>{"unfunded", b.unfunded},
                                                 {"pending", b.pending},
                                                 {"available", b.available},
                                                 {"reserve", b.reserve},
                                                 {"in_transit", b.in_transit},
                                                 {"due_from", b.due_from}})
                        w.raw_field(key, market::money_json(amount, b.currency));
                      w.key("next_clearing_at");
                      if (b.next_clearing_at)
                        w.value(rfc3339(*b.next_clearing_at));
                      else
                        w.null();
                      w.end_object();
                    }
                    return end_list(std::move(w));
                  });
                });
  surface.route("GET", "/api/v1/statements",
                {.auth = required, .summary = "A seller's statement", .query = "party currency from to month", .answer = "200 Statement"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto q = x.query();
                  bool csv = x.request.header("Accept").find("text/csv") != std::string_view::npos;
                  return read([this, c, q, csv](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto party, s_.market.acting_party(u, c, q.get("party").value_or(""), identity::Action::market_read));
                    KT_TRY(Period when, period(q, party.billing_tz));
                    auto currency = q.get("currency").value_or(party.default_currency);
                    KT_TRY(auto s, s_.market.statement(u, c, party.id, currency, when.from, when.to));
                    if (csv) {
                      std::string out = "at,kind,ref,gross,fee,net,currency\r\n";
                      for (const auto& e : s.entries)
                        out += rfc3339(e.at) + "," + codec::csv_field(e.kind) + "," + codec::csv_field(e.ref) + "," +
                               market::amount_text(e.gross, currency) + "," + market::amount_text(e.fee, currency) + "," +
                               market::amount_text(e.net, currency) + "," + currency + "\r\n";
                      return Response::text(200, "text/csv; charset=utf-8", std::move(out));
                    }
                    JsonWriter w;
                    w.begin_object().field("object", "statement").field("party", s.party).field("currency", s.currency);
                    w.raw_field("opening", market::money_json(s.opening, currency))
                        .raw_field("closing", market::money_json(s.closing, currency))
                        .key("totals")
                        .begin_object();
                    for (auto [key, amount] : {std::pair<std::string_view, Wide>{"gross", s.gross},
                                               {"platform_fee", s.fee},
                                               {"commissions", s.commissions},
                                               {"refunds", s.refunds},
                                               {"net", s.net}})
                      w.raw_field(key, market::money_json(amount, currency));
                    w.end_object().key("entries").begin_array();
                    for (const auto& e : s.entries)
                      w.begin_object()
                          .field("at", rfc3339(e.at))
                          .field("kind", e.kind)
                          .field("ref", e.ref)
                          .raw_field("gross", market::money_json(e.gross, currency))
                          .raw_field("fee", market::money_json(e.fee, currency))
                          .raw_field("net", market::money_json(e.net, currency))
                          .end_object();
                    w.end_array().end_object();
                    return Response::json(200, std::move(w).str());
                  });
                });
  surface.route("GET", "/api/v1/earnings",
                {.auth = required,
                 .summary = "What a seller earned, by day and listing; sums equal the statement",
                 .query = "party currency from to month group_by",
                 .answer = "200 [Earning]"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto party, s_.market.acting_party(u, c, q.get("party").value_or(""), identity::Action::market_read));
                    KT_TRY(Period when, period(q, party.billing_tz));
                    auto currency = q.get("currency").value_or(party.default_currency);
                    bool by_day = false, by_listing = false;
                    std::string groups = q.get("group_by").value_or("day,listing");
                    for (std::string_view part : split(groups, ',')) {
                      if (part == "day")
                        by_day = true;
                      else if (part == "listing")
                        by_listing = true;
                      else
                        return market::bad_field("group_by", "unknown", "group_by is day, listing or day,listing.");
                    }
                    KT_TRY(auto list, s_.market.earnings(u, c, party.id, currency, when.from, when.to, by_day, by_listing));
                    JsonWriter w = begin_list();
                    auto text_or_null = [&](std::string_view key, const std::string& text) {
                      w.key(key);
                      if (text.empty())
                        w.null();
                      else
                        w.value(text);
                    };
                    for (const auto& e : list) {
                      w.begin_object().field("object", "earning").key("key").begin_object();
                      text_or_null("day", e.day);
                      text_or_null("listing", e.listing);
                      w.end_object();
                      text_or_null("asset", e.asset);
                      w.raw_field("gross", market::money_json(e.gross, e.currency))
                          .raw_field("fee", market::money_json(e.fee, e.currency))
                          .raw_field("net", market::money_json(e.net, e.currency));
                      w.field("orders", e.orders).field("quantity", e.quantity).field("failed", e.failed).end_object();
                    }
                    return end_list(std::move(w));
                  });
                });
}

}  // namespace kontor::web_api
