// The use cases of repositories: make, move, delete, read, commit, branch, tag, squash. Rights were decided by Access before;
// these take a Repository that the caller may use.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/outbox.hpp"
#include "content/content.hpp"
#include "repository/card.hpp"
#include "repository/git_view.hpp"
#include "repository/tree_edit.hpp"

namespace kontor::repository {

inline constexpr std::uint64_t max_regular_file_bytes = 10'000'000 + 512 * 1024;  // larger ones belong to LFS
inline constexpr std::size_t max_commit_operations = 25'000;
inline constexpr int max_commit_attempts = 60;  // lost races for one branch before the caller is told to try again

struct Author {
  std::string name, email;
};

struct Operation {
  enum class Kind { put_blob, put_lfs, copy, remove_file, remove_folder, remove_any };
  Kind kind = Kind::put_blob;
  std::string path;
  git::Oid blob;        // put_blob: added to the commit's pack before
  git::LfsPointer lfs;  // put_lfs; size is taken from the stored content
  std::optional<std::uint64_t> claimed_size;
};

struct CommitRequest {
  Repository repository;
  std::string branch;                        // "main" or refs/heads/main
  std::optional<std::string> parent_commit;  // must be the head then
  std::string title, description;
  Author author;
  std::vector<Operation> operations;
  git::PackWriter pack;  // holds the blobs of put_blob
  std::string readme;    // of this commit's put of README.md, for the card check; may be empty
};
struct Committed {
  git::Oid oid;
  bool changed = true;  // false: the tree was the same, nothing was written
};

struct NewRepository {
  Kind kind = Kind::model;
  std::string ns, name, owner;
  identity::Visibility visibility = identity::Visibility::public_;
  std::vector<std::pair<std::string, std::string>> files;  // path, content: part of the first commit
  std::string sdk;                                         // spaces
  Author author;
};

struct Context {  // all outlive the use cases
  Storage& storage;
  RepositoryStore& store;
  content::ByteStore& bytes;
  content::Content& content;
  Outbox& outbox;
  const Clock& wall;
  Executor& pool;  // packing and flushing
};

class Repositories {
 public:
  explicit Repositories(Context context);

  // Errors: conflict ("repo_exists").
  Task<Result<Repository>> create(NewRepository request);
  Task<Status> remove(Repository repository);
  // `to_owner` is the party of the new namespace. Errors: conflict ("repo_exists").
  Task<Result<Repository>> move(Repository repository, std::string to_ns, std::string to_owner, std::string to_name);
  Task<Result<Repository>> update_settings(Repository repository, std::optional<identity::Visibility> visibility,
                                           std::optional<std::string> gated);

  // Errors: not_found ("revision_not_found"; "entry_not_found" for removals), stale ("stale_parent"), invalid (paths, empty title,
  // "lfs_object_missing" with the id in the message, "too_large"), unavailable.
  Task<Result<Committed>> commit(CommitRequest request);

  // `name` without refs/heads/. Errors: conflict ("ref_exists"), not_found ("revision_not_found"), invalid ("invalid_ref",
  // "default_branch").
  Task<Status> create_branch(Repository repository, std::string name, std::string start, bool empty, bool overwrite, Author author);
  Task<Status> delete_branch(Repository repository, std::string name);
  Task<Status> create_tag(Repository repository, std::string name, std::string revision, std::string message, Author author);
  Task<Status> delete_tag(Repository repository, std::string name);
  Task<Result<git::Oid>> squash(Repository repository, std::string branch, std::string message, Author author);

  // Runs `body(view)` in a read transaction on the storage threads.
  template <class F>
  auto view(Repository repository, F body) -> Task<std::invoke_result_t<F, GitView&>> {
    auto shared = std::make_shared<F>(std::move(body));
    auto* self = this;
    std::string id = repository.id;
    auto run = [self, id, shared](UnitOfWork& u) {
      GitView v = self->view_in(u, id);
      return (*shared)(v);
    };
    co_return co_await context_.storage.read(run);
  }
  GitView view_in(UnitOfWork& unit, std::string repository_id) {
    return GitView(unit, context_.store, context_.bytes, cache_, std::move(repository_id));
  }

  // What `head` says about the repository; reads inside the view's transaction.
  Result<Derived> derive_in(GitView& view, const Repository& repository, const git::Oid& head);

  // Removes packs that no repository names (deleted ones', and those of lost races), an hour old at least. With `dry_run`, counts them
  // only.
  struct Swept {
    std::uint64_t packs = 0, bytes = 0;
  };
  Task<Result<Swept>> sweep(std::int64_t grace_seconds, bool dry_run);

  // Re-reads and re-hashes every git object, and follows every ref. One call of `report` per fault; blocking.
  Result<std::uint64_t> verify_all(
      const std::function<void(std::string_view item, std::string_view repository, std::string_view problem)>& report);

 private:
  // Onto stable storage; nothing names it yet.
  Task<Result<std::shared_ptr<const StoredPack>>> store_pack(std::string repository_id, git::PackWriter pack);
  // A new head of a branch: index, ref, what main says, event, all or nothing. False: the branch is not at `before` any more.
  struct Landing {
    Repository repository;
    std::string ref;
    git::Oid before, after;
    Time now;
    std::vector<StoredPack> packs;
  };
  Task<Result<bool>> land(Landing landing);
  // What main says with `after`, worked out before the transaction that moves it there: the whole repository is listed, which no writer
  // should wait for. `packs` are not in the index yet. Nothing: main is not at `before` any more.
  Task<Result<std::shared_ptr<const Derived>>> derive_ahead(Repository repository, git::Oid before, git::Oid after,
                                                            std::shared_ptr<const std::vector<StoredPack>> packs);
  Context context_;
  ObjectCache cache_;
};

std::string default_gitattributes(Kind kind);

}  // namespace kontor::repository
