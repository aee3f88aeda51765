// Requests for access to gated repositories, for their owners (GA-1 to GA-3). Asking (GA-5) is a form of the repository's page.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

using repository::AccessRequest;
using repository::RequestState;

Result<std::string> entry_json(Services& v, UnitOfWork& u, const Exchange& x, const AccessRequest& q) {
  KT_TRY(auto person, v.account_store.find_party(u, q.party));
  JsonWriter w;
  w.begin_object().field("requestId", q.id);
  if (person) {
    w.key("user")
        .begin_object()
        .field("_id", person->object_id)
        .field("user", person->name)
        .field("fullname", person->full_name.empty() ? person->name : person->full_name);
    if (std::string email = repository::shown_email(q, *person); !email.empty()) w.field("email", email);
    w.field("avatarUrl", x.public_url + "/api/avatars/" + person->name).field("type", "user").field("isPro", false).end_object();
  }
  w.field("status", repository::state_name(q.state)).field("timestamp", rfc3339(q.asked_at));
  if (q.fields.size() > 2) w.raw_field("fields", q.fields);
  if (q.decided_at) w.field("decidedAt", rfc3339(*q.decided_at));
  if (!q.reason.empty()) w.field("rejectionReason", q.reason);
  if (q.granted) {
    KT_TRY(auto by, v.account_store.find_party(u, q.decided_by));
    if (by)
      w.key("grantedBy")
          .begin_object()
          .field("user", by->name)
          .field("fullname", by->full_name.empty() ? by->name : by->full_name)
          .end_object();
  }
  return std::move(w.end_object()).str();
}

Answer list(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::admin));
  auto state = repository::parse_request_state(x.param("state"));
  if (!state) co_return fail(Errc::not_found, "route_not_found", "Requests are pending, accepted or rejected.");
  KT_CO_TRY(PageOf page, page_of(x));
  std::string next;
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(auto rows, v.requests.list(u, r, *state, page.after, page.asked()));
    if (page.cut(rows)) next = cursor_at(rows.back().asked_at.ns, rows.back().id);
    std::string out = "[";
    for (const auto& q : rows) {
      KT_TRY(std::string entry, entry_json(v, u, x, q));
      out += (out.size() > 1 ? "," : "") + entry;
    }
    return out + "]";
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(look));
  auto response = http::Response::json(200, std::move(json));
  if (!next.empty()) response.headers.add("Link", link_next(x, next));
  co_return response;
}

Answer handle(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::admin));
  KT_CO_TRY(Json body, co_await object_body(x, 64 * 1024));
  repository::RequestName whose{body.text_or("user"), body.text_or("userId"), body.text_or("requestId")};
  if (whose.user.empty() + whose.user_id.empty() + whose.id.empty() != 2)
    co_return fail(Errc::malformed, "malformed", "Exactly one of \"user\", \"userId\" and \"requestId\" says whose request it is.");
  auto to = repository::parse_request_state(body.text_or("status"));
  if (!to) co_return fail(Errc::malformed, "malformed", "\"status\" must be one of [\"accepted\", \"rejected\", \"pending\"].");
  std::string reason = body.text_or("rejectionReason");
  if (!reason.empty() && *to != RequestState::rejected)
    co_return fail(Errc::malformed, "malformed", "\"rejectionReason\" goes with the status \"rejected\" only.");
  auto work = [&](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(auto q, v.requests.decide(u, x.caller, r, whose, *to, reason));
    return entry_json(v, u, x, q);
  };
  KT_CO_TRY(std::string json, co_await v.storage.write(work));
  co_return http::Response::json(200, std::move(json));
}

Answer grant(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::admin));
  KT_CO_TRY(Json body, co_await object_body(x, 64 * 1024));
  std::string user = body.text_or("user");
  if (user.empty()) co_return fail(Errc::malformed, "malformed", "\"user\" names who gets access.");
  auto work = [&](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(auto q, v.requests.grant(u, x.caller, r, user));
    return entry_json(v, u, x, q);
  };
  KT_CO_TRY(std::string json, co_await v.storage.write(work));
  co_return http::Response::json(200, std::move(json));
}

}  // namespace

void register_access(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = fmt::format("/api/{}/{{ns}}/{{name}}/user-access-request/", plural[static_cast<int>(kind)]);
    s.route("GET", base + "{state}", {}, [&v, kind](Exchange& x) { return list(v, x, kind); });
    s.route("POST", base + "handle", {}, [&v, kind](Exchange& x) { return handle(v, x, kind); });
    s.route("POST", base + "grant", {}, [&v, kind](Exchange& x) { return grant(v, x, kind); });
  }
}

}  // namespace kontor::huggingface
