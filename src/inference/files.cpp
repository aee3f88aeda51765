// Files of predictions: what callers upload as input, and what runners return as output. They live for a day.
#include <map>
#include <unordered_set>

#include "base/ids.hpp"
#include "codec/sha256.hpp"
#include "inference/inference.hpp"

namespace kontor::inference {
namespace {

constexpr std::int64_t file_life_s = 24 * 3600;
constexpr std::int64_t unnamed_life_s = 3600;  // of bytes whose row did not come: it comes within seconds
constexpr std::string_view folder = "files/";

}  // namespace

Task<Result<StoredFile>> Inference::store_file(identity::Caller caller, std::string name, std::string content_type, std::string bytes, std::string metadata) {
  StoredFile f;
  f.id = new_id("", s_.wall.now());
  f.owner = caller.party;
  f.name = std::move(name);
  f.content_type = std::move(content_type);
  f.metadata = metadata.empty() ? "{}" : std::move(metadata);
  f.size = bytes.size();
  f.created_at = s_.wall.now();
  f.expires_at = Time::from_seconds(f.created_at.seconds() + file_life_s);
  f.object_key = std::string(folder) + f.id;
  auto data = std::make_shared<std::string>(std::move(bytes));
  auto* store = &s_.bytes;
  std::string key = f.object_key;
  auto put = [=]() -> Result<std::string> {
    KT_TRY(auto object, store->create());
    KT_CHECK(object->append(*data));
    KT_CHECK(object->commit(key));
    return codec::sha256_hex(*data);
  };
  KT_CO_TRY(f.sha256, co_await run_on(s_.pool, put));
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<StoredFile> {
    KT_CHECK(self->s_.store.insert_file(u, f));
    return f;
  };
  co_return co_await s_.storage.write(body);
}

Task<Result<std::optional<StoredFile>>> Inference::file(std::string id) {
  auto* self = this;
  Time now = s_.wall.now();
  auto body = [=](UnitOfWork& u) -> Result<std::optional<StoredFile>> {
    KT_TRY(auto f, self->s_.store.file(u, id));
    if (f && f->expires_at <= now) return std::nullopt;
    return f;
  };
  co_return co_await s_.storage.read(body);
}

Task<Result<std::string>> Inference::file_bytes(StoredFile f) {
  auto* store = &s_.bytes;
  auto read = [=]() -> Result<std::string> {
    KT_TRY(auto object, store->open(f.object_key));
    std::string out(object->size(), '\0');
    KT_CHECK(object->read(0, out));
    return out;
  };
  co_return co_await run_on(s_.pool, read);
}

Task<Result<Inference::SweptFiles>> Inference::sweep_files(bool dry_run) {
  auto* self = this;
  Time now = s_.wall.now(), cutoff = Time::from_seconds(now.seconds() - unnamed_life_s);
  // Rows that have expired go first; then bytes that no row names.
  auto rows = [=](UnitOfWork& u) -> Result<std::unordered_set<std::string>> {
    KT_TRY(auto expired, self->s_.store.expired_files(u, now));
    for (const auto& f : expired) {
      if (dry_run) break;
      KT_TRY([[maybe_unused]] bool gone, self->s_.store.delete_file(u, f.owner, f.id));
    }
    KT_TRY(auto keys, self->s_.store.file_keys(u));
    std::unordered_set<std::string> named(keys.begin(), keys.end());
    for (const auto& f : expired) named.erase(f.object_key);
    return named;
  };
  auto* store = &s_.bytes;
  // Listed before the rows are read, so that what gets its row meanwhile is named.
  auto listed = std::make_shared<std::map<std::string, std::uint64_t>>();
  auto list = [=]() -> Status {
    return store->list(std::string(folder), [&](const std::string& key, std::uint64_t size, Time written) {
      if (written < cutoff) listed->emplace(key, size);
    });
  };
  KT_CO_CHECK(co_await run_on(s_.pool, list));
  auto named = dry_run ? co_await s_.storage.read(rows) : co_await s_.storage.write(rows);
  if (!named) co_return Unexpected(named.error());
  auto keep = std::make_shared<std::unordered_set<std::string>>(std::move(*named));
  auto drop = [=]() -> Result<SweptFiles> {
    SweptFiles out;
    for (const auto& [key, size] : *listed) {
      if (keep->contains(key)) continue;
      if (!dry_run) KT_CHECK(store->remove(key));
      ++out.files;
      out.bytes += size;
    }
    return out;
  };
  co_return co_await run_on(s_.pool, drop);
}

}  // namespace kontor::inference
