// Commits: a tree worked out on what stands now, one pack on stable storage, then everything that says so in one transaction; again from
// the start when another commit was faster.
#include <fmt/format.h>

#include "base/text.hpp"
#include "codec/wildmatch.hpp"
#include "repository/refs.hpp"
#include "repository/repositories.hpp"

namespace kontor::repository {
namespace {

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

// Puts what was asked for into the tree, pointers into the pack. The paths that became pointers.
Result<std::vector<std::string>> apply(const CommitRequest& q, UnitOfWork& u, content::Content& content, TreeEdit& tree,
                                       git::PackWriter& pack) {
  std::vector<std::string> lfs_paths;
  for (const auto& op : q.operations) {
    switch (op.kind) {
      case Operation::Kind::put_blob:
        KT_CHECK(tree.put(op.path, op.blob));
        break;
      case Operation::Kind::put_lfs: {
        KT_TRY(auto linked, content.find(u, q.repository.id, op.lfs.sha256));
        if (!linked)
          return fail(Errc::invalid, "lfs_object_missing",
                      fmt::format("The content of {} (sha256 {}) has not been uploaded to this repository: upload it first.", op.path,
                                  op.lfs.sha256));
        if (op.claimed_size && *op.claimed_size != linked->size)
          return fail(Errc::invalid, "size_mismatch",
                      fmt::format("The content of {} has {} bytes, not {}.", op.path, linked->size, *op.claimed_size));
        KT_CHECK(tree.put(op.path, pack.add(git::Type::blob, git::encode_pointer({op.lfs.sha256, linked->size}))));
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
  return lfs_paths;
}

bool holds(const std::vector<git::PackWriter::Entry>& entries, const git::Oid& oid) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.oid == oid; });
}

// Pointers that no rule of .gitattributes covers get a line there, so that git-lfs fetches them. A commit that brings its own
// .gitattributes is left alone: what it says is not in the store yet, and it is the caller's word.
Status cover(const std::vector<std::string>& lfs_paths, const std::vector<StoredPack>& earlier, GitView& view, TreeEdit& tree,
             git::PackWriter& pack) {
  if (lfs_paths.empty()) return {};
  KT_TRY(auto entry, tree.find(".gitattributes"));
  std::string rules;
  if (entry && !entry->is_tree) {
    if (holds(pack.entries(), entry->oid)) return {};
    for (const auto& p : earlier)
      if (holds(p.entries, entry->oid)) return {};
    KT_TRY(rules, view.blob(entry->oid));
  }
  git::LfsRules known(rules);
  std::string more;
  for (const auto& p : lfs_paths)
    if (!known.matches(p)) more += attribute_line(p);
  if (more.empty()) return {};
  if (!rules.empty() && rules.back() != '\n') rules += '\n';
  return tree.put(".gitattributes", pack.add(git::Type::blob, rules + more));
}

Unexpected too_many_commits() { return fail(Errc::unavailable, "overloaded", "Too many commits to this branch at once: try again."); }

}  // namespace

Task<Result<std::shared_ptr<const StoredPack>>> Repositories::store_pack(std::string repository_id, git::PackWriter pack) {
  auto writer = std::make_shared<git::PackWriter>(std::move(pack));
  content::ByteStore* bytes = &context_.bytes;
  auto work = [=]() -> Result<std::shared_ptr<const StoredPack>> {
    auto entries = writer->entries();
    auto done = std::move(*writer).finish();
    StoredPack stored{fmt::format("packs/{}/{}.pack", repository_id, done.name), done.bytes.size(), std::move(entries)};
    KT_TRY(auto object, bytes->create());
    KT_CHECK(object->append(done.bytes));
    KT_CHECK(object->commit(stored.key));
    return std::make_shared<const StoredPack>(std::move(stored));
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

Task<Result<bool>> Repositories::land(Landing l) {
  auto* self = this;
  auto packs = std::make_shared<const std::vector<StoredPack>>(std::move(l.packs));
  std::shared_ptr<const Derived> derived;
  if (l.ref == main_ref) {
    KT_CO_TRY(derived, co_await derive_ahead(l.repository, l.before, l.after, packs));
    if (!derived) co_return false;
  }
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    auto& x = self->context_;
    const Repository& r = l.repository;
    for (const auto& p : *packs) KT_CHECK(x.store.add_pack(u, r.id, p.key, p.size, p.entries));
    KT_TRY(bool moved, x.store.move_ref(u, r.id, {l.ref, l.after, l.after}, l.before, l.now));
    if (!moved) return fail(Errc::stale, "raced", "Another commit was faster.");
    if (derived) KT_CHECK(x.store.set_derived(u, r, *derived, l.now));
    KT_CHECK(x.outbox.append(u, "revision.created", r.id, event_json(r, l.ref, l.before, l.after)));
    return true;
  };
  auto landed = co_await context_.storage.write(body);
  if (!landed && landed.error().code == "raced") co_return false;
  co_return landed;
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
  struct Plan {
    git::Oid before, after;
    git::PackWriter pack;
    bool changed() const { return before != after; }
  };
  std::string ref = full_branch(q.branch);
  std::vector<StoredPack> packs;  // of all attempts: the request's blobs are in the first
  auto* self = this;
  auto request = std::make_shared<CommitRequest>(std::move(q));
  for (int attempt = 0; attempt < max_commit_attempts; ++attempt) {
    auto plan = std::make_shared<Plan>();
    if (attempt == 0) plan->pack = std::move(request->pack);
    Time now = context_.wall.now();
    auto prepare = [=](UnitOfWork& u) -> Result<bool> {
      const Repository& r = request->repository;
      GitView view = self->view_in(u, r.id);
      KT_TRY(auto row, self->context_.store.ref(u, r.id, ref));
      if (!row) return fail(Errc::not_found, "revision_not_found", fmt::format("Invalid rev id: {}", header_safe(request->branch, 200)));
      if (request->parent_commit && *request->parent_commit != row->commit.hex())
        return fail(Errc::stale, "stale_parent",
                    "A commit has happened since. The branch was updated since you opened this page. Please refresh and try again.");
      plan->before = plan->after = row->commit;
      KT_TRY(git::Commit head, view.commit(row->commit));
      TreeEdit tree(view, head.tree);
      KT_TRY(auto lfs_paths, apply(*request, u, self->context_.content, tree, plan->pack));
      KT_CHECK(cover(lfs_paths, packs, view, tree, plan->pack));
      KT_TRY(git::Oid root, tree.write(plan->pack));
      if (root == head.tree) return true;
      std::string message = request->title;
      if (!trim(request->description).empty()) message += "\n\n" + request->description;
      git::Commit c{root, {plan->before}, person(request->author, now), person(request->author, now), message};
      plan->after = plan->pack.add(git::Type::commit, git::encode_commit(c));
      return true;
    };
    KT_CO_TRY([[maybe_unused]] bool prepared, co_await context_.storage.read(prepare));
    if (!plan->changed()) co_return Committed{plan->after, false};
    KT_CO_TRY(auto stored, co_await store_pack(request->repository.id, std::move(plan->pack)));
    packs.push_back(*stored);
    KT_CO_TRY(bool landed, co_await land({request->repository, ref, plan->before, plan->after, now, packs}));
    if (landed) co_return Committed{plan->after, true};
  }
  co_return too_many_commits();
}

Task<Result<git::Oid>> Repositories::squash(Repository r, std::string branch, std::string message, Author author) {
  struct Head {
    git::Oid oid, tree;
  };
  std::string ref = full_branch(branch);
  auto* self = this;
  for (int attempt = 0; attempt < max_commit_attempts; ++attempt) {
    Time now = context_.wall.now();
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
    KT_CO_TRY(auto stored, co_await store_pack(r.id, std::move(pack)));
    KT_CO_TRY(bool landed, co_await land({r, ref, head.oid, after, now, {*stored}}));
    if (landed) co_return after;
  }
  co_return too_many_commits();
}

}  // namespace kontor::repository
