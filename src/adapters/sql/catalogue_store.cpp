#include "adapters/sql/catalogue_store.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <tuple>

#include "adapters/sql/rows.hpp"
#include "adapters/sql/search_index.hpp"
#include "base/text.hpp"
#include "repository/facets.hpp"
#include "repository/trend.hpp"

namespace kontor::sql {
namespace {

using namespace repository;

// Where nothing can be bought now, and so nothing is cheap.
constexpr std::int64_t no_price = INT64_MAX, free_price = -1;
constexpr std::int64_t day_ns = 86'400'000'000'000;

const Statement follow(
    "INSERT INTO catalogue_entry (repository, kind, visibility, owner, ns, name, name_key, gated, downloads, likes, created_ns, updated_ns, trending, words, price) "
    "SELECT r.id, r.kind, r.visibility, r.owner, r.ns, r.name, r.name_key, r.gated, r.downloads, r.likes, r.created_ns, r.updated_ns, CAST(?2 AS BIGINT), r.name_key, -1 FROM repository r WHERE r.id = ?1 "
    "ON CONFLICT (repository) DO UPDATE SET visibility = excluded.visibility, owner = excluded.owner, ns = excluded.ns, name = excluded.name, name_key = excluded.name_key, "
    "gated = excluded.gated, likes = excluded.likes, updated_ns = excluded.updated_ns");
const Statement describe("UPDATE catalogue_entry SET task = ?2, library = ?3, card_licence = ?4, languages = ?5, card_summary = ?6, updated_ns = (SELECT updated_ns FROM repository WHERE id = ?1) WHERE repository = ?1");
const Statement put_sale(
    "UPDATE catalogue_entry SET paid = ?2, listing = ?3, title = ?4, sale_summary = ?5, sale_licence = ?6, delivery = ?7, offer = ?8, currency = ?9, price = ?10, until_ns = ?11 WHERE repository = ?1");
const Statement words(
    "UPDATE catalogue_entry SET licence = CASE WHEN sale_licence <> '' THEN sale_licence ELSE card_licence END, "
    "words = name_key || ' ' || lower(title) || ' ' || lower(CASE WHEN sale_summary <> '' THEN sale_summary ELSE card_summary END) WHERE repository = ?1");
const Statement remove_entry("DELETE FROM catalogue_entry WHERE repository = ?1");
const Statement remove_days("DELETE FROM repository_day WHERE repository = ?1");
const Statement sales_ended("SELECT repository FROM catalogue_entry WHERE until_ns IS NOT NULL AND until_ns <= ?1 ORDER BY until_ns LIMIT ?2");
const Statement get_trend("SELECT trending, created_ns FROM catalogue_entry WHERE repository = ?1");
const Statement put_trend("UPDATE catalogue_entry SET trending = ?2, downloads = downloads + ?3 WHERE repository = ?1");
const Statement count_downloads("UPDATE repository SET downloads = downloads + ?2 WHERE id = ?1");
const Statement add_day(
    "INSERT INTO repository_day (repository, day, downloads, runs) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (repository, day) DO UPDATE SET downloads = repository_day.downloads + excluded.downloads, "
    "runs = repository_day.runs + excluded.runs");
const Statement get_days("SELECT day, downloads, runs FROM repository_day WHERE repository = ?1 AND day >= ?2 ORDER BY day");
const Statement differing(
    "SELECT r.id FROM repository r LEFT JOIN catalogue_entry c ON c.repository = r.id WHERE c.repository IS NULL OR c.kind <> r.kind OR c.visibility <> r.visibility OR c.owner <> r.owner "
    "OR c.name_key <> r.name_key OR c.downloads <> r.downloads OR c.likes <> r.likes OR r.likes <> (SELECT COUNT(*) FROM repository_like k WHERE k.repository = r.id) OR c.listing <> COALESCE((SELECT MIN(l.id) FROM market_listing l WHERE l.repository = r.id AND l.state = 'p'), '') "
    "UNION SELECT c.repository FROM catalogue_entry c LEFT JOIN repository r ON r.id = c.repository WHERE r.id IS NULL");
// SQLite: what changed of the counts, in the order of the commits.
const Statement add_change("INSERT INTO catalogue_change (kind, task, library, licence, languages, paid, delivery, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
const Statement drop_changes("DELETE FROM catalogue_change WHERE n <= (SELECT MAX(n) FROM catalogue_change) - 1000");
const Statement changes_from("SELECT kind, task, library, licence, languages, paid, delivery, amount, n FROM catalogue_change WHERE n >= ?1 ORDER BY n");
const Statement last_change("SELECT COALESCE(MAX(n), 0) FROM catalogue_change");
const Statement runs_of_day("SELECT CAST(COALESCE(SUM(runs), 0) AS BIGINT), CAST(COALESCE(SUM(downloads), 0) AS BIGINT) FROM repository_day WHERE day = ?1");

#define ENTRY \
  "c.repository, c.kind, c.owner, c.ns, c.name, c.visibility, c.gated, c.created_ns, c.updated_ns, c.task, c.library, c.licence, c.languages, c.title, " \
  "CASE WHEN c.sale_summary <> '' THEN c.sale_summary ELSE c.card_summary END, c.downloads, c.likes, c.trending, c.listing, c.delivery, c.offer, c.currency, c.price, c.name_key"

CatalogueRow row_of(const Row& r, std::string_view sort) {
  CatalogueRow out;
  Repository& repo = out.repository;
  repo.id = r.text(0);
  repo.kind = static_cast<Kind>(r.integer(1));
  repo.owner = r.text(2), repo.ns = r.text(3), repo.name = r.text(4);
  repo.visibility = r.integer(5) ? identity::Visibility::private_ : identity::Visibility::public_;
  repo.gated = r.text(6), repo.created_at = {r.integer(7)}, repo.updated_at = {r.integer(8)};
  out.task = r.text(9), out.library = r.text(10), out.licence = r.text(11), out.languages = r.text(12), out.title = r.text(13), out.summary = r.text(14);
  out.downloads = r.integer(15), out.likes = r.integer(16), out.trending = r.integer(17);
  if (!r.text(18).empty()) {
    out.sale.emplace();
    out.sale->listing = r.text(18), out.sale->delivery = r.text(19), out.sale->offer = r.text(20), out.sale->currency = r.text(21);
    if (r.integer(22) != no_price) out.sale->price = r.integer(22);
  }
  if (sort == "name") out.sort_value = r.text(23);
  else out.sort_value = std::to_string(sort == "newest" ? repo.created_at.ns : sort == "price" ? r.integer(22) : sort == "downloads" ? out.downloads : out.trending);
  return out;
}

// PostgreSQL: when this process last changed what is counted. Counts of everything public are kept for a short time, but only if they were made
// well after the last change, so that its transaction had ended: here they are exact, and other processes' changes show within two seconds.
std::atomic<std::int64_t> last_change_ms{0};
constexpr std::int64_t settled_ms = 1000, kept_ms = 2000;
std::int64_t steady_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

FacetRow facet_row_of(const Row& r) { return {static_cast<Kind>(r.integer(0)), r.text(1), r.text(2), r.text(3), r.text(4), r.text(6), r.integer(5) != 0, r.integer(7)}; }

// After a change of an entry that said `before`: the index and the counts follow.
Status entry_changed(UnitOfWork& u, std::string_view repository, const std::optional<SearchFacts>& before) {
  KT_TRY(auto now, search_facts(u, repository));
  if (now == before) return {};
  KT_CHECK(search_replace(u, repository, before, now));
  if (session(u).is_postgres()) {
    last_change_ms = steady_ms();
    return {};
  }
  auto counted = [](const SearchFacts& f) { return std::tie(f.kind, f.is_public, f.task, f.library, f.licence, f.languages, f.paid, f.delivery); };
  if (before && now && counted(*before) == counted(*now)) return {};
  for (auto [facts, amount] : {std::pair<const std::optional<SearchFacts>*, int>(&before, -1), {&now, 1}})
    if (*facts && (*facts)->is_public) {
      const SearchFacts& f = **facts;
      KT_CHECK(changed(session(u).exec(add_change, {f.kind, f.task, f.library, f.licence, f.languages, f.paid, f.delivery, amount})));
    }
  return changed(session(u).exec(drop_changes, {}));
}

std::string any_of(Bindings& b, std::string_view column, const std::vector<std::string>& values) {
  std::string out;
  for (const auto& v : values) out += (out.empty() ? "" : ", ") + b.text(v);
  return fmt::format(" AND {} IN ({})", column, out);
}
// Of blank-separated words.
std::string any_word(Bindings& b, std::string_view column, const std::vector<std::string>& values) {
  std::string out;
  for (const auto& v : values) out += fmt::format("{}' ' || {} || ' ' LIKE {} ESCAPE '!'", out.empty() ? "" : " OR ", column, b.text(containing(" " + v + " ")));
  return " AND (" + out + ")";
}

// Filters that no facet shows.
std::string other_filters(Bindings& b, const CatalogueQuery& q) {
  std::string sql;
  if (!q.owner.empty()) sql += " AND c.owner = " + b.text(q.owner);
  for (std::string_view word : split(q.text, ' '))
    if (!word.empty()) sql += " AND c.words LIKE " + b.text(containing(word)) + " ESCAPE '!'";
  if (q.max_price) sql += " AND c.price <= " + b.number(*q.max_price);
  return sql;
}
std::string owners(Bindings& b, const CatalogueQuery& q) {
  std::string out;
  for (const auto& o : q.readable_owners) out += (out.empty() ? "" : ", ") + b.text(o);
  return out;
}

// Filters that facets show.
std::string facet_filters(Bindings& b, const CatalogueQuery& q) {
  std::string sql;
  if (!q.tasks.empty()) sql += any_of(b, "c.task", q.tasks);
  if (!q.libraries.empty()) sql += any_of(b, "c.library", q.libraries);
  if (!q.licences.empty()) sql += any_of(b, "c.licence", q.licences);
  if (!q.languages.empty()) sql += any_word(b, "c.languages", q.languages);
  if (!q.deliveries.empty()) sql += any_word(b, "c.delivery", q.deliveries);
  // In words, for the indexes of what is for sale; by price there is one of all.
  if (q.paid) sql += *q.paid ? " AND c.paid = 1" : " AND c.paid = 0";
  if (q.paid && *q.paid && (q.sort == "price" || q.max_price)) sql += " AND c.price >= 0";
  return sql;
}
std::string seen(Bindings& b, const CatalogueQuery& q) {
  if (q.all_private) return "";
  std::string mine = owners(b, q);
  return mine.empty() ? " AND c.visibility = 0" : " AND (c.visibility = 0 OR c.owner IN (" + mine + "))";
}
bool asks_text(const CatalogueQuery& q) { return q.text.find_first_not_of(' ') != std::string::npos; }
// The same for the index: what it finds may match.
SearchFor search_for(const CatalogueQuery& q) {
  SearchFor out;
  out.words(q.text);
  if (!q.owner.empty()) out.any('o', {q.owner});
  if (!q.all_private) out.visible(q.readable_owners);
  return out;
}
bool asks_facets(const CatalogueQuery& q) { return !(q.tasks.empty() && q.libraries.empty() && q.licences.empty() && q.languages.empty() && q.deliveries.empty()); }
SearchFor& with_facets(SearchFor& out, const CatalogueQuery& q) {
  out.any('t', q.tasks).any('l', q.libraries).any('c', q.licences).any('g', q.languages).any('d', q.deliveries);
  if (q.paid) out.paid(*q.paid);
  if (q.kinds.size() == 1) out.kind(static_cast<int>(q.kinds[0]));
  return out;
}

constexpr Kind every_kind[] = {Kind::model, Kind::dataset, Kind::space};

class Store final : public Catalogue {
 public:
  // One query per kind, because an index leads each one in the order asked for; the pages are merged here.
  Result<std::vector<CatalogueRow>> rows(UnitOfWork& u, const CatalogueQuery& q) override {
    bool rising = q.sort == "name" || q.sort == "price";
    std::string column = q.sort == "newest" ? "c.created_ns" : q.sort == "price" ? "c.price" : q.sort == "downloads" ? "c.downloads" : q.sort == "name" ? "c.name_key" : "c.trending";
    std::vector<CatalogueRow> out;
    for (Kind kind : every_kind) {
      if (!q.kinds.empty() && std::find(q.kinds.begin(), q.kinds.end(), kind) == q.kinds.end()) continue;
      Bindings b;
      std::string from = "FROM catalogue_entry c WHERE";
      if (asks_text(q) || asks_facets(q) || !q.owner.empty()) {
        CatalogueQuery one = q;
        one.kinds = {kind};
        SearchFor what = search_for(one);
        with_facets(what, one);
        bool few = q.few_expected;
        if (!few) {
          KT_TRY(auto n, search_count(u, what, few_rows + 1));
          if (n == 0) continue;
          few = n <= few_rows;
        }
        bool pg = session(u).is_postgres();
        if (few) from = search_from(pg, b.text(what.expression(pg))) + " AND";
      }
      std::string sql = "SELECT " ENTRY " " + from + " c.kind = " + b.number(static_cast<int>(kind));
      sql += seen(b, q) + other_filters(b, q) + facet_filters(b, q);
      if (q.after) {
        std::string value = q.sort == "name" ? b.text(q.after->first) : b.number(parse_number(q.after->first)), id = b.text(q.after->second);
        sql += fmt::format(" AND ({0}, c.repository) {1} ({2}, {3})", column, rising ? '>' : '<', value, id);
      }
      // Few that are cheap: read along the prices and sorted, instead of walking another order in search of them.
      std::string order = q.few_expected && q.max_price && q.paid && q.sort != "price" ? column + (q.sort == "name" ? " || ''" : " + 0") : column;
      sql += fmt::format(" ORDER BY {0} {1}, c.repository {1} LIMIT {2}", order, rising ? "ASC" : "DESC", b.number(q.limit));
      KT_TRY(Rows rows, session(u).query(prepared(sql), b.params()));
      for (Row r : rows) out.push_back(row_of(r, q.sort));
    }
    auto key = [&](const CatalogueRow& r) { return q.sort == "name" ? 0 : parse_number(r.sort_value); };
    std::sort(out.begin(), out.end(), [&](const CatalogueRow& x, const CatalogueRow& y) {
      auto a = std::tuple(key(x), q.sort == "name" ? x.sort_value : std::string(), x.repository.id), c = std::tuple(key(y), q.sort == "name" ? y.sort_value : std::string(), y.repository.id);
      return rising ? a < c : c < a;
    });
    if (static_cast<int>(out.size()) > q.limit) out.resize(static_cast<std::size_t>(q.limit));
    return out;
  }

  Result<FacetCounts> counts(UnitOfWork& u, const CatalogueQuery& q) override {
    if (asks_text(q)) return counts_of_text(u, q);
    FacetCounter counter(q);
    KT_CHECK(count_all(u, q, counter));
    return counter.counts();
  }

  Status set_sale(UnitOfWork& u, std::string_view repository, const std::optional<Sale>& sale) override {
    Sale none;
    const Sale& s = sale ? *sale : none;
    std::int64_t price = !sale ? free_price : s.offer.empty() ? no_price : s.price;
    std::optional<std::int64_t> until;
    if (s.until) until = s.until->ns;
    KT_TRY(auto before, search_facts(u, repository));
    KT_CHECK(changed(session(u).exec(put_sale, {repository, sale.has_value(), s.listing, s.title, s.summary, s.licence, s.delivery, s.offer, s.currency, price, until})));
    KT_CHECK(changed(session(u).exec(words, {repository})));
    return entry_changed(u, repository, before);
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
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  Result<Figures> figures(UnitOfWork& u, std::int64_t day) override {
    Figures out;
    CatalogueQuery everything;
    FacetCounter counter(everything);
    KT_CHECK(count_public(u, counter));
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
  Result<FacetCounts> counts_of_text(UnitOfWork& u, const CatalogueQuery& q) {
    bool pg = session(u).is_postgres();
    SearchFor what = search_for(q);
    KT_TRY(auto n, search_count(u, what, 2 * few_rows + 1));
    if (n <= 2 * few_rows) {
      Bindings b;
      std::string from = search_from(pg, b.text(what.expression(pg)));
      KT_TRY(auto rows, counted(u, b, from + seen(b, q) + other_filters(b, q) + " LIMIT " + b.number(few_rows + 1)));
      if (rows.size() <= few_rows) return count_facets(q, rows);
    }
    // Too many to count by value: the values stand without numbers.
    CatalogueQuery values = q;
    values.text.clear(), values.owner.clear(), values.readable_owners.clear(), values.max_price.reset();
    values.all_private = false;
    KT_TRY(FacetCounts out, counts(u, values));
    for (auto& facet : out.facets)
      for (auto& v : facet.values) v.count = -1;
    Bindings b;
    std::string from = search_from(pg, b.text(with_facets(what, q).expression(pg)));
    if (!q.kinds.empty()) {
      std::string kinds;
      for (Kind k : q.kinds) kinds += (kinds.empty() ? "" : ", ") + b.number(static_cast<int>(k));
      from += " AND c.kind IN (" + kinds + ")";
    }
    std::string sql = "SELECT COUNT(*) FROM (SELECT 1 " + from + seen(b, q) + other_filters(b, q) + facet_filters(b, q) + " LIMIT " + b.number(few_rows + 1) + ") found";
    KT_TRY(Rows rows, session(u).query(prepared(sql), b.params()));
    out.total = std::min<std::int64_t>(rows[0].integer(0), few_rows);
    out.more = rows[0].integer(0) > few_rows;
    return out;
  }

  Status count_all(UnitOfWork& u, const CatalogueQuery& q, FacetCounter& counter) {
    auto add = [&](Result<std::vector<FacetRow>> rows) -> Status {
      if (!rows) return Unexpected(rows.error());
      counter.add(*rows);
      return {};
    };
    if (!q.owner.empty()) KT_CHECK(add(count(u, q, "c.visibility = 0")));
    // Under a highest price what is free stays as it was counted; of what is for sale the cheap is counted anew, along the index by price
    // (+ 0 keeps SQLite from the index by visibility, which would be walked as a whole).
    else if (q.max_price) {
      KT_CHECK(count_public(u, counter, true));
      KT_CHECK(add(count(u, q, "c.visibility + 0 = 0 AND c.kind IN (0, 1, 2) AND c.price >= 0")));
    } else {
      KT_CHECK(count_public(u, counter));
    }
    if (q.all_private || !q.readable_owners.empty()) KT_CHECK(add(count(u, q, q.all_private ? "c.visibility = 1" : "c.visibility + 0 = 1", !q.all_private)));
    return {};
  }
  // One row each, of `from` and what follows it.
  Result<std::vector<FacetRow>> counted(UnitOfWork& u, const Bindings& b, const std::string& from) {
    return all<FacetRow>(session(u).query(prepared("SELECT c.kind, c.task, c.library, c.licence, c.languages, c.paid, c.delivery, 1 " + from), b.params()), facet_row_of);
  }
  // The columns in the order of the index that covers them: counting is one walk along it.
  Result<std::vector<FacetRow>> count(UnitOfWork& u, const CatalogueQuery& q, std::string_view where, bool of_owners = false) {
    Bindings b;
    std::string sql = "SELECT c.kind, c.task, c.library, c.licence, c.languages, c.paid, c.delivery, COUNT(*) FROM catalogue_entry c WHERE " + std::string(where);
    if (of_owners) sql += " AND c.owner IN (" + owners(b, q) + ")";
    sql += other_filters(b, q) + " GROUP BY c.kind, c.task, c.library, c.licence, c.languages, c.paid, c.delivery";
    return all<FacetRow>(session(u).query(prepared(sql), b.params()), facet_row_of);
  }
  // Counts of everything public stay in memory. On SQLite the changes since they were made are read in the transaction that asks and added to them:
  // exact, whatever was committed a moment ago.
  Status count_public(UnitOfWork& u, FacetCounter& counter, bool only_free = false) {
    bool pg = session(u).is_postgres();
    for (int attempt = 0; attempt < 3; ++attempt) {
      std::int64_t upto = upto_;
      if (upto < 0) break;
      if (pg) {
        std::shared_lock lock(mutex_);
        if (steady_ms() - kept_at_ms_ >= kept_ms || kept_at_ms_ - last_change_ms <= settled_ms) break;
        counter.add(table_, only_free);
        return {};
      }
      KT_TRY(Rows rows, session(u).query(changes_from, {upto}));
      // The last change that was added is still there, or none was ever made: nothing lies between. It is not there for a reader of an older state.
      bool known = !rows.empty() && rows[0].integer(8) == upto;
      if (!known && (upto != 0 || (!rows.empty() && rows[0].integer(8) != 1))) break;
      std::size_t first = known ? 1 : 0;
      if (first == rows.size()) {
        std::shared_lock lock(mutex_);
        if (upto_ != upto) continue;
        counter.add(table_, only_free);
        return {};
      }
      std::unique_lock lock(mutex_);
      if (upto_ != upto) continue;
      for (std::size_t i = first; i < rows.size(); ++i) table_.add(facet_row_of(rows[i]));
      upto_ = rows[rows.size() - 1].integer(8);
      counter.add(table_, only_free);
      return {};
    }
    std::int64_t now = steady_ms(), upto = 0;
    KT_TRY(auto rows, count(u, {}, "c.visibility = 0"));
    if (!pg) {
      KT_TRY(Rows last, session(u).query(last_change, {}));
      upto = last[0].integer(0);
    }
    FacetTable table;
    for (const FacetRow& r : rows) table.add(r);
    counter.add(table, only_free);
    std::unique_lock lock(mutex_);
    if (upto >= upto_) table_ = std::move(table), upto_ = upto, kept_at_ms_ = now;
    return {};
  }

  std::shared_mutex mutex_;               // guards table_ and what belongs to it
  FacetTable table_;
  std::atomic<std::int64_t> upto_{-1};    // the last change that is in table_; -1: there is no table yet
  std::int64_t kept_at_ms_ = 0;

  static std::int64_t parse_number(std::string_view text) {
    bool negative = text.starts_with('-');
    auto n = static_cast<std::int64_t>(parse_u64(negative ? text.substr(1) : text).value_or(0));
    return negative ? -n : n;
  }
};

}  // namespace

Status catalogue_follow(UnitOfWork& u, std::string_view repository) {
  // A new one begins with a trend of 1 at the moment it was made.
  static const Statement created("SELECT created_ns FROM repository WHERE id = ?1");
  KT_TRY(Rows rows, session(u).query(created, {repository}));
  if (rows.empty()) return {};
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(changed(session(u).exec(follow, {repository, static_cast<std::int64_t>(std::llround(half_lives(Time{rows[0].integer(0)}) * 1e6))})));
  KT_CHECK(changed(session(u).exec(words, {repository})));
  return entry_changed(u, repository, before);
}
Status catalogue_describe(UnitOfWork& u, std::string_view repository, const Derived& d) {
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(changed(session(u).exec(describe, {repository, d.task, d.library, d.licence, d.languages, d.summary})));
  KT_CHECK(changed(session(u).exec(words, {repository})));
  return entry_changed(u, repository, before);
}
Status catalogue_remove(UnitOfWork& u, std::string_view repository) {
  KT_TRY(auto before, search_facts(u, repository));
  KT_CHECK(changed(session(u).exec(remove_days, {repository})));
  KT_CHECK(changed(session(u).exec(remove_entry, {repository})));
  return entry_changed(u, repository, before);
}

std::unique_ptr<Catalogue> make_catalogue() { return std::make_unique<Store>(); }

}  // namespace kontor::sql
