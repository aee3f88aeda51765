// Orders, refunds, entitlements on the wire (native-api.md section 7).
#include "base/json_text.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

using market::Answer;

namespace {
constexpr server::Auth required = server::Auth::required;
}

Result<std::string> MarketApi::order_text(UnitOfWork& u, const identity::Caller& c, const market::Placed& p, bool just_placed) {
  KT_TRY(auto terms, s_.market.plan_terms(u, p.order.plan, p.order.plan_version));
  // Placing orders is what many do at once, and its answer is repeated as it was: what can be refunded is for those who look.
  if (just_placed) return market::order_json(p, terms.get(), s_.market.sees_split(c, p.order));
  KT_TRY(auto refund, s_.market.refund_standing(u, c, p.order));
  return market::order_json(p, terms.get(), s_.market.sees_split(c, p.order), &refund);
}

Task<Result<http::Response>> MarketApi::place_order(Exchange& x) {
  identity::Caller c = x.caller;
  auto self = this;
  auto bought = std::make_shared<std::string>();  // the repository; stays empty when an earlier answer is repeated
  Work work = [self, c, bought](UnitOfWork& u, const Json& json) -> Result<Answer> {
    Body b(json);
    market::OrderRequest r;
    r.offer = b.required_text("offer");
    r.offer_version = b.integer("offer_version");
    r.quantity = b.integer("quantity").value_or(1);
    r.buyer = b.text("buyer");
    r.payment_method = b.text("payment_method", "wallet");
    r.expected_total = b.money("expected_total");
    KT_CHECK(b.finish());
    KT_TRY(auto placed, self->s_.market.place_order(u, c, r));
    KT_TRY(auto text, self->order_text(u, c, placed, true));
    *bought = placed.order.repository;
    return Answer{201, std::move(text), false};
  };
  auto done = co_await write(x, true, std::move(work));
  if (done && s_.activity && !bought->empty()) s_.activity->order(*bought);
  co_return done;
}

// A covering checkpoint is made here if there is none yet; where indexes come later (many nodes), the caller asks again.
Task<Result<http::Response>> MarketApi::order_proof(Exchange& x) {
  identity::Caller c = x.caller;
  std::string id = x.param("id"), kind = x.query().get("kind").value_or("order.paid");
  auto s = &s_;
  auto find = [s, c, id, kind](UnitOfWork& u) -> Result<std::optional<std::int64_t>> {
    KT_TRY(auto placed, s->market.see_order(u, c, id));
    for (const auto& l : placed.leaves)
      if (l.leaf.kind == kind) return l.index;
    return market::not_found("A record of that kind");
  };
  KT_CO_TRY(auto index, co_await s_.storage.read(find));
  if (index) {
    if (*index >= s_.log.checkpoint().size) KT_CO_CHECK(co_await s_.log.publish());
    std::int64_t at = *index;
    KT_CO_TRY(auto proof, co_await s_.storage.read([s, at](UnitOfWork& u) { return s->log.proof(u, at); }));
    if (proof) co_return Response::text(200, "text/plain; charset=utf-8", std::move(*proof));
  }
  co_return fail(Errc::unavailable, "not_yet_covered", "No checkpoint covers this record yet: ask again in a few seconds.");
}

void MarketApi::add_order_routes(server::Surface& surface) {
  surface.route("POST", "/api/v1/orders",
                {.auth = required, .summary = "Buy", .query = "Idempotency-Key!", .body = "NewOrder", .answer = "201 Order"},
                [this](Exchange& x) { return place_order(x); });
  surface.route("GET", "/api/v1/orders",
                {.auth = required,
                 .summary = "Orders of a party",
                 .query = "role=buyer|seller state=confirmed|delivered|completed|disputed|cancelled|refunded party limit cursor",
                 .answer = "200 [Order]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(Paging p, paging(q));
                    std::optional<market::OrderState> state;
                    if (auto text = q.get("state")) {
                      state = market::parse_order_state(*text);
                      if (!state) return market::bad_field("state", "unknown", "There is no such state.");
                    }
                    auto role = q.get("role").value_or("buyer");
                    if (role != "buyer" && role != "seller") return market::bad_field("role", "unknown", "role is buyer or seller.");
                    KT_TRY(auto list, s_.market.list_orders(u, c, q.get("party").value_or(""), role, state, {p.before, p.limit + 1}));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (auto& o : list) {
                      KT_TRY(auto leaves, s_.market.ports().log.by_subject(u, o.id));
                      std::string id = o.id;
                      KT_TRY(auto text, order_text(u, c, {std::move(o), std::move(leaves)}));
                      rows.emplace_back(std::move(id), std::move(text));
                    }
                    return page(*ex, p, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/orders/{id}", {.auth = required, .summary = "One order", .answer = "200 Order"}, [this](Exchange& x) {
    auto c = x.caller;
    return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
      KT_TRY(auto placed, s_.market.see_order(u, c, id));
      KT_TRY(auto text, order_text(u, c, placed));
      return Response::json(200, std::move(text));
    });
  });
  struct Move {
    const char* name;
    market::OrderEvent event;
  };
  for (Move m :
       {Move{"cancel", market::OrderEvent::cancel}, Move{"accept", market::OrderEvent::accept}, Move{"reject", market::OrderEvent::reject},
        Move{"deliver", market::OrderEvent::deliver}, Move{"resolve", market::OrderEvent::resolve}})
    surface.route("POST", std::string("/api/v1/orders/{id}/") + m.name,
                  {.auth = required, .summary = std::string("Order: ") + m.name, .body = "Reason?", .answer = "200 Order"},
                  [this, event = m.event](Exchange& x) {
                    auto c = x.caller;
                    return write(x, false, [this, c, event, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                      Body b(json);
                      (void)b.text("reason");
                      KT_CHECK(b.finish());
                      KT_TRY(auto placed, s_.market.move_order(u, c, id, event));
                      KT_TRY(auto text, order_text(u, c, placed));
                      return Answer{200, std::move(text), false};
                    });
                  });
  surface.route(
      "POST", "/api/v1/orders/{id}/refunds",
      {.auth = required, .summary = "Refund, in part or in full", .query = "Idempotency-Key!", .body = "NewRefund", .answer = "201 Refund"},
      [this](Exchange& x) {
        auto c = x.caller;
        return write(x, true, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
          Body b(json);
          auto amount = b.money("amount");
          auto reason = b.text("reason");
          KT_CHECK(b.finish());
          KT_TRY(auto r, s_.market.refund(u, c, id, amount, reason));
          return Answer{201, market::refund_json(r), false};
        });
      });
  surface.route("GET", "/api/v1/orders/{id}/refunds", {.auth = required, .summary = "Refunds of an order", .answer = "200 [Refund]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  return read([this, ex, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto placed, s_.market.see_order(u, c, id));
                    KT_TRY(auto list, s_.market.refunds_of(u, placed.order.id));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (auto it = list.rbegin(); it != list.rend(); ++it) rows.emplace_back(it->id, market::refund_json(*it));
                    Paging everything{static_cast<int>(rows.size()), ""};
                    return page(*ex, everything, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/orders/{id}/records",
                {.auth = required, .summary = "Trade-log records of an order", .answer = "200 [TradeRecord]"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto placed, s_.market.see_order(u, c, id));
                    JsonWriter w = begin_list();
                    for (const auto& l : placed.leaves) {
                      w.begin_object().field("object", "trade_record").field("kind", l.leaf.kind).key("index");
                      if (l.index)
                        w.value(*l.index);
                      else
                        w.null();
                      w.field("leaf_hash", l.leaf.hash.hex())
                          .field("leaf", l.leaf.text())
                          .field("salt", to_hex(l.leaf.salt))
                          .field("record", l.leaf.record)
                          .end_object();
                    }
                    return end_list(std::move(w));
                  });
                });
  surface.route("GET", "/api/v1/orders/{id}/proof",
                {.auth = required, .summary = "Self-contained proof of inclusion", .query = "kind", .answer = "200 text/plain"},
                [this](Exchange& x) { return order_proof(x); });

  surface.route("GET", "/api/v1/entitlements",
                {.auth = required,
                 .summary = "What a party may use",
                 .query = "party asset state=active|expired|suspended|revoked limit cursor",
                 .answer = "200 [Entitlement]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(Paging p, paging(q));
                    std::optional<market::EntitlementState> state;
                    if (auto text = q.get("state")) {
                      state = market::parse_entitlement_state(*text);
                      if (!state) return market::bad_field("state", "unknown", "There is no such state.");
                    }
                    KT_TRY(auto list, s_.market.list_entitlements(u, c, q.get("party").value_or(""), q.get("asset").value_or(""), state,
                                                                  {p.before, p.limit + 1}));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (const auto& e : list) {
                      KT_TRY(auto counters, s_.market.counters(u, e));
                      rows.emplace_back(e.id, market::entitlement_json(e, counters));
                    }
                    return page(*ex, p, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/entitlements/check",
                {.auth = required,
                 .summary = "Whether a party may do something",
                 .query = "asset! right quantity:integer party",
                 .answer = "200 EntitlementCheck"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, c, q](UnitOfWork& u) -> Result<Response> {
                    auto quantity = parse_u64(q.get("quantity").value_or("1"));
                    if (!quantity || *quantity > (std::uint64_t{1} << 62))
                      return market::bad_field("quantity", "not_an_integer", "quantity must be an integer.");
                    KT_TRY(auto check, s_.market.check(u, c, q.get("party").value_or(""), q.get("asset").value_or(""),
                                                       q.get("right").value_or("use"), static_cast<std::int64_t>(*quantity)));
                    JsonWriter w;
                    w.begin_object().field("allowed", check.allowed).key("reason");
                    if (check.reason.empty())
                      w.null();
                    else
                      w.value(check.reason);
                    w.key("entitlement");
                    if (check.entitlement.empty())
                      w.null();
                    else
                      w.value(check.entitlement);
                    w.key("offers").begin_array();
                    for (const auto& o : check.offers) w.value(o.id);
                    w.end_array().end_object();
                    return Response::json(200, std::move(w).str());
                  });
                });
  surface.route("GET", "/api/v1/entitlements/{id}", {.auth = required, .summary = "One entitlement", .answer = "200 Entitlement"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto e, s_.market.see_entitlement(u, c, id));
                    KT_TRY(auto counters, s_.market.counters(u, e));
                    return Response::json(200, market::entitlement_json(e, counters));
                  });
                });
}

}  // namespace kontor::web_api
