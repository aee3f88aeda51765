// Xorbs: up to 8192 individually compressed chunks in a row, each with an 8-byte header. Reading is incremental and for hostile input.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/hash.hpp"
#include "codec/lz4.hpp"

namespace kontor::codec {

inline constexpr std::size_t xorb_max_chunks = 8192;
inline constexpr std::size_t xorb_max_raw = 64u << 20;       // bytes of uncompressed data
inline constexpr std::size_t record_header = 8;              // bytes
inline constexpr std::size_t max_compressed_chunk = 262144;  // bytes

struct RecordHeader {
  std::uint32_t stored = 0;  // payload bytes
  std::uint32_t raw = 0;     // bytes of the chunk
  Scheme scheme = Scheme::none;
};
// `bytes` has at least 8. Errors: malformed.
Result<RecordHeader> parse_record_header(std::string_view bytes);
void append_record_header(std::string& out, const RecordHeader& h);

struct ChunkEntry {
  Hash hash;
  std::uint32_t stored_end = 0;  // end of the record in the stored body
  std::uint32_t raw_end = 0;     // end in the uncompressed concatenation
  Scheme scheme = Scheme::none;
  bool operator==(const ChunkEntry&) const = default;
};

// What is known of every chunk of a stored xorb.
class XorbIndex {
 public:
  std::vector<ChunkEntry> chunks;

  std::uint32_t size() const { return static_cast<std::uint32_t>(chunks.size()); }
  std::uint32_t stored_bytes() const { return chunks.empty() ? 0 : chunks.back().stored_end; }
  std::uint32_t raw_bytes() const { return chunks.empty() ? 0 : chunks.back().raw_end; }
  std::uint32_t stored_begin(std::uint32_t i) const { return i == 0 ? 0 : chunks[i - 1].stored_end; }
  std::uint32_t raw_begin(std::uint32_t i) const { return i == 0 ? 0 : chunks[i - 1].raw_end; }
  std::uint32_t raw_length(std::uint32_t start, std::uint32_t end) const { return raw_begin(end) - raw_begin(start); }
  // Index of the chunk that holds byte `offset` of the uncompressed data; offset < raw_bytes().
  std::uint32_t chunk_at(std::uint32_t offset) const;
  Hash hash() const;                                         // Merkle root
  Hash range(std::uint32_t start, std::uint32_t end) const;  // verification hash
  // 40 bytes a chunk: hash, stored end, raw end with the scheme in its two top bits.
  std::string pack() const;
  static Result<XorbIndex> unpack(std::string_view packed);  // errors: internal
};

// Reads a body as uploaded, in pieces of any size. Holds back at most one record.
class XorbReader {
 public:
  // Errors: malformed, too_large.
  Status feed(std::string_view data);
  // After the last byte: what is to be stored are the first stored_bytes() of the body. Errors: malformed (no chunk, truncated record).
  Result<XorbIndex> finish() &&;

 private:
  Result<std::size_t> take(std::string_view data);  // bytes of one record consumed; 0: more is needed
  std::string held_;
  XorbIndex index_;
  std::vector<char> raw_;
  bool footer_ = false;  // what follows is an index that we make ourselves
  std::uint64_t footer_bytes_ = 0;
};

// Packs chunks, uncompressed: readers then get them by sendfile.
class XorbBuilder {
 public:
  bool fits(std::size_t raw) const { return index_.chunks.size() < xorb_max_chunks && index_.raw_bytes() + raw <= xorb_max_raw; }
  bool empty() const { return index_.chunks.empty(); }
  // Appends the record to `out`. The chunk must fit.
  void add(std::string_view raw, const Hash& hash, std::string& out);
  const XorbIndex& index() const { return index_; }
  void clear() { index_.chunks.clear(); }

 private:
  XorbIndex index_;
};

}  // namespace kontor::codec
