// Xorb and shard bytes: worked examples, round trips, and input that lies.
#include "codec/xorb.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "codec/shard.hpp"

namespace kontor::codec {
namespace {

std::string bytes_of(std::size_t n, unsigned seed) {
  std::mt19937 r(seed);
  std::string s(n, '\0');
  for (char& c : s) c = static_cast<char>(r());
  return s;
}

std::string record(std::string_view raw, Scheme scheme) {
  std::string payload(raw);
  if (scheme == Scheme::lz4) payload = lz4_compress(raw);
  if (scheme == Scheme::bg4_lz4) {
    std::string grouped(raw.size(), '\0');
    group_by_4(raw, grouped);
    payload = lz4_compress(grouped);
  }
  std::string out;
  append_record_header(out, {static_cast<std::uint32_t>(payload.size()), static_cast<std::uint32_t>(raw.size()), scheme});
  return out + payload;
}

struct Read {
  Result<XorbIndex> index;
  std::string stored;
};
Read read(std::string_view body, std::size_t piece = SIZE_MAX) {
  XorbReader r;
  Read out{XorbIndex{}, {}};
  for (std::size_t i = 0; i < body.size(); i += std::min(piece, body.size() - i)) {
    auto s = r.feed(body.substr(i, piece));
    if (!s) {
      out.index = Unexpected(s.error());
      return out;
    }
  }
  out.index = std::move(r).finish();
  if (out.index) out.stored = body.substr(0, out.index->stored_bytes());
  return out;
}

}  // namespace

TEST(Xorb, HelloWorldBytes) {
  XorbBuilder b;
  std::string out;
  b.add("Hello World!", chunk_hash("Hello World!"), out);
  EXPECT_EQ(to_hex(out), "000c0000000c000048656c6c6f20576f726c6421");
  Read r = read(out);
  ASSERT_TRUE(r.index);
  EXPECT_EQ(r.stored, out);
  EXPECT_EQ(r.index->hash().text(), "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb");
}

TEST(Xorb, MixedSchemesInPiecesOfAnySizeWithAndWithoutFooter) {
  std::string body, raw;
  for (unsigned i = 0; i < 20; ++i) {
    std::string chunk = i % 2 ? bytes_of(8000 + i * 37, i) : std::string(9000 + i, static_cast<char>('a' + i));
    raw += chunk;
    body += record(chunk, static_cast<Scheme>(i % 3));
  }
  std::string with_footer = body + "XETBLOB\1" + bytes_of(92 + 40 * 20 - 8 + 4, 99);
  Read whole = read(body);
  ASSERT_TRUE(whole.index) << whole.index.error().message;
  EXPECT_EQ(whole.index->raw_bytes(), raw.size());
  EXPECT_EQ(whole.index->stored_bytes(), body.size());
  for (std::size_t piece : {1ul, 7ul, 8ul, 4096ul, 100'000ul, SIZE_MAX})
    for (const std::string& b : {body, with_footer}) {
      Read r = read(b, piece);
      ASSERT_TRUE(r.index) << piece << r.index.error().message;
      EXPECT_EQ(r.stored, body);
      EXPECT_EQ(r.index->chunks, whole.index->chunks);
    }
  auto again = XorbIndex::unpack(whole.index->pack());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->chunks, whole.index->chunks);
  EXPECT_EQ(again->chunk_at(0), 0u);
  EXPECT_EQ(again->chunk_at(8999), 0u);
  EXPECT_EQ(again->chunk_at(9000), 1u);
}

TEST(Xorb, RefusesWhatIsNoXorb) {
  std::string good = record(bytes_of(9000, 1), Scheme::lz4);
  EXPECT_FALSE(read("").index);
  EXPECT_FALSE(read("XETBLOB\1").index);
  EXPECT_FALSE(read(good + "x").index);                       // rest
  EXPECT_FALSE(read(good.substr(0, good.size() - 1)).index);  // cut
  auto with = [&](std::size_t at, char v) {
    std::string b = good;
    b[at] = v;
    return read(b).index.has_value();
  };
  EXPECT_FALSE(with(0, 1));  // version
  EXPECT_FALSE(with(4, 3));  // scheme
  EXPECT_FALSE(with(4, 99));
  EXPECT_FALSE(with(5, 0));  // raw length
  EXPECT_FALSE(with(7, 9));
  EXPECT_FALSE(with(8, 0));  // LZ4 magic
  std::string empty_chunk("\0\1\0\0\0\0\0\0x", 9);
  EXPECT_FALSE(read(empty_chunk).index);
  std::string many;
  std::string one = record("x", Scheme::none);
  for (int i = 0; i < 8192; ++i) many += one;
  EXPECT_TRUE(read(many).index);
  EXPECT_FALSE(read(many + one).index);
  std::string full;
  std::string big = record(std::string(131072, 'x'), Scheme::lz4);
  for (int i = 0; i < 512; ++i) full += big;
  EXPECT_TRUE(read(full).index);
  EXPECT_FALSE(read(full + one).index);
}

TEST(Xorb, ACompressedChunkNeverWritesMoreThanItSays) {
  std::string bomb = lz4_compress(std::string(1 << 20, 'x'));
  std::vector<char> out(1000);
  EXPECT_FALSE(lz4_decompress(bomb, out));
  std::string raw = bytes_of(4099, 5), exact = lz4_compress(raw);
  for (std::size_t n : {0ul, 1ul, 2ul, 3ul, 4ul, 5ul, 4099ul}) {
    std::string grouped(n, '\0'), back(n, '\0');
    group_by_4(std::string_view(raw).substr(0, n), grouped);
    ungroup_by_4(grouped, back);
    EXPECT_EQ(back, raw.substr(0, n));
  }
  std::vector<char> right(4099), shorter(4098), longer(4100);
  EXPECT_TRUE(lz4_decompress(exact, right));
  EXPECT_FALSE(lz4_decompress(exact, shorter));
  EXPECT_FALSE(lz4_decompress(exact, longer));
  EXPECT_FALSE(lz4_decompress(exact + "x", right));
  EXPECT_TRUE(lz4_decompress(exact, right));  // the decoder is clean after errors
}

TEST(Shard, HelloWorldBytes) {
  Hash h = chunk_hash("Hello World!");
  MerkleBuilder m;
  m.add({h, 12});
  Shard s;
  s.files.push_back({m.file_hash(), {{h, 12, 0, 1}}, {range_hash(std::vector{h})}, sha256("Hello World!")});
  s.xorbs.push_back({h, 12, {{h, 0, 12, false}}});
  std::string b = build_upload_shard(s);
  ASSERT_EQ(b.size(), 432u);
  EXPECT_EQ(sha256_hex(b), "92b52ba3907f9c57246fe5c81f562af5e7afecb15c37ae5905cc2cb084f19ed4");
  // The same bytes with a footer announced and missing, announced and present, or something behind.
  std::string announced = b;
  announced[40] = static_cast<char>(200);
  for (const std::string& body : {b, announced, announced + std::string(200, 'f'), b + "tail"}) {
    auto p = parse_shard(body);
    ASSERT_TRUE(p) << p.error().message;
    ASSERT_EQ(p->files.size(), 1u);
    EXPECT_EQ(p->files[0].sha256->hex(), sha256_hex("Hello World!"));
    EXPECT_EQ(p->files[0].terms[0].end, 1u);
    EXPECT_EQ(p->files[0].verification.size(), 1u);
    EXPECT_EQ(p->xorbs[0].chunks[0].hash, h);
  }
}

TEST(Shard, RefusesCountsBeyondTheBody) {
  Shard s;
  s.files.push_back({Hash{}, {{Hash{}, 1, 0, 1}}, {}, {}});
  s.xorbs.push_back({Hash{}, 1, {{Hash{}, 0, 1, false}}});
  std::string b = build_upload_shard(s);
  ASSERT_TRUE(parse_shard(b));
  auto with = [&](std::size_t at, std::uint32_t v) {
    std::string c = b;
    std::memcpy(c.data() + at, &v, 4);
    return parse_shard(c).has_value();
  };
  EXPECT_FALSE(with(48 + 36, 0xFFFFFFFF));
  EXPECT_FALSE(with(48 + 36, 6));
  EXPECT_FALSE(with(3 * 48 + 48 + 36, 8193));
  EXPECT_FALSE(with(3 * 48 + 48 + 36, 3));
  EXPECT_FALSE(with(0, 1));     // tag
  EXPECT_FALSE(with(32, 3));    // version
  EXPECT_FALSE(with(40, 100));  // footer size
  for (std::size_t n = 0; n < b.size(); ++n) EXPECT_FALSE(parse_shard(b.substr(0, n))) << n;
}

TEST(Shard, DedupAnswerHasKeyedChunksAndACompleteFooter) {
  XorbBuilder x;
  std::string out;
  std::string one(9000, 'a'), two(10000, 'b');
  x.add(one, chunk_hash(one), out);
  x.add(two, chunk_hash(two), out);
  Hash key = sha256("key");
  std::string b = build_dedup_answer({{x.index().hash(), &x.index()}}, key, 1000, 2000);
  ASSERT_EQ(b.size(), 48u + 48 + 3 * 48 + 48 + 200);
  auto p = parse_shard(b);
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->files.empty());
  ASSERT_EQ(p->xorbs.size(), 1u);
  EXPECT_EQ(p->xorbs[0].hash, x.index().hash());
  EXPECT_EQ(p->xorbs[0].chunks[1].hash, keyed_hash(key, chunk_hash(two).view()));
  EXPECT_EQ(p->xorbs[0].chunks[1].raw_begin, 9000u);
  auto u64 = [&](std::size_t at) {
    std::uint64_t v;
    std::memcpy(&v, b.data() + at, 8);
    return v;
  };
  std::size_t footer = b.size() - 200;
  EXPECT_EQ(u64(40), 200u);
  EXPECT_EQ(u64(footer), 1u);
  EXPECT_EQ(u64(footer + 8), 48u);
  EXPECT_EQ(u64(footer + 16), 96u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(u64(footer + 24 + 16 * i), footer);
  EXPECT_EQ(Hash::from_bytes(std::string_view(b).substr(footer + 72, 32)), key);
  EXPECT_EQ(u64(footer + 104), 1000u);
  EXPECT_EQ(u64(footer + 112), 2000u);
  EXPECT_EQ(u64(footer + 192), footer);
}

}  // namespace kontor::codec
