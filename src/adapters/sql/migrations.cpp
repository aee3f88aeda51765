#include "adapters/sql/catalogue_offers.hpp"
#include "adapters/sql/schemas.hpp"
#include "adapters/sql/search_index.hpp"
#include "adapters/sql/session.hpp"

namespace kontor::sql {

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all = {
      {1, "identity", identity_schema()},
      {2, "repository", repository_schema()},
      {3, "content", content_schema()},
      {4, "market", market_schema()},
      {5, "inference", inference_schema()},
      {6, "people", people_schema()},
      {7, "numbered rows", numbered_schema()},
      {8, "catalogue", catalogue_schema()},
      {9, "desk", desk_schema()},
      {10, "figures", figures_schema()},
      {11, "audit", audit_schema()},
      {12, "care", care_schema()},
      {13, "logs", logs_schema()},
      {14, "search", search_schema(), search_fill},
      {15, "counts", counts_schema()},
      {16, "outputs", outputs_schema()},
      {17, "use of tokens, open top-ups", use_schema()},
      {18, "access requests", access_schema()},
      {19, "likes", likes_schema()},
      {20, "catalogue by number", entry_number_schema()},
      {21, "prices by currency", currency_schema(), offers_fill},
  };
  return all;
}

}  // namespace kontor::sql
