// The published vectors of the Xet hashes.
#include "codec/hash.hpp"

#include <gtest/gtest.h>

#include "codec/sha256.hpp"

namespace kontor::codec {
namespace {
Hash text(std::string_view s) { return Hash::parse_text(s).value(); }
const Hash A = text("cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6");
const Hash B = text("c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72");
const Hash C = text("0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37");
const Hash D = text("adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784");
}  // namespace

TEST(Hash, TextReversesGroupsOfEight) {
  Hash h;
  for (int i = 0; i < 32; ++i) h.bytes[i] = static_cast<unsigned char>(i);
  EXPECT_EQ(h.text(), "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918");
  EXPECT_EQ(text(h.text()), h);
  EXPECT_EQ(Hash::parse_text("07060504030201000F0E0D0C0B0A090817161514131211101F1E1D1C1B1A1918").value(), h);
  EXPECT_FALSE(Hash::parse_text(h.text().substr(1)));
  EXPECT_FALSE(Hash::parse_text(h.text() + "0"));
  EXPECT_FALSE(Hash::parse_text("g" + h.text().substr(1)));
  EXPECT_EQ(h.word(0), 0x0706050403020100u);
  EXPECT_TRUE(text("d6834b04843aaf16f29903e2428a99be635099f9ea5056cc4e95e7ec8a41509f").hex().starts_with("16af3a84044b83d6"));
}

TEST(Hash, HelloWorld) {
  Hash h = chunk_hash("Hello World!");
  EXPECT_EQ(h.hex(), "a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8");
  EXPECT_EQ(h.text(), "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb");
  MerkleBuilder m;
  m.add({h, 12});
  EXPECT_EQ(m.root(), h);
  EXPECT_EQ(m.file_hash().text(), "a9dae0ad88b060bdd7e7c87abdcf95b132c95a0414b06d4f6beb68d287b87165");
  EXPECT_EQ(range_hash(std::vector{h}).text(), "89cb63458e98cb4c75be6b50a5a7b7234b82f05d5348e6925fb71aaf5dc3862b");
  Hash key;
  for (int i = 0; i < 32; ++i) key.bytes[i] = static_cast<unsigned char>(i);
  EXPECT_EQ(keyed_hash(key, h.view()).text(), "213944381648fd3a12bf8dfc98576416734cf1afdb7ddced216b33a217c15167");
  EXPECT_EQ(chunk_hash("").text(), "e0f2cf784e7e5f10c34f84af150e9a5ff9664216debad915364d741049870f67");
}

TEST(Hash, NodeAndRangeOfTwo) {
  Hash a = text("c28f58387a60d4aa200c311cda7c7f77f686614864f5869eadebf765d0a14a69"),
       b = text("6e4e3263e073ce2c0e78cc770c361e2778db3b054b98ab65e277fc084fa70f22");
  MerkleBuilder m;
  m.add({a, 100});
  m.add({b, 200});
  EXPECT_EQ(m.root().text(), "be64c7003ccd3cf4357364750e04c9592b3c36705dee76a71590c011766b6c14");
  EXPECT_EQ(m.size(), 300u);
  EXPECT_EQ(range_hash(std::vector{a, b}).text(), "eb06a8ad81d588ac05d1d9a079232d9c1e7d0b07232fa58091caa7bf333a2768");
}

TEST(Hash, MerkleLists) {
  struct Case {
    std::vector<Node> nodes;
    std::string root, file;
  };
  std::string zero(64, '0');
  std::vector<Case> cases = {
      {{}, zero, zero},
      {{{Hash{}, 0}}, zero, "638a6bc391964a85939d48f008e8bdbae6a7975e7ca2d87a3ce2492f4e4d8a4c"},
      {{{A, 100}}, A.text(), "8e16257caa3fe079d484d872a8975264b2ff683b0d6db9028cc7c0f968a45661"},
      {{{A, 100}, {B, 200}, {C, 300}},
       "71ec1275fca074724e2dd666921b3277c7cee603e4d025bcab2d4050015be2bc",
       "54e55dccc6653c612bdb5576c5d3cb34bb31bc4e100248abccf4c908b3ef7715"},
      {{{A, 100}, {A, 100}, {A, 100}, {A, 100}},
       "89f2ada89ff8c96763c6b25010e6dd76a4c05b1466207633ea559acf2093211b",
       "2cdba690d0e09563596e0cda626d43eb4c96ef1e994fe72d9b2f5a83cfcd36dd"},
      {{{A, 100}, {B, 200}, {A, 100}, {B, 200}},
       "90f8313ef12df385d237a067aded02562c35ded12116e32eba401dbc86c38031",
       "284ea045e5a579e99c21ec597c20de1fc0c09e7168162aac00db8f61b3d82dbb"},
      {{{A, 100}, {B, 200}, {A, 100}, {B, 200}, {C, 300}, {D, 400}},
       "52c826f99507aa05d0b45e9837fa1709e0485425cfbcb1e80db3905cf98b3ee9",
       "91d21684db364c8883ab8209fa5eb2e781cf07f37e1fa43e731c30839afe422f"},
  };
  for (const Case& c : cases) {
    MerkleBuilder m;
    for (const Node& n : c.nodes) m.add(n);
    EXPECT_EQ(m.root().text(), c.root) << c.nodes.size();
    EXPECT_EQ(m.file_hash().text(), c.file) << c.nodes.size();
  }
}

// The rule as it is written down (level by level, over all nodes), against the builder that sees one node at a time.
TEST(Hash, MerkleBuilderFollowsTheLevelRule) {
  auto parent = [](std::span<const Node> g) {
    std::string t;
    Node p;
    for (const Node& n : g) {
      t += n.hash.text() + " : " + std::to_string(n.size) + "\n";
      p.size += n.size;
    }
    p.hash = keyed_hash(Hash::parse_hex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f").value(), t);
    return p;
  };
  for (std::size_t count = 1; count < 400; count += 1 + count / 7) {
    std::vector<Node> level;
    MerkleBuilder m;
    for (std::size_t i = 0; i < count; ++i) {
      level.push_back({sha256(std::to_string(i) + "/" + std::to_string(count)), i + 1});
      m.add(level.back());
    }
    while (level.size() > 1) {
      std::vector<Node> up;
      for (std::size_t at = 0; at < level.size();) {
        std::size_t n = level.size() - at, take = n;
        if (n > 2) {
          take = std::min<std::size_t>(9, n);
          for (std::size_t i = 2; i < std::min<std::size_t>(9, n); ++i)
            if (level[at + i].hash.word(3) % 4 == 0) {
              take = i + 1;
              break;
            }
        }
        up.push_back(parent(std::span(level).subspan(at, take)));
        at += take;
      }
      level = up;
    }
    EXPECT_EQ(m.root(), level[0].hash) << count;
  }
}

TEST(Sha256, KnownValues) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 s;
  s.update("a");
  s.update("bc");
  EXPECT_EQ(s.finish().hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(reverse_groups(Hash::parse_hex("1307990e6ba5ca145eb35e99182a9bec46531bc54ddf656a602c780fa0240dee").value()).hex(),
            "14caa56b0e990713ec9b2a18995eb35e6a65df4dc51b5346ee0d24a00f782c60");
  // RFC 4231, case 2.
  EXPECT_EQ(Hash::from_bytes(hmac_sha256("Jefe", "what do ya want for nothing?")).hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace kontor::codec
