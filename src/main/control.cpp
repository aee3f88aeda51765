#include "main/control.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "codec/json.hpp"

namespace kontor::app {
namespace {

using server::Exchange;
using Answer = Task<Result<http::Response>>;

Task<Result<Json>> body_of(Exchange& x) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(1 << 20));
  co_return Json::parse(text);
}

Answer add_user(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  identity::NewUser user{b.text_or("name"), b.text_or("full_name"), b.text_or("email"), b.bool_or("admin", false), std::nullopt};
  if (b.find("password")) user.password = b.text_or("password");
  KT_CO_TRY(auto party, co_await v.accounts.create_user(std::move(user)));
  co_return http::Response::json(201, JsonWriter().begin_object().field("id", party.id).field("name", party.name).end_object().text());
}

Answer add_org(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  identity::NewOrganisation org;
  org.name = b.text_or("name");
  org.full_name = b.text_or("full_name");
  org.default_private = b.text_or("default_visibility") == "private";
  if (auto* members = b.find("members"); members && members->array())
    for (auto& m : *members->array()) {
      auto role = identity::parse_org_role(m.text_or("role"));
      if (!role) co_return fail(Errc::invalid, "invalid_role", "A role is read, contributor, write or admin.");
      org.members.emplace_back(m.text_or("user"), *role);
    }
  KT_CO_TRY(auto party, co_await v.accounts.create_organisation(std::move(org)));
  co_return http::Response::json(201, JsonWriter().begin_object().field("id", party.id).field("name", party.name).end_object().text());
}

Answer add_token(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  identity::NewToken t{b.text_or("user"), b.text_or("role", "read"), b.text_or("name"), std::nullopt, std::nullopt};
  if (b.find("value")) t.value = b.text_or("value");
  KT_CO_TRY(auto made, co_await v.accounts.create_token(std::move(t)));
  co_return http::Response::json(201,
                                 JsonWriter().begin_object().field("id", made.first.id).field("token", made.second).end_object().text());
}

Answer add_invite(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  KT_CO_TRY(auto made, co_await v.accounts.create_invite("", static_cast<int>(b.integer_at("days").value_or(14))));
  co_return http::Response::json(201, JsonWriter()
                                          .begin_object()
                                          .field("id", made.first.id)
                                          .field("code", made.second)
                                          .field("expires_at", rfc3339(made.first.expires_at))
                                          .end_object()
                                          .text());
}

Answer top_up(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  if (!v.top_up) co_return fail(Errc::unavailable, "not_supported", "This build has no market.");
  KT_CO_TRY(std::string json, co_await v.top_up(b.text_or("user"), b.text_or("amount"), b.text_or("currency"), b.text_or("reference")));
  co_return http::Response::json(201, std::move(json));
}

Answer verify(ControlServices& v) {
  auto* services = &v;
  auto work = [services]() -> Result<std::string> {
    JsonWriter w;
    w.begin_object().key("faults").begin_array();
    std::uint64_t checked = 0;
    auto add = [&](std::string_view item, std::string_view where, std::string_view problem) {
      w.begin_object().field("item", item).field("where", where).field("problem", problem).end_object();
    };
    KT_TRY(auto contents, services->content.verify_all([&](const content::Fault& f) { add(f.object, f.repository, f.problem); }));
    KT_TRY(auto objects, services->repositories.verify_all(add));
    checked = contents + objects;
    for (auto& check : services->more_checks) {
      KT_TRY(auto n, check([&](std::string item, std::string where, std::string problem) { add(item, where, problem); }));
      checked += n;
    }
    return std::move(w.end_array().field("checked", checked).end_object()).str();
  };
  KT_CO_TRY(std::string json, co_await run_on(v.pool, work));
  co_return http::Response::json(200, std::move(json));
}

Answer collect(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  KT_CO_TRY(std::string json, co_await v.collect(b.integer_at("grace_seconds").value_or(0), b.bool_or("dry_run", false)));
  co_return http::Response::json(200, std::move(json));
}

Answer backup(ControlServices& v, Exchange& x) {
  KT_CO_TRY(Json b, co_await body_of(x));
  std::string target = b.text_or("target");
  if (!target.starts_with('/')) co_return fail(Errc::invalid, "invalid", "The backup's folder must be an absolute path.");
  KT_CO_TRY(std::string json, co_await v.backup(std::move(target), b.bool_or("link", true)));
  co_return http::Response::json(200, std::move(json));
}

http::Response error(const Error& e, const Exchange&) {
  int status = e.kind == Errc::unavailable || e.kind == Errc::internal ? 503
               : e.kind == Errc::not_found                             ? 404
               : e.kind == Errc::conflict                              ? 409
                                                                       : 422;
  return http::Response::json(status, JsonWriter().begin_object().field("code", e.code).field("message", e.message).end_object().text());
}

}  // namespace

std::unique_ptr<server::Surface> make_control(ControlServices& v) {
  auto s = std::make_unique<server::Surface>("control", error);
  server::RouteOptions open{.auth = server::Auth::none};
  s->route("POST", "/users", open, [&v](Exchange& x) { return add_user(v, x); });
  s->route("POST", "/organisations", open, [&v](Exchange& x) { return add_org(v, x); });
  s->route("POST", "/tokens", open, [&v](Exchange& x) { return add_token(v, x); });
  s->route("POST", "/invites", open, [&v](Exchange& x) { return add_invite(v, x); });
  s->route("POST", "/top_ups", open, [&v](Exchange& x) { return top_up(v, x); });
  s->route("POST", "/gc", open, [&v](Exchange& x) { return collect(v, x); });
  s->route("POST", "/backup", open, [&v](Exchange& x) { return backup(v, x); });
  s->route("POST", "/verify", open, [&v](Exchange&) { return verify(v); });
  return s;
}

}  // namespace kontor::app
