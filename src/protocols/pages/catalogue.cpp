// The catalogues: models, datasets, spaces, and what is for sale. Filters are a form and an address; a script only sends it earlier and
// puts the same results in place (fragment "results").
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "codec/json.hpp"
#include "protocols/pages/cards.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

constexpr int per_page = 24, shown_values = 8;

struct Shelf {
  const char* path;
  const char* title;  // message
  const char* count;  // message with {n}
  std::optional<Kind> kind;
  bool for_sale;
};
constexpr Shelf shelves[] = {{"/models", "nav.models", "catalogue.models", Kind::model, false},
                             {"/datasets", "nav.datasets", "catalogue.datasets", Kind::dataset, false},
                             {"/spaces", "nav.spaces", "catalogue.spaces", Kind::space, false},
                             {"/market", "nav.market", "catalogue.for_sale", std::nullopt, true}};

struct FacetInfo {
  const char* name;    // of the query and of FacetCounts
  const char* title;   // message
  const char* prefix;  // of messages for the values
};
constexpr FacetInfo facets[] = {{"task", "catalogue.task", "task."},
                                {"price", "catalogue.price", "catalogue.price_"},
                                {"currency", "common.currency", "currency."},
                                {"licence", "catalogue.licence", "licence."},
                                {"library", "catalogue.library", "library."},
                                {"language", "catalogue.language", "lang."},
                                {"delivery", "catalogue.delivery", "delivery."}};
// Of these one value at a time: there is no more, or prices of more do not compare.
bool one_of(std::string_view facet) { return facet == "price" || facet == "currency"; }
constexpr const char* sorts[] = {"trending", "newest", "downloads", "price", "name"};

// What the address asks for, in one order and without defaults: the address that is shown and shared.
struct Wanted {
  std::string text, sort = "trending", max_price, cursor;
  std::vector<std::pair<std::string, std::string>> values;  // facet, value

  static Wanted read(const View& v) {
    Wanted w;
    w.text = std::string(trim(v.query.get("q").value_or(""))).substr(0, 200);
    if (!valid_utf8(w.text)) w.text.clear();
    std::string sort = v.query.get("sort").value_or("trending");
    if (std::find(std::begin(sorts), std::end(sorts), sort) != std::end(sorts)) w.sort = sort;
    w.max_price = std::string(trim(v.query.get("max_price").value_or("")));
    if (!parse_amount(w.max_price)) w.max_price.clear();
    w.cursor = v.query.get("cursor").value_or("");
    for (const FacetInfo& f : facets) {
      bool one = false;
      for (auto& value : v.query.all(f.name)) {
        if (value.empty() || value.size() >= 200 || w.values.size() >= 40 || (one && one_of(f.name))) continue;
        w.values.emplace_back(f.name, value);
        one = true;
      }
    }
    std::sort(w.values.begin(), w.values.end());
    w.values.erase(std::unique(w.values.begin(), w.values.end()), w.values.end());
    return w;
  }
  bool has(std::string_view facet, std::string_view value) const {
    return std::any_of(values.begin(), values.end(), [&](auto& x) { return x.first == facet && x.second == value; });
  }
  std::string url(std::string_view path, bool with_cursor = false) const {
    std::string out(path);
    char glue = '?';
    auto add = [&](std::string_view k, std::string_view value) {
      out += glue + std::string(k) + "=" + percent_encode(value);
      glue = '&';
    };
    for (const auto& [k, value] : values) add(k, value);
    if (!max_price.empty()) add("max_price", max_price);
    if (!text.empty()) add("q", text);
    if (sort != "trending") add("sort", sort);
    if (with_cursor && !cursor.empty()) add("cursor", cursor);
    return out;
  }
  Wanted without(std::string_view facet, std::string_view value) const {
    Wanted w = *this;
    w.cursor.clear();
    std::erase_if(w.values, [&](auto& x) { return x.first == facet && x.second == value; });
    return w;
  }
  bool compares_prices() const { return sort == "price" || !max_price.empty(); }
  bool filtered() const { return !values.empty() || !text.empty() || !max_price.empty(); }

  Result<repository::CatalogueQuery> query(const Shelf& shelf) const {
    repository::CatalogueQuery q;
    if (shelf.kind) q.kinds.push_back(*shelf.kind);
    if (shelf.for_sale) q.paid = true;
    q.text = ascii_lower(text);
    q.sort = sort;
    for (const auto& [facet, value] : values) {
      if (facet == "task")
        q.tasks.push_back(value);
      else if (facet == "library")
        q.libraries.push_back(value);
      else if (facet == "licence")
        q.licences.push_back(value);
      else if (facet == "language")
        q.languages.push_back(value);
      else if (facet == "delivery")
        q.deliveries.push_back(value);
      else if (facet == "currency")
        q.currency = value;
      else if (facet == "price" && !shelf.for_sale)
        q.paid = value == "paid";
    }
    if (!max_price.empty()) {
      KT_TRY(q.max_price, parse_amount(max_price));
    }
    q.limit = per_page;
    q.after = place_of(cursor);
    return q;
  }
};

Html facet_box(const View& v, const Wanted& w, const FacetInfo& info, const std::vector<repository::FacetValue>& counted) {
  std::vector<repository::FacetValue> values = counted;
  // A value that was chosen stays in sight, even where nothing has it now.
  for (const auto& [facet, value] : w.values)
    if (facet == info.name && std::none_of(values.begin(), values.end(), [&](auto& x) { return x.value == value; }))
      values.push_back({value, 0});
  if (values.empty()) return {};
  auto row = [&](const repository::FacetValue& value) {
    std::string id = fmt::format("f-{}-{}", info.name, percent_encode(value.value, ""));
    std::replace(id.begin(), id.end(), '%', '_');
    bool radio = one_of(info.name);
    return el("li", {cls("facet-row")},
              el("input", {attr("type", radio ? "radio" : "checkbox"), attr("id", id), attr("name", info.name), attr("value", value.value),
                           flag("checked", w.has(info.name, value.value))}),
              el("label", {attr("for", id)}, name_of(v.t.or_word(std::string(info.prefix) + value.value, value.value))),
              value.count < 0 ? Html() : el("span", {cls("count")}, v.t.number(value.count)));
  };
  Html first, rest;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i < shown_values || w.has(info.name, values[i].value))
      first += row(values[i]);
    else if (i < 200)
      rest += row(values[i]);
  }
  Html more = rest.empty() ? Html()
                           : el("details", {},
                                el("summary", {}, v.t("catalogue.more", {{"n", static_cast<std::int64_t>(values.size()) - shown_values}})),
                                el("ul", {cls("plain")}, rest));
  return el("fieldset", {cls("facet"), attr("data-facet", info.name)}, el("legend", {}, v.t(info.title)), el("ul", {cls("plain")}, first),
            more);
}

Html facet_boxes(const View& v, const Shelf& shelf, const Wanted& w, const market::CatalogueAnswer& found) {
  const repository::FacetCounts& counts = found.counts;
  Html out;
  for (const FacetInfo& info : facets) {
    std::string_view name = info.name;
    if (name == "price" && shelf.for_sale) continue;
    auto it = std::find_if(counts.facets.begin(), counts.facets.end(), [&](auto& f) { return f.name == name; });
    auto values = it == counts.facets.end() ? std::vector<repository::FacetValue>() : it->values;
    bool chosen = std::any_of(w.values.begin(), w.values.end(), [&](auto& x) { return x.first == name; });
    // One currency for everything is no choice.
    if (name != "currency" || values.size() > 1 || chosen) out += facet_box(v, w, info, values);
    if (name == "price" || (shelf.for_sale && name == "task"))
      out += el("fieldset", {cls("facet")}, el("legend", {}, v.t("catalogue.max_price")),
                el("div", {cls("field")}, el("label", {cls("sr-only"), attr("for", "max_price")}, v.t("catalogue.max_price")),
                   el("div", {cls("affix")},
                      el("input", {attr("id", "max_price"), attr("name", "max_price"), attr("inputmode", "decimal"),
                                   attr("autocomplete", "off"), attr("value", w.max_price), attr("placeholder", "0.01"),
                                   attr("aria-describedby", "max-price-in max-price-hint")}),
                      el("span", {attr("id", "max-price-in"), flag("data-priced-in", true)}, found.priced_in)),
                   el("p", {cls("hint"), attr("id", "max-price-hint")}, v.t("catalogue.max_price_hint"))));
  }
  return out;
}

Html chips(const View& v, const Shelf& shelf, const Wanted& w, const std::string& priced_in) {
  Html out;
  auto chip = [&](const std::string& label, const Wanted& rest) {
    out += el("li", {},
              el("a", {cls("chip"), attr("href", rest.url(shelf.path)), attr("aria-label", v.t("catalogue.remove", {{"filter", label}}))},
                 el("span", {attr("aria-hidden", "true")}, "\u2715 "), name_of(label)));
  };
  for (const auto& [facet, value] : w.values)
    for (const FacetInfo& info : facets)
      if (facet == info.name) chip(v.t.or_word(std::string(info.prefix) + value, value), w.without(facet, value));
  if (!w.max_price.empty()) {
    Wanted rest = w;
    rest.max_price.clear();
    auto micros = parse_amount(w.max_price);
    bool in_currency = micros && currency_digits(priced_in);
    chip(v.t("catalogue.up_to", {{"amount", in_currency ? v.t.money_code(*micros, priced_in) : w.max_price}}), rest);
  }
  if (!w.text.empty()) {
    Wanted rest = w;
    rest.text.clear();
    chip("\u201C" + w.text + "\u201D", rest);
  }
  if (out.empty()) return {};
  Wanted none;
  none.sort = w.sort;
  out += el("li", {}, el("a", {attr("href", none.url(shelf.path))}, v.t("catalogue.clear_all")));
  return el("ul", {cls("chips plain"), attr("aria-label", v.t("catalogue.filters"))}, out);
}

// Which filter to drop first: the one without which most is found.
struct Advice {
  std::string label, url;
  std::int64_t n = 0;
  bool more = false;
};

// In which currency prices are compared, and what that means for the others where there are others.
Html prices_note(const View& v, const Wanted& w, const market::CatalogueAnswer& found) {
  if (!w.compares_prices() || found.priced_in.empty()) return {};
  auto in = std::find_if(found.counts.facets.begin(), found.counts.facets.end(), [](auto& f) { return f.name == "currency"; });
  bool others = in != found.counts.facets.end() &&
                std::any_of(in->values.begin(), in->values.end(), [&](auto& x) { return x.value != found.priced_in; });
  bool chosen = w.has("currency", found.priced_in);
  const char* key = !others || chosen     ? "catalogue.prices_in"
                    : w.max_price.empty() ? "catalogue.prices_in_first"
                                          : "catalogue.prices_in_only";
  return el("p", {cls("meta prices-in")}, v.t(key, {{"currency", found.priced_in}}));
}

// `boxes`: the filters with what they count now, where the page they stand on is there already.
Html results(const View& v, const Shelf& shelf, const Wanted& w, const market::CatalogueAnswer& found, const std::optional<Advice>& advice,
             const std::string& title, const Html& boxes) {
  Html body;
  if (found.entries.empty()) {
    std::string nothing = w.filtered() ? v.t("catalogue.none") : v.t("catalogue.empty");
    Html action = advice ? el("p", {},
                              el("a", {attr("href", advice->url)},
                                 v.t(advice->more ? "catalogue.drop_filter_more" : "catalogue.drop_filter",
                                     {{"filter", advice->label}, {"n", advice->n}})))
                         : Html();
    Html publish = w.filtered() ? Html() : el("p", {}, el("a", {cls("btn btn-plain"), attr("href", "/new")}, v.t("home.publish_first")));
    body = el("div", {cls("empty panel")}, el("h2", {}, nothing), action, publish);
  } else {
    body = card_grid(v, found.entries);
  }
  Html pager;
  if (!w.cursor.empty()) {
    Wanted first = w;
    first.cursor.clear();
    pager += el("a", {attr("rel", "prev"), attr("href", first.url(shelf.path))}, v.t("common.first_page"));
  }
  if (found.more) {
    Wanted next = w;
    next.cursor = cursor_of(found.next);
    pager += el("a", {attr("rel", "next"), attr("href", next.url(shelf.path, true))}, v.t("common.next"));
  }
  return el("section",
            {attr("id", "results"), attr("data-title", title + " - Kontor"), attr("data-priced-in", found.priced_in),
             attr("aria-labelledby", "results-title")},
            el("h2", {cls("sr-only"), attr("id", "results-title")}, v.t("catalogue.results")),
            el("p", {cls("meta"), attr("role", "status")},
               v.t(found.counts.more ? std::string(shelf.count) + "_more" : shelf.count, {{"n", found.counts.total}})),
            prices_note(v, w, found), chips(v, shelf, w, found.priced_in), body,
            pager.empty() ? Html() : el("nav", {cls("pager"), attr("aria-label", v.t("common.pages"))}, pager),
            boxes.empty() ? Html() : el("template", {flag("data-facets", true)}, boxes));
}

template <int which>
Answer shelf_page(Services& s, Exchange& x) {
  const Shelf& shelf = shelves[which];
  View v(s, x);
  Wanted w = Wanted::read(v);
  KT_CO_TRY(auto q, w.query(shelf));
  std::optional<Advice> advice;
  auto look = [&](UnitOfWork& u) -> Result<market::CatalogueAnswer> {
    KT_TRY(auto found, s.market.catalogue(u, x.caller, q, true));
    if (found.entries.empty())
      for (const auto& [facet, value] : w.values) {
        Wanted rest = w.without(facet, value);
        KT_TRY(auto without, rest.query(shelf));
        KT_TRY(auto other, s.market.catalogue(u, x.caller, without, true));
        if (other.counts.total > (advice ? advice->n : 0))
          for (const FacetInfo& info : facets)
            if (facet == info.name)
              advice =
                  Advice{v.t.or_word(std::string(info.prefix) + value, value), rest.url(shelf.path), other.counts.total, other.counts.more};
      }
    return found;
  };
  KT_CO_TRY(auto found, co_await s.storage.read(look));
  std::string title = v.t(shelf.title);
  for (const auto& [facet, value] : w.values)
    for (const FacetInfo& info : facets)
      if (facet == info.name) title = v.t.or_word(std::string(info.prefix) + value, value) + " - " + title;
  Html boxes = facet_boxes(v, shelf, w, found);
  if (wants_fragment(v, "results")) co_return fragment(v, results(v, shelf, w, found, advice, title, boxes));
  Html options;
  for (const char* sort : sorts)
    options += el("option", {attr("value", sort), flag("selected", w.sort == sort)}, v.t(std::string("catalogue.sort_") + sort));
  Html form =
      el("form", {attr("id", "filters"), attr("method", "get"), attr("action", shelf.path), attr("aria-label", v.t("catalogue.filters"))},
         el("div", {cls("row filter-bar")},
            el("div", {cls("field")}, el("label", {attr("for", "filter-q")}, v.t("catalogue.filter_by_name")),
               el("input", {attr("id", "filter-q"), attr("name", "q"), attr("type", "search"), attr("value", w.text),
                            attr("autocomplete", "off"), attr("maxlength", "200")})),
            el("div", {cls("field")}, el("label", {attr("for", "sort")}, v.t("catalogue.sort")),
               el("select", {attr("id", "sort"), attr("name", "sort")}, options)),
            el("button", {cls("btn btn-plain"), attr("type", "submit")}, v.t("catalogue.apply"))),
         el("details", {cls("facets")}, el("summary", {}, v.t("catalogue.filters")), boxes));
  Page p;
  p.title = title;
  Wanted canonical = w;
  canonical.cursor.clear();
  p.canonical = canonical.url(shelf.path);
  p.description = v.t("catalogue.description");
  p.body = el("div", {cls("wrap catalogue")},
              el("div", {cls("spread")}, el("h1", {}, v.t(shelf.title)),
                 shelf.kind ? el("a", {cls("btn btn-plain"), attr("href", fmt::format("/new?kind={}", repository::kind_name(*shelf.kind)))},
                                 v.t("home.publish"))
                            : Html()),
              el("k-filter", {}, form, results(v, shelf, w, found, advice, title, {})));
  co_return render(v, std::move(p));
}

}  // namespace

void register_catalogue(server::Surface& s, Services& v) {
  page(s, v, shelves[0].path, shelf_page<0>);
  page(s, v, shelves[1].path, shelf_page<1>);
  page(s, v, shelves[2].path, shelf_page<2>);
  page(s, v, shelves[3].path, shelf_page<3>);
}

}  // namespace kontor::pages
