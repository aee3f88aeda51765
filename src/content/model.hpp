// Values of the content subject: files under their two names, recipes, plans of a download, faults of a check.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "codec/hash.hpp"

namespace kontor::content {

using codec::Hash;

// A file that a repository has registered: what an LFS pointer of that repository names.
struct LinkedFile {
  Hash sha256;
  Hash xet;                // Merkle file hash; all zero for the empty file
  std::uint64_t size = 0;  // bytes
  bool verified = false;   // the server itself has computed sha256 over the stored bytes
  std::string sha256_hex() const { return sha256.hex(); }
  std::string xet_hash() const { return xet.text(); }
};

// Chunks [start, end) of a stored xorb; `bytes` of uncompressed data.
struct Term {
  Hash xorb;
  std::uint32_t start = 0, end = 0;
  std::uint32_t bytes = 0;
  bool operator==(const Term&) const = default;
};

struct Recipe {
  Hash xet;
  std::uint64_t size = 0;
  std::vector<Term> terms;
};

// What a reader must fetch of one xorb. Chunk indices, end exclusive; stored bytes, last inclusive.
struct FetchRange {
  std::uint32_t start = 0, end = 0;
  std::uint64_t first_byte = 0, last_byte = 0;
};

// Terms in file order, cut to the chunks that overlap the wanted byte range.
struct Reconstruction {
  std::uint64_t offset_into_first_range = 0;
  std::vector<Term> terms;
  std::map<Hash, std::vector<FetchRange>> fetch;  // ascending, disjoint, never adjacent
};

// Who writes or asks: the repository of the token, and the party that owns it. Everything a caller may learn about what is stored
// is limited to what this party's repositories hold.
struct Scope {
  std::string repository_id;
  std::string owner;
};

struct Fault {
  std::string object;      // "xorb <hash>", "file <hash>", "sha256 <hex>"
  std::string repository;  // repository id, or empty
  std::string problem;     // one sentence
};

// Limits (bytes and counts), as documented in the room's README.
inline constexpr std::int64_t dedup_seconds = 7 * 24 * 3600;                  // how long a client may use a dedup answer
inline constexpr std::int64_t min_grace_seconds = dedup_seconds + 24 * 3600;  // before anything unreferenced is removed
inline constexpr std::uint64_t max_xorb_body = (64ull << 20) + (512ull << 10);
inline constexpr std::uint64_t max_shard_body = (64ull << 20) + (1ull << 20);

}  // namespace kontor::content
