// What the clean-up (kontor gc) looks up: who holds a file. Rows of repositories that were deleted before their content was forgotten with
// them go.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view care_schema() {
  return R"sql(
CREATE INDEX content_holding_xet ON content_holding(xet);
DELETE FROM content_link WHERE repository NOT IN (SELECT id FROM repository);
DELETE FROM content_holding WHERE repository NOT IN (SELECT id FROM repository);
)sql";
}

}  // namespace kontor::sql
