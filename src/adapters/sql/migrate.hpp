// Applies numbered migrations, forward only. The table schema_migration holds number, name and SHA-256 of each text that was applied:
// a changed text of an applied migration, or a database newer than the program, stops the start.
#pragma once
#include "adapters/sql/session.hpp"

namespace kontor::sql {

// Within one write transaction. Errors: conflict ("migration_changed", "database_too_new"), and the driver's.
Status migrate(Session& session, const std::vector<Migration>& migrations);

// Column type placeholders of one dialect resolved, split into statements.
std::vector<std::string> ddl_statements(std::string_view text, bool postgres);

}  // namespace kontor::sql
