// One request on its way through a protocol: the message, who sent it, and the route that matched. Protocols register their routes
// on a Surface; a Surface also carries the protocol's one mapping from Error to its own error shape.
//
// Patterns match the raw path segment by segment: "/api/models/{ns}/{name}/tree/{rev}/{path*}". {x} is one segment, {x*} the rest
// (may be empty, matches "/a/b" and ""); literals win over parameters; "{name}.git" takes a suffix. Parameters are percent-decoded.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/caller.hpp"
#include "io/http.hpp"

namespace kontor::server {

struct Exchange {
  http::Request& request;
  identity::Caller caller;
  // Set when credentials were sent and are wrong. Routes with Auth::any see it; all others were refused already.
  bool bad_credentials = false;
  std::vector<std::pair<std::string, std::string>> params;
  std::string request_id;
  std::string public_url;  // scheme://host[:port], no trailing slash: what this client uses to reach us
  std::string address;     // numeric, of who sent it: the peer, or whom a trusted proxy names; empty on a Unix socket

  const std::string& param(std::string_view name) const;  // empty string if absent
  http::Parameters query() const { return http::Parameters(request.query); }
};

enum class Auth {
  form,  // a token as with optional; who sent a cookie is found out by the handler, from the form that its page made (pages::signed_form)
  none,  // credentials are not looked at (health, signed addresses, protocol tokens of its own)
  optional,  // anonymous or valid; wrong credentials are refused with the surface's error shape (401)
  required,  // anonymous is refused as well
};

struct RouteOptions {
  Auth auth = Auth::optional;
  std::uint64_t max_body = 1 << 20;  // bytes; a larger Content-Length is refused before the body is read. Streams set their own
  std::string summary;               // for /openapi.json
  // The rest of what /openapi.json says, for native routes; the notation is that of protocols/web_api/schema.hpp.
  std::string query;   // parameters: "party state=a|b limit cursor Idempotency-Key!"
  std::string body;    // schema of the JSON body: "NewOrder"; "Reason?" may be left out
  std::string answer;  // status and schema or media type: "201 Order", "200 [Order]", "200 text/plain", "204"
};

// The status that HTTP has for a cause; a protocol whose clients want another one says so in its own mapping.
int status_of(Errc kind);

using Handler = std::function<Task<Result<http::Response>>(Exchange&)>;
using ErrorMapper = std::function<http::Response(const Error&, const Exchange&)>;

struct Route {
  std::string method;  // GET serves HEAD as well unless a HEAD route exists
  std::string pattern;
  RouteOptions options;
  Handler handler;
};

class Surface {
 public:
  Surface(std::string name, ErrorMapper map) : name_(std::move(name)), map_(std::move(map)) {}
  // `handler` is a function or non-capturing/`this`-calling lambda that returns a Task; it may be called on any event loop.
  void route(std::string method, std::string pattern, RouteOptions options, Handler handler) {
    routes_.push_back({std::move(method), std::move(pattern), std::move(options), std::move(handler)});
  }
  const std::string& name() const { return name_; }
  const std::vector<Route>& routes() const { return routes_; }
  http::Response error(const Error& e, const Exchange& x) const { return map_(e, x); }

 private:
  std::string name_;
  ErrorMapper map_;
  std::vector<Route> routes_;
};

}  // namespace kontor::server
