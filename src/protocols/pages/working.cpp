// Frames of the pages where signed-in people work: title, place for the script, and what is shown until it runs. Their content comes from
// /api/v1, so nothing is written twice.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/pages/cards.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

Html frame(const View& v, const std::string& title, std::string_view section, const std::string& props = {}) {
  Html skeleton = el("div", {cls("skeleton"), attr("aria-hidden", "true")}, el("span", {}), el("span", {}), el("span", {}));
  return el("div", {cls("wrap")}, el("h1", {cls("page-title")}, title),
            el("div", {attr("id", "app"), attr("data-page", section), when(!props.empty(), attr("data-props", props))}, skeleton,
               el("noscript", {}, el("p", {cls("notice notice-info")}, v.t("common.needs_script")))));
}

// Anonymous readers sign in first and come back here.
Answer work(Services& s, Exchange& x, const char* entry, bool operators_only) {
  View v(s, x);
  if (!v.signed_in()) co_return see_other(sign_in_url(v.here()));
  // Whoever may not operate must not learn what is there.
  if (operators_only && identity::authorize(x.caller, identity::Action::operate, {}) != identity::Decision::allow)
    co_return fail(Errc::not_found, "route_not_found", "There is nothing at this address.");
  std::string section(x.request.path.substr(1));
  std::string title = v.t(std::string("nav.") + entry);
  Page p;
  p.title = title;
  p.entry = entry;
  p.is_private = true;
  p.body = frame(v, title, section);
  co_return render(v, std::move(p));
}

Answer account(Services& s, Exchange& x) { return work(s, x, "account", false); }
Answer sell(Services& s, Exchange& x) { return work(s, x, "sell", false); }
Answer operate(Services& s, Exchange& x) { return work(s, x, "operator", true); }
Answer settings(Services& s, Exchange& x) { return work(s, x, "settings", false); }

Answer new_repository(Services& s, Exchange& x) {
  View v(s, x);
  if (!v.signed_in()) co_return see_other(sign_in_url(v.here()));
  Page p;
  p.title = v.t("nav.new_repository");
  p.entry = "repository";
  p.is_private = true;
  p.body = frame(v, p.title, "new");
  co_return render(v, std::move(p));
}

template <Kind kind>
Answer repository_work(Services& s, Exchange& x, const char* entry, bool upload) {
  View v(s, x);
  if (!v.signed_in()) co_return see_other(sign_in_url(v.here()));
  KONTOR_OPEN_SUBJECT(r, v, kind);
  if (!r.writable || (!upload && !r.mine))
    co_return fail(Errc::not_found, "repo_not_found", "This repository does not exist or is not visible to you.");
  JsonWriter w;
  w.begin_object()
      .field("kind", repository::kind_name(kind))
      .field("name", r.name())
      .field("path", r.path())
      .field("asset", r.repository().asset())
      .field("private", r.repository().visibility == identity::Visibility::private_);
  w.field("gated", r.repository().gated)
      .field("revision", upload ? x.param("rev") : "main")
      .field("head", r.row.head)
      .field("listed", r.listing.has_value())
      .end_object();
  Page p;
  std::string what = v.t(upload ? "repo.upload" : "nav.settings");
  p.title = r.name() + " - " + what;
  p.crumbs = repository_crumbs(v, r, what);
  p.entry = entry;
  p.is_private = true;
  p.upload_policy = upload;
  p.body = frame(v, what, upload ? "upload" : "repository-settings", w.text());
  co_return render(v, std::move(p));
}

Answer design(Services& s, Exchange& x) {
  View v(s, x);
  Page p;
  p.title = v.t("design.title");
  p.entry = "design";
  p.body = frame(v, p.title, "design") + design_parts(v);
  co_return render(v, std::move(p));
}

template <Kind kind>
void add_kind(server::Surface& s, Services& v) {
  std::string base = (kind == Kind::model ? "" : "/" + std::string(plural_of(kind))) + "/{ns}/{name}";
  page(s, v, base + "/settings", [](Services& services, Exchange& x) { return repository_work<kind>(services, x, "repository", false); });
  page(s, v, base + "/upload/{rev}", [](Services& services, Exchange& x) { return repository_work<kind>(services, x, "upload", true); });
}

}  // namespace

void register_working(server::Surface& s, Services& v) {
  page(s, v, "/account", account);
  page(s, v, "/account/{rest*}", account);
  page(s, v, "/sell", sell);
  page(s, v, "/sell/{rest*}", sell);
  page(s, v, "/operator", operate);
  page(s, v, "/operator/{rest*}", operate);
  page(s, v, "/settings", settings);
  page(s, v, "/settings/{rest*}", settings);
  page(s, v, "/new", new_repository);
  page(s, v, "/design", design);
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
}

}  // namespace kontor::pages
