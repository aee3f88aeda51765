// Organisations and who is in them. One role a member: read, contributor, write or admin.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "identity/accounts.hpp"
#include "identity/authorize.hpp"

namespace kontor::identity {
namespace {

bool last_admin(const std::vector<std::pair<Party, OrgRole>>& members, std::string_view user) {
  bool is_admin = false, another = false;
  for (const auto& [party, role] : members) {
    if (role != OrgRole::admin) continue;
    (party.id == user ? is_admin : another) = true;
  }
  return is_admin && !another;
}

Unexpected admin_stays() {
  return fail(Errc::conflict, "invalid_state", "An organisation keeps at least one admin: make somebody else an admin first.",
              "{\"reason\":\"last_admin\"}");
}

std::string role_details(std::string_view user, std::string_view role) {
  JsonWriter w;
  w.begin_object().field("member", user).field("role", role).end_object();
  return std::move(w).str();
}

}  // namespace

Result<Party> Accounts::found_organisation(UnitOfWork& u, const Caller& c, const NewOrganisation& org) {
  if (!c.scopes.write_repos) return Unexpected(denied(Decision::scope_missing, "Organisations"));
  KT_TRY(Party p, new_party(org.name, "", "", PartyKind::organisation));
  KT_CHECK(apply_change(
      p, {.full_name = org.full_name, .email = {}, .default_currency = {}, .billing_tz = {}, .default_private = org.default_private}));
  KT_CHECK(store_.insert_party(u, p));
  KT_CHECK(store_.set_membership(u, p.id, c.party, OrgRole::admin));
  KT_CHECK(store_.append_audit(u, p.created_at, c.party, "organisation.create", p.id, role_details(c.party, "admin")));
  return p;
}

Result<Party> Accounts::see_organisation(UnitOfWork& u, std::string_view name) {
  KT_TRY(Party p, see_party(u, name));
  if (p.kind != PartyKind::organisation) return fail(Errc::not_found, "not_found", "The organisation was not found.");
  return p;
}

Result<Party> Accounts::organisation_of(UnitOfWork& u, const Caller& c, std::string_view name, bool to_change) {
  KT_TRY(Party p, see_organisation(u, name));
  auto decision = authorize(c, to_change ? Action::organisation_admin : Action::market_read, {p.id, Visibility::private_});
  if (decision != Decision::allow) {
    bool by_operator = !to_change && authorize(c, Action::operate, {}) == Decision::allow;
    if (!by_operator) return Unexpected(denied(decision, "The organisation"));
  }
  return p;
}

Result<Party> Accounts::change_organisation(UnitOfWork& u, const Caller& c, std::string_view name, const PartyChange& change) {
  KT_TRY(Party p, organisation_of(u, c, name, true));
  KT_CHECK(apply_change(p, change));
  KT_CHECK(store_.update_party(u, p));
  KT_CHECK(store_.append_audit(u, wall_.now(), c.party, "organisation.change", p.id, "{}"));
  return p;
}

Result<std::vector<std::pair<Party, OrgRole>>> Accounts::members(UnitOfWork& u, const Caller& c, std::string_view org) {
  KT_TRY(Party p, organisation_of(u, c, org, false));
  return store_.members(u, p.id);
}

Result<std::pair<Party, OrgRole>> Accounts::put_member(UnitOfWork& u, const Caller& c, std::string_view org, std::string_view user,
                                                       OrgRole role) {
  KT_TRY(Party p, organisation_of(u, c, org, true));
  KT_TRY(auto person, store_.find_party_by_name(u, user));
  if (!person || person->kind != PartyKind::person) return fail(Errc::not_found, "not_found", "There is no such user.");
  KT_TRY(auto all, store_.members(u, p.id));
  if (role != OrgRole::admin && last_admin(all, person->id)) return admin_stays();
  KT_CHECK(store_.set_membership(u, p.id, person->id, role));
  KT_CHECK(store_.append_audit(u, wall_.now(), c.party, "organisation.role", p.id, role_details(person->id, org_role_name(role))));
  return std::pair(std::move(*person), role);
}

Status Accounts::drop_member(UnitOfWork& u, const Caller& c, std::string_view org, std::string_view user) {
  KT_TRY(Party p, see_organisation(u, org));
  KT_TRY(auto person, store_.find_party_by_name(u, user));
  // Everybody may leave; others are sent away by an admin.
  bool leaves = person && person->id == c.party && c.membership(p.id) && c.scopes.write_repos;
  if (!leaves) {
    KT_TRY(p, organisation_of(u, c, org, true));
  }
  KT_TRY(auto all, store_.members(u, p.id));
  bool is_member = person && std::any_of(all.begin(), all.end(), [&](auto& m) { return m.first.id == person->id; });
  if (!is_member) return fail(Errc::not_found, "not_found", "There is no such member.");
  if (last_admin(all, person->id)) return admin_stays();
  KT_CHECK(store_.set_membership(u, p.id, person->id, std::nullopt));
  return store_.append_audit(u, wall_.now(), c.party, "organisation.leave", p.id, role_details(person->id, "none"));
}

}  // namespace kontor::identity
