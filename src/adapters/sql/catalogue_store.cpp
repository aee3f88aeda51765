#include "adapters/sql/catalogue_store.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "adapters/sql/catalogue_filters.hpp"
#include "adapters/sql/catalogue_offers.hpp"
#include "adapters/sql/catalogue_page.hpp"
#include "adapters/sql/search_index.hpp"
#include "repository/trend.hpp"

namespace kontor::sql {
namespace {

using namespace repository;

constexpr std::int64_t day_ns = 86'400'000'000'000;

const Statement follow(
    "INSERT INTO catalogue_entry (repository, kind, visibility, owner, ns, name, name_key, gated, downloads, likes, created_ns, "
    "updated_ns, trending, words, price) "
    "SELECT r.id, r.kind, r.visibility, r.owner, r.ns, r.name, r.name_key, r.gated, r.downloads, r.likes, r.created_ns, r.updated_ns, "
    "CAST(?2 AS BIGINT), r.name_key, -1 FROM repository r WHERE r.id = ?1 "
    "ON CONFLICT (repository) DO UPDATE SET visibility = excluded.visibility, owner = excluded.owner, ns = excluded.ns, name = "
    "excluded.name, name_key = excluded.name_key, "
    "gated = excluded.gated, likes = excluded.likes, updated_ns = excluded.updated_ns");
const Statement describe(
    "UPDATE catalogue_entry SET task = ?2, library = ?3, card_licence = ?4, languages = ?5, card_summary = ?6, updated_ns = (SELECT "
    "updated_ns FROM repository WHERE id = ?1) WHERE repository = ?1");
const Statement put_sale(
    "UPDATE catalogue_entry SET paid = ?2, listing = ?3, title = ?4, sale_summary = ?5, sale_licence = ?6, delivery = ?7, offer = ?8, "
    "currency = ?9, price = ?10, until_ns = ?11, currencies = ?12 WHERE repository = ?1");
const Statement words(
    "UPDATE catalogue_entry SET licence = CASE WHEN sale_licence <> '' THEN sale_licence ELSE card_licence END, "
    "words = name_key || ' ' || lower(title) || ' ' || lower(CASE WHEN sale_summary <> '' THEN sale_summary ELSE card_summary END) WHERE "
    "repository = ?1");
const Statement remove_entry("DELETE FROM catalogue_entry WHERE repository = ?1");
const Statement remove_days("DELETE FROM repository_day WHERE repository = ?1");
const Statement sales_ended(
    "SELECT repository FROM catalogue_entry WHERE until_ns IS NOT NULL AND until_ns <= ?1 ORDER BY until_ns LIMIT ?2");
const Statement get_trend("SELECT trending, created_ns FROM catalogue_entry WHERE repository = ?1");
const Statement put_trend("UPDATE catalogue_entry SET trending = ?2, downloads = downloads + ?3 WHERE repository = ?1");
const Statement count_downloads("UPDATE repository SET downloads = downloads + ?2 WHERE id = ?1");
const Statement add_day(
    "INSERT INTO repository_day (repository, day, downloads, runs) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (repository, day) DO UPDATE SET "
    "downloads = repository_day.downloads + excluded.downloads, "
    "runs = repository_day.runs + excluded.runs");
const Statement get_days("SELECT day, downloads, runs FROM repository_day WHERE repository = ?1 AND day >= ?2 ORDER BY day");
const Statement differing(
    "SELECT r.id FROM repository r LEFT JOIN catalogue_entry c ON c.repository = r.id WHERE c.repository IS NULL OR c.kind <> r.kind OR "
    "c.visibility <> r.visibility OR c.owner <> r.owner "
    "OR c.name_key <> r.name_key OR c.downloads <> r.downloads OR c.likes <> r.likes OR r.likes <> (SELECT COUNT(*) FROM repository_like k "
    "WHERE k.repository = r.id) OR c.listing <> COALESCE((SELECT MIN(l.id) FROM market_listing l WHERE l.repository = r.id AND l.state = "
    "'p'), '') "
    "UNION SELECT c.repository FROM catalogue_entry c LEFT JOIN repository r ON r.id = c.repository WHERE r.id IS NULL");
const Statement runs_of_day(
    "SELECT CAST(COALESCE(SUM(runs), 0) AS BIGINT), CAST(COALESCE(SUM(downloads), 0) AS BIGINT) FROM repository_day WHERE day = ?1");

// After a change of an entry that said `before`: the index and the counts follow.
Status entry_changed(UnitOfWork& u, std::string_view repository, const std::optional<SearchFacts>& before) {
  KT_TRY(auto now, search_facts(u, repository));
  if (now == before) return {};
  KT_CHECK(search_replace(u, repository, before, now));
  return counts_changed(u, before, now);
}

class Store final : public Catalogue {
 public:
  Result<CataloguePage> page(UnitOfWork& u, const CatalogueQuery& q, bool counted) override {
    return catalogue_page(u, q, counted, counts_);
  }

  Result<std::string> usual_currency(UnitOfWork& u, const std::vector<Kind>& kinds) override { return counts_.usual_currency(u, kinds); }

  Status set_sale(UnitOfWork& u, std::string_view repository, const std::optional<Sale>& sale) override {
    return catalogue_sell(u, repository, sale);
  }
  Result<std::vector<std::string>> ended_sales(UnitOfWork& u, Time now, int limit) override {
    KT_TRY(Rows rows, session(u).query(sales_ended, {now.ns, limit}));
    std::vector<std::string> out;
    for (Row r : rows) out.push_back(r.text(0));
    return out;
  }

  Status add_activity(UnitOfWork& u, std::string_view repository, const Happened& what, Time now) override {
    KT_TRY(Rows rows, session(u).query(get_trend, {repository}));
    if (rows.empty()) return {};  // deleted meanwhile
    double weight = static_cast<double>(what.downloads) + static_cast<double>(what.runs) + 10 * static_cast<double>(what.orders);
    std::int64_t trend = weight > 0 ? add_to_trend(rows[0].integer(0), weight, now) : rows[0].integer(0);
    KT_CHECK(session(u).exec_later(put_trend, {repository, trend, what.downloads}));
    if (what.downloads > 0) KT_CHECK(session(u).exec_later(count_downloads, {repository, what.downloads}));
    if (what.downloads == 0 && what.runs == 0) return {};
    return session(u).exec_later(add_day, {repository, now.ns / day_ns, what.downloads, what.runs});
  }
  Result<std::vector<DayActivity>> activity(UnitOfWork& u, std::string_view repository, std::int64_t from_day) override {
    KT_TRY(Rows rows, session(u).query(get_days, {repository, from_day}));
    std::vector<DayActivity> out;
    for (Row r : rows) out.push_back({r.integer(0), r.integer(1), r.integer(2)});
    return out;
  }
  Result<std::vector<std::string>> faults(UnitOfWork& u) override {
    KT_TRY(auto out, all<std::string>(session(u).query(differing, {}), [](const Row& r) { return r.text(0); }));
    KT_TRY(auto unfound, search_faults(u));
    out.insert(out.end(), unfound.begin(), unfound.end());
    KT_TRY(auto unpriced, offers_faults(u));
    out.insert(out.end(), unpriced.begin(), unpriced.end());
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  Result<Figures> figures(UnitOfWork& u, std::int64_t day) override {
    Figures out;
    CatalogueQuery everything;
    FacetCounter counter(everything);
    KT_CHECK(counts_.of_public(u, [&](const FacetTable& t) { counter.add(t); }));
    for (const auto& facet : counter.counts().facets)
      for (const auto& v : facet.values) {
        if (facet.name == "kind") out.by_kind.at(static_cast<std::size_t>(*parse_kind(v.value))) = v.count;
        if (facet.name == "price" && v.value == "paid") out.for_sale = v.count;
      }
    KT_TRY(Rows day_rows, session(u).query(runs_of_day, {day}));
    out.runs = day_rows[0].integer(0);
    out.downloads = day_rows[0].integer(1);
    return out;
  }

 private:
  CatalogueCounts counts_;
};

}  // namespace

Status catalogue_follow(UnitOfWork& u, std::string_view repository) {
  // A new one begins with a trend of 1 at the moment it was made.
  static const Statement created("SELECT created_ns FROM repository WHERE id = ?1");
  KT_TRY(Rows rows, session(u).query(created, {repository}));
  if (rows.empty()) return {};
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(
      changed(session(u).exec(follow, {repository, static_cast<std::int64_t>(std::llround(half_lives(Time{rows[0].integer(0)}) * 1e6))})));
  KT_CHECK(changed(session(u).exec(words, {repository})));
  return entry_changed(u, repository, before);
}
Status catalogue_describe(UnitOfWork& u, std::string_view repository, const Derived& d) {
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(changed(session(u).exec(describe, {repository, d.task, d.library, d.licence, d.languages, d.summary})));
  KT_CHECK(changed(session(u).exec(words, {repository})));
  return entry_changed(u, repository, before);
}
Status catalogue_sell(UnitOfWork& u, std::string_view repository, const std::optional<Sale>& sale) {
  Sale none;
  const Sale& s = sale ? *sale : none;
  std::int64_t price = !sale ? free_price : s.offer.empty() ? no_price : s.price;
  std::optional<std::int64_t> until;
  if (s.until) until = s.until->ns;
  // In one order, so that entries with the same currencies are counted together.
  std::vector<std::string> sorted;
  for (const auto& o : s.offers) sorted.push_back(o.currency);
  std::sort(sorted.begin(), sorted.end());
  std::string currencies;
  for (const auto& c : sorted) currencies += (currencies.empty() ? "" : " ") + c;
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(changed(session(u).exec(put_sale, {repository, sale.has_value(), s.listing, s.title, s.summary, s.licence, s.delivery, s.offer,
                                              s.currency, price, until, currencies})));
  KT_CHECK(changed(session(u).exec(words, {repository})));
  KT_CHECK(offers_replace(u, repository, s));
  return entry_changed(u, repository, before);
}
Status catalogue_remove(UnitOfWork& u, std::string_view repository) {
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(offers_remove(u, repository));
  if (before) KT_CHECK(search_replace(u, repository, before, std::nullopt));
  KT_CHECK(changed(session(u).exec(remove_days, {repository})));
  KT_CHECK(changed(session(u).exec(remove_entry, {repository})));
  return counts_changed(u, before, std::nullopt);
}

std::unique_ptr<Catalogue> make_catalogue() { return std::make_unique<Store>(); }

}  // namespace kontor::sql
