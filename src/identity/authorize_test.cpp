// The decision table: every role against every action, on public and private things, with each token role.
#include "identity/authorize.hpp"

#include <gtest/gtest.h>

#include "identity/accounts.hpp"
#include "identity/names.hpp"

namespace kontor::identity {
namespace {

Caller signed_in(std::string party, std::string role, bool is_operator = false) {
  Caller c;
  c.anonymous = false;
  c.party = std::move(party);
  c.is_operator = is_operator;
  c.token_role = role;
  c.scopes = scopes_for(role, is_operator);
  return c;
}
Caller member(OrgRole role) {
  Caller c = signed_in("pty_member", "write");
  c.memberships.push_back({"pty_org", "org", role});
  return c;
}

}  // namespace

TEST(Authorize, Table) {
  const auto pub = Visibility::public_, priv = Visibility::private_;
  using A = Action;
  using D = Decision;
  struct Row {
    const char* what;
    Caller caller;
    Action action;
    Resource resource;
    Decision want;
  };
  Caller nobody, owner = signed_in("pty_org", "write"), stranger = signed_in("pty_x", "write"), reader = signed_in("pty_org", "read"),
                 op = signed_in("pty_op", "admin", true), op_weak = signed_in("pty_op", "write", true),
                 fake_admin = signed_in("pty_x", "admin", false);
  const Row rows[] = {
      {"anybody sees public", nobody, A::repository_see, {"pty_org", pub}, D::allow},
      {"anybody reads public", nobody, A::repository_read, {"pty_org", pub}, D::allow},
      {"nobody sees private", nobody, A::repository_see, {"pty_org", priv}, D::unauthenticated},
      {"nobody writes", nobody, A::repository_write, {"pty_org", pub}, D::unauthenticated},
      {"stranger sees public", stranger, A::repository_see, {"pty_org", pub}, D::allow},
      {"private is hidden from strangers", stranger, A::repository_see, {"pty_org", priv}, D::hidden},
      {"stranger may not write public", stranger, A::repository_write, {"pty_org", pub}, D::forbidden},
      {"stranger may not write private", stranger, A::repository_write, {"pty_org", priv}, D::hidden},
      {"owner writes", owner, A::repository_write, {"pty_org", priv}, D::allow},
      {"owner administers", owner, A::repository_admin, {"pty_org", priv}, D::allow},
      {"owner's read token cannot write", reader, A::repository_write, {"pty_org", priv}, D::scope_missing},
      {"owner's read token reads private", reader, A::repository_read, {"pty_org", priv}, D::allow},
      {"owner's read token cannot buy", reader, A::market_buy, {"pty_org", priv}, D::scope_missing},
      {"owner's read token may call", reader, A::inference_run, {"pty_org", priv}, D::allow},
      {"read member sees", member(OrgRole::read), A::repository_read, {"pty_org", priv}, D::allow},
      {"read member cannot write", member(OrgRole::read), A::repository_write, {"pty_org", priv}, D::forbidden},
      {"contributor creates", member(OrgRole::contributor), A::repository_create, {"pty_org", pub}, D::allow},
      {"contributor cannot write all", member(OrgRole::contributor), A::repository_write, {"pty_org", priv}, D::forbidden},
      {"writer writes", member(OrgRole::write), A::repository_write, {"pty_org", priv}, D::allow},
      {"writer buys", member(OrgRole::write), A::market_buy, {"pty_org", priv}, D::allow},
      {"writer does not sell", member(OrgRole::write), A::market_sell, {"pty_org", priv}, D::forbidden},
      {"writer does not administer", member(OrgRole::write), A::repository_admin, {"pty_org", priv}, D::forbidden},
      {"admin sells", member(OrgRole::admin), A::market_sell, {"pty_org", priv}, D::allow},
      {"admin administers", member(OrgRole::admin), A::repository_admin, {"pty_org", priv}, D::allow},
      {"members of one are strangers to another", member(OrgRole::admin), A::repository_see, {"pty_other", priv}, D::hidden},
      {"operator operates", op, A::operate, {}, D::allow},
      {"operator's write token does not", op_weak, A::operate, {}, D::scope_missing},
      {"an admin token makes no operator", fake_admin, A::operate, {}, D::hidden},
      {"nobody operates", nobody, A::operate, {}, D::unauthenticated},
      {"operator looks into private", op, A::repository_see, {"pty_org", priv}, D::allow},
      {"operator does not write for others", op, A::repository_write, {"pty_org", priv}, D::hidden},
      {"operator does not spend others' money", op, A::market_buy, {"pty_org", priv}, D::hidden},
      {"no owner, no right", owner, A::market_sell, {"", priv}, D::hidden},
  };
  for (const Row& r : rows) EXPECT_EQ(static_cast<int>(authorize(r.caller, r.action, r.resource)), static_cast<int>(r.want)) << r.what;
}

TEST(Names, AcceptWhatClientsUseAndRefuseTheRest) {
  for (const char* good : {"alice", "__DUMMY_HUB_USER__", "hub.js", "a", "A-b_c.9"}) EXPECT_TRUE(check_namespace_name(good)) << good;
  for (const char* bad :
       {"", "-a", "a-", ".a", "a.", "a--b", "a..b", "a/b", "a b", "日本", "x.git", "x.ipynb", "API", "datasets", "login", "v1"})
    EXPECT_FALSE(check_namespace_name(bad)) << bad;
  EXPECT_FALSE(check_name(std::string(97, 'a'), "repository"));
}

}  // namespace kontor::identity
