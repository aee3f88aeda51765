// Care of what is stored: claims are checked one by one in the background, everything at once by the command line.
#include <set>

#include "base/log.hpp"
#include "codec/sha256.hpp"
#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {

constexpr int page = 200;  // rows

// One block of a long hash run; true at the end.
Result<bool> hash_block(RecipeReader& reader, codec::Sha256& sha, std::uint64_t& size) {
  auto add = [&](std::string_view piece) {
    sha.update(piece);
    size += piece.size();
  };
  for (int i = 0; i < 16; ++i) {
    KT_TRY(bool more, reader.next(add));
    if (!more) return true;
  }
  return false;
}

// Reads a stored xorb as if it were sent again and compares it with its row and its index.
Status check_xorb(Core& core, const XorbRow& row, const std::optional<std::string>& packed) {
  auto wrong = [](std::string why) { return fail(Errc::internal, "damaged_store", std::move(why)); };
  if (!packed) return wrong("its index is missing");
  KT_TRY(codec::XorbIndex index, codec::XorbIndex::unpack(*packed));
  KT_TRY(auto reader, core.bytes.open(row.object_key));
  if (reader->size() != row.stored_bytes)
    return wrong("its file has " + std::to_string(reader->size()) + " bytes instead of " + std::to_string(row.stored_bytes));
  codec::XorbReader parse;
  std::string buffer;
  for (std::uint64_t at = 0; at < row.stored_bytes; at += buffer.size()) {
    buffer.resize(std::min<std::uint64_t>(block, row.stored_bytes - at));
    KT_CHECK(reader->read(at, buffer));
    KT_CHECK(parse.feed(buffer));
  }
  KT_TRY(codec::XorbIndex now, std::move(parse).finish());
  if (now.hash() != row.hash) return wrong("its bytes have another hash");
  if (now.chunks != index.chunks) return wrong("its index does not fit its bytes");
  return {};
}

Status check_file(Core& core, const Recipe& recipe) {
  auto wrong = [](std::string why) { return fail(Errc::internal, "damaged_store", std::move(why)); };
  codec::MerkleBuilder merkle;
  for (const Term& t : recipe.terms) {
    KT_TRY(Xorbs found, core.load_now({t.xorb}));
    if (found.empty()) return wrong("its xorb " + t.xorb.text() + " is not stored");
    const codec::XorbIndex& index = found.begin()->second->index;
    if (t.start >= t.end || t.end > index.size() || index.raw_length(t.start, t.end) != t.bytes)
      return wrong("a term does not fit the xorb " + t.xorb.text());
    for (std::uint32_t i = t.start; i < t.end; ++i) merkle.add({index.chunks[i].hash, index.raw_length(i, i + 1)});
  }
  if (merkle.size() != recipe.size) return wrong("its terms do not add up to its size");
  if (merkle.file_hash() != recipe.xet) return wrong("its chunks have another file hash");
  return {};
}

Result<Recipe> recipe_now(Core& core, const Hash& xet) {
  if (xet.is_zero()) return Recipe{};
  return core.storage.read_now([&](UnitOfWork& unit) -> Result<Recipe> {
    KT_TRY(auto r, core.store.find_file(unit, xet));
    if (!r) return fail(Errc::internal, "damaged_store", "its recipe is missing");
    return std::move(*r);
  });
}

Status check_link(Core& core, const LinkedFile& file) {
  KT_TRY(Recipe recipe, recipe_now(core, file.xet));
  if (recipe.size != file.size) return fail(Errc::internal, "damaged_store", "its size is not that of its recipe");
  RecipeReader reader(core, std::move(recipe), true);
  codec::Sha256 sha;
  std::uint64_t size = 0;
  for (;;) {
    KT_TRY(bool end, hash_block(reader, sha, size));
    if (end) break;
  }
  if (sha.finish() != file.sha256) return fail(Errc::internal, "damaged_store", "its bytes have another SHA-256");
  return {};
}

}  // namespace

Task<Result<bool>> Content::verify_next_claim() {
  Core* core = core_.get();
  auto next = [core](UnitOfWork& unit) { return core->store.next_unverified(unit); };
  KT_CO_TRY(auto row, co_await core->storage.read(std::move(next)));
  if (!row) co_return false;
  auto load = [core, &row] { return recipe_now(*core, row->file.xet); };
  KT_CO_TRY(Recipe recipe, co_await run_on(core->pool, std::move(load)));
  RecipeReader reader(*core, std::move(recipe), true);
  codec::Sha256 sha;
  std::uint64_t size = 0;
  for (;;) {
    auto work = [&] { return hash_block(reader, sha, size); };
    KT_CO_TRY(bool end, co_await run_on(core->pool, std::move(work)));
    if (end) break;
  }
  bool good = sha.finish() == row->file.sha256;
  LinkRow link = *row;
  auto settle = [core, link, good](UnitOfWork& unit) -> Status {
    if (good) return core->store.mark_verified(unit, link.repository_id, link.file);
    return core->store.remove_link(unit, link.repository_id, link.file);
  };
  KT_CO_CHECK(co_await core->storage.write(std::move(settle)));
  if (!good)
    log::warn("a claimed SHA-256 is wrong and was taken back", {{"repository", link.repository_id}, {"sha256", link.file.sha256_hex()}});
  co_return true;
}

Result<std::uint64_t> Content::verify_all(const std::function<void(const Fault&)>& report) {
  Core& core = *core_;
  std::uint64_t checked = 0;
  for (Hash after{};;) {
    KT_TRY(auto rows, core.storage.read_now([&](UnitOfWork& unit) { return core.store.xorbs_after(unit, after, page); }));
    if (rows.empty()) break;
    for (const XorbRow& row : rows) {
      KT_TRY(auto packed, core.storage.read_now([&](UnitOfWork& unit) { return core.store.xorb_index(unit, row.hash); }));
      if (auto s = check_xorb(core, row, packed); !s) report({"xorb " + row.hash.text(), "", s.error().message});
      ++checked;
    }
    after = rows.back().hash;
  }
  for (std::optional<Hash> after;;) {
    KT_TRY(auto files, core.storage.read_now([&](UnitOfWork& unit) { return core.store.files_after(unit, after, page); }));
    if (files.empty()) break;
    for (const Recipe& f : files) {
      if (auto s = check_file(core, f); !s) report({"file " + f.xet.text(), "", s.error().message});
      ++checked;
    }
    after = files.back().xet;
  }
  std::set<std::pair<Hash, Hash>> done;  // equal claims of several repositories are read once
  std::string repository;
  for (Hash after{};;) {
    KT_TRY(auto links, core.storage.read_now([&](UnitOfWork& unit) { return core.store.links_after(unit, repository, after, page); }));
    if (links.empty()) break;
    for (const LinkRow& l : links) {
      ++checked;
      if (done.contains({l.file.sha256, l.file.xet})) continue;
      if (auto s = check_link(core, l.file); !s)
        report({"sha256 " + l.file.sha256_hex(), l.repository_id, s.error().message});
      else
        done.insert({l.file.sha256, l.file.xet});
    }
    repository = links.back().repository_id;
    after = links.back().file.sha256;
  }
  return checked;
}

}  // namespace kontor::content
