// The one implementation of Access: visibility by identity::authorize, payment by the market's ContentPolicy.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "identity/accounts.hpp"
#include "repository/access.hpp"

namespace kontor::repository {

// A member of the namespace, whatever his role: no gate stands before him.
bool inside(const identity::Caller& caller, const Repository& repository);

class AccessControl final : public Access {
 public:
  // `public_url`: where pages are, without a slash at its end.
  AccessControl(Storage& storage, Directory& directory, ContentPolicy& policy, AccessGrants& grants, identity::Accounts& accounts,
                const Clock& wall, std::string public_url)
      : storage_(storage),
        directory_(directory),
        policy_(policy),
        grants_(grants),
        accounts_(accounts),
        wall_(wall),
        public_url_(std::move(public_url)) {}
  Task<Result<Repository>> open(identity::Caller caller, Kind kind, std::string ns, std::string name, Need need, std::string path,
                                bool delivers) override;
  Task<Result<Repository>> recheck(std::string party, std::string repository_id, Need need, bool delivers) override;
  Result<bool> gate_open(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository) override;
  // Called when an entitlement, a grant or a repository's settings changed: cached decisions are void.
  void changed() { generation_.fetch_add(1); }

 private:
  Result<Repository> decide(UnitOfWork& unit, const identity::Caller& caller, std::optional<Repository> found, Need need,
                            const std::string& path, bool deliver_here, bool* must_write, std::string_view asked);
  Storage& storage_;
  Directory& directory_;
  ContentPolicy& policy_;
  AccessGrants& grants_;
  identity::Accounts& accounts_;
  const Clock& wall_;
  std::string public_url_;
  std::atomic<std::uint64_t> generation_{0};
  struct Cached {
    Repository repository;
    Time until;
    std::uint64_t generation;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;
};

}  // namespace kontor::repository
