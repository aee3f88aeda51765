// The log as it is kept: appending inside a business transaction, tiles, checkpoints, proofs.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/storage.hpp"
#include "tradelog/checkpoint.hpp"
#include "tradelog/leaf.hpp"
#include "tradelog/tree.hpp"

namespace kontor::tradelog {

struct StoredLeaf {
  Leaf leaf;
  std::optional<std::int64_t> index;  // null until the sequencer gave it
};

// Port; implemented in adapters/sql.
class Store {
 public:
  virtual ~Store() = default;
  // Index of the first leaf where it is known at once. At most 16 leaves.
  virtual Result<std::optional<std::int64_t>> append(UnitOfWork& unit, std::string_view subject, const std::vector<Leaf>& leaves) = 0;
  virtual Result<std::int64_t> size(UnitOfWork& unit) = 0;  // leaves that have an index
  virtual Result<std::vector<Hash>> hashes(UnitOfWork& unit, std::int64_t from, std::int64_t to) = 0;
  virtual Result<std::optional<StoredLeaf>> leaf(UnitOfWork& unit, std::int64_t index) = 0;
  virtual Result<std::vector<StoredLeaf>> by_subject(UnitOfWork& unit, std::string_view subject) = 0;
  virtual Result<std::optional<std::int64_t>> find_hash(UnitOfWork& unit, const Hash& hash) = 0;     // only what tiles cover, or the tail
  virtual Result<std::optional<std::string>> tile(UnitOfWork& unit, int level, std::int64_t n) = 0;  // 256 * 32 bytes
  virtual Result<std::int64_t> tiles(UnitOfWork& unit, int level) = 0;                               // how many are complete
  virtual Status put_tile(UnitOfWork& unit, int level, std::int64_t n, std::string_view hashes) = 0;
};

// Where the key and the last signed checkpoint are kept, outside the database. Implemented in adapters/keyfile.
class Vault {
 public:
  virtual ~Vault() = default;
  virtual std::string seed() = 0;  // 32 bytes
  virtual std::optional<std::string> last_note() = 0;
  virtual Status save_note(std::string_view note) = 0;  // on stable storage when it returns
};

// Hashes of complete subtrees from tiles, and from leaves where no tile is complete yet.
class TileReader final : public Reader {
 public:
  TileReader(UnitOfWork& unit, Store& store) : unit_(unit), store_(store) {}
  Result<Hash> node(int level, std::int64_t index) override;

 private:
  Result<Hash> at(int tile_level, std::int64_t position);
  Result<std::string*> tile(int level, std::int64_t n);
  UnitOfWork& unit_;
  Store& store_;
  std::vector<std::tuple<int, std::int64_t, std::optional<std::string>>> cache_;
};

class Log {  // any thread
 public:
  Log(Storage& storage, Store& store, Vault& vault, std::string origin);

  // Checks the tree against what was signed last. Errors: conflict ("trade_log_inconsistent"): do not serve.
  Status open();

  Result<std::optional<std::int64_t>> append(UnitOfWork& unit, std::string_view subject, const std::vector<Leaf>& leaves) {
    return store_.append(unit, subject, leaves);
  }

  // Completes tiles, signs and publishes a checkpoint over everything that has an index, if it grew. Called every few seconds and
  // where somebody waits for a proof; concurrent calls are one after the other.
  Task<Status> publish();
  std::string note() const;  // the published checkpoint (of size 0 before the first)
  Checkpoint checkpoint() const;
  const Signer& signer() const { return signer_; }
  Store& store() { return store_; }

  // Makes complete tiles. Returns size and root of the whole tree.
  Result<Checkpoint> extend(UnitOfWork& unit);
  // A proof file against the published checkpoint; nullopt if it does not cover the index yet.
  Result<std::optional<std::string>> proof(UnitOfWork& unit, std::int64_t index);
  // Recomputes everything from the leaves: what `verify` runs. Errors name the first difference.
  Status audit(UnitOfWork& unit);

 private:
  Storage& storage_;
  Store& store_;
  Vault& vault_;
  Signer signer_;
  mutable std::mutex mutex_;  // guards note_ and signing
  std::mutex signing_;        // one signature at a time, in order of size
  std::string note_;
  Checkpoint published_;
};

}  // namespace kontor::tradelog
