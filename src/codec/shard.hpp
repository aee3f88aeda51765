// Shards: the binary message that registers files (uploads) or names xorbs to reuse (dedup answers). 48-byte records.
// Parsing believes no count, offset or footer: it walks the records and allocates only what is there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/hash.hpp"
#include "codec/xorb.hpp"

namespace kontor::codec {

struct ShardTerm {
  Hash xorb;
  std::uint32_t bytes = 0;           // uncompressed
  std::uint32_t start = 0, end = 0;  // chunks, end exclusive
};

struct ShardFile {
  Hash hash;
  std::vector<ShardTerm> terms;
  std::vector<Hash> verification;  // empty, or one a term
  std::optional<Hash> sha256;      // ordinary byte order
};

struct ShardChunk {
  Hash hash;
  std::uint32_t raw_begin = 0, raw_length = 0;
  bool eligible = false;  // marked for the global dedup index
};

struct ShardXorb {
  Hash hash;
  std::uint32_t raw_bytes = 0;
  std::vector<ShardChunk> chunks;
};

struct Shard {
  std::vector<ShardFile> files;
  std::vector<ShardXorb> xorbs;
};

// Errors: malformed.
Result<Shard> parse_shard(std::string_view body);

// An upload shard without footer (tests, and servers that act as clients).
std::string build_upload_shard(const Shard& shard);

struct DedupXorb {
  Hash hash;
  const XorbIndex* index = nullptr;
};
// An answer to a dedup query: chunk hashes keyed with `key`; times in Unix seconds.
std::string build_dedup_answer(const std::vector<DedupXorb>& xorbs, const Hash& key, std::uint64_t created, std::uint64_t expires);

// Whether a chunk belongs into the global dedup index by its hash alone (1 in 1024).
inline bool dedup_eligible(const Hash& chunk) { return chunk.word(3) % 1024 == 0; }

}  // namespace kontor::codec
