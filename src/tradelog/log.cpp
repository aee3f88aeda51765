#include "tradelog/log.hpp"

#include "base/log.hpp"

namespace kontor::tradelog {
namespace {
constexpr std::int64_t tile_width = 256;
constexpr int tile_bits = 8;

Hash hash_at(std::string_view tile, std::int64_t i) { return Hash::from_bytes(tile.substr(static_cast<std::size_t>(i) * 32, 32)); }

// Root of 2^k hashes.
Hash fold(std::vector<Hash> hashes) {
  while (hashes.size() > 1) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
    hashes.resize(hashes.size() / 2);
  }
  return hashes[0];
}
Unexpected inconsistent(const std::string& why) {
  return fail(Errc::conflict, "trade_log_inconsistent",
              "The trade log does not extend what was signed last: " + why + ". Restore the database or find out who changed it.");
}
}  // namespace

Result<std::string*> TileReader::tile(int level, std::int64_t n) {
  for (auto& [l, i, t] : cache_)
    if (l == level && i == n) return t ? &*t : nullptr;
  KT_TRY(auto stored, store_.tile(unit_, level, n));
  cache_.emplace_back(level, n, std::move(stored));
  auto& t = std::get<2>(cache_.back());
  return t ? &*t : nullptr;
}

Result<Hash> TileReader::at(int level, std::int64_t position) {
  KT_TRY(std::string * full, tile(level, position / tile_width));
  if (full) return hash_at(*full, position % tile_width);
  if (level == 0) {
    KT_TRY(auto leaves, store_.hashes(unit_, position, position + 1));
    if (leaves.size() != 1) return fail(Errc::internal, "leaf_missing", "A leaf of the trade log is missing.");
    return leaves[0];
  }
  KT_TRY(std::string * below, tile(level - 1, position));
  if (!below) return fail(Errc::internal, "tile_missing", "A tile of the trade log is missing.");
  std::vector<Hash> hashes;
  for (std::int64_t i = 0; i < tile_width; ++i) hashes.push_back(hash_at(*below, i));
  return fold(std::move(hashes));
}

Result<Hash> TileReader::node(int level, std::int64_t index) {
  int tile_level = level / tile_bits, k = level % tile_bits;
  std::int64_t start = index << k, count = std::int64_t{1} << k;
  KT_TRY(std::string * full, tile(tile_level, start / tile_width));
  std::vector<Hash> hashes;
  if (full) {
    for (std::int64_t i = 0; i < count; ++i) hashes.push_back(hash_at(*full, start % tile_width + i));
  } else if (tile_level == 0) {
    KT_TRY(hashes, store_.hashes(unit_, start, start + count));
    if (static_cast<std::int64_t>(hashes.size()) != count)
      return fail(Errc::internal, "leaf_missing", "A leaf of the trade log is missing.");
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      KT_TRY(Hash h, at(tile_level, start + i));
      hashes.push_back(h);
    }
  }
  return fold(std::move(hashes));
}

Log::Log(Storage& storage, Store& store, Vault& vault, std::string origin)
    : storage_(storage), store_(store), vault_(vault), signer_(std::move(origin), vault.seed()) {
  published_ = {signer_.name(), 0, empty_root()};
  note_ = signer_.sign(published_);
}

Status Log::open() {
  auto last = vault_.last_note();
  if (!last) return {};
  KT_TRY(Checkpoint c, open_note(*last, signer_.verifier_key()));
  Status s = storage_.read_here([&](UnitOfWork& unit) -> Status {
    KT_TRY(std::int64_t size, store_.size(unit));
    if (size < c.size) return inconsistent("it has " + std::to_string(size) + " leaves, " + std::to_string(c.size) + " were signed");
    TileReader reader(unit, store_);
    KT_TRY(Hash now, root(reader, c.size));
    if (now != c.root) return inconsistent("the first " + std::to_string(c.size) + " leaves have another root");
    return {};
  });
  if (!s) return s;
  std::lock_guard lock(mutex_);
  note_ = *last;
  published_ = c;
  return {};
}

Result<Checkpoint> Log::extend(UnitOfWork& unit) {
  KT_TRY(std::int64_t size, store_.size(unit));
  std::int64_t below = size;  // complete nodes that the level's tiles are made of
  for (int level = 0; below >= tile_width; ++level) {
    KT_TRY(std::int64_t have, store_.tiles(unit, level));
    for (std::int64_t n = have; (n + 1) * tile_width <= below; ++n) {
      std::string bytes;
      if (level == 0) {
        KT_TRY(auto hashes, store_.hashes(unit, n * tile_width, (n + 1) * tile_width));
        if (hashes.size() != static_cast<std::size_t>(tile_width))
          return fail(Errc::internal, "leaf_missing", "A leaf of the trade log is missing.");
        for (const Hash& h : hashes) bytes += h.view();
      } else {
        for (std::int64_t i = 0; i < tile_width; ++i) {
          KT_TRY(auto child, store_.tile(unit, level - 1, n * tile_width + i));
          KT_ASSERT(child.has_value());
          std::vector<Hash> hashes;
          for (std::int64_t k = 0; k < tile_width; ++k) hashes.push_back(hash_at(*child, k));
          bytes += fold(std::move(hashes)).view();
        }
      }
      KT_CHECK(store_.put_tile(unit, level, n, bytes));
    }
    below /= tile_width;
  }
  TileReader reader(unit, store_);
  KT_TRY(Hash now, root(reader, size));
  return Checkpoint{signer_.name(), size, now};
}

Task<Status> Log::publish() {
  Checkpoint before = checkpoint();
  Log* self = this;
  auto grown = storage_.read_now([self](UnitOfWork& unit) { return self->store_.size(unit); });
  if (!grown) co_return Unexpected(grown.error());
  if (*grown == before.size) co_return Status();
  KT_CO_TRY(Checkpoint c, co_await storage_.write([self](UnitOfWork& unit) { return self->extend(unit); }));
  // Signing is a matter of microseconds and never spans a suspension.
  std::lock_guard lock(signing_);
  Checkpoint last = checkpoint();
  if (c.size <= last.size) co_return Status();
  auto extends = storage_.read_now([self, last](UnitOfWork& unit) -> Result<bool> {
    TileReader reader(unit, self->store_);
    KT_TRY(Hash again, root(reader, last.size));
    return again == last.root;
  });
  if (!extends) co_return Unexpected(extends.error());
  if (!*extends) co_return inconsistent("the leaves that were signed have changed");
  std::string note = signer_.sign(c);
  KT_CO_CHECK(vault_.save_note(note));
  std::lock_guard inner(mutex_);
  note_ = std::move(note);
  published_ = c;
  co_return Status();
}

std::string Log::note() const {
  std::lock_guard lock(mutex_);
  return note_;
}
Checkpoint Log::checkpoint() const {
  std::lock_guard lock(mutex_);
  return published_;
}

Result<std::optional<std::string>> Log::proof(UnitOfWork& unit, std::int64_t index) {
  std::string note;
  std::int64_t size;
  {
    std::lock_guard lock(mutex_);
    note = note_;
    size = published_.size;
  }
  if (index >= size) return std::optional<std::string>();
  TileReader reader(unit, store_);
  KT_TRY(auto path, inclusion(reader, index, size));
  return std::optional<std::string>(proof_file(index, path, note));
}

Status Log::audit(UnitOfWork& unit) {
  KT_TRY(std::int64_t size, store_.size(unit));
  std::vector<Hash> stack;  // roots of complete subtrees, largest first, as a binary counter over the leaves
  Checkpoint last = checkpoint();
  for (std::int64_t i = 0; i < size; ++i) {
    KT_TRY(auto stored, store_.leaf(unit, i));
    if (!stored || stored->index != i)
      return fail(Errc::conflict, "leaf_missing", "Leaf " + std::to_string(i) + " of the trade log is missing.");
    KT_TRY(auto kept, store_.hashes(unit, i, i + 1));
    if (kept.size() != 1 || kept[0] != stored->leaf.hash)
      return fail(Errc::conflict, "leaf_changed",
                  "Leaf " + std::to_string(i) + " of the trade log does not have the hash that was logged: " + stored->leaf.kind + " of " +
                      stored->leaf.subject + ".");
    stack.push_back(stored->leaf.hash);
    for (std::int64_t n = i; (n & 1) != 0; n >>= 1) {
      Hash right = stack.back();
      stack.pop_back();
      stack.back() = node_hash(stack.back(), right);
    }
    if (i + 1 == last.size) {
      Hash r = stack.back();
      for (std::size_t k = stack.size() - 1; k-- > 0;) r = node_hash(stack[k], r);
      if (r != last.root) return inconsistent("the first " + std::to_string(last.size) + " leaves have another root");
    }
  }
  if (size < last.size) return inconsistent("leaves are missing at its end");
  TileReader reader(unit, store_);
  KT_TRY(Hash by_tiles, root(reader, size));
  if (size > 0) {
    Hash r = stack.back();
    for (std::size_t k = stack.size() - 1; k-- > 0;) r = node_hash(stack[k], r);
    if (r != by_tiles) return fail(Errc::conflict, "tile_changed", "A stored tile of the trade log is damaged.");
  }
  return {};
}

}  // namespace kontor::tradelog
