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
#include "identity/attempts.hpp"
#include "identity/authenticate.hpp"
#include "identity/directory.hpp"
#include "identity/known_devices.hpp"

namespace kontor::identity {

struct TokenInfo {
  std::string id, name, role, party;
  std::string scopes;  // blank-separated; empty: all that the role has
  Time created_at;
  std::optional<Time> expires_at;
  std::optional<Time> last_used_at;  // to the hour
};

struct SessionInfo {
  std::string id, party, csrf;
  std::string agent;  // User-Agent of the sign-in, cut
  Time created_at, expires_at;
};

// Who may make an account for himself.
enum class SignUp { open, invite, closed };

struct Invite {
  std::string id, created_by;  // by: party; empty: the command line
  Time created_at, expires_at;
  std::string used_by;  // party; empty: not yet
};

// What changes of a party; absent: stays.
struct PartyChange {
  std::optional<std::string> full_name, email, default_currency, billing_tz;
  std::optional<bool> default_private;
};

struct PartyCounts {
  std::int64_t people = 0, organisations = 0, new_people = 0;
};

// Port; implemented in adapters/sql. All inside a transaction. Hashes are 32 raw bytes.
class AccountStore : public Directory {
 public:
  virtual Status insert_party(UnitOfWork& unit, const Party& party) = 0;  // conflict ("name_taken")
  virtual Result<std::optional<Party>> find_party_by_object_id(UnitOfWork& unit, std::string_view object_id) = 0;
  virtual Status set_membership(UnitOfWork& unit, std::string_view org, std::string_view member, std::optional<OrgRole> role) = 0;
  virtual Status set_password_hash(UnitOfWork& unit, std::string_view party, std::string_view hash) = 0;
  virtual Result<std::optional<std::string>> password_hash(UnitOfWork& unit, std::string_view party) = 0;
  virtual Status set_kyc(UnitOfWork& unit, std::string_view party, int level) = 0;
  virtual Status insert_token(UnitOfWork& unit, const TokenInfo& token, std::string_view hash) = 0;
  virtual Result<std::optional<TokenInfo>> token_by_hash(UnitOfWork& unit, std::string_view hash) = 0;
  virtual Result<std::vector<TokenInfo>> tokens_of(UnitOfWork& unit, std::string_view party) = 0;
  virtual Status touch_token(UnitOfWork& unit, std::string_view id, Time used) = 0;
  virtual Result<bool> delete_token(UnitOfWork& unit, std::string_view party, std::string_view id) = 0;
  virtual Status insert_session(UnitOfWork& unit, const SessionInfo& session, std::string_view hash) = 0;
  virtual Result<std::optional<SessionInfo>> session_by_hash(UnitOfWork& unit, std::string_view hash) = 0;
  virtual Status delete_session(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<SessionInfo>> sessions_of(UnitOfWork& unit, std::string_view party, Time now) = 0;  // newest first
  virtual Status delete_sessions(UnitOfWork& unit, std::string_view party, std::string_view except) = 0;
  virtual Status update_party(UnitOfWork& unit, const Party& party) = 0;  // what PartyChange names
  // Names, full names and addresses that hold `text` (lower case); newest first, ids below `before`.
  virtual Result<std::vector<Party>> find_parties(UnitOfWork& unit, std::string_view text, std::string_view before, int limit) = 0;
  virtual Result<PartyCounts> count_parties(UnitOfWork& unit, Time new_since) = 0;
  virtual Status insert_invite(UnitOfWork& unit, const Invite& invite, std::string_view hash) = 0;
  // Marks an unused one that has not expired; false: there is none.
  virtual Result<bool> use_invite(UnitOfWork& unit, std::string_view hash, std::string_view party, Time now) = 0;
  virtual Result<std::vector<Invite>> invites(UnitOfWork& unit, std::string_view before, int limit) = 0;
  virtual Result<bool> delete_invite(UnitOfWork& unit, std::string_view id) = 0;  // an unused one
  virtual Status append_audit(UnitOfWork& unit, Time at, std::string_view actor, std::string_view action, std::string_view item,
                              std::string_view details) = 0;
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
  std::string user;           // name
  std::string role = "read";  // read | write | admin
  std::string name;
  std::optional<std::string> value;  // imports a given one
  std::optional<Time> expires_at;
};
// Who tries to sign in. Wrong passwords are counted by name and address (without the port), or by a device that was signed in before.
struct SignInFrom {
  std::string agent;    // as the list of sessions shows it
  std::string address;  // empty: not counted
  std::string device;   // SignedIn::device of an earlier time, or anything
};
inline constexpr int session_seconds = 14 * 24 * 3600;  // a session ends, used or not
struct SignedIn {
  std::string cookie, csrf;
  std::string device;  // to be kept by the browser for longer than the session
  Party party;
};

std::optional<OrgRole> parse_org_role(std::string_view text);
std::string_view org_role_name(OrgRole role);
Scopes scopes_for(std::string_view token_role, bool is_operator);
std::optional<SignUp> parse_sign_up(std::string_view text);
// Checks each value. Errors: invalid, with the field.
Status apply_change(Party& party, const PartyChange& change);

class Accounts final : public Authenticator {
 public:
  // `pool` runs argon2id (tens of milliseconds, 64 MiB).
  // `device_key`: see KnownDevices; without one devices are known until the program ends.
  Accounts(Storage& storage, AccountStore& store, const Clock& wall, Executor& pool, std::string device_key = {});

  Task<Result<Party>> create_user(NewUser user);
  Task<Result<Party>> create_organisation(NewOrganisation org);
  Task<Result<std::pair<TokenInfo, std::string>>> create_token(NewToken token);
  Task<Result<std::vector<TokenInfo>>> list_tokens(std::string party);
  Task<Status> delete_token(std::string party, std::string id);
  // Errors: unauthenticated, rate_limited ("too_many_attempts", details say retry_after in seconds).
  Task<Result<SignedIn>> sign_in(std::string name, std::string password, SignInFrom from = {});
  Task<Status> sign_out(std::string cookie);
  Task<Result<Party>> set_kyc(std::string party, int level);
  Task<Result<std::optional<Party>>> find_by_name(std::string name);

  // -- people for themselves (self_service.cpp)
  void set_sign_up(SignUp mode) { sign_up_ = mode; }
  SignUp sign_up_mode() const { return sign_up_; }
  // Errors: forbidden ("blocked": closed), invalid ("invite": missing, unknown or used), rate_limited (of one address), and those of
  // create_user.
  Task<Result<Party>> sign_up(NewUser user, std::string invite, std::string address = {});
  // The code is told once. `by`: party, or empty for the command line.
  Task<Result<std::pair<Invite, std::string>>> create_invite(std::string by, int days);
  Task<Result<std::vector<Invite>>> list_invites(std::string before, int limit);
  Task<Status> delete_invite(std::string id);
  // Ends all sessions but the caller's own. Errors: invalid (field "old").
  Task<Status> change_password(Caller caller, std::string old_password, std::string new_password);
  Task<Result<std::vector<SessionInfo>>> list_sessions(std::string party);
  Task<Status> end_session(std::string party, std::string id);
  Result<Party> change_party(UnitOfWork& unit, const Caller& caller, const PartyChange& change);
  // For operators. `text` in any case; empty: everybody.
  Result<std::vector<Party>> find_parties(UnitOfWork& unit, std::string_view text, std::string_view before, int limit);
  // By id or name. Errors: not_found.
  Result<Party> see_party(UnitOfWork& unit, std::string_view id_or_name);
  Result<PartyCounts> count_parties(UnitOfWork& unit, Time new_since) { return store_.count_parties(unit, new_since); }

  // -- organisations (organisations.cpp). The last admin stays. Errors: not_found, forbidden, conflict ("invalid_state").
  Result<Party> found_organisation(UnitOfWork& unit, const Caller& caller, const NewOrganisation& org);
  Result<Party> see_organisation(UnitOfWork& unit, std::string_view name);
  Result<Party> change_organisation(UnitOfWork& unit, const Caller& caller, std::string_view name, const PartyChange& change);
  Result<std::vector<std::pair<Party, OrgRole>>> members(UnitOfWork& unit, const Caller& caller, std::string_view org);
  Result<std::pair<Party, OrgRole>> put_member(UnitOfWork& unit, const Caller& caller, std::string_view org, std::string_view user,
                                               OrgRole role);
  Status drop_member(UnitOfWork& unit, const Caller& caller, std::string_view org, std::string_view user);
  // Roles changed: cached callers are void. Call it after the commit.
  void forget_cached();

  Task<Result<Caller>> by_token(std::string token) override;
  Task<Result<Caller>> by_session(std::string cookie, std::optional<std::string> csrf) override;
  // A caller with the rights of the party itself, for work that goes on after the request (rechecks).
  Result<Caller> caller_for(UnitOfWork& unit, std::string_view party);

 private:
  Result<Caller> load(UnitOfWork& unit, std::string_view party, Scopes (*scopes)(std::string_view, bool), std::string_view role);
  Result<Party> new_party(std::string name, std::string full_name, std::string email, PartyKind kind);
  Task<Result<std::string>> hash_new_password(std::string password);
  Task<Result<Party>> make_account(NewUser user, std::string invite);
  Result<Party> organisation_of(UnitOfWork& unit, const Caller& caller, std::string_view name, bool to_change);
  Storage& storage_;
  AccountStore& store_;
  const Clock& wall_;
  Executor& pool_;
  SignUp sign_up_ = SignUp::invite;  // set before the first request
  struct Cached {
    Caller caller;
    std::optional<Time> expires_at;
    Time until;  // other nodes may change things: at most 5 s
  };
  // Wrong passwords in a quarter of an hour: for one name from one address, for one name from anywhere, from one address for any name (many
  // people may share it). A known device counts alone, in wrong_. New accounts of one address in an hour.
  Attempts wrong_{10, 900}, wrong_name_{100, 900}, wrong_address_{300, 900}, sign_ups_{100, 3600};
  KnownDevices devices_;
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;  // by token hash
};

}  // namespace kontor::identity
