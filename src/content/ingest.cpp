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

constexpr std::uint32_t run_chunks = 8;         // a stored xorb is referred to only for runs of at least this many chunks
constexpr std::uint64_t run_bytes = 512 << 10;  // or this many bytes: shorter ones would scatter the file over many objects
constexpr std::size_t known_xorbs = 8;          // of which chunks are looked for

class Packer {  // one thread at a time, on the pool
 public:
  Packer(Core& core, std::string owner) : core_(core), owner_(std::move(owner)) {}

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
    KT_CHECK(end_run());
    return close();
  }
  std::vector<Packed> take_done() { return std::exchange(done_, {}); }
  Recipe recipe() const { return {merkle_.file_hash(), merkle_.size(), terms_}; }
  std::map<std::pair<Hash, Hash>, int> dedup;  // (chunk, xorb)

 private:
  Status add(std::string_view chunk) {
    Hash h = codec::chunk_hash(chunk);
    bool eligible = merkle_.size() == 0 || codec::dedup_eligible(h);
    merkle_.add({h, chunk.size()});
    bool goes_on = run_.xorb && run_.next < run_.xorb->index.size() && run_.xorb->index.chunks[run_.next].hash == h;
    if (!goes_on) {
      KT_CHECK(end_run());
      if (eligible) KT_CHECK(look_up(h));
      auto it = known_.find(h);
      if (it == known_.end()) return pack(chunk, h, eligible);
      run_.xorb = it->second.first;
      run_.start = run_.next = it->second.second;
    }
    ++run_.next;
    run_.bytes += chunk.size();
    if (!run_.accepted) {
      held_ += chunk;
      held_chunks_.push_back({h, chunk.size(), eligible});
      run_.accepted = run_.next - run_.start >= run_chunks || run_.bytes >= run_bytes;
      if (run_.accepted) drop_held();
    }
    // At the end of a xorb the file that it was found in tells where its continuation is.
    if (run_.accepted && run_.next == run_.xorb->index.size()) KT_CHECK(follow(run_.xorb->row.hash));
    return {};
  }

  // A run of chunks that are stored already becomes a term; one too short for that is packed anew.
  Status end_run() {
    if (!run_.xorb) return {};
    Run run = std::exchange(run_, {});
    if (run.accepted) {
      terms_.push_back({run.xorb->row.hash, run.start, run.next, static_cast<std::uint32_t>(run.bytes)});
      return {};
    }
    std::string held = std::exchange(held_, {});
    auto chunks = std::exchange(held_chunks_, {});
    std::string_view rest = held;
    for (const Held& c : chunks) {
      KT_CHECK(pack(rest.substr(0, c.size), c.hash, c.eligible));
      rest.remove_prefix(c.size);
    }
    return {};
  }
  void drop_held() {
    held_.clear();
    held_chunks_.clear();
  }

  // Xorbs of the owner in which this chunk was seen.
  Status look_up(const Hash& chunk) {
    auto body = [&](UnitOfWork& unit) -> Status {
      KT_TRY(auto hit, core_.store.find_dedup(unit, owner_, chunk));
      if (!hit) return {};
      KT_TRY(auto recipe, core_.store.find_file(unit, hit->file));
      if (recipe) source_ = std::move(recipe->terms);
      return learn(unit, hit->xorb);
    };
    return core_.storage.read_now(body);
  }
  Status follow(const Hash& xorb) {
    for (std::size_t i = 0; i + 1 < source_.size(); ++i) {
      if (source_[i].xorb != xorb || source_[i + 1].xorb == xorb) continue;
      Hash next = source_[i + 1].xorb;
      return core_.storage.read_now([&](UnitOfWork& unit) -> Status { return learn(unit, next); });
    }
    return {};
  }
  Status learn(UnitOfWork& unit, const Hash& xorb) {
    KT_TRY(bool mine, core_.store.in_scope(unit, owner_, xorb));
    if (!mine || !learnt_.insert(xorb).second) return {};
    KT_TRY(auto x, core_.load_in(unit, xorb));
    if (!x) return {};
    if (learnt_.size() > known_xorbs) {
      known_.clear();
      learnt_ = {xorb};
    }
    for (std::uint32_t i = 0; i < x->index.size(); ++i) known_.emplace(x->index.chunks[i].hash, std::pair(x, i));
    return {};
  }

  Status pack(std::string_view chunk, const Hash& h, bool eligible) {
    if (!builder_.fits(chunk.size())) KT_CHECK(close());
    auto size = static_cast<std::uint32_t>(chunk.size());
    std::uint32_t at = builder_.index().size();
    if (eligible) eligible_.push_back(h);
    // The open xorb has no hash yet: its terms get it when it is closed.
    if (!open_terms_.empty() && open_terms_.back() + 1 == terms_.size() && terms_.back().end == at) {
      terms_.back().end = at + 1;
      terms_.back().bytes += size;
    } else {
      open_terms_.push_back(terms_.size());
      terms_.push_back({Hash{}, at, at + 1, size});
    }
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
    for (std::size_t t : open_terms_) terms_[t].xorb = row.hash;
    open_terms_.clear();
    if (index.size() > 1)
      for (const Hash& h : eligible_) dedup.emplace(std::pair(h, row.hash), 0);
    eligible_.clear();
    done_.push_back({row, index.pack()});
    builder_.clear();
    return {};
  }

  struct Run {
    StoredXorbPtr xorb;
    std::uint32_t start = 0, next = 0;
    std::uint64_t bytes = 0;
    bool accepted = false;
  };
  struct Held {
    Hash hash;
    std::size_t size;
    bool eligible;
  };

  Core& core_;
  std::string owner_;
  codec::Chunker chunker_;
  codec::XorbBuilder builder_;
  codec::MerkleBuilder merkle_;
  std::unique_ptr<ObjectWriter> writer_;
  std::string out_;
  std::vector<Hash> eligible_;
  std::vector<Term> terms_;
  std::vector<std::size_t> open_terms_;  // those of the xorb being built
  std::vector<Packed> done_;
  Run run_;
  std::string held_;  // bytes of a run that is not accepted yet
  std::vector<Held> held_chunks_;
  std::vector<Term> source_;  // the file in which the last hit was seen
  std::unordered_map<Hash, std::pair<StoredXorbPtr, std::uint32_t>> known_;
  std::set<Hash> learnt_;
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

Task<Result<LinkedFile>> Content::ingest(Scope scope, std::optional<std::string> expected_sha256_hex,
                                         std::optional<std::uint64_t> expected_size, ByteSource& source) {
  Core* core = core_.get();
  Packer packer(*core, scope.owner);
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
    co_return fail(Errc::invalid, "sha256_mismatch",
                   "The bytes have the SHA-256 " + file.sha256.hex() + ", not the one that was announced.");
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
