// Files of predictions: what callers upload as input lives for a day, what runners answer with for an hour.
#include <map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "inference/inference.hpp"
#include "inference/outputs.hpp"

namespace kontor::inference {
namespace {

constexpr std::int64_t file_life_s = 24 * 3600;
constexpr std::int64_t unnamed_life_s = 3600;  // of bytes whose row did not come: it comes within seconds
constexpr std::string_view folder = "files/";

}  // namespace

Task<Result<StoredFile>> Inference::store_file(identity::Caller caller, std::string name, std::string content_type, std::string bytes,
                                               std::string metadata) {
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

// ---- what runners answer with

Task<Result<std::vector<StoredFile>>> Inference::keep_bytes(std::vector<StoredFile> rows, std::vector<std::string> bytes) {
  if (rows.empty()) co_return rows;
  auto* store = &s_.bytes;
  auto data = std::make_shared<std::vector<std::string>>(std::move(bytes));
  auto kept = std::make_shared<std::vector<StoredFile>>(std::move(rows));
  auto put = [=]() -> Status {
    for (std::size_t i = 0; i < kept->size(); ++i) {
      StoredFile& f = (*kept)[i];
      f.sha256 = codec::sha256_hex((*data)[i]);
      f.object_key = std::string(folder) + f.id;
      KT_TRY(auto object, store->create());
      KT_CHECK(object->append((*data)[i]));
      KT_CHECK(object->commit(f.object_key));
    }
    return {};
  };
  Status done = co_await run_on(s_.pool, put);
  if (done) co_return std::move(*kept);
  co_await drop_bytes(*kept);
  co_return Unexpected(done.error());
}

Task<void> Inference::drop_bytes(std::vector<StoredFile> rows) {
  if (rows.empty()) co_return;
  auto* store = &s_.bytes;
  // What cannot be removed now is named by no row, and goes with the next sweep.
  auto drop = [=]() -> Status {
    for (const auto& f : rows)
      if (!f.object_key.empty()) (void)store->remove(f.object_key);
    return {};
  };
  (void)co_await run_on(s_.pool, drop);
}

std::string Inference::file_signature(const std::string& owner, const std::string& id, std::int64_t expiry) const {
  std::string key = codec::hmac_sha256(s_.file_key, "prediction files|" + owner);
  return base64(codec::hmac_sha256(key, fmt::format("{} {} {}", owner, id, expiry)));
}

bool Inference::file_signature_holds(const std::string& owner, const std::string& id, std::int64_t expiry,
                                     std::string_view signature) const {
  return expiry > s_.wall.now().seconds() && constant_time_equal(signature, file_signature(owner, id, expiry));
}

// `rest`: what follows the prefix of our own addresses: "ID", or "ID/download?owner=...". Other people's files are not there for this
// caller unless the address is signed.
Task<Result<std::string>> Inference::own_file_bytes(std::string rest, std::string caller) {
  std::string id = rest.substr(0, rest.find_first_of("/?"));
  std::string owner, signature;
  std::uint64_t expiry = 0;
  std::size_t question = rest.find('?');
  if (question != std::string::npos) {
    for (auto part : split(std::string_view(rest).substr(question + 1), '&')) {
      if (part.starts_with("owner=")) owner = percent_decode(part.substr(6)).value_or("");
      if (part.starts_with("expiry=")) expiry = parse_u64(part.substr(7)).value_or(0);
      if (part.starts_with("signature=")) signature = percent_decode(part.substr(10)).value_or("");
    }
  }
  KT_CO_TRY(auto stored, co_await file(id));
  bool may = stored && (stored->owner == caller ||
                        (stored->owner == owner && file_signature_holds(owner, id, static_cast<std::int64_t>(expiry), signature)));
  if (!may) co_return fail(Errc::invalid, "invalid_input", "this file is not there any more");
  co_return co_await file_bytes(*stored);
}

// ---- the end of files

// Rows that have expired, and what the predictions said that answered with them: Replicate keeps neither input nor output nor logs longer.
Status Inference::forget(UnitOfWork& u, const std::vector<StoredFile>& expired) {
  for (const auto& f : expired) {
    KT_TRY([[maybe_unused]] bool gone, s_.store.delete_file(u, f.owner, f.id));
    if (!f.prediction.empty()) KT_CHECK(s_.store.remove_data(u, f.prediction));
  }
  return {};
}

void Inference::forget_expired(Prediction& p) const {
  for (const auto& f : file_references(p.output)) {
    if (f.expires_at > s_.wall.now()) continue;
    p.input = "{}";
    p.output.clear();
    p.logs.clear();
    return;
  }
}

Task<Result<std::size_t>> Inference::expire_files() {
  auto* self = this;
  Time now = s_.wall.now();
  auto look = [=](UnitOfWork& u) { return self->s_.store.expired_files(u, now); };
  KT_CO_TRY(auto expired, co_await s_.storage.read(look));
  if (expired.empty()) co_return 0u;
  auto* store = &s_.bytes;
  // Bytes first: after a crash in between the rows name what has to be removed. Nobody reads a file that has expired.
  auto drop = [=]() -> Status {
    for (const auto& f : expired) KT_CHECK(store->remove(f.object_key));
    return {};
  };
  KT_CO_CHECK(co_await run_on(s_.pool, drop));
  auto body = [=](UnitOfWork& u) -> Result<std::size_t> {
    KT_CHECK(self->forget(u, expired));
    return expired.size();
  };
  co_return co_await s_.storage.write(body);
}

Task<Result<Inference::SweptFiles>> Inference::sweep_files(bool dry_run) {
  auto* self = this;
  Time now = s_.wall.now(), cutoff = Time::from_seconds(now.seconds() - unnamed_life_s);
  // Rows that have expired go first; then bytes that no row names.
  auto rows = [=](UnitOfWork& u) -> Result<std::unordered_set<std::string>> {
    KT_TRY(auto expired, self->s_.store.expired_files(u, now));
    if (!dry_run) KT_CHECK(self->forget(u, expired));
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
