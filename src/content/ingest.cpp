// Bytes without a Xet client (LFS, imports): one pass makes the SHA-256, the chunks, the xorbs and the file's recipe. Network, SHA-256
// and chunking run at the same time, on one block each.
#include <map>
#include <set>

#include "codec/chunker.hpp"
#include "codec/sha256.hpp"
#include "codec/shard.hpp"
#include "codec/xorb.hpp"
#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {

// A xorb whose bytes are durable but which no row names yet.
struct Packed {
  XorbRow row;  // object_key empty: it was stored before
  std::string index;
};

class Packer {  // one thread at a time, on the pool
 public:
  explicit Packer(Core& core) : core_(core) {}

  Status feed(std::string_view data) {
    Status status;
    chunker_.feed(data, [&](std::string_view chunk) {
      if (status) status = add(chunk);
    });
    KT_CHECK(status);
    return flush();
  }
  Status finish() {
    Status status;
    chunker_.finish([&](std::string_view chunk) { status = add(chunk); });
    KT_CHECK(status);
    return close();
  }
  std::vector<Packed> take_done() { return std::exchange(done_, {}); }
  Recipe recipe() const { return {merkle_.file_hash(), merkle_.size(), terms_}; }
  std::map<std::pair<Hash, Hash>, int> dedup;  // (chunk, xorb)

 private:
  Status add(std::string_view chunk) {
    if (!builder_.fits(chunk.size())) KT_CHECK(close());
    Hash h = codec::chunk_hash(chunk);
    if ((merkle_.size() == 0) || codec::dedup_eligible(h)) eligible_.push_back(h);
    merkle_.add({h, chunk.size()});
    builder_.add(chunk, h, out_);
    return {};
  }
  Status flush() {
    if (out_.empty()) return {};
    if (!writer_) {
      KT_TRY(writer_, core_.bytes.create());
    }
    KT_CHECK(writer_->append(out_));
    out_.clear();
    return {};
  }
  Status close() {
    if (builder_.empty()) return {};
    KT_CHECK(flush());
    const codec::XorbIndex& index = builder_.index();
    XorbRow row{index.hash(), index.size(), index.raw_bytes(), index.stored_bytes(), {}};
    KT_TRY(Xorbs known, core_.load_now({row.hash}));
    if (known.empty()) {
      row.object_key = core_.new_object_key(row.hash);
      KT_CHECK(writer_->commit(row.object_key));
    }
    writer_.reset();
    terms_.push_back({row.hash, 0, index.size(), index.raw_bytes()});
    if (index.size() > 1)
      for (const Hash& h : eligible_) dedup.emplace(std::pair(h, row.hash), 0);
    eligible_.clear();
    done_.push_back({row, index.pack()});
    builder_.clear();
    return {};
  }

  Core& core_;
  codec::Chunker chunker_;
  codec::XorbBuilder builder_;
  codec::MerkleBuilder merkle_;
  std::unique_ptr<ObjectWriter> writer_;
  std::string out_;
  std::vector<Hash> eligible_;
  std::vector<Term> terms_;
  std::vector<Packed> done_;
};

// Rows of finished xorbs, as they come: their indexes must not pile up in memory.
Task<Status> record(Core* core, std::string owner, std::vector<Packed> done) {
  if (done.empty()) co_return Status{};
  auto shared = std::make_shared<std::vector<Packed>>(std::move(done));
  Time now = core->wall.now();
  auto body = [core, owner, shared, now](UnitOfWork& unit) -> Result<std::vector<std::string>> {
    std::vector<std::string> lost;
    for (const Packed& p : *shared) {
      bool ours = false;
      if (!p.row.object_key.empty()) {
        KT_TRY(ours, core->store.insert_xorb(unit, p.row, p.index, now));
        if (!ours) lost.push_back(p.row.object_key);
      }
      if (!ours) {
        KT_TRY(bool there, core->store.pin_xorb(unit, p.row.hash, now));
        if (!there) return fail(Errc::unavailable, "try_again", "Stored data was removed meanwhile; send the file again.");
      }
      KT_CHECK(core->store.insert_scope(unit, owner, p.row.hash));
    }
    return lost;
  };
  KT_CO_TRY(auto lost, co_await core->storage.write(std::move(body)));
  if (!lost.empty()) {
    auto drop = [core, lost]() -> Status {
      for (const std::string& key : lost) (void)core->bytes.remove(key);
      return {};
    };
    (void)co_await run_on(core->pool, std::move(drop));
  }
  co_return Status{};
}

Task<Result<std::size_t>> fill(ByteSource& source, std::string& buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    KT_CO_TRY(std::size_t n, co_await source.read(std::span(buffer).subspan(filled)));
    if (n == 0) break;
    filled += n;
  }
  co_return filled;
}

}  // namespace

Task<Result<LinkedFile>> Content::ingest(Scope scope, std::optional<std::string> expected_sha256_hex, std::optional<std::uint64_t> expected_size, ByteSource& source) {
  Core* core = core_.get();
  Packer packer(*core);
  codec::Sha256 sha;
  std::string buffers[2];
  std::uint64_t total = 0;
  // The jobs of the block before the current one. They refer to this frame: no return before they are awaited.
  std::optional<PoolJob<Status>> packing, hashing;
  Status failed;
  for (int turn = 0;; turn ^= 1) {
    std::string& buffer = buffers[turn];
    buffer.resize(block);
    auto filled = co_await fill(source, buffer);
    if (packing) {
      Status packed = co_await packing->wait();
      (void)co_await hashing->wait();
      packing.reset();
      hashing.reset();
      if (!packed) co_return Unexpected(packed.error());
    }
    if (!filled) co_return Unexpected(filled.error());
    if (*filled == 0) break;
    total += *filled;
    if (expected_size && total > *expected_size) co_return fail(Errc::invalid, "size_mismatch", "More bytes were sent than announced.");
    KT_CO_CHECK(co_await record(core, scope.owner, packer.take_done()));
    std::string_view data = std::string_view(buffer).substr(0, *filled);
    auto pack = [&packer, data] { return packer.feed(data); };
    auto hash = [&sha, data]() -> Status {
      sha.update(data);
      return {};
    };
    packing.emplace(core->pool, std::move(pack));
    hashing.emplace(core->pool, std::move(hash));
  }
  LinkedFile file;
  file.sha256 = sha.finish();
  if (expected_size && total != *expected_size) co_return fail(Errc::invalid, "size_mismatch", "Fewer bytes were sent than announced.");
  if (expected_sha256_hex && Hash::parse_hex(*expected_sha256_hex) != file.sha256)
    co_return fail(Errc::invalid, "sha256_mismatch", "The bytes have the SHA-256 " + file.sha256.hex() + ", not the one that was announced.");
  auto last = [&packer] { return packer.finish(); };
  KT_CO_CHECK(co_await run_on(core->pool, std::move(last)));
  KT_CO_CHECK(co_await record(core, scope.owner, packer.take_done()));

  Recipe recipe = packer.recipe();
  file.xet = recipe.xet;
  file.size = recipe.size;
  file.verified = true;
  Time now = core->wall.now();
  auto dedup = std::move(packer.dedup);
  auto body = [core, scope, recipe, file, dedup, now](UnitOfWork& unit) -> Result<LinkedFile> {
    for (const Term& t : recipe.terms) {
      KT_TRY(bool there, core->store.pin_xorb(unit, t.xorb, now));
      if (!there) return fail(Errc::unavailable, "try_again", "Stored data was removed meanwhile; send the file again.");
    }
    KT_CHECK(core->store.insert_file(unit, recipe, now));
    KT_TRY([[maybe_unused]] bool fresh, core->store.insert_holding(unit, scope.repository_id, recipe.xet));
    KT_CHECK(core->store.put_link(unit, scope.repository_id, file, now));
    for (auto& [key, unused] : dedup) KT_CHECK(core->store.insert_dedup(unit, {key.first, key.second, recipe.xet}));
    KT_TRY(auto link, core->store.find_link(unit, scope.repository_id, file.sha256));
    KT_ASSERT(link);
    return *link;
  };
  co_return co_await core->storage.write(std::move(body));
}

}  // namespace kontor::content
