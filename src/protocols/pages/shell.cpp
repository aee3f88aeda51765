// The frame of every page: head, header, navigation, footer, and the headers that keep a page from being misused.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/hash.hpp"
#include "codec/json.hpp"
#include "protocols/pages/icons.hpp"
#include "protocols/pages/pages.hpp"
#include "server/cookies.hpp"

namespace kontor::pages {
namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; connect-src "
    "'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types kontor; report-to csp; report-uri /csp-report";
// The upload page's library hashes in a worker made from a blob, with WebAssembly, and knows no Trusted Types.
constexpr std::string_view upload_policy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; font-src "
    "'self'; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; report-to csp; "
    "report-uri /csp-report";

// What the build of the scripts says about its files; read once.
struct Manifest {
  Json json;
  explicit Manifest(const server::Assets& assets) {
    const server::Asset* a = assets.find("manifest.json");
    if (auto parsed = Json::parse(a ? a->body : "{}")) json = std::move(*parsed);
  }
  std::string at(std::initializer_list<std::string_view> path) const {
    const Json* j = &json;
    for (auto key : path)
      if (j) j = j->find(key);
    return j && j->string() ? "/" + *j->string() : std::string();
  }
};
const Manifest& manifest(const server::Assets& assets) {
  static const Manifest m(assets);
  return m;
}

std::string context_json(const View& v, const Page& p) {
  const Manifest& m = manifest(v.s.assets);
  const Language& l = v.t.language();
  JsonWriter w;
  w.begin_object()
      .field("lang", l.code)
      .field("tag", l.tag)
      .field("theme", v.theme)
      .field("public_url", v.x.public_url)
      .field("test_clock", v.s.test_clock);
  w.key("user");
  if (v.signed_in()) {
    w.begin_object()
        .field("name", v.caller().name)
        .field("party", v.caller().party)
        .field("operator", v.caller().is_operator)
        .key("organisations")
        .begin_array();
    for (const auto& o : v.caller().memberships)
      w.begin_object().field("name", o.org_name).field("party", o.org_party).field("role", identity::org_role_name(o.role)).end_object();
    w.end_array().end_object();
  } else {
    w.null();
  }
  w.key("csrf");
  if (v.caller().csrf.empty())
    w.null();
  else
    w.value(v.caller().csrf);
  w.key("messages").begin_object();
  for (const std::string& entry : {std::string("site"), p.entry}) {
    std::string url = m.at({"messages", entry, l.code});
    if (!entry.empty() && !url.empty()) w.field(entry, url);
  }
  w.end_object().key("languages").begin_array();
  for (const Language& other : v.t.catalogue().languages())
    w.begin_object().field("code", other.code).field("lang", other.tag).field("name", other.name).end_object();
  w.end_array().end_object();
  return std::move(w).str();
}

Html head(const View& v, const Page& p) {
  const Manifest& m = manifest(v.s.assets);
  Html out = el("meta", {attr("charset", "utf-8")}) +
             el("meta", {attr("name", "viewport"), attr("content", "width=device-width, initial-scale=1")}) +
             el("title", {}, p.title + " - Kontor");
  if (!p.description.empty()) out += el("meta", {attr("name", "description"), attr("content", p.description)});
  if (p.canonical.empty())
    out += el("meta", {attr("name", "robots"), attr("content", "noindex")});
  else {
    std::string address = v.x.public_url + p.canonical;
    out += el("link", {attr("rel", "canonical"), attr("href", address)});
    std::string glue = p.canonical.find('?') == std::string::npos ? "?" : "&";
    for (const Language& l : v.t.catalogue().languages())
      out += el("link", {attr("rel", "alternate"), attr("hreflang", l.tag), attr("href", address + glue + "lang=" + l.code)});
  }
  if (!p.previous.empty()) out += el("link", {attr("rel", "prev"), href(p.previous)});
  if (!p.next.empty()) out += el("link", {attr("rel", "next"), href(p.next)});
  out += el("meta", {attr("name", "color-scheme"), attr("content", v.theme.empty() ? "light dark" : v.theme)});
  if (auto icon = m.at({"files", "icon"}); !icon.empty())
    out += el("link", {attr("rel", "icon"), attr("type", "image/svg+xml"), attr("href", icon)});
  if (auto style = m.at({"styles", "main"}); !style.empty()) out += el("link", {attr("rel", "stylesheet"), attr("href", style)});
  if (auto style = m.at({"styles", "print"}); !style.empty())
    out += el("link", {attr("rel", "stylesheet"), attr("media", "print"), attr("href", style)});
  for (const std::string& entry : {p.early, std::string("site"), p.entry}) {
    if (entry.empty()) continue;
    if (auto js = m.at({"entries", entry, "js"}); !js.empty())
      out += el("script", {attr("type", "module"), flag("async", entry == p.early), attr("src", js)});
    const Json* entries = m.json.find("entries");
    const Json* preload = entries && entries->find(entry) ? entries->find(entry)->find("preload") : nullptr;
    if (preload && preload->array())
      for (const Json& file : *preload->array())
        if (file.string()) out += el("link", {attr("rel", "modulepreload"), attr("href", "/" + *file.string())});
  }
  return out;
}

Html mark() {
  return el("a", {cls("mark"), attr("href", "/")}, el("span", {cls("diamond"), attr("aria-hidden", "true")}, "\u25C6"), " Kontor");
}

Html nav_link(const View& v, std::string_view url, const std::string& label) {
  bool here = v.x.request.path == url || (url != "/" && v.x.request.path.starts_with(std::string(url) + "/"));
  return el("a", {attr("href", url), when(here, attr("aria-current", "page"))}, label);
}

Html language_form(const View& v) {
  Html options;
  for (const Language& l : v.t.catalogue().languages())
    options += el("button",
                  {attr("type", "submit"), attr("name", "lang"), attr("value", l.code), attr("lang", l.tag),
                   when(l.code == v.t.language().code, attr("aria-current", "true"))},
                  l.name);
  return el("form",
            {cls("switch switch-language"), attr("method", "post"), attr("action", "/settings/language"),
             attr("aria-label", v.t("nav.language"))},
            el("input", {attr("type", "hidden"), attr("name", "next"), attr("value", v.here())}), options);
}

Html theme_form(const View& v) {
  Html options;
  struct Choice {
    std::string_view theme, label;
  };
  for (auto [theme, label] : {Choice{"light", "nav.theme_light"}, Choice{"dark", "nav.theme_dark"}, Choice{"system", "nav.theme_system"}})
    options += el("button",
                  {attr("type", "submit"), attr("name", "theme"), attr("value", theme),
                   when(theme == v.theme || (theme == "system" && v.theme.empty()), attr("aria-current", "true"))},
                  v.t(label));
  return el("form",
            {cls("switch switch-theme"), attr("method", "post"), attr("action", "/settings/theme"), attr("aria-label", v.t("nav.theme"))},
            el("input", {attr("type", "hidden"), attr("name", "next"), attr("value", v.here())}), options);
}

Html account_menu(const View& v) {
  if (!v.signed_in()) {
    std::string next = v.x.request.path == "/login" || v.x.request.path == "/join" ? "" : "?next=" + percent_encode(v.here());
    Html join = v.s.accounts.sign_up_mode() == identity::SignUp::closed
                    ? Html()
                    : el("a", {cls("btn btn-quiet"), attr("href", "/join" + next)}, v.t("nav.sign_up"));
    return el("div", {cls("account")}, el("a", {cls("btn btn-plain"), attr("href", "/login" + next)}, v.t("nav.sign_in")), join);
  }
  Html links = el("a", {attr("href", "/" + v.caller().name)}, v.t("nav.profile")) +
               el("a", {attr("href", "/account")}, v.t("nav.account")) + el("a", {attr("href", "/account/wallet")}, v.t("nav.wallet")) +
               el("a", {attr("href", "/sell")}, v.t("nav.sell"));
  if (v.caller().is_operator) links += el("a", {attr("href", "/operator")}, v.t("nav.operator"));
  links += el("a", {attr("href", "/settings")}, v.t("nav.settings"));
  Html out = el("form", {attr("method", "post"), attr("action", "/logout")}, csrf_field(v),
                el("button", {attr("type", "submit")}, v.t("nav.sign_out")));
  return el("details", {cls("menu account")},
            el("summary", {}, el("span", {cls("sr-only")}, v.t("nav.account_menu"), ": "),
               el("span", {cls("avatar"), attr("aria-hidden", "true")}, initial(v.caller().name)), name_of(v.caller().name)),
            el("div", {cls("menu-items")}, links, out));
}

Html header(const View& v) {
  Html search =
      el("k-search", {},
         el("form", {attr("role", "search"), attr("action", "/search"), attr("method", "get")},
            el("label", {cls("sr-only"), attr("for", "q")}, v.t("nav.search")),
            el("input", {attr("id", "q"), attr("name", "q"), attr("type", "search"), attr("placeholder", v.t("nav.search_placeholder")),
                         attr("autocomplete", "off"), attr("maxlength", "200"),
                         attr("value", v.x.request.path == "/search" ? v.query.get("q").value_or("") : "")}),
            el("button", {attr("type", "submit"), cls("btn btn-quiet search-go"), attr("aria-label", v.t("nav.search"))}, icon("search"))));
  Html places = nav_link(v, "/models", v.t("nav.models")) + nav_link(v, "/datasets", v.t("nav.datasets")) +
                nav_link(v, "/spaces", v.t("nav.spaces")) + nav_link(v, "/market", v.t("nav.market"));
  Html preferences = el("details", {cls("menu preferences")},
                        el("summary", {}, el("span", {cls("sr-only")}, v.t("nav.language_and_theme"), ": "), v.t.language().name),
                        el("div", {cls("menu-items")}, language_form(v), theme_form(v)));
  return el("header", {cls("bar")}, mark(), search, el("nav", {cls("places"), attr("aria-label", v.t("nav.main"))}, places), preferences,
            account_menu(v));
}

Html crumbs(const View& v, const Page& p) {
  if (p.crumbs.empty()) return {};
  Html items;
  for (const Crumb& c : p.crumbs)
    items += el("li", {},
                c.url.empty() ? el("span", {attr("aria-current", "page")}, name_of(c.label)) : el("a", {href(c.url)}, name_of(c.label)));
  return el("nav", {cls("crumbs"), attr("aria-label", v.t("nav.crumbs"))}, el("ol", {}, items));
}

Html footer(const View& v) {
  Html links;
  for (auto [url, key] : {std::pair<std::string_view, std::string_view>{"/about", "nav.about"},
                          {"/trade-log", "nav.trade_log"},
                          {"/trade-log/verify", "nav.verify"},
                          {"/openapi.json", "nav.api"}})
    links += el("li", {}, el("a", {attr("href", url)}, v.t(key)));
  return el("footer", {cls("foot")}, el("p", {}, el("span", {cls("diamond"), attr("aria-hidden", "true")}, "\u25C6"), v.t("home.title")),
            el("ul", {cls("plain")}, links));
}

void security_headers(http::Headers& h, const View& v, bool upload) {
  h.add("Content-Security-Policy", std::string(upload ? upload_policy : policy));
  h.add("Reporting-Endpoints", "csp=\"/csp-report\"");
  h.add("Referrer-Policy", "strict-origin-when-cross-origin");
  h.add("Cross-Origin-Opener-Policy", "same-origin");
  h.add("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()");
  if (v.x.public_url.starts_with("https:")) h.add("Strict-Transport-Security", "max-age=31536000");
  h.add("Vary", "Accept-Language, Cookie, X-Kontor-Fragment");
}

}  // namespace

View::View(Services& services, Exchange& exchange)
    : s(services),
      x(exchange),
      t(services.catalogue,
        services.catalogue.choose(exchange.query().get("lang").value_or(""), server::cookie_value(exchange.request, "lang"),
                                  exchange.request.header("Accept-Language"))),
      theme(server::cookie_value(exchange.request, "theme")),
      query(exchange.request.query) {
  if (theme != "light" && theme != "dark") theme.clear();
}

std::string View::here() const {
  std::string out(x.request.path);
  char glue = '?';
  for (const auto& [k, value] : query.fields()) {
    if (k == "lang") continue;
    out += glue + percent_encode(k) + "=" + percent_encode(value);
    glue = '&';
  }
  return out;
}

std::string session_cookie(const Exchange& x) { return server::cookie_value(x.request, server::session_cookie_name); }

http::Response render(const View& v, Page p) {
  Html banner = v.s.test_clock ? el("p", {cls("notice notice-warn banner"), attr("role", "status")},
                                    v.t("common.test_clock", {{"time", v.t.date_time(v.s.business.now())}}))
                               : Html();
  const Language& l = v.t.language();
  Html body = el("a", {cls("skip"), attr("href", "#main")}, v.t("nav.skip")) + header(v) + banner + crumbs(v, p) +
              el("main", {attr("id", "main"), attr("tabindex", "-1")}, p.body) + footer(v) + json_island("k-context", context_json(v, p));
  std::string html = "<!doctype html>\n";
  html += el("html", {attr("lang", l.tag), attr("data-theme", v.theme)}, el("head", {}, head(v, p)), el("body", {}, body)).markup();
  http::Response r = http::Response::text(p.status, "text/html; charset=utf-8", std::move(html));
  security_headers(r.headers, v, p.upload_policy);
  if (p.is_private || v.signed_in() || p.status >= 400) {
    r.headers.add("Cache-Control", "private, no-store");
    return r;
  }
  std::string etag = "W/\"" + codec::chunk_hash(r.body).hex().substr(0, 32) + "\"";
  r.headers.add("Cache-Control", "public, no-cache");
  r.headers.add("ETag", etag);
  if (v.x.request.header("If-None-Match") == etag) {
    r.status = 304;
    r.body.clear();
  }
  return r;
}

bool wants_fragment(const View& v, std::string_view name) { return v.x.request.header("X-Kontor-Fragment") == name; }

http::Response fragment(const View& v, Html part) {
  http::Response r = http::Response::text(200, "text/html; charset=utf-8", std::move(part).markup());
  security_headers(r.headers, v, false);
  r.headers.add("Cache-Control", "private, no-store");
  return r;
}

std::string safe_next(std::string_view next, std::string_view fallback) {
  bool own = next.size() >= 1 && next[0] == '/' && (next.size() == 1 || (next[1] != '/' && next[1] != '\\'));
  for (unsigned char c : next) own = own && c > 0x20 && c != '\\' && c != 0x7F;
  return std::string(own && next.size() < 2000 ? next : fallback);
}

std::string sign_in_url(std::string_view next) { return "/login?next=" + percent_encode(next); }
Html csrf_field(const View& v) { return el("input", {attr("type", "hidden"), attr("name", "csrf"), attr("value", v.caller().csrf)}); }

http::Response see_other(const std::string& to) {
  http::Response r;
  r.status = 303;
  r.headers.add("Location", to);
  r.headers.add("Cache-Control", "no-store");
  return r;
}

bool wants_html(const Exchange& x) { return x.request.header("Accept").find("text/html") != std::string_view::npos; }
bool accepts_html(const Exchange& x) {
  std::string_view accept = x.request.header("Accept");
  return accept.empty() || accept.find("text/html") != std::string_view::npos || accept.find("*/*") != std::string_view::npos ||
         accept.find("text/*") != std::string_view::npos;
}

}  // namespace kontor::pages
