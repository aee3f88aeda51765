// The log's ports in memory, for tests.
#pragma once
#include <map>

#include "tradelog/log.hpp"

namespace kontor::tradelog {

class MemoryStore final : public Store {
 public:
  std::vector<StoredLeaf> all;
  std::map<std::pair<int, std::int64_t>, std::string> kept_tiles;

  Result<std::optional<std::int64_t>> append(UnitOfWork&, std::string_view, const std::vector<Leaf>& leaves) override {
    auto first = static_cast<std::int64_t>(all.size());
    for (const Leaf& l : leaves) all.push_back({l, static_cast<std::int64_t>(all.size())});
    return std::optional<std::int64_t>(first);
  }
  Result<std::int64_t> size(UnitOfWork&) override { return static_cast<std::int64_t>(all.size()); }
  Result<std::vector<Hash>> hashes(UnitOfWork&, std::int64_t from, std::int64_t to) override {
    std::vector<Hash> out;
    for (std::int64_t i = from; i < to && i < static_cast<std::int64_t>(all.size()); ++i)
      out.push_back(all[static_cast<std::size_t>(i)].leaf.hash);
    return out;
  }
  Result<std::optional<StoredLeaf>> leaf(UnitOfWork&, std::int64_t i) override {
    if (i < 0 || i >= static_cast<std::int64_t>(all.size())) return std::optional<StoredLeaf>();
    return std::optional<StoredLeaf>(all[static_cast<std::size_t>(i)]);
  }
  Result<std::vector<StoredLeaf>> by_subject(UnitOfWork&, std::string_view subject) override {
    std::vector<StoredLeaf> out;
    for (auto& s : all)
      if (s.leaf.subject == subject) out.push_back(s);
    return out;
  }
  Result<std::optional<std::int64_t>> find_hash(UnitOfWork&, const Hash& hash) override {
    for (auto& s : all)
      if (s.leaf.hash == hash) return s.index;
    return std::optional<std::int64_t>();
  }
  Result<std::optional<std::string>> tile(UnitOfWork&, int level, std::int64_t n) override {
    auto it = kept_tiles.find({level, n});
    if (it == kept_tiles.end()) return std::optional<std::string>();
    return std::optional<std::string>(it->second);
  }
  Result<std::int64_t> tiles(UnitOfWork&, int level) override {
    std::int64_t n = 0;
    while (kept_tiles.contains({level, n})) ++n;
    return n;
  }
  Status put_tile(UnitOfWork&, int level, std::int64_t n, std::string_view hashes) override {
    kept_tiles[{level, n}] = hashes;
    return {};
  }
};

class MemoryVault final : public Vault {
 public:
  std::string key = std::string(32, '\1');
  std::optional<std::string> note;
  std::string seed() override { return key; }
  std::optional<std::string> last_note() override { return note; }
  Status save_note(std::string_view n) override {
    note = n;
    return {};
  }
};

}  // namespace kontor::tradelog
