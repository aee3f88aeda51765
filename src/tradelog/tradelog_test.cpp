// All vectors of marketplace.md section 18, mutated proofs, and the log over its in-memory store.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "tradelog/memory_store.hpp"

namespace kontor::tradelog {
namespace {

struct NoUnit : UnitOfWork {};
struct InlineStorage final : Storage {
  NoUnit unit;
  void submit_write(Body body, Done done) override { done(body(unit)); }
  void submit_read(Body body, Done done) override { done(body(unit)); }
  Status read_here(const Body& body) override { return body(unit); }
  bool reads_are_local() const override { return true; }
};
Status wait(Task<Status> t) {
  Status out;
  spawn([](Task<Status> t, Status* out) -> Task<void> { *out = co_await std::move(t); }(std::move(t), &out));
  return out;
}
std::string hex(const Hash& h) { return h.hex(); }
std::vector<std::string> hex(const std::vector<Hash>& v) {
  std::vector<std::string> out;
  for (auto& h : v) out.push_back(h.hex());
  return out;
}
MemoryReader reader_of(std::initializer_list<std::string_view> leaves) {
  MemoryReader r;
  for (auto l : leaves) r.leaves.push_back(leaf_hash(l));
  return r;
}
MemoryReader sample() {
  MemoryReader r;
  for (auto l : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
    r.leaves.push_back(leaf_hash(*from_hex(l)));
  return r;
}

TEST(Tree, Roots) {
  MemoryReader r = sample();
  std::pair<int, const char*> roots[] = {{0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                                         {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
                                         {2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
                                         {3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
                                         {7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
                                         {8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"}};
  for (auto& [n, h] : roots) EXPECT_EQ(hex(*root(r, n)), h);
}

TEST(Tree, Proofs) {
  MemoryReader r = sample();
  EXPECT_EQ(hex(*inclusion(r, 5, 7)), (std::vector<std::string>{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                                                                "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                                                                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(hex(*consistency(r, 3, 7)), (std::vector<std::string>{"0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
                                                                  "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
                                                                  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                                                  "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"}));
}

TEST(Tree, TradeSampleAndSignature) {
  MemoryReader r = reader_of({R"({"kind":"order.placed","order":"ord_1","seq":0})", R"({"kind":"order.paid","order":"ord_1","seq":1})",
                              R"({"kind":"entitlement.granted","order":"ord_1","seq":2})"});
  Hash top = *root(r, 3);
  EXPECT_EQ(hex(top), "d6598656f74f7ac88adc67f1ec54c5ad0b5c0bf60b572c56e09bcc19d950f2b0");
  EXPECT_EQ(hex(*inclusion(r, 1, 3)), (std::vector<std::string>{"741c79ba78e85a176d59b233684a62f3c321f3a72b5e483723996c84776aa77f",
                                                                "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"}));
  EXPECT_EQ(hex(*consistency(r, 1, 3)), (std::vector<std::string>{"33e48272f2f55971c14e1a8351859c488fd66a3ee11f21b8294d4d7f2edaa4aa",
                                                                  "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"}));
  std::string seed;
  for (int i = 0; i < 32; ++i) seed += static_cast<char>(i);
  Signer signer("market.example/trade-log", seed);
  EXPECT_EQ(to_hex(signer.public_key()), "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
  EXPECT_EQ(to_hex(signer.key_id()), "e06db4d5");
  EXPECT_EQ(signer.verifier_key(), "market.example/trade-log+e06db4d5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  std::string note = signer.sign({"market.example/trade-log", 3, top});
  EXPECT_EQ(note,
            "market.example/trade-log\n3\n1lmGVvdPesiK3Gfx7FTFrQtcC/YLVyxW4JvMGdlQ8rA=\n\n"
            "\xE2\x80\x94 market.example/trade-log "
            "4G201RXgCKoTk/JkNEus32Lw6iryd3wq52Yv0e5x1Q7Z/I7uN2xTabvxkA4l5KZaHTTRfmR62OD/dUqvjDJ682oOKgk=\n");
  EXPECT_EQ(open_note(note, signer.verifier_key())->size, 3);
  std::string forged = note;
  forged[forged.find("\n3\n") + 1] = '4';
  EXPECT_EQ(open_note(forged, signer.verifier_key()).error().code, "signature_invalid");
}

TEST(Tree, EveryMutationOfAProofIsRefused) {
  MemoryReader r;
  for (int i = 0; i < 70; ++i) r.leaves.push_back(leaf_hash(std::to_string(i)));
  auto mutations = [](const std::vector<Hash>& p) {
    std::vector<std::vector<Hash>> out;
    for (std::size_t i = 0; i < p.size(); ++i) {
      auto missing = p, flipped = p;
      missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
      flipped[i].bytes[i % 32] ^= 1;
      out.push_back(missing);
      out.push_back(flipped);
      if (i + 1 < p.size() && p[i] != p[i + 1]) {
        auto swapped = p;
        std::swap(swapped[i], swapped[i + 1]);
        out.push_back(swapped);
      }
    }
    auto extra = p;
    extra.push_back(Hash{});
    out.push_back(extra);
    return out;
  };
  for (std::int64_t size = 1; size <= 70; ++size) {
    Hash top = *root(r, size);
    for (std::int64_t i = 0; i < size; i += 1 + size / 9) {
      auto p = *inclusion(r, i, size);
      const Hash& leaf = r.leaves[static_cast<std::size_t>(i)];
      EXPECT_TRUE(check_inclusion(leaf, i, size, p, top));
      EXPECT_FALSE(check_inclusion(leaf, i + 1, size, p, top));
      for (auto& bad : mutations(p)) EXPECT_FALSE(check_inclusion(leaf, i, size, bad, top));
    }
    for (std::int64_t from = 1; from <= size; from += 1 + size / 7) {
      auto p = *consistency(r, from, size);
      Hash before = *root(r, from);
      EXPECT_TRUE(check_consistency(from, size, p, before, top)) << from << " " << size;
      if (from < size) EXPECT_FALSE(check_consistency(from, size, p, top, before));
      for (auto& bad : mutations(p)) EXPECT_FALSE(check_consistency(from, size, bad, before, top));
    }
  }
  EXPECT_EQ(consistency(r, 0, 5).error().code, "size_invalid");
}

TEST(Log, LeafAndRecord) {
  Leaf l = make_leaf_with_salt("order.paid", "ord_1", 1, Time::from_seconds(1769904000), R"({"order":"ord_1"})", std::string(32, 'x'));
  EXPECT_TRUE(l.text().starts_with(R"({"at":"2026-02-01T00:00:00.000Z","data_hash":")"));
  EXPECT_TRUE(l.text().ends_with(R"(","kind":"order.paid","seq":1,"subject":"ord_1","v":1})"));
  std::string master(32, 'm');
  Leaf a = make_leaf_from(master, "order.placed", "ord_1", 2, l.at, "{}"),
       b = make_leaf_from(master, "order.paid", "ord_1", 3, l.at.plus_ms(1), "{}");
  EXPECT_NE(a.salt, b.salt);
  auto back = decode_leaves(encode_leaves({l, a, b, l}), "ord_1");
  ASSERT_EQ(back.size(), 4u);
  EXPECT_EQ(back[1].hash, a.hash);
  EXPECT_EQ(back[2].hash, b.hash);
  EXPECT_EQ(back[2].at, b.at);
  EXPECT_EQ(back[3].hash, l.hash);
}

TEST(Log, TilesGiveTheSameProofsAndNothingElseIsSigned) {
  InlineStorage storage;
  MemoryStore store;
  MemoryVault vault;
  MemoryReader reference;
  Log log(storage, store, vault, "here/log");
  ASSERT_TRUE(log.open());
  int made = 0;
  for (int target : {1, 255, 256, 257, 700, 66000}) {
    for (; made < target; ++made) {
      Leaf l;
      l.kind = "k", l.subject = "s" + std::to_string(made), l.hash = leaf_hash(std::to_string(made));
      reference.leaves.push_back(l.hash);
      (void)log.append(storage.unit, l.subject, {l});
    }
    ASSERT_TRUE(wait(log.publish()));
    EXPECT_EQ(log.checkpoint().size, target);
    EXPECT_EQ(hex(log.checkpoint().root), hex(*root(reference, target)));
    TileReader tiles(storage.unit, store);
    for (std::int64_t i : {0, target / 3, target - 1}) EXPECT_EQ(hex(*inclusion(tiles, i, target)), hex(*inclusion(reference, i, target)));
    EXPECT_EQ(hex(*consistency(tiles, 1 + target / 2, target)), hex(*consistency(reference, 1 + target / 2, target)));
  }
  EXPECT_TRUE(log.proof(storage.unit, 5)->value().starts_with("c2sp.org/tlog-proof@v1\nindex 5\n"));
  EXPECT_FALSE(log.proof(storage.unit, 66000)->has_value());
  // A start over the same tree is fine; over a shorter or changed one it is not.
  EXPECT_TRUE(Log(storage, store, vault, "here/log").open());
  auto tile = store.kept_tiles;
  store.kept_tiles[{1, 0}][5] ^= 1;
  EXPECT_EQ(Log(storage, store, vault, "here/log").open().error().code, "trade_log_inconsistent");
  store.kept_tiles = tile;
  store.all.pop_back();
  EXPECT_EQ(Log(storage, store, vault, "here/log").open().error().code, "trade_log_inconsistent");
}

}  // namespace
}  // namespace kontor::tradelog
