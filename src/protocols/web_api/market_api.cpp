#include "protocols/web_api/market_api.hpp"

#include "base/json_text.hpp"
#include "io/event_loop.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"

namespace kontor::web_api {

using market::Answer;

server::Surface make_surface() { return server::Surface("web_api", error_response); }

Task<Result<InFlight::Hold>> MarketApi::only_one(std::string key) {
  for (int waited_ms = 0;; waited_ms += 10) {
    if (auto hold = in_flight_.take(key)) co_return hold;
    if (waited_ms >= in_flight_patience_ms) break;
    co_await io::sleep_for(std::chrono::milliseconds(10));
  }
  co_return fail(Errc::conflict, "in_progress", "The first request with this Idempotency-Key is still running: ask again in a moment.");
}

Task<Result<http::Response>> MarketApi::write(Exchange& x, bool key_required, Work work, Before before) {
  std::string key(x.request.header("Idempotency-Key"));
  KT_CO_CHECK(market::check_key(key, key_required));
  InFlight::Hold hold;
  if (!key.empty()) {
    KT_CO_TRY(hold, co_await only_one(x.caller.party + "\n" + key));
  }
  KT_CO_TRY(std::string text, co_await x.request.read_all(1 << 20));
  if (before) KT_CO_CHECK(co_await before());
  Json json{Json::Object{}};
  if (!trim(text).empty()) {
    KT_CO_TRY(json, Json::parse(text));
  }
  auto request = market::IdempotentRequest::make(key, x.caller.party, x.request.method, x.request.target, text);
  auto shared = std::make_shared<const Json>(std::move(json));
  auto self = this;
  auto body = [self, request, shared, work = std::move(work)](UnitOfWork& u) -> Result<Answer> {
    return market::once(u, self->s_.answers, request, self->s_.business.now(), [&](UnitOfWork& unit) { return work(unit, *shared); });
  };
  KT_CO_TRY(Answer a, co_await s_.storage.write(std::move(body)));
  Response r;
  if (a.status == 204)
    r.status = 204;
  else
    r = Response::json(a.status, std::move(a.body));
  if (a.replayed) r.headers.add("Idempotent-Replayed", "true");
  co_return r;
}

Task<Result<http::Response>> MarketApi::read(View view) { co_return co_await s_.storage.read(std::move(view)); }

void MarketApi::add_routes(server::Surface& surface) {
  auto me = [this](Exchange& x) -> Task<Result<Response>> {
    identity::Caller c = x.caller;
    return read([this, c](UnitOfWork& u) -> Result<Response> {
      KT_TRY(auto party, s_.market.acting_party(u, c, "", identity::Action::market_read));
      JsonWriter w;
      w.begin_object()
          .field("object", "party")
          .field("id", party.id)
          .field("kind", "person")
          .field("name", party.name)
          .field("full_name", party.full_name)
          .field("email", party.email)
          .field("kyc_level", party.kyc_level);
      w.field("default_currency", party.default_currency)
          .field("billing_tz", party.billing_tz)
          .field("is_operator", c.is_operator)
          .key("may_act_for")
          .begin_array();
      for (const auto& m : c.memberships) {
        static constexpr std::string_view roles[] = {"read", "contributor", "write", "admin"};
        w.begin_object()
            .field("id", m.org_party)
            .field("name", m.org_name)
            .field("kind", "organisation")
            .key("roles")
            .begin_array()
            .value(roles[static_cast<int>(m.role)])
            .end_array()
            .end_object();
      }
      w.end_array().key("scopes").begin_array();
      auto scope = [&](bool has, std::string_view name) {
        if (has) w.value(name);
      };
      scope(c.scopes.market_read, "market.read");
      scope(c.scopes.market_buy, "market.buy");
      scope(c.scopes.market_sell, "market.sell");
      scope(c.scopes.inference_run, "inference.run");
      scope(c.scopes.operate, "operator");
      w.end_array().key("csrf_token");
      if (c.csrf.empty())
        w.null();
      else
        w.value(c.csrf);
      w.field("created_at", rfc3339(party.created_at)).end_object();
      return Response::json(200, std::move(w).str());
    });
  };
  surface.route("GET", "/api/v1/me", {.auth = server::Auth::required, .summary = "Who I am", .answer = "200 Me"}, me);
  add_people_routes(surface);
  add_wallet_routes(surface);
  add_listing_routes(surface);
  add_catalogue_routes(surface);
  add_name_routes(surface);
  add_order_routes(surface);
  add_usage_routes(surface);
  add_log_routes(surface);
  add_ledger_routes(surface);
  add_operator_routes(surface);
  add_overview_routes(surface);
}

void MarketApi::add_wallet_routes(server::Surface& surface) {
  surface.route("GET", "/api/v1/wallets",
                {.auth = server::Auth::required, .summary = "Wallets of a party", .query = "party", .answer = "200 [Wallet]"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto party = x.query().get("party").value_or("");
                  return read([this, c, party](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto wallets, s_.market.wallets(u, c, party));
                    JsonWriter w = begin_list();
                    for (const auto& x : wallets) {
                      w.begin_object().field("object", "wallet").field("party", x.party).field("currency", x.currency);
                      for (auto [key, amount] : {std::pair<std::string_view, Wide>{"balance", x.balance},
                                                 {"held", x.held},
                                                 {"promotional", x.promotional},
                                                 {"frozen", x.frozen},
                                                 {"available", x.available}})
                        w.raw_field(key, market::money_json(amount, x.currency));
                      w.end_object();
                    }
                    return end_list(std::move(w));
                  });
                });

  surface.route(
      "GET", "/api/v1/wallets/{currency}/entries",
      {.auth = server::Auth::required,
       .summary = "What changed a wallet",
       .query = "party from to month limit cursor",
       .answer = "200 [WalletEntry]"},
      [this](Exchange& x) {
        Exchange* ex = &x;
        auto c = x.caller;
        auto q = x.query();
        return read([this, ex, c, q, currency = x.param("currency")](UnitOfWork& u) -> Result<Response> {
          KT_TRY(Paging p, paging(q));
          KT_TRY(auto party, s_.market.acting_party(u, c, q.get("party").value_or(""), identity::Action::market_read));
          KT_TRY(Period when, period(q, party.billing_tz));
          std::vector<std::pair<std::string, std::string>> rows;
          std::int64_t before = p.before.empty() ? 0 : static_cast<std::int64_t>(parse_u64(p.before).value_or(1));
          std::string account = ledger::account::wallet(party.id);
          while (static_cast<int>(rows.size()) <= p.limit) {
            KT_TRY(auto entries, s_.market.wallet_entries(u, c, party.id, currency, before, 101));
            for (const auto& e : entries) {
              before = e.number;
              if (e.at < when.from || e.at >= when.to) continue;
              if (static_cast<int>(rows.size()) > p.limit) break;
              // The transfer that changed this wallet.
              std::size_t leg = 0;
              KT_TRY(auto tx, s_.market.ports().books.find(u, e.kind, e.business));
              if (tx)
                for (std::size_t n = 0; n < tx->legs.size(); ++n)
                  if (tx->legs[n].flag != ledger::Flag::pending && (tx->legs[n].debit == account || tx->legs[n].credit == account)) {
                    leg = n;
                    break;
                  }
              std::string_view kind = e.kind == "order.captured"                                 ? "order"
                                      : e.kind == "order.refunded" || e.kind == "order.returned" ? "refund"
                                                                                                 : std::string_view(e.kind);
              JsonWriter w;
              w.begin_object()
                  .field("object", "wallet_entry")
                  .field("at", rfc3339(e.at))
                  .field("kind", kind)
                  .raw_field("amount", market::money_json(e.delta, currency));
              w.raw_field("balance_after", market::money_json(e.balance_after, currency))
                  .field("ref", e.ref)
                  .field("transfer", to_hex(ledger::transfer_id(e.kind, e.business, leg)))
                  .end_object();
              rows.emplace_back(std::to_string(e.number), std::move(w).str());
            }
            if (entries.size() < 101) break;
          }
          return page(*ex, p, std::move(rows));
        });
      });

  surface.route("POST", "/api/v1/top_ups",
                {.auth = server::Auth::required,
                 .summary = "Ask for bank data to fill a wallet",
                 .query = "Idempotency-Key!",
                 .body = "NewTopUp",
                 .answer = "201 TopUp"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, true, [this, c](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    auto amount = b.money("amount");
                    if (!amount) b.complain("amount", "missing", "amount is missing.", "invalid_amount");
                    auto method = b.text("method", "bank_transfer"), party = b.text("party");
                    KT_CHECK(b.finish());
                    KT_TRY(auto t, s_.market.create_top_up(u, c, party, *amount, method));
                    return Answer{201, market::top_up_json(t, s_.market.settings()), false};
                  });
                });
  surface.route("GET", "/api/v1/top_ups",
                {.auth = server::Auth::required,
                 .summary = "Top-ups of a party; of all parties with scope=all, for operators",
                 .query = "party scope=party|all state=open|any limit cursor",
                 .answer = "200 [TopUp]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(Paging p, paging(q));
                    bool everybody = q.get("scope") == "all", open = q.get("state") == "open";
                    if (open && !everybody) return market::bad_field("state", "unknown", "state=open goes with scope=all.");
                    KT_TRY(auto list, everybody ? s_.market.all_top_ups(u, c, open, {p.before, p.limit + 1})
                                                : s_.market.list_top_ups(u, c, q.get("party").value_or(""), {p.before, p.limit + 1}));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (auto& t : list) rows.emplace_back(t.id, market::top_up_json(t, s_.market.settings()));
                    return page(*ex, p, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/top_ups/{id}", {.auth = server::Auth::required, .summary = "One top-up", .answer = "200 TopUp"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto t, s_.market.see_top_up(u, c, id));
                    return Response::json(200, market::top_up_json(t, s_.market.settings()));
                  });
                });
  surface.route("POST", "/api/v1/top_ups/{id}/confirm",
                {.auth = server::Auth::required, .summary = "Operator: the money has come", .body = "TopUpReceived", .answer = "200 TopUp"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write(x, false, [this, c, id = x.param("id")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    KT_CHECK(s_.market.require_operator(c));
                    Body b(json);
                    auto amount = b.money("amount");
                    if (!amount) b.complain("amount", "missing", "amount is missing.", "invalid_amount");
                    auto reference = b.required_text("bank_reference");
                    KT_CHECK(b.finish());
                    KT_TRY(auto t, s_.market.confirm_top_up(u, c, id, reference, *amount));
                    return Answer{200, market::top_up_json(t, s_.market.settings()), false};
                  });
                });
}

}  // namespace kontor::web_api
