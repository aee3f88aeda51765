// The door to repositories for every protocol: finds one, decides whether the caller may do what he wants, and asks whoever sells it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/storage.hpp"
#include "identity/caller.hpp"
#include "repository/model.hpp"

namespace kontor::repository {

// Port; implemented in adapters/sql. Runs inside a transaction.
class Directory {
 public:
  virtual ~Directory() = default;
  virtual Result<std::optional<Repository>> find(UnitOfWork& unit, Kind kind, std::string_view ns,
                                                 std::string_view name) = 0;  // without case; follows no redirects
  virtual Result<std::optional<Repository>> find_by_id(UnitOfWork& unit, std::string_view id) = 0;
};

// Port; implemented in adapters/sql. Who was let through the gate of a repository that asks for it ("gated").
class AccessGrants {
 public:
  virtual ~AccessGrants() = default;
  virtual Result<bool> granted(UnitOfWork& unit, std::string_view repository, std::string_view party) = 0;
};

// Port; implemented by the market. What stands between a reader who passed visibility and the file contents of one repository.
class ContentPolicy {
 public:
  virtual ~ContentPolicy() = default;
  // Success: contents may go out. `path` is empty for "any file". With `delivers` the answer that follows carries contents: the
  // entitlement is marked as touched in this very transaction (which must then be a write).
  // Errors: payment_required (details: {"reason":..., "offers":[Offer,...]}, message = one ASCII line that can go into a header),
  // unauthenticated (code "gated", anonymous caller of something for sale), forbidden (code "api_only": sold for calling alone).
  virtual Status may_read(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository, std::string_view path,
                          bool delivers) = 0;
  // True if may_read would have to write to deliver: lets reads of free or already touched content stay reads.
  virtual Result<bool> touch_needed(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository) = 0;
  // True if the caller, or an organisation he belongs to, holds a licence now that covers downloading, whether or not it is sold any more.
  virtual Result<bool> licensed(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository) = 0;
  // True while a published listing stands between readers and contents.
  virtual Result<bool> for_sale(UnitOfWork& unit, std::string_view repository_id) = 0;
};

enum class Need {
  see,    // metadata, tree, refs
  read,   // file contents: visibility, gate and ContentPolicy
  write,  // commit, upload
  admin,  // settings, move, delete
};

class Access {  // any thread
 public:
  virtual ~Access() = default;
  // Errors: not_found (code "repo_not_found"; for anonymous callers unauthenticated with the same code: missing and private look alike),
  // forbidden (code "gated" where access must be asked for; anonymous callers: unauthenticated), scope_missing, and those of ContentPolicy
  // for Need::read. `path`, `delivers` as there.
  virtual Task<Result<Repository>> open(identity::Caller caller, Kind kind, std::string ns, std::string name, Need need,
                                        std::string path = {}, bool delivers = false) = 0;
  // The same decision again for something granted earlier (Xet tokens, signed addresses, LFS actions): the caller is given by party id
  // (empty: anonymous). A positive answer may be up to 5 s old, and is dropped when an entitlement or a grant changes; a denial never is.
  virtual Task<Result<Repository>> recheck(std::string party, std::string repository_id, Need need, bool delivers) = 0;
  // True if the repository is not gated, or lets this caller through. Part of Need::read, for those who show why it is refused.
  virtual Result<bool> gate_open(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository) = 0;
};

}  // namespace kontor::repository
