// What people do with a repository that is not theirs: like it. A form that works without script.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/pages/icons.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

template <Kind kind>
Answer like(Services& s, Exchange& x) {
  View v(s, x);
  auto form = co_await signed_form(v);
  if (!form && form.error().kind == Errc::unauthenticated) co_return see_other(sign_in_url(path_of(kind, x)));
  if (!form) co_return Unexpected(form.error());
  KT_CO_TRY(Repository r, co_await s.access.open(x.caller, kind, x.param("ns"), x.param("name"), repository::Need::see));
  bool liked = form->flag("liked");
  Time now = s.wall.now();
  auto work = [&](UnitOfWork& u) { return s.likes.set(u, r.id, x.caller.party, liked, now); };
  KT_CO_TRY([[maybe_unused]] bool changed, co_await s.storage.write(work));
  co_return see_other(r.page());
}

template <Kind kind>
void add_kind(server::Surface& s, Services& v) {
  std::string base = (kind == Kind::model ? "" : "/" + std::string(plural_of(kind))) + "/{ns}/{name}";
  s.route("POST", base + "/like", {.auth = server::Auth::none, .max_body = 64 * 1024}, [&v](Exchange& x) { return like<kind>(v, x); });
}

}  // namespace

Html like_button(const View& v, const Subject& r) {
  Html inside = icon("heart") + el("span", {cls("sr-only")}, v.t("repo.like"), " ") + el("span", {cls("count")}, v.t.compact(r.row.likes));
  if (!v.signed_in()) return el("a", {cls("btn btn-quiet like"), attr("href", sign_in_url(r.path()))}, inside);
  JsonWriter w;
  w.begin_object().field("api", fmt::format("/api/{}/{}/like", plural_of(r.kind), r.name())).field("likes", r.row.likes).end_object();
  return el(
      "k-like", {attr("data-props", w.text())},
      el("form", {attr("method", "post"), attr("action", r.path() + "/like")}, csrf_field(v),
         el("input", {attr("type", "hidden"), attr("name", "liked"), attr("value", r.liked ? "false" : "true")}),
         el("button", {cls("btn btn-quiet like"), attr("type", "submit"), attr("aria-pressed", r.liked ? "true" : "false")}, inside)));
}

void register_repository_people(server::Surface& s, Services& v) {
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
}

}  // namespace kontor::pages
