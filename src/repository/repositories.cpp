// Repositories made, removed, moved, set.
#include "repository/repositories.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "repository/refs.hpp"

namespace kontor::repository {
namespace {

constexpr std::size_t object_cache_bytes = 12 << 20;

}  // namespace

std::string default_gitattributes(Kind kind) {
  std::string out;
  auto add = [&](std::initializer_list<std::string_view> patterns) {
    for (auto p : patterns) out += fmt::format("{} filter=lfs diff=lfs merge=lfs -text\n", p);
  };
  add({"*.7z", "*.arrow", "*.avro", "*.bin", "*.bz2", "*.ckpt", "*.ftz", "*.gz", "*.h5", "*.joblib", "*.lfs.*"});
  if (kind == Kind::dataset) add({"*.lz4", "*.mds"});
  add({"*.mlmodel", "*.model", "*.msgpack", "*.npy", "*.npz",         "*.onnx",           "*.ot",    "*.parquet", "*.pb",     "*.pickle",
       "*.pkl",     "*.pt",    "*.pth",     "*.rar", "*.safetensors", "saved_model/**/*", "*.tar.*", "*.tar",     "*.tflite", "*.tgz",
       "*.wasm",    "*.xz",    "*.zip",     "*.zst", "*tfevents*"});
  if (kind == Kind::dataset)
    add({"*.pcm", "*.sam", "*.raw", "*.aac", "*.flac", "*.mp3", "*.ogg", "*.wav", "*.bmp", "*.gif", "*.png", "*.tiff", "*.jpg", "*.jpeg",
         "*.webp", "*.mp4", "*.webm"});
  return out;
}

Repositories::Repositories(Context context) : context_(context), cache_(object_cache_bytes) {}

Task<Result<Repository>> Repositories::create(NewRepository q) {
  Time now = context_.wall.now();
  Repository r;
  r.id = new_object_id(now);
  r.kind = q.kind;
  r.owner = q.owner;
  r.ns = q.ns;
  r.name = q.name;
  r.visibility = q.visibility;
  r.created_at = r.updated_at = now;

  git::PackWriter pack;
  std::map<std::string, std::string> files{{".gitattributes", default_gitattributes(q.kind)}};
  if (q.kind == Kind::space)
    files["README.md"] =
        fmt::format("---\ntitle: {}\nemoji: 📦\ncolorFrom: blue\ncolorTo: gray\nsdk: {}\npinned: false\n---\n", q.name, q.sdk);
  for (auto& [path, content] : q.files) {
    KT_CO_CHECK(check_path(path));
    files[path] = content;
  }
  // A folder tree made of nothing but these files.
  struct Folder {
    std::map<std::string, Folder> folders;
    std::map<std::string, git::Oid> blobs;
    git::Oid write(git::PackWriter& pack) const {
      std::vector<git::TreeEntry> entries;
      for (auto& [n, f] : folders) entries.push_back({n, f.write(pack), true, 040000});
      for (auto& [n, b] : blobs) entries.push_back({n, b, false, 0100644});
      return pack.add(git::Type::tree, git::encode_tree(std::move(entries)));
    }
  } root;
  for (auto& [path, content] : files) {
    Folder* at = &root;
    auto parts = split(path, '/');
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) at = &at->folders[std::string(parts[i])];
    at->blobs[std::string(parts.back())] = pack.add(git::Type::blob, content);
  }
  git::Commit c{root.write(pack), {}, person(q.author, now), person(q.author, now), "initial commit"};
  git::Oid head = pack.add(git::Type::commit, git::encode_commit(c));
  KT_CO_TRY(auto stored, co_await store_pack(r.id, std::move(pack)));
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<Repository> {
    auto& x = self->context_;
    KT_CHECK(x.store.insert(u, r));
    KT_CHECK(x.store.add_pack(u, r.id, stored->key, stored->size, stored->entries));
    KT_TRY([[maybe_unused]] bool moved, x.store.move_ref(u, r.id, {std::string(main_ref), head, head}, std::nullopt, now));
    GitView view = self->view_in(u, r.id);
    KT_TRY(Derived d, self->derive_in(view, r, head));
    KT_CHECK(x.store.set_derived(u, r, d, now));
    KT_CHECK(x.outbox.append(u, "repository.created", r.id, event_json(r, main_ref, std::nullopt, head)));
    return r;
  };
  co_return co_await context_.storage.write(body);
}

Task<Status> Repositories::remove(Repository r) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(self->context_.store.remove(u, r.id));
    KT_CHECK(self->context_.content.forget_repository(u, r.id));
    KT_CHECK(self->context_.outbox.append(u, "repository.deleted", r.id, fmt::format("{{\"asset\":\"{}\"}}", r.asset())));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Result<Repository>> Repositories::move(Repository before, std::string to_ns, std::string to_owner, std::string to_name) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<Repository> {
    Repository after = before;
    after.ns = to_ns;
    after.owner = to_owner;
    after.name = to_name;
    KT_CHECK(self->context_.store.rename(u, before, after));
    KT_CHECK(self->context_.outbox.append(u, "repository.moved", after.id,
                                          fmt::format("{{\"from\":\"{}\",\"to\":\"{}\"}}", before.asset(), after.asset())));
    return after;
  };
  co_return co_await context_.storage.write(body);
}

Task<Result<Repository>> Repositories::update_settings(Repository r, std::optional<identity::Visibility> visibility,
                                                       std::optional<std::string> gated) {
  if (visibility) r.visibility = *visibility;
  if (gated) r.gated = *gated;
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<Repository> {
    KT_CHECK(self->context_.store.update_settings(u, r));
    KT_CHECK(self->context_.outbox.append(u, "repository.settings", r.id, fmt::format("{{\"asset\":\"{}\"}}", r.asset())));
    return r;
  };
  co_return co_await context_.storage.write(body);
}

}  // namespace kontor::repository
