// The published vectors of the chunker.
#include "codec/chunker.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "codec/gear_table.hpp"
#include "codec/hash.hpp"
#include "codec/sha256.hpp"

namespace kontor::codec {
namespace {

std::string split_mix(std::uint64_t state, std::size_t n) {
  std::string out;
  while (out.size() < n) {
    state += 0x9E3779B97F4A7C15;
    std::uint64_t z = state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    z ^= z >> 31;
    out.append(reinterpret_cast<const char*>(&z), 8);
  }
  out.resize(n);
  return out;
}

struct Cut {
  std::vector<std::size_t> ends;
  std::vector<Hash> hashes;
  MerkleBuilder merkle;
};

Cut cut(std::string_view data, std::size_t piece = SIZE_MAX) {
  Cut c;
  std::size_t at = 0;
  Chunker chunker;
  auto emit = [&](std::string_view chunk) {
    at += chunk.size();
    c.ends.push_back(at);
    c.hashes.push_back(chunk_hash(chunk));
    c.merkle.add({c.hashes.back(), chunk.size()});
  };
  for (std::size_t i = 0; i < data.size(); i += std::min(piece, data.size() - i)) chunker.feed(data.substr(i, piece), emit);
  chunker.finish(emit);
  return c;
}

// The rule in its plainest form.
std::vector<std::size_t> plain(std::string_view data) {
  std::vector<std::size_t> ends;
  std::uint64_t h = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    h = (h << 1) + gear_table[static_cast<unsigned char>(data[i])];
    ++size;
    if ((size >= 8192 && (h & 0xFFFF000000000000) == 0) || size == 131072) {
      ends.push_back(i + 1);
      h = 0;
      size = 0;
    }
  }
  if (size) ends.push_back(data.size());
  return ends;
}

}  // namespace

TEST(Chunker, TheTableIsTheFormats) {
  EXPECT_EQ(sha256_hex({reinterpret_cast<const char*>(gear_table), sizeof gear_table}),
            "e1d3936666d7ae7a977c958e9afcc75f90aaca758ce5fbe4ece61dffefe1912c");
}

TEST(Chunker, MillionRandomBytes) {
  std::string data = split_mix(0, 1'000'000);
  ASSERT_EQ(sha256_hex(data), "b3d0a1f7938cd4d8413a4dcffd4313e2e8ac0cb61cb1090eb140ea8e9154befb");
  std::vector<std::pair<std::size_t, std::string>> want = {{84493, "6eca1e7dadaf08cca5d82d318c800f07c2ddcec115a7e8627e5edd9605b94b8d"},
                                                           {134421, "624ea34d72a06e5d43a1b8dd10763f0d22f165992c397ed97563899b27fdd88a"},
                                                           {144853, "4411d2ec847c6e3f451a7451ff3933adb4f1c31587421b9f730b698a78313b47"},
                                                           {243318, "6342bde97433e29e0779ad33eb8040d986679040361b3cc3a06230fe60dd6c9b"},
                                                           {271793, "405253fcf15bba751adc4f507d3453273daff81ed4d8acd71c521aa1cbddc0b5"},
                                                           {336457, "4482374af7f8bebfdb5c5df0299f80128d6c58886ad7b218c562b1d74064e4cb"},
                                                           {467529, "80acc8d39c853b4b8a8c6ad7b63bf2ea68f62c2226b92f06349f92cc84d213cc"},
                                                           {494581, "a7076d7d343f711fb20fe6cd023248d8d051e8fe7d44172596cd5c7ea7edaf65"},
                                                           {582000, "44755217bbb4dadc81ea7695765230a34a2e6cb3b55f373f1de35aeba79ae92c"},
                                                           {596735, "001adc1d302d5f039278325dcbd5ec3b194f4794f1629d6f962f9f4bb78a7bff"},
                                                           {616815, "f8460a337c186f07c2e225bb287a1d3d3d686dc69d0828e99640f7d8852c5b90"},
                                                           {653164, "c9bc3da29025dc1ba562d303d815151d9a937367abb766ae842a165e8493d9fe"},
                                                           {678202, "5044339dfd65e8163bdfe642614a6be604b04d6aeacf222cf219ad287bfc5cf1"},
                                                           {724510, "163622db0fe0da93f2ef964eed4c485f3c7a9c312f8e8e8a312ab4bb8141f13e"},
                                                           {815591, "e1730534a858aa0258ad8904ef12b829b8a123a1c611250275c9ca9471e4c650"},
                                                           {827760, "1fbc6854f9185caba1e1f55393f41f83b895b18f9c99245c029025ca48f1e14b"},
                                                           {958832, "8a27b66ccf05b864b6bef6fb5c970fe894f73d2330e8e98fe7841dcdbd9e9576"},
                                                           {991092, "bc70a33e7a9ec820cac24b87023469a57bdae1bf91cc3961b95806c64a525221"},
                                                           {1000000, "03e5b5f5a088269ec4b329f1e04debfac4cb54b9c0facf038f7e8e0f054be7e2"}};
  Cut c = cut(data);
  ASSERT_EQ(c.ends.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(c.ends[i], want[i].first);
    EXPECT_EQ(c.hashes[i].text(), want[i].second);
  }
  EXPECT_EQ(c.merkle.root().text(), "6f2ce16ca5e317f0100ff0e7e5bf40a0de9032e9ee1ad04b6b8ff4e36cdfbf6c");
  EXPECT_EQ(c.merkle.file_hash().text(), "3d17b2d7d64a0e011b6717a52d9a16bd2c3f05b743fa8adf52a7d75dafab6d89");
  EXPECT_EQ(range_hash(c.hashes).text(), "6daf15a7ed258b91f607e8f5e6723a8564292d12c8104c156f7bad9c255a0180");
  for (std::size_t piece : {1ul, 1460ul, 8192ul, 65536ul, 131072ul, 131073ul, 500'000ul}) EXPECT_EQ(cut(data, piece).ends, c.ends) << piece;
}

TEST(Chunker, MillionEqualBytes) {
  Cut c = cut(std::string(1'000'000, 59));
  EXPECT_EQ(c.ends, (std::vector<std::size_t>{131072, 262144, 393216, 524288, 655360, 786432, 917504, 1000000}));
  EXPECT_EQ(c.hashes[0].text(), "d3b528b30528f3ad802a015cdf93c531d4da754a1f8c0d341a8f111fd8b6f04e");
  EXPECT_EQ(c.hashes[7].text(), "99d04e49b71237231d47669f3eec84c90eb6b6be12b364ce326c05c6d71c3a9f");
  EXPECT_EQ(c.merkle.root().text(), "a6b5a7f0bb38b6fd5fb39031eb7564e18ea0e7a0b7bea87de54ed1db8bc85884");
  EXPECT_EQ(c.merkle.file_hash().text(), "53f845640fcd1c7440befff65bd93434c83a30c6559a705597d61f2ef64e2f88");
}

TEST(Chunker, PatternsThatFailWhereTheWarmUpCounts) {
  std::string base =
      from_hex(
          "9a342a229f4b7ee046ec0cc44fecb27c7f3263b22cb0ae7efaebcdaefc7a230a1465d645c10873699ee4786f88a2c6fbd3b7fdfca4933f10baa27517aa24cdbb"
          "ae4cd2aed3af0cad913b0246deb59fe3b69cbd33e26a1832b79d8c0a0817d4460aea1721dbfe27ec4631bf7409730f651a9fa5dc0faa387d5ca35eeb2628315"
          "1")
          .value();
  std::string all;
  for (int i = 0; i < 128; ++i) {
    std::string unit = base + std::string(i, '\0'), data;
    while (data.size() < 65536) data += unit;
    data.resize(65536);
    all += std::to_string(i) + ":";
    Cut c = cut(data);
    for (std::size_t k = 0; k < c.ends.size(); ++k) all += (k ? "," : "") + std::to_string(c.ends[k]);
    all += "\n";
  }
  EXPECT_TRUE(all.starts_with("0:8256,16448,24640,32832,41024,49216,57408,65536\n1:8320,16576,24832,33088,41344,49600,57856,65536\n"));
  EXPECT_EQ(sha256_hex(all), "435fff13155e4116a55fb2f16a1ea684de7e99eb4f7d5b9ac95f98868a9fc431");
}

TEST(Chunker, SmallSizes) {
  std::vector<std::pair<std::size_t, std::string>> cases = {{1, "db14a713ab6ac9984dec4b58ec6b4cd80fb23a9e4d5cf47711b3e25b572e0f15"},
                                                            {8191, "c9972474e2169b770d0595da498b63ce4ceb28b565bd5395121b648c0c0c8d6a"},
                                                            {8192, "092549df2ade2842aaf826348895bc281d6ea61507857a40659ffa139d1e60ae"},
                                                            {131072, "c192e90f65eb8a8e18dc554fcb11697f884301cb1789ea401dfffe717abca740"},
                                                            {131073, "eebb9c2202901ba249894e16fdec34084d6c71a9608665f6b8acebf38cda57c5"}};
  EXPECT_TRUE(cut("").ends.empty());
  for (auto& [n, file] : cases) EXPECT_EQ(cut(split_mix(1, n)).merkle.file_hash().text(), file) << n;
  EXPECT_EQ(cut(split_mix(1, 131073)).ends, (std::vector<std::size_t>{25125, 104497, 131073}));
  EXPECT_EQ(cut(split_mix(1, 131072)).ends, (std::vector<std::size_t>{25125, 104497, 131072}));
}

TEST(Chunker, LanesAgreeWithThePlainRule) {
  for (std::uint64_t seed = 2; seed < 6; ++seed) {
    std::string data = split_mix(seed, 3'000'017);
    EXPECT_EQ(cut(data, 777'777).ends, plain(data));
    for (char& ch : data) ch &= 3;  // few values: many hits or none
    EXPECT_EQ(cut(data, 99'991).ends, plain(data));
  }
}

}  // namespace kontor::codec
