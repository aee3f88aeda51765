#include "codec/shard.hpp"

namespace kontor::codec {
namespace {

constexpr std::size_t record = 48;
constexpr unsigned char tag[32] = {'H',  'F',  'R',  'e',  'p',  'o',  'M',  'e',  't',  'a',  'D',  'a',  't',  'a',  0,    0x55,
                                   0x69, 0x67, 0x45, 0x6a, 0x7b, 0x81, 0x57, 0x83, 0xa5, 0xbd, 0xd9, 0x5c, 0xcd, 0xd1, 0x4a, 0xa9};
constexpr std::uint32_t flag_verification = 0x80000000, flag_metadata = 0x40000000, flag_eligible = 0x80000000;

Unexpected bad(std::string why) { return fail(Errc::malformed, "malformed_shard", std::move(why)); }

// Walks the records.
class Cursor {
 public:
  explicit Cursor(std::string_view body) : body_(body) {}
  std::size_t left() const { return (body_.size() - at_) / record; }  // whole records
  std::string_view next() {
    std::string_view r = body_.substr(at_, record);
    at_ += record;
    return r;
  }

 private:
  std::string_view body_;
  std::size_t at_ = 0;
};

std::uint32_t u32(std::string_view r, std::size_t at) {
  std::uint32_t v;
  std::memcpy(&v, r.data() + at, 4);
  return v;
}
std::uint64_t u64(std::string_view r, std::size_t at) {
  std::uint64_t v;
  std::memcpy(&v, r.data() + at, 8);
  return v;
}
Hash hash_of(std::string_view r) { return Hash::from_bytes(r.substr(0, 32)); }
// 32 bytes FF; no hash looks like that. What the other 16 bytes hold is not looked at, as in the reference.
bool is_bookend(std::string_view r) { return r.substr(0, 32).find_first_not_of('\xFF') == std::string_view::npos; }

void put32(std::string& out, std::uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); }
void put64(std::string& out, std::uint64_t v) { out.append(reinterpret_cast<const char*>(&v), 8); }
void put_header(std::string& out, std::uint64_t footer) {
  out.append(reinterpret_cast<const char*>(tag), 32);
  put64(out, 2);
  put64(out, footer);
}
void put_bookend(std::string& out) {
  out.append(32, '\xFF');
  out.append(16, '\0');
}

Result<ShardFile> parse_file(std::string_view head, Cursor& c) {
  ShardFile f;
  f.hash = hash_of(head);
  std::uint32_t flags = u32(head, 32), n = u32(head, 36);
  bool verified = flags & flag_verification, meta = flags & flag_metadata;
  std::uint64_t need = std::uint64_t(n) * (verified ? 2 : 1) + (meta ? 1 : 0);
  if (need > c.left()) return bad("A file of the shard has more entries than the shard has room for.");
  f.terms.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::string_view r = c.next();
    f.terms.push_back({hash_of(r), u32(r, 36), u32(r, 40), u32(r, 44)});
  }
  if (verified) {
    f.verification.reserve(n);
    for (std::uint32_t i = 0; i < n; ++i) f.verification.push_back(hash_of(c.next()));
  }
  if (meta) f.sha256 = reverse_groups(hash_of(c.next()));
  return f;
}

Result<ShardXorb> parse_xorb(std::string_view head, Cursor& c) {
  ShardXorb x;
  x.hash = hash_of(head);
  std::uint32_t n = u32(head, 36);
  x.raw_bytes = u32(head, 40);  // the last field, bytes on disk, is 0 or wrong in real shards
  if (n > xorb_max_chunks) return bad("A xorb has at most 8192 chunks.");
  if (n > c.left()) return bad("A xorb of the shard has more chunks than the shard has room for.");
  x.chunks.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::string_view r = c.next();
    x.chunks.push_back({hash_of(r), u32(r, 32), u32(r, 36), (u32(r, 40) & flag_eligible) != 0});
  }
  return x;
}

}  // namespace

Result<Shard> parse_shard(std::string_view body) {
  Cursor c(body);
  if (c.left() < 1) return bad("The shard is shorter than its header.");
  std::string_view head = c.next();
  if (std::memcmp(head.data(), tag, 32) != 0) return bad("This is no shard.");
  if (u64(head, 32) != 2) return bad("The shard has an unknown version.");
  // The footer size (0 or 200) is wrong in shards of some released clients: whatever follows the second bookend is ignored.
  if (u64(head, 40) != 0 && u64(head, 40) != 200) return bad("The shard has an unknown footer size.");
  Shard out;
  for (;;) {
    if (c.left() < 1) return bad("The file section of the shard has no end.");
    std::string_view r = c.next();
    if (is_bookend(r)) break;
    KT_TRY(ShardFile f, parse_file(r, c));
    out.files.push_back(std::move(f));
  }
  for (;;) {
    if (c.left() < 1) return bad("The xorb section of the shard has no end.");
    std::string_view r = c.next();
    if (is_bookend(r)) break;
    KT_TRY(ShardXorb x, parse_xorb(r, c));
    out.xorbs.push_back(std::move(x));
  }
  return out;
}

std::string build_upload_shard(const Shard& shard) {
  std::string out;
  put_header(out, 0);
  for (const ShardFile& f : shard.files) {
    out += f.hash.view();
    put32(out, (f.verification.empty() ? 0 : flag_verification) | (f.sha256 ? flag_metadata : 0));
    put32(out, static_cast<std::uint32_t>(f.terms.size()));
    put64(out, 0);
    for (const ShardTerm& t : f.terms) {
      out += t.xorb.view();
      put32(out, 0);
      put32(out, t.bytes);
      put32(out, t.start);
      put32(out, t.end);
    }
    for (const Hash& v : f.verification) {
      out += v.view();
      out.append(16, '\0');
    }
    if (f.sha256) {
      out += reverse_groups(*f.sha256).view();
      out.append(16, '\0');
    }
  }
  put_bookend(out);
  for (const ShardXorb& x : shard.xorbs) {
    out += x.hash.view();
    put32(out, 0);
    put32(out, static_cast<std::uint32_t>(x.chunks.size()));
    put32(out, x.raw_bytes);
    put32(out, 0);
    for (const ShardChunk& ch : x.chunks) {
      out += ch.hash.view();
      put32(out, ch.raw_begin);
      put32(out, ch.raw_length);
      put32(out, ch.eligible ? flag_eligible : 0);
      put32(out, 0);
    }
  }
  put_bookend(out);
  return out;
}

std::string build_dedup_answer(const std::vector<DedupXorb>& xorbs, const Hash& key, std::uint64_t created, std::uint64_t expires) {
  std::string out;
  put_header(out, 200);
  put_bookend(out);
  std::uint64_t stored = 0, raw = 0;
  for (const DedupXorb& x : xorbs) {
    const XorbIndex& index = *x.index;
    out += x.hash.view();
    put32(out, 0);
    put32(out, index.size());
    put32(out, index.raw_bytes());
    put32(out, index.stored_bytes());
    stored += index.stored_bytes();
    raw += index.raw_bytes();
    for (std::uint32_t i = 0; i < index.size(); ++i) {
      out += (key.is_zero() ? index.chunks[i].hash : keyed_hash(key, index.chunks[i].hash.view())).view();
      put32(out, index.raw_begin(i));
      put32(out, index.raw_length(i, i + 1));
      put32(out, 0);
      put32(out, 0);
    }
  }
  put_bookend(out);
  std::uint64_t footer = out.size();
  put64(out, 1);
  put64(out, record);      // file section
  put64(out, 2 * record);  // xorb section
  for (int i = 0; i < 3; ++i) {
    put64(out, footer);  // lookup tables: none, but huggingface.js reads xorbs up to their offset
    put64(out, 0);
  }
  out += key.view();
  put64(out, created);
  put64(out, expires);
  out.append(48, '\0');
  put64(out, stored);
  put64(out, raw);
  put64(out, raw);
  put64(out, footer);
  return out;
}

}  // namespace kontor::codec
