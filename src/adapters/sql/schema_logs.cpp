// What a runner wrote during a prediction.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view logs_schema() {
  return R"sql(
ALTER TABLE prediction ADD COLUMN logs {text} NOT NULL DEFAULT '';
)sql";
}

}  // namespace kontor::sql
