// Opening a repository for its pages, and the frame they share.
#include "protocols/pages/repository_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "protocols/pages/icons.hpp"

namespace kontor::pages {

std::string path_of(Kind kind, const Exchange& x) {
  return repository_path(kind, percent_encode(x.param("ns")) + "/" + percent_encode(x.param("name")));
}

std::string_view plural_of(Kind kind) { return kind == Kind::model ? "models" : kind == Kind::dataset ? "datasets" : "spaces"; }

std::string repository_path(Kind kind, std::string_view full_name) {
  std::string out = "/";
  if (kind != Kind::model) {
    out += plural_of(kind);
    out += '/';
  }
  return out + std::string(full_name);
}

std::string file_path(std::string_view path) { return percent_encode(path, "-._~/"); }

std::string Subject::path() const { return row.repository.page(); }

std::vector<std::string> Subject::tags() const {
  std::vector<std::string> out;
  if (const Json* list = info.find("tags"); list && list->array())
    for (const Json& t : *list->array())
      if (t.string() && *t.string() != "region:us") out.push_back(*t.string());
  return out;
}

std::string Subject::card_text(std::string_view key) const {
  auto list = card_list(key);
  return list.empty() ? std::string() : list.front();
}

std::vector<std::string> Subject::card_list(std::string_view key) const {
  std::vector<std::string> out;
  const Json* card = info.find("cardData");
  const Json* value = card ? card->find(key) : nullptr;
  if (!value) return out;
  if (value->string()) out.push_back(*value->string());
  if (value->array())
    for (const Json& item : *value->array())
      if (item.string()) out.push_back(*item.string());
  return out;
}

Task<Result<Subject>> open_subject(const View& v, Kind kind) {
  Services& s = v.s;
  const identity::Caller& c = v.caller();
  std::string ns = v.x.param("ns"), name = v.x.param("name");
  auto missing = [] { return fail(Errc::not_found, "repo_not_found", "This repository does not exist or is not visible to you."); };
  auto look = [&](UnitOfWork& u) -> Result<Subject> {
    KT_TRY(auto row, s.repository_store.row(u, kind, ns, name));
    if (!row) {
      KT_TRY(auto moved, s.repository_store.redirect(u, kind, ns, name));
      if (!moved ||
          identity::authorize(c, identity::Action::repository_see, {moved->owner, moved->visibility}) != identity::Decision::allow)
        return missing();
      std::string_view rest = v.x.request.path;
      std::string old = repository_path(kind, ns + "/" + name);
      return fail(
          Errc::not_found, "moved",
          repository_path(kind, moved->full_name()) + std::string(rest.starts_with(old) ? rest.substr(old.size()) : std::string_view()));
    }
    if (identity::authorize(c, identity::Action::repository_see, {row->repository.owner, row->repository.visibility}) !=
        identity::Decision::allow)
      return missing();
    Subject r;
    r.kind = kind;
    r.row = std::move(*row);
    const Repository& repo = r.row.repository;
    KT_TRY(r.info, Json::parse(r.row.info.empty() ? "{}" : "{" + r.row.info + "}"));
    KT_TRY(auto owner, s.account_store.find_party(u, repo.owner));
    if (owner) r.owner = std::move(*owner);
    r.mine = c.acts_for(repo.owner);
    r.writable = identity::authorize(c, identity::Action::repository_write, {repo.owner, repo.visibility}) == identity::Decision::allow;
    KT_TRY(r.listing, s.market.ports().store.published_listing(u, repo.id));
    if (r.listing) {
      KT_TRY(auto offers, s.market.visible_offers(u, c, *r.listing));
      for (auto& o : offers) {
        if (!o.active || (o.valid_until && *o.valid_until <= s.business.now())) continue;
        KT_TRY(auto plan, s.market.plan_terms(u, o.plan, o.plan_version));
        r.offers.push_back({std::move(o), std::move(plan)});
      }
      // By price within a currency; the currency that was offered first comes first, as in the catalogue.
      std::vector<std::string> offered;
      for (const auto& o : r.offers)
        if (std::find(offered.begin(), offered.end(), o.offer.currency) == offered.end()) offered.push_back(o.offer.currency);
      auto place = [&](const auto& o) {
        return std::pair(std::find(offered.begin(), offered.end(), o.offer.currency), o.offer.due_at_once);
      };
      std::stable_sort(r.offers.begin(), r.offers.end(), [&](auto& a, auto& b) { return place(a) < place(b); });
    }
    std::vector<std::string> parties;
    if (!c.anonymous) parties.push_back(c.party);
    for (const auto& m : c.memberships) parties.push_back(m.org_party);
    for (const std::string& party : parties) {
      if (r.entitlement) break;
      KT_TRY(auto held, s.market.ports().store.active_entitlements(u, party, repo.id));
      if (!held.empty()) r.entitlement = std::move(held.front());
    }
    KT_TRY(auto deployments, s.inference_store.deployments_of(u, repo.id));
    for (auto& d : deployments)
      if (!r.deployment && d.state != inference::DeploymentState::stopped && (d.public_ || r.mine)) r.deployment = std::move(d);
    if (!c.anonymous) {
      KT_TRY(r.liked, s.likes.likes(u, c.party, repo.id));
    }
    KT_TRY(r.request, s.requests.of(u, c, repo));
    KT_TRY(bool open, s.access.gate_open(u, c, repo));
    if (!open)
      r.why_not = "gated";
    else if (auto may = s.market.may_read(u, c, repo, "", false); !may) {
      if (may.error().kind == Errc::internal || may.error().kind == Errc::unavailable) return Unexpected(may.error());
      r.why_not = may.error().code;
      if (may.error().kind == Errc::unauthenticated) r.why_not = r.listing && r.listing->only_api() ? "api_only" : "payment_required";
    }
    r.readable = r.why_not.empty();
    return r;
  };
  co_return co_await s.storage.read(look);
}

Html time_element(const View& v, Time t) {
  return el("time", {cls("rel"), attr("datetime", rfc3339(t)), attr("title", v.t.date_time(t))}, v.t.relative(t, v.s.wall.now()));
}

std::optional<Way> way_to_licence(const View& v, const Subject& r) {
  if (r.offers.empty()) return std::nullopt;
  const market::Offer& o = r.offers.front().offer;
  std::string checkout = "/market/offers/" + o.id;
  if (!v.signed_in()) return Way{v.t("repo.sign_in_to_buy"), sign_in_url(checkout)};
  if (o.auto_accept) return Way{v.t("repo.try_it"), r.path() + "/try"};
  if (r.offers.size() > 1) return Way{v.t("repo.choose_offer"), r.path() + "/price"};
  return Way{v.t("checkout.buy_for", {{"amount", v.t.money(o.due_at_once, o.currency)}}), checkout};
}

MarkdownOptions card_markdown(const View& v, const Subject& r) {
  MarkdownOptions options;
  options.link_base = r.path() + "/blob/main/";
  options.image_base = r.path() + "/resolve/main/";
  options.fold_label = v.t("repo.show_all");
  options.table_label = v.t("repo.table");
  options.footnotes_label = v.t("repo.footnotes");
  options.footnote_label = [&v](std::size_t n) { return v.t("repo.footnote", {{"n", static_cast<std::int64_t>(n)}}); };
  options.back_label = [&v](std::size_t n) { return v.t("repo.footnote_back", {{"n", static_cast<std::int64_t>(n)}}); };
  return options;
}

Html primary_action(const View& v, const Subject& r) {
  std::string base = r.path();
  if (r.why_not == "gated") return gate_action(v, r);
  if (r.mine && r.listing)
    return el("a", {cls("btn btn-primary"), attr("href", "/sell/listings/" + r.listing->id)}, v.t("repo.edit_listing"));
  if (r.entitlement || !r.listing || r.mine) {
    bool let_in = !r.listing && !r.mine && r.request && r.request->state == repository::RequestState::accepted;
    Html badge = r.entitlement && r.listing ? el("p", {cls("badge badge-ok")}, v.t("repo.licence_active"))
                 : let_in                   ? el("p", {cls("badge badge-ok")}, v.t("repo.gate_accepted"))
                                            : Html();
    if (r.listing && r.listing->only_api())
      return badge + el("a", {cls("btn btn-primary"), attr("href", base + "/try")}, v.t("repo.try_it"));
    return badge + el("a", {cls("btn btn-primary"), attr("href", base + "/tree/main")}, v.t("repo.download"));
  }
  auto way = way_to_licence(v, r);
  return way ? el("a", {cls("btn btn-primary"), attr("href", way->href)}, way->label) : el("p", {cls("meta")}, v.t("price.no_offer"));
}

Html rail(const View& v, const Subject& r) {
  Html price;
  if (r.listing || r.kind != Kind::space) {
    price += el("p", {cls("price")}, price_text(v, r));
    price += primary_action(v, r);
    if (r.listing && !r.entitlement && !r.offers.empty() && r.offers.front().offer.refund_policy == "standard_7d" &&
        r.offers.front().offer.due_at_once > 0)
      price += el("p", {cls("meta")}, v.t("price.refund_standard_7d"));
  } else if (r.why_not == "gated") {
    price += gate_action(v, r);
  }
  Html facts;
  auto fact = [&](std::string_view label, const Html& value) { facts += el("dt", {}, v.t(label)) + el("dd", {}, value); };
  fact("repo.downloads", Html(v.t.number(r.row.downloads)));
  if (auto size = r.info.integer_at("usedStorage")) fact("repo.size", Html(v.t.bytes(static_cast<std::uint64_t>(*size))));
  if (!r.row.head.empty())
    fact("repo.revision", el("a", {attr("href", r.path() + "/commits/main")}, el("code", {}, r.row.head.substr(0, 7))));
  std::string licence = r.listing && !r.offers.empty() ? r.offers.front().offer.licence : r.card_text("license");
  if (!licence.empty()) fact("repo.licence", Html(licence_name(v.t, licence)));
  auto links = [&](std::string_view label, std::string_view key, Kind kind) {
    Html items;
    for (const std::string& id : r.card_list(key)) {
      bool ours = std::count(id.begin(), id.end(), '/') == 1;
      items += el("li", {}, ours ? el("a", {href(repository_path(kind, id))}, name_of(id)) : name_of(id));
    }
    if (!items.empty()) fact(label, el("ul", {cls("plain")}, items));
  };
  links("repo.base_model", "base_model", Kind::model);
  links("repo.training_data", "datasets", Kind::dataset);
  fact(r.listing ? "repo.seller" : "repo.owner",
       el("a", {attr("href", "/" + r.repository().ns)}, name_of(r.repository().ns)) +
           (r.owner.kyc_level >= 2
                ? Html(" ") + el("span", {cls("badge badge-ok"), attr("title", v.t("repo.verified"))}, v.t("repo.verified_short"))
                : Html()));
  fact("repo.updated", time_element(v, r.repository().updated_at));
  return el("aside", {cls("rail"), attr("aria-label", v.t("repo.facts"))},
            el("div", {cls("panel stack")}, price, el("dl", {cls("kv")}, facts)));
}

Html repository_frame(const View& v, const Subject& r, Tab tab, Html content, bool with_rail) {
  Html tags;
  auto word = [&](std::string_view key, const std::string& value, std::string_view parameter) {
    if (!value.empty())
      tags += el("li", {},
                 el("a", {cls("tag"), attr("href", fmt::format("/{}?{}={}", plural_of(r.kind), parameter, percent_encode(value)))},
                    v.t.or_word(std::string(key) + value, value)));
  };
  word("task.", r.info.text_or("pipeline_tag"), "task");
  word("library.", r.info.text_or("library_name"), "library");
  if (!r.listing) word("licence.", r.card_text("license"), "licence");
  for (const std::string& l : r.card_list("language")) word("lang.", l, "language");
  Html badges;
  if (r.repository().visibility == identity::Visibility::private_) badges += el("span", {cls("badge")}, v.t("repo.private"));
  if (!r.repository().gated.empty()) badges += el("span", {cls("badge badge-info")}, v.t("repo.gated"));

  std::string base = r.path();
  Html tabs;
  auto add = [&](Tab t, std::string url, std::string_view key) {
    tabs += el("a", {cls("tab"), attr("href", std::move(url)), when(t == tab, attr("aria-current", "page"))}, v.t(key));
  };
  add(Tab::card, base, "repo.tab_card");
  add(Tab::files, base + "/tree/main", "repo.tab_files");
  add(Tab::versions, base + "/commits/main", "repo.tab_versions");
  if (r.listing) add(Tab::price, base + "/price", "repo.tab_price");
  if (r.kind == Kind::model) add(Tab::try_it, base + "/try", "repo.tab_try");
  add(Tab::code, base + "/code", "repo.tab_code");

  Html actions = like_button(v, r) +
                 el("button", {cls("copy btn btn-quiet"), attr("type", "button"), attr("data-copy", r.name())}, v.t("repo.copy_name"));
  if (r.writable) {
    actions += el("a", {cls("btn btn-plain"), attr("href", base + "/upload/main")}, v.t("repo.upload"));
    if (r.mine) actions += el("a", {cls("btn btn-quiet"), attr("href", base + "/settings")}, v.t("nav.settings"));
    if (r.mine && !r.listing)
      actions +=
          el("a", {cls("btn btn-quiet"), attr("href", "/sell/listings?new=" + percent_encode(r.repository().asset()))}, v.t("repo.sell"));
  }
  std::string title = r.listing ? r.listing->title : std::string();
  Html heading = el("h1", {cls("repo-name")}, el("a", {attr("href", "/" + r.repository().ns)}, name_of(r.repository().ns)),
                    el("span", {cls("muted")}, " / "), name_of(r.repository().name), badges.empty() ? Html() : Html(" ") + badges);
  Html summary =
      title.empty() && (!r.listing || r.listing->summary.empty())
          ? Html()
          : el("p", {cls("summary")},
               name_of(title +
                       (r.listing && !r.listing->summary.empty() && r.listing->summary != title ? " \u2014 " + r.listing->summary : "")));
  Html body =
      with_rail ? el("div", {cls("layout")}, rail(v, r), el("div", {cls("content")}, content)) : el("div", {cls("content")}, content);
  return el("div", {cls("wrap")},
            el("div", {cls("spread repo-head")},
               el("div", {cls("repo-title")}, sign_of(r.kind, r.info.text_or("pipeline_tag"), true), el("div", {}, heading, summary)),
               el("div", {cls("row")}, actions)),
            tags.empty() ? Html() : el("ul", {cls("tags")}, tags), el("nav", {cls("tabs"), attr("aria-label", v.t("repo.tabs"))}, tabs),
            body);
}

std::vector<Crumb> repository_crumbs(const View& v, const Subject& r, std::string label, std::string url) {
  std::vector<Crumb> out = {{v.t("nav." + std::string(plural_of(r.kind))), "/" + std::string(plural_of(r.kind))},
                            {r.repository().ns, "/" + r.repository().ns}};
  if (label.empty()) {
    out.push_back({r.repository().name, ""});
  } else {
    out.push_back({r.repository().name, r.path()});
    out.push_back({std::move(label), std::move(url)});
  }
  return out;
}

}  // namespace kontor::pages
