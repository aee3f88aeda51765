// What content needs from outside: immutable objects in a byte store, and rows in the store of facts.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/storage.hpp"
#include "content/model.hpp"

namespace kontor::content {

// An immutable object, open. Any thread. It stays readable until dropped, even if the object is removed meanwhile.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `out` from `offset`. Errors: internal (shorter than asked), unavailable.
  virtual Status read(std::uint64_t offset, std::span<char> out) = 0;
  // The same for bytes that nobody is going to want again soon: they need not pass through a cache. Cheapest with an AlignedBuffer, from an
  // offset that is a multiple of its alignment.
  virtual Status read_once(std::uint64_t offset, std::span<char> out) { return read(offset, out); }
  // For sendfile; -1 where the bytes are not a local file.
  virtual int fd() const { return -1; }
};

// An object that is being written; vanishes unless committed.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  // Large pieces go to the disk without a copy if they come from an AlignedBuffer and all before them were multiples of its alignment.
  virtual Status append(std::string_view data) = 0;
  virtual Status truncate(std::uint64_t size) = 0;  // drops what was appended behind `size`
  // On stable storage under `key` when this returns. An object of that key that exists already is replaced (same bytes by contract).
  virtual Status commit(const std::string& key) = 0;
};

// Immutable objects by key ("xorbs/ab/..."). All calls block: they belong on a pool thread.
// Errors of all: unavailable ("disk_full", "io_error"); not_found where named.
class ByteStore {
 public:
  virtual ~ByteStore() = default;
  virtual Result<std::unique_ptr<ObjectWriter>> create() = 0;
  virtual Result<std::shared_ptr<ObjectReader>> open(const std::string& key) = 0;  // not_found
  virtual Status remove(const std::string& key) = 0;                               // success if absent
  // Every key that starts with `prefix`, in no order.
  using Each = std::function<void(const std::string& key, std::uint64_t size, Time written)>;
  virtual Status list(const std::string& prefix, const Each& each) = 0;
};

struct XorbRow {
  Hash hash;
  std::uint32_t chunks = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::string object_key;
};

struct LinkRow {
  std::string repository_id;
  LinkedFile file;
};

struct DedupRow {
  Hash chunk;
  Hash xorb;
  Hash file;  // where it was seen: the other xorbs of that file are likely to be useful too
};

// Rows; implemented in adapters/sql. All calls run inside a transaction. Inserts are idempotent: an equal row stays as it is.
class ContentStore {
 public:
  virtual ~ContentStore() = default;
  // First writer wins: false if a row with this hash exists already. `index` is codec::XorbIndex::pack().
  virtual Result<bool> insert_xorb(UnitOfWork& unit, const XorbRow& row, std::string_view index, Time now) = 0;
  virtual Result<std::optional<XorbRow>> find_xorb(UnitOfWork& unit, const Hash& hash) = 0;
  virtual Result<std::optional<std::string>> xorb_index(UnitOfWork& unit, const Hash& hash) = 0;
  // Locks the row against deletion until the commit and renews its grace period. False if it is gone.
  virtual Result<bool> pin_xorb(UnitOfWork& unit, const Hash& hash, Time now) = 0;
  // Removes the row and all that names it, if no upload relied on it since `cutoff`. False if it stays (or is gone).
  virtual Result<bool> remove_xorb(UnitOfWork& unit, const Hash& hash, Time cutoff) = 0;
  // That `owner` has this xorb in one of its repositories: what its uploads may be told about.
  virtual Status insert_scope(UnitOfWork& unit, std::string_view owner, const Hash& xorb) = 0;
  virtual Result<bool> in_scope(UnitOfWork& unit, std::string_view owner, const Hash& xorb) = 0;

  // A known file keeps its first recipe.
  virtual Status insert_file(UnitOfWork& unit, const Recipe& recipe, Time now) = 0;
  virtual Result<std::optional<Recipe>> find_file(UnitOfWork& unit, const Hash& xet) = 0;
  // That the repository holds the file. False if it was known.
  virtual Result<bool> insert_holding(UnitOfWork& unit, std::string_view repository_id, const Hash& xet) = 0;
  virtual Result<bool> holds(UnitOfWork& unit, std::string_view repository_id, const Hash& xet) = 0;

  // (repository, SHA-256) -> file. Keeps an existing row unless the new one is verified and the old is not.
  virtual Status put_link(UnitOfWork& unit, std::string_view repository_id, const LinkedFile& file, Time now) = 0;
  virtual Result<std::optional<LinkedFile>> find_link(UnitOfWork& unit, std::string_view repository_id, const Hash& sha256) = 0;
  virtual Result<std::optional<LinkRow>> next_unverified(UnitOfWork& unit) = 0;
  // Only while the row still names this file.
  virtual Status mark_verified(UnitOfWork& unit, std::string_view repository_id, const LinkedFile& file) = 0;
  virtual Status remove_link(UnitOfWork& unit, std::string_view repository_id, const LinkedFile& file) = 0;

  virtual Status insert_dedup(UnitOfWork& unit, const DedupRow& row) = 0;
  // A stored xorb with more than one chunk that has this chunk and is known to `owner`.
  virtual Result<std::optional<DedupRow>> find_dedup(UnitOfWork& unit, std::string_view owner, const Hash& chunk) = 0;

  // Everything that a repository holds and has registered goes; recipes and xorbs stay until the sweep.
  virtual Status forget_repository(UnitOfWork& unit, std::string_view repository_id) = 0;
  // Files made before `cutoff` that no repository holds, in order of hash after `after`.
  virtual Result<std::vector<Hash>> unheld_files_after(UnitOfWork& unit, const std::optional<Hash>& after, Time cutoff, int limit) = 0;
  // False if somebody holds it by now.
  virtual Result<bool> remove_file(UnitOfWork& unit, const Hash& xet, Time cutoff) = 0;
  // Whether remove_xorb() would remove it.
  virtual Result<bool> xorb_idle(UnitOfWork& unit, const Hash& hash, Time cutoff) = 0;

  // Pages for checks, in order of key, after the given one; empty at the end.
  virtual Result<std::vector<XorbRow>> xorbs_after(UnitOfWork& unit, const Hash& after, int limit) = 0;
  virtual Result<std::vector<Recipe>> files_after(UnitOfWork& unit, const std::optional<Hash>& after, int limit) = 0;
  virtual Result<std::vector<LinkRow>> links_after(UnitOfWork& unit, std::string_view repository_id, const Hash& sha256, int limit) = 0;
};

}  // namespace kontor::content
