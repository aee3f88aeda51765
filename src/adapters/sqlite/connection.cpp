#include "adapters/sqlite/connection.hpp"

#include <fmt/format.h>

#include "adapters/sqlite/wal_vfs.hpp"

namespace kontor::sqlite {

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, bool writer, int cache_kib, const std::string& vfs) {
  // Counting every allocation of SQLite takes a lock each; nothing here reads the counts.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)uncounted;  // refused when something used SQLite before: then it counts
  sqlite3* db = nullptr;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writer ? SQLITE_OPEN_CREATE : 0);
  int rc = sqlite3_open_v2(path.c_str(), &db, flags, gathering_vfs(vfs).c_str());
  auto c = std::unique_ptr<Connection>(new Connection(db));
  if (rc != SQLITE_OK)
    return fail(Errc::unavailable, "database_unavailable",
                fmt::format("Cannot open the database {}: {}", path, db ? sqlite3_errmsg(db) : "out of memory"));
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, 5000);
  std::string pragmas = fmt::format(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=67108864; PRAGMA "
      "cache_size=-{}; "
      "PRAGMA temp_store=MEMORY;",
      cache_kib);
  if (writer)
    pragmas += "PRAGMA wal_autocheckpoint=16000;";
  else  // Readers look at the file where the system keeps it: a copy of each page they meet is a third of what a look at a row costs.
    pragmas += "PRAGMA query_only=ON; PRAGMA mmap_size=1073741824;";
  KT_CHECK(c->run(pragmas.c_str()));
  return c;
}

Connection::~Connection() {
  for (sqlite3_stmt* s : cache_) sqlite3_finalize(s);
  sqlite3_close_v2(db_);
}

Error Connection::last_error(int rc) {
  std::string text = sqlite3_errmsg(db_);
  switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return {Errc::conflict, "unique_violation", "Something with the same key exists already.", {}};
    case SQLITE_FULL:
      return {Errc::unavailable, "disk_full", "The disk is full: nothing was changed.", {}};
  }
  switch (rc & 0xFF) {
    case SQLITE_CONSTRAINT:
      return {Errc::invalid, "constraint_violation", text, {}};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::retry, "busy", text, {}};
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return {Errc::unavailable, "disk_full", "The database cannot be written: nothing was changed.", {}};
    case SQLITE_READONLY:
      return {Errc::internal, "read_only", "A read transaction tried to change something.", {}};
  }
  return {Errc::internal, "sql_error", fmt::format("{} ({})", text, rc), {}};
}

Status Connection::run(const char* sql) {
  int rc = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return Unexpected(last_error(rc));
  return {};
}

Result<sqlite3_stmt*> Connection::prepared(const sql::Statement& statement) {
  auto id = static_cast<std::size_t>(statement.id());
  if (id < cache_.size() && cache_[id]) return cache_[id];
  sqlite3_stmt* s = nullptr;
  int rc =
      sqlite3_prepare_v3(db_, statement.text().data(), static_cast<int>(statement.text().size()), SQLITE_PREPARE_PERSISTENT, &s, nullptr);
  if (rc != SQLITE_OK) {
    Error e = last_error(rc);
    e.message += " in: " + statement.text();
    return Unexpected(std::move(e));
  }
  if (id >= cache_.size()) cache_.resize(id + 16);
  cache_[id] = s;
  return s;
}

Result<std::int64_t> Connection::step(const sql::Statement& statement, sql::Params params, sql::Rows* rows) {
  KT_TRY(sqlite3_stmt * s, prepared(statement));
  int i = 0;
  for (const sql::Param& p : params) {
    ++i;
    switch (p.kind) {
      case sql::Param::Kind::null:
        sqlite3_bind_null(s, i);
        break;
      case sql::Param::Kind::integer:
        sqlite3_bind_int64(s, i, p.integer);
        break;
      case sql::Param::Kind::text:
        sqlite3_bind_text64(s, i, p.text.data() ? p.text.data() : "", p.text.size(), SQLITE_STATIC, SQLITE_UTF8);
        break;
      case sql::Param::Kind::blob:
        sqlite3_bind_blob64(s, i, p.text.data() ? p.text.data() : "", p.text.size(), SQLITE_STATIC);
        break;
    }
  }
  KT_ASSERT(i == sqlite3_bind_parameter_count(s));
  int columns = sqlite3_column_count(s);
  std::vector<sql::Row::Cell> cells;
  int rc;
  while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
    if (!rows) continue;
    for (int c = 0; c < columns; ++c) {
      switch (sqlite3_column_type(s, c)) {
        case SQLITE_INTEGER:
          cells.emplace_back(static_cast<std::int64_t>(sqlite3_column_int64(s, c)));
          break;
        case SQLITE_NULL:
          cells.emplace_back();
          break;
        default: {
          const char* data = static_cast<const char*>(sqlite3_column_blob(s, c));
          cells.emplace_back(std::string(data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(s, c))));
        }
      }
    }
  }
  Error error;
  bool ok = rc == SQLITE_DONE;
  if (!ok) error = last_error(rc);
  sqlite3_reset(s);  // the next call binds every parameter anew
  if (!ok) return Unexpected(std::move(error));
  if (rows) *rows = sql::Rows(static_cast<std::size_t>(columns), std::move(cells));
  return static_cast<std::int64_t>(sqlite3_changes64(db_));
}

}  // namespace kontor::sqlite
