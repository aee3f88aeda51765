#include "main/system_surface.hpp"

#include <atomic>

#include "base/json_text.hpp"
#include "identity/authorize.hpp"
#include "protocols/web_api/openapi.hpp"

namespace kontor::app {
namespace {

using server::Exchange;
constexpr std::size_t max_csp_report = 64 * 1024;
using Answer = Task<Result<http::Response>>;

Answer text(int status, std::string type, std::string body) {
  auto r = http::Response::text(status, type, std::move(body));
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

Answer metrics_answer(Exchange& x, std::string body, bool local_is_trusted) {
  // From this machine without a token; from elsewhere only for an operator. Behind a proxy on this machine everybody seems to be here.
  bool forwarded = x.request.headers.has("X-Forwarded-For") || x.request.headers.has("Forwarded") || x.request.headers.has("Via");
  if (!x.request.loopback || !local_is_trusted || forwarded) {
    auto decision = identity::authorize(x.caller, identity::Action::operate, {});
    if (decision != identity::Decision::allow) co_return Unexpected(identity::denied(decision, "This page"));
  }
  co_return http::Response::text(200, "text/plain; version=0.0.4; charset=utf-8", std::move(body));
}

http::Response error(const Error& e, const Exchange& x) {
  int status = e.kind == Errc::unauthenticated ? 401
               : e.kind == Errc::forbidden     ? 403
               : e.kind == Errc::unavailable   ? 503
               : e.kind == Errc::too_large     ? 413
                                               : 404;
  return http::Response::json(
      status,
      JsonWriter().begin_object().field("code", e.code).field("message", e.message).field("request_id", x.request_id).end_object().text());
}

// What browsers say about a page that broke its own rules: counted, and no more, since reports hold addresses that people visited.
Answer csp_report(Exchange& x, std::shared_ptr<std::atomic<std::uint64_t>> count) {
  KT_CO_TRY([[maybe_unused]] std::string report, co_await x.request.read_all(max_csp_report));
  ++*count;
  http::Response r;
  r.status = 204;
  co_return r;
}

}  // namespace

std::unique_ptr<server::Surface> make_system_surface(const server::Router& router, std::function<std::string()> metrics,
                                                     std::function<bool()> ready, bool local_is_trusted) {
  auto s = std::make_unique<server::Surface>("system", error);
  server::RouteOptions open{.auth = server::Auth::none};
  auto reports = std::make_shared<std::atomic<std::uint64_t>>(0);
  s->route("POST", "/csp-report", {.auth = server::Auth::none, .max_body = max_csp_report},
           [reports](Exchange& x) { return csp_report(x, reports); });
  s->route("GET", "/healthz", open, [](Exchange&) { return text(200, "text/plain; charset=utf-8", "ok\n"); });
  s->route("GET", "/readyz", open, [ready](Exchange&) {
    return ready() ? text(200, "text/plain; charset=utf-8", "ready\n") : text(503, "text/plain; charset=utf-8", "stopping\n");
  });
  s->route("GET", "/metrics", {.auth = server::Auth::optional}, [metrics, reports, local_is_trusted](Exchange& x) {
    return metrics_answer(
        x, metrics() + "# TYPE kontor_csp_reports_total counter\nkontor_csp_reports_total " + std::to_string(reports->load()) + "\n",
        local_is_trusted);
  });
  s->route("GET", "/openapi.json", open,
           [&router](Exchange&) { return text(200, "application/json; charset=utf-8", web_api::openapi(router)); });
  return s;
}

}  // namespace kontor::app
