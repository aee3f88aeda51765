// The content subject's public door: store, look up and send the bytes of large files. One object per process; any thread.
// Methods with a UnitOfWork run inside the caller's transaction; the others return Tasks and do their own.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/storage.hpp"
#include "content/model.hpp"
#include "content/ports.hpp"
#include "content/stream.hpp"

namespace kontor::content {

struct Core;  // what the use cases share (core.hpp)

class Content {
 public:
  // All referred-to objects outlive this one. `pool` runs hashing, compression and file access; it never is an event loop.
  Content(Storage& storage, ContentStore& store, ByteStore& bytes, Executor& pool, const Clock& wall);
  ~Content();

  // ---- look-ups inside a transaction -------------------------------------------------------------------------------
  // The file that `repository_id` registered under this SHA-256 (64 hex characters); nothing for anybody else's.
  Result<std::optional<LinkedFile>> find(UnitOfWork& unit, std::string_view repository_id, std::string_view sha256_hex);
  // SHA-256 hex -> Xet hash string for those of `sha256_hex` that the repository has registered (listings of a tree).
  Result<std::unordered_map<std::string, std::string>> xet_hashes(UnitOfWork& unit, std::string_view repository_id,
                                                                  std::span<const std::string> sha256_hex);
  // Registers in `to` what `from` has (server-side copy, fork). Only verified or same-owner claims may be copied: the caller decides.
  // Errors: not_found.
  Result<LinkedFile> copy_link(UnitOfWork& unit, std::string_view from_repository_id, std::string_view to_repository_id,
                               std::string_view to_owner, std::string_view sha256_hex);

  // The repository is deleted: what it held and registered goes with it. The bytes go with the next sweep that finds nobody else holding
  // them.
  Status forget_repository(UnitOfWork& unit, std::string_view repository_id);

  // ---- bytes out -----------------------------------------------------------------------------------------------------
  // Sends exactly bytes [offset, offset + length) of the file. Memory use does not depend on the file's size.
  // Errors: not_found (nothing was sent), range_not_satisfiable, internal (damaged store), and the sink's.
  Task<Status> send(std::string repository_id, std::string sha256_hex, std::uint64_t offset, std::uint64_t length, ByteSink& sink);
  // The same for a recipe at hand.
  Task<Status> send_recipe(Recipe recipe, std::uint64_t offset, std::uint64_t length, ByteSink& sink);
  // Whole contents, for small files. Errors: too_large if the file has more than `limit` bytes.
  Task<Result<std::string>> read_all(std::string repository_id, std::string sha256_hex, std::uint64_t limit);

  // ---- bytes in ------------------------------------------------------------------------------------------------------
  // One pass over `source`: SHA-256, chunks, xorbs; durable and registered when this returns.
  // Errors: invalid ("sha256_mismatch", "size_mismatch"): nothing is registered then; the source's; unavailable ("disk_full").
  Task<Result<LinkedFile>> ingest(Scope scope, std::optional<std::string> expected_sha256_hex, std::optional<std::uint64_t> expected_size,
                                  ByteSource& source);
  // A xorb as a Xet client sends it. True if it is new as far as this caller may know.
  // Errors: malformed (not a xorb, another hash, too large), the source's, unavailable.
  Task<Result<bool>> store_xorb(Scope scope, Hash hash, ByteSource& source);
  // A shard: registers its files in the scope's repository. True if something was new to that repository.
  // Errors: malformed (not a shard, unknown xorb, wrong verification, file or range hash), unavailable.
  // `progress` (may be empty) is awaited now and then with (verified, total) terms; its failure ends the work.
  using Progress = std::function<Task<Status>(std::uint64_t verified, std::uint64_t total)>;
  Task<Result<bool>> register_shard(Scope scope, std::string body, Progress progress = {});

  // The files a repository has registered under these names, in their order.
  Task<Result<std::vector<std::optional<LinkedFile>>>> lookup(std::string repository_id, std::vector<std::string> sha256_hex);

  // ---- Xet reads -----------------------------------------------------------------------------------------------------
  // Size of a file the repository holds. Errors: not_found.
  Task<Result<std::uint64_t>> file_size(std::string repository_id, Hash xet);
  // Errors: not_found; range_not_satisfiable (start at or after the end of a file that is not empty). `last` is inclusive.
  struct Wanted {
    std::optional<std::uint64_t> first;  // absent with `last` present: the last `last` bytes
    std::optional<std::uint64_t> last;
  };
  Task<Result<Reconstruction>> reconstruct(std::string repository_id, Hash xet, Wanted wanted);
  // A shard that names stored xorbs around the chunk, keyed; nothing if this caller may not know of any.
  Task<Result<std::optional<std::string>>> dedup_answer(Scope scope, Hash chunk);
  // Whether the xorb is stored and known to this scope; its stored size.
  Task<Result<std::optional<std::uint64_t>>> known_xorb(Scope scope, Hash hash);
  // True if so, and then an upload may rely on it: its grace period starts anew.
  Task<Result<bool>> keep_known_xorb(Scope scope, Hash hash);
  // The stored record stream. Errors: not_found.
  Task<Result<std::shared_ptr<ObjectReader>>> open_xorb(Hash hash);
  Task<Status> send_stored(std::shared_ptr<ObjectReader> object, std::uint64_t offset, std::uint64_t length, ByteSink& sink);

  // ---- care ----------------------------------------------------------------------------------------------------------
  // Computes one claimed SHA-256 that nobody has checked yet. False when there was none left. A wrong claim is taken back.
  Task<Result<bool>> verify_next_claim();
  // Re-reads and re-hashes everything stored and every reference; calls `report` once per fault. Works beside a running server.
  // `checked` counts objects. Blocking: for the command line or a pool thread.
  Result<std::uint64_t> verify_all(const std::function<void(const Fault&)>& report);
  // Removes what nobody needs and no upload relied on for `grace_seconds` (at least a day longer than dedup answers live, see
  // min_grace_seconds): files that no repository holds, xorbs that no file refers to, and bodies that no row names. Works beside a running
  // server. With `dry_run` nothing is removed, only counted.
  struct Swept {
    std::uint64_t files = 0, xorbs = 0, bodies = 0;
    std::uint64_t bytes = 0;  // stored, of xorbs and bodies
  };
  Task<Result<Swept>> sweep(std::int64_t grace_seconds, bool dry_run = false);

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace kontor::content
