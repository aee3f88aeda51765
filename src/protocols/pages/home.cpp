// Home, search over everything, profiles, and the few pages of text.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.hpp"
#include "market/licences.hpp"
#include "protocols/pages/cards.hpp"
#include "protocols/pages/icons.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

constexpr int lines_on_home = 6, tasks_of_field = 3, per_kind_in_search = 12, per_profile = 48, likes_on_profile = 48;

struct HomeFacts {
  market::CatalogueAnswer trending, newest, datasets;  // the first with counts
  std::int64_t for_sale = 0;
  std::optional<market::Wallet> wallet;
  std::int64_t requests = 0;        // for access, waiting for the reader's answer
  std::optional<Repository> asked;  // where most of them wait
};

Html list_panel(const View& v, std::string_view title, const std::vector<market::CatalogueEntry>& entries, std::string_view all) {
  Html lines;
  for (const auto& e : entries) lines += repository_line(v, e);
  if (lines.empty()) return {};
  return el("section", {cls("panel")}, el("div", {cls("spread")}, el("h2", {}, v.t(title)), el("a", {attr("href", all)}, v.t("home.all"))),
            el("ul", {cls("plain shelf")}, lines));
}

std::int64_t counted(const std::vector<repository::Facet>& facets, std::string_view name, std::string_view value) {
  for (const auto& f : facets)
    for (const auto& v : f.values)
      if (f.name == name && v.value == value) return v.count;
  return 0;
}

// Each opens to what it counts.
Html figures_of(const View& v, const std::vector<repository::Facet>& facets, std::int64_t for_sale, std::int64_t entries) {
  Html out;
  auto add = [&](std::string_view url, std::string_view key, std::int64_t n) {
    out += el("div", {}, el("dt", {}, v.t(key)), el("dd", {}, el("a", {attr("href", url)}, v.t.number(n))));
  };
  add("/models", "nav.models", counted(facets, "kind", "model"));
  add("/datasets", "nav.datasets", counted(facets, "kind", "dataset"));
  if (auto spaces = counted(facets, "kind", "space")) add("/spaces", "nav.spaces", spaces);
  add("/market", "catalogue.price_paid", for_sale);
  add("/trade-log", "home.log_entries", entries);
  return el("dl", {cls("holdings")}, out);
}

// Fields of work with what they hold, each a link to the catalogue with the field's tasks chosen.
Html fields_of(const View& v, const std::vector<repository::Facet>& facets) {
  auto tasks = std::find_if(facets.begin(), facets.end(), [](auto& f) { return f.name == "task"; });
  if (tasks == facets.end()) return {};
  Html out;
  for (std::string_view field : fields) {
    std::int64_t sum = 0;
    std::vector<std::string> names;
    std::string query;
    for (const auto& task : tasks->values) {
      if (field_of(task.value) != field) continue;
      sum += task.count;
      query += (query.empty() ? "?task=" : "&task=") + percent_encode(task.value);
      if (names.size() < tasks_of_field) names.push_back(v.t.or_word("task." + task.value, task.value));
    }
    if (sum == 0) continue;
    out +=
        el("li", {},
           el("a", {cls("field-tile"), attr("href", "/models" + query)}, sign_of_field(field),
              el("span", {}, el("strong", {}, v.t(std::string("home.field_") + std::string(field))), " ",
                 el("span", {cls("count")}, v.t.number(sum)), el("span", {cls("meta")}, fmt::format("{}", fmt::join(names, " \u00B7 "))))));
  }
  return out.empty() ? Html() : el("section", {}, el("h2", {}, v.t("home.by_field")), el("ul", {cls("field-grid plain")}, out));
}

Answer home_page(Services& s, Exchange& x) {
  View v(s, x);
  auto look = [&](UnitOfWork& u) -> Result<HomeFacts> {
    HomeFacts f;
    repository::CatalogueQuery q;
    q.kinds = {Kind::model};
    q.limit = lines_on_home;
    KT_TRY(f.trending, s.market.catalogue(u, x.caller, q, true));
    q.sort = "newest";
    KT_TRY(f.newest, s.market.catalogue(u, x.caller, q, false));
    q.kinds = {Kind::dataset};
    KT_TRY(f.datasets, s.market.catalogue(u, x.caller, q, false));
    q.kinds.clear();
    q.paid = true;
    q.limit = 1;
    KT_TRY(auto paid, s.market.catalogue(u, x.caller, q, true));
    f.for_sale = paid.counts.total;
    if (!x.caller.anonymous) {
      KT_TRY(auto wallets, s.market.wallets(u, x.caller, ""));
      if (!wallets.empty()) f.wallet = wallets.front();
      KT_TRY(auto waiting, s.requests.waiting(u, x.caller));
      for (const auto& w : waiting) f.requests += w.count;
      if (!waiting.empty()) {
        KT_TRY(f.asked, s.repository_store.find_by_id(u, waiting.front().repository));
      }
    }
    return f;
  };
  KT_CO_TRY(HomeFacts f, co_await s.storage.read(look));
  Html strip;
  if (v.signed_in()) {
    Html items;
    if (f.asked) items += el("li", {}, el("a", {attr("href", f.asked->page() + "/settings")}, v.t("home.requests", {{"n", f.requests}})));
    if (f.wallet)
      items += el("li", {},
                  el("a", {attr("href", "/account/wallet")},
                     v.t("home.wallet", {{"amount", v.t.money_code(f.wallet->available, f.wallet->currency)}})));
    items += el("li", {}, el("a", {attr("href", "/account/orders")}, v.t("home.orders"))) +
             el("li", {}, el("a", {attr("href", "/sell")}, v.t("home.selling")));
    if (v.caller().is_operator) items += el("li", {}, el("a", {attr("href", "/operator/review")}, v.t("home.review")));
    strip = el("nav", {cls("well strip"), attr("aria-label", v.t("home.yours"))}, el("ul", {cls("plain row")}, items));
  }
  Html lists = f.trending.entries.empty() && f.datasets.entries.empty()
                   ? el("section", {cls("empty panel")}, el("h2", {}, v.t("catalogue.empty")), el("p", {}, v.t("home.empty_why")),
                        el("p", {}, el("a", {cls("btn btn-plain"), attr("href", "/new")}, v.t("home.publish_first"))))
                   : fields_of(v, f.trending.counts.facets) +
                         el("div", {cls("columns")}, list_panel(v, "home.trending", f.trending.entries, "/models"),
                            list_panel(v, "home.new", f.newest.entries, "/models?sort=newest"),
                            list_panel(v, "nav.datasets", f.datasets.entries, "/datasets?sort=newest"));
  auto checkpoint = s.log.checkpoint();
  Page p;
  p.title = v.t("home.title");
  p.canonical = "/";
  p.description = v.t("home.lead");
  p.body =
      el("div", {cls("wrap stack home")},
         el("section", {cls("intro")}, el("h1", {}, v.t("home.headline")), el("p", {cls("lead")}, v.t("home.lead")),
            el("p", {cls("row")}, el("a", {cls("btn btn-primary"), attr("href", "/models")}, v.t("home.browse")),
               el("a", {cls("btn btn-plain"), attr("href", "/new")}, v.t("home.publish"))),
            figures_of(v, f.trending.counts.facets, f.for_sale, static_cast<std::int64_t>(checkpoint.size))),
         strip, lists,
         el("p", {cls("log-line")}, icon("log"), el("span", {}, v.t("home.log", {{"n", checkpoint.size}})),
            el("a", {attr("href", "/trade-log")}, v.t("nav.trade_log")), el("a", {attr("href", "/trade-log/verify")}, v.t("nav.verify"))));
  co_return render(v, std::move(p));
}

struct Found {
  std::vector<std::pair<Kind, market::CatalogueAnswer>> kinds;
  std::optional<identity::Party> party;
  bool exact = false;
};

Answer search_page(Services& s, Exchange& x) {
  View v(s, x);
  std::string q(trim(v.query.get("q").value_or("")));
  if (!valid_utf8(q)) q.clear();
  q = q.substr(0, 200);
  Found f;
  if (!q.empty()) {
    auto look = [&](UnitOfWork& u) -> Result<Found> {
      Found out;
      if (auto slash = q.find('/'); slash != std::string::npos && q.find('/', slash + 1) == std::string::npos) {
        KT_TRY(auto exact, s.repository_store.find(u, Kind::model, q.substr(0, slash), q.substr(slash + 1)));
        out.exact = exact && identity::authorize(x.caller, identity::Action::repository_see, {exact->owner, exact->visibility}) ==
                                 identity::Decision::allow;
        if (out.exact) return out;
      }
      repository::CatalogueQuery query;
      query.text = ascii_lower(q);
      query.limit = per_kind_in_search;
      KT_TRY(auto found, s.market.catalogue_by_kind(u, x.caller, query));
      for (Kind kind : {Kind::model, Kind::dataset, Kind::space})
        out.kinds.emplace_back(kind, std::move(found[static_cast<std::size_t>(kind)]));
      KT_TRY(out.party, s.account_store.find_party_by_name(u, q));
      return out;
    };
    KT_CO_TRY(f, co_await s.storage.read(look));
  }
  if (f.exact) co_return see_other("/" + q);
  Html body;
  if (f.party && f.party->kind != identity::PartyKind::platform)
    body += el("section", {}, el("h2", {}, v.t("search.people")),
               el("p", {}, el("a", {attr("href", "/" + f.party->name)}, name_of(f.party->name)), " ",
                  el("span", {cls("meta")}, name_of(f.party->full_name))));
  for (const auto& [kind, found] : f.kinds) {
    if (found.entries.empty()) continue;
    std::string plural(plural_of(kind));
    Html all = found.more ? el("p", {}, el("a", {attr("href", "/" + plural + "?q=" + percent_encode(q))}, v.t("home.all"))) : Html();
    body += el("section", {}, el("h2", {}, v.t("nav." + plural)), card_grid(v, found.entries), all);
  }
  if (q.empty())
    body = el("p", {cls("empty panel")}, v.t("search.hint"));
  else if (body.empty())
    body = el("div", {cls("empty panel")}, el("h2", {}, v.t("search.none", {{"q", q}})),
              el("p", {}, el("a", {attr("href", "/models")}, v.t("home.browse"))));
  Page p;
  p.title = q.empty() ? v.t("nav.search") : v.t("search.title", {{"q", q}});
  p.body = el("div", {cls("wrap stack")}, el("h1", {}, p.title), body);
  co_return render(v, std::move(p));
}

struct Profile {
  identity::Party party;
  std::vector<std::pair<identity::Party, identity::OrgRole>> members;
  market::CatalogueAnswer found;
  std::vector<Repository> liked;  // newest first, those that the reader may see
};

Answer profile_page(Services& s, Exchange& x) {
  View v(s, x);
  std::string name = x.param("name");
  auto look = [&](UnitOfWork& u) -> Result<Profile> {
    Profile out;
    KT_TRY(auto party, s.account_store.find_party_by_name(u, name));
    if (!party || party->kind == identity::PartyKind::platform)
      return fail(Errc::not_found, "route_not_found", "There is nobody of this name.");
    out.party = std::move(*party);
    if (out.party.kind == identity::PartyKind::organisation) {
      KT_TRY(out.members, s.account_store.members(u, out.party.id));
    }
    if (out.party.kind == identity::PartyKind::person) {
      KT_TRY(auto liked, s.likes.liked_by(u, out.party.id, std::nullopt, likes_on_profile));
      for (auto& one : liked)
        if (identity::authorize(x.caller, identity::Action::repository_see, {one.repository.owner, one.repository.visibility}) ==
            identity::Decision::allow)
          out.liked.push_back(std::move(one.repository));
    }
    repository::CatalogueQuery q;
    q.owner = out.party.id;
    q.limit = per_profile;
    q.after = place_of(v.query.get("cursor").value_or(""));
    KT_TRY(out.found, s.market.catalogue(u, x.caller, q, true));
    return out;
  };
  KT_CO_TRY(Profile f, co_await s.storage.read(look));
  Html members;
  for (const auto& [m, role] : f.members) members += el("li", {}, el("a", {cls("tag"), attr("href", "/" + m.name)}, name_of(m.name)));
  Html liked;
  for (const Repository& r : f.liked) liked += el("li", {}, el("a", {cls("tag"), attr("href", r.page())}, name_of(r.full_name())));
  Html pager;
  if (f.found.more)
    pager = el("nav", {cls("pager"), attr("aria-label", v.t("common.pages"))},
               el("a", {attr("rel", "next"), attr("href", "/" + f.party.name + "?cursor=" + cursor_of(f.found.next))}, v.t("common.next")));
  Page p;
  p.title = f.party.name;
  p.canonical = "/" + f.party.name;
  p.crumbs = {{f.party.name, ""}};
  p.body = el("div", {cls("wrap stack")},
              el("div", {cls("row profile")}, el("span", {cls("avatar large"), attr("aria-hidden", "true")}, initial(f.party.name)),
                 el("div", {}, el("h1", {}, name_of(f.party.full_name.empty() ? f.party.name : f.party.full_name)),
                    el("p", {cls("meta")}, name_of(f.party.name), " \u00B7 ",
                       v.t(f.party.kind == identity::PartyKind::organisation ? "profile.organisation" : "profile.person"), " \u00B7 ",
                       v.t("profile.since", {{"date", v.t.date(f.party.created_at)}})))),
              members.empty() ? Html() : el("section", {}, el("h2", {}, v.t("profile.members")), el("ul", {cls("tags")}, members)),
              el("h2", {}, v.t("profile.repositories", {{"n", f.found.counts.total}})),
              f.found.entries.empty() ? el("p", {cls("empty panel")}, v.t("profile.none")) : card_grid(v, f.found.entries), pager,
              liked.empty() ? Html() : el("section", {}, el("h2", {}, v.t("repo.likes")), el("ul", {cls("tags")}, liked)));
  co_return render(v, std::move(p));
}

Answer about_page(Services& s, Exchange& x) {
  View v(s, x);
  Page p;
  p.title = v.t("nav.about");
  p.canonical = "/about";
  p.body = el("article", {cls("wrap prose")}, el("h1", {}, v.t("about.title")), el("p", {}, v.t("about.what")),
              el("h2", {}, v.t("about.buyers")), el("p", {}, v.t("about.buyers_text")), el("h2", {}, v.t("about.sellers")),
              el("p", {}, v.t("about.sellers_text", {{"percent", v.t.number(s.market.settings().fee_bps / 100)}})),
              el("h2", {}, v.t("about.evidence")),
              el("p", {}, v.t("about.evidence_text"), " ", el("a", {attr("href", "/trade-log")}, v.t("nav.trade_log"))),
              el("h2", {}, v.t("about.tools")), el("p", {}, v.t("about.tools_text")),
              el("pre", {attr("tabindex", "0"), attr("aria-label", "hf")},
                 el("code", {}, "export HF_ENDPOINT=" + x.public_url + "\nhf auth login\nhf download NAME/MODEL")));
  co_return render(v, std::move(p));
}

Answer licence_page(Services& s, Exchange& x) {
  View v(s, x);
  const market::Licence* l = market::find_licence(x.param("id"));
  if (!l) co_return fail(Errc::not_found, "route_not_found", "There is no such licence.");
  // Lines of the text are wrapped; a paragraph begins with its number or after an empty line.
  Html paragraphs;
  std::string paragraph;
  auto finish = [&] {
    if (!paragraph.empty()) paragraphs += el("p", {attr("lang", "en")}, paragraph);
    paragraph.clear();
  };
  for (std::string_view line : split(l->text, '\n')) {
    line = trim(line);
    if (line.empty() || (line.front() >= '0' && line.front() <= '9')) finish();
    if (!line.empty()) paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
  }
  finish();
  Html official =
      l->url.empty()
          ? Html()
          : el("p", {}, el("a", {href(l->url), attr("rel", "noopener")}, v.t("about.licence_official", {{"host", std::string(l->url)}})));
  Page p;
  p.title = licence_name(v.t, l->id);
  p.canonical = "/about/licences/" + std::string(l->id);
  p.crumbs = {{v.t("nav.about"), "/about"}, {p.title, ""}};
  p.body = el("article", {cls("wrap prose")}, el("h1", {}, p.title), paragraphs, official,
              el("p", {cls("meta")}, v.t("about.licence_hash"), " ", el("code", {cls("hash")}, l->hash()), " ",
                 el("button", {cls("copy btn btn-quiet"), attr("type", "button"), attr("data-copy", l->hash())}, v.t("common.copy"))));
  co_return render(v, std::move(p));
}

}  // namespace

void register_home(server::Surface& s, Services& v) {
  page(s, v, "/", home_page);
  page(s, v, "/search", search_page);
  page(s, v, "/about", about_page);
  page(s, v, "/about/licences/{id}", licence_page);
  page(s, v, "/{name}", profile_page);
}

}  // namespace kontor::pages
