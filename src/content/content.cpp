#include "content/content.hpp"

#include "content/core.hpp"

namespace kontor::content {

Content::Content(Storage& storage, ContentStore& store, ByteStore& bytes, Executor& pool, const Clock& wall)
    : core_(new Core{storage, store, bytes, pool, wall}) {}
Content::~Content() = default;

Result<std::optional<LinkedFile>> Content::find(UnitOfWork& unit, std::string_view repository_id, std::string_view sha256_hex) {
  auto sha = Hash::parse_hex(sha256_hex);
  if (!sha) return std::nullopt;
  return core_->store.find_link(unit, repository_id, *sha);
}

Result<std::unordered_map<std::string, std::string>> Content::xet_hashes(UnitOfWork& unit, std::string_view repository_id,
                                                                         std::span<const std::string> sha256_hex) {
  std::unordered_map<std::string, std::string> out;
  for (const std::string& hex : sha256_hex) {
    KT_TRY(auto link, find(unit, repository_id, hex));
    if (link) out.emplace(hex, link->xet.text());
  }
  return out;
}

Status Content::forget_repository(UnitOfWork& unit, std::string_view repository_id) {
  return core_->store.forget_repository(unit, repository_id);
}

Result<LinkedFile> Content::copy_link(UnitOfWork& unit, std::string_view from, std::string_view to, std::string_view to_owner,
                                      std::string_view sha256_hex) {
  KT_TRY(auto link, find(unit, from, sha256_hex));
  if (!link) return fail(Errc::not_found, "object_not_found", "The source repository has no such file.");
  KT_TRY(auto recipe, core_->store.find_file(unit, link->xet));
  Time now = core_->wall.now();
  if (recipe) {
    for (const Term& t : recipe->terms) {
      KT_TRY(bool kept, core_->store.pin_xorb(unit, t.xorb, now));
      if (!kept) return not_stored(t.xorb);
      KT_CHECK(core_->store.insert_scope(unit, to_owner, t.xorb));
    }
  }
  KT_TRY([[maybe_unused]] bool held, core_->store.insert_holding(unit, to, link->xet));
  KT_CHECK(core_->store.put_link(unit, to, *link, now));
  return *link;
}

Task<Result<std::optional<std::uint64_t>>> Content::known_xorb(Scope scope, Hash hash) {
  Core* core = core_.get();
  auto body = [core, scope, hash](UnitOfWork& unit) -> Result<std::optional<std::uint64_t>> {
    KT_TRY(auto row, core->store.find_xorb(unit, hash));
    if (!row) return std::nullopt;
    KT_TRY(bool known, core->store.in_scope(unit, scope.owner, hash));
    if (!known) return std::nullopt;
    return row->stored_bytes;
  };
  co_return co_await core->storage.read(std::move(body));
}

Task<Result<bool>> Content::keep_known_xorb(Scope scope, Hash hash) {
  Core* core = core_.get();
  KT_CO_TRY(auto known, co_await known_xorb(scope, hash));
  if (!known) co_return false;
  Time now = core->wall.now();
  auto body = [core, hash, now](UnitOfWork& unit) { return core->store.pin_xorb(unit, hash, now); };
  co_return co_await core->storage.write(std::move(body));
}

Task<Result<std::vector<std::optional<LinkedFile>>>> Content::lookup(std::string repository_id, std::vector<std::string> sha256_hex) {
  auto body = [this, repository_id, sha256_hex](UnitOfWork& unit) -> Result<std::vector<std::optional<LinkedFile>>> {
    std::vector<std::optional<LinkedFile>> out;
    for (const std::string& hex : sha256_hex) {
      KT_TRY(auto link, find(unit, repository_id, hex));
      out.push_back(std::move(link));
    }
    return out;
  };
  co_return co_await core_->storage.read(std::move(body));
}

Task<Result<std::shared_ptr<ObjectReader>>> Content::open_xorb(Hash hash) {
  Core* core = core_.get();
  KT_CO_TRY(Xorbs found, co_await core->load({hash}));
  if (found.empty()) co_return fail(Errc::not_found, "xorb_not_found", "There is no such xorb.");
  StoredXorbPtr xorb = found.begin()->second;
  auto open = [core, xorb]() -> Result<std::shared_ptr<ObjectReader>> { return core->bytes.open(xorb->row.object_key); };
  co_return co_await run_on(core->pool, std::move(open));
}

}  // namespace kontor::content
