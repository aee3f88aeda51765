// How many entries have which values, kept in memory from one question to the next.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "adapters/sql/search_index.hpp"
#include "repository/facets.hpp"

namespace kontor::sql {

// An entry's values changed from `before` to `now` in this transaction; nothing: there was or is none.
Status counts_changed(UnitOfWork& unit, const std::optional<SearchFacts>& before, const std::optional<SearchFacts>& now);

class CatalogueCounts {  // any thread
 public:
  // Of everything that `q` may see, without looking at its text.
  Result<repository::FacetCounts> of(UnitOfWork& unit, const repository::CatalogueQuery& q);
  // Of everything public.
  using Use = std::function<void(const repository::FacetTable&)>;
  Status of_public(UnitOfWork& unit, const Use& use) { return add(unit, {}, use); }
  // Catalogue::usual_currency.
  Result<std::string> usual_currency(UnitOfWork& unit, const std::vector<repository::Kind>& kinds);

 private:
  // Entries that are counted together: of some owners or of all, public or private.
  struct Scope {
    std::vector<std::string> owners;  // none: everyone's. On SQLite at most one
    bool is_private = false;
    auto operator<=>(const Scope&) const = default;
  };
  struct Kept {
    repository::FacetTable table;
    std::int64_t upto = 0;   // SQLite: the last change that is in the table
    std::int64_t at_ms = 0;  // PostgreSQL: when it was made
    std::atomic<std::uint64_t> asked{0};
  };
  Status add(UnitOfWork& unit, const Scope& scope, const Use& use);
  Result<bool> add_kept(UnitOfWork& unit, const Scope& scope, const Use& use);
  Status count(UnitOfWork& unit, const Scope& scope, const Use& use);

  std::shared_mutex mutex_;
  std::map<Scope, std::unique_ptr<Kept>> kept_;
  std::atomic<std::uint64_t> asked_{0};
};

}  // namespace kontor::sql
