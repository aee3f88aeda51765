// What the content subject promises, checked with its real SQL store on every driver and objects in memory.
// Included by the drivers' tests; `make` in run_content takes a fresh, migrated store.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <random>
#include <thread>

#include "adapters/sql/content_store.hpp"
#include "adapters/sql/storage_contract.hpp"
#include "base/text.hpp"
#include "codec/chunker.hpp"
#include "codec/sha256.hpp"
#include "codec/shard.hpp"
#include "content/content.hpp"

namespace kontor::sql::contract {

using codec::Hash;
using content::Scope;

class Pool final : public Executor {
 public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Pool() override {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    ready_.notify_all();
    for (auto& t : threads_) t.join();
  }
  void post(std::function<void()> work) override {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    ready_.notify_one();  // under the lock: what the work answers may be what ends this pool
  }

 private:
  void run() {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return stop_ || !work_.empty(); });
        if (work_.empty()) return;
        work = std::move(work_.front());
        work_.pop_front();
      }
      work();
    }
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> work_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

template <class T>
T await(Task<T> task) {
  struct State {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<T> value;
  } state;
  auto run = [](Task<T> t, State& s) -> Task<void> {
    T v = co_await std::move(t);
    std::lock_guard lock(s.mutex);
    s.value.emplace(std::move(v));
    s.ready.notify_all();
  };
  spawn(run(std::move(task), state));
  std::unique_lock lock(state.mutex);
  state.ready.wait(lock, [&] { return state.value.has_value(); });
  return std::move(*state.value);
}

class MemoryBytes final : public content::ByteStore {
 public:
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<std::string>> objects;
  bool full = false;

  Result<std::unique_ptr<content::ObjectWriter>> create() override { return std::make_unique<Writer>(*this); }
  Result<std::shared_ptr<content::ObjectReader>> open(const std::string& key) override {
    std::lock_guard lock(mutex);
    auto it = objects.find(key);
    if (it == objects.end()) return fail(Errc::not_found, "no_file", "There is no object " + key + ".");
    return std::make_shared<Reader>(it->second);
  }
  Status remove(const std::string& key) override {
    std::lock_guard lock(mutex);
    objects.erase(key);
    return {};
  }
  Status list(const std::string& prefix, const Each& each) override {
    for (auto& [key, bytes] : objects) each(key, bytes->size(), Time{});
    return {};
  }

 private:
  struct Writer final : content::ObjectWriter {
    explicit Writer(MemoryBytes& s) : store(s) {}
    Status append(std::string_view data) override {
      if (store.full) return fail(Errc::unavailable, "disk_full", "The disk is full.");
      bytes += data;
      return {};
    }
    Status truncate(std::uint64_t size) override {
      bytes.resize(std::min<std::size_t>(bytes.size(), size));
      return {};
    }
    Status commit(const std::string& key) override {
      std::lock_guard lock(store.mutex);
      store.objects[key] = std::make_shared<std::string>(std::move(bytes));
      return {};
    }
    MemoryBytes& store;
    std::string bytes;
  };
  struct Reader final : content::ObjectReader {
    explicit Reader(std::shared_ptr<std::string> b) : bytes(std::move(b)) {}
    std::uint64_t size() const override { return bytes->size(); }
    Status read(std::uint64_t offset, std::span<char> out) override {
      if (offset + out.size() > bytes->size()) return fail(Errc::internal, "damaged_store", "too short");
      std::memcpy(out.data(), bytes->data() + offset, out.size());
      return {};
    }
    std::shared_ptr<std::string> bytes;
  };
};

struct TextSource final : content::ByteSource {
  explicit TextSource(std::string_view t, std::size_t p = 70'000) : text(t), piece(p) {}
  Task<Result<std::size_t>> read(std::span<char> out) override {
    std::size_t n = std::min({out.size(), piece, text.size()});
    std::memcpy(out.data(), text.data(), n);
    text.remove_prefix(n);
    co_return n;
  }
  std::string_view text;
  std::size_t piece;
};
struct TextSink final : content::ByteSink {
  Task<Status> write(std::string_view data) override {
    largest = std::max(largest, data.size());
    text += data;
    co_return Status{};
  }
  Task<Status> send_file(int, std::uint64_t, std::uint64_t) override { co_return fail(Errc::internal, "no", "no files here"); }
  std::string text;
  std::size_t largest = 0;
};

inline std::string random_text(std::size_t n, unsigned seed) {
  std::mt19937_64 r(seed);
  std::string s(n, '\0');
  for (std::size_t i = 0; i + 8 <= n; i += 8) {
    std::uint64_t v = r();
    std::memcpy(s.data() + i, &v, 8);
  }
  return s;
}

// What a Xet client makes of one file: a xorb and a shard.
struct ClientFile {
  explicit ClientFile(std::string_view data, bool compress = true) : sha256(codec::sha256(data)) {
    codec::Chunker chunker;
    std::uint32_t at = 0;
    auto emit = [&](std::string_view chunk) {
      Hash h = codec::chunk_hash(chunk);
      std::string packed = compress ? codec::lz4_compress(chunk) : std::string(chunk);
      codec::append_record_header(xorb, {static_cast<std::uint32_t>(packed.size()), static_cast<std::uint32_t>(chunk.size()),
                                         compress ? codec::Scheme::lz4 : codec::Scheme::none});
      xorb += packed;
      merkle.add({h, chunk.size()});
      chunks.push_back({h, at, static_cast<std::uint32_t>(chunk.size()), false});
      at += static_cast<std::uint32_t>(chunk.size());
    };
    chunker.feed(data, emit);
    chunker.finish(emit);
    hash = merkle.root();
    std::vector<Hash> hashes;
    for (auto& c : chunks) hashes.push_back(c.hash);
    shard.files.push_back(
        {merkle.file_hash(), {{hash, at, 0, static_cast<std::uint32_t>(chunks.size())}}, {codec::range_hash(hashes)}, sha256});
    shard.xorbs.push_back({hash, at, chunks});
  }
  std::string body() const { return codec::build_upload_shard(shard); }
  Hash sha256, hash;
  std::string xorb;
  codec::MerkleBuilder merkle;
  std::vector<codec::ShardChunk> chunks;
  codec::Shard shard;
};

class MovedClock final : public Clock {
 public:
  std::int64_t ahead = 0;  // seconds
  Time now() const override { return Time::from_seconds(WallClock().now().seconds() + ahead); }
};

inline void run_content(Storage& storage) {
  ContentStore store;
  MemoryBytes bytes;
  MovedClock clock;
  Pool pool(2);
  content::Content c(storage, store, bytes, pool, clock);
  Scope alice{"repo-alice", "pty_alice"}, bob{"repo-bob", "pty_bob"};

  auto found = [&](const std::string& repo, const Hash& sha) {
    return storage.read_now([&](UnitOfWork& u) { return c.find(u, repo, sha.hex()); }).value();
  };
  auto fetch = [&](const std::string& repo, const Hash& sha, std::uint64_t at, std::uint64_t n) {
    TextSink sink;
    auto s = await(c.send(repo, sha.hex(), at, n, sink));
    EXPECT_TRUE(s) << s.error().message;
    EXPECT_LE(sink.largest, 2u << 20);
    return sink.text;
  };
  auto upload = [&](const Scope& who, const ClientFile& f) -> Result<bool> {
    TextSource source(f.xorb);
    KT_TRY([[maybe_unused]] bool fresh, await(c.store_xorb(who, f.hash, source)));
    return await(c.register_shard(who, f.body()));
  };
  auto faults = [&] {
    std::vector<std::string> out;
    EXPECT_TRUE(c.verify_all([&](const content::Fault& f) { out.push_back(f.object + " " + f.repository + " " + f.problem); }));
    return out;
  };

  std::string data = random_text(3'000'000, 1);
  data.replace(500'000, 900'000, std::string(900'000, 'z'));
  ClientFile file(data);
  {
    SCOPED_TRACE("a xorb and a shard make a file");
    TextSource source(file.xorb, 999);
    EXPECT_TRUE(await(c.store_xorb(alice, file.hash, source)).value());
    EXPECT_TRUE(await(c.register_shard(alice, file.body())).value());
    EXPECT_FALSE(await(c.register_shard(alice, file.body())).value());
    auto link = found("repo-alice", file.sha256);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->xet, file.merkle.file_hash());
    EXPECT_EQ(link->size, data.size());
    EXPECT_FALSE(link->verified);
    EXPECT_EQ(fetch("repo-alice", file.sha256, 0, data.size()), data);
    std::mt19937 r(3);
    for (int i = 0; i < 30; ++i) {
      std::uint64_t at = r() % data.size(), n = r() % (data.size() - at + 1);
      EXPECT_EQ(fetch("repo-alice", file.sha256, at, n), data.substr(at, n));
    }
    EXPECT_EQ(await(c.read_all("repo-alice", file.sha256.hex(), 1 << 22)).value(), data);
    EXPECT_EQ(await(c.read_all("repo-alice", file.sha256.hex(), 1000)).error().kind, Errc::too_large);
    std::vector<std::string> asked{file.sha256.hex(), std::string(64, '0')};
    auto hashes = storage.read_now([&](UnitOfWork& u) { return c.xet_hashes(u, "repo-alice", asked); });
    EXPECT_EQ(hashes->size(), 1u);
    EXPECT_EQ(hashes->at(asked[0]), file.merkle.file_hash().text());
  }
  {
    SCOPED_TRACE("others see nothing of it");
    EXPECT_FALSE(found("repo-bob", file.sha256));
    TextSink sink;
    EXPECT_EQ(await(c.send("repo-bob", file.sha256.hex(), 0, 1, sink)).error().kind, Errc::not_found);
    EXPECT_EQ(await(c.reconstruct("repo-bob", file.merkle.file_hash(), {})).error().kind, Errc::not_found);
    EXPECT_EQ(await(c.file_size("repo-bob", file.merkle.file_hash())).error().kind, Errc::not_found);
    EXPECT_FALSE(await(c.known_xorb(bob, file.hash)).value());
    EXPECT_FALSE(await(c.dedup_answer(bob, file.chunks[0].hash)).value());
    EXPECT_TRUE(await(c.known_xorb(alice, file.hash)).value());
    // The same body from somebody else is new as far as he may know, then known to him; only one object is kept.
    TextSource a(file.xorb), b(file.xorb);
    EXPECT_TRUE(await(c.store_xorb(bob, file.hash, a)).value());
    EXPECT_FALSE(await(c.store_xorb(bob, file.hash, b)).value());
    EXPECT_EQ(bytes.objects.size(), 1u);
  }
  {
    SCOPED_TRACE("another compression of the same xorb: the first body stays");
    ClientFile plain(data, false);
    ASSERT_EQ(plain.hash, file.hash);
    Scope carol{"repo-carol", "pty_carol"};
    EXPECT_TRUE(upload(carol, plain).value());
    EXPECT_EQ(bytes.objects.size(), 1u);
    EXPECT_EQ(fetch("repo-carol", file.sha256, 0, data.size()), data);
  }
  {
    SCOPED_TRACE("forgeries are refused and change nothing");
    auto refused = [&](const codec::Shard& s) {
      auto r = await(c.register_shard(bob, codec::build_upload_shard(s)));
      EXPECT_FALSE(r);
      if (r) return std::string();
      EXPECT_EQ(r.error().kind, Errc::malformed);
      return r.error().code;
    };
    codec::Shard s = file.shard;
    s.files[0].verification[0].bytes[0] ^= 1;
    EXPECT_EQ(refused(s), "verification_failed");
    s = file.shard;
    s.files[0].verification.clear();
    EXPECT_EQ(refused(s), "verification_missing");
    s = file.shard;
    s.files[0].hash.bytes[5] ^= 1;
    EXPECT_EQ(refused(s), "file_hash_mismatch");
    s = file.shard;
    s.files[0].terms[0].xorb.bytes[0] ^= 1;
    EXPECT_EQ(refused(s), "unknown_xorb");
    s = file.shard;
    s.files[0].terms[0].bytes -= 1;
    EXPECT_EQ(refused(s), "bad_term");
    s = file.shard;
    s.files[0].terms[0].end += 1;
    EXPECT_EQ(refused(s), "bad_term");
    s = file.shard;
    s.xorbs[0].chunks[1].raw_begin += 1;
    EXPECT_EQ(refused(s), "bad_xorb_info");
    EXPECT_FALSE(found("repo-bob", file.sha256));

    std::string broken = file.xorb;
    broken[20] ^= 1;
    TextSource source(broken);
    EXPECT_EQ(await(c.store_xorb(bob, file.hash, source)).error().kind, Errc::malformed);
    TextSource other(file.xorb);
    EXPECT_EQ(await(c.store_xorb(bob, Hash{}, other)).error().code, "hash_mismatch");
  }
  {
    SCOPED_TRACE("reconstruction: cut at chunks, end of file, joined ranges");
    auto all = await(c.reconstruct("repo-alice", file.merkle.file_hash(), {})).value();
    ASSERT_EQ(all.terms.size(), 1u);
    EXPECT_EQ(all.terms[0].bytes, data.size());
    EXPECT_EQ(all.fetch.at(file.hash)[0].last_byte + 1, file.xorb.size());
    std::uint32_t second = file.chunks[1].raw_begin;
    auto part = await(c.reconstruct("repo-alice", file.merkle.file_hash(), {second + 10, second + 10})).value();
    EXPECT_EQ(part.offset_into_first_range, 10u);
    EXPECT_EQ(part.terms[0].start, 1u);
    EXPECT_EQ(part.terms[0].end, 2u);
    EXPECT_EQ(part.terms[0].bytes, file.chunks[1].raw_length);
    auto border = await(c.reconstruct("repo-alice", file.merkle.file_hash(), {second - 1, second})).value();
    EXPECT_EQ(border.terms[0].start, 0u);
    EXPECT_EQ(border.terms[0].end, 2u);
    auto open_end = await(c.reconstruct("repo-alice", file.merkle.file_hash(), {data.size() - 1, UINT64_MAX - 1})).value();
    EXPECT_EQ(open_end.terms[0].end, file.chunks.size());
    auto suffix = await(c.reconstruct("repo-alice", file.merkle.file_hash(), {std::nullopt, 5})).value();
    EXPECT_EQ(suffix.terms[0].start + 1, file.chunks.size());
    EXPECT_EQ(await(c.reconstruct("repo-alice", file.merkle.file_hash(), {data.size(), std::nullopt})).error().kind,
              Errc::range_not_satisfiable);
    EXPECT_TRUE(await(c.reconstruct("repo-alice", Hash{}, {0, 100})).value().terms.empty());
  }
  {
    SCOPED_TRACE("dedup answers name what the caller's party holds, keyed");
    auto answer = await(c.dedup_answer({"repo-alice-2", "pty_alice"}, file.chunks[0].hash)).value();
    ASSERT_TRUE(answer);
    auto shard = codec::parse_shard(*answer).value();
    ASSERT_EQ(shard.xorbs.size(), 1u);
    EXPECT_EQ(shard.xorbs[0].hash, file.hash);
    EXPECT_NE(shard.xorbs[0].chunks[0].hash, file.chunks[0].hash);
    Hash key = Hash::from_bytes(std::string_view(*answer).substr(answer->size() - 200 + 72, 32));
    EXPECT_EQ(shard.xorbs[0].chunks[0].hash, codec::keyed_hash(key, file.chunks[0].hash.view()));
    // A xorb of one chunk is never named.
    ClientFile small("small");
    EXPECT_TRUE(upload(alice, small).value());
    EXPECT_FALSE(await(c.dedup_answer(alice, small.chunks[0].hash)).value());
    EXPECT_EQ(fetch("repo-alice", small.sha256, 1, 3), "mal");
  }
  {
    SCOPED_TRACE("ingest: the same content by another door");
    TextSource source(data, 5'000);
    auto in = await(c.ingest(bob, file.sha256.hex(), data.size(), source));
    ASSERT_TRUE(in) << in.error().message;
    EXPECT_EQ(in->xet, file.merkle.file_hash());
    EXPECT_TRUE(in->verified);
    EXPECT_EQ(fetch("repo-bob", file.sha256, 100, 2'000'000), data.substr(100, 2'000'000));
    std::size_t before = bytes.objects.size();
    std::string other = random_text(1'500'000, 9);
    TextSource wrong(other);
    EXPECT_EQ(await(c.ingest(bob, file.sha256.hex(), std::nullopt, wrong)).error().code, "sha256_mismatch");
    TextSource longer(other), shorter(other);
    EXPECT_EQ(await(c.ingest(bob, std::nullopt, 10, longer)).error().code, "size_mismatch");
    EXPECT_EQ(await(c.ingest(bob, std::nullopt, 2'000'000, shorter)).error().code, "size_mismatch");
    EXPECT_EQ(bytes.objects.size(), before);
    EXPECT_FALSE(found("repo-bob", codec::sha256(other)));
    TextSource good(other);
    EXPECT_TRUE(await(c.ingest(bob, std::nullopt, std::nullopt, good)));
    EXPECT_EQ(fetch("repo-bob", codec::sha256(other), 0, other.size()), other);
    TextSource empty("");
    auto none = await(c.ingest(bob, codec::sha256_hex(""), 0, empty));
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_TRUE(none->xet.is_zero());
    EXPECT_EQ(fetch("repo-bob", codec::sha256(""), 0, 0), "");
    bytes.full = true;
    std::string more = random_text(200'000, 11);
    TextSource lost(more);
    EXPECT_EQ(await(c.ingest(bob, std::nullopt, std::nullopt, lost)).error().code, "disk_full");
    bytes.full = false;
  }
  {
    SCOPED_TRACE("more than one xorb");
    std::string big = random_text((70u << 20) + 123, 12);
    TextSource source(big, 1 << 20);
    auto in = await(c.ingest(alice, codec::sha256_hex(big), big.size(), source));
    ASSERT_TRUE(in) << in.error().message;
    std::uint64_t at = (64u << 20) - 200'000;
    EXPECT_EQ(fetch("repo-alice", in->sha256, at, 400'000), big.substr(at, 400'000));
    auto plan = await(c.reconstruct("repo-alice", in->xet, {at, at + 400'000})).value();
    EXPECT_EQ(plan.terms.size(), 2u);
    EXPECT_EQ(plan.fetch.size(), 2u);
    codec::Chunker chunker;
    Hash first;
    chunker.feed(std::string_view(big).substr(0, 200'000), [&](std::string_view chunk) {
      if (first.is_zero()) first = codec::chunk_hash(chunk);
    });
    auto answer = await(c.dedup_answer(alice, first)).value();
    ASSERT_TRUE(answer);
    EXPECT_EQ(codec::parse_shard(*answer)->xorbs.size(), 2u);
  }
  {
    SCOPED_TRACE("ingest stores only what is new to the owner");
    auto stored = [&] {
      std::size_t n = 0;
      for (auto& [key, b] : bytes.objects) n += b->size();
      return n;
    };
    std::string base = random_text((66u << 20) + 777, 30);
    TextSource one(base, 1 << 20);
    ASSERT_TRUE(await(c.ingest(alice, std::nullopt, std::nullopt, one)));
    std::size_t before = stored();
    std::string changed = base;
    changed.insert(20u << 20, "a few bytes more");
    changed.erase(40u << 20, 1000);
    changed += random_text(3'000'000, 31);
    for (const std::string& next : {base, changed}) {
      TextSource two(next, 1 << 20);
      auto in = await(c.ingest({"repo-alice-2", "pty_alice"}, codec::sha256_hex(next), next.size(), two));
      ASSERT_TRUE(in) << in.error().message;
      EXPECT_LT(stored() - before, next == base ? 1u : 6'000'000u);
      for (std::size_t at : {0ul, (20ul << 20) - 5, (40ul << 20) - 70'000, (64ul << 20) - 100'000, next.size() - 200'000})
        EXPECT_EQ(fetch("repo-alice-2", in->sha256, at, 200'000), next.substr(at, 200'000));
      codec::MerkleBuilder whole;
      codec::Chunker chunker;
      auto leaf = [&](std::string_view chunk) { whole.add({codec::chunk_hash(chunk), chunk.size()}); };
      chunker.feed(next, leaf);
      chunker.finish(leaf);
      EXPECT_EQ(in->xet, whole.file_hash());
    }
    // Somebody else's ingest of the same bytes uses nothing of it, but equal xorbs are kept once.
    TextSource three(base, 1 << 20);
    ASSERT_TRUE(await(c.ingest(bob, std::nullopt, std::nullopt, three)));
    EXPECT_LT(stored() - before, 6'000'000u);
  }
  {
    SCOPED_TRACE("copying to another repository");
    auto copied =
        await(storage.write([&](UnitOfWork& u) { return c.copy_link(u, "repo-bob", "repo-dave", "pty_dave", file.sha256.hex()); }));
    ASSERT_TRUE(copied);
    EXPECT_EQ(fetch("repo-dave", file.sha256, 0, 10), data.substr(0, 10));
    EXPECT_TRUE(await(c.known_xorb({"repo-dave", "pty_dave"}, file.hash)).value());
  }
  {
    SCOPED_TRACE("claims are checked in the background; wrong ones are taken back");
    ClientFile liar(random_text(300'000, 20));
    liar.shard.files[0].sha256 = codec::sha256("somebody else's file");
    EXPECT_TRUE(upload(bob, liar).value());
    ASSERT_TRUE(found("repo-bob", *liar.shard.files[0].sha256));
    EXPECT_EQ(faults().size(), 1u);
    while (await(c.verify_next_claim()).value()) {
    }
    EXPECT_FALSE(found("repo-bob", *liar.shard.files[0].sha256));
    EXPECT_TRUE(found("repo-alice", file.sha256)->verified);
  }
  {
    SCOPED_TRACE("sweeping removes what was never referred to, after its grace period, and nothing else");
    ClientFile alone(random_text(200'000, 40)), touched(random_text(200'000, 41));
    for (const ClientFile* f : {&alone, &touched}) {
      TextSource source(f->xorb);
      EXPECT_TRUE(await(c.store_xorb(alice, f->hash, source)));
    }
    auto lost = bytes.create();
    EXPECT_TRUE((*lost)->append("no row"));
    char ms[13];
    std::snprintf(ms, sizeof ms, "%012llx", static_cast<unsigned long long>(clock.now().ms()));
    EXPECT_TRUE((*lost)->commit("xorbs/00/" + std::string(64, '0') + "-" + ms + "00000000"));
    std::size_t before = bytes.objects.size();
    EXPECT_EQ(await(c.sweep(0))->xorbs, 0u);
    EXPECT_EQ(bytes.objects.size(), before);
    clock.ahead += content::min_grace_seconds - 100;
    EXPECT_TRUE(await(c.keep_known_xorb(alice, touched.hash)).value());
    clock.ahead += 200;
    auto would = await(c.sweep(0, true)).value();
    EXPECT_EQ(bytes.objects.size(), before);
    auto swept = await(c.sweep(0)).value();
    EXPECT_EQ(would.xorbs, 1u);
    EXPECT_EQ(would.bodies, 1u);
    EXPECT_EQ(would.bytes, swept.bytes);
    EXPECT_EQ(swept.xorbs, 1u);
    EXPECT_EQ(swept.bodies, 1u);
    EXPECT_EQ(bytes.objects.size(), before - 2);
    EXPECT_EQ(await(c.register_shard(alice, alone.body())).error().code, "unknown_xorb");
    EXPECT_TRUE(await(c.register_shard(alice, touched.body())).value());
    EXPECT_TRUE(upload(alice, alone).value());
    EXPECT_EQ(fetch("repo-alice", file.sha256, 0, data.size()), data);
  }
  {
    SCOPED_TRACE("a deleted repository's content goes after the grace period, but for what others hold");
    ClientFile own(random_text(500'000, 77)), shared(random_text(500'000, 78));
    Scope dora{"repo-dora", "pty_dora"}, emil{"repo-emil", "pty_emil"};
    EXPECT_TRUE(upload(dora, own).value());
    EXPECT_TRUE(upload(dora, shared).value());
    EXPECT_TRUE(upload(emil, shared).value());
    auto forgotten = wait(storage, [&](UnitOfWork& u) -> Result<bool> {
      KT_CHECK(c.forget_repository(u, "repo-dora"));
      return true;
    });
    EXPECT_TRUE(forgotten);
    EXPECT_FALSE(found("repo-dora", own.sha256));
    EXPECT_EQ(await(c.sweep(0)).value().files, 0u);
    clock.ahead += content::min_grace_seconds + 10;
    auto swept = await(c.sweep(0)).value();
    EXPECT_EQ(swept.files, 1u);
    EXPECT_GE(swept.xorbs, 1u);
    EXPECT_FALSE(storage.read_now([&](UnitOfWork& u) { return store.find_xorb(u, own.hash); }).value());
    EXPECT_EQ(fetch("repo-emil", shared.sha256, 0, 500'000), random_text(500'000, 78));
    EXPECT_EQ(fetch("repo-alice", file.sha256, 0, data.size()), data);
  }
  {
    SCOPED_TRACE("verify finds each damage and names it");
    EXPECT_TRUE(faults().empty());
    auto row = storage.read_now([&](UnitOfWork& u) { return store.find_xorb(u, file.hash); }).value();
    std::string& stored = *bytes.objects.at(row->object_key);
    stored[stored.size() / 2] ^= 1;
    auto found_faults = faults();
    ASSERT_FALSE(found_faults.empty());
    EXPECT_TRUE(found_faults[0].starts_with("xorb " + file.hash.text())) << found_faults[0];
    TextSink sink;
    (void)await(c.send("repo-alice", file.sha256.hex(), 0, data.size(), sink));
    stored[stored.size() / 2] ^= 1;
    EXPECT_TRUE(faults().empty());
    auto kept = bytes.objects.at(row->object_key);
    bytes.objects.erase(row->object_key);
    EXPECT_FALSE(faults().empty());
    bytes.objects[row->object_key] = kept;
  }
}

}  // namespace kontor::sql::contract
