// The operator's desk: one answer with counts, alerts and health (native-api.md section 11a).
#include "base/json_text.hpp"
#include "codec/calendar.hpp"
#include "market/views.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

namespace {
constexpr std::int64_t long_wait_ns = market::day_ns;  // a review that nobody looked at for so long is an alert

void sums(JsonWriter& w, std::string_view key, const std::map<std::string, Wide>& by_currency) {
  w.key(key).begin_array();
  for (const auto& [currency, micros] : by_currency) w.raw(market::money_json(micros, currency));
  w.end_array();
}
}  // namespace

void MarketApi::add_overview_routes(server::Surface& surface) {
  surface.route(
      "GET", "/api/v1/operator/overview",
      {.auth = server::Auth::required,
       .summary = "Operator: what waits, what happened today, whether all is well",
       .answer = "200 OperatorOverview"},
      [this](Exchange& x) {
        auto c = x.caller;
        return read([this, c](UnitOfWork& u) -> Result<Response> {
          KT_CHECK(s_.market.require_operator(c));
          Time now = s_.market.now();
          KT_TRY(auto me, s_.market.acting_party(u, c, "", identity::Action::market_read));
          Time today = codec::day_start(now, me.billing_tz);
          KT_TRY(auto counts, s_.market.ports().store.overview(u, today));
          KT_TRY(auto parties, s_.accounts->count_parties(u, today));
          KT_TRY(auto figures, s_.market.ports().catalogue.figures(u, now.ns / market::day_ns));
          KT_TRY(std::int64_t log_size, s_.log.store().size(u));
          KT_TRY(auto accounts, totals(u));
          std::map<std::string, Wide> difference;
          for (const auto& [key, a] : accounts)
            difference[a.currency] += a.chart.normal == ledger::Normal::debit ? a.balance() : -a.balance();

          JsonWriter w;
          w.begin_object().field("object", "operator_overview").field("at", rfc3339(now)).field("today_from", rfc3339(today));
          w.key("listings")
              .begin_object()
              .field("in_review", counts.listings_in_review)
              .field("published", counts.listings_published)
              .field("suspended", counts.listings_suspended)
              .key("oldest_in_review_at");
          if (counts.oldest_in_review)
            w.value(rfc3339(*counts.oldest_in_review));
          else
            w.null();
          w.end_object();
          w.key("top_ups")
              .begin_object()
              .field("requires_action", counts.top_ups_waiting)
              .field("partially_paid", counts.top_ups_partial)
              .field("needs_second_person", counts.top_ups_second)
              .end_object();
          w.key("orders")
              .begin_object()
              .field("today", counts.orders_today)
              .field("confirmed", counts.orders_confirmed)
              .field("delivered", counts.orders_delivered)
              .field("disputed", counts.orders_disputed);
          sums(w, "total_today", counts.sold_today);
          w.end_object();
          w.key("usage")
              .begin_object()
              .field("records_today", counts.usage_today)
              .field("failed_today", counts.failed_today)
              .field("holds_open", counts.holds_open);
          sums(w, "charged_today", counts.charged_today);
          w.end_object();
          w.key("parties")
              .begin_object()
              .field("people", parties.people)
              .field("organisations", parties.organisations)
              .field("new_today", parties.new_people)
              .end_object();
          w.key("repositories")
              .begin_object()
              .field("models", figures.by_kind[0])
              .field("datasets", figures.by_kind[1])
              .field("spaces", figures.by_kind[2])
              .field("for_sale", figures.for_sale)
              .end_object();
          w.key("trade_log").begin_object().field("size", log_size).field("checkpoint_size", s_.log.checkpoint().size).end_object();
          w.key("books").begin_array();
          std::int64_t unbalanced = 0;
          for (const auto& [currency, micros] : difference) {
            unbalanced += micros != 0;
            w.begin_object().field("currency", currency).field("balanced", micros == 0).end_object();
          }
          w.end_array().key("alerts").begin_array();
          auto alert = [&](std::string_view code, std::int64_t n) {
            if (n > 0) w.begin_object().field("code", code).field("count", n).end_object();
          };
          alert("books_unbalanced", unbalanced);
          alert("orders_disputed", counts.orders_disputed);
          alert("review_waits_a_day",
                counts.oldest_in_review && now.ns - counts.oldest_in_review->ns > long_wait_ns ? counts.listings_in_review : 0);
          alert("top_ups_need_second_person", counts.top_ups_second);
          w.end_array().end_object();
          return Response::json(200, std::move(w).str());
        });
      });
}

}  // namespace kontor::web_api
