// Removing what nobody needs: files of deleted repositories, xorbs whose shard never came or whose files are gone, and bodies whose row was
// never written.
#include <unordered_set>

#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {

constexpr int page = 500;  // rows

// Files that no repository holds; removed unless `dry_run`.
Task<Result<std::unordered_set<Hash>>> unheld(Core* core, Time cutoff, bool dry_run) {
  std::unordered_set<Hash> out;
  std::optional<Hash> after;
  for (;;) {
    auto read = [core, after, cutoff](UnitOfWork& unit) { return core->store.unheld_files_after(unit, after, cutoff, page); };
    KT_CO_TRY(std::vector<Hash> files, co_await core->storage.read(std::move(read)));
    if (files.empty()) co_return out;
    after = files.back();
    for (const Hash& xet : files) {
      bool gone = true;
      if (!dry_run) {
        auto remove = [core, xet, cutoff](UnitOfWork& unit) { return core->store.remove_file(unit, xet, cutoff); };
        KT_CO_TRY(gone, co_await core->storage.write(std::move(remove)));
      }
      if (gone) out.insert(xet);
    }
  }
}

// All xorbs that any recipe but those of `without` names. A file registered after its page was read has pinned its xorbs meanwhile, which
// keeps them.
Task<Result<std::unordered_set<Hash>>> referenced(Core* core, std::unordered_set<Hash> without) {
  std::unordered_set<Hash> out;
  std::optional<Hash> after;
  for (;;) {
    auto read = [core, after](UnitOfWork& unit) { return core->store.files_after(unit, after, page); };
    KT_CO_TRY(std::vector<Recipe> files, co_await core->storage.read(std::move(read)));
    if (files.empty()) co_return out;
    for (const Recipe& f : files)
      for (const Term& t : f.terms)
        if (!without.contains(f.xet)) out.insert(t.xorb);
    after = files.back().xet;
  }
}

}  // namespace

Task<Result<Content::Swept>> Content::sweep(std::int64_t grace_seconds, bool dry_run) {
  Core* core = core_.get();
  Time cutoff = Time::from_seconds(core->wall.now().seconds() - std::max(grace_seconds, min_grace_seconds));
  Swept swept;
  KT_CO_TRY(std::unordered_set<Hash> gone, co_await unheld(core, cutoff, dry_run));
  swept.files = gone.size();
  KT_CO_TRY(std::unordered_set<Hash> keep, co_await referenced(core, std::move(gone)));
  std::unordered_set<std::string> named;  // bodies that a row names
  Hash after{};
  for (;;) {
    auto read = [core, after](UnitOfWork& unit) { return core->store.xorbs_after(unit, after, page); };
    KT_CO_TRY(std::vector<XorbRow> rows, co_await core->storage.read(std::move(read)));
    if (rows.empty()) break;
    for (const XorbRow& row : rows) {
      named.insert(row.object_key);
      if (keep.contains(row.hash)) continue;
      Hash hash = row.hash;
      bool idle = false;
      if (dry_run) {
        auto look = [core, hash, cutoff](UnitOfWork& unit) { return core->store.xorb_idle(unit, hash, cutoff); };
        KT_CO_TRY(idle, co_await core->storage.read(std::move(look)));
      } else {
        auto remove = [core, hash, cutoff](UnitOfWork& unit) { return core->store.remove_xorb(unit, hash, cutoff); };
        KT_CO_TRY(idle, co_await core->storage.write(std::move(remove)));
      }
      if (!idle) continue;
      if (!dry_run) {
        core->cache.drop(hash);
        std::string key = row.object_key;
        auto drop = [core, key] { return core->bytes.remove(key); };
        KT_CO_CHECK(co_await run_on(core->pool, std::move(drop)));
      }
      ++swept.xorbs;
      swept.bytes += row.stored_bytes;
    }
    after = rows.back().hash;
  }
  // A body older than the grace period whose row did not come will never have one: uploads end long before.
  auto bodies = [core, cutoff, dry_run, &named, &swept]() -> Status {
    std::vector<std::string> old;
    KT_CHECK(core->bytes.list("xorbs/", [&](const std::string& key, std::uint64_t size, Time) {
      auto made = made_at(key);
      if (!made || *made >= cutoff || named.contains(key)) return;
      old.push_back(key);
      swept.bytes += size;
    }));
    for (const std::string& key : old)
      if (!dry_run) KT_CHECK(core->bytes.remove(key));
    swept.bodies += old.size();
    return {};
  };
  KT_CO_CHECK(co_await run_on(core->pool, std::move(bodies)));
  co_return swept;
}

}  // namespace kontor::content
