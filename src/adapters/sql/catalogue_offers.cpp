#include "adapters/sql/catalogue_offers.hpp"

#include <fmt/format.h>

#include "adapters/sql/catalogue_store.hpp"
#include "adapters/sql/market_store.hpp"
#include "adapters/sql/search_index.hpp"
#include "codec/json.hpp"
#include "market/sale.hpp"
#include "metering/plan.hpp"

namespace kontor::sql {
namespace {

const Statement drop_numbered(
    "DELETE FROM catalogue_offer WHERE number = (SELECT c.number FROM catalogue_entry c WHERE c.repository = ?1)");
const Statement drop_named("DELETE FROM catalogue_offer WHERE repository = ?1");
const Statement add_numbered(
    "INSERT INTO catalogue_offer (number, currency, kind, price, repository, listing, offer) "
    "SELECT c.number, ?2, c.kind, ?3, c.repository, ?4, ?5 FROM catalogue_entry c WHERE c.repository = ?1");
const Statement add_named(
    "INSERT INTO catalogue_offer (currency, kind, price, repository, listing, offer) "
    "SELECT CAST(?2 AS TEXT), c.kind, CAST(?3 AS BIGINT), c.repository, CAST(?4 AS TEXT), CAST(?5 AS TEXT) FROM catalogue_entry c WHERE "
    "c.repository = ?1");

Status fill(Session& s, market::Store& market, std::string_view repository) {
  KT_TRY(auto listing, market.published_listing(s, repository));
  if (!listing) return {};
  KT_TRY(auto offers, market.offers_for(s, repository));
  std::vector<std::pair<market::Offer, Micros>> current;
  for (auto& o : offers) {
    if (!o.buyer.empty()) continue;  // what has ended by itself goes when the timers look
    KT_TRY(auto plan, market.plan(s, o.plan, o.plan_version));
    if (!plan) continue;
    KT_TRY(Json json, Json::parse(plan->body));
    KT_TRY(auto terms, metering::parse_plan(json));
    KT_TRY(Micros price, metering::entry_price(terms));
    current.emplace_back(std::move(o), price);
  }
  return catalogue_sell(s, repository, market::sale_of(*listing, current));
}

}  // namespace

Status offers_remove(UnitOfWork& u, std::string_view repository) {
  return changed(session(u).exec(session(u).is_postgres() ? drop_named : drop_numbered, {repository}));
}
Status offers_replace(UnitOfWork& u, std::string_view repository, const repository::Sale& sale) {
  KT_CHECK(offers_remove(u, repository));
  for (const auto& o : sale.offers)
    KT_CHECK(changed(
        session(u).exec(session(u).is_postgres() ? add_named : add_numbered, {repository, o.currency, o.price, o.listing, o.offer})));
  return {};
}

Status offers_fill(Session& s) {
  std::string_view key = offer_key(s.is_postgres());
  std::string sql = fmt::format(
      "SELECT c.repository FROM catalogue_entry c WHERE c.paid = 1 AND c.offer <> '' AND NOT EXISTS (SELECT 1 FROM catalogue_offer o WHERE "
      "o.{0} = c.{0}) ORDER BY c.repository",
      key);
  KT_TRY(auto missing, all<std::string>(s.query(prepared(sql), {}), [](const Row& r) { return r.text(0); }));
  if (missing.empty()) return {};
  auto market = make_market_store();
  for (const auto& repository : missing) KT_CHECK(fill(s, *market, repository));
  return missing.size() > 1000 ? search_optimize(s) : Status{};
}

Result<std::vector<std::string>> offers_faults(UnitOfWork& u) {
  std::string_view key = offer_key(session(u).is_postgres());
  std::string sql = fmt::format(
      "SELECT c.repository FROM catalogue_entry c WHERE c.offer <> '' AND NOT EXISTS (SELECT 1 FROM catalogue_offer o WHERE o.{0} = c.{0} "
      "AND o.offer = c.offer AND o.currency = c.currency AND o.price = c.price) "
      "UNION SELECT o.repository FROM catalogue_offer o LEFT JOIN catalogue_entry c ON c.{0} = o.{0} WHERE c.repository IS NULL OR "
      "c.repository <> o.repository OR c.kind <> o.kind OR c.paid = 0 OR ' ' || c.currencies || ' ' NOT LIKE '% ' || o.currency || ' %' "
      "UNION SELECT c.repository FROM market_offer m JOIN market_listing l ON l.id = m.listing JOIN catalogue_entry c ON c.repository = "
      "l.repository WHERE m.active = 1 AND m.buyer = '' AND m.valid_until_ns IS NULL AND l.state = 'p' AND NOT EXISTS (SELECT 1 FROM "
      "catalogue_offer o WHERE o.{0} = c.{0} AND o.currency = m.currency)",
      key);
  return all<std::string>(session(u).query(prepared(sql), {}), [](const Row& r) { return r.text(0); });
}

}  // namespace kontor::sql
