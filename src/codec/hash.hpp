// 32-byte hashes of the content store: keyed BLAKE3 of chunks, Merkle hashes of xorbs and files. Units: bytes.
// A Merkle hash has a text form of its own (the four little-endian 64-bit words as %016x); SHA-256 values use ordinary hex.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kontor::codec {

struct Hash {
  std::array<unsigned char, 32> bytes{};
  auto operator<=>(const Hash&) const = default;

  std::uint64_t word(int i) const {  // little-endian machine assumed throughout codec/
    std::uint64_t w;
    std::memcpy(&w, bytes.data() + 8 * i, 8);
    return w;
  }
  bool is_zero() const { return *this == Hash{}; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), 32}; }
  std::string text() const;  // hash-string convention, 64 lower-case characters
  std::string hex() const;   // plain hex of the bytes in order (SHA-256)

  static Hash from_bytes(std::string_view b);                    // b.size() must be 32
  static std::optional<Hash> parse_text(std::string_view text);  // exactly 64 hex characters, either case
  static std::optional<Hash> parse_hex(std::string_view hex);    // likewise
};

// SHA-256 values stand in shards with each group of 8 bytes reversed.
Hash reverse_groups(const Hash& h);

Hash chunk_hash(std::string_view raw);
// keyed BLAKE3 with any 32-byte key, as in dedup answers.
Hash keyed_hash(const Hash& key, std::string_view data);
// Proof that somebody knows the chunk hashes of a range: keyed BLAKE3 over the raw hashes.
Hash range_hash(std::span<const Hash> chunks);

struct Node {
  Hash hash;
  std::uint64_t size = 0;
};

// The Merkle tree over a sequence of chunks, fed left to right; memory grows with the logarithm of their number.
class MerkleBuilder {
 public:
  void add(const Node& leaf);
  Hash root() const;       // of a xorb; all zero if nothing was added
  Hash file_hash() const;  // root, keyed once more; all zero for the empty file
  std::uint64_t size() const { return size_; }

 private:
  struct Level {
    std::vector<Node> pending;  // at most 8 between calls
    bool emitted = false;       // whether a group of this level was closed already
  };
  static void push(std::vector<Level>& levels, std::size_t level, const Node& node);
  std::vector<Level> levels_;
  std::uint64_t size_ = 0;
};

}  // namespace kontor::codec

template <>
struct std::hash<kontor::codec::Hash> {
  std::size_t operator()(const kontor::codec::Hash& h) const noexcept { return h.word(0); }
};
