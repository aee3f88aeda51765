// What people do with a repository that is not theirs: like it, ask for its files. Forms that work without script; clients ask with their
// token at the same address (GA-5 of the hub's contract).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/pages/icons.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

template <Kind kind>
std::string path_of(const Exchange& x) {
  return repository_path(kind, percent_encode(x.param("ns")) + "/" + percent_encode(x.param("name")));
}

template <Kind kind>
Answer ask_access(Services& s, Exchange& x) {
  View v(s, x);
  std::vector<std::pair<std::string, std::string>> fields;
  auto keep = [&](const http::Parameters& form) {
    for (const auto& [k, value] : form.fields())
      if (k != "csrf") fields.emplace_back(k, value);
  };
  if (x.caller.anonymous) {
    if (session_cookie(x).empty() && !wants_html(x))
      co_return fail(Errc::unauthenticated, "unauthenticated", "Sign in, or send a token, to ask for access.");
    auto form = co_await signed_form(v);
    if (!form && form.error().kind == Errc::unauthenticated) co_return see_other(sign_in_url(path_of<kind>(x)));
    if (!form) co_return Unexpected(form.error());
    keep(*form);
  } else {
    KT_CO_TRY(std::string body, co_await x.request.read_all(64 * 1024));
    if (x.request.header("Content-Type").starts_with("application/x-www-form-urlencoded")) keep(http::Parameters(body));
  }
  KT_CO_TRY(Repository r, co_await s.access.open(x.caller, kind, x.param("ns"), x.param("name"), repository::Need::see));
  auto work = [&](UnitOfWork& u) { return s.requests.ask(u, x.caller, r, fields); };
  auto asked = co_await s.storage.write(work);
  // Nothing to ask for: the page shows it, and what to do instead.
  bool open = !asked && (asked.error().code == "has_access" || (asked.error().code == "not_gated" && wants_html(x)));
  if (!asked && !open) co_return Unexpected(asked.error());
  co_return see_other(r.page());
}

template <Kind kind>
Answer like(Services& s, Exchange& x) {
  View v(s, x);
  auto form = co_await signed_form(v);
  if (!form && form.error().kind == Errc::unauthenticated) co_return see_other(sign_in_url(path_of<kind>(x)));
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
  s.route("POST", base + "/ask-access", {.auth = server::Auth::form, .max_body = 64 * 1024},
          [&v](Exchange& x) { return ask_access<kind>(v, x); });
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

bool gate_answered(const Subject& r) {
  if (r.why_not != "gated" || !r.request) return false;
  // What waits since the owner decided himself is accepted as soon as it is asked for again.
  return r.request->state == repository::RequestState::rejected ||
         (r.request->state == repository::RequestState::pending && r.repository().gated == "manual");
}

Html gate_action(const View& v, const Subject& r) {
  if (!v.signed_in()) return el("a", {cls("btn btn-primary"), attr("href", sign_in_url(r.path()))}, v.t("repo.gate_sign_in"));
  if (gate_answered(r) && r.request->state == repository::RequestState::pending)
    return el("p", {cls("notice notice-info")}, v.t("repo.gate_pending", {{"date", v.t.date(r.request->asked_at)}}));
  if (gate_answered(r))
    return el("p", {cls("notice notice-warn")},
              r.request->reason.empty() ? Html(v.t("repo.gate_rejected"))
                                        : Html(v.t("repo.gate_rejected_because", {{"reason", r.request->reason}})));
  return el("form", {cls("stack tight"), attr("method", "post"), attr("action", r.path() + "/ask-access")}, csrf_field(v),
            el("button", {cls("btn btn-primary"), attr("type", "submit")}, v.t("repo.gate_ask")),
            el("p", {cls("meta")}, v.t(r.repository().gated == "auto" ? "repo.gate_auto_hint" : "repo.gate_manual_hint")));
}

void register_repository_people(server::Surface& s, Services& v) {
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
}

}  // namespace kontor::pages
