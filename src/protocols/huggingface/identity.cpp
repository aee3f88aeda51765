// Who am I (US-1), overviews (US-2, US-3), and the small calls clients make by themselves (MI-1, MI-2).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

Answer whoami(Services& v, Exchange& x) {
  if (x.caller.anonymous) co_return fail(Errc::unauthenticated, "unauthenticated", "Invalid username or password.");
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(auto me, v.account_store.find_party(u, x.caller.party));
    if (!me) return fail(Errc::unauthenticated, "unauthenticated", "Invalid username or password.");
    JsonWriter w;
    w.begin_object().field("type", "user").field("id", me->object_id).field("name", me->name).field("fullname", me->full_name);
    if (!me->email.empty()) w.field("email", me->email).field("emailVerified", true);
    w.field("canPay", true).field("isPro", false).key("periodEnd").null().field("avatarUrl", x.public_url + "/api/avatars/" + me->name);
    w.key("orgs").begin_array();
    for (const auto& m : x.caller.memberships) {
      KT_TRY(auto org, v.account_store.find_party(u, m.org_party));
      if (!org) continue;
      w.begin_object()
          .field("type", "org")
          .field("id", org->object_id)
          .field("name", org->name)
          .field("fullname", org->full_name)
          .key("email")
          .null()
          .field("canPay", false)
          .key("periodEnd")
          .null();
      w.field("avatarUrl", x.public_url + "/api/avatars/" + org->name)
          .field("roleInOrg", identity::org_role_name(m.role))
          .field("isEnterprise", org->default_private)
          .end_object();
    }
    w.end_array();
    w.key("auth").begin_object().field("type", "access_token");
    if (!x.caller.token_id.empty())
      w.key("accessToken")
          .begin_object()
          .field("displayName", x.caller.token_name)
          .field("role", x.caller.token_role == "admin" ? std::string("write") : x.caller.token_role)
          .field("createdAt", rfc3339(me->created_at))
          .end_object();
    w.end_object().end_object();
    return std::move(w).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.look_up(look));
  co_return http::Response::json(200, std::move(json));
}

Answer overview(Services& v, Exchange& x, bool organisation) {
  std::string name = x.param("name");
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(auto p, v.account_store.find_party_by_name(u, name));
    if (!p || p->kind != (organisation ? identity::PartyKind::organisation : identity::PartyKind::person))
      return fail(Errc::not_found, "not_found", fmt::format("This {} does not exist", organisation ? "organization" : "user"));
    JsonWriter w;
    w.begin_object()
        .field("_id", p->object_id)
        .field(organisation ? "name" : "user", p->name)
        .field("fullname", p->full_name)
        .field("avatarUrl", x.public_url + "/api/avatars/" + p->name);
    w.field("type", organisation ? "org" : "user");
    repository::ListQuery q;
    q.owner = p->id;
    q.limit = 10'000;
    for (auto [kind, key] : {std::pair{Kind::model, "numModels"}, {Kind::dataset, "numDatasets"}, {Kind::space, "numSpaces"}}) {
      q.kind = kind;
      KT_TRY(auto rows, v.store.list(u, q));
      w.field(key, static_cast<std::int64_t>(rows.size()));
    }
    w.field("numFollowers", 0);
    if (organisation) {
      KT_TRY(auto members, v.account_store.members(u, p->id));
      w.field("numUsers", static_cast<std::int64_t>(members.size())).field("isVerified", false);
    } else {
      KT_TRY(std::int64_t likes, v.likes.count_public(u, p->id));
      w.field("isPro", false)
          .field("numDiscussions", 0)
          .field("numPapers", 0)
          .field("numUpvotes", 0)
          .field("numLikes", likes)
          .field("numFollowing", 0);
      KT_TRY(auto orgs, v.account_store.memberships(u, p->id));
      w.key("orgs").begin_array();
      for (const auto& m : orgs)
        w.begin_object()
            .field("name", m.org_name)
            .field("fullname", m.org_name)
            .field("avatarUrl", x.public_url + "/api/avatars/" + m.org_name)
            .end_object();
      w.end_array();
    }
    return std::move(w.end_object()).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(look));
  co_return http::Response::json(200, std::move(json));
}

Answer members(Services& v, Exchange& x) {
  std::string name = x.param("name");
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(auto p, v.account_store.find_party_by_name(u, name));
    if (!p || p->kind != identity::PartyKind::organisation) return fail(Errc::not_found, "not_found", "This organization does not exist");
    KT_TRY(auto list, v.account_store.members(u, p->id));
    JsonWriter w;
    w.begin_array();
    for (const auto& [m, role] : list)
      w.begin_object()
          .field("user", m.name)
          .field("fullname", m.full_name)
          .field("avatarUrl", x.public_url + "/api/avatars/" + m.name)
          .field("type", "user")
          .field("isPro", false)
          .end_object();
    return std::move(w.end_array()).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(look));
  co_return http::Response::json(200, std::move(json));
}

Answer constant(int status, std::string json) { co_return http::Response::json(status, std::move(json)); }

}  // namespace

void register_identity(Surface& s, Services& v) {
  s.route("GET", "/api/whoami-v2", {.summary = "The caller"}, [&v](Exchange& x) { return whoami(v, x); });
  s.route("GET", "/api/users/{name}/overview", {}, [&v](Exchange& x) { return overview(v, x, false); });
  s.route("GET", "/api/organizations/{name}/overview", {}, [&v](Exchange& x) { return overview(v, x, true); });
  s.route("GET", "/api/organizations/{name}/members", {}, [&v](Exchange& x) { return members(v, x); });
  s.route("GET", "/api/agent-harnesses", {.auth = server::Auth::none},
          [](Exchange&) { return constant(200, "{\"standardEnvVars\":[],\"harnesses\":{}}"); });
  s.route("HEAD", "/api/telemetry/{topic*}", {.auth = server::Auth::none}, [](Exchange&) { return constant(200, "{}"); });
}

}  // namespace kontor::huggingface
