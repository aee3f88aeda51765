// The catalogue and what happened to a repository day by day (native-api.md section 11a); licences.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "market/licences.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "protocols/web_api/market_api.hpp"
#include "repository/trend.hpp"

namespace kontor::web_api {

namespace {
constexpr server::Auth optional_auth = server::Auth::optional;
constexpr std::string_view sorts[] = {"trending", "newest", "price", "downloads", "name"};
constexpr std::size_t max_choices = 20, max_text = 200;

Result<repository::CatalogueQuery> catalogue_query(const http::Parameters& q, const Paging& p) {
  repository::CatalogueQuery out;
  out.limit = p.limit;
  for (const auto& k : q.all("kind")) {
    auto kind = repository::parse_kind(k);
    if (!kind) return market::bad_field("kind", "unknown", "kind is model, dataset or space.");
    out.kinds.push_back(*kind);
  }
  out.text = ascii_lower(q.get("q").value_or(""));
  if (out.text.size() > max_text || !valid_utf8(out.text)) return market::bad_field("q", "length", "q has at most 200 bytes.");
  for (auto [key, list] : {std::pair<std::string_view, std::vector<std::string>*>{"task", &out.tasks},
                           {"library", &out.libraries},
                           {"licence", &out.licences},
                           {"language", &out.languages},
                           {"delivery", &out.deliveries}}) {
    for (auto& value : q.all(key))
      if (!value.empty()) list->push_back(std::move(value));
    if (list->size() > max_choices) return market::bad_field(key, "too_many", "At most 20 values of one filter.");
  }
  if (auto price = q.get("price"); price && !price->empty()) {
    if (*price != "free" && *price != "paid") return market::bad_field("price", "unknown", "price is free or paid.");
    out.paid = *price == "paid";
  }
  KT_TRY(out.currency, currency_parameter(q));
  if (auto most = q.get("max_price"); most && !most->empty()) {
    auto micros = parse_amount(*most);
    if (!micros || *micros < 0)
      return market::bad_field("max_price", "not_a_decimal_string", "max_price must be a decimal string.", "invalid_amount");
    out.max_price = *micros;
  }
  out.sort = q.get("sort").value_or("trending");
  if (std::find(std::begin(sorts), std::end(sorts), out.sort) == std::end(sorts))
    return market::bad_field("sort", "unknown", "sort is trending, newest, price, downloads or name.");
  if (!p.before.empty()) {
    std::size_t bar = p.before.rfind('|');
    if (bar == std::string::npos) return fail(Errc::malformed, "cursor_invalid", "The cursor is not one that this list gave out.");
    out.after = {p.before.substr(0, bar), p.before.substr(bar + 1)};
  }
  return out;
}

std::string entry_json(const market::CatalogueEntry& e, const market::Settings& settings, Time now) {
  const auto& row = e.row;
  const auto& r = row.repository;
  JsonWriter w;
  w.begin_object()
      .field("object", "catalogue_entry")
      .field("asset", r.asset())
      .field("kind", repository::kind_name(r.kind))
      .field("namespace", r.ns)
      .field("name", r.name)
      .field("owner", r.owner);
  w.field("title", row.title.empty() ? r.name : row.title)
      .field("summary", row.summary)
      .field("task", row.task)
      .field("library", row.library)
      .field("licence", row.licence);
  w.raw_field("languages", market::list_json(row.languages, ' '))
      .field("private", r.visibility == identity::Visibility::private_)
      .field("gated", !r.gated.empty());
  w.field("price", row.sale ? "paid" : "free")
      .raw_field("delivery", market::list_json(row.sale ? row.sale->delivery : "", ' '))
      .key("listing");
  if (row.sale)
    w.value(row.sale->listing);
  else
    w.null();
  w.raw_field("offer", e.offer ? market::offer_json(*e.offer, e.plan_body, settings) : "null");
  w.field("downloads", row.downloads)
      .field("likes", row.likes)
      .raw_field("trending_score", fmt::format("{}", repository::trending_score(row.trending, now)));
  w.key("activity").begin_array();
  for (auto n : row.activity) w.value(n);
  w.end_array().field("created_at", rfc3339(r.created_at)).field("updated_at", rfc3339(r.updated_at)).end_object();
  return std::move(w).str();
}

std::string licence_json(const market::Licence& l) {
  JsonWriter w;
  w.begin_object().field("object", "licence").field("id", l.id).field("name", l.name).key("url");
  if (l.url.empty())
    w.null();
  else
    w.value(l.url);
  w.field("text", l.text).field("text_hash", l.hash()).end_object();
  return std::move(w).str();
}

// YYYY-MM-DD of a day counted from 1970.
std::string day_text(std::int64_t day) { return rfc3339(Time{day * market::day_ns}).substr(0, 10); }
}  // namespace

void MarketApi::add_catalogue_routes(server::Surface& surface) {
  surface.route("GET", "/api/v1/catalogue",
                {.auth = optional_auth,
                 .summary = "Repositories, free and for sale, each with its cheapest offer",
                 .query = "kind*:model|dataset|space q task* library* licence* language* price:free|paid currency max_price delivery* "
                          "sort:trending|newest|price|downloads|name facets:boolean limit cursor",
                 .answer = "200 Catalogue"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto q = x.query();
                  return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
                    KT_TRY(Paging p, paging(q));
                    KT_TRY(auto query, catalogue_query(q, p));
                    bool facets = q.get("facets").value_or("true") != "false";
                    KT_TRY(auto found, s_.market.catalogue(u, c, query, facets));
                    std::vector<std::pair<std::string, std::string>> rows;
                    Time now = s_.market.now();
                    for (const auto& e : found.entries)
                      rows.emplace_back(e.row.sort_value + "|" + e.row.repository.id, entry_json(e, s_.market.settings(), now));
                    if (found.more) rows.emplace_back("", "");
                    JsonWriter w;
                    w.begin_object().key("price_currency");
                    if (found.priced_in.empty())
                      w.null();
                    else
                      w.value(found.priced_in);
                    if (facets) {
                      w.field("total", found.counts.total).field("total_is_minimum", found.counts.more).key("facets").begin_array();
                      for (const auto& f : found.counts.facets) {
                        w.begin_object().field("name", f.name).key("values").begin_array();
                        for (const auto& v : f.values) {
                          w.begin_object().field("value", v.value).key("count");
                          if (v.count < 0)
                            w.null();
                          else
                            w.value(v.count);
                          w.end_object();
                        }
                        w.end_array().end_object();
                      }
                      w.end_array();
                    }
                    return page(*ex, p, std::move(rows), w.end_object().text());
                  });
                });
  surface.route("GET", "/api/v1/repositories/{kind}/{ns}/{name}/activity",
                {.auth = optional_auth,
                 .summary = "Downloads and runs day by day, oldest first",
                 .query = "days:integer",
                 .answer = "200 [ActivityDay]"},
                [this](Exchange& x) {
                  Exchange* ex = &x;
                  auto c = x.caller;
                  auto kind = repository::parse_kind(x.param("kind"));
                  auto asked = parse_u64(x.query().get("days").value_or("30"));
                  return read([this, ex, c, kind, asked, ns = x.param("ns"), name = x.param("name")](UnitOfWork& u) -> Result<Response> {
                    if (!asked || *asked < 1 || *asked > 366) return market::bad_field("days", "out_of_range", "days is 1 to 366.");
                    if (!kind) return market::not_found("The repository");
                    KT_TRY(auto repo, s_.market.ports().repositories.find(u, *kind, ns, name));
                    if (!repo || identity::authorize(c, identity::Action::repository_see, {repo->owner, repo->visibility}) !=
                                     identity::Decision::allow)
                      return market::not_found("The repository");
                    auto days = static_cast<std::int64_t>(*asked);
                    std::int64_t first = WallClock().now().ns / market::day_ns - days + 1;
                    KT_TRY(auto counted, s_.market.ports().catalogue.activity(u, repo->id, first));
                    std::map<std::int64_t, repository::DayActivity> by_day;
                    for (const auto& d : counted) by_day[d.day] = d;
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (std::int64_t day = first; day < first + days; ++day) {
                      const auto& d = by_day[day];
                      JsonWriter w;
                      w.begin_object()
                          .field("object", "activity_day")
                          .field("day", day_text(day))
                          .field("downloads", d.downloads)
                          .field("runs", d.runs)
                          .end_object();
                      rows.emplace_back(day_text(day), std::move(w).str());
                    }
                    return page(*ex, Paging{static_cast<int>(rows.size()), ""}, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/licences",
                {.auth = server::Auth::none, .summary = "Licences that listings may name", .answer = "200 [Licence]"}, [this](Exchange& x) {
                  Exchange* ex = &x;
                  return read([ex](UnitOfWork&) -> Result<Response> {
                    std::vector<std::pair<std::string, std::string>> rows;
                    for (const auto& l : market::licences()) rows.emplace_back(std::string(l.id), licence_json(l));
                    return page(*ex, Paging{static_cast<int>(rows.size()), ""}, std::move(rows));
                  });
                });
  surface.route("GET", "/api/v1/licences/{id}", {.auth = server::Auth::none, .summary = "A licence with its text", .answer = "200 Licence"},
                [this](Exchange& x) {
                  return read([id = x.param("id")](UnitOfWork&) -> Result<Response> {
                    const auto* l = market::find_licence(id);
                    if (!l) return market::not_found("The licence");
                    return Response::json(200, licence_json(*l));
                  });
                });
}

}  // namespace kontor::web_api
