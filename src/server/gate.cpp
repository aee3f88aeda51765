#include "server/gate.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "server/cookies.hpp"

namespace kontor::server {

int status_of(Errc kind) {
  switch (kind) {
    case Errc::malformed:
      return 400;
    case Errc::unauthenticated:
      return 401;
    case Errc::payment_required:
      return 402;
    case Errc::forbidden:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::stale:
      return 412;
    case Errc::too_large:
      return 413;
    case Errc::unsupported_type:
      return 415;
    case Errc::range_not_satisfiable:
      return 416;
    case Errc::invalid:
      return 422;
    case Errc::rate_limited:
      return 429;
    case Errc::unavailable:
    case Errc::retry:
      return 503;
    case Errc::internal:
      return 500;
  }
  return 500;
}

const std::string& Exchange::param(std::string_view name) const {
  static const std::string none;
  for (const auto& [k, v] : params)
    if (k == name) return v;
  return none;
}

namespace {

constexpr std::string_view exposed_headers =
    "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,Content-Length,X-Linked-"
    "Size,X-Linked-ETag,"
    "X-Xet-Access-Token,X-Xet-Token-Expiration,X-Xet-Refresh-Route,X-Xet-Cas-Url,X-Xet-Hash,Location";

// Bearer token, or the password of Basic (git and git-lfs).
std::string presented_token(const http::Request& r) {
  std::string_view h = trim(r.header("Authorization"));
  std::size_t blank = h.find(' ');
  if (blank == std::string_view::npos) return {};
  std::string_view scheme = h.substr(0, blank), rest = trim(h.substr(blank + 1));
  if (iequals(scheme, "Bearer") || iequals(scheme, "Token")) return std::string(rest);
  if (iequals(scheme, "Basic")) {
    auto decoded = from_base64(rest).value_or("");
    std::size_t colon = decoded.find(':');
    return colon == std::string::npos ? std::string() : decoded.substr(colon + 1);
  }
  return {};
}

bool safe_method(std::string_view m) { return m == "GET" || m == "HEAD" || m == "OPTIONS"; }

http::Response plain_error(int status, std::string text) { return http::Response::json(status, "{\"error\":\"" + text + "\"}"); }

}  // namespace

Gate::Gate(const Router& router, identity::Authenticator& authenticator, GateOptions options)
    : router_(router), authenticator_(authenticator), options_(std::move(options)) {}

std::string Gate::public_url(const http::Request& r) const {
  if (!options_.public_url.empty()) return options_.public_url;
  // Without a configured address a Host header counts only on loopback, where nobody else can have set it.
  std::string_view host = r.header("Host");
  std::string_view bare = host.substr(0, host.rfind(':'));
  if (r.loopback && (bare == "localhost" || bare == "127.0.0.1" || bare == "[::1]"))
    return (r.tls ? "https://" : "http://") + std::string(host);
  return options_.listen_url;
}

std::string Gate::address_of(const http::Request& r) const {
  std::string_view peer = std::string_view(r.peer).substr(0, r.peer.rfind(':'));
  if (options_.proxies.empty()) return std::string(peer);
  std::vector<std::string_view> hops;
  for (const auto& [name, value] : r.headers.all())
    if (iequals(name, "X-Forwarded-For")) hops.push_back(value);
  return io::sender(peer, hops, options_.proxies);
}

Task<http::Response> Gate::handle(http::Request& r) {
  auto started = std::chrono::steady_clock::now();
  struct Active {
    std::atomic<std::int64_t>& n;
    explicit Active(std::atomic<std::int64_t>& n) : n(n) { ++n; }
    ~Active() { --n; }
  } active(active_);

  Exchange x{r, {}, false, {}, new_id("req_", WallClock().now()), public_url(r), address_of(r)};
  std::string_view trace = r.header("X-Amzn-Trace-Id");
  if (trace.empty()) trace = r.header("X-Request-Id");
  std::string shown_id = trace.empty() ? x.request_id : x.request_id + ";" + header_safe(trace, 200);

  http::Response out;
  Router::Match m = router_.find(r.method, r.path);
  x.params = std::move(m.params);

  Error refusal;
  bool refused = false;
  auto refuse = [&](Errc kind, std::string code, std::string message) {
    refusal = {kind, std::move(code), std::move(message), {}};
    refused = true;
  };

  bool head_decided = false;
  if (r.method == "OPTIONS" && !m.route) {
    out.status = 204;
    out.headers.add("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    out.headers.add("Access-Control-Allow-Headers",
                    "Authorization, Content-Type, Range, Idempotency-Key, If-Match, X-CSRF-Token, X-Xet-Session-Id, X-Amzn-Trace-Id");
    out.headers.add("Access-Control-Max-Age", "86400");
    head_decided = true;
  } else if (!m.route) {
    if (m.path_exists) {
      refuse(Errc::not_found, "method_not_allowed", fmt::format("{} is not possible here; use {}.", r.method, fmt::join(m.allowed, ", ")));
    } else {
      refuse(Errc::not_found, "route_not_found", "There is nothing at this address.");
    }
  } else if (m.bad_escape) {
    refuse(Errc::malformed, "malformed", "The address holds a broken percent-escape or text that is not UTF-8.");
  } else if (active_ > options_.max_active) {
    refuse(Errc::unavailable, "overloaded", "The server has too much to do: try again in a moment.");
  } else if (m.route->options.auth != Auth::none) {
    std::string token = presented_token(r);
    if (!token.empty()) {
      auto caller = co_await authenticator_.by_token(std::move(token));
      if (caller)
        x.caller = std::move(*caller);
      else if (caller.error().kind == Errc::unauthenticated)
        x.bad_credentials = true;
      else {
        refusal = caller.error();
        refused = true;
      }
    } else if (m.route->options.auth == Auth::form) {
      // the handler reads who it is
    } else if (std::string session = cookie_value(r, session_cookie_name); !session.empty()) {
      // A cookie is sent by the browser, whoever caused the request: writes need the token that only our own pages know.
      auto caller = co_await authenticator_.by_session(
          std::move(session), safe_method(r.method) ? std::nullopt : std::optional(std::string(r.header("X-CSRF-Token"))));
      if (caller)
        x.caller = std::move(*caller);
      else if (caller.error().kind != Errc::unauthenticated) {
        refusal = caller.error();
        refused = true;
      }
    }
    if (!refused && x.bad_credentials)
      refuse(Errc::unauthenticated, "invalid_credentials", "Invalid credentials in Authorization header");
    else if (!refused && m.route->options.auth == Auth::required && x.caller.anonymous)
      refuse(Errc::unauthenticated, "unauthenticated", "Sign in, or send a token as 'Authorization: Bearer hf_...'.");
  }
  if (!refused && !head_decided && r.content_length && *r.content_length > m.route->options.max_body)
    refuse(Errc::too_large, "too_large",
           fmt::format("The request body is larger than the {} bytes allowed here.", m.route->options.max_body));

  if (refused) {
    out = m.surface ? m.surface->error(refusal, x) : plain_error(404, "There is nothing at this address.");
    if (refusal.code == "method_not_allowed") {
      out.status = 405;
      out.headers.add("Allow", fmt::format("{}", fmt::join(m.allowed, ", ")));
    }
  } else if (!head_decided) {
    if (r.body) r.body->set_limit(m.route->options.max_body);
    Result<http::Response> answer = co_await m.route->handler(x);
    if (answer) {
      out = std::move(*answer);
    } else {
      if (answer.error().kind == Errc::internal)
        log::error("internal error", {{"request_id", x.request_id},
                                      {"method", r.method},
                                      {"path", std::string(r.path)},
                                      {"code", answer.error().code},
                                      {"error", answer.error().message}});
      refusal = std::move(answer).error();
      if (refusal.kind == Errc::internal) refusal.message = "Something went wrong on our side; request " + x.request_id + ".";
      out = m.surface->error(refusal, x);
    }
  }
  if (out.status == 503 || out.status == 429)
    if (!out.headers.has("Retry-After")) out.headers.add("Retry-After", "1");
  if (!out.headers.has("X-Request-Id")) out.headers.add("X-Request-Id", shown_id);
  if (r.headers.has("Origin")) {
    out.headers.add("Access-Control-Allow-Origin", "*");
    out.headers.add("Access-Control-Expose-Headers", std::string(exposed_headers));
  }
  out.headers.add("X-Content-Type-Options", "nosniff");
  // What says nothing of caches is one caller's own.
  if (!out.headers.has("Cache-Control")) out.headers.add("Cache-Control", "private, no-cache");
  if (options_.public_url.starts_with("https://")) out.headers.add("Strict-Transport-Security", "max-age=31536000");

  ++by_class_[static_cast<std::size_t>(std::clamp(out.status / 100, 0, 5))];
  auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();
  if (options_.log_all || out.status >= 500 || took_ms > 2000 || (!safe_method(r.method) && out.status < 400))
    log::info("request", {{"request_id", x.request_id},
                          {"method", r.method},
                          {"path", std::string(r.path)},
                          {"status", std::to_string(out.status)},
                          {"ms", std::to_string(took_ms)},
                          {"caller", x.caller.name},
                          {"peer", r.peer},
                          {"address", x.address}});
  co_return out;
}

std::string Gate::metrics_text() const {
  std::string out = "# TYPE kontor_http_responses_total counter\n";
  for (int i = 1; i <= 5; ++i)
    out += fmt::format("kontor_http_responses_total{{class=\"{}xx\"}} {}\n", i, by_class_[static_cast<std::size_t>(i)].load());
  out += fmt::format("# TYPE kontor_http_requests_active gauge\nkontor_http_requests_active {}\n", active_.load());
  return out;
}

}  // namespace kontor::server
