// How a page is found: what matches is read as a whole and sorted where it is little; where it is much, it stands so close in every order
// that walking the index of the order meets a page of it soon. The text index says which, and on SQLite also which entries a walk may stop
// at. By price three walks follow one another: what is free, what is offered in the currency, what is not.
#include "adapters/sql/catalogue_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "adapters/sql/catalogue_filters.hpp"
#include "adapters/sql/catalogue_offers.hpp"
#include "base/text.hpp"

namespace kontor::sql {

using namespace repository;

namespace {

// So many numbers of entries are taken from SQLite's index at most: with more, walking an order and comparing is sooner done.
constexpr int most_numbers = 5000;
// So many rows are looked at on PostgreSQL to see whether a text is everywhere.
constexpr int sampled_rows = 4000;

#define ENTRY                                                                                                                      \
  "c.repository, c.kind, c.owner, c.ns, c.name, c.visibility, c.gated, c.created_ns, c.updated_ns, c.task, c.library, c.licence, " \
  "c.languages, c.title, CASE WHEN c.sale_summary <> '' THEN c.sale_summary ELSE c.card_summary END, c.downloads, c.likes, "       \
  "c.trending, c.delivery, c.name_key, c.paid, "

// The columns of a row. Where prices are compared in a currency, what is offered in it is shown with that offer.
std::string entry_columns(const CatalogueQuery& q, bool pg) {
  if (q.priced_in.empty()) return ENTRY "c.listing, c.offer, c.currency, c.price, 1";
  auto of = [&](std::string_view column) {
    return fmt::format("(SELECT o.{0} FROM catalogue_offer o WHERE o.{1} = c.{1} AND o.currency = {2})", column, offer_key(pg),
                       currency_literal(q.priced_in));
  };
  return ENTRY + fmt::format(
                     "COALESCE({}, c.listing), COALESCE({}, c.offer), COALESCE({}, c.currency), COALESCE({}, c.price), CASE WHEN {} IS "
                     "NULL THEN 1 ELSE 0 END",
                     of("listing"), of("offer"), of("currency"), of("price"), of("price"));
}

CatalogueRow row_of(const Row& r, std::string_view sort) {
  CatalogueRow out;
  Repository& repo = out.repository;
  repo.id = r.text(0);
  repo.kind = static_cast<Kind>(r.integer(1));
  repo.owner = r.text(2), repo.ns = r.text(3), repo.name = r.text(4);
  repo.visibility = r.integer(5) ? identity::Visibility::private_ : identity::Visibility::public_;
  repo.gated = r.text(6), repo.created_at = {r.integer(7)}, repo.updated_at = {r.integer(8)};
  out.task = r.text(9), out.library = r.text(10), out.licence = r.text(11), out.languages = r.text(12), out.title = r.text(13),
  out.summary = r.text(14);
  out.downloads = r.integer(15), out.likes = r.integer(16), out.trending = r.integer(17);
  bool paid = r.integer(20) != 0;
  if (paid) {
    out.sale.emplace();
    out.sale->delivery = r.text(18), out.sale->listing = r.text(21), out.sale->offer = r.text(22), out.sale->currency = r.text(23);
    if (r.integer(24) != no_price) out.sale->price = r.integer(24);
  }
  if (sort == "name")
    out.sort_value = r.text(19);
  else
    out.sort_value = std::to_string(sort == "newest"      ? repo.created_at.ns
                                    : sort == "price"     ? (!paid           ? free_price
                                                             : r.integer(25) ? no_price
                                                                             : r.integer(24))
                                    : sort == "downloads" ? out.downloads
                                                          : out.trending);
  return out;
}

// A place in an order: the value of its column, as a number or as a text, and the id.
struct Place {
  std::int64_t number = 0;
  std::string text, id;
  auto operator<=>(const Place&) const = default;
};

struct Order {
  std::string column, index;  // index: its name of SQLite's behind catalogue_ and catalogue_sale_
  bool rising = false, by_text = false, by_price = false;

  Order(const CatalogueQuery& q, bool pg) {
    std::string_view sort = q.sort;
    if (sort == "newest")
      column = "c.created_ns", index = "created";
    else if (sort == "price")
      column = fmt::format(
          "CASE WHEN c.paid = 0 THEN {0} ELSE COALESCE((SELECT o.price FROM catalogue_offer o WHERE o.{1} = c.{1} AND o.currency = {2}), "
          "{3}) END",
          free_price, offer_key(pg), currency_literal(q.priced_in), no_price),
      rising = by_price = true;
    else if (sort == "downloads")
      column = "c.downloads", index = "downloads";
    else if (sort == "name")
      column = "c.name_key", index = "name", rising = true, by_text = true;
    else
      column = "c.trending", index = "trending";
  }
  bool before(const Place& x, const Place& y) const { return rising ? x < y : y < x; }
  Place place(const std::string& value, const std::string& id) const {
    return by_text ? Place{0, value, id} : Place{parse_i64(value).value_or(0), "", id};
  }
  Place place(const CatalogueRow& r) const { return place(r.sort_value, r.repository.id); }
  // " AND (column, id) > (value, id)": what comes after a place, or before it.
  std::string beyond(Bindings& b, const Place& p, bool after) const {
    std::string value = by_text ? b.text(p.text) : b.number(p.number), id = b.text(p.id);
    return fmt::format(" AND ({}, c.repository) {} ({}, {})", column, rising == after ? '>' : '<', value, id);
  }
};

struct Match {
  Place place;
  Kind kind;
};

class Finder {
 public:
  Finder(UnitOfWork& u, const CatalogueQuery& q)
      : u_(u), q_(q), pg_(session(u).is_postgres()), order_(q, pg_), columns_(entry_columns(q, pg_)) {
    if (q.after) after_ = order_.place(q.after->first, q.after->second);
  }

  Result<CataloguePage> page(bool counted, CatalogueCounts& counts) {
    CataloguePage out;
    if (counted && asks_text(q_)) {
      // By the text alone: what is counted for a filter need not pass it.
      // Where there are filters too, it is enough to know whether few match.
      SearchFound found;
      Tally n;
      bool frequent = false;
      if (pg_) {
        KT_TRY(n, sampled(false));
        frequent = n.total > few_rows;
        KT_TRY(found, find(false, frequent || !narrowed()));
        if (!frequent && narrowed()) {
          n = {.total = found.count};
        } else if (!frequent) {
          KT_TRY(n, tally(found, false));
        }
      } else {
        KT_TRY(found, find(false, false, narrowed() ? few_rows : most_numbers));
        n.total = found.count;
        if (n.total > few_rows && found.all) {
          KT_TRY(n, tally(found, false));
        }
      }
      if (n.total <= few_rows) return counted_page(found);
      KT_TRY(out.counts, counts_without_numbers(counts));
      std::optional<Tally> known;
      if (narrowed()) {
        KT_TRY(found, find(true, pg_));
        if (frequent) {
          KT_TRY(Tally some, sampled(true));
          if (some.total > few_rows) known = some;
        }
      } else if (found.all || pg_) {
        known = n;
      }
      return searched(std::move(out), found, known, true);
    }
    std::int64_t total = few_rows;
    if (counted) {
      KT_TRY(out.counts, counts.of(u_, q_));
      total = out.counts.total;
      if (total == 0) return out;
    }
    bool all_of_currency = !q_.currency.empty() && !(asks_text(q_) || asks_values() || !q_.owner.empty());
    if (counted && total <= few_rows && q_.max_price && (all_of_currency || (q_.paid && *q_.paid))) {
      // Few that are cheap: read along the prices.
      Bindings b;
      std::string from = fmt::format(
          "FROM catalogue_offer p {0}CROSS JOIN catalogue_entry c WHERE c.{1} = p.{1} AND p.kind IN (0, 1, 2) AND p.currency = {2} AND "
          "p.price <= {3}",
          pg_ ? "" : "INDEXED BY catalogue_offer_price ", offer_key(pg_), currency_literal(q_.priced_in), b.number(*q_.max_price));
      return sorted(std::move(out), b, from);
    }
    // The prices of one currency are walked without meeting anything else.
    if (all_of_currency && order_.by_price) return walked(std::move(out), nullptr, {});
    // Of a known part of all, a page is met by walking before the index has told its numbers.
    if (total > (pg_ ? few_rows : most_numbers / 2) || !(asks_text(q_) || asks_facets() || !q_.owner.empty()))
      return walked(std::move(out), nullptr, {});
    KT_TRY(auto found, find(true, pg_ && (counted || asks_text(q_))));
    std::optional<Tally> known;
    if (counted) {
      known = Tally{.total = total};
    } else if (pg_ && asks_text(q_)) {
      KT_TRY(known, sampled(true));
      if (known->total <= few_rows) {
        KT_TRY(known, tally(found, true));
      }
    }
    return searched(std::move(out), found, known, false);
  }

 private:
  bool asks_values() const {
    return !(q_.tasks.empty() && q_.libraries.empty() && q_.licences.empty() && q_.languages.empty() && q_.deliveries.empty());
  }
  bool asks_facets() const { return asks_values() || !q_.currency.empty(); }
  bool narrowed() const { return asks_facets() || q_.paid || !q_.kinds.empty(); }
  bool asks_kind(Kind kind) const { return q_.kinds.empty() || std::find(q_.kinds.begin(), q_.kinds.end(), kind) != q_.kinds.end(); }

  Result<SearchFound> find(bool facets, bool later = false, int most = most_numbers) {
    SearchFor what;
    what.words(q_.text);
    if (!q_.owner.empty()) what.any('o', {q_.owner});
    // Most are public: PostgreSQL would walk that long list too, and who reads what it finds sees which are.
    if (!q_.all_private && !(pg_ && later && asks_text(q_))) what.visible(q_.readable_owners);
    if (facets) {
      what.any('t', q_.tasks).any('l', q_.libraries).any('c', q_.licences).any('g', q_.languages).any('d', q_.deliveries);
      if (!q_.currency.empty()) what.any('m', {q_.currency});
      if (q_.paid) what.paid(*q_.paid);
      if (q_.kinds.size() == 1) what.kind(static_cast<int>(q_.kinds[0]));
    }
    if (later) return search_later(u_, what);
    return search_find(u_, what, pg_ ? few_rows : most);
  }

  // How many pass, of each kind: at most one more than few_rows.
  struct Tally {
    std::int64_t total = 0;
    std::array<std::int64_t, 3> kinds{};
  };
  Result<Tally> tally(const SearchFound& found, bool facets) {
    Bindings b;
    std::string from = found.from(b);
    from += conditions(b, facets);
    std::string sql = fmt::format("SELECT found.kind, COUNT(*) FROM (SELECT c.kind AS kind {} LIMIT {}) found GROUP BY found.kind", from,
                                  b.number(few_rows + 1));
    return tally_of(sql, b);
  }

  // PostgreSQL's index makes a list of all that match before the first is read: 100,000 for a word that is everywhere. Such a word is known
  // by the first rows of the table. A total that is not above few_rows says nothing.
  Result<Tally> sampled(bool facets) {
    static const Statement scan("SET LOCAL enable_seqscan TO on"), no_scan("SET LOCAL enable_seqscan TO off");
    auto among_first = [&](int rows) {
      Bindings b;
      std::string sql = fmt::format(
          "SELECT found.kind, COUNT(*) FROM (SELECT c.kind AS kind FROM (SELECT * FROM catalogue_entry LIMIT {}) c WHERE 1 = 1", rows);
      sql += conditions(b, facets) + " LIMIT " + b.number(few_rows + 1) + ") found GROUP BY found.kind";
      return tally_of(sql, b);
    };
    KT_CHECK(session(u_).exec_later(scan, {}));
    KT_TRY(Tally out, among_first(sampled_rows / 10));
    if (out.total * 10 > few_rows) {
      KT_TRY(out, among_first(sampled_rows));
    }
    KT_CHECK(session(u_).exec_later(no_scan, {}));
    return out;
  }
  Result<Tally> tally_of(const std::string& sql, const Bindings& b) {
    KT_TRY(Rows rows, session(u_).query(prepared(sql), b.params()));
    Tally out;
    for (Row r : rows) out.total += out.kinds.at(static_cast<std::size_t>(r.integer(0))) = r.integer(1);
    return out;
  }

  // Some of what is found by the index. `counted`: the total is told.
  Result<CataloguePage> searched(CataloguePage out, const SearchFound& found, const std::optional<Tally>& known, bool counted) {
    Tally n = known ? *known : Tally{.total = found.count};
    // Where it is likely that few pass, they are read at once.
    bool read_first = n.total <= few_rows || (found.all && found.count <= few_rows + few_rows / 2 && !known);
    if (!read_first && !known && (found.all || counted)) {
      KT_TRY(n, tally(found, true));
    }
    if (read_first || n.total <= few_rows) {
      Bindings b;
      std::string from = found.from(b);
      if (!counted && !q_.of_each_kind && n.total <= few_rows) return sorted(std::move(out), b, from);
      KT_TRY(auto matches, read(b, from));
      if (matches.size() <= few_rows) {
        if (counted) out.counts.total = static_cast<std::int64_t>(matches.size());
        return rows_of(std::move(out), std::move(matches));
      }
      n.kinds = {};
      for (const Match& m : matches) ++n.kinds[static_cast<std::size_t>(m.kind)];
    }
    if (counted) out.counts.total = few_rows, out.counts.more = true;
    return walked(std::move(out), &found, n);
  }

  // Few match the text: all of them are read, counted and sorted.
  Result<CataloguePage> counted_page(const SearchFound& found) {
    Bindings b;
    // Under a highest price an entry counts for the currencies in which it is cheap. The column of all of them stands last in the row.
    std::string currencies = "CASE WHEN c.paid = 1 THEN c.currencies ELSE '' END";
    if (q_.max_price)
      currencies = fmt::format(
          "CASE WHEN c.paid = 1 THEN (SELECT {0}(o.currency, ' ') FROM catalogue_offer o WHERE o.{1} = c.{1} AND o.price <= {2}) ELSE '' "
          "END",
          pg_ ? "string_agg" : "group_concat", offer_key(pg_), b.number(*q_.max_price));
    std::string sql =
        fmt::format("SELECT " FACET_COLUMNS_BUT_CURRENCIES ", {}, 1, {}, c.repository {}", currencies, order_.column, found.from(b));
    KT_TRY(Rows rows, session(u_).query(prepared(sql + conditions(b, false)), b.params()));
    CataloguePage out;
    std::vector<FacetRow> values;
    std::vector<Match> matches;
    for (Row r : rows) {
      values.push_back(facet_row_of(r));
      if (passes(q_, values.back())) matches.push_back({place_of(r, 9), values.back().kind});
    }
    out.counts = count_facets(q_, values);
    return rows_of(std::move(out), std::move(matches));
  }

  // Too many match the text to count them by value: the values that there are stand without numbers.
  Result<FacetCounts> counts_without_numbers(CatalogueCounts& counts) {
    CatalogueQuery values = q_;
    values.text.clear(), values.owner.clear(), values.readable_owners.clear(), values.max_price.reset();
    values.all_private = false;
    KT_TRY(FacetCounts out, counts.of(u_, values));
    for (auto& facet : out.facets)
      for (auto& v : facet.values) v.count = -1;
    return out;
  }

  std::string conditions(Bindings& b, bool facets) {
    std::string out = seen_condition(b, q_) + other_conditions(b, q_) + price_condition(b, q_, !facets, pg_);
    if (!facets) return out;
    std::string kinds;
    for (Kind k : q_.kinds) kinds += (kinds.empty() ? " AND c.kind IN (" : ", ") + std::to_string(static_cast<int>(k));
    return out + facet_conditions(b, q_, pg_) + (kinds.empty() ? "" : kinds + ")");
  }

  Place place_of(const Row& r, std::size_t i) const {
    return order_.by_text ? Place{0, r.text(i), r.text(i + 1)} : Place{r.integer(i), "", r.text(i + 1)};
  }

  // What passes all filters: at most one more than few_rows.
  Result<std::vector<Match>> read(Bindings& b, const std::string& from) {
    std::string sql =
        fmt::format("SELECT c.kind, {}, c.repository {}{}", order_.column, from, conditions(b, true)) + " LIMIT " + b.number(few_rows + 1);
    return all<Match>(session(u_).query(prepared(sql), b.params()),
                      [&](const Row& r) { return Match{place_of(r, 1), static_cast<Kind>(r.integer(0))}; });
  }

  // The page of what was read: its places are found among them, its rows are read.
  Result<CataloguePage> rows_of(CataloguePage out, std::vector<Match> matches) {
    if (after_) std::erase_if(matches, [&](const Match& m) { return !order_.before(*after_, m.place); });
    auto limit = static_cast<std::size_t>(q_.limit);
    auto end = q_.of_each_kind ? matches.end() : matches.begin() + static_cast<std::ptrdiff_t>(std::min(limit, matches.size()));
    std::partial_sort(matches.begin(), end, matches.end(), [&](const Match& x, const Match& y) { return order_.before(x.place, y.place); });
    std::vector<std::string> ids;
    std::array<std::size_t, 3> taken{};
    for (auto m = matches.begin(); m != end; ++m)
      if (taken[static_cast<std::size_t>(m->kind)]++ < limit) ids.push_back(m->place.id);
    if (ids.empty()) return out;
    // Padded, so that there are few shapes of the statement.
    std::size_t n = 32;
    while (n < ids.size()) n *= 4;
    Bindings b;
    std::string list;
    for (std::size_t i = 0; i < n; ++i) list += (list.empty() ? "" : ", ") + b.text(i < ids.size() ? ids[i] : ids.back());
    KT_TRY(Rows rows,
           session(u_).query(prepared("SELECT " + columns_ + " FROM catalogue_entry c WHERE c.repository IN (" + list + ")"), b.params()));
    for (Row r : rows) out.rows.push_back(row_of(r, q_.sort));
    sort_rows(out.rows);
    return out;
  }

  // Few, and no more than the page is wanted of them: the database sorts. SQLite would read whole rows to sort them, so it sorts places.
  Result<CataloguePage> sorted(CataloguePage out, Bindings& b, const std::string& from) {
    std::string sql = pg_ ? "SELECT " + columns_ + " " + from : fmt::format("SELECT c.kind, {}, c.repository {}", order_.column, from);
    sql += conditions(b, true) + order_and_limit(b);
    KT_TRY(Rows rows, session(u_).query(prepared(sql), b.params()));
    std::vector<Match> places;
    for (Row r : rows)
      if (pg_)
        out.rows.push_back(row_of(r, q_.sort));
      else
        places.push_back({place_of(r, 1), static_cast<Kind>(r.integer(0))});
    return pg_ ? std::move(out) : rows_of(std::move(out), std::move(places));
  }
  std::string order_and_limit(Bindings& b) const {
    return (after_ ? order_.beyond(b, *after_, true) : "") +
           fmt::format(" ORDER BY {0} {1}, c.repository {1} LIMIT {2}", order_.column, order_.rising ? "ASC" : "DESC", b.number(q_.limit));
  }

  void sort_rows(std::vector<CatalogueRow>& rows) const {
    std::sort(rows.begin(), rows.end(),
              [&](const CatalogueRow& x, const CatalogueRow& y) { return order_.before(order_.place(x), order_.place(y)); });
  }

  // A part of an order that an index follows: its entries, from one kind's table or index on, and where they stand.
  struct Walk {
    std::string from, kind;             // kind: the column of the kind
    std::string column, id;             // column: empty where all have the same value
    std::optional<std::int64_t> value;  // that value

    // Like Order::beyond. Of entries of one value some, all or none are beyond.
    std::string beyond(Bindings& b, const Order& order, const Place& p, bool after) const {
      if (!value) {
        std::string at = order.by_text ? b.text(p.text) : b.number(p.number);
        return fmt::format(" AND ({}, {}) {} ({}, {})", column, id, order.rising == after ? '>' : '<', at, b.text(p.id));
      }
      if (*value == p.number) return fmt::format(" AND {} {} {}", id, order.rising == after ? '>' : '<', b.text(p.id));
      return (order.rising == after ? *value > p.number : *value < p.number) ? "" : " AND 1 = 0";
    }
    std::string in_order(const Order& order) const {
      std::string_view way = order.rising ? "ASC" : "DESC";
      return value ? fmt::format(" ORDER BY {} {}", id, way) : fmt::format(" ORDER BY {0} {2}, {1} {2}", column, id, way);
    }
  };
  std::vector<Walk> walks() const {
    auto by_index = [&](std::string_view index) { return pg_ ? std::string() : fmt::format("INDEXED BY catalogue_{} ", index); };
    if (!order_.by_price) {
      bool of_sale = q_.paid && *q_.paid;
      return {{fmt::format("FROM catalogue_entry c {}WHERE 1 = 1", by_index((of_sale ? "sale_" : "") + order_.index)),
               "c.kind",
               order_.column,
               "c.repository",
               {}}};
    }
    std::vector<Walk> out;
    std::string of_entries = "FROM catalogue_entry c " + by_index("paid") + "WHERE c.paid = ", key(offer_key(pg_));
    std::string in = currency_literal(q_.priced_in);
    // Only what is for sale is delivered and has a currency.
    bool free = !(q_.paid && *q_.paid) && q_.currency.empty() && q_.deliveries.empty(), paid = !q_.paid || *q_.paid;
    if (free) out.push_back({of_entries + "0", "c.kind", "", "c.repository", free_price});
    if (paid)
      out.push_back({fmt::format("FROM catalogue_offer p {0}CROSS JOIN catalogue_entry c WHERE c.{1} = p.{1} AND p.currency = {2}",
                                 by_index("offer_price"), key, in),
                     "p.kind",
                     "p.price",
                     "p.repository",
                     {}});
    if (paid && q_.currency.empty() && !q_.max_price)
      out.push_back({fmt::format("{0}1 AND NOT EXISTS (SELECT 1 FROM catalogue_offer o WHERE o.{1} = c.{1} AND o.currency = {2})",
                                 of_entries, key, in),
                     "c.kind", "", "c.repository", no_price});
    return out;
  }

  // Each kind has an index in the order asked for. The one with most matches comes first: what it gives bounds the walks after it.
  Result<CataloguePage> walked(CataloguePage out, const SearchFound* found, const Tally& n) {
    std::array<Kind, 3> kinds = {Kind::model, Kind::dataset, Kind::space};
    std::stable_sort(kinds.begin(), kinds.end(),
                     [&](Kind x, Kind y) { return n.kinds[static_cast<std::size_t>(x)] > n.kinds[static_cast<std::size_t>(y)]; });
    auto limit = static_cast<std::size_t>(q_.limit);
    std::array<std::size_t, 3> taken{};
    std::optional<Place> last;
    if (pg_ && asks_text(q_)) {
      // How much a pattern matches is seen in the pattern: a plan for any of them reads all and sorts it where a page would soon be met.
      static const Statement by_value("SET LOCAL plan_cache_mode TO force_custom_plan");
      KT_CHECK(session(u_).exec_later(by_value, {}));
    }
    for (const Walk& walk : walks()) {
      if (last) break;  // what follows stands behind a whole page
      for (Kind kind : kinds) {
        std::size_t& of_kind = taken[static_cast<std::size_t>(kind)];
        if (!asks_kind(kind) || of_kind == limit) continue;
        Bindings b;
        std::string sql = "SELECT " + columns_ + " " + walk.from + fmt::format(" AND {} = ", walk.kind) + b.number(static_cast<int>(kind));
        if (walk.column == "p.price" && q_.max_price) sql += " AND p.price <= " + b.number(*q_.max_price);
        if (found) sql += found->among(b);
        sql += seen_condition(b, q_) + other_conditions(b, q_) + price_condition(b, q_, false, pg_) + facet_conditions(b, q_, pg_);
        if (last) sql += walk.beyond(b, order_, *last, false);
        if (after_) sql += walk.beyond(b, order_, *after_, true);
        sql += walk.in_order(order_) + " LIMIT " + b.number(static_cast<std::int64_t>(limit - of_kind));
        KT_TRY(Rows rows, session(u_).query(prepared(sql), b.params()));
        for (Row r : rows) out.rows.push_back(row_of(r, q_.sort));
        if (q_.of_each_kind) of_kind += rows.size();
        if (q_.of_each_kind || out.rows.size() < limit) continue;
        sort_rows(out.rows);
        out.rows.resize(limit);
        last = order_.place(out.rows.back());
      }
    }
    sort_rows(out.rows);
    return out;
  }

  UnitOfWork& u_;
  const CatalogueQuery& q_;
  bool pg_;
  Order order_;
  std::string columns_;  // of a row
  std::optional<Place> after_;
};

}  // namespace

Result<CataloguePage> catalogue_page(UnitOfWork& u, const CatalogueQuery& q, bool counted, CatalogueCounts& counts) {
  return Finder(u, q).page(counted, counts);
}

}  // namespace kontor::sql
