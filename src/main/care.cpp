// Care of a data folder (care.hpp).
#include "main/care.hpp"

#include "adapters/sqlite/sqlite_storage.hpp"
#include "base/json_text.hpp"
#include "content/content.hpp"
#include "inference/inference.hpp"
#include "io/worker_pool.hpp"
#include "ledger/check.hpp"
#include "main/backup.hpp"
#include "repository/catalogue.hpp"
#include "repository/repositories.hpp"
#include "tradelog/log.hpp"

namespace kontor::app {
namespace {

// A backup copies objects that the clean-up must not remove under it.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& busy) : mine(!busy.exchange(true)), busy_(busy) {}
  ~Turn() {
    if (mine) busy_ = false;
  }
  Turn(const Turn&) = delete;

  const bool mine;

 private:
  std::atomic<bool>& busy_;
};
Unexpected taken() { return fail(Errc::conflict, "in_progress", "A clean-up or a backup is under way: try again when it has ended."); }

}  // namespace

Task<Result<std::string>> Care::collect(std::int64_t grace_seconds, bool dry_run) {
  Turn turn(busy_);
  if (!turn.mine) co_return taken();
  KT_CO_TRY(auto content, co_await of_.content.sweep(grace_seconds, dry_run));
  KT_CO_TRY(auto packs, co_await of_.repositories.sweep(grace_seconds, dry_run));
  KT_CO_TRY(auto files, co_await of_.inference.sweep_files(dry_run));
  auto n = [](std::uint64_t v) { return static_cast<std::int64_t>(v); };
  JsonWriter w;
  w.begin_object()
      .field("dry_run", dry_run)
      .field("files", n(content.files))
      .field("xorbs", n(content.xorbs))
      .field("bodies", n(content.bodies))
      .field("packs", n(packs.packs));
  w.field("prediction_files", n(files.files)).field("bytes", n(content.bytes + packs.bytes + files.bytes)).end_object();
  co_return std::move(w).str();
}

Task<Result<std::string>> Care::backup(std::string target, bool link) {
  if (!of_.sqlite)
    co_return fail(Errc::invalid, "not_supported",
                   "This folder's facts are in PostgreSQL. Copy in this order: secret, tradelog.key, tradelog.checkpoint and kontor.toml; "
                   "the object store; the database with pg_dump; "
                   "then the object store's new files. Run no 'kontor gc' meanwhile.");
  Turn turn(busy_);
  if (!turn.mine) co_return taken();
  auto work = [this, target, link]() {
    return make_backup(of_.folder, of_.ends, target, link, [this](const std::string& file) { return of_.sqlite->copy_to(file); });
  };
  KT_CO_TRY(BackedUp done, co_await run_on(of_.pool, work));
  JsonWriter w;
  w.begin_object()
      .field("folder", target)
      .field("objects", static_cast<std::int64_t>(done.objects))
      .field("linked", static_cast<std::int64_t>(done.linked));
  co_return std::move(w.field("bytes", static_cast<std::int64_t>(done.bytes)).end_object()).str();
}

Result<std::uint64_t> Care::check_counting_house(const FaultReport& report) {
  std::uint64_t leaves = 0;
  auto body = [&](UnitOfWork& u) -> Result<bool> {
    KT_TRY(leaves, ledger::check_books(u, of_.ledger,
                                       [&](const std::string& item, const std::string& problem) { report(item, "ledger", problem); }));
    KT_TRY(auto n, of_.log_store.size(u));
    leaves += static_cast<std::uint64_t>(n);
    KT_TRY(auto unlisted, of_.catalogue.faults(u));
    for (const auto& id : unlisted)
      report("catalogue", id, "the entry is missing or says something else than the repository or its listing");
    if (auto s = of_.log.audit(u); !s) report("trade log", "", s.error().message);
    return true;
  };
  KT_TRY([[maybe_unused]] bool done, of_.storage.read_now(body));
  return leaves;
}

}  // namespace kontor::app
