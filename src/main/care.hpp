// Care of a data folder while it is served: removing what nothing refers to, backups, and the checks of `kontor verify` that span subjects.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>

#include "base/storage.hpp"
#include "base/task.hpp"
#include "main/control.hpp"
#include "main/data_folder.hpp"

namespace kontor {
namespace content {
class Content;
}
namespace inference {
class Inference;
}
namespace io {
class WorkerPool;
}
namespace ledger {
class Store;
}
namespace repository {
class Repositories;
class Catalogue;
}  // namespace repository
namespace sqlite {
class SqliteStorage;
}
namespace tradelog {
class Log;
class Store;
}  // namespace tradelog
}  // namespace kontor

namespace kontor::app {

class Care {  // any thread
 public:
  struct Of {  // all outlive this
    Storage& storage;
    DataFolder& folder;
    const BackEnds& ends;
    sqlite::SqliteStorage* sqlite;  // null: the facts are in PostgreSQL
    content::Content& content;
    repository::Repositories& repositories;
    inference::Inference& inference;
    repository::Catalogue& catalogue;
    ledger::Store& ledger;
    tradelog::Store& log_store;
    tradelog::Log& log;
    io::WorkerPool& pool;
  };
  explicit Care(Of of) : of_(of) {}

  // Both answer JSON text. Errors: conflict (in_progress: one at a time), those of the subjects; backup also invalid (not_supported on
  // PostgreSQL).
  Task<Result<std::string>> collect(std::int64_t grace_seconds, bool dry_run);
  Task<Result<std::string>> backup(std::string target, bool link);
  bool under_way() const { return busy_; }

  // The books, the trade log and the catalogue, in one consistent view: how many entries were looked at.
  Result<std::uint64_t> check_counting_house(const FaultReport& report);

 private:
  Of of_;
  std::atomic<bool> busy_{false};
};

}  // namespace kontor::app
