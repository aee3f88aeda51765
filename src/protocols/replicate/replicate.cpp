#include "protocols/replicate/replicate.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "protocols/replicate/multipart.hpp"
#include "protocols/replicate/outputs.hpp"
#include "protocols/replicate/render.hpp"

namespace kontor::replicate {

using server::Exchange;
using server::Surface;
using Answer = Task<Result<http::Response>>;

namespace {

constexpr std::int64_t max_wait_ms = 60'000;
constexpr std::uint64_t max_file_bytes = 64ull << 20;

// "30s", "5m", "1h30m", "90" -> milliseconds.
std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::int64_t total = 0, number = 0;
  bool digits = false, any = false;
  for (char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
      if (number > 1'000'000) return std::nullopt;
      digits = true;
      continue;
    }
    std::int64_t unit = c == 'h' ? 3600 : c == 'm' ? 60 : c == 's' ? 1 : 0;
    if (!unit || !digits) return std::nullopt;
    total += number * unit;
    number = 0;
    digits = false;
    any = true;
  }
  if (digits) total += number;
  if (!digits && !any) return std::nullopt;
  return total * 1000;
}

std::optional<std::int64_t> wait_of(const http::Request& r) {
  for (auto part : split(r.header("Prefer"), ',')) {
    part = trim(part);
    if (part == "wait") return max_wait_ms;
    if (part.starts_with("wait=")) {
      auto n = parse_u64(part.substr(5));
      if (n) return std::clamp<std::int64_t>(static_cast<std::int64_t>(*n), 1, 60) * 1000;
    }
  }
  return std::nullopt;
}

Answer create(Services& v, Exchange& x, std::string model, std::string version) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(48ull << 20));
  KT_CO_TRY(Json body, Json::parse(text));
  inference::CreateRequest q;
  q.model = model;
  q.version = version;
  if (model.empty() && version.empty()) {
    std::string named = body.text_or("version");
    if (named.empty())
      co_return fail(Errc::invalid, "invalid_version", "\"version\" is required: a version id, owner/name, or owner/name:version.");
    std::size_t colon = named.rfind(':');
    if (is_lower_hex(named, 64))
      q.version = named;
    else if (colon != std::string::npos) {
      q.model = named.substr(0, colon);
      q.version = named.substr(colon + 1);
    } else {
      q.model = named;
    }
    if (!q.version.empty() && !is_lower_hex(q.version, 64))
      co_return fail(Errc::invalid, "invalid_version", "A version id has 64 hex digits: write owner/name, or owner/name:version.");
  }
  const Json* input = body.find("input");
  if (!input || !input->is_object()) co_return fail(Errc::invalid, "invalid_input", "input: must be a JSON object");
  q.input = input->dump();
  q.webhook = body.text_or("webhook", body.text_or("webhook_completed"));
  if (auto* events = body.find("webhook_events_filter"); events && events->array())
    for (auto& e : *events->array()) {
      if (!e.string() || (*e.string() != "start" && *e.string() != "output" && *e.string() != "logs" && *e.string() != "completed"))
        co_return fail(Errc::invalid, "invalid_fields", "webhook_events_filter: must hold start, output, logs or completed");
      q.webhook_events.push_back(*e.string());
    }
  if (q.webhook_events.empty() && body.find("webhook_completed") && !body.find("webhook")) q.webhook_events = {"completed"};
  if (auto cancel = x.request.header("Cancel-After"); !cancel.empty()) {
    q.cancel_after_ms = parse_duration(cancel);
    if (!q.cancel_after_ms) co_return fail(Errc::invalid, "invalid_fields", "Cancel-After: must be a duration such as 30s or 1h30m");
  }
  q.buyer = x.query().get("party").value_or("");
  auto wait = wait_of(x.request);
  q.once = market::IdempotentRequest::make(x.request.header("Idempotency-Key"), x.caller.party, "POST", x.request.target, text);
  KT_CO_TRY(auto made, co_await v.inference.create(x.caller, std::move(q)));
  auto p = made.prediction;
  if (wait) {
    KT_CO_TRY(p, co_await v.inference.wait(p.id, *wait));
    // Clients read any other status as the end: an unfinished run is "starting" to those who waited.
    if (!inference::ended(p.state)) p.state = inference::PredictionState::starting;
  }
  FileText files = co_await file_text(v, x, p);
  auto r = http::Response::json(201, prediction_json(p, x.public_url, files));
  if (made.replayed) r.headers.add("Idempotent-Replayed", "true");
  if (wait) r.headers.add("Preference-Applied", fmt::format("wait={}", *wait / 1000));
  co_return r;
}

Answer get(Services& v, Exchange& x) {
  KT_CO_TRY(auto p, co_await v.inference.get(x.caller, x.param("id")));
  FileText files = co_await file_text(v, x, p);
  co_return http::Response::json(200, prediction_json(p, x.public_url, files));
}

Answer cancel(Services& v, Exchange& x) {
  KT_CO_TRY(auto p, co_await v.inference.cancel(x.caller, x.param("id")));
  FileText files = co_await file_text(v, x, p);
  co_return http::Response::json(200, prediction_json(p, x.public_url, files));
}

Answer list(Services& v, Exchange& x) {
  constexpr int page = 100;
  std::string before = from_base64url(x.query().get("cursor").value_or("")).value_or("");
  KT_CO_TRY(auto found, co_await v.inference.list(x.caller, before, page + 1));
  bool more = found.size() > page;
  if (more) found.resize(page);
  JsonWriter w;
  w.begin_object().key("previous").null().key("next");
  if (more)
    w.value(x.public_url + "/v1/predictions?cursor=" + base64url(found.back().id));
  else
    w.null();
  w.key("results").begin_array();
  for (auto& p : found) w.raw(prediction_json(p, x.public_url, signed_addresses(v.inference, p.caller, x.public_url)));
  co_return http::Response::json(200, std::move(w.end_array().end_object()).str());
}

// The model's repository and its deployments, if the caller may see them.
struct Model {
  repository::Repository repository;
  std::vector<inference::Deployment> deployments;  // newest first, stopped ones left out
};
Task<Result<Model>> open_model(Services& v, Exchange& x) {
  auto r = co_await v.access.open(x.caller, repository::Kind::model, x.param("owner"), x.param("name"), repository::Need::see);
  if (!r)
    co_return fail(
        Errc::not_found, "model_not_found",
        fmt::format("There is no model '{}/{}' that you can see.", header_safe(x.param("owner"), 100), header_safe(x.param("name"), 100)));
  Model m{*r, {}};
  KT_CO_TRY(auto all, co_await v.inference.deployments(r->id));
  for (auto& d : all)
    if (d.state != inference::DeploymentState::stopped && (d.public_ || x.caller.acts_for(d.owner))) m.deployments.push_back(d);
  if (m.deployments.empty())
    co_return fail(Errc::not_found, "model_not_found", fmt::format("The model '{}' is not deployed.", r->full_name()));
  co_return m;
}

Answer model(Services& v, Exchange& x) {
  KT_CO_TRY(Model m, co_await open_model(v, x));
  co_return http::Response::json(200, model_json(m.repository, m.deployments.front(), x.public_url));
}

Answer models(Services& v, Exchange& x) {
  KT_CO_TRY(auto all, co_await v.inference.deployments(""));
  identity::Caller caller = x.caller;
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    JsonWriter w;
    w.begin_object().key("previous").null().key("next").null().key("results").begin_array();
    std::string last;
    for (const auto& d : all) {
      if (d.state == inference::DeploymentState::stopped || d.repository == last) continue;
      KT_TRY(auto r, v.repositories.find_by_id(u, d.repository));
      if (!r || identity::authorize(caller, identity::Action::repository_see, {r->owner, r->visibility}) != identity::Decision::allow ||
          (!d.public_ && !caller.acts_for(d.owner)))
        continue;
      last = d.repository;
      w.raw(model_json(*r, d, x.public_url));
    }
    return std::move(w.end_array().end_object()).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(look));
  co_return http::Response::json(200, std::move(json));
}

Answer versions(Services& v, Exchange& x) {
  KT_CO_TRY(Model m, co_await open_model(v, x));
  JsonWriter w;
  w.begin_object().key("previous").null().key("next").null().key("results").begin_array();
  std::vector<std::string> seen;
  for (const auto& d : m.deployments) {
    if (std::find(seen.begin(), seen.end(), d.version) != seen.end()) continue;
    seen.push_back(d.version);
    w.raw(version_json(d));
  }
  co_return http::Response::json(200, std::move(w.end_array().end_object()).str());
}

Answer version(Services& v, Exchange& x) {
  KT_CO_TRY(Model m, co_await open_model(v, x));
  for (const auto& d : m.deployments)
    if (d.version == x.param("version")) co_return http::Response::json(200, version_json(d));
  co_return fail(Errc::not_found, "version_not_found", "The model has no such version.");
}

// ---- files

Answer upload_file(Services& v, Exchange& x) {
  KT_CO_TRY(std::string body, co_await x.request.read_all(max_file_bytes + 65536));
  KT_CO_TRY(auto parts, parse_multipart(x.request.header("Content-Type"), body));
  const Part* content = nullptr;
  std::string metadata, type, name;
  for (const auto& p : parts) {
    if (p.name == "content")
      content = &p;
    else if (p.name == "metadata")
      metadata = std::string(p.body);
    else if (p.name == "type")
      type = std::string(p.body);
    else if (p.name == "filename")
      name = std::string(p.body);
  }
  if (!content) co_return fail(Errc::invalid, "invalid_fields", "content: the part with the file is missing");
  if (!metadata.empty()) {
    auto parsed = Json::parse(metadata);
    if (!parsed || !parsed->is_object()) co_return fail(Errc::invalid, "invalid_fields", "metadata: must be a JSON object");
  }
  if (type.empty()) type = content->content_type.empty() ? "application/octet-stream" : content->content_type;
  if (name.empty()) name = content->filename.empty() ? "file" : content->filename;
  KT_CO_TRY(auto f, co_await v.inference.store_file(x.caller, name, type, std::string(content->body), metadata));
  co_return http::Response::json(201, file_json(f, x.public_url));
}

Task<Result<inference::StoredFile>> own_file(Services& v, Exchange& x) {
  KT_CO_TRY(auto f, co_await v.inference.file(x.param("id")));
  if (!f || f->owner != x.caller.party) co_return fail(Errc::not_found, "not_found", "There is no such file.");
  co_return *f;
}

Answer get_file(Services& v, Exchange& x) {
  KT_CO_TRY(auto f, co_await own_file(v, x));
  co_return http::Response::json(200, file_json(f, x.public_url));
}

// The owner's files, and everybody's who has an address with a signature.
Task<Result<inference::StoredFile>> readable_file(Services& v, Exchange& x) {
  auto signature = x.query().get("signature");
  if (!signature) {
    // The surface lets everybody in here: who has no signature needs a name.
    if (x.caller.anonymous)
      co_return fail(Errc::unauthenticated, "unauthenticated", "You did not pass an authentication token, and the address is not signed.");
    co_return co_await own_file(v, x);
  }
  std::string owner = x.query().get("owner").value_or("");
  auto expiry = parse_u64(x.query().get("expiry").value_or(""));
  bool holds = expiry && v.inference.file_signature_holds(owner, x.param("id"), static_cast<std::int64_t>(*expiry), *signature);
  KT_CO_TRY(auto f, co_await v.inference.file(x.param("id")));
  if (!holds || !f || f->owner != owner) co_return fail(Errc::not_found, "not_found", "There is no such file, or its address has expired.");
  co_return *f;
}

Answer download_file(Services& v, Exchange& x) {
  KT_CO_TRY(auto f, co_await readable_file(v, x));
  KT_CO_TRY(std::string bytes, co_await v.inference.file_bytes(f));
  // What somebody has uploaded is never shown under the type that he says.
  bool made_here = !f.prediction.empty();
  auto r = http::Response::text(200, made_here ? f.content_type : "application/octet-stream", std::move(bytes));
  r.headers.add("Content-Disposition", made_here ? "inline" : "attachment");  // no name: the link that was followed may have a better one
  r.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
  r.headers.add("Cache-Control", "private, max-age=3600");
  r.headers.add("Referrer-Policy", "no-referrer");
  co_return r;
}

Answer list_files(Services& v, Exchange& x) {
  std::string owner = x.caller.party;
  auto look = [&](UnitOfWork& u) { return v.store.files_of(u, owner); };
  KT_CO_TRY(auto files, co_await v.storage.read(look));
  JsonWriter w;
  w.begin_object().key("previous").null().key("next").null().key("results").begin_array();
  for (auto& f : files) w.raw(file_json(f, x.public_url));
  co_return http::Response::json(200, std::move(w.end_array().end_object()).str());
}

Answer delete_file(Services& v, Exchange& x) {
  KT_CO_TRY(auto f, co_await own_file(v, x));
  auto drop = [&](UnitOfWork& u) { return v.store.delete_file(u, f.owner, f.id); };
  KT_CO_TRY([[maybe_unused]] bool gone, co_await v.storage.write(drop));
  http::Response r;
  r.status = 204;
  co_return r;
}

Answer account(Exchange& x) {
  JsonWriter w;
  w.begin_object()
      .field("type", "user")
      .field("username", x.caller.name)
      .field("name", x.caller.name)
      .key("github_url")
      .null()
      .key("avatar_url")
      .null();
  co_return http::Response::json(200, std::move(w.end_object()).str());
}

Answer secret(Services& v, Exchange& x) {
  KT_CO_TRY(std::string key, co_await v.inference.webhook_secret(x.caller.party));
  co_return http::Response::json(200, "{\"key\":\"" + key + "\"}");
}

Answer constant(std::string json) { co_return http::Response::json(200, std::move(json)); }

}  // namespace

http::Response error_response(const Error& e, const Exchange& x) {
  int status = server::status_of(e.kind);
  JsonWriter w;
  w.begin_object();
  std::string title(http::reason(status));
  if (status == 401) title = "Unauthenticated";
  w.field("title", title).field("detail", e.message).field("status", status);
  if (status == 402) {
    w.field("code", "payment_required");
    auto details = Json::parse(e.details.empty() ? "{}" : e.details);
    if (details) {
      if (auto* offers = details->find("offers")) w.raw_field("offers", offers->dump());
      w.raw_field("details", details->dump());
    }
  } else if (!e.code.empty()) {
    w.field("code", e.code);
  }
  w.end_object();
  auto r = http::Response::text(status, "application/problem+json", std::move(w).str());
  if (status == 429) {
    auto details = Json::parse(e.details.empty() ? "{}" : e.details);
    // Clients sleep as long as they are told: never long.
    std::int64_t seconds = details ? details->integer_at("retry_after").value_or(1) : 1;
    r.headers.add("Retry-After", std::to_string(std::clamp<std::int64_t>(seconds, 1, 60)));
    r.headers.add("ratelimit-remaining", "0");
    r.headers.add("ratelimit-reset", std::to_string(seconds));
  }
  return r;
}

std::unique_ptr<Surface> make_surface(Services& v) {
  auto s = std::make_unique<Surface>("replicate", error_response);
  v.inference.set_renderer([&v](const inference::Prediction& p) {
    return prediction_json(p, v.public_url, signed_addresses(v.inference, p.caller, v.public_url));
  });
  v.inference.add_own_prefix(v.public_url + "/v1/files/");
  // On loopback clients choose among two names of this machine.
  for (auto [from, to] :
       {std::pair{std::string_view("://127.0.0.1:"), std::string_view("://localhost:")}, {"://localhost:", "://127.0.0.1:"}}) {
    std::string other = v.public_url;
    if (std::size_t at = other.find(from); at != std::string::npos)
      v.inference.add_own_prefix(other.replace(at, from.size(), to) + "/v1/files/");
  }
  server::RouteOptions in{.auth = server::Auth::required}, large{.auth = server::Auth::required, .max_body = 48ull << 20},
      file{.auth = server::Auth::required, .max_body = max_file_bytes + 65536};
  s->route("POST", "/v1/predictions", large, [&v](Exchange& x) { return create(v, x, "", ""); });
  s->route("GET", "/v1/predictions", in, [&v](Exchange& x) { return list(v, x); });
  s->route("GET", "/v1/predictions/{id}", in, [&v](Exchange& x) { return get(v, x); });
  s->route("POST", "/v1/predictions/{id}/cancel", in, [&v](Exchange& x) { return cancel(v, x); });
  s->route("GET", "/v1/models", in, [&v](Exchange& x) { return models(v, x); });
  s->route("GET", "/v1/models/{owner}/{name}", in, [&v](Exchange& x) { return model(v, x); });
  s->route("GET", "/v1/models/{owner}/{name}/versions", in, [&v](Exchange& x) { return versions(v, x); });
  s->route("GET", "/v1/models/{owner}/{name}/versions/{version}", in, [&v](Exchange& x) { return version(v, x); });
  s->route("POST", "/v1/models/{owner}/{name}/predictions", large,
           [&v](Exchange& x) { return create(v, x, x.param("owner") + "/" + x.param("name"), ""); });
  s->route("POST", "/v1/files", file, [&v](Exchange& x) { return upload_file(v, x); });
  s->route("GET", "/v1/files", in, [&v](Exchange& x) { return list_files(v, x); });
  s->route("GET", "/v1/files/{id}", in, [&v](Exchange& x) { return get_file(v, x); });
  s->route("DELETE", "/v1/files/{id}", in, [&v](Exchange& x) { return delete_file(v, x); });
  s->route("GET", "/v1/files/{id}/download", {.auth = server::Auth::optional}, [&v](Exchange& x) { return download_file(v, x); });
  s->route("GET", "/v1/account", in, [](Exchange& x) { return account(x); });
  s->route("GET", "/v1/webhooks/default/secret", in, [&v](Exchange& x) { return secret(v, x); });
  s->route("GET", "/v1/hardware", in, [](Exchange&) { return constant("[{\"sku\":\"cpu\",\"name\":\"CPU\"}]"); });
  s->route("GET", "/v1/collections", in, [](Exchange&) { return constant("{\"previous\":null,\"next\":null,\"results\":[]}"); });
  return s;
}

}  // namespace kontor::replicate
