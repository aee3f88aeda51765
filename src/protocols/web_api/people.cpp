// Parties and organisations on the wire (native-api.md sections 4 and 11a). What holds secrets (users, passwords, sessions, tokens,
// invitations) is in protocols/accounts_api: its answers are never stored for a repeat.
#include "base/json_text.hpp"
#include "market/rules.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

using market::Answer;

namespace {
constexpr server::Auth required = server::Auth::required, optional_auth = server::Auth::optional;

std::string party_json(const identity::Party& p, bool whole) {
  static constexpr std::string_view kinds[] = {"person", "organisation", "platform"};
  JsonWriter w;
  w.begin_object()
      .field("object", "party")
      .field("id", p.id)
      .field("kind", kinds[static_cast<int>(p.kind)])
      .field("name", p.name)
      .field("full_name", p.full_name);
  if (whole) w.field("email", p.email).field("kyc_level", p.kyc_level).field("is_operator", p.is_operator);
  w.field("created_at", rfc3339(p.created_at)).end_object();
  return std::move(w).str();
}

std::string organisation_json(const identity::Party& p, const identity::Caller& c, bool founder = false) {
  JsonWriter w;
  w.begin_object().field("object", "organisation").field("id", p.id).field("name", p.name).field("full_name", p.full_name);
  w.field("default_visibility", p.default_private ? "private" : "public")
      .field("default_currency", p.default_currency)
      .field("billing_tz", p.billing_tz)
      .key("my_role");
  const auto* m = c.anonymous ? nullptr : c.membership(p.id);
  if (founder)
    w.value("admin");
  else if (m)
    w.value(identity::org_role_name(m->role));
  else
    w.null();
  w.field("created_at", rfc3339(p.created_at)).end_object();
  return std::move(w).str();
}

std::string member_json(const identity::Party& p, identity::OrgRole role) {
  JsonWriter w;
  w.begin_object()
      .field("object", "member")
      .field("id", p.id)
      .field("name", p.name)
      .field("full_name", p.full_name)
      .key("roles")
      .begin_array()
      .value(identity::org_role_name(role));
  w.end_array().end_object();
  return std::move(w).str();
}

std::optional<bool> private_by_default(Body& b) {
  auto text = b.optional_text("default_visibility");
  if (!text) return std::nullopt;
  if (*text != "public" && *text != "private") b.complain("default_visibility", "unknown", "default_visibility is public or private.");
  return *text == "private";
}

Result<identity::OrgRole> role_of(Body& b) {
  auto roles = b.texts("roles");
  std::optional<identity::OrgRole> role;
  if (roles && roles->size() == 1) role = identity::parse_org_role(roles->front());
  if (!role) b.complain("roles", "not_one_role", "roles holds one of read, contributor, write, admin.");
  KT_CHECK(b.finish());
  return *role;
}

// Refusals in the shape that forms expect: the name's faults beside the name.
Unexpected named(Error e) {
  if (e.code == "name_taken" || e.code == "name_reserved" || e.code == "invalid_name") {
    JsonWriter w;
    w.begin_object()
        .field("reason", e.code)
        .key("fields")
        .begin_array()
        .begin_object()
        .field("path", "name")
        .field("code", e.code)
        .end_object()
        .end_array()
        .end_object();
    e.details = std::move(w).str();
    if (e.kind == Errc::conflict)
      e.code = "conflict";
    else
      e.kind = Errc::invalid;
  }
  return Unexpected(std::move(e));
}
}  // namespace

Task<Result<http::Response>> MarketApi::write_people(Exchange& x, Work work) {
  auto done = co_await write(x, false, std::move(work));
  s_.accounts->forget_cached();
  co_return done;
}

void MarketApi::add_people_routes(server::Surface& surface) {
  surface.route("PATCH", "/api/v1/me",
                {.auth = required, .summary = "Change my name, address, currency or time zone", .body = "MeChange", .answer = "200 Party"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write_people(x, [this, c](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    identity::PartyChange change;
                    change.full_name = b.optional_text("full_name");
                    change.email = b.optional_text("email");
                    change.default_currency = b.optional_text("default_currency");
                    change.billing_tz = b.optional_text("billing_tz");
                    KT_CHECK(b.finish());
                    KT_TRY(auto p, s_.accounts->change_party(u, c, change));
                    return Answer{200, party_json(p, true), false};
                  });
                });
  surface.route("GET", "/api/v1/parties",
                {.auth = required,
                 .summary = "Operator: people and organisations by name or address",
                 .query = "q limit cursor",
                 .answer = "200 [Party]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_CHECK(s_.market.require_operator(c));
                    KT_TRY(Paging p, paging(q));
                    KT_TRY(auto list, s_.accounts->find_parties(u, q.get("q").value_or(""), p.before, p.limit + 1));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (auto& party : list) rows.emplace_back(party.id, party_json(party, true));
                    return page(*ex, p, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/parties/{id}", {.auth = optional_auth, .summary = "A party by id or name", .answer = "200 Party"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, id = x.param("id")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto party, s_.accounts->see_party(u, id));
                    return Response::json(200, party_json(party, c.party == party.id || (c.is_operator && c.scopes.operate)));
                  });
                });

  surface.route("POST", "/api/v1/organisations",
                {.auth = required, .summary = "Found an organisation", .body = "NewOrganisation", .answer = "201 Organisation"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write_people(x, [this, c](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    identity::NewOrganisation org;
                    org.name = b.required_text("name");
                    org.full_name = b.text("full_name");
                    org.default_private = private_by_default(b).value_or(false);
                    KT_CHECK(b.finish());
                    auto p = s_.accounts->found_organisation(u, c, org);
                    if (!p) return named(std::move(p).error());
                    return Answer{201, organisation_json(*p, c, true), false};
                  });
                });
  surface.route("GET", "/api/v1/organisations/{name}", {.auth = optional_auth, .summary = "An organisation", .answer = "200 Organisation"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, name = x.param("name")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto p, s_.accounts->see_organisation(u, name));
                    return Response::json(200, organisation_json(p, c));
                  });
                });
  surface.route("PATCH", "/api/v1/organisations/{name}",
                {.auth = required, .summary = "Change an organisation", .body = "OrganisationChange", .answer = "200 Organisation"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write_people(x, [this, c, name = x.param("name")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                    Body b(json);
                    identity::PartyChange change;
                    change.full_name = b.optional_text("full_name");
                    change.default_private = private_by_default(b);
                    change.default_currency = b.optional_text("default_currency");
                    change.billing_tz = b.optional_text("billing_tz");
                    KT_CHECK(b.finish());
                    KT_TRY(auto p, s_.accounts->change_organisation(u, c, name, change));
                    return Answer{200, organisation_json(p, c), false};
                  });
                });
  surface.route("GET", "/api/v1/organisations/{name}/members",
                {.auth = required, .summary = "Who is in an organisation", .answer = "200 [Member]"}, [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  return read([this, ex, c, name = x.param("name")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto list, s_.accounts->members(u, c, name));
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (auto& [p, role] : list) rows.emplace_back(p.id, member_json(p, role));
                    return page(*ex, Paging{static_cast<int>(rows.size()), ""}, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/organisations/{name}/members/{user}", {.auth = required, .summary = "One member", .answer = "200 Member"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return read([this, c, name = x.param("name"), user = x.param("user")](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(auto list, s_.accounts->members(u, c, name));
                    for (auto& [p, role] : list)
                      if (iequals(p.name, user)) return Response::json(200, member_json(p, role));
                    return market::not_found("The member");
                  });
                });
  surface.route("PUT", "/api/v1/organisations/{name}/members/{user}",
                {.auth = required, .summary = "Add a member or change a role", .body = "MemberRoles", .answer = "200 Member"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  return write_people(
                      x, [this, c, name = x.param("name"), user = x.param("user")](UnitOfWork& u, const Json& json) -> Result<Answer> {
                        Body b(json);
                        KT_TRY(auto role, role_of(b));
                        KT_TRY(auto m, s_.accounts->put_member(u, c, name, user, role));
                        return Answer{200, member_json(m.first, m.second), false};
                      });
                });
  surface.route("DELETE", "/api/v1/organisations/{name}/members/{user}",
                {.auth = required, .summary = "Take a member out, or leave", .answer = "204"}, [this](Exchange& x) {
                  auto c = x.caller;
                  return write_people(
                      x, [this, c, name = x.param("name"), user = x.param("user")](UnitOfWork& u, const Json&) -> Result<Answer> {
                        KT_CHECK(s_.accounts->drop_member(u, c, name, user));
                        return Answer{204, "", false};
                      });
                });
}

}  // namespace kontor::web_api
