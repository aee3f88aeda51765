#include "repository/access_control.hpp"

#include <fmt/format.h>

namespace kontor::repository {
namespace {

constexpr std::int64_t cache_ms = 5000;
constexpr std::size_t cache_entries = 20'000;

identity::Action action_for(Need need) {
  switch (need) {
    case Need::see:
      return identity::Action::repository_see;
    case Need::read:
      return identity::Action::repository_read;
    case Need::write:
      return identity::Action::repository_write;
    case Need::admin:
      return identity::Action::repository_admin;
  }
  return identity::Action::repository_admin;
}

Unexpected missing(const identity::Caller& caller) {
  if (caller.anonymous) return fail(Errc::unauthenticated, "repo_not_found", "Invalid username or password.");
  return fail(Errc::not_found, "repo_not_found", "Repository not found");
}

}  // namespace

bool inside(const identity::Caller& caller, const Repository& r) { return caller.acts_for(r.owner) || caller.membership(r.owner); }

// Members of the namespace are inside. While it is for sale, the sale is the gate: a licence needs no request, and a request that was
// accepted gives no licence. Afterwards whoever still holds a licence keeps what he bought, and all others ask.
Result<bool> AccessControl::gate_open(UnitOfWork& unit, const identity::Caller& caller, const Repository& r) {
  if (r.gated.empty() || inside(caller, r)) return true;
  KT_TRY(bool sold, policy_.for_sale(unit, r.id));
  if (sold) return true;
  if (caller.anonymous) return false;
  KT_TRY(bool granted, grants_.granted(unit, r.id, caller.party));
  if (granted) return true;
  return policy_.licensed(unit, caller, r);
}

Result<Repository> AccessControl::decide(UnitOfWork& unit, const identity::Caller& caller, std::optional<Repository> found, Need need,
                                         const std::string& path, bool deliver_here, bool* must_write, std::string_view asked) {
  if (!found) return missing(caller);
  identity::Resource resource{found->owner, found->visibility};
  auto decision = identity::authorize(caller, action_for(need), resource);
  if (decision != identity::Decision::allow) {
    // Who may not even see it must not learn that it is there.
    if (identity::authorize(caller, identity::Action::repository_see, resource) != identity::Decision::allow &&
        decision != identity::Decision::scope_missing)
      return missing(caller);
    if (decision == identity::Decision::unauthenticated)
      return fail(Errc::unauthenticated, "unauthenticated", "Sign in, or send a token, to change a repository.");
    return Unexpected(identity::denied(decision, fmt::format("{} {}", kind_name(found->kind), asked)));
  }
  if (need == Need::read) {
    KT_TRY(bool open, gate_open(unit, caller, *found));
    if (!open) {
      std::string text = fmt::format("Access to {} {} is restricted and you are not in the authorized list. Visit {}{} to ask for access.",
                                     kind_name(found->kind), found->full_name(), public_url_, found->page());
      return fail(caller.anonymous ? Errc::unauthenticated : Errc::forbidden, "gated", std::move(text));
    }
    KT_CHECK(policy_.may_read(unit, caller, *found, path, deliver_here));
    if (must_write && !deliver_here) {
      KT_TRY(*must_write, policy_.touch_needed(unit, caller, *found));
    }
  }
  return *found;
}

Task<Result<Repository>> AccessControl::open(identity::Caller caller, Kind kind, std::string ns, std::string name, Need need,
                                             std::string path, bool delivers) {
  bool must_write = false;
  std::string asked = ns + "/" + name;
  auto look = [&](UnitOfWork& u) -> Result<Repository> {
    KT_TRY(auto found, directory_.find(u, kind, ns, name));
    return decide(u, caller, std::move(found), need, path, false, delivers ? &must_write : nullptr, asked);
  };
  auto seen = co_await storage_.look_up(look);
  if (!seen || !must_write) co_return seen;
  auto touch = [&](UnitOfWork& u) -> Result<Repository> {
    KT_TRY(auto found, directory_.find(u, kind, ns, name));
    return decide(u, caller, std::move(found), need, path, true, nullptr, asked);
  };
  co_return co_await storage_.write(touch);
}

Task<Result<Repository>> AccessControl::recheck(std::string party, std::string repository_id, Need need, bool delivers) {
  std::string key = fmt::format("{}|{}|{}|{}", party, repository_id, static_cast<int>(need), delivers);
  std::uint64_t generation = generation_.load();
  Time now = wall_.now();
  {
    std::lock_guard lock(mutex_);
    if (auto it = cache_.find(key); it != cache_.end() && it->second.generation == generation && it->second.until > now)
      co_return it->second.repository;
  }
  bool must_write = false;
  auto run = [&](UnitOfWork& u, bool touch) -> Result<Repository> {
    identity::Caller caller;
    if (!party.empty()) {
      KT_TRY(caller, accounts_.caller_for(u, party));
    }
    KT_TRY(auto found, directory_.find_by_id(u, repository_id));
    return decide(u, caller, std::move(found), need, {}, touch, delivers && !touch ? &must_write : nullptr, "this repository");
  };
  auto look = [&](UnitOfWork& u) { return run(u, false); };
  auto result = co_await storage_.look_up(look);
  if (result && must_write) {
    auto touch = [&](UnitOfWork& u) { return run(u, true); };
    result = co_await storage_.write(touch);
  }
  if (result) {
    std::lock_guard lock(mutex_);
    if (cache_.size() >= cache_entries) cache_.clear();
    cache_[key] = {*result, now.plus_ms(cache_ms), generation};
  }
  co_return result;
}

}  // namespace kontor::repository
