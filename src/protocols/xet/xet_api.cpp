#include "protocols/xet/xet_api.hpp"

#include "base/json_text.hpp"
#include "base/text.hpp"

namespace kontor::xet {
namespace {

Answer telemetry(Exchange& x) {
  // Transfer summaries are of no use to us; a quick answer is of use to the client, which waits for it.
  co_return http::Response::json(200, "{}");
}
Answer health(Exchange& x) {
  auto r = http::Response::text(200, "text/plain; charset=utf-8", "ok\n");
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}
Answer nothing_here(Exchange& x) { co_return fail(Errc::not_found, "route_not_found", "This is not a route of the content store."); }

}  // namespace

http::Response error_response(const Error& e, const Exchange& x) {
  JsonWriter w;
  w.begin_object().field("error", e.message).field("code", e.code).field("request_id", x.request_id).end_object();
  auto r = http::Response::json(e.kind == Errc::invalid ? 400 : server::status_of(e.kind), std::move(w).str());  // clients know no 422
  if (e.kind == Errc::rate_limited || e.kind == Errc::unavailable) r.headers.add("Retry-After", "3");
  return r;
}

Result<Hash> hash_param(const Exchange& x, std::string_view name) {
  auto h = Hash::parse_text(x.param(name));
  if (!h) return fail(Errc::malformed, "malformed_hash", "A hash has 64 hexadecimal characters.");
  return *h;
}

Status prefix_param(const Exchange& x) {
  const std::string& p = x.param("prefix");
  if (p != "default" && p != "default-merkledb") return fail(Errc::malformed, "unknown_prefix", "The only prefix is 'default'.");
  return {};
}

AccessToken make_token(const content::GrantSigner& signer, std::string_view party, std::string_view repository_id, bool write, Time now,
                       std::string_view public_url) {
  AccessToken t;
  t.expires = now.seconds() + token_seconds;
  t.cas_url = std::string(public_url) + "/cas";
  t.token = signer.seal({"xet", std::string(repository_id), std::string(party), write, "", t.expires});
  return t;
}

Task<Result<XetApi::Bearer>> XetApi::bearer(Exchange& x, bool write) {
  std::string_view header = trim(x.request.header("Authorization"));
  std::size_t blank = header.find(' ');
  if (blank == std::string_view::npos || !iequals(header.substr(0, blank), "Bearer"))
    co_return fail(Errc::unauthenticated, "unauthenticated", "Send the access token of the repository as bearer token.");
  auto grant = s_.signer.open(trim(header.substr(blank + 1)), "xet", s_.wall.now());
  if (!grant) co_return fail(Errc::unauthenticated, grant.error().code, grant.error().message);
  if (write && !grant->write) co_return fail(Errc::forbidden, "scope_missing", "The access token only allows reading.");
  // Write covers read: what a writer sent he may read back, whatever stands between buyers and the content.
  auto need = grant->write ? repository::Need::write : repository::Need::read;
  auto opened = co_await s_.access.recheck(grant->party, grant->repository_id, need, false);
  if (!opened) {
    Error e = std::move(opened).error();
    // The holder of a token knows the repository; a 404 would be taken for a missing route or file.
    if (e.kind == Errc::not_found || e.kind == Errc::unauthenticated) e = {Errc::forbidden, "access_ended", "This access has ended.", {}};
    co_return Unexpected(std::move(e));
  }
  content::Scope scope{opened->id, opened->owner};
  co_return Bearer{std::move(*grant), std::move(*opened), std::move(scope)};
}

Answer XetApi::give_token(Exchange& x, repository::Kind kind, bool write) {
  KT_CO_TRY(repository::Repository repo, co_await s_.access.open(x.caller, kind, x.param("ns"), x.param("name"),
                                                                 write ? repository::Need::write : repository::Need::read, {}, false));
  AccessToken t =
      make_token(s_.signer, x.caller.anonymous ? std::string_view() : x.caller.party, repo.id, write, s_.wall.now(), x.public_url);
  JsonWriter w;
  w.begin_object().field("accessToken", t.token).field("exp", t.expires).field("casUrl", t.cas_url).end_object();
  auto r = http::Response::json(200, std::move(w).str());
  r.headers.add("X-Xet-Access-Token", t.token);
  r.headers.add("X-Xet-Token-Expiration", std::to_string(t.expires));
  r.headers.add("X-Xet-Cas-Url", t.cas_url);
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

server::Surface XetApi::token_surface(server::ErrorMapper hub_errors) {
  server::Surface s("xet-token", std::move(hub_errors));
  for (auto kind : {repository::Kind::model, repository::Kind::dataset, repository::Kind::space}) {
    std::string base = "/api/" + std::string(repository::kind_name(kind)) + "s/{ns}/{name}/xet-";
    s.route("GET", base + "read-token/{rev*}", {.summary = "Token to read the repository's files from the content store"},
            [this, kind](Exchange& x) { return give_token(x, kind, false); });
    s.route("GET", base + "write-token/{rev*}", {.summary = "Token to upload into the repository"},
            [this, kind](Exchange& x) { return give_token(x, kind, true); });
  }
  return s;
}

server::Surface XetApi::cas_surface() {
  server::Surface s("xet", error_response);
  using server::Auth;
  using server::RouteOptions;
  auto open = [](std::uint64_t max_body) { return RouteOptions{.auth = Auth::none, .max_body = max_body}; };
  RouteOptions small = open(64 << 10), xorb = open(content::max_xorb_body), shard = open(content::max_shard_body);

  // Released clients differ in version prefix and in singular and plural.
  for (std::string p : {"/cas/v1/xorbs", "/cas/xorbs", "/cas/xorb"}) {
    s.route("POST", p + "/{prefix}/{hash}", xorb, [this](Exchange& x) { return put_xorb(x); });
    s.route("HEAD", p + "/{prefix}/{hash}", small, [this](Exchange& x) { return head_xorb(x); });
  }
  s.route("POST", "/cas/v1/xorb-grants/{prefix}/{hash}", small, [this](Exchange& x) { return ask_grant(x); });
  for (std::string p : {"/cas/v1/shards", "/cas/shards", "/cas/shard/{prefix}/{hash}"})
    s.route("POST", p, shard, [this](Exchange& x) { return put_shard(x); });
  s.route("PUT", "/cas/shard/{prefix}/{hash}", shard, [this](Exchange& x) { return put_shard(x); });
  s.route("POST", "/cas/v2/shards", shard, [this](Exchange& x) { return put_shard_streaming(x); });

  for (std::string p : {"/cas/v1/reconstructions", "/cas/reconstructions", "/cas/reconstruction"})
    s.route("GET", p + "/{file}", small, [this](Exchange& x) { return reconstruct(x, false); });
  s.route("GET", "/cas/v2/reconstructions/{file}", small, [this](Exchange& x) { return reconstruct(x, true); });
  for (std::string p : {"/cas/v1/reconstructions", "/cas/reconstructions"})
    s.route("GET", p, small, [this](Exchange& x) { return reconstruct_many(x); });
  s.route("POST", "/cas/v1/reconstructions", open(1 << 20), [this](Exchange& x) { return reconstruct_many(x); });
  for (std::string p : {"/cas/v1/chunks", "/cas/chunks", "/cas/chunk"})
    s.route("GET", p + "/{prefix}/{hash}", small, [this](Exchange& x) { return query_chunk(x); });
  for (std::string p : {"/cas/v1/files", "/cas/files"}) s.route("HEAD", p + "/{file}", small, [this](Exchange& x) { return head_file(x); });

  s.route("GET", "/cas/data/{xorb}", small, [this](Exchange& x) { return data(x); });
  s.route("HEAD", "/cas/data/{xorb}", small, [this](Exchange& x) { return data(x); });
  for (std::string p : {"/cas/v1/telemetry", "/v1/telemetry"}) s.route("POST", p, open(1 << 20), telemetry);
  s.route("GET", "/cas/health", small, health);
  for (std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    s.route(method, "/cas/{rest*}", open(content::max_xorb_body), nothing_here);
  return s;
}

}  // namespace kontor::xet
