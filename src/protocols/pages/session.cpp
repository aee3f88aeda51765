// Signing in and out, signing up, language and theme: forms that work without script.
#include "base/text.hpp"
#include "io/address_ranges.hpp"
#include "protocols/pages/pages.hpp"
#include "server/cookies.hpp"

namespace kontor::pages {
namespace {

constexpr int preference_seconds = 365 * 24 * 3600;

Html field(const View& v, std::string_view id, std::string_view label, std::string_view type, std::string_view autocomplete,
           std::string_view value = {}, std::string_view hint = {}, bool required = true) {
  std::string hint_id = std::string(id) + "-hint";
  return el("div", {cls("field")}, el("label", {attr("for", id)}, v.t(label)),
            el("input", {attr("id", id), attr("name", id), attr("type", type), attr("autocomplete", autocomplete),
                         flag("required", required), attr("value", value), when(!hint.empty(), attr("aria-describedby", hint_id))}),
            hint.empty() ? Html() : el("p", {cls("hint"), attr("id", hint_id)}, v.t(hint)));
}

Html login_form(const View& v, const std::string& next, const std::string& name, const std::string& problem) {
  Html notice = problem.empty() ? Html() : el("p", {cls("notice notice-bad"), attr("role", "alert")}, problem);
  Html join =
      v.s.accounts.sign_up_mode() == identity::SignUp::closed
          ? Html()
          : el("p", {cls("meta")},
               v.t.rich("login.no_account",
                        {{"link", [&](const Html& h) { return el("a", {attr("href", "/join?next=" + percent_encode(next))}, h); }}}));
  return el(
      "div", {cls("wrap narrow")}, el("h1", {}, v.t("login.title")), notice,
      el("form", {cls("stack panel"), attr("method", "post"), attr("action", "/login")},
         el("input", {attr("type", "hidden"), attr("name", "next"), attr("value", next)}),
         field(v, "name", "login.name", "text", "username", name), field(v, "password", "login.password", "password", "current-password"),
         el("button", {cls("btn btn-primary"), attr("type", "submit")}, v.t("nav.sign_in"))),
      join);
}

http::Response login_page(const View& v, const std::string& next, const std::string& name, const std::string& problem, int status = 200) {
  Page p;
  p.title = v.t("login.title");
  p.body = login_form(v, next, name, problem);
  p.is_private = true;
  p.status = status;
  return render(v, std::move(p));
}

Answer show_login(Services& s, Exchange& x) {
  View v(s, x);
  std::string next = safe_next(v.query.get("next").value_or("/"));
  if (v.signed_in()) co_return see_other(next);
  co_return login_page(v, next, "", "");
}

Task<Result<http::Parameters>> form_of(Exchange& x) {
  KT_CO_TRY(std::string body, co_await x.request.read_all(64 * 1024));
  co_return http::Parameters(body);
}

// A form on another site must not sign somebody in here (or choose for him): browsers say where a form comes from.
bool from_elsewhere(const Exchange& x) {
  std::string_view site = x.request.header("Sec-Fetch-Site"), origin = x.request.header("Origin");
  if (!site.empty()) return site != "same-origin" && site != "none";
  return !origin.empty() && origin != x.public_url;
}

Answer sign_in(Services& s, Exchange& x) {
  View v(s, x);
  KT_CO_TRY(auto form, co_await form_of(x));
  std::string next = safe_next(form.get("next").value_or("/")), name = form.get("name").value_or("");
  if (from_elsewhere(x)) co_return login_page(v, next, name, v.t("error.csrf"), 403);
  auto in = co_await s.accounts.sign_in(std::string(trim(name)), form.get("password").value_or(""), server::sign_in_from(x));
  if (!in && in.error().kind == Errc::rate_limited) co_return login_page(v, next, name, v.t("login.too_many"), 429);
  if (!in && in.error().kind != Errc::unauthenticated) co_return Unexpected(in.error());
  if (!in) co_return login_page(v, next, name, v.t("login.wrong"), 401);
  auto r = see_other(next);
  server::keep_signed_in(r, x, *in);
  co_return r;
}

http::Response join_page(const View& v, const std::string& next, const http::Parameters& given, const std::string& problem,
                         int status = 200) {
  Page p;
  p.title = v.t("login.join_title");
  p.is_private = true;
  p.status = status;
  Html notice = problem.empty() ? Html() : el("p", {cls("notice notice-bad"), attr("role", "alert")}, problem);
  bool invited = v.s.accounts.sign_up_mode() == identity::SignUp::invite;
  Html invite = invited ? field(v, "invite", "login.invite", "text", "off", given.get("invite").value_or(""), "login.invite_hint") : Html();
  if (v.s.accounts.sign_up_mode() == identity::SignUp::closed) {
    p.body = el("div", {cls("wrap narrow")}, el("h1", {}, p.title), el("p", {cls("notice notice-info")}, v.t("login.closed")));
    return render(v, std::move(p));
  }
  p.body = el("div", {cls("wrap narrow")}, el("h1", {}, p.title), notice,
              el("form", {cls("stack panel"), attr("method", "post"), attr("action", "/join")},
                 el("input", {attr("type", "hidden"), attr("name", "next"), attr("value", next)}),
                 field(v, "name", "login.name", "text", "username", given.get("name").value_or(""), "login.name_hint"),
                 field(v, "email", "login.email", "email", "email", given.get("email").value_or(""), "login.email_hint", false),
                 field(v, "password", "login.password", "password", "new-password", "", "login.password_hint"), invite,
                 el("button", {cls("btn btn-primary"), attr("type", "submit")}, v.t("nav.sign_up"))),
              el("p", {cls("meta")},
                 v.t.rich("login.have_account", {{"link", [&](const Html& h) { return el("a", {attr("href", sign_in_url(next))}, h); }}})));
  return render(v, std::move(p));
}

Answer show_join(Services& s, Exchange& x) {
  View v(s, x);
  std::string next = safe_next(v.query.get("next").value_or("/"));
  if (v.signed_in()) co_return see_other(next);
  co_return join_page(v, next, v.query, "");
}

Answer join(Services& s, Exchange& x) {
  View v(s, x);
  KT_CO_TRY(auto form, co_await form_of(x));
  std::string next = safe_next(form.get("next").value_or("/"));
  if (from_elsewhere(x)) co_return join_page(v, next, form, v.t("error.csrf"), 403);
  identity::NewUser user;
  user.name = std::string(trim(form.get("name").value_or("")));
  user.email = std::string(trim(form.get("email").value_or("")));
  std::string password = form.get("password").value_or("");
  user.password = password;
  auto made = co_await s.accounts.sign_up(user, std::string(trim(form.get("invite").value_or(""))), io::counted_as(x.address));
  if (!made && (made.error().kind == Errc::internal || made.error().kind == Errc::unavailable)) co_return Unexpected(made.error());
  if (!made)
    co_return join_page(v, next, form, v.t.or_word("login.problem_" + made.error().code, made.error().message),
                        server::status_of(made.error().kind));
  KT_CO_TRY(auto in, co_await s.accounts.sign_in(user.name, password, server::sign_in_from(x)));
  auto r = see_other(next);
  server::keep_signed_in(r, x, in);
  co_return r;
}

Answer sign_out(Services& s, Exchange& x) {
  View v(s, x);
  auto form = co_await signed_form(v);
  if (!form && form.error().kind != Errc::unauthenticated) co_return Unexpected(form.error());
  KT_CO_CHECK(co_await s.accounts.sign_out(session_cookie(x)));
  auto r = see_other("/");
  server::end_session(r, x);
  r.headers.add("Clear-Site-Data", "\"cache\"");
  co_return r;
}

Answer set_language(Services& s, Exchange& x) {
  View v(s, x);
  KT_CO_TRY(auto form, co_await form_of(x));
  auto r = see_other(safe_next(form.get("next").value_or("/")));
  std::string wanted = form.get("lang").value_or("");
  for (const Language& l : s.catalogue.languages())
    if (l.code == wanted) server::set_cookie(r, x, "lang", l.code, preference_seconds, true);
  co_return r;
}

Answer set_theme(Services& s, Exchange& x) {
  View v(s, x);
  KT_CO_TRY(auto form, co_await form_of(x));
  std::string theme = form.get("theme").value_or("");
  auto r = see_other(safe_next(form.get("next").value_or("/")));
  bool known = theme == "light" || theme == "dark";
  server::set_cookie(r, x, "theme", known ? theme : "", known ? preference_seconds : 0, true);
  co_return r;
}

}  // namespace

void register_session(server::Surface& s, Services& v) {
  page(s, v, "/login", show_login);
  server::RouteOptions form{.auth = server::Auth::none, .max_body = 64 * 1024};
  s.route("POST", "/login", form, [&v](Exchange& x) { return sign_in(v, x); });
  page(s, v, "/join", show_join);
  s.route("POST", "/join", form, [&v](Exchange& x) { return join(v, x); });
  s.route("POST", "/logout", form, [&v](Exchange& x) { return sign_out(v, x); });
  s.route("POST", "/settings/language", form, [&v](Exchange& x) { return set_language(v, x); });
  s.route("POST", "/settings/theme", form, [&v](Exchange& x) { return set_theme(v, x); });
}

}  // namespace kontor::pages
