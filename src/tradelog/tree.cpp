#include "tradelog/tree.hpp"

#include "codec/sha256.hpp"

namespace kontor::tradelog {
namespace {

// Root of leaves [from, to): complete subtrees from the left, folded from the right.
Result<Hash> range_root(Reader& reader, std::int64_t from, std::int64_t to) {
  std::vector<Hash> parts;
  while (from < to) {
    int level = 0;
    while (from % (std::int64_t{2} << level) == 0 && from + (std::int64_t{2} << level) <= to) ++level;
    KT_TRY(Hash h, reader.node(level, from >> level));
    parts.push_back(h);
    from += std::int64_t{1} << level;
  }
  if (parts.empty()) return empty_root();
  Hash out = parts.back();
  for (std::size_t i = parts.size() - 1; i-- > 0;) out = node_hash(parts[i], out);
  return out;
}

// Largest power of two smaller than n (n >= 2).
std::int64_t split_point(std::int64_t n) {
  std::int64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

Status inclusion_in(Reader& reader, std::int64_t index, std::int64_t from, std::int64_t to, std::vector<Hash>& out) {
  if (to - from == 1) return {};
  std::int64_t middle = from + split_point(to - from);
  if (index < middle) {
    KT_CHECK(inclusion_in(reader, index, from, middle, out));
    KT_TRY(Hash h, range_root(reader, middle, to));
    out.push_back(h);
  } else {
    KT_CHECK(inclusion_in(reader, index, middle, to, out));
    KT_TRY(Hash h, range_root(reader, from, middle));
    out.push_back(h);
  }
  return {};
}

Status consistency_in(Reader& reader, std::int64_t m, std::int64_t from, std::int64_t to, bool whole, std::vector<Hash>& out) {
  if (m == to) {
    if (whole) return {};
    KT_TRY(Hash h, range_root(reader, from, to));
    out.push_back(h);
    return {};
  }
  std::int64_t middle = from + split_point(to - from);
  if (m <= middle) {
    KT_CHECK(consistency_in(reader, m, from, middle, whole, out));
    KT_TRY(Hash h, range_root(reader, middle, to));
    out.push_back(h);
  } else {
    KT_CHECK(consistency_in(reader, m, middle, to, false, out));
    KT_TRY(Hash h, range_root(reader, from, middle));
    out.push_back(h);
  }
  return {};
}

}  // namespace

Hash leaf_hash(std::string_view leaf) {
  std::string data(1, '\0');
  data += leaf;
  return codec::sha256(data);
}
Hash node_hash(const Hash& left, const Hash& right) {
  char data[65];
  data[0] = 1;
  std::memcpy(data + 1, left.bytes.data(), 32);
  std::memcpy(data + 33, right.bytes.data(), 32);
  return codec::sha256(std::string_view(data, sizeof data));
}
Hash empty_root() { return codec::sha256(""); }

Result<Hash> root(Reader& reader, std::int64_t size) { return range_root(reader, 0, size); }

Result<std::vector<Hash>> inclusion(Reader& reader, std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size) return fail(Errc::invalid, "index_invalid", "The index must be smaller than the size.");
  std::vector<Hash> out;
  KT_CHECK(inclusion_in(reader, index, 0, size, out));
  return out;
}

Result<std::vector<Hash>> consistency(Reader& reader, std::int64_t from, std::int64_t to) {
  if (from < 1 || from > to) return fail(Errc::invalid, "size_invalid", "The first size must be at least 1 and at most the second.");
  std::vector<Hash> out;
  KT_CHECK(consistency_in(reader, from, 0, to, true, out));
  return out;
}

bool check_inclusion(const Hash& leaf, std::int64_t index, std::int64_t size, std::span<const Hash> proof, const Hash& expected) {
  if (index < 0 || index >= size) return false;
  std::int64_t fn = index, sn = size - 1;
  Hash r = leaf;
  for (const Hash& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      r = node_hash(p, r);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1, sn >>= 1;
  }
  return sn == 0 && r == expected;
}

bool check_consistency(std::int64_t m, std::int64_t n, std::span<const Hash> proof, const Hash& from_root, const Hash& to_root) {
  if (m < 1 || m > n) return false;
  if (m == n) return proof.empty() && from_root == to_root;
  std::vector<Hash> path(proof.begin(), proof.end());
  if ((m & (m - 1)) == 0) path.insert(path.begin(), from_root);
  if (path.empty()) return false;
  std::int64_t fn = m - 1, sn = n - 1;
  while ((fn & 1) != 0) fn >>= 1, sn >>= 1;
  Hash fr = path[0], sr = path[0];
  for (std::size_t i = 1; i < path.size(); ++i) {
    const Hash& c = path[i];
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      fr = node_hash(c, fr);
      sr = node_hash(c, sr);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      sr = node_hash(sr, c);
    }
    fn >>= 1, sn >>= 1;
  }
  return sn == 0 && fr == from_root && sr == to_root;
}

Result<Hash> MemoryReader::node(int level, std::int64_t index) {
  if (level == 0) return leaves.at(static_cast<std::size_t>(index));
  KT_TRY(Hash l, node(level - 1, index * 2));
  KT_TRY(Hash r, node(level - 1, index * 2 + 1));
  return node_hash(l, r);
}

}  // namespace kontor::tradelog
