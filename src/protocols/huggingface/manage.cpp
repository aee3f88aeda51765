// Making, deleting, moving repositories and their settings (RM-1 to RM-4).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "identity/names.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

// The party that owns a namespace, if the caller may do `action` there.
Task<Result<identity::Party>> namespace_for(Services& v, Exchange& x, std::string ns, identity::Action action) {
  auto look = [&](UnitOfWork& u) { return v.account_store.find_party_by_name(u, ns); };
  KT_CO_TRY(auto party, co_await v.storage.look_up(look));
  if (!party)
    co_return fail(Errc::forbidden, "forbidden",
                   fmt::format("You don't have the rights to create a repository under the namespace \"{}\".", header_safe(ns, 100)));
  auto decision = identity::authorize(x.caller, action, {party->id, identity::Visibility::public_});
  if (decision == identity::Decision::forbidden)
    co_return fail(Errc::forbidden, "forbidden",
                   fmt::format("You don't have the rights to create a repository under the namespace \"{}\".", party->name));
  if (decision != identity::Decision::allow) co_return Unexpected(identity::denied(decision, "The namespace"));
  co_return *party;
}

std::optional<identity::Visibility> visibility_of(const Json& body) {
  if (auto* text = body.find("visibility"); text && text->string())
    return *text->string() == "private" ? identity::Visibility::private_ : identity::Visibility::public_;
  if (auto* flag = body.find("private"); flag && flag->boolean())
    return *flag->boolean() ? identity::Visibility::private_ : identity::Visibility::public_;
  return std::nullopt;
}

std::pair<std::string, std::string> split_name(const Exchange& x, const Json& body) {
  std::string name = body.text_or("name"), ns = body.text_or("organization");
  if (std::size_t slash = name.find('/'); slash != std::string::npos && ns.empty()) {
    ns = name.substr(0, slash);
    name = name.substr(slash + 1);
  }
  if (ns.empty()) ns = x.caller.name;
  return {ns, name};
}

Answer create(Services& v, Exchange& x) {
  KT_CO_TRY(Json body, co_await object_body(x, 16 << 20));
  auto kind = repository::parse_kind(body.text_or("type", "model"));
  if (!kind) co_return fail(Errc::malformed, "invalid_type", "\"type\" must be one of [model, dataset, space].");
  auto [ns, name] = split_name(x, body);
  KT_CO_CHECK(identity::check_name(name, "repository"));
  KT_CO_TRY(identity::Party party, co_await namespace_for(v, x, ns, identity::Action::repository_create));
  std::string wanted_visibility = body.text_or("visibility");
  if (!wanted_visibility.empty() && wanted_visibility != "public" && wanted_visibility != "private" &&
      !(wanted_visibility == "protected" && *kind == Kind::space))
    co_return fail(Errc::malformed, "invalid_visibility",
                   *kind == Kind::space ? "\"visibility\" must be one of [public, private, protected]."
                                        : "\"visibility\" must be one of [public, private].");
  repository::NewRepository q;
  q.kind = *kind;
  q.ns = party.name;
  q.name = name;
  q.owner = party.id;
  q.author = author_of(x.caller);
  q.visibility = visibility_of(body).value_or(party.default_private ? identity::Visibility::private_ : identity::Visibility::public_);
  q.sdk = body.text_or("sdk");
  if (*kind == Kind::space && q.sdk != "gradio" && q.sdk != "streamlit" && q.sdk != "docker" && q.sdk != "static")
    co_return fail(Errc::malformed, "invalid_sdk", "\"sdk\" must be one of [gradio, streamlit, docker, static].");
  if (auto* files = body.find("files"); files && files->array())
    for (auto& f : *files->array()) {
      std::string content = f.text_or("content");
      if (f.text_or("encoding") == "base64") {
        auto decoded = from_base64(content);
        if (!decoded) co_return fail(Errc::malformed, "malformed", "A file's content is not valid base64.");
        content = *decoded;
      }
      q.files.emplace_back(f.text_or("path"), content);
    }
  if (std::string licence = body.text_or("license"); !licence.empty() && *kind != Kind::space) {
    bool has_card = false;
    for (auto& f : q.files) has_card = has_card || f.first == "README.md";
    for (char c : licence)
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'))
        co_return fail(Errc::malformed, "invalid_license", "\"license\" is a short identifier such as apache-2.0.");
    if (!has_card) q.files.emplace_back("README.md", "---\nlicense: " + licence + "\n---\n");
  }
  std::string url = x.public_url + "/" + web_prefix(*kind) + party.name + "/" + name;
  auto made = co_await v.repositories.create(std::move(q));
  if (!made && made.error().code == "repo_exists") {
    JsonWriter w;
    w.begin_object().field("url", url).end_object();
    co_return fail(Errc::conflict, "repo_exists", fmt::format("You already created this {} repo", repository::kind_name(*kind)),
                   std::move(w).str());
  }
  if (!made) co_return Unexpected(made.error());
  JsonWriter w;
  w.begin_object().field("url", url).field("name", made->full_name()).field("id", made->id).end_object();
  co_return http::Response::json(200, std::move(w).str());
}

Answer remove(Services& v, Exchange& x) {
  KT_CO_TRY(Json body, co_await object_body(x, 64 * 1024));
  auto kind = repository::parse_kind(body.text_or("type", "model"));
  if (!kind) co_return fail(Errc::malformed, "invalid_type", "\"type\" must be one of [model, dataset, space].");
  auto [ns, name] = split_name(x, body);
  KT_CO_TRY(Repository r, co_await v.access.open(x.caller, *kind, ns, name, Need::admin));
  auto sold = [&](UnitOfWork& u) { return v.policy.for_sale(u, r.id); };
  KT_CO_TRY(bool for_sale, co_await v.storage.look_up(sold));
  if (for_sale) co_return fail(Errc::conflict, "for_sale", "The repository is listed for sale: retire the listing first.");
  KT_CO_CHECK(co_await v.repositories.remove(r));
  co_return http::Response::text(200, "text/plain; charset=utf-8", "OK");
}

Answer move(Services& v, Exchange& x) {
  KT_CO_TRY(Json body, co_await object_body(x, 64 * 1024));
  auto kind = repository::parse_kind(body.text_or("type", "model"));
  std::string from = body.text_or("fromRepo"), to = body.text_or("toRepo");
  std::size_t a = from.find('/'), b = to.find('/');
  if (!kind || a == std::string::npos || b == std::string::npos)
    co_return fail(Errc::malformed, "malformed", "\"fromRepo\" and \"toRepo\" are given as namespace/name.");
  KT_CO_TRY(Repository r, co_await v.access.open(x.caller, *kind, from.substr(0, a), from.substr(a + 1), Need::admin));
  KT_CO_CHECK(identity::check_name(to.substr(b + 1), "repository"));
  KT_CO_TRY(identity::Party party, co_await namespace_for(v, x, to.substr(0, b), identity::Action::repository_create));
  KT_CO_TRY(Repository moved, co_await v.repositories.move(r, party.name, party.id, to.substr(b + 1)));
  JsonWriter w;
  w.begin_object().field("url", repo_url(x, moved)).end_object();
  co_return http::Response::json(200, std::move(w).str());
}

Answer settings(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::admin));
  KT_CO_TRY(Json body, co_await object_body(x, 64 * 1024));
  std::optional<std::string> gated;
  if (auto* g = body.find("gated")) {
    if (g->boolean() && !*g->boolean())
      gated = "";
    else if (g->string() && (*g->string() == "auto" || *g->string() == "manual"))
      gated = *g->string();
    else
      co_return fail(Errc::malformed, "malformed", "\"gated\" must be one of [\"auto\", \"manual\", false].");
  }
  KT_CO_TRY(Repository after, co_await v.repositories.update_settings(r, visibility_of(body), gated));
  JsonWriter w;
  w.begin_object().field("private", after.visibility == identity::Visibility::private_);
  if (after.gated.empty())
    w.field("gated", false);
  else
    w.field("gated", after.gated);
  w.end_object();
  co_return http::Response::json(200, std::move(w).str());
}

}  // namespace

void register_manage(Surface& s, Services& v) {
  s.route("POST", "/api/repos/create", {.auth = server::Auth::required, .max_body = 16 << 20, .summary = "Create a repository"},
          [&v](Exchange& x) { return create(v, x); });
  s.route("DELETE", "/api/repos/delete", {.auth = server::Auth::required}, [&v](Exchange& x) { return remove(v, x); });
  s.route("POST", "/api/repos/move", {.auth = server::Auth::required}, [&v](Exchange& x) { return move(v, x); });
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space})
    s.route("PUT", fmt::format("/api/{}/{{ns}}/{{name}}/settings", plural[static_cast<int>(kind)]), {},
            [&v, kind](Exchange& x) { return settings(v, x, kind); });
}

}  // namespace kontor::huggingface
