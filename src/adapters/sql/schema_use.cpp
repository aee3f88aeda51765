// When a token was last used, for its owner; the top-ups that operators still expect money for.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view use_schema() {
  return R"sql(
ALTER TABLE access_token ADD COLUMN last_used_ns {int};
CREATE INDEX market_top_up_open ON market_top_up(id) WHERE state IN ('a', 'p');
)sql";
}

}  // namespace kontor::sql
