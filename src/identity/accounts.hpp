// Use cases around accounts: making users and organisations, passwords, tokens, sessions, and authentication from them.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/storage.hpp"
#include "identity/authenticate.hpp"
#include "identity/directory.hpp"

namespace kontor::identity {

struct TokenInfo {
  std::string id, name, role, party;
  std::string scopes;  // blank-separated; empty: all that the role has
  Time created_at;
  std::optional<Time> expires_at;
};

struct SessionInfo {
  std::string id, party, csrf;
  Time expires_at;
};

// Port; implemented in adapters/sql. All inside a transaction. Hashes are 32 raw bytes.
class AccountStore : public Directory {
 public:
  virtual Status insert_party(UnitOfWork& unit, const Party& party) = 0;  // conflict ("name_taken")
  virtual Status set_membership(UnitOfWork& unit, std::string_view org, std::string_view member, std::optional<OrgRole> role) = 0;
  virtual Status set_password_hash(UnitOfWork& unit, std::string_view party, std::string_view hash) = 0;
  virtual Result<std::optional<std::string>> password_hash(UnitOfWork& unit, std::string_view party) = 0;
  virtual Status set_kyc(UnitOfWork& unit, std::string_view party, int level) = 0;
  virtual Status insert_token(UnitOfWork& unit, const TokenInfo& token, std::string_view hash) = 0;
  virtual Result<std::optional<TokenInfo>> token_by_hash(UnitOfWork& unit, std::string_view hash) = 0;
  virtual Result<std::vector<TokenInfo>> tokens_of(UnitOfWork& unit, std::string_view party) = 0;
  virtual Result<bool> delete_token(UnitOfWork& unit, std::string_view party, std::string_view id) = 0;
  virtual Status insert_session(UnitOfWork& unit, const SessionInfo& session, std::string_view hash) = 0;
  virtual Result<std::optional<SessionInfo>> session_by_hash(UnitOfWork& unit, std::string_view hash) = 0;
  virtual Status delete_session(UnitOfWork& unit, std::string_view id) = 0;
};

struct NewUser {
  std::string name, full_name, email;
  bool is_operator = false;
  std::optional<std::string> password;
};
struct NewOrganisation {
  std::string name, full_name;
  std::vector<std::pair<std::string, OrgRole>> members;
  bool default_private = false;
};
struct NewToken {
  std::string user;               // name
  std::string role = "read";      // read | write | admin
  std::string name;
  std::optional<std::string> value;  // imports a given one
  std::optional<Time> expires_at;
};
struct SignedIn {
  std::string cookie, csrf;
  Party party;
};

std::optional<OrgRole> parse_org_role(std::string_view text);
std::string_view org_role_name(OrgRole role);
Scopes scopes_for(std::string_view token_role, bool is_operator);

class Accounts final : public Authenticator {
 public:
  // `pool` runs argon2id (tens of milliseconds, 64 MiB).
  Accounts(Storage& storage, AccountStore& store, const Clock& wall, Executor& pool);

  Task<Result<Party>> create_user(NewUser user);
  Task<Result<Party>> create_organisation(NewOrganisation org);
  Task<Result<std::pair<TokenInfo, std::string>>> create_token(NewToken token);
  Task<Result<std::vector<TokenInfo>>> list_tokens(std::string party);
  Task<Status> delete_token(std::string party, std::string id);
  Task<Result<SignedIn>> sign_in(std::string name, std::string password);
  Task<Status> sign_out(std::string cookie);
  Task<Result<Party>> set_kyc(std::string party, int level);
  Task<Result<std::optional<Party>>> find_by_name(std::string name);

  Task<Result<Caller>> by_token(std::string token) override;
  Task<Result<Caller>> by_session(std::string cookie, std::optional<std::string> csrf) override;
  // A caller with the rights of the party itself, for work that goes on after the request (rechecks).
  Result<Caller> caller_for(UnitOfWork& unit, std::string_view party);

 private:
  Result<Caller> load(UnitOfWork& unit, std::string_view party, Scopes (*scopes)(std::string_view, bool), std::string_view role);
  void forget_cached();
  Storage& storage_;
  AccountStore& store_;
  const Clock& wall_;
  Executor& pool_;
  struct Cached {
    Caller caller;
    std::optional<Time> expires_at;
    Time until;  // other nodes may change things: at most 5 s
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;  // by token hash
};

}  // namespace kontor::identity
