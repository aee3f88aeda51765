// The native API's deployments (native API, section "Serving models").
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "codec/json.hpp"
#include "protocols/replicate/replicate.hpp"

namespace kontor::replicate {
namespace {

using server::Exchange;
using Answer = Task<Result<http::Response>>;
constexpr std::int64_t start_patience_ms = 15'000;

std::string json_of(const inference::Deployment& d, const repository::Repository& r) {
  JsonWriter w;
  w.begin_object()
      .field("object", "deployment")
      .field("id", d.id)
      .field("created_at", rfc3339(d.created_at))
      .field("asset", r.asset())
      .field("revision", d.revision)
      .field("commit", d.commit);
  w.field("state", inference::state_name(d.state))
      .field("visibility", d.public_ ? "public" : "private")
      .field("min_replicas", d.min_replicas)
      .field("max_replicas", d.max_replicas)
      .field("hardware", "cpu");
  w.field("runtime", "onnx").field("kind", d.kind).field("replicate_model", r.full_name()).field("version", d.version);
  if (d.input_schema.empty())
    w.key("input_schema").null();
  else
    w.raw_field("input_schema", d.input_schema);
  if (d.failure.empty())
    w.key("failure").null();
  else
    w.field("failure", d.failure);
  return std::move(w.end_object()).str();
}

Task<Result<repository::Repository>> repository_of(Services& v, Exchange& x, std::string id, repository::Need need) {
  auto look = [&](UnitOfWork& u) { return v.repositories.find_by_id(u, id); };
  KT_CO_TRY(auto r, co_await v.storage.look_up(look));
  if (!r) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  auto opened = co_await v.access.open(x.caller, r->kind, r->ns, r->name, need);
  if (!opened && opened.error().code == "repo_not_found") co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  co_return opened;
}

// The answer to an earlier request with the same key, if there is one.
Task<Result<std::optional<market::Answer>>> earlier(Services& v, market::IdempotentRequest request) {
  KT_CO_CHECK(market::check_key(request.key, false));
  if (request.key.empty()) co_return std::nullopt;
  auto look = [&](UnitOfWork& u) -> Result<std::optional<market::Answer>> {
    // Work that fails changes nothing and is not remembered: it only tells that there was no answer yet.
    auto found = market::once(u, v.answers, request, v.wall.now(),
                              [](UnitOfWork&) -> Result<market::Answer> { return fail(Errc::not_found, "first_time", ""); });
    if (found) return *found;
    if (found.error().code == "first_time") return std::nullopt;
    return Unexpected(found.error());
  };
  co_return co_await v.storage.write(look);
}

Answer create(Services& v, Exchange& x) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(64 * 1024));
  auto request = market::IdempotentRequest::make(x.request.header("Idempotency-Key"), x.caller.party, "POST", x.request.target, text);
  KT_CO_TRY(auto before, co_await earlier(v, request));
  if (before) {
    auto again = http::Response::json(before->status, before->body);
    again.headers.add("Idempotent-Replayed", "true");
    co_return again;
  }
  KT_CO_TRY(Json body, Json::parse(text));
  if (!body.is_object()) co_return fail(Errc::malformed, "malformed", "The body must be a JSON object.");
  static constexpr std::string_view known[] = {"asset", "revision", "runtime", "visibility", "min_replicas", "max_replicas", "hardware"};
  for (auto& [k, value] : *body.object())
    if (std::find(std::begin(known), std::end(known), k) == std::end(known))
      co_return fail(Errc::invalid, "unknown_field", fmt::format("The field '{}' is not known here.", k));
  auto asset = repository::parse_asset(body.text_or("asset"));
  if (!asset || asset->kind != repository::Kind::model)
    co_return fail(Errc::invalid, "invalid_asset", "\"asset\" names a model as model:ns/name.");
  std::string runtime = body.text_or("runtime", "auto"), visibility = body.text_or("visibility", "public");
  if (runtime != "auto" && runtime != "onnx") co_return fail(Errc::invalid, "invalid_runtime", "\"runtime\" is auto or onnx.");
  if (visibility != "public" && visibility != "private")
    co_return fail(Errc::invalid, "invalid_visibility", "\"visibility\" is public or private.");
  std::int64_t low = body.integer_at("min_replicas").value_or(0), high = body.integer_at("max_replicas").value_or(1);
  KT_CO_CHECK(inference::check_replicas(low, high));
  if (body.text_or("hardware", "cpu") != "cpu") co_return fail(Errc::invalid, "invalid_hardware", "\"hardware\" is cpu.");
  auto r = co_await v.access.open(x.caller, asset->kind, asset->ns, asset->name, repository::Need::write);
  if (!r && r.error().code == "repo_not_found") co_return fail(Errc::not_found, "not_found", "There is no such model.");
  if (!r) co_return Unexpected(r.error());
  KT_CO_TRY(auto d, co_await v.inference.deploy(*r, body.text_or("revision", "main"), visibility == "public", static_cast<int>(low),
                                                static_cast<int>(high)));
  // A small model is up in a fraction of a second: answer with its schema rather than make everybody ask again.
  KT_CO_TRY(d, co_await v.inference.wait_deployment(d.id, start_patience_ms));
  std::string json = json_of(d, *r);
  auto remember = [&](UnitOfWork& u) {
    return market::once(u, v.answers, request, v.wall.now(),
                        [&](UnitOfWork&) -> Result<market::Answer> { return market::Answer{201, json}; });
  };
  KT_CO_TRY(auto kept, co_await v.storage.write(remember));
  co_return http::Response::json(kept.status, kept.body);
}

Answer get(Services& v, Exchange& x) {
  KT_CO_TRY(auto d, co_await v.inference.deployment(x.param("id")));
  if (!d) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  KT_CO_TRY(auto r, co_await repository_of(v, x, d->repository, d->public_ ? repository::Need::see : repository::Need::write));
  co_return http::Response::json(200, json_of(*d, r));
}

Answer list(Services& v, Exchange& x) {
  KT_CO_TRY(auto all, co_await v.inference.deployments(""));
  identity::Caller caller = x.caller;
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    JsonWriter w;
    w.begin_object().field("object", "list").key("data").begin_array();
    for (const auto& d : all) {
      KT_TRY(auto r, v.repositories.find_by_id(u, d.repository));
      if (!r || !caller.acts_for(d.owner)) continue;
      w.raw(json_of(d, *r));
    }
    return std::move(w.end_array().field("has_more", false).key("next_cursor").null().end_object()).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(look));
  co_return http::Response::json(200, std::move(json));
}

Answer change(Services& v, Exchange& x) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(64 * 1024));
  KT_CO_TRY(Json body, Json::parse(text));
  if (!body.is_object()) co_return fail(Errc::malformed, "malformed", "The body must be a JSON object.");
  inference::DeploymentChange change;
  for (auto& [k, value] : *body.object()) {
    if (k == "visibility") {
      if (!value.is_string() || (*value.string() != "public" && *value.string() != "private"))
        co_return fail(Errc::invalid, "invalid_visibility", "\"visibility\" is public or private.");
      change.public_ = *value.string() == "public";
    } else if (k == "min_replicas" || k == "max_replicas") {
      auto number = body.integer_at(k);
      if (!number) co_return fail(Errc::invalid, "invalid_replicas", fmt::format("\"{}\" is an integer.", k));
      (k == "min_replicas" ? change.min_replicas : change.max_replicas) = *number;
    } else {
      co_return fail(Errc::invalid, "unknown_field", fmt::format("The field '{}' cannot be changed here.", k));
    }
  }
  KT_CO_TRY(auto d, co_await v.inference.deployment(x.param("id")));
  if (!d) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  KT_CO_TRY(auto r, co_await repository_of(v, x, d->repository, repository::Need::write));
  KT_CO_TRY(auto changed, co_await v.inference.change_deployment(x.caller, d->id, change));
  co_return http::Response::json(200, json_of(changed, r));
}

Answer remove(Services& v, Exchange& x) {
  KT_CO_TRY(auto d, co_await v.inference.deployment(x.param("id")));
  if (!d) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  KT_CO_TRY(auto r, co_await repository_of(v, x, d->repository, repository::Need::write));
  KT_CO_TRY(auto stopped, co_await v.inference.stop_deployment(d->id));
  co_return http::Response::json(200, json_of(stopped, r));
}

Answer logs(Services& v, Exchange& x) {
  KT_CO_TRY(auto d, co_await v.inference.deployment(x.param("id")));
  if (!d) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  KT_CO_TRY([[maybe_unused]] auto r, co_await repository_of(v, x, d->repository, repository::Need::write));
  std::string text = co_await v.inference.logs(d->id);
  co_return http::Response::text(200, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace

std::unique_ptr<server::Surface> make_deployments_surface(Services& v, server::ErrorMapper map) {
  auto s = std::make_unique<server::Surface>("deployments", std::move(map));
  auto named = [](std::string summary, std::string body, std::string answer) {
    return server::RouteOptions{
        .auth = server::Auth::required, .summary = std::move(summary), .query = {}, .body = std::move(body), .answer = std::move(answer)};
  };
  s->route("POST", "/api/v1/deployments", named("Serve a model", "NewDeployment", "201 Deployment"),
           [&v](Exchange& x) { return create(v, x); });
  s->route("GET", "/api/v1/deployments", named("Your deployments", "", "200 [Deployment]"), [&v](Exchange& x) { return list(v, x); });
  s->route("GET", "/api/v1/deployments/{id}", named("A deployment", "", "200 Deployment"), [&v](Exchange& x) { return get(v, x); });
  s->route("PATCH", "/api/v1/deployments/{id}", named("Change a deployment while it runs", "DeploymentChange", "200 Deployment"),
           [&v](Exchange& x) { return change(v, x); });
  s->route("DELETE", "/api/v1/deployments/{id}", named("Stop a deployment", "", "200 Deployment"),
           [&v](Exchange& x) { return remove(v, x); });
  s->route("GET", "/api/v1/deployments/{id}/logs", named("What its runner wrote", "", "200 text/plain"),
           [&v](Exchange& x) { return logs(v, x); });
  return s;
}

}  // namespace kontor::replicate
