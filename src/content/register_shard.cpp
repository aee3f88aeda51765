// A shard: every claim in it is checked against the stored indexes, then its files are registered in one transaction.
#include <set>

#include "codec/shard.hpp"
#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {

constexpr std::size_t xorbs_at_once = 64;  // indexes held while checking

Unexpected refuse(std::string code, std::string why) { return fail(Errc::malformed, std::move(code), std::move(why)); }

// Walks through files' terms, then xorb blocks, in steps that need only a few indexes each.
class ShardCheck {
 public:
  explicit ShardCheck(codec::Shard shard) : shard_(std::move(shard)) {
    for (auto& f : shard_.files) total_ += f.terms.size();
    total_ += shard_.xorbs.size();
  }

  // The xorbs that the next step reads.
  std::vector<Hash> needs() const {
    std::set<Hash> out;
    std::size_t term = term_;
    for (std::size_t f = file_; f < shard_.files.size(); ++f, term = 0)
      for (; term < shard_.files[f].terms.size(); ++term) {
        out.insert(shard_.files[f].terms[term].xorb);
        if (out.size() == xorbs_at_once) return {out.begin(), out.end()};
      }
    for (std::size_t x = xorb_; x < shard_.xorbs.size(); ++x) {
      out.insert(shard_.xorbs[x].hash);
      if (out.size() == xorbs_at_once) break;
    }
    return {out.begin(), out.end()};
  }

  // Goes on as far as `needed` reaches. All of needed that are absent from `found` are not stored.
  Status step(const std::vector<Hash>& needed, const Xorbs& found) {
    std::set<Hash> asked(needed.begin(), needed.end());
    for (; file_ < shard_.files.size(); ++file_, term_ = 0) {
      const codec::ShardFile& f = shard_.files[file_];
      if (term_ == 0) {
        if (f.verification.size() != f.terms.size())
          return refuse("verification_missing", "Each term of a file needs its verification hash.");
        merkle_ = {};
        recipe_ = {f.hash, 0, {}};
        recipe_.terms.reserve(f.terms.size());
      }
      for (; term_ < f.terms.size(); ++term_) {
        const codec::ShardTerm& t = f.terms[term_];
        if (!asked.contains(t.xorb)) return {};
        auto it = found.find(t.xorb);
        if (it == found.end()) return refuse("unknown_xorb", "The shard names a xorb that is not stored: " + t.xorb.text() + ".");
        KT_CHECK(check_term(f, t, *it->second));
        ++done_;
      }
      KT_CHECK(finish_file(f));
    }
    for (; xorb_ < shard_.xorbs.size(); ++xorb_) {
      const codec::ShardXorb& x = shard_.xorbs[xorb_];
      if (!asked.contains(x.hash)) return {};
      auto it = found.find(x.hash);
      if (it == found.end()) return refuse("unknown_xorb", "The shard names a xorb that is not stored: " + x.hash.text() + ".");
      KT_CHECK(check_xorb(x, it->second->index));
      ++done_;
    }
    return {};
  }

  bool finished() const { return file_ == shard_.files.size() && xorb_ == shard_.xorbs.size(); }
  std::uint64_t done() const { return done_; }
  std::uint64_t total() const { return total_; }

  struct File {
    Recipe recipe;
    std::optional<Hash> sha256;
  };
  std::vector<File> files;
  std::set<Hash> xorbs;                         // all that the files use
  std::map<std::pair<Hash, Hash>, Hash> dedup;  // (chunk, xorb) -> file

 private:
  Status check_term(const codec::ShardFile& f, const codec::ShardTerm& t, const StoredXorb& x) {
    const codec::XorbIndex& index = x.index;
    if (t.start >= t.end || t.end > index.size()) return refuse("bad_term", "A term names chunks that its xorb does not have.");
    if (t.bytes != index.raw_length(t.start, t.end)) return refuse("bad_term", "A term has another length than its chunks.");
    if (index.range(t.start, t.end) != f.verification[term_])
      return refuse("verification_failed", "The verification hash of a term is wrong.");
    for (std::uint32_t i = t.start; i < t.end; ++i) {
      merkle_.add({index.chunks[i].hash, index.raw_length(i, i + 1)});
      bool first = term_ == 0 && i == t.start;
      if ((first || codec::dedup_eligible(index.chunks[i].hash)) && index.size() > 1)
        dedup.emplace(std::pair(index.chunks[i].hash, t.xorb), f.hash);
    }
    recipe_.terms.push_back({t.xorb, t.start, t.end, t.bytes});
    recipe_.size += t.bytes;
    xorbs.insert(t.xorb);
    return {};
  }
  Status finish_file(const codec::ShardFile& f) {
    if (merkle_.file_hash() != f.hash) return refuse("file_hash_mismatch", "A file's hash is not that of its chunks.");
    files.push_back({std::move(recipe_), f.sha256});
    return {};
  }
  static Status check_xorb(const codec::ShardXorb& x, const codec::XorbIndex& index) {
    bool same = x.chunks.size() == index.size();
    for (std::uint32_t i = 0; same && i < index.size(); ++i)
      same = x.chunks[i].hash == index.chunks[i].hash && x.chunks[i].raw_begin == index.raw_begin(i) &&
             x.chunks[i].raw_length == index.raw_length(i, i + 1);
    if (!same) return refuse("bad_xorb_info", "The shard lists other chunks for a xorb than were stored.");
    return {};
  }

  codec::Shard shard_;
  std::size_t file_ = 0, term_ = 0, xorb_ = 0;
  codec::MerkleBuilder merkle_;
  Recipe recipe_;
  std::uint64_t done_ = 0, total_ = 0;
};

Result<bool> write_rows(Core& core, UnitOfWork& unit, const Scope& scope, const ShardCheck& check, Time now) {
  for (const Hash& x : check.xorbs) {
    KT_TRY(bool there, core.store.pin_xorb(unit, x, now));
    if (!there) return refuse("unknown_xorb", "The shard names a xorb that is not stored: " + x.text() + ".");
    KT_CHECK(core.store.insert_scope(unit, scope.owner, x));
  }
  bool fresh = false;
  for (const ShardCheck::File& f : check.files) {
    KT_CHECK(core.store.insert_file(unit, f.recipe, now));
    KT_TRY(bool held, core.store.insert_holding(unit, scope.repository_id, f.recipe.xet));
    fresh |= held;
    if (f.sha256) KT_CHECK(core.store.put_link(unit, scope.repository_id, {*f.sha256, f.recipe.xet, f.recipe.size, false}, now));
  }
  for (auto& [key, file] : check.dedup) KT_CHECK(core.store.insert_dedup(unit, {key.first, key.second, file}));
  return fresh;
}

}  // namespace

Task<Result<bool>> Content::register_shard(Scope scope, std::string body, Progress progress) {
  Core* core = core_.get();
  if (body.size() > max_shard_body) co_return fail(Errc::too_large, "shard_too_large", "A shard has at most 64 MiB.");
  auto text = std::make_shared<std::string>(std::move(body));
  auto parse = [text] { return codec::parse_shard(*text); };
  KT_CO_TRY(codec::Shard shard, co_await run_on(core->pool, std::move(parse)));
  text.reset();
  auto check = std::make_shared<ShardCheck>(std::move(shard));
  while (!check->finished()) {
    std::vector<Hash> needs = check->needs();
    KT_CO_TRY(Xorbs found, co_await core->load(needs));
    auto step = [check, &needs, &found] { return check->step(needs, found); };
    KT_CO_CHECK(co_await run_on(core->pool, std::move(step)));
    if (progress) KT_CO_CHECK(co_await progress(check->done(), check->total()));
  }
  Time now = core->wall.now();
  auto rows = [core, scope, check, now](UnitOfWork& unit) { return write_rows(*core, unit, scope, *check, now); };
  co_return co_await core->storage.write(std::move(rows));
}

}  // namespace kontor::content
