// Who makes a request. Produced by authentication, consumed by authorize() and by use cases; a plain value, safe to copy.
#pragma once
#include <string>
#include <vector>

namespace kontor::identity {

// Roles inside an organisation, in rising order of rights.
enum class OrgRole { read, contributor, write, admin };

struct Membership {
  std::string org_party;  // "pty_..."
  std::string org_name;
  OrgRole role = OrgRole::read;
};

// Scopes a token carries (native-api section 2); a session carries all that its user has.
struct Scopes {
  bool read_repos = false, write_repos = false;
  bool market_read = false, market_buy = false, market_sell = false, inference_run = false, operate = false;
};

struct Caller {
  bool anonymous = true;
  std::string party;  // "pty_..." of the user
  std::string name;   // user name
  bool is_operator = false;
  Scopes scopes;
  std::string token_id;          // empty: a session
  std::string session_id, csrf;  // of a session: what its own pages send with writes
  std::string token_role;        // read | write | admin; "session"
  std::string token_name;
  std::vector<Membership> memberships;

  // The caller's role in `org_party`, or null.
  const Membership* membership(std::string_view org_party) const {
    for (const auto& m : memberships)
      if (m.org_party == org_party) return &m;
    return nullptr;
  }
  // May act for this party (itself, or an organisation with at least write role).
  bool acts_for(std::string_view p) const {
    if (anonymous) return false;
    if (p == party) return true;
    const Membership* m = membership(p);
    return m && m->role >= OrgRole::write;
  }
};

}  // namespace kontor::identity
