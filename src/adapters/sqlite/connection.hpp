// One SQLite connection and its prepared statements. Used by one thread at a time.
#pragma once
#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/sql/session.hpp"

namespace kontor::sqlite {

class Connection {
 public:
  // `vfs` lies under the one that gathers writes; empty: the system's.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, bool writer, int cache_kib, const std::string& vfs = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status run(const char* sql);  // without parameters, unprepared
  // `rows` null: only changes are counted.
  Result<std::int64_t> step(const sql::Statement& statement, sql::Params params, sql::Rows* rows);
  sqlite3* handle() { return db_; }
  Error last_error(int rc);

 private:
  explicit Connection(sqlite3* db) : db_(db) {}
  Result<sqlite3_stmt*> prepared(const sql::Statement& statement);
  sqlite3* db_;
  std::vector<sqlite3_stmt*> cache_;  // by statement id
};

}  // namespace kontor::sqlite
