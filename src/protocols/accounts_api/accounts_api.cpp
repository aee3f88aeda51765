#include "protocols/accounts_api/accounts_api.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "identity/authorize.hpp"
#include "io/address_ranges.hpp"
#include "server/cookies.hpp"

namespace kontor::accounts_api {
namespace {

using server::Exchange;
using Answer = Task<Result<http::Response>>;

Task<Result<Json>> body_of(Exchange& x, std::initializer_list<std::string_view> known) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(64 * 1024));
  KT_CO_TRY(Json body, Json::parse(text.empty() ? "{}" : text));
  if (!body.is_object()) co_return fail(Errc::malformed, "malformed", "The body must be a JSON object.");
  for (auto& [k, v] : *body.object())
    if (std::find(known.begin(), known.end(), k) == known.end())
      co_return fail(Errc::invalid, "unknown_field", fmt::format("The field '{}' is not known here.", header_safe(k, 60)),
                     fmt::format("{{\"fields\":[{{\"path\":{},\"code\":\"unknown_field\"}}]}}", Json(k).dump()));
  co_return body;
}

// A text that must be there.
Result<std::string> required(const Json& body, std::string_view key) {
  const Json* v = body.find(key);
  if (v && v->string()) return *v->string();
  std::string field = fmt::format("{{\"fields\":[{{\"path\":\"{}\",\"code\":\"{}\"}}]}}", key, v && !v->is_null() ? "not_text" : "missing");
  return fail(Errc::invalid, "invalid", fmt::format("{} must be a text.", key), std::move(field));
}

http::Response nothing() {
  http::Response r;
  r.status = 204;
  return r;
}

Answer sign_up(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(Json body, co_await body_of(x, {"name", "password", "email", "full_name", "invite"}));
  identity::NewUser user;
  KT_CO_TRY(user.name, required(body, "name"));
  KT_CO_TRY(user.password, required(body, "password"));
  user.email = body.text_or("email");
  user.full_name = body.text_or("full_name");
  auto made = co_await accounts.sign_up(std::move(user), body.text_or("invite"), io::counted_as(x.address));
  if (!made) {
    Error e = std::move(made).error();
    // Forms put the refusal beside the field that caused it.
    std::string_view path = e.code == "weak_password"                                                         ? "password"
                            : e.code == "invalid_name" || e.code == "name_taken" || e.code == "name_reserved" ? "name"
                                                                                                              : "";
    if (!path.empty()) {
      e.details = fmt::format("{{\"reason\":\"{0}\",\"fields\":[{{\"path\":\"{1}\",\"code\":\"{0}\"}}]}}", e.code, path);
      if (e.kind == Errc::conflict)
        e.code = "conflict";
      else
        e.kind = Errc::invalid;
    }
    co_return Unexpected(std::move(e));
  }
  JsonWriter w;
  w.begin_object()
      .field("object", "party")
      .field("id", made->id)
      .field("kind", "person")
      .field("name", made->name)
      .field("full_name", made->full_name);
  w.field("created_at", rfc3339(made->created_at)).end_object();
  co_return http::Response::json(201, std::move(w).str());
}

Answer change_password(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(Json body, co_await body_of(x, {"old", "new"}));
  KT_CO_TRY(std::string before, required(body, "old"));
  KT_CO_TRY(std::string after, required(body, "new"));
  KT_CO_CHECK(co_await accounts.change_password(x.caller, before, after));
  co_return nothing();
}

Answer sign_in(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(Json body, co_await body_of(x, {"name", "password"}));
  KT_CO_TRY(auto in, co_await accounts.sign_in(body.text_or("name"), body.text_or("password"), server::sign_in_from(x)));
  JsonWriter w;
  w.begin_object()
      .field("object", "session")
      .field("party", in.party.id)
      .field("name", in.party.name)
      .field("csrf_token", in.csrf)
      .end_object();
  auto r = http::Response::json(201, std::move(w).str());
  server::keep_signed_in(r, x, in);
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

Answer sign_out(identity::Accounts& accounts, Exchange& x) {
  if (auto session = server::cookie_value(x.request, server::session_cookie_name); !session.empty())
    KT_CO_CHECK(co_await accounts.sign_out(std::move(session)));
  http::Response r = nothing();
  server::end_session(r, x);
  co_return r;
}

Answer list_sessions(identity::Accounts& accounts, Exchange& x) {
  std::string current = x.caller.session_id;
  KT_CO_TRY(auto list, co_await accounts.list_sessions(x.caller.party));
  JsonWriter w;
  w.begin_object().field("object", "list").key("data").begin_array();
  for (auto& s : list)
    w.begin_object()
        .field("object", "open_session")
        .field("id", s.id)
        .field("agent", s.agent)
        .field("current", s.id == current)
        .field("created_at", rfc3339(s.created_at))
        .field("expires_at", rfc3339(s.expires_at))
        .end_object();
  co_return http::Response::json(200, std::move(w.end_array().field("has_more", false).key("next_cursor").null().end_object()).str());
}

Answer end_session(identity::Accounts& accounts, Exchange& x) {
  KT_CO_CHECK(co_await accounts.end_session(x.caller.party, x.param("id")));
  co_return nothing();
}

Status require_operator(const Exchange& x) {
  auto decision = identity::authorize(x.caller, identity::Action::operate, {});
  if (decision != identity::Decision::allow) return Unexpected(identity::denied(decision, "This"));
  return {};
}

JsonWriter& write_invite(JsonWriter& w, const identity::Invite& i) {
  w.begin_object()
      .field("object", "invite")
      .field("id", i.id)
      .field("created_at", rfc3339(i.created_at))
      .field("expires_at", rfc3339(i.expires_at))
      .key("used_by");
  return i.used_by.empty() ? w.null() : w.value(i.used_by);
}

Answer make_invite(identity::Accounts& accounts, Exchange& x) {
  KT_CO_CHECK(require_operator(x));
  KT_CO_TRY(Json body, co_await body_of(x, {"expires_in_days"}));
  auto days = body.integer_at("expires_in_days").value_or(14);
  KT_CO_TRY(auto made, co_await accounts.create_invite(x.caller.party, static_cast<int>(std::clamp<std::int64_t>(days, 0, 1000))));
  JsonWriter w;
  write_invite(w, made.first).field("code", made.second).end_object();
  auto r = http::Response::json(201, std::move(w).str());
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

Answer list_invites(identity::Accounts& accounts, Exchange& x) {
  KT_CO_CHECK(require_operator(x));
  KT_CO_TRY(auto list, co_await accounts.list_invites("", 100));
  JsonWriter w;
  w.begin_object().field("object", "list").key("data").begin_array();
  for (auto& i : list) write_invite(w, i).end_object();
  co_return http::Response::json(200, std::move(w.end_array().field("has_more", false).key("next_cursor").null().end_object()).str());
}

Answer delete_invite(identity::Accounts& accounts, Exchange& x) {
  KT_CO_CHECK(require_operator(x));
  KT_CO_CHECK(co_await accounts.delete_invite(x.param("id")));
  co_return nothing();
}

void write_token(JsonWriter& w, const identity::TokenInfo& t) {
  w.begin_object()
      .field("object", "token")
      .field("id", t.id)
      .field("name", t.name)
      .field("role", t.role)
      .field("created_at", rfc3339(t.created_at));
  if (t.expires_at)
    w.field("expires_at", rfc3339(*t.expires_at));
  else
    w.key("expires_at").null();
  if (t.last_used_at)
    w.field("last_used_at", rfc3339(*t.last_used_at));
  else
    w.key("last_used_at").null();
}

Answer make_token(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(Json body, co_await body_of(x, {"name", "role", "expires_at"}));
  identity::NewToken t;
  t.user = x.caller.name;
  t.name = body.text_or("name");
  t.role = body.text_or("role", "read");
  // A token cannot make a stronger one than itself.
  bool strong = x.caller.token_id.empty() || x.caller.token_role == "admin";
  if (!strong && t.role != "read" && t.role != x.caller.token_role)
    co_return fail(Errc::forbidden, "scope_missing", "This token cannot make one with a stronger role.");
  if (auto* e = body.find("expires_at"); e && e->string()) {
    KT_CO_TRY(t.expires_at, parse_rfc3339(*e->string()));
  }
  KT_CO_TRY(auto made, co_await accounts.create_token(std::move(t)));
  JsonWriter w;
  write_token(w, made.first);
  auto r = http::Response::json(201, std::move(w.field("token", made.second).end_object()).str());
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

Answer list_tokens(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(auto list, co_await accounts.list_tokens(x.caller.party));
  JsonWriter w;
  w.begin_object().field("object", "list").key("data").begin_array();
  for (auto& t : list) {
    write_token(w, t);
    w.end_object();
  }
  co_return http::Response::json(200, std::move(w.end_array().field("has_more", false).key("next_cursor").null().end_object()).str());
}

Answer delete_token(identity::Accounts& accounts, Exchange& x) {
  KT_CO_CHECK(co_await accounts.delete_token(x.caller.party, x.param("id")));
  co_return nothing();
}

}  // namespace

std::unique_ptr<server::Surface> make_surface(identity::Accounts& a, server::ErrorMapper map) {
  auto s = std::make_unique<server::Surface>("accounts", std::move(map));
  auto options = [](server::Auth auth, std::string summary, std::string body, std::string answer) {
    return server::RouteOptions{.auth = auth,
                                .max_body = 64 * 1024,
                                .summary = std::move(summary),
                                .query = {},
                                .body = std::move(body),
                                .answer = std::move(answer)};
  };
  using server::Auth;
  s->route("POST", "/api/v1/users", options(Auth::none, "Sign up", "NewUser", "201 Party"), [&a](Exchange& x) { return sign_up(a, x); });
  s->route("POST", "/api/v1/me/password", options(Auth::required, "Change my password; ends all other sessions", "PasswordChange", "204"),
           [&a](Exchange& x) { return change_password(a, x); });
  s->route("POST", "/api/v1/sessions", options(Auth::none, "Sign in with name and password", "Credentials", "201 Session"),
           [&a](Exchange& x) { return sign_in(a, x); });
  s->route("DELETE", "/api/v1/sessions/current", options(Auth::required, "Sign out", "", "204"),
           [&a](Exchange& x) { return sign_out(a, x); });
  s->route("GET", "/api/v1/sessions", options(Auth::required, "Where I am signed in", "", "200 [OpenSession]"),
           [&a](Exchange& x) { return list_sessions(a, x); });
  s->route("DELETE", "/api/v1/sessions/{id}", options(Auth::required, "End one of my sessions", "", "204"),
           [&a](Exchange& x) { return end_session(a, x); });
  s->route("POST", "/api/v1/invites",
           options(Auth::required, "Operator: make an invitation; its code is shown once", "NewInvite?", "201 MadeInvite"),
           [&a](Exchange& x) { return make_invite(a, x); });
  s->route("GET", "/api/v1/invites", options(Auth::required, "Operator: the newest 100 invitations", "", "200 [Invite]"),
           [&a](Exchange& x) { return list_invites(a, x); });
  s->route("DELETE", "/api/v1/invites/{id}", options(Auth::required, "Operator: take an unused invitation back", "", "204"),
           [&a](Exchange& x) { return delete_invite(a, x); });
  s->route("POST", "/api/v1/tokens", options(Auth::required, "Make a token; it is shown once", "NewToken", "201 MadeToken"),
           [&a](Exchange& x) { return make_token(a, x); });
  s->route("GET", "/api/v1/tokens", options(Auth::required, "Your tokens", "", "200 [Token]"),
           [&a](Exchange& x) { return list_tokens(a, x); });
  s->route("DELETE", "/api/v1/tokens/{id}", options(Auth::required, "Revoke a token", "", "204"),
           [&a](Exchange& x) { return delete_token(a, x); });
  return s;
}

}  // namespace kontor::accounts_api
