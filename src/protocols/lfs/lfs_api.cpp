#include "protocols/lfs/lfs_api.hpp"

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"

namespace kontor::lfs {
namespace {

using repository::Need;
using repository::Repository;
constexpr std::string_view media_type = "application/vnd.git-lfs+json";

http::Response lfs_json(int status, std::string body) { return http::Response::text(status, media_type, std::move(body)); }

struct Wanted {
  std::string oid;
  std::uint64_t size = 0;
  std::string refused;  // why not, empty if well-formed
};

struct Batch {
  bool upload = false;
  bool xet = false, basic = true;  // what the client offers
  std::string ref;
  std::vector<Wanted> objects;
};

Result<Batch> parse_batch(std::string_view body) {
  KT_TRY(Json doc, Json::parse(body));
  Batch b;
  std::string op = doc.text_or("operation");
  if (op != "upload" && op != "download") return fail(Errc::invalid, "invalid_operation", "The operation must be 'upload' or 'download'.");
  b.upload = op == "upload";
  std::string algo = doc.text_or("hash_algo", "sha256");
  if (algo != "sha256" && algo != "sha_256") return fail(Errc::conflict, "hash_algo", "The only hash algorithm is sha256.");
  if (const Json* list = doc.find("transfers"); list && list->array() && !list->array()->empty()) {
    b.basic = false;
    for (const Json& t : *list->array()) {
      if (!t.string()) continue;
      b.xet |= *t.string() == "xet";
      b.basic |= *t.string() == "basic";
    }
  }
  if (const Json* ref = doc.find("ref")) b.ref = ref->text_or("name");
  const Json* objects = doc.find("objects");
  if (!objects || !objects->array()) return fail(Errc::invalid, "objects_missing", "The list of objects is missing.");
  if (objects->array()->size() > batch_objects) return fail(Errc::too_large, "too_many_objects", "A batch has at most 1000 objects.");
  for (const Json& o : *objects->array()) {
    Wanted w;
    w.oid = o.text_or("oid");
    const Json* size = o.find("size");
    auto n = size ? size->integer() : std::nullopt;
    if (!is_lower_hex(w.oid, 64))
      w.refused = "The oid must have 64 lower-case hexadecimal characters.";
    else if (!n || *n < 0)
      w.refused = "The size must be an integer that is not negative.";
    else
      w.size = static_cast<std::uint64_t>(*n);
    b.objects.push_back(std::move(w));
  }
  return b;
}

void write_error(JsonWriter& w, int code, std::string_view message) {
  w.key("error").begin_object().field("code", code).field("message", message).end_object();
}

std::string web_path(const Repository& r) {
  std::string prefix = r.kind == repository::Kind::model ? "" : std::string(repository::kind_name(r.kind)) + "s/";
  return "/" + prefix + percent_encode(r.ns) + "/" + percent_encode(r.name) + ".git/info/lfs";
}

Task<Status> send(content::Content* content, std::string repository_id, std::string oid, std::uint64_t offset, std::uint64_t length,
                  http::BodySink* sink) {
  content::SinkOf<http::BodySink> out(*sink);
  co_return co_await content->send(std::move(repository_id), std::move(oid), offset, length, out);
}

Answer no_locks(Exchange& x) { co_return fail(Errc::not_found, "no_locks", "Locking is not supported here."); }

}  // namespace

http::Response error_response(const Error& e, const Exchange& x) {
  JsonWriter w;
  w.begin_object()
      .field("message", e.message)
      .field("request_id", x.request_id)
      .field("documentation_url", x.public_url + "/docs/lfs")
      .end_object();
  int status = e.code == "disk_full" ? 507 : server::status_of(e.kind);
  http::Response r = lfs_json(status, std::move(w).str());
  r.headers.add("X-Error-Message", header_safe(e.message, 800));
  if (status == 401) {
    r.headers.add("LFS-Authenticate", "Basic realm=\"Kontor\"");
    r.headers.add("WWW-Authenticate", "Basic realm=\"Kontor\"");
  }
  return r;
}

std::string LfsApi::action_url(const Exchange& x, const Repository& repo, std::string_view purpose, std::string_view oid,
                               std::uint64_t size) {
  std::string party = x.caller.anonymous ? std::string() : x.caller.party;
  std::string grant = s_.signer.seal({std::string(purpose), repo.id, std::move(party), purpose == "lfs_put",
                                      std::string(oid) + " " + std::to_string(size), s_.wall.now().seconds() + action_seconds});
  return x.public_url + web_path(repo) + "/objects/" + std::string(oid) + "?grant=" + grant;
}

Answer LfsApi::batch(Exchange& x, repository::Kind kind) {
  KT_CO_TRY(std::string body, co_await x.request.read_all(1 << 20));
  KT_CO_TRY(Batch b, parse_batch(body));
  auto opened = co_await s_.access.open(x.caller, kind, x.param("ns"), x.param("name"), b.upload ? Need::write : Need::read, {}, false);
  std::string unpaid;
  if (!opened) {
    // Per object, so that git-lfs shows the offer and goes on with what is free.
    if (opened.error().kind != Errc::payment_required) co_return Unexpected(opened.error());
    unpaid = opened.error().message;
  }
  std::vector<std::optional<content::LinkedFile>> known(b.objects.size());
  if (opened) {
    std::vector<std::string> names;
    for (const Wanted& w : b.objects) names.push_back(w.oid);
    KT_CO_TRY(known, co_await s_.content.lookup(opened->id, std::move(names)));
  }
  bool xet = b.upload && b.xet && s_.xet_offer;
  std::optional<XetOffer> offer;
  if (xet) offer = s_.xet_offer(x, *opened);
  if (!xet && !b.basic) co_return fail(Errc::invalid, "no_transfer", "The transfers served here are basic and, for uploads, xet.");

  JsonWriter w;
  w.begin_object().field("transfer", xet ? "xet" : "basic").field("hash_algo", "sha256").key("objects").begin_array();
  std::string expires = rfc3339(s_.wall.now().plus_ms(action_seconds * 1000));
  for (std::size_t i = 0; i < b.objects.size(); ++i) {
    const Wanted& o = b.objects[i];
    w.begin_object().field("oid", o.oid).field("size", o.size);
    if (!o.refused.empty()) {
      write_error(w, 422, o.refused);
    } else if (!unpaid.empty()) {
      write_error(w, 402, unpaid);
    } else if (known[i] && known[i]->size != o.size) {
      write_error(w, 422, "The object is stored with another size.");
    } else if (b.upload && !known[i]) {
      w.field("authenticated", true).key("actions").begin_object().key("upload").begin_object();
      if (xet) {
        w.field("href", offer->refresh_url).key("header").begin_object();
        w.field("X-Xet-Cas-Url", offer->cas_url)
            .field("X-Xet-Access-Token", offer->token)
            .field("X-Xet-Token-Expiration", std::to_string(offer->expires));
        w.field("X-Xet-Session-Id", x.request_id).end_object();
      } else {
        w.field("href", action_url(x, *opened, "lfs_put", o.oid, o.size)).field("expires_in", action_seconds).field("expires_at", expires);
      }
      w.end_object();
      if (!xet) {
        w.key("verify").begin_object().field("href", x.public_url + web_path(*opened) + "/verify").end_object();
      }
      w.end_object();
    } else if (!b.upload && known[i]) {
      w.field("authenticated", true).key("actions").begin_object().key("download").begin_object();
      w.field("href", action_url(x, *opened, "lfs_get", o.oid, o.size)).field("expires_in", action_seconds).field("expires_at", expires);
      w.end_object().end_object();
    } else if (!b.upload) {
      write_error(w, 404, "Object does not exist");
    }
    w.end_object();
  }
  w.end_array().end_object();
  co_return lfs_json(200, std::move(w).str());
}

namespace {
struct Action {
  content::Grant grant;
  std::string oid;
  std::uint64_t size = 0;
};
Result<Action> open_action(const content::GrantSigner& signer, const Exchange& x, std::string_view purpose, Time now) {
  auto text = x.query().get("grant");
  if (!text) return fail(Errc::forbidden, "grant_missing", "The address is incomplete; ask for it with a batch request.");
  auto grant = signer.open(*text, purpose, now);
  if (!grant) return fail(Errc::forbidden, grant.error().code, grant.error().message);
  Action a{std::move(*grant), {}, 0};
  std::size_t blank = a.grant.object.find(' ');
  if (blank == std::string::npos) return fail(Errc::forbidden, "bad_grant", "The address is not valid.");
  a.oid = a.grant.object.substr(0, blank);
  a.size = parse_u64(std::string_view(a.grant.object).substr(blank + 1)).value_or(0);
  if (a.oid != x.param("oid")) return fail(Errc::forbidden, "bad_grant", "The address is for another object.");
  return a;
}
}  // namespace

Answer LfsApi::upload(Exchange& x) {
  KT_CO_TRY(Action a, open_action(s_.signer, x, "lfs_put", s_.wall.now()));
  KT_CO_TRY(Repository repo, co_await s_.access.recheck(a.grant.party, a.grant.repository_id, Need::write, false));
  if (x.request.content_length && *x.request.content_length != a.size)
    co_return fail(Errc::invalid, "size_mismatch", "The object was announced with another size.");
  struct Nothing final : content::ByteSource {
    Task<Result<std::size_t>> read(std::span<char>) override { co_return std::size_t{0}; }
  } nothing;
  std::optional<content::SourceOf<http::BodySource>> body;
  if (x.request.has_body && x.request.body) {
    x.request.body->set_limit(a.size + 1);  // one byte more is enough to know
    body.emplace(*x.request.body);
  }
  content::ByteSource& source = body ? static_cast<content::ByteSource&>(*body) : nothing;
  content::Scope scope{repo.id, repo.owner};
  KT_CO_TRY([[maybe_unused]] content::LinkedFile file, co_await s_.content.ingest(scope, a.oid, a.size, source));
  co_return lfs_json(200, "{}");
}

Answer LfsApi::download(Exchange& x) {
  KT_CO_TRY(Action a, open_action(s_.signer, x, "lfs_get", s_.wall.now()));
  KT_CO_TRY(Repository repo, co_await s_.access.recheck(a.grant.party, a.grant.repository_id, Need::read, x.request.method != "HEAD"));
  std::vector<std::string> names{a.oid};
  KT_CO_TRY(auto found, co_await s_.content.lookup(repo.id, std::move(names)));
  if (!found[0]) co_return fail(Errc::not_found, "object_not_found", "Object does not exist");
  std::uint64_t size = found[0]->size;
  KT_CO_TRY(std::vector<http::ByteRange> ranges, http::parse_range(x.request.header("Range"), size, false));
  http::Response r;
  r.headers.add("Content-Type", "application/octet-stream");
  r.headers.add("Accept-Ranges", "bytes");
  r.headers.add("ETag", "\"" + a.oid + "\"");
  http::ByteRange range{0, size == 0 ? 0 : size - 1};
  std::uint64_t length = size;
  if (!ranges.empty()) {
    range = ranges[0];
    length = range.length();
    r.status = 206;
    r.headers.add("Content-Range", "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" + std::to_string(size));
  }
  content::Content* content = &s_.content;
  r.stream_length = length;
  r.stream = [content, id = repo.id, oid = a.oid, first = range.first, length](http::BodySink& sink) {
    return send(content, id, oid, first, length, &sink);
  };
  co_return r;
}

Answer LfsApi::verify(Exchange& x, repository::Kind kind) {
  KT_CO_TRY(Repository repo, co_await s_.access.open(x.caller, kind, x.param("ns"), x.param("name"), Need::write, {}, false));
  KT_CO_TRY(std::string body, co_await x.request.read_all(64 << 10));
  KT_CO_TRY(Json doc, Json::parse(body));
  std::string oid = doc.text_or("oid");
  std::vector<std::string> names{oid};
  KT_CO_TRY(auto found, co_await s_.content.lookup(repo.id, std::move(names)));
  if (!found[0]) co_return fail(Errc::not_found, "object_not_found", "Object does not exist");
  if (doc.integer_at("size") != static_cast<std::int64_t>(found[0]->size))
    co_return fail(Errc::invalid, "size_mismatch", "The object is stored with another size.");
  co_return lfs_json(200, "{}");
}

server::Surface LfsApi::surface() {
  server::Surface s("lfs", error_response);
  using server::Auth;
  using server::RouteOptions;
  RouteOptions api{.auth = Auth::optional, .max_body = 1 << 20};
  RouteOptions put{.auth = Auth::none, .max_body = 1ull << 50};
  RouteOptions get{.auth = Auth::none, .max_body = 64 << 10};
  for (auto kind : {repository::Kind::model, repository::Kind::dataset, repository::Kind::space}) {
    std::string prefix = kind == repository::Kind::model ? "" : "/" + std::string(repository::kind_name(kind)) + "s";
    for (std::string name : {"/{ns}/{name}.git", "/{ns}/{name}"}) {
      std::string base = prefix + name + "/info/lfs";
      s.route("POST", base + "/objects/batch", api, [this, kind](Exchange& x) { return batch(x, kind); });
      s.route("POST", base + "/verify", api, [this, kind](Exchange& x) { return verify(x, kind); });
      s.route("PUT", base + "/objects/{oid}", put, [this](Exchange& x) { return upload(x); });
      s.route("GET", base + "/objects/{oid}", get, [this](Exchange& x) { return download(x); });
      for (std::string method : {"GET", "POST"}) {
        s.route(method, base + "/locks", get, no_locks);
        s.route(method, base + "/locks/{rest*}", get, no_locks);
      }
    }
  }
  return s;
}

}  // namespace kontor::lfs
