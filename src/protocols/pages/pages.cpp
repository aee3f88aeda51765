// The surface of the pages: its routes and its one way of showing an error.
#include "protocols/pages/pages.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kontor::pages {

Task<Result<http::Parameters>> signed_form(const View& v) {
  Exchange& x = v.x;
  if (!x.request.header("Content-Type").starts_with("application/x-www-form-urlencoded"))
    co_return fail(Errc::unsupported_type, "unsupported_type", "Send the form as application/x-www-form-urlencoded.");
  KT_CO_TRY(std::string body, co_await x.request.read_all(64 * 1024));
  http::Parameters form(body);
  std::string cookie = session_cookie(x);
  if (cookie.empty()) co_return fail(Errc::unauthenticated, "unauthenticated", "Sign in first.");
  KT_CO_TRY(x.caller, co_await v.s.accounts.by_session(cookie, form.get("csrf").value_or("")));
  co_return form;
}

namespace {

Html error_body(const View& v, const Error& e, int status) {
  std::string title = status == 404   ? v.t("error.page_not_found")
                      : status == 401 ? v.t("error.unauthenticated")
                      : status >= 500 ? v.t("error.server", {{"id", v.x.request_id}})
                                      : v.t("error.page_refused");
  std::string text = status == 404 || status == 401 ? std::string() : v.t.or_word("error." + e.code, e.message);
  Html action;
  if (!v.signed_in() && (status == 404 || status == 401))
    action += el("a", {cls("btn btn-primary"), attr("href", sign_in_url(v.here()))}, v.t("nav.sign_in"));
  action += el("a", {cls("btn btn-plain"), attr("href", "/")}, v.t("error.home"));
  Html id = status == 404 ? Html()
                          : el("p", {cls("meta")}, v.t("error.request_id", {{"id", v.x.request_id}}), " ",
                               el("button", {cls("copy"), attr("type", "button"), attr("data-copy", v.x.request_id)}, v.t("common.copy")));
  return el("div", {cls("wrap empty")}, el("h1", {}, title), text.empty() ? Html() : el("p", {}, text), id, el("p", {cls("row")}, action));
}

}  // namespace

http::Response error_page(Services& s, const server::ErrorMapper& otherwise, const Error& e, const Exchange& x) {
  if (!wants_html(x)) return otherwise(e, x);
  View v(s, const_cast<Exchange&>(x));
  int status = server::status_of(e.kind);
  // Missing, private and forbidden look alike, and so do those that only signing in would tell apart.
  if (e.code == "repo_not_found" || e.code == "route_not_found" || e.code == "revision_not_found" || e.code == "entry_not_found")
    status = 404;
  Page p;
  p.title = status == 404 ? v.t("error.page_not_found_title") : v.t("error.page_title");
  p.body = error_body(v, e, status);
  p.is_private = true;
  p.status = status;
  return render(v, std::move(p));
}

void page(server::Surface& s, Services& v, std::string pattern, Handler handler) {
  s.route("GET", std::move(pattern), {}, [&v, handler](Exchange& x) -> Answer {
    auto refused = [](Exchange&) -> Answer { co_return fail(Errc::not_found, "route_not_found", "There is nothing at this address."); };
    return accepts_html(x) ? handler(v, x) : refused(x);
  });
}

std::unique_ptr<server::Surface> make_surface(Services& services, server::ErrorMapper otherwise) {
  auto s = std::make_unique<server::Surface>(
      "pages", [&services, otherwise](const Error& e, const Exchange& x) { return error_page(services, otherwise, e, x); });
  register_session(*s, services);
  register_home(*s, services);
  register_catalogue(*s, services);
  register_repository(*s, services);
  register_repository_people(*s, services);
  register_gate(*s, services);
  register_use(*s, services);
  register_trade(*s, services);
  register_trade_log(*s, services);
  register_working(*s, services);
  return s;
}

}  // namespace kontor::pages
