// Likes (LK-1 to LK-4).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

Answer set(Services& v, Exchange& x, Kind kind, bool liked) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::see));
  if (x.caller.anonymous) co_return fail(Errc::unauthenticated, "unauthenticated", "Invalid username or password.");
  Time now = v.wall.now();
  auto work = [&](UnitOfWork& u) { return v.likes.set(u, r.id, x.caller.party, liked, now); };
  KT_CO_TRY([[maybe_unused]] bool changed, co_await v.storage.write(work));
  co_return http::Response::json(200, liked ? "{\"liked\":true}" : "{\"liked\":false}");
}

Answer likers(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::see));
  KT_CO_TRY(PageOf page, page_of(x));
  auto look = [&](UnitOfWork& u) { return v.likes.likers(u, r.id, page.after, page.asked()); };
  KT_CO_TRY(auto rows, co_await v.storage.read(look));
  bool more = page.cut(rows);
  JsonWriter w;
  w.begin_array();
  for (const auto& one : rows) {
    const auto& p = one.person;
    w.begin_object()
        .field("user", p.name)
        .field("fullname", p.full_name.empty() ? p.name : p.full_name)
        .field("avatarUrl", x.public_url + "/api/avatars/" + p.name)
        .field("type", "user")
        .field("isPro", false)
        .end_object();
  }
  auto response = http::Response::json(200, std::move(w.end_array()).str());
  if (more) response.headers.add("Link", link_next(x, cursor_at(rows.back().liked_at.ns, rows.back().person.id)));
  co_return response;
}

// A page may hold fewer than were asked for: what the asker may not see is left out of it.
Answer liked_by(Services& v, Exchange& x) {
  KT_CO_TRY(PageOf page, page_of(x));
  std::string name = x.param("name");
  auto look = [&](UnitOfWork& u) -> Result<std::vector<repository::LikedRepository>> {
    KT_TRY(auto p, v.account_store.find_party_by_name(u, name));
    if (!p || p->kind != identity::PartyKind::person) return fail(Errc::not_found, "not_found", "This user does not exist");
    return v.likes.liked_by(u, p->id, page.after, page.asked());
  };
  KT_CO_TRY(auto rows, co_await v.storage.read(look));
  bool more = page.cut(rows);
  JsonWriter w;
  w.begin_array();
  for (const auto& one : rows) {
    const Repository& r = one.repository;
    if (identity::authorize(x.caller, identity::Action::repository_see, {r.owner, r.visibility}) != identity::Decision::allow) continue;
    w.begin_object()
        .field("createdAt", rfc3339(one.liked_at))
        .key("repo")
        .begin_object()
        .field("name", r.full_name())
        .field("type", repository::kind_name(r.kind))
        .end_object()
        .end_object();
  }
  auto response = http::Response::json(200, std::move(w.end_array()).str());
  if (more) response.headers.add("Link", link_next(x, cursor_at(rows.back().liked_at.ns, rows.back().repository.id)));
  co_return response;
}

}  // namespace

void register_likes(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = fmt::format("/api/{}/{{ns}}/{{name}}/", plural[static_cast<int>(kind)]);
    s.route("POST", base + "like", {}, [&v, kind](Exchange& x) { return set(v, x, kind, true); });
    s.route("DELETE", base + "like", {}, [&v, kind](Exchange& x) { return set(v, x, kind, false); });
    s.route("GET", base + "likers", {}, [&v, kind](Exchange& x) { return likers(v, x, kind); });
  }
  s.route("GET", "/api/users/{name}/likes", {}, [&v](Exchange& x) { return liked_by(v, x); });
}

}  // namespace kontor::huggingface
