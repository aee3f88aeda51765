// What repositories need from the store of facts. All calls run inside a transaction.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/git.hpp"
#include "repository/access.hpp"

namespace kontor::repository {

struct RefRow {
  std::string name;  // refs/heads/main
  git::Oid target;   // an annotated tag's own id, else the commit
  git::Oid commit;
};

struct ObjectRow {
  git::Oid oid;
  git::Type type = git::Type::blob;
  std::uint64_t size = 0;
  std::string pack;  // key in the byte store
  std::uint64_t at = 0;
  std::optional<git::LfsPointer> lfs;
};

// What main says about a repository, derived at each commit to it; texts are members of a JSON object, without braces.
struct Derived {
  std::string head;     // commit, hex
  std::string info;     // everything of the info answer that changes only with main
  std::string listing;  // those of a list entry
  std::vector<std::string> tags;
  std::string task, library, licence, languages, summary;  // for the catalogue; languages blank-separated
};

struct RepositoryRow {
  Repository repository;
  std::string head, info, listing;
  std::int64_t downloads = 0, likes = 0;
  std::int64_t trending = 0;  // of lists alone; trend.hpp
};

struct ListQuery {
  Kind kind = Kind::model;
  std::vector<std::string> search;                            // lower case substrings of the id, all must match
  std::string owner;                                          // party id, or empty
  std::vector<std::string> tags;                              // all must be there
  std::string sort = "createdAt";                             // trendingScore | createdAt | lastModified | downloads | likes | id
  std::vector<std::string> readable_owners;                   // parties whose private repositories the caller may see
  bool all_private = false;                                   // operator
  std::optional<std::pair<std::int64_t, std::string>> after;  // sort value and id of the last entry of the page before
  int limit = 100;
};

class RepositoryStore : public Directory {
 public:
  virtual Result<std::optional<RepositoryRow>> row(UnitOfWork& unit, Kind kind, std::string_view ns, std::string_view name) = 0;
  virtual Result<std::optional<RepositoryRow>> row_by_id(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::optional<Repository>> redirect(UnitOfWork& unit, Kind kind, std::string_view ns, std::string_view name) = 0;
  virtual Status insert(UnitOfWork& unit, const Repository& repository) = 0;  // conflict ("repo_exists")
  virtual Status rename(UnitOfWork& unit, const Repository& before,
                        const Repository& after) = 0;  // leaves a redirect; conflict ("repo_exists")
  virtual Status update_settings(UnitOfWork& unit, const Repository& repository) = 0;
  virtual Status remove(UnitOfWork& unit, std::string_view id) = 0;
  virtual Status set_derived(UnitOfWork& unit, const Repository& repository, const Derived& derived, Time now) = 0;
  virtual Result<std::vector<RepositoryRow>> list(UnitOfWork& unit, const ListQuery& query) = 0;

  virtual Result<std::optional<RefRow>> ref(UnitOfWork& unit, std::string_view repository, std::string_view name) = 0;
  virtual Result<std::vector<RefRow>> refs(UnitOfWork& unit, std::string_view repository) = 0;
  // Moves a ref only if it stands where `expected` says (nullopt: must not exist). False: it does not.
  virtual Result<bool> move_ref(UnitOfWork& unit, std::string_view repository, const RefRow& to, std::optional<git::Oid> expected,
                                Time now) = 0;
  virtual Result<bool> delete_ref(UnitOfWork& unit, std::string_view repository, std::string_view name) = 0;

  virtual Result<std::optional<ObjectRow>> object(UnitOfWork& unit, std::string_view repository, const git::Oid& oid) = 0;
  // Commits whose id begins with these hex digits, at most two.
  virtual Result<std::vector<git::Oid>> commits_by_prefix(UnitOfWork& unit, std::string_view repository, std::string_view hex) = 0;
  virtual Status add_pack(UnitOfWork& unit, std::string_view repository, std::string_view pack, std::uint64_t size,
                          const std::vector<git::PackWriter::Entry>& entries) = 0;
  virtual Result<std::vector<std::string>> pack_names(UnitOfWork& unit) = 0;  // of every repository
  // For `kontor verify`.
  virtual Status each_object(UnitOfWork& unit, const std::function<Status(std::string_view repository, const ObjectRow&)>& visit) = 0;
  virtual Result<std::vector<Repository>> all(UnitOfWork& unit) = 0;
};

}  // namespace kontor::repository
