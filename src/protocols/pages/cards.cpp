// Cards of repositories (cards.hpp).
#include "protocols/pages/cards.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "protocols/pages/icons.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

std::string price_of(const View& v, const market::CatalogueEntry& e, bool short_ = false) {
  if (!e.row.sale) return v.t("price.free");
  if (!e.offer) return v.t("price.no_offer");
  auto json = Json::parse(e.plan_body);
  auto plan = json ? metering::parse_plan(*json) : Result<metering::Plan>(fail(Errc::invalid, "", ""));
  if (!plan) return e.offer->price_text;
  return short_ ? short_price_text(v.t, *plan) : price_text(v.t, *plan);
}

// Downloads and runs of the last days as bars; the figures stand in its title. One busy day draws no picture of two weeks.
Html sparkline(const View& v, const std::vector<std::int64_t>& days) {
  std::int64_t most = days.empty() ? 0 : *std::max_element(days.begin(), days.end()), sum = 0, busy = 0;
  for (auto n : days) sum += n, busy += n > 0;
  if (busy < 2) return {};
  constexpr int width = 4, height = 20;
  Html bars;
  for (std::size_t i = 0; i < days.size(); ++i) {
    int h = static_cast<int>(days[i] * height / most);
    if (days[i] > 0) h = std::max(h, 1);
    bars += el("rect", {attr("x", std::to_string(static_cast<int>(i) * (width + 1))), attr("y", std::to_string(height - h)),
                        attr("width", std::to_string(width)), attr("height", std::to_string(h))});
  }
  bars += el("path", {attr("d", fmt::format("M0 {}H{}", height + 0.5, days.size() * (width + 1)))});
  std::string label = v.t("catalogue.activity", {{"n", sum}, {"days", static_cast<std::int64_t>(days.size())}});
  return el("svg",
            {cls("spark"), attr("role", "img"), attr("aria-label", label),
             attr("viewBox", fmt::format("0 0 {} {}", days.size() * (width + 1), height + 1)),
             attr("width", std::to_string(days.size() * (width + 1))), attr("height", std::to_string(height + 1))},
            el("title", {}, label), bars);
}

Html task_of(const View& v, const repository::CatalogueRow& r) {
  return Html(r.task.empty() ? v.t(std::string("common.kind.") += repository::kind_name(r.repository.kind))
                             : v.t.or_word("task." + r.task, r.task));
}

// Library and licence.
Html meta_of(const View& v, const market::CatalogueEntry& e) {
  const auto& r = e.row;
  Html out;
  auto add = [&](const Html& item) {
    if (!out.empty()) out += Html(" \u00B7 ");
    out += item;
  };
  if (!r.library.empty()) add(Html(v.t.or_word("library." + r.library, r.library)));
  if (!r.licence.empty()) add(Html(licence_name(v.t, r.licence)));
  return out;
}

Html likes_of(const View& v, std::int64_t likes) {
  if (likes == 0) return {};
  return el("span", {attr("title", v.t("repo.likes"))}, icon("heart"), el("span", {cls("sr-only")}, v.t("repo.likes"), " "),
            v.t.compact(likes));
}

}  // namespace

Html repository_card(const View& v, const market::CatalogueEntry& e) {
  const auto& r = e.row;
  std::string name = r.repository.full_name();
  std::string text = !r.title.empty() ? r.title : r.summary;
  Html badges;
  if (r.repository.visibility == identity::Visibility::private_) badges += el("span", {cls("badge")}, v.t("repo.private"));
  Html facts = el("span", {attr("title", v.t("repo.downloads"))}, icon("download"),
                  el("span", {cls("sr-only")}, v.t("repo.downloads"), " "), v.t.compact(r.downloads));
  Html meta = meta_of(v, e);
  return el("article", {cls("card")},
            el("div", {cls("card-head")}, sign_of(r.repository.kind, r.task),
               el("div", {},
                  el("h3", {},
                     el("a", {attr("href", repository_path(r.repository.kind, name))},
                        el("span", {cls("owner")}, name_of(r.repository.ns), "/"), name_of(r.repository.name))),
                  el("p", {cls("meta")}, task_of(v, r))),
               badges, sparkline(v, r.activity)),
            text.empty() ? Html() : el("p", {cls("summary")}, name_of(text)), meta.empty() ? Html() : el("p", {cls("meta")}, meta),
            el("div", {cls("card-foot")}, el("p", {cls(r.sale ? "price" : "price free")}, price_of(v, e)),
               el("p", {cls("meta")}, facts, likes_of(v, r.likes), time_element(v, r.repository.updated_at))));
}

Html card_grid(const View& v, const std::vector<market::CatalogueEntry>& entries) {
  Html cards;
  for (const auto& e : entries) cards += el("li", {}, repository_card(v, e));
  return el("ul", {cls("card-grid plain")}, cards);
}

Html repository_line(const View& v, const market::CatalogueEntry& e) {
  const auto& r = e.row;
  return el("li", {}, sign_of(r.repository.kind, r.task),
            el("div", {},
               el("a", {attr("href", repository_path(r.repository.kind, r.repository.full_name()))}, name_of(r.repository.full_name())),
               el("p", {cls("meta")}, r.title.empty() ? task_of(v, r) : name_of(r.title))),
            el("div", {cls("num")}, sparkline(v, r.activity), el("p", {cls("meta")}, price_of(v, e, true))));
}

std::string cursor_of(const std::pair<std::string, std::string>& place) { return base64url(place.first + "|" + place.second); }

std::optional<std::pair<std::string, std::string>> place_of(std::string_view cursor) {
  std::string place = from_base64url(cursor).value_or("");
  std::size_t bar = place.rfind('|');
  if (bar == std::string::npos || !valid_utf8(place)) return std::nullopt;
  return std::pair(place.substr(0, bar), place.substr(bar + 1));
}

}  // namespace kontor::pages
