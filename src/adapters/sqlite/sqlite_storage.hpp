// SQLite as the store of facts: one writer thread with group commit (many transactions, each in a savepoint, to one fsync), readers
// with connections of their own. WAL, synchronous=FULL: what was acknowledged is on stable storage.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/session.hpp"

namespace kontor::sqlite {

struct Options {
  std::string path;
  int reader_threads = 2;
  std::size_t queue_limit = 8192;  // waiting transactions; more are refused with unavailable
  std::size_t group_limit = 256;   // transactions to one commit
  int cache_kib = 8192;            // page cache of the writer; readers have a quarter
  std::string vfs;                 // SQLite's file layer by name, for tests; empty: the system's
};

class SqliteStorage : public Storage {
 public:
  // Opens or makes the file, migrates it, loads the serial numbers. Errors: unavailable, conflict (migrations).
  static Result<std::unique_ptr<SqliteStorage>> open(Options options, const std::vector<sql::Migration>& migrations);
  // A consistent copy of everything committed before the call, in a file that does not exist yet; writers go on. Blocking.
  virtual Status copy_to(const std::string& file) = 0;
};

}  // namespace kontor::sqlite
