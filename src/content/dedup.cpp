// Answers to "is this chunk stored": only about xorbs that the caller's own party holds, with chunk hashes keyed so that they confirm
// what the caller has and tell nothing else.
#include <set>

#include "base/random.hpp"
#include "codec/shard.hpp"
#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {
constexpr std::size_t answer_xorbs = 32;       // at most; each costs up to 400 KiB, commonly 50
constexpr std::size_t answer_chunks = 40'000;  // at most; 48 bytes each
}  // namespace

Task<Result<std::optional<std::string>>> Content::dedup_answer(Scope scope, Hash chunk) {
  Core* core = core_.get();
  using Found = std::vector<StoredXorbPtr>;
  auto body = [core, scope, chunk](UnitOfWork& unit) -> Result<Found> {
    Found out;
    KT_TRY(auto hit, core->store.find_dedup(unit, scope.owner, chunk));
    if (!hit) return out;
    // Only what a recipe holds on to may be named: other xorbs can be swept before the answer's time is over.
    KT_TRY(auto recipe, core->store.find_file(unit, hit->file));
    if (!recipe || std::none_of(recipe->terms.begin(), recipe->terms.end(), [&](const Term& t) { return t.xorb == hit->xorb; })) return out;
    KT_TRY(auto first, core->load_in(unit, hit->xorb));
    if (!first) return out;
    out.push_back(first);
    std::size_t chunks = first->index.size();
    // The xorbs of the rest of the file, from the one that was asked for on.
    std::set<Hash> seen{hit->xorb};
    bool behind = false;
    for (const Term& t : recipe->terms) {
      behind |= t.xorb == hit->xorb;
      if (!behind || !seen.insert(t.xorb).second) continue;
      if (out.size() == answer_xorbs) break;
      KT_TRY(bool known, core->store.in_scope(unit, scope.owner, t.xorb));
      if (!known) continue;
      KT_TRY(auto x, core->load_in(unit, t.xorb));
      if (!x || x->index.size() == 1) continue;  // a xorb of one chunk would tell the chunk's hash
      if ((chunks += x->index.size()) > answer_chunks) break;
      out.push_back(x);
    }
    return out;
  };
  KT_CO_TRY(Found found, co_await core->storage.read(std::move(body)));
  if (found.empty()) co_return std::nullopt;
  auto now = static_cast<std::uint64_t>(core->wall.now().seconds());
  auto work = [found, now]() -> Result<std::optional<std::string>> {
    std::vector<codec::DedupXorb> xorbs;
    for (auto& x : found) xorbs.push_back({x->row.hash, &x->index});
    return codec::build_dedup_answer(xorbs, Hash::from_bytes(random_bytes(std::size_t(32))), now, now + dedup_seconds);
  };
  co_return co_await run_on(core->pool, std::move(work));
}

}  // namespace kontor::content
