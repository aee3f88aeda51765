// Reading one repository's git objects inside a transaction: revisions, trees, blobs, history. Objects come from packs in the byte
// store; recently used trees and commits stay in memory.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "content/ports.hpp"
#include "repository/ports.hpp"

namespace kontor::repository {

// Bodies of trees and commits by id: content-addressed, so never wrong, whoever asks. Least recently used go first. Any thread.
class ObjectCache {
 public:
  explicit ObjectCache(std::size_t bytes) : limit_(bytes) {}
  std::shared_ptr<const std::string> get(const git::Oid& oid);
  void put(const git::Oid& oid, std::shared_ptr<const std::string> body);

 private:
  struct Item {
    git::Oid oid;
    std::shared_ptr<const std::string> body;
  };
  std::size_t limit_, used_ = 0;
  std::mutex mutex_;
  std::list<Item> order_;
  std::unordered_map<std::string, std::list<Item>::iterator> items_;
};

struct FileEntry {
  std::string path;  // from the root of the repository
  bool is_folder = false;
  git::Oid oid;            // of the blob (the pointer's for LFS files) or tree
  std::uint64_t size = 0;  // of the content; 0 for folders
  std::uint32_t mode = 0100644;
  std::optional<git::LfsPointer> lfs;
  std::uint64_t blob_size = 0;  // of the blob itself (the pointer's for LFS files)
};

struct CommitEntry {
  git::Oid oid;
  git::Commit commit;
};

// A pack in the byte store whose objects the store's index need not name yet.
struct StoredPack {
  std::string key;
  std::uint64_t size = 0;
  std::vector<git::PackWriter::Entry> entries;
};

class GitView {
 public:
  GitView(UnitOfWork& unit, RepositoryStore& store, content::ByteStore& bytes, ObjectCache& cache, std::string repository_id)
      : unit_(unit), store_(store), bytes_(bytes), cache_(cache), id_(std::move(repository_id)) {}

  // Objects of these packs are there as well.
  void add(const std::vector<StoredPack>& packs);

  // Branch, tag, "HEAD", refs/..., full or abbreviated (>= 5 digits) commit id. Errors: not_found ("revision_not_found").
  Result<git::Oid> resolve(std::string_view revision);
  Result<std::string> blob(const git::Oid& oid);  // whole; regular files are at most a few MB
  Result<git::Commit> commit(const git::Oid& oid);
  Result<std::vector<git::TreeEntry>> tree(const git::Oid& oid);
  // The file or folder at `path` of a commit ("" is the root). nullopt: nothing there.
  Result<std::optional<FileEntry>> find(const git::Oid& commit, std::string_view path);
  // Entries of a folder in git's order, parents before children. Errors: not_found ("entry_not_found").
  Result<std::vector<FileEntry>> list(const git::Oid& commit, std::string_view path, bool recursive);
  // Newest first along first parents, from `commit`; skips `skip`, gives at most `limit`; `total` counts all.
  Result<std::vector<CommitEntry>> history(const git::Oid& commit, std::size_t skip, std::size_t limit, std::size_t* total);
  // For each path the newest commit that changed it.
  Result<std::unordered_map<std::string, CommitEntry>> last_commits(const git::Oid& commit, const std::vector<std::string>& paths);
  Result<FileEntry> entry(std::string path, const git::TreeEntry& e);
  Result<std::shared_ptr<const std::string>> object(const git::Oid& oid, git::Type type);

 private:
  Result<std::optional<ObjectRow>> row_of(const git::Oid& oid);
  UnitOfWork& unit_;
  RepositoryStore& store_;
  content::ByteStore& bytes_;
  ObjectCache& cache_;
  std::string id_;
  std::unordered_map<std::string, ObjectRow> added_;
};

// Reads and checks one object of a pack. Errors: internal.
Result<std::string> read_object(content::ByteStore& bytes, const ObjectRow& row);

}  // namespace kontor::repository
