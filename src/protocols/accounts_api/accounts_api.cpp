#include "protocols/accounts_api/accounts_api.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"

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
      co_return fail(Errc::invalid, "unknown_field", fmt::format("The field '{}' is not known here.", header_safe(k, 60)), fmt::format("{{\"fields\":[{{\"path\":{},\"code\":\"unknown_field\"}}]}}", Json(k).dump()));
  co_return body;
}

std::string cookie(const Exchange& x, std::string_view value, int seconds) {
  return fmt::format("kontor_session={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", value, seconds, x.public_url.starts_with("https:") ? "; Secure" : "");
}

Answer sign_in(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(Json body, co_await body_of(x, {"name", "password"}));
  KT_CO_TRY(auto in, co_await accounts.sign_in(body.text_or("name"), body.text_or("password")));
  JsonWriter w;
  w.begin_object().field("object", "session").field("party", in.party.id).field("name", in.party.name).field("csrf_token", in.csrf).end_object();
  auto r = http::Response::json(201, std::move(w).str());
  r.headers.add("Set-Cookie", cookie(x, in.cookie, 14 * 24 * 3600));
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

Answer sign_out(identity::Accounts& accounts, Exchange& x) {
  for (auto part : split(x.request.header("Cookie"), ';')) {
    part = trim(part);
    if (part.starts_with("kontor_session=")) KT_CO_CHECK(co_await accounts.sign_out(std::string(part.substr(15))));
  }
  http::Response r;
  r.status = 204;
  r.headers.add("Set-Cookie", cookie(x, "", 0));
  co_return r;
}

void write_token(JsonWriter& w, const identity::TokenInfo& t) {
  w.begin_object().field("object", "token").field("id", t.id).field("name", t.name).field("role", t.role).field("created_at", rfc3339(t.created_at));
  if (t.expires_at) w.field("expires_at", rfc3339(*t.expires_at));
  else w.key("expires_at").null();
}

Answer make_token(identity::Accounts& accounts, Exchange& x) {
  KT_CO_TRY(Json body, co_await body_of(x, {"name", "role", "expires_at"}));
  identity::NewToken t;
  t.user = x.caller.name;
  t.name = body.text_or("name");
  t.role = body.text_or("role", "read");
  // A token cannot make a stronger one than itself.
  bool strong = x.caller.token_id.empty() || x.caller.token_role == "admin";
  if (!strong && t.role != "read" && t.role != x.caller.token_role) co_return fail(Errc::forbidden, "scope_missing", "This token cannot make one with a stronger role.");
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
  http::Response r;
  r.status = 204;
  co_return r;
}

}  // namespace

std::unique_ptr<server::Surface> make_surface(identity::Accounts& a, server::ErrorMapper map) {
  auto s = std::make_unique<server::Surface>("accounts", std::move(map));
  auto options = [](server::Auth auth, std::string summary) { return server::RouteOptions{.auth = auth, .max_body = 64 * 1024, .summary = std::move(summary)}; };
  using server::Auth;
  s->route("POST", "/api/v1/sessions", options(Auth::none, "Sign in with name and password"), [&a](Exchange& x) { return sign_in(a, x); });
  s->route("DELETE", "/api/v1/sessions/current", options(Auth::required, "Sign out"), [&a](Exchange& x) { return sign_out(a, x); });
  s->route("POST", "/api/v1/tokens", options(Auth::required, "Make a token; it is shown once"), [&a](Exchange& x) { return make_token(a, x); });
  s->route("GET", "/api/v1/tokens", options(Auth::required, "Your tokens"), [&a](Exchange& x) { return list_tokens(a, x); });
  s->route("DELETE", "/api/v1/tokens/{id}", options(Auth::required, "Revoke a token"), [&a](Exchange& x) { return delete_token(a, x); });
  return s;
}

}  // namespace kontor::accounts_api
