#include "identity/authorize.hpp"

#include <fmt/format.h>

namespace kontor::identity {
namespace {

bool scope_allows(const Scopes& s, Action a) {
  switch (a) {
    case Action::repository_see:
    case Action::repository_read:
      return s.read_repos;
    case Action::repository_write:
    case Action::repository_admin:
    case Action::repository_create:
      return s.write_repos;
    case Action::market_read:
      return s.market_read;
    case Action::market_buy:
      return s.market_buy;
    case Action::market_sell:
      return s.market_sell;
    case Action::inference_run:
      return s.inference_run;
    case Action::inference_deploy:
      return s.write_repos;
    case Action::organisation_admin:
      return s.write_repos;
    case Action::operate:
      return s.operate;
  }
  return false;
}

// Least role in an organisation that may do this; the owner in person always may.
OrgRole needed_role(Action a) {
  switch (a) {
    case Action::repository_see:
    case Action::repository_read:
    case Action::market_read:
    case Action::inference_run:
      return OrgRole::read;
    case Action::repository_create:
      return OrgRole::contributor;
    case Action::repository_write:
    case Action::market_buy:
    case Action::inference_deploy:
      return OrgRole::write;
    case Action::repository_admin:
    case Action::market_sell:
    case Action::organisation_admin:
    case Action::operate:
      return OrgRole::admin;
  }
  return OrgRole::admin;
}

bool is_open_read(Action a) { return a == Action::repository_see || a == Action::repository_read; }

}  // namespace

Decision authorize(const Caller& c, Action action, const Resource& r) {
  bool open = is_open_read(action) && r.visibility == Visibility::public_;
  if (action == Action::operate) {
    if (c.anonymous) return Decision::unauthenticated;
    if (!c.is_operator) return Decision::hidden;
    return c.scopes.operate ? Decision::allow : Decision::scope_missing;
  }
  if (open) return Decision::allow;
  if (c.anonymous) return Decision::unauthenticated;

  bool own = !r.owner.empty() && c.party == r.owner;
  const Membership* m = own || r.owner.empty() ? nullptr : c.membership(r.owner);
  bool may = own || (m && m->role >= needed_role(action));
  // The operator sees everything (moderation, audit), but changes only through operator actions.
  if (!may && c.is_operator && c.scopes.operate && is_open_read(action)) may = true;
  if (!may) {
    bool visible = m != nullptr || r.visibility == Visibility::public_;
    return visible ? Decision::forbidden : Decision::hidden;
  }
  return scope_allows(c.scopes, action) ? Decision::allow : Decision::scope_missing;
}

Error denied(Decision d, std::string_view what) {
  switch (d) {
    case Decision::unauthenticated:
      return {Errc::unauthenticated, "unauthenticated", "Sign in, or send a token as 'Authorization: Bearer hf_...'.", {}};
    case Decision::hidden:
      return {Errc::not_found, "not_found", fmt::format("{} was not found.", what), {}};
    case Decision::forbidden:
      return {Errc::forbidden, "forbidden", fmt::format("You are not allowed to do this with {}.", what), {}};
    case Decision::scope_missing:
      return {Errc::forbidden, "scope_missing", "This token lacks the right for it: use a token with a stronger role.", {}};
    case Decision::allow:
      break;
  }
  KT_ASSERT(false);
}

}  // namespace kontor::identity
