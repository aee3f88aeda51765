// PostgreSQL (15 or newer, or an engine that speaks its wire protocol) as the store of facts: a pool of connections, each with its
// thread; write transactions are SERIALIZABLE, hold all bodies that wait, are sent as pipelines, and run again on serialization failures.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/session.hpp"

namespace kontor::postgres {

struct Options {
  std::string conninfo;  // postgres://... or key=value
  // One: what waits is written together, so that the changes of one process never collide and share a flush. More only add conflicts
  // where rows are hot (a seller's account); other processes on the database are conflicts enough.
  int writer_connections = 1;
  int reader_connections = 4;
  std::size_t queue_limit = 8192;
  int max_attempts = 30;         // of one transaction body, then unavailable
  std::size_t group_limit = 64;  // bodies that wait to one transaction
  bool always_group = false;     // for tests: a body that waits alone is run as a group of one
  // Test hook: called after each body with the attempt's number; true makes this attempt fail as a serialization failure.
  std::function<bool(int)> inject_failure;
};

class PostgresStorage : public Storage {
 public:
  // Errors: unavailable (cannot connect), conflict (migrations).
  static Result<std::unique_ptr<PostgresStorage>> open(Options options, const std::vector<sql::Migration>& migrations);
};

}  // namespace kontor::postgres
