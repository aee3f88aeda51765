// A xorb as a Xet client sends it: checked while it streams, durable under a name of its own, then made known by its row.
#include "base/aligned.hpp"
#include "codec/xorb.hpp"
#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {

struct Upload {
  codec::XorbReader reader;
  std::unique_ptr<ObjectWriter> writer;  // null: the bytes are stored already, this body only proves that the caller has them
  std::string key;
  codec::XorbIndex index;
};

// On the pool.
Status take(Core& core, Upload& up, bool keep, std::string_view data) {
  if (keep && !up.writer) {
    KT_TRY(up.writer, core.bytes.create());
  }
  KT_CHECK(up.reader.feed(data));
  // The body as it came, whole blocks without a copy; the footer goes at the end.
  return up.writer ? up.writer->append(data) : Status();
}

Status finish(Core& core, Upload& up, const Hash& hash) {
  KT_TRY(up.index, std::move(up.reader).finish());
  if (up.index.hash() != hash) return fail(Errc::malformed, "hash_mismatch", "The body is not the xorb that the address names.");
  if (!up.writer) return {};
  KT_CHECK(up.writer->truncate(up.index.stored_bytes()));
  up.key = core.new_object_key(hash);
  return up.writer->commit(up.key);
}

}  // namespace

Task<Result<bool>> Content::store_xorb(Scope scope, Hash hash, ByteSource& source) {
  Core* core = core_.get();
  auto stored = [core, hash](UnitOfWork& unit) -> Result<bool> {
    KT_TRY(auto row, core->store.find_xorb(unit, hash));
    return row.has_value();
  };
  KT_CO_TRY(bool known, co_await core->storage.read(std::move(stored)));

  Upload up;
  AlignedBuffer memory(block);
  std::span<char> buffer = memory.all();
  std::uint64_t total = 0;
  for (bool end = false; !end;) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      KT_CO_TRY(std::size_t n, co_await source.read(buffer.subspan(filled)));
      if (n == 0) {
        end = true;
        break;
      }
      filled += n;
    }
    total += filled;
    if (total > max_xorb_body) co_return fail(Errc::too_large, "xorb_too_large", "A xorb body has at most 64.5 MiB.");
    if (filled == 0) break;
    std::string_view data(buffer.data(), filled);
    auto work = [core, &up, known, data] { return take(*core, up, !known, data); };
    KT_CO_CHECK(co_await run_on(core->pool, std::move(work)));
  }
  auto last = [core, &up, hash] { return finish(*core, up, hash); };
  KT_CO_CHECK(co_await run_on(core->pool, std::move(last)));

  XorbRow row{hash, up.index.size(), up.index.raw_bytes(), up.index.stored_bytes(), up.key};
  std::string packed = up.index.pack();
  struct Outcome {
    bool ours = false;   // our body is the one that counts
    bool fresh = false;  // nothing this caller could know of
  };
  Time now = core->wall.now();
  auto record = [core, scope, row, packed, now](UnitOfWork& unit) -> Result<Outcome> {
    Outcome out;
    KT_TRY(bool in_scope, core->store.in_scope(unit, scope.owner, row.hash));
    out.fresh = !in_scope;
    if (!row.object_key.empty()) {
      KT_TRY(out.ours, core->store.insert_xorb(unit, row, packed, now));
    }
    if (!out.ours) {
      KT_TRY(bool there, core->store.pin_xorb(unit, row.hash, now));
      if (!there) return fail(Errc::unavailable, "try_again", "The xorb was removed meanwhile; send it again.");
    }
    if (!in_scope) KT_CHECK(core->store.insert_scope(unit, scope.owner, row.hash));
    return out;
  };
  KT_CO_TRY(Outcome outcome, co_await core->storage.write(std::move(record)));
  if (!row.object_key.empty() && !outcome.ours) {
    std::string key = row.object_key;
    auto drop = [core, key] { return core->bytes.remove(key); };
    (void)co_await run_on(core->pool, std::move(drop));  // somebody else was first; a left-over is found by the sweep of unnamed objects
  }
  co_return outcome.fresh;
}

}  // namespace kontor::content
