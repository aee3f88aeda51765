#include "protocols/huggingface/hub.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"

namespace kontor::huggingface {
namespace {

// The clients know no 422, but for paths.
int hub_status(const Error& e) { return e.kind == Errc::invalid && e.code != "invalid_path" ? 400 : server::status_of(e.kind); }

// Whose wording clients act upon. Everything else has no code.
std::string_view error_code(const Error& e) {
  if (e.code == "repo_not_found") return "RepoNotFound";
  if (e.code == "revision_not_found") return "RevisionNotFound";
  if (e.code == "entry_not_found") return "EntryNotFound";
  if (e.code == "gated") return "GatedRepo";
  return {};
}

}  // namespace

http::Response error_response(const Error& e, const Exchange& x) {
  if (e.code == "moved") {
    http::Response r = http::Response::json(307, "{\"error\":\"The repository has moved.\"}");
    r.headers.add("Location", e.details);
    return r;
  }
  JsonWriter w;
  w.begin_object().field("error", e.message);
  if (e.kind == Errc::payment_required) {
    w.field("code", "payment_required");
    auto details = Json::parse(e.details.empty() ? "{}" : e.details);
    if (details && details->find("offers")) w.raw_field("offers", details->find("offers")->dump());
  } else if (!e.details.empty()) {
    auto details = Json::parse(e.details);
    if (details && details->is_object())
      for (const auto& [k, v] : *details->object())
        if (k != "error") w.raw_field(k, v.dump());
  }
  http::Response r = http::Response::json(hub_status(e), std::move(w.end_object()).str());
  if (auto code = error_code(e); !code.empty()) r.headers.add("X-Error-Code", std::string(code));
  r.headers.add("X-Error-Message", header_safe(e.message, 800));
  if (e.kind == Errc::payment_required) {
    auto details = Json::parse(e.details.empty() ? "{}" : e.details);
    if (details)
      if (auto* offers = details->find("offers"); offers && offers->is_array() && !offers->array()->empty())
        r.headers.add("Link", fmt::format("<{}/api/v1/offers/{}>; rel=\"payment\"", x.public_url, (*offers->array())[0].text_or("id")));
  }
  if (r.status == 401) r.headers.add("WWW-Authenticate", "Bearer realm=\"Kontor\", charset=\"UTF-8\"");
  return r;
}

std::string web_prefix(Kind k) { return k == Kind::model ? "" : std::string(plural[static_cast<int>(k)]) + "/"; }
std::string repo_url(const Exchange& x, const Repository& r) { return x.public_url + "/" + web_prefix(r.kind) + r.full_name(); }
repository::Author author_of(const identity::Caller& c) { return {c.name, c.name + "@users.noreply.kontor"}; }

Task<Result<Repository>> open(Services& v, Exchange& x, Kind kind, Need need, std::string path, bool delivers) {
  std::string ns = x.param("ns"), name = x.param("name");
  auto found = co_await v.access.open(x.caller, kind, ns, name, need, std::move(path), delivers);
  if (found || found.error().code != "repo_not_found") co_return found;
  auto look = [&](UnitOfWork& u) { return v.store.redirect(u, kind, ns, name); };
  auto target = co_await v.storage.look_up(look);
  if (!target || !*target ||
      identity::authorize(x.caller, identity::Action::repository_see, {(*target)->owner, (*target)->visibility}) !=
          identity::Decision::allow)
    co_return found;
  // The same address under the new name.
  std::string old_name = ns + "/" + name, location = x.request.target;
  if (std::size_t at = location.find(old_name); at != std::string::npos) location.replace(at, old_name.size(), (*target)->full_name());
  co_return fail(Errc::not_found, "moved", "The repository has moved.", location);
}

std::string revision_of(const Exchange& x) {
  if (!x.param("ref_kind").empty()) return "refs/" + x.param("ref_kind") + "/" + x.param("ref_name");
  return x.param("rev");
}

std::string link_next(const Exchange& x, std::string_view cursor) {
  std::string url = x.public_url + std::string(x.request.path) + "?";
  auto query = x.query();
  for (const auto& [k, v] : query.fields())
    if (k != "cursor") url += percent_encode(k) + "=" + percent_encode(v) + "&";
  return fmt::format("<{}cursor={}>; rel=\"next\"", url, percent_encode(cursor));
}

Task<Result<Json>> object_body(Exchange& x, std::uint64_t limit) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(limit));
  KT_CO_TRY(Json body, Json::parse(text));
  if (!body.is_object()) co_return fail(Errc::malformed, "malformed", "The body must be a JSON object.");
  co_return body;
}

Result<PageOf> page_of(const Exchange& x) {
  constexpr int default_page = 100, max_page = 1000;
  auto query = x.query();
  PageOf out{std::nullopt, default_page};
  if (auto l = query.get("limit")) {
    auto n = parse_u64(*l);
    if (!n) return fail(Errc::malformed, "malformed", "\"limit\" must be a number.");
    out.limit = static_cast<int>(std::clamp<std::uint64_t>(*n, 1, max_page));
  }
  if (auto cursor = query.get("cursor")) {
    std::string text = from_base64url(*cursor).value_or("");
    std::size_t bar = text.find('|');
    auto at = bar == std::string::npos ? std::nullopt : parse_u64(std::string_view(text).substr(0, bar));
    if (!at || *at > static_cast<std::uint64_t>(INT64_MAX) || !valid_utf8(text))
      return fail(Errc::malformed, "cursor_invalid", "The cursor is not one of ours: begin at the first page.");
    out.after = {static_cast<std::int64_t>(*at), text.substr(bar + 1)};
  }
  return out;
}
std::string cursor_at(std::int64_t time_ns, std::string_view id) { return base64url(fmt::format("{}|{}", time_ns, id)); }

std::unique_ptr<Surface> make_surface(Services& v) {
  auto s = std::make_unique<Surface>("huggingface", error_response);
  register_info(*s, v);
  register_trees(*s, v);
  register_files(*s, v);
  register_commits(*s, v);
  register_refs(*s, v);
  register_manage(*s, v);
  register_lists(*s, v);
  register_access(*s, v);
  register_likes(*s, v);
  register_identity(*s, v);
  return s;
}

}  // namespace kontor::huggingface
