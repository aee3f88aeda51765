// The Merkle tree of RFC 6962 over SHA-256: roots, proofs and their checks. Pure; hashes come from a Reader.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/hash.hpp"

namespace kontor::tradelog {

using codec::Hash;

Hash leaf_hash(std::string_view leaf);
Hash node_hash(const Hash& left, const Hash& right);
Hash empty_root();

// Where hashes of complete subtrees come from: node(level, i) covers leaves [i << level, (i + 1) << level).
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<Hash> node(int level, std::int64_t index) = 0;
};

Result<Hash> root(Reader& reader, std::int64_t size);
// 0 <= index < size. Errors: invalid ("index_invalid").
Result<std::vector<Hash>> inclusion(Reader& reader, std::int64_t index, std::int64_t size);
// 1 <= from <= to. Errors: invalid ("size_invalid").
Result<std::vector<Hash>> consistency(Reader& reader, std::int64_t from, std::int64_t to);

bool check_inclusion(const Hash& leaf, std::int64_t index, std::int64_t size, std::span<const Hash> proof, const Hash& root);
bool check_consistency(std::int64_t from, std::int64_t to, std::span<const Hash> proof, const Hash& from_root, const Hash& to_root);

// All leaves in memory, slow: for tests and as the reference.
class MemoryReader final : public Reader {
 public:
  std::vector<Hash> leaves;
  Result<Hash> node(int level, std::int64_t index) override;
};

}  // namespace kontor::tradelog
