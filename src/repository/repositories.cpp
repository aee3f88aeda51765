#include "repository/repositories.hpp"

#include <fmt/format.h>

#include <set>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/wildmatch.hpp"

namespace kontor::repository {
namespace {

constexpr std::size_t object_cache_bytes = 12 << 20;

constexpr std::string_view main_ref = "refs/heads/main";

Status check_ref_name(std::string_view name) {
  auto bad = [&] {
    return fail(Errc::invalid, "invalid_ref", fmt::format("'{}' is not a valid name for a branch or tag.", header_safe(name, 100)));
  };
  if (name.empty() || name.size() > 200 || name.front() == '/' || name.back() == '/' || name.back() == '.' || name == "@" ||
      name.starts_with("-") || name.starts_with("refs/") || name == "HEAD")
    return bad();
  if (name.find("..") != std::string_view::npos || name.find("//") != std::string_view::npos || name.find("@{") != std::string_view::npos ||
      !valid_utf8(name))
    return bad();
  for (char c : name)
    if (static_cast<unsigned char>(c) <= 32 || c == 127 || std::string_view("~^:?*[\\").find(c) != std::string_view::npos) return bad();
  for (std::string_view part : split(name, '/'))
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) return bad();
  return {};
}

// The line that sends exactly this path to LFS.
std::string attribute_line(std::string_view path) {
  std::string pattern;
  bool quote = false;
  for (char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
    if (c == ' ' || c == '"' || c == '#' || c == '!') quote = true;
    pattern += c;
  }
  if (quote) {
    std::string quoted = "\"";
    for (char c : pattern) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    pattern = quoted + "\"";
  }
  return pattern + " filter=lfs diff=lfs merge=lfs -text\n";
}

git::Person person(const Author& a, Time now) { return {a.name, a.email, now.seconds()}; }

std::string full_branch(std::string_view b) { return b.starts_with("refs/") ? std::string(b) : "refs/heads/" + std::string(b); }

std::string event_json(const Repository& r, std::string_view ref, const std::optional<git::Oid>& before, const git::Oid& after) {
  JsonWriter w;
  w.begin_object().field("repository", r.id).field("asset", r.asset()).field("ref", ref);
  if (before) w.field("before", before->hex());
  return std::move(w.field("after", after.hex()).end_object()).str();
}

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

Task<Result<std::string>> Repositories::store_pack(std::string repository_id, git::PackWriter pack,
                                                   std::shared_ptr<std::vector<git::PackWriter::Entry>> entries,
                                                   std::shared_ptr<std::uint64_t> size) {
  auto writer = std::make_shared<git::PackWriter>(std::move(pack));
  content::ByteStore* bytes = &context_.bytes;
  auto work = [=]() -> Result<std::string> {
    *entries = writer->entries();
    auto done = std::move(*writer).finish();
    *size = done.bytes.size();
    std::string key = fmt::format("packs/{}/{}.pack", repository_id, done.name);
    KT_TRY(auto object, bytes->create());
    KT_CHECK(object->append(done.bytes));
    KT_CHECK(object->commit(key));
    return key;
  };
  co_return co_await run_on(context_.pool, work);
}

Result<Derived> Repositories::derive_in(GitView& view, const Repository& repository, const git::Oid& head) {
  KT_TRY(git::Commit c, view.commit(head));
  KT_TRY(auto files, view.list(head, "", true));
  DerivedInput in{repository.kind, head, Time::from_seconds(c.committer.seconds), {}, {}, files};
  for (const auto& f : files) {
    if (f.is_folder || f.lfs || f.size > 1'000'000) continue;
    if (f.path == "README.md") {
      KT_TRY(in.readme, view.blob(f.oid));
    }
    if (f.path == "config.json") {
      KT_TRY(in.config_json, view.blob(f.oid));
    }
  }
  return derive(in);
}

Task<Result<std::shared_ptr<const Derived>>> Repositories::derive_ahead(Repository r, git::Oid before, git::Oid after,
                                                                        std::shared_ptr<const std::vector<StoredPack>> packs) {
  auto* self = this;
  auto look = [=](UnitOfWork& u) -> Result<std::shared_ptr<const Derived>> {
    KT_TRY(auto row, self->context_.store.ref(u, r.id, main_ref));
    if (!row || row->commit != before) return nullptr;
    GitView view = self->view_in(u, r.id);
    view.add(*packs);
    KT_TRY(Derived d, self->derive_in(view, r, after));
    return std::make_shared<const Derived>(std::move(d));
  };
  co_return co_await context_.storage.read(look);
}

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
  auto entries = std::make_shared<std::vector<git::PackWriter::Entry>>();
  auto size = std::make_shared<std::uint64_t>();
  KT_CO_TRY(std::string key, co_await store_pack(r.id, std::move(pack), entries, size));
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<Repository> {
    auto& x = self->context_;
    KT_CHECK(x.store.insert(u, r));
    KT_CHECK(x.store.add_pack(u, r.id, key, *size, *entries));
    KT_TRY([[maybe_unused]] bool moved, x.store.move_ref(u, r.id, {"refs/heads/main", head, head}, std::nullopt, now));
    GitView view = self->view_in(u, r.id);
    KT_TRY(Derived d, self->derive_in(view, r, head));
    KT_CHECK(x.store.set_derived(u, r, d, now));
    KT_CHECK(x.outbox.append(u, "repository.created", r.id, event_json(r, "refs/heads/main", std::nullopt, head)));
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

Task<Result<Committed>> Repositories::commit(CommitRequest q) {
  if (trim(q.title).empty()) co_return fail(Errc::invalid, "invalid_title", "A commit needs a summary.");
  if (q.operations.size() > max_commit_operations)
    co_return fail(Errc::too_large, "too_many_operations",
                   fmt::format("A commit has at most {} operations: split it.", max_commit_operations));
  for (auto& op : q.operations) {
    std::string_view p = op.path;
    bool removal = op.kind != Operation::Kind::put_blob && op.kind != Operation::Kind::put_lfs;
    while (removal && p.ends_with('/')) p.remove_suffix(1);
    KT_CO_CHECK(check_path(p));
  }
  std::string ref = full_branch(q.branch);
  std::vector<StoredPack> packs;
  auto* self = this;
  auto request = std::make_shared<CommitRequest>(std::move(q));
  for (int attempt = 0; attempt < max_commit_attempts; ++attempt) {
    // 1. On what stands now, work out the new tree and commit.
    struct Plan {
      git::Oid before, after;
      bool changed = true;
      git::PackWriter pack;
    };
    auto plan = std::make_shared<Plan>();
    if (attempt == 0) plan->pack = std::move(request->pack);
    Time now = context_.wall.now();
    auto prepare = [=](UnitOfWork& u) -> Result<bool> {
      GitView view = self->view_in(u, request->repository.id);
      KT_TRY(auto row, self->context_.store.ref(u, request->repository.id, ref));
      if (!row) return fail(Errc::not_found, "revision_not_found", fmt::format("Invalid rev id: {}", header_safe(request->branch, 200)));
      if (request->parent_commit && *request->parent_commit != row->commit.hex())
        return fail(Errc::stale, "stale_parent",
                    "A commit has happened since. The branch was updated since you opened this page. Please refresh and try again.");
      plan->before = row->commit;
      KT_TRY(git::Commit head, view.commit(row->commit));
      TreeEdit tree(view, head.tree);
      std::vector<std::string> lfs_paths;
      for (const auto& op : request->operations) {
        switch (op.kind) {
          case Operation::Kind::put_blob:
            KT_CHECK(tree.put(op.path, op.blob));
            break;
          case Operation::Kind::put_lfs: {
            KT_TRY(auto linked, self->context_.content.find(u, request->repository.id, op.lfs.sha256));
            if (!linked)
              return fail(Errc::invalid, "lfs_object_missing",
                          fmt::format("The content of {} (sha256 {}) has not been uploaded to this repository: upload it first.", op.path,
                                      op.lfs.sha256));
            if (op.claimed_size && *op.claimed_size != linked->size)
              return fail(Errc::invalid, "size_mismatch",
                          fmt::format("The content of {} has {} bytes, not {}.", op.path, linked->size, *op.claimed_size));
            git::Oid pointer = plan->pack.add(git::Type::blob, git::encode_pointer({op.lfs.sha256, linked->size}));
            KT_CHECK(tree.put(op.path, pointer));
            lfs_paths.push_back(op.path);
            break;
          }
          case Operation::Kind::copy:
            return fail(Errc::invalid, "invalid_operation", "Copies are sent as files.");
          case Operation::Kind::remove_file:
          case Operation::Kind::remove_folder:
          case Operation::Kind::remove_any:
            KT_CHECK(tree.remove(op.path));
            break;
        }
      }
      if (!lfs_paths.empty()) {
        KT_TRY(auto entry, tree.find(".gitattributes"));
        std::string rules;
        bool in_request = false;
        if (entry && !entry->is_tree) {
          // A .gitattributes of this very commit is not readable from the store yet.
          for (const auto& e : plan->pack.entries()) in_request = in_request || e.oid == entry->oid;
          for (const auto& p : packs)
            for (const auto& e : p.entries) in_request = in_request || e.oid == entry->oid;
          if (!in_request) {
            KT_TRY(rules, view.blob(entry->oid));
          }
        }
        if (!in_request) {
          git::LfsRules known(rules);
          std::string more;
          for (const auto& p : lfs_paths)
            if (!known.matches(p)) more += attribute_line(p);
          if (!more.empty()) {
            if (!rules.empty() && rules.back() != '\n') rules += '\n';
            KT_CHECK(tree.put(".gitattributes", plan->pack.add(git::Type::blob, rules + more)));
          }
        }
      }
      KT_TRY(git::Oid root, tree.write(plan->pack));
      if (root == head.tree) {
        plan->changed = false;
        plan->after = plan->before;
        return true;
      }
      std::string message = request->title;
      if (!trim(request->description).empty()) message += "\n\n" + request->description;
      git::Commit c{root, {plan->before}, person(request->author, now), person(request->author, now), message};
      plan->after = plan->pack.add(git::Type::commit, git::encode_commit(c));
      return true;
    };
    KT_CO_TRY([[maybe_unused]] bool prepared, co_await context_.storage.read(prepare));
    if (!plan->changed) co_return Committed{plan->after, false};

    // 2. The pack on stable storage.
    auto entries = std::make_shared<std::vector<git::PackWriter::Entry>>();
    auto size = std::make_shared<std::uint64_t>();
    KT_CO_TRY(std::string key, co_await store_pack(request->repository.id, std::move(plan->pack), entries, size));
    packs.push_back({key, *size, std::move(*entries)});

    auto shared_packs = std::make_shared<std::vector<StoredPack>>(packs);
    std::shared_ptr<const Derived> derived;
    if (ref == main_ref) {
      KT_CO_TRY(derived, co_await derive_ahead(request->repository, plan->before, plan->after, shared_packs));
      if (!derived) continue;  // another commit was faster
    }

    // 3. Index, ref, what main says, event: all or nothing.
    auto land = [=](UnitOfWork& u) -> Result<bool> {
      auto& x = self->context_;
      const Repository& r = request->repository;
      for (const auto& p : *shared_packs) KT_CHECK(x.store.add_pack(u, r.id, p.key, p.size, p.entries));
      KT_TRY(bool moved, x.store.move_ref(u, r.id, {ref, plan->after, plan->after}, plan->before, now));
      if (!moved) return fail(Errc::stale, "raced", "Another commit was faster.");
      if (derived) KT_CHECK(x.store.set_derived(u, r, *derived, now));
      KT_CHECK(x.outbox.append(u, "revision.created", r.id, event_json(r, ref, plan->before, plan->after)));
      return true;
    };
    auto landed = co_await context_.storage.write(land);
    if (landed) co_return Committed{plan->after, true};
    if (landed.error().code != "raced") co_return Unexpected(landed.error());
  }
  co_return fail(Errc::unavailable, "overloaded", "Too many commits to this branch at once: try again.");
}

Task<Status> Repositories::create_branch(Repository r, std::string name, std::string start, bool empty, bool overwrite, Author author) {
  KT_CO_CHECK(check_ref_name(name));
  auto* self = this;
  Time now = context_.wall.now();
  auto pack_entries = std::make_shared<std::vector<git::PackWriter::Entry>>();
  auto size = std::make_shared<std::uint64_t>();
  std::string key;
  std::optional<git::Oid> first;
  if (empty) {
    git::PackWriter pack;
    git::Oid attributes = pack.add(git::Type::blob, default_gitattributes(r.kind));
    git::Oid tree = pack.add(git::Type::tree, git::encode_tree({{".gitattributes", attributes, false, 0100644}}));
    first = pack.add(git::Type::commit, git::encode_commit({tree, {}, person(author, now), person(author, now), "initial commit"}));
    KT_CO_TRY(key, co_await store_pack(r.id, std::move(pack), pack_entries, size));
  }
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    auto& x = self->context_;
    git::Oid at;
    if (first) {
      KT_CHECK(x.store.add_pack(u, r.id, key, *size, *pack_entries));
      at = *first;
    } else {
      KT_TRY(at, self->view_in(u, r.id).resolve(start.empty() ? "main" : start));
    }
    std::string ref = "refs/heads/" + name;
    KT_TRY(auto there, x.store.ref(u, r.id, ref));
    if (there && !overwrite) return fail(Errc::conflict, "ref_exists", fmt::format("Reference {} already exists", ref));
    KT_TRY(bool moved, x.store.move_ref(u, r.id, {ref, at, at}, there ? std::optional(there->target) : std::nullopt, now));
    if (!moved) return fail(Errc::conflict, "ref_exists", fmt::format("Reference {} already exists", ref));
    KT_CHECK(x.outbox.append(u, "ref.created", r.id, event_json(r, ref, std::nullopt, at)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Status> Repositories::delete_branch(Repository r, std::string name) {
  if (name == "main") co_return fail(Errc::invalid, "default_branch", "Cannot delete refs/heads/main: it is the default branch.");
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(bool gone, self->context_.store.delete_ref(u, r.id, "refs/heads/" + name));
    if (!gone)
      return fail(Errc::not_found, "revision_not_found",
                  fmt::format("Invalid rev id: refs/heads/{} does not exist", header_safe(name, 200)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Status> Repositories::create_tag(Repository r, std::string name, std::string revision, std::string message, Author author) {
  auto* self = this;
  Time now = context_.wall.now();
  auto find = [=](UnitOfWork& u) -> Result<git::Oid> {
    KT_TRY(git::Oid at, self->view_in(u, r.id).resolve(revision));
    KT_CHECK(check_ref_name(name));
    KT_TRY(auto there, self->context_.store.ref(u, r.id, "refs/tags/" + name));
    if (there) return fail(Errc::conflict, "ref_exists", fmt::format("Tag reference exists already: refs/tags/{}", name));
    return at;
  };
  KT_CO_TRY(git::Oid commit, co_await context_.storage.read(find));
  git::Oid target = commit;
  auto entries = std::make_shared<std::vector<git::PackWriter::Entry>>();
  auto size = std::make_shared<std::uint64_t>();
  std::string key;
  if (!message.empty()) {
    git::PackWriter pack;
    target = pack.add(git::Type::tag, git::encode_tag({commit, name, message + "\n", person(author, now)}));
    KT_CO_TRY(key, co_await store_pack(r.id, std::move(pack), entries, size));
  }
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    auto& x = self->context_;
    if (!key.empty()) KT_CHECK(x.store.add_pack(u, r.id, key, *size, *entries));
    KT_TRY(bool made, x.store.move_ref(u, r.id, {"refs/tags/" + name, target, commit}, std::nullopt, now));
    if (!made) return fail(Errc::conflict, "ref_exists", fmt::format("Tag reference exists already: refs/tags/{}", name));
    KT_CHECK(x.outbox.append(u, "ref.created", r.id, event_json(r, "refs/tags/" + name, std::nullopt, commit)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Status> Repositories::delete_tag(Repository r, std::string name) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(bool gone, self->context_.store.delete_ref(u, r.id, "refs/tags/" + name));
    if (!gone) return fail(Errc::not_found, "revision_not_found", fmt::format("Tag {} does not exist", header_safe(name, 200)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Result<git::Oid>> Repositories::squash(Repository r, std::string branch, std::string message, Author author) {
  std::string ref = full_branch(branch);
  auto* self = this;
  for (int attempt = 0; attempt < max_commit_attempts; ++attempt) {
    Time now = context_.wall.now();
    struct Head {
      git::Oid oid, tree;
    };
    auto look = [=](UnitOfWork& u) -> Result<Head> {
      KT_TRY(auto row, self->context_.store.ref(u, r.id, ref));
      if (!row) return fail(Errc::not_found, "revision_not_found", fmt::format("Invalid rev id: {}", header_safe(branch, 200)));
      KT_TRY(git::Commit c, self->view_in(u, r.id).commit(row->commit));
      return Head{row->commit, c.tree};
    };
    KT_CO_TRY(Head head, co_await context_.storage.read(look));
    git::PackWriter pack;
    git::Oid after = pack.add(
        git::Type::commit,
        git::encode_commit(
            {head.tree, {}, person(author, now), person(author, now), message.empty() ? "Super-squash branch '" + branch + "'" : message}));
    auto entries = std::make_shared<std::vector<git::PackWriter::Entry>>();
    auto size = std::make_shared<std::uint64_t>();
    KT_CO_TRY(std::string key, co_await store_pack(r.id, std::move(pack), entries, size));
    std::shared_ptr<const Derived> derived;
    if (ref == main_ref) {
      auto packs = std::make_shared<std::vector<StoredPack>>(std::vector<StoredPack>{{key, *size, *entries}});
      KT_CO_TRY(derived, co_await derive_ahead(r, head.oid, after, packs));
      if (!derived) continue;  // another commit was faster
    }
    auto land = [=](UnitOfWork& u) -> Result<bool> {
      auto& x = self->context_;
      KT_CHECK(x.store.add_pack(u, r.id, key, *size, *entries));
      KT_TRY(bool moved, x.store.move_ref(u, r.id, {ref, after, after}, head.oid, now));
      if (!moved) return fail(Errc::stale, "raced", "Another commit was faster.");
      if (derived) KT_CHECK(x.store.set_derived(u, r, *derived, now));
      KT_CHECK(x.outbox.append(u, "revision.created", r.id, event_json(r, ref, head.oid, after)));
      return true;
    };
    auto landed = co_await context_.storage.write(land);
    if (landed) co_return after;
    if (landed.error().code != "raced") co_return Unexpected(landed.error());
  }
  co_return fail(Errc::unavailable, "overloaded", "Too many commits to this branch at once: try again.");
}

Task<Result<Repositories::Swept>> Repositories::sweep(std::int64_t grace_seconds, bool dry_run) {
  auto* self = this;
  Time cutoff = Time::from_seconds(context_.wall.now().seconds() - std::max<std::int64_t>(grace_seconds, 3600));  // a commit takes seconds
  auto work = [=]() -> Result<Swept> {
    auto& x = self->context_;
    std::map<std::string, std::uint64_t> old;
    KT_CHECK(x.bytes.list("packs/", [&](const std::string& key, std::uint64_t size, Time written) {
      if (written < cutoff) old.emplace(key, size);
    }));
    // Read after the listing: a pack that was there and got its row meanwhile is named.
    KT_TRY(auto named, x.storage.read_now([&](UnitOfWork& u) { return x.store.pack_names(u); }));
    for (const std::string& key : named) old.erase(key);
    Swept out;
    for (const auto& [key, size] : old) {
      if (!dry_run) KT_CHECK(x.bytes.remove(key));
      ++out.packs;
      out.bytes += size;
    }
    return out;
  };
  co_return co_await run_on(context_.pool, work);
}

Result<std::uint64_t> Repositories::verify_all(const std::function<void(std::string_view, std::string_view, std::string_view)>& report) {
  std::uint64_t checked = 0;
  auto* self = this;
  std::function<void(std::string_view, std::string_view, std::string_view)> tell = report;
  auto body = [&](UnitOfWork& u) -> Result<std::uint64_t> {
    std::uint64_t n = 0;
    auto& x = self->context_;
    std::map<std::string, std::set<git::Oid>> known;
    std::map<std::string, std::vector<std::pair<git::Oid, std::string>>> wanted;  // repository -> (object, who needs it)
    KT_CHECK(x.store.each_object(u, [&](std::string_view repository, const ObjectRow& row) -> Status {
      ++n;
      std::string repo(repository);
      known[repo].insert(row.oid);
      auto content = read_object(x.bytes, row);
      std::string item = fmt::format("git {} {}", git::type_name(row.type), row.oid.hex());
      if (!content) {
        tell(item, repository, content.error().message);
        return {};
      }
      if (git::object_id(row.type, *content) != row.oid) tell(item, repository, "the stored bytes have another SHA-1");
      if (row.type == git::Type::commit) {
        auto c = git::parse_commit(*content);
        if (!c)
          tell(item, repository, "cannot be parsed");
        else {
          if (c->tree != git::object_id(git::Type::tree, "")) wanted[repo].emplace_back(c->tree, item);
          for (auto& p : c->parents) wanted[repo].emplace_back(p, item);
        }
      } else if (row.type == git::Type::tree) {
        auto t = git::parse_tree(*content);
        if (!t)
          tell(item, repository, "cannot be parsed");
        else
          for (auto& e : *t) wanted[repo].emplace_back(e.oid, item);
      } else if (row.type == git::Type::blob) {
        auto pointer = git::parse_pointer(*content);
        if (pointer) {
          KT_TRY(auto linked, x.content.find(u, repository, pointer->sha256));
          if (!linked) tell(item, repository, fmt::format("points to content {} that is not there", pointer->sha256));
        }
      }
      return {};
    }));
    for (auto& [repo, list] : wanted)
      for (auto& [oid, who] : list)
        if (!known[repo].contains(oid)) tell(who, repo, fmt::format("needs object {} that is missing", oid.hex()));
    KT_TRY(auto all, x.store.all(u));
    for (auto& r : all) {
      KT_TRY(auto refs, x.store.refs(u, r.id));
      for (auto& ref : refs)
        if (!known[r.id].contains(ref.commit) || !known[r.id].contains(ref.target))
          tell("ref " + ref.name, r.id, "points to a commit that is missing");
    }
    return n;
  };
  KT_TRY(checked, context_.storage.read_now(body));
  return checked;
}

}  // namespace kontor::repository
