#include "codec/hash.hpp"

#include <blake3.h>

#include "base/text.hpp"

namespace kontor::codec {
namespace {

using Key = std::array<unsigned char, 32>;

constexpr Key from_hex_key(const char* hex) {
  Key k{};
  auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (int i = 0; i < 32; ++i) k[i] = static_cast<unsigned char>(nibble(hex[2 * i]) * 16 + nibble(hex[2 * i + 1]));
  return k;
}
constexpr Key data_key = from_hex_key("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229");
constexpr Key node_key = from_hex_key("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f");
constexpr Key range_key = from_hex_key("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3");

Hash keyed(const Key& key, std::string_view data) {
  blake3_hasher h;
  blake3_hasher_init_keyed(&h, key.data());
  blake3_hasher_update(&h, data.data(), data.size());
  Hash out;
  blake3_hasher_finalize(&h, out.bytes.data(), 32);
  return out;
}

Node parent(std::span<const Node> group) {
  std::string text;
  text.reserve(group.size() * 80);
  Node p;
  for (const Node& n : group) {
    text += n.hash.text();
    text += " : ";
    text += std::to_string(n.size);
    text += '\n';
    p.size += n.size;
  }
  p.hash = keyed(node_key, text);
  return p;
}

constexpr std::size_t max_group = 9;

}  // namespace

Hash reverse_groups(const Hash& h) {
  Hash out;
  for (int i = 0; i < 32; ++i) out.bytes[i] = h.bytes[(i & ~7) + 7 - (i & 7)];
  return out;
}

std::string Hash::hex() const { return to_hex(view()); }
std::string Hash::text() const { return to_hex(reverse_groups(*this).view()); }

Hash Hash::from_bytes(std::string_view b) {
  KT_ASSERT(b.size() == 32);
  Hash h;
  std::memcpy(h.bytes.data(), b.data(), 32);
  return h;
}
std::optional<Hash> Hash::parse_hex(std::string_view hex) {
  if (hex.size() != 64) return std::nullopt;
  auto b = from_hex(hex);
  if (!b) return std::nullopt;
  return from_bytes(*b);
}
std::optional<Hash> Hash::parse_text(std::string_view text) {
  auto h = parse_hex(text);
  if (!h) return std::nullopt;
  return reverse_groups(*h);
}

Hash chunk_hash(std::string_view raw) { return keyed(data_key, raw); }
Hash keyed_hash(const Hash& key, std::string_view data) { return keyed(key.bytes, data); }

Hash range_hash(std::span<const Hash> chunks) {
  static_assert(sizeof(Hash) == 32);
  return keyed(range_key, {reinterpret_cast<const char*>(chunks.data()), chunks.size() * 32});
}

void MerkleBuilder::push(std::vector<Level>& levels, std::size_t level, const Node& node) {
  if (levels.size() <= level) levels.resize(level + 1);
  auto& pending = levels[level].pending;
  pending.push_back(node);
  // A group closes at its third node or later, where the hash says so, and at the ninth at the latest.
  bool cut = pending.size() >= 3 && node.hash.word(3) % 4 == 0;
  if (!cut && pending.size() < max_group) return;
  Node p = parent(pending);
  pending.clear();
  levels[level].emitted = true;
  push(levels, level + 1, p);
}

void MerkleBuilder::add(const Node& leaf) {
  size_ += leaf.size;
  push(levels_, 0, leaf);
}

Hash MerkleBuilder::root() const {
  std::vector<Level> levels = levels_;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i].pending.empty()) continue;
    if (!levels[i].emitted && levels[i].pending.size() == 1) return levels[i].pending[0].hash;
    Node p = parent(levels[i].pending);
    push(levels, i + 1, p);
  }
  return {};
}

Hash MerkleBuilder::file_hash() const {
  if (levels_.empty()) return {};
  return keyed_hash(Hash{}, root().view());
}

}  // namespace kontor::codec
