// The catalogue: every repository, free or for sale, in one list with filters, counts per value and several orders. Columns that it
// filters and sorts by are kept beside the repository (adapters/sql, catalogue_entry), so that no card is read for a list.
#pragma once
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/storage.hpp"
#include "repository/model.hpp"

namespace kontor::repository {

// The cheapest public offer in one currency. Prices are micros: what is due at once, or of one unit where nothing is. They compare within
// one currency only.
struct PricedOffer {
  std::string offer, listing, currency;
  std::int64_t price = 0;
};

// What the market says about a repository with a published listing.
struct Sale {
  std::string listing, title, summary, licence, delivery;  // delivery: blank-separated
  std::string offer, currency;                             // shown where no currency is asked for; empty: no public offer now
  std::int64_t price = 0;
  std::vector<PricedOffer> offers;  // one of each currency, the shown one among them
  std::optional<Time> until;        // when the first of them ends by itself
};

struct CatalogueQuery {
  std::vector<Kind> kinds;                                                     // empty: all
  std::string text;                                                            // lower case; part of name, title or summary
  std::string owner;                                                           // party
  std::vector<std::string> tasks, libraries, licences, languages, deliveries;  // one of each that is not empty must match
  std::optional<bool> paid;
  std::string currency;                      // with an offer in it; empty: whatever it is sold for
  std::string priced_in;                     // the currency that prices are compared and shown in; empty: they are not compared
  std::optional<std::int64_t> max_price;     // of what is for sale, in `priced_in`; what is free costs nothing in any currency
  std::string sort = "trending";             // trending | newest | price | downloads | name. By price: what is free, what is offered in
                                             // `priced_in`, what is not
  std::vector<std::string> readable_owners;  // parties whose private repositories may be shown
  bool all_private = false;
  std::optional<std::pair<std::string, std::string>> after;  // sort value and id of the last row of the page before
  int limit = 20;
  bool of_each_kind = false;  // the page has up to `limit` of each kind, not of all together
};

// What is found by text is counted up to here; more are not counted by value.
constexpr int few_rows = 1000;

struct CatalogueRow {
  Repository repository;
  std::string task, library, licence, languages, title, summary;
  std::optional<Sale> sale;
  std::int64_t downloads = 0, likes = 0;
  std::int64_t trending = 0;           // trend.hpp: a logarithm
  std::string sort_value;              // for CatalogueQuery::after
  std::vector<std::int64_t> activity;  // downloads and runs of the last days, oldest first
};

// How many repositories have one combination of values.
struct FacetRow {
  Kind kind;
  std::string task, library, licence, languages, delivery, currencies;
  bool paid = false;
  std::int64_t count = 0;
};
struct FacetValue {
  std::string value;
  std::int64_t count = 0;  // -1: not counted, because too many match a text
};
struct Facet {
  std::string name;
  std::vector<FacetValue> values;  // most frequent first
};
struct FacetCounts {
  std::int64_t total = 0;     // with all filters
  bool more = false;          // there are more than `total`: what is found by text is not counted to its end
  std::vector<Facet> facets;  // each with all filters but its own: what choosing another value would show
};
FacetCounts count_facets(const CatalogueQuery& query, const std::vector<FacetRow>& rows);

struct CataloguePage {
  FacetCounts counts;              // only if asked for
  std::vector<CatalogueRow> rows;  // in the order asked for
};

struct DayActivity {
  std::int64_t day = 0;  // days since 1970, UTC
  std::int64_t downloads = 0, runs = 0;
};
// What happened to a repository since it was last written down.
struct Happened {
  std::int64_t downloads = 0, runs = 0, orders = 0;
};

// What the house has and what happened in it on one day.
struct Figures {
  std::array<std::int64_t, 3> by_kind{};  // models, datasets, spaces
  std::int64_t for_sale = 0, runs = 0, downloads = 0;
};

// Port; implemented in adapters/sql. Runs inside a transaction.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  virtual Result<CataloguePage> page(UnitOfWork& unit, const CatalogueQuery& query, bool counted) = 0;
  // In which most public repositories of these kinds (none: of all) are offered; empty: none is.
  virtual Result<std::string> usual_currency(UnitOfWork& unit, const std::vector<Kind>& kinds) = 0;
  virtual Status set_sale(UnitOfWork& unit, std::string_view repository, const std::optional<Sale>& sale) = 0;
  // Repositories whose shown offer ended by itself.
  virtual Result<std::vector<std::string>> ended_sales(UnitOfWork& unit, Time now, int limit) = 0;
  virtual Status add_activity(UnitOfWork& unit, std::string_view repository, const Happened& what, Time now) = 0;
  virtual Result<std::vector<DayActivity>> activity(UnitOfWork& unit, std::string_view repository, std::int64_t from_day) = 0;
  // Repositories whose entry is missing or says something else than they or their listing do, by id; for `kontor verify`.
  virtual Result<std::vector<std::string>> faults(UnitOfWork& unit) = 0;
  // Of public repositories, and of one day (since 1970, UTC).
  virtual Result<Figures> figures(UnitOfWork& unit, std::int64_t day) = 0;
};

// Counts in memory and writes down many at once: a download costs no transaction. A crash loses at most what a tick had counted.
class Activity {  // any thread
 public:
  Activity(Storage& storage, Catalogue& catalogue, const Clock& wall) : storage_(storage), catalogue_(catalogue), wall_(wall) {}
  void download(std::string_view repository) { add(repository, {1, 0, 0}); }
  void run(std::string_view repository) { add(repository, {0, 1, 0}); }
  void order(std::string_view repository) { add(repository, {0, 0, 1}); }
  Task<Status> flush();

 private:
  void add(std::string_view repository, Happened what);
  Storage& storage_;
  Catalogue& catalogue_;
  const Clock& wall_;
  std::mutex mutex_;
  std::map<std::string, Happened, std::less<>> waiting_;
};

}  // namespace kontor::repository
