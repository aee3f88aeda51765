#include "adapters/sql/tradelog_store.hpp"

namespace kontor::sql {
namespace {

using namespace tradelog;

constexpr std::int64_t max_leaves = 16;  // of one row: how far back a row that covers an index can begin

const Statement add_leaves = Statement::insert("INSERT INTO trade_leaf (idx, leaves, subject, hashes, body) VALUES (?1, ?2, ?3, ?4, ?5)");
const Statement last_leaf("SELECT idx, leaves FROM trade_leaf WHERE idx IS NOT NULL ORDER BY idx DESC LIMIT 1");
const Statement hashes_within("SELECT idx, hashes FROM trade_leaf WHERE idx > ?1 AND idx < ?2 ORDER BY idx");
const Statement leaf_at("SELECT idx, subject, body FROM trade_leaf WHERE idx <= ?1 ORDER BY idx DESC LIMIT 1");
const Statement leaves_of("SELECT idx, body FROM trade_leaf WHERE subject = ?1 ORDER BY row_id");
const Statement get_tile("SELECT hashes FROM trade_tile WHERE level = ?1 AND n = ?2");
const Statement last_tile("SELECT n FROM trade_tile WHERE level = ?1 ORDER BY n DESC LIMIT 1");
const Statement add_tile("INSERT INTO trade_tile (level, n, hashes) VALUES (?1, ?2, ?3) ON CONFLICT (level, n) DO NOTHING");
const Statement add_hash("INSERT INTO trade_hash (prefix, idx) VALUES (?1, ?2) ON CONFLICT (prefix, idx) DO NOTHING");
const Statement by_prefix("SELECT idx FROM trade_hash WHERE prefix = ?1");
const Statement waiting_leaves("SELECT row_id, leaves FROM trade_leaf WHERE idx IS NULL ORDER BY row_id LIMIT ?1");
const Statement give_index("UPDATE trade_leaf SET idx = ?2 WHERE row_id = ?1");

std::int64_t prefix_of(const Hash& h) { return static_cast<std::int64_t>(h.word(0)); }

class TradelogStore final : public Store {
 public:
  Result<std::optional<std::int64_t>> append(UnitOfWork& u, std::string_view subject, const std::vector<Leaf>& leaves) override {
    KT_ASSERT(!leaves.empty() && static_cast<std::int64_t>(leaves.size()) <= max_leaves);
    std::string hashes;
    hashes.reserve(leaves.size() * 32);
    for (const Leaf& l : leaves) hashes += l.hash.view();
    std::optional<std::int64_t> index = session(u).next_serial("tradelog");
    if (index)
      for (std::size_t i = 1; i < leaves.size(); ++i) (void)session(u).next_serial("tradelog");
    KT_CHECK(
        session(u).exec_later(add_leaves, {index, static_cast<std::int64_t>(leaves.size()), subject, Blob{hashes}, encode_leaves(leaves)}));
    return index;
  }
  Result<std::int64_t> size(UnitOfWork& u) override {
    KT_TRY(Rows rows, session(u).query(last_leaf, {}));
    return rows.empty() ? 0 : rows[0].integer(0) + rows[0].integer(1);
  }
  Result<std::vector<Hash>> hashes(UnitOfWork& u, std::int64_t from, std::int64_t to) override {
    KT_TRY(Rows rows, session(u).query(hashes_within, {from - max_leaves, to}));
    std::vector<Hash> out;
    for (Row r : rows) {
      std::int64_t index = r.integer(0);
      const std::string& bytes = r.text(1);
      for (std::size_t at = 0; at + 32 <= bytes.size(); at += 32, ++index)
        if (index >= from && index < to) out.push_back(Hash::from_bytes(std::string_view(bytes).substr(at, 32)));
    }
    return out;
  }
  Result<std::optional<StoredLeaf>> leaf(UnitOfWork& u, std::int64_t index) override {
    KT_TRY(Rows rows, session(u).query(leaf_at, {index}));
    if (rows.empty()) return std::optional<StoredLeaf>();
    auto leaves = decode_leaves(rows[0].text(2), rows[0].text(1));
    std::int64_t at = index - rows[0].integer(0);
    if (at >= static_cast<std::int64_t>(leaves.size())) return std::optional<StoredLeaf>();
    return std::optional<StoredLeaf>(StoredLeaf{std::move(leaves[static_cast<std::size_t>(at)]), index});
  }
  Result<std::vector<StoredLeaf>> by_subject(UnitOfWork& u, std::string_view subject) override {
    KT_TRY(Rows rows, session(u).query(leaves_of, {subject}));
    std::vector<StoredLeaf> out;
    for (Row r : rows) {
      auto index = r.optional_integer(0);
      for (Leaf& l : decode_leaves(r.text(1), subject)) {
        out.push_back({std::move(l), index});
        if (index) ++*index;
      }
    }
    return out;
  }
  Result<std::optional<std::int64_t>> find_hash(UnitOfWork& u, const Hash& hash) override {
    KT_TRY(Rows rows, session(u).query(by_prefix, {prefix_of(hash)}));
    for (Row r : rows) {
      KT_TRY(auto found, hashes(u, r.integer(0), r.integer(0) + 1));
      if (found.size() == 1 && found[0] == hash) return std::optional<std::int64_t>(r.integer(0));
    }
    // What no tile covers yet.
    KT_TRY(std::int64_t complete, tiles(u, 0));
    KT_TRY(std::int64_t end, size(u));
    KT_TRY(auto tail, hashes(u, complete * 256, end));
    for (std::size_t i = 0; i < tail.size(); ++i)
      if (tail[i] == hash) return std::optional<std::int64_t>(complete * 256 + static_cast<std::int64_t>(i));
    return std::optional<std::int64_t>();
  }
  Result<std::optional<std::string>> tile(UnitOfWork& u, int level, std::int64_t n) override {
    KT_TRY(Rows rows, session(u).query(get_tile, {level, n}));
    if (rows.empty()) return std::optional<std::string>();
    return std::optional<std::string>(rows[0].text(0));
  }
  Result<std::int64_t> tiles(UnitOfWork& u, int level) override {
    KT_TRY(Rows rows, session(u).query(last_tile, {level}));
    return rows.empty() ? 0 : rows[0].integer(0) + 1;
  }
  Status put_tile(UnitOfWork& u, int level, std::int64_t n, std::string_view bytes) override {
    KT_CHECK(session(u).exec_later(add_tile, {level, n, Blob{bytes}}));
    if (level != 0) return {};
    for (std::int64_t i = 0; i < 256; ++i)
      KT_CHECK(
          session(u).exec_later(add_hash, {prefix_of(Hash::from_bytes(bytes.substr(static_cast<std::size_t>(i) * 32, 32))), n * 256 + i}));
    return {};
  }
};

}  // namespace

std::unique_ptr<tradelog::Store> make_tradelog_store() { return std::make_unique<TradelogStore>(); }

Result<std::int64_t> number_pending_leaves(Session& s, int limit) {
  KT_TRY(Rows rows, s.query(waiting_leaves, {limit}));
  if (rows.empty()) return 0;
  KT_TRY(Rows last, s.query(last_leaf, {}));
  std::int64_t next = last.empty() ? 0 : last[0].integer(0) + last[0].integer(1);
  for (Row r : rows) {
    KT_CHECK(s.exec_later(give_index, {r.integer(0), next}));
    next += r.integer(1);
  }
  return static_cast<std::int64_t>(rows.size());
}

}  // namespace kontor::sql
