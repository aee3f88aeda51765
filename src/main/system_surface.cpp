#include "main/system_surface.hpp"

#include <map>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "identity/authorize.hpp"

namespace kontor::app {
namespace {

using server::Exchange;
using Answer = Task<Result<http::Response>>;

Answer text(int status, std::string type, std::string body) {
  auto r = http::Response::text(status, type, std::move(body));
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

Answer metrics_answer(Exchange& x, std::string body) {
  // From this machine without a token; from elsewhere only for an operator.
  if (!x.request.loopback) {
    auto decision = identity::authorize(x.caller, identity::Action::operate, {});
    if (decision != identity::Decision::allow) co_return Unexpected(identity::denied(decision, "This page"));
  }
  co_return http::Response::text(200, "text/plain; version=0.0.4; charset=utf-8", std::move(body));
}

http::Response error(const Error& e, const Exchange& x) {
  int status = e.kind == Errc::unauthenticated ? 401 : e.kind == Errc::forbidden ? 403 : e.kind == Errc::unavailable ? 503 : 404;
  return http::Response::json(status, JsonWriter().begin_object().field("code", e.code).field("message", e.message).field("request_id", x.request_id).end_object().text());
}

}  // namespace

std::string openapi(const server::Router& router) {
  std::map<std::string, std::map<std::string, const server::Route*>> paths;
  for (auto& [surface, route] : router.all()) {
    if (!route->pattern.starts_with("/api/v1/")) continue;
    std::string path = route->pattern;
    if (std::size_t star = path.find("*}"); star != std::string::npos) path.erase(star, 1);
    paths[path][ascii_lower(route->method)] = route;
  }
  JsonWriter w;
  w.begin_object().field("openapi", "3.1.0").key("info").begin_object().field("title", "Kontor").field("version", "1").field("description", "The marketplace's own API").end_object();
  w.key("paths").begin_object();
  for (auto& [path, methods] : paths) {
    w.key(path).begin_object();
    std::vector<std::string> names;
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) names.push_back(path.substr(at + 1, path.find('}', at) - at - 1));
    if (!names.empty()) {
      w.key("parameters").begin_array();
      for (auto& n : names) w.begin_object().field("name", n).field("in", "path").field("required", true).key("schema").begin_object().field("type", "string").end_object().end_object();
      w.end_array();
    }
    for (auto& [method, route] : methods) {
      std::string operation = "{" + route->options.openapi;
      auto add = [&](std::string_view members) {
        if (operation.size() > 1) operation += ',';
        operation += members;
      };
      std::string summary;
      append_json_string(summary, route->options.summary.empty() ? route->method + " " + path : route->options.summary);
      add("\"summary\":" + summary);
      if (operation.find("\"responses\"") == std::string::npos)
        add("\"responses\":{\"default\":{\"description\":\"the object asked for, or an error with code, message, retryable, details and request_id\"}}");
      if (route->options.auth == server::Auth::required) add("\"security\":[{\"token\":[]}]");
      w.raw_field(method, operation + "}");
    }
    w.end_object();
  }
  w.end_object().key("components").begin_object().key("securitySchemes").begin_object().key("token").begin_object().field("type", "http").field("scheme", "bearer").end_object().end_object().end_object();
  return std::move(w.end_object()).str();
}

std::unique_ptr<server::Surface> make_system_surface(const server::Router& router, std::function<std::string()> metrics, std::function<bool()> ready) {
  auto s = std::make_unique<server::Surface>("system", error);
  server::RouteOptions open{.auth = server::Auth::none};
  s->route("GET", "/healthz", open, [](Exchange&) { return text(200, "text/plain; charset=utf-8", "ok\n"); });
  s->route("GET", "/readyz", open, [ready](Exchange&) { return ready() ? text(200, "text/plain; charset=utf-8", "ready\n") : text(503, "text/plain; charset=utf-8", "stopping\n"); });
  s->route("GET", "/metrics", {.auth = server::Auth::optional}, [metrics](Exchange& x) { return metrics_answer(x, metrics()); });
  s->route("GET", "/openapi.json", open, [&router](Exchange&) { return text(200, "application/json; charset=utf-8", openapi(router)); });
  return s;
}

}  // namespace kontor::app
