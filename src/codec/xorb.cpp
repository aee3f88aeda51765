#include "codec/xorb.hpp"

#include <algorithm>

#include "codec/chunker.hpp"

namespace kontor::codec {
namespace {
Unexpected bad(std::string why) { return fail(Errc::malformed, "malformed_xorb", std::move(why)); }

std::uint32_t u24(const char* p) {
  auto* u = reinterpret_cast<const unsigned char*>(p);
  return u[0] | u[1] << 8 | u[2] << 16;
}
void put_u24(std::string& out, std::uint32_t v) {
  out += static_cast<char>(v & 0xFF);
  out += static_cast<char>(v >> 8 & 0xFF);
  out += static_cast<char>(v >> 16 & 0xFF);
}
constexpr std::string_view footer_ident = "XETBLOB";
// Longest footer: 92 bytes, 40 a chunk, the length word.
constexpr std::uint64_t footer_limit = 96 + 40 * xorb_max_chunks;
}  // namespace

Result<RecordHeader> parse_record_header(std::string_view b) {
  KT_ASSERT(b.size() >= record_header);
  if (b[0] != 0) return bad("A chunk record has an unknown version.");
  RecordHeader h{u24(b.data() + 1), u24(b.data() + 5), static_cast<Scheme>(b[4])};
  if (static_cast<unsigned char>(b[4]) > 2) return bad("A chunk has an unknown compression scheme.");
  if (h.raw == 0 || h.raw > max_chunk) return bad("A chunk must have 1 to 131072 bytes.");
  if (h.stored == 0 || h.stored > max_compressed_chunk) return bad("A stored chunk must have 1 to 262144 bytes.");
  if (h.scheme == Scheme::none && h.stored != h.raw) return bad("An uncompressed chunk has two different lengths.");
  return h;
}

void append_record_header(std::string& out, const RecordHeader& h) {
  out += '\0';
  put_u24(out, h.stored);
  out += static_cast<char>(h.scheme);
  put_u24(out, h.raw);
}

std::uint32_t XorbIndex::chunk_at(std::uint32_t offset) const {
  auto it = std::upper_bound(chunks.begin(), chunks.end(), offset, [](std::uint32_t o, const ChunkEntry& c) { return o < c.raw_end; });
  KT_ASSERT(it != chunks.end());
  return static_cast<std::uint32_t>(it - chunks.begin());
}

Hash XorbIndex::hash() const {
  MerkleBuilder m;
  for (std::uint32_t i = 0; i < size(); ++i) m.add({chunks[i].hash, raw_length(i, i + 1)});
  return m.root();
}

Hash XorbIndex::range(std::uint32_t start, std::uint32_t end) const {
  std::vector<Hash> hashes;
  hashes.reserve(end - start);
  for (std::uint32_t i = start; i < end; ++i) hashes.push_back(chunks[i].hash);
  return range_hash(hashes);
}

std::string XorbIndex::pack() const {
  std::string out;
  out.reserve(chunks.size() * 40);
  for (const ChunkEntry& c : chunks) {
    out += c.hash.view();
    std::uint32_t words[2] = {c.stored_end, c.raw_end | static_cast<std::uint32_t>(c.scheme) << 30};
    out.append(reinterpret_cast<const char*>(words), 8);
  }
  return out;
}

Result<XorbIndex> XorbIndex::unpack(std::string_view packed) {
  auto damaged = [] { return fail(Errc::internal, "damaged_index", "The index of a stored xorb is damaged."); };
  if (packed.empty() || packed.size() % 40 != 0 || packed.size() / 40 > xorb_max_chunks) return damaged();
  XorbIndex out;
  out.chunks.resize(packed.size() / 40);
  std::uint32_t stored = 0, raw = 0;
  for (std::size_t i = 0; i < out.chunks.size(); ++i) {
    ChunkEntry& c = out.chunks[i];
    c.hash = Hash::from_bytes(packed.substr(i * 40, 32));
    std::uint32_t words[2];
    std::memcpy(words, packed.data() + i * 40 + 32, 8);
    c.stored_end = words[0];
    c.raw_end = words[1] & 0x3FFFFFFF;
    c.scheme = static_cast<Scheme>(words[1] >> 30);
    if (c.stored_end <= stored || c.raw_end <= raw || c.raw_end - raw > max_chunk || words[1] >> 30 > 2) return damaged();
    stored = c.stored_end;
    raw = c.raw_end;
  }
  return out;
}

Result<std::size_t> XorbReader::take(std::string_view data) {
  if (data.size() < record_header) return 0;
  if (data.starts_with(footer_ident)) {
    footer_ = true;
    return 0;
  }
  KT_TRY(RecordHeader h, parse_record_header(data));
  if (index_.chunks.size() == xorb_max_chunks) return bad("A xorb has at most 8192 chunks.");
  if (index_.raw_bytes() + h.raw > xorb_max_raw) return bad("A xorb has at most 64 MiB of data.");
  if (data.size() < record_header + h.stored) return 0;
  std::string_view payload = data.substr(record_header, h.stored);
  ChunkEntry e;
  if (h.scheme == Scheme::none) {
    e.hash = chunk_hash(payload);
  } else {
    raw_.resize(h.raw);
    KT_CHECK(decompress(h.scheme, payload, raw_));
    e.hash = chunk_hash({raw_.data(), raw_.size()});
  }
  e.scheme = h.scheme;
  e.stored_end = index_.stored_bytes() + static_cast<std::uint32_t>(record_header + h.stored);
  e.raw_end = index_.raw_bytes() + h.raw;
  index_.chunks.push_back(e);
  return record_header + h.stored;
}

Status XorbReader::feed(std::string_view data) {
  while (!footer_ && !held_.empty() && !data.empty()) {
    // Complete the record that is held back: first its header, then as much as the header says.
    std::size_t want = record_header;
    if (held_.size() >= record_header && !held_.starts_with(footer_ident)) {
      KT_TRY(RecordHeader h, parse_record_header(held_));
      want += h.stored;
    }
    std::size_t add = std::min(data.size(), want - std::min(want, held_.size()));
    held_.append(data.substr(0, add));
    data.remove_prefix(add);
    KT_TRY(std::size_t n, take(held_));
    if (n > 0) {
      held_.clear();
    } else if (footer_) {
      footer_bytes_ += held_.size();
      held_.clear();
    }
  }
  std::size_t done = 0;
  while (!footer_) {
    KT_TRY(std::size_t n, take(data.substr(done)));
    if (n == 0) break;
    done += n;
  }
  data.remove_prefix(done);
  if (footer_) {
    footer_bytes_ += data.size();
    if (footer_bytes_ > footer_limit) return bad("The footer of the xorb is too long.");
  } else {
    held_.append(data);
  }
  return {};
}

Result<XorbIndex> XorbReader::finish() && {
  if (!held_.empty()) return bad("The last chunk record of the xorb is incomplete.");
  if (index_.chunks.empty()) return bad("A xorb has at least one chunk.");
  return std::move(index_);
}

void XorbBuilder::add(std::string_view raw, const Hash& hash, std::string& out) {
  KT_ASSERT(fits(raw.size()) && !raw.empty() && raw.size() <= max_chunk);
  auto n = static_cast<std::uint32_t>(raw.size());
  append_record_header(out, {n, n, Scheme::none});
  out += raw;
  index_.chunks.push_back(
      {hash, index_.stored_bytes() + static_cast<std::uint32_t>(record_header) + n, index_.raw_bytes() + n, Scheme::none});
}

}  // namespace kontor::codec
