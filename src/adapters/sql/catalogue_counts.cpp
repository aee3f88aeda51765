#include "adapters/sql/catalogue_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <tuple>

#include "adapters/sql/catalogue_filters.hpp"
#include "adapters/sql/catalogue_offers.hpp"
#include "base/money.hpp"

namespace kontor::sql {

using namespace repository;

namespace {

// SQLite: what changed of the counts, in the order of the commits.
const Statement add_change(
    "INSERT INTO catalogue_change (kind, task, library, licence, languages, paid, delivery, currencies, amount, owner, visibility) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
const Statement drop_changes("DELETE FROM catalogue_change WHERE n <= (SELECT MAX(n) FROM catalogue_change) - 1000");
const Statement changes_from(
    "SELECT kind, task, library, licence, languages, paid, delivery, currencies, amount, n, owner, visibility FROM catalogue_change WHERE "
    "n >= ?1 ORDER BY n");
const Statement last_change("SELECT COALESCE(MAX(n), 0) FROM catalogue_change");

// PostgreSQL: when this process last changed what is counted. Counts of everything public are kept for a short time, but only if they were
// made well after the last change, so that its transaction had ended: here they are exact, and other processes' changes show within two
// seconds.
std::atomic<std::int64_t> last_change_ms{0};
constexpr std::int64_t settled_ms = 1000, kept_ms = 2000;
std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr std::int64_t large = 1000;     // entries of one owner: fewer are soon counted
constexpr std::size_t most_scopes = 10;  // kept at a time; a table of 20,000 combinations takes 3 MB

}  // namespace

Status counts_changed(UnitOfWork& u, const std::optional<SearchFacts>& before, const std::optional<SearchFacts>& now) {
  if (session(u).is_postgres()) {
    last_change_ms = steady_ms();
    return {};
  }
  auto counted = [](const SearchFacts& f) {
    return std::tie(f.kind, f.is_public, f.owner, f.task, f.library, f.licence, f.languages, f.paid, f.delivery, f.currencies);
  };
  if (before && now && counted(*before) == counted(*now)) return {};
  for (auto [facts, amount] : {std::pair<const std::optional<SearchFacts>*, int>(&before, -1), {&now, 1}})
    if (*facts) {
      const SearchFacts& f = **facts;
      KT_CHECK(changed(session(u).exec(add_change, {f.kind, f.task, f.library, f.licence, f.languages, f.paid, f.delivery, f.currencies,
                                                    amount, f.owner, !f.is_public})));
    }
  return changed(session(u).exec(drop_changes, {}));
}

Result<FacetCounts> CatalogueCounts::of(UnitOfWork& u, const CatalogueQuery& q) {
  FacetCounter counter(q);
  std::vector<std::string> owner;
  if (!q.owner.empty()) owner.push_back(q.owner);
  std::vector<Scope> scopes = {{owner, false}};
  if (q.all_private)
    scopes.push_back({owner, true});
  else if (q.owner.empty() && session(u).is_postgres() && !q.readable_owners.empty())
    scopes.push_back({q.readable_owners, true});  // not kept: one question
  else
    for (const auto& o : q.readable_owners)
      if (q.owner.empty() || q.owner == o) scopes.push_back({{o}, true});
  // Under a highest price what is free stays as it was counted.
  for (const Scope& s : scopes) KT_CHECK(add(u, s, [&](const FacetTable& t) { counter.add(t, q.max_price.has_value()); }));
  if (q.max_price) {
    // What is for sale and cheap is counted anew, along the prices: once in each currency in which it is cheap.
    CatalogueQuery cheap = q;
    cheap.text.clear();
    bool pg = session(u).is_postgres();
    Bindings b;
    std::string in;
    for (std::string_view c : currencies()) in += (in.empty() ? "" : ", ") + currency_literal(c);
    std::string most = b.number(*q.max_price);
    std::string sql = fmt::format(
        "SELECT " FACET_COLUMNS_BUT_CURRENCIES
        ", p.currency, {4} FROM catalogue_offer p {0}CROSS JOIN catalogue_entry c WHERE c.{1} = p.{1} AND p.kind IN (0, 1, 2) AND "
        "p.currency IN ({2}) AND p.price <= {3}",
        pg ? "" : "INDEXED BY catalogue_offer_price ", offer_key(pg), in, most, pg ? "COUNT(*)" : "1");
    sql += seen_condition(b, cheap) + other_conditions(b, cheap);
    // SQLite would sort to group, which takes longer than to count here.
    if (pg) sql += " GROUP BY " FACET_COLUMNS_BUT_CURRENCIES ", p.currency";
    KT_TRY(auto rows, all<FacetRow>(session(u).query(prepared(sql), b.params()), facet_row_of));
    counter.add(rows);
  }
  return counter.counts();
}

Result<std::string> CatalogueCounts::usual_currency(UnitOfWork& u, const std::vector<Kind>& kinds) {
  std::string out;
  auto use = [&](const FacetTable& t) { out = t.usual_currency(kinds); };
  if (!session(u).is_postgres()) {
    KT_CHECK(add(u, {}, use));
    return out;
  }
  // Counting everything would take longer than looking at what is for sale.
  static const Statement sold(
      "SELECT c.kind, c.currencies, COUNT(*) FROM catalogue_entry c WHERE c.paid = 1 AND c.visibility = 0 GROUP BY c.kind, c.currencies");
  KT_TRY(bool done, add_kept(u, {}, use));
  if (done) return out;
  KT_TRY(Rows rows, session(u).query(sold, {}));
  FacetTable table;
  for (Row r : rows) {
    FacetRow row;
    row.kind = static_cast<Kind>(r.integer(0)), row.currencies = r.text(1), row.paid = true, row.count = r.integer(2);
    table.add(row);
  }
  return table.usual_currency(kinds);
}

Status CatalogueCounts::add(UnitOfWork& u, const Scope& scope, const Use& use) {
  KT_TRY(bool done, add_kept(u, scope, use));
  return done ? Status{} : count(u, scope, use);
}

// On SQLite the changes since the counts were made are read in the transaction that asks and added to them: exact, whatever was committed a
// moment ago.
Result<bool> CatalogueCounts::add_kept(UnitOfWork& u, const Scope& scope, const Use& use) {
  if (session(u).is_postgres()) {
    std::shared_lock lock(mutex_);
    auto it = kept_.find(scope);
    if (it == kept_.end() || steady_ms() - it->second->at_ms >= kept_ms || it->second->at_ms - last_change_ms <= settled_ms) return false;
    use(it->second->table);
    return true;
  }
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::int64_t upto = 0;
    {
      std::shared_lock lock(mutex_);
      auto it = kept_.find(scope);
      if (it == kept_.end()) return false;
      upto = it->second->upto;
      it->second->asked = ++asked_;
    }
    KT_TRY(Rows rows, session(u).query(changes_from, {upto}));
    // The last change that was added is still there, or none was ever made: nothing lies between. It is not there for a reader of an older
    // state.
    bool known = !rows.empty() && rows[0].integer(9) == upto;
    if (!known && (upto != 0 || (!rows.empty() && rows[0].integer(9) != 1))) return false;
    std::size_t first = known ? 1 : 0;
    if (first == rows.size()) {
      std::shared_lock lock(mutex_);
      auto it = kept_.find(scope);
      if (it == kept_.end() || it->second->upto != upto) continue;
      use(it->second->table);
      return true;
    }
    std::unique_lock lock(mutex_);
    auto it = kept_.find(scope);
    if (it == kept_.end() || it->second->upto != upto) continue;
    for (std::size_t i = first; i < rows.size(); ++i)
      if ((scope.owners.empty() || rows[i].text(10) == scope.owners[0]) && (rows[i].integer(11) != 0) == scope.is_private)
        it->second->table.add(facet_row_of(rows[i]));
    it->second->upto = rows[rows.size() - 1].integer(9);
    use(it->second->table);
    return true;
  }
  return false;
}

// Along the index whose columns stand in the order of the groups.
Status CatalogueCounts::count(UnitOfWork& u, const Scope& scope, const Use& use) {
  bool pg = session(u).is_postgres();
  std::int64_t begun = steady_ms();
  Bindings b;
  std::string sql = "SELECT " FACET_COLUMNS ", COUNT(*) FROM catalogue_entry c ";
  if (!pg) sql += scope.owners.empty() ? "INDEXED BY catalogue_facets " : "INDEXED BY catalogue_owner ";
  sql += "WHERE c.visibility = " + b.number(scope.is_private);
  if (!scope.owners.empty()) sql += owners_condition(b, scope.owners);
  sql += " GROUP BY " FACET_COLUMNS;
  KT_TRY(auto rows, all<FacetRow>(session(u).query(prepared(sql), b.params()), facet_row_of));
  auto kept = std::make_unique<Kept>();
  std::int64_t total = 0;
  for (const FacetRow& r : rows) kept->table.add(r), total += r.count;
  use(kept->table);
  bool everyone = scope.owners.empty();
  if (pg ? !everyone || scope.is_private : !everyone && total < large) return {};
  kept->at_ms = begun;
  if (!pg) {
    KT_TRY(Rows last, session(u).query(last_change, {}));
    kept->upto = last[0].integer(0);
  }
  kept->asked = ++asked_;
  std::unique_lock lock(mutex_);
  auto& place = kept_[scope];
  if (!place || kept->upto >= place->upto) place = std::move(kept);
  if (kept_.size() > most_scopes) {
    auto oldest =
        std::min_element(kept_.begin(), kept_.end(), [](const auto& x, const auto& y) { return x.second->asked < y.second->asked; });
    kept_.erase(oldest);
  }
  return {};
}

}  // namespace kontor::sql
