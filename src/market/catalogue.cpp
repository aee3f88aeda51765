// What is for sale as the catalogue shows it, and the catalogue with its offers.
#include <algorithm>

#include "market/rules.hpp"
#include "market/sale.hpp"

namespace kontor::market {

repository::Sale sale_of(const Listing& l, const std::vector<std::pair<Offer, Micros>>& offers) {
  repository::Sale sale;
  sale.listing = l.id, sale.title = l.title, sale.summary = l.summary, sale.licence = l.licence, sale.delivery = l.delivery;
  for (const auto& [o, price] : offers) {
    auto same = std::find_if(sale.offers.begin(), sale.offers.end(), [&](auto& x) { return x.currency == o.currency; });
    if (same == sale.offers.end())
      sale.offers.push_back({o.id, o.listing, o.currency, price});
    else if (price < same->price)
      *same = {o.id, o.listing, o.currency, price};
    if (o.valid_until && (!sale.until || *o.valid_until < *sale.until)) sale.until = o.valid_until;
  }
  if (!sale.offers.empty()) sale.offer = sale.offers[0].offer, sale.currency = sale.offers[0].currency, sale.price = sale.offers[0].price;
  return sale;
}

// Kept beside the repository whenever listings or offers change.
Status Market::refresh_sale(UnitOfWork& u, std::string_view repository) {
  KT_TRY(auto l, p_.store.published_listing(u, repository));
  if (!l) return p_.catalogue.set_sale(u, repository, std::nullopt);
  KT_TRY(auto offers, p_.store.offers_for(u, repository));
  std::vector<std::pair<Offer, Micros>> current;
  for (Offer& o : offers) {
    if (!o.buyer.empty() || (o.valid_until && *o.valid_until <= now())) continue;
    KT_TRY(auto terms, plan_terms(u, o.plan, o.plan_version));
    KT_TRY(Micros price, metering::entry_price(*terms));
    current.emplace_back(std::move(o), price);
  }
  return p_.catalogue.set_sale(u, repository, sale_of(*l, current));
}

namespace {
void may_see(const Caller& c, std::vector<std::string>& owners, bool& everything) {
  if (c.anonymous || !c.scopes.read_repos) return;
  owners.push_back(c.party);
  for (const auto& m : c.memberships) owners.push_back(m.org_party);
  everything = c.is_operator && c.scopes.operate;
}

// A place in a list by price names the currency behind the price: the list goes on in it, whatever is usual by then.
constexpr char in_currency = '@';
std::string currency_of_place(std::string& sort_value) {
  std::size_t at = sort_value.find(in_currency);
  if (at == std::string::npos) return {};
  std::string currency = sort_value.substr(at + 1);
  sort_value.resize(at);
  return currency_digits(currency) ? currency : std::string();
}
}  // namespace

Result<std::string> Market::compared_in(UnitOfWork& u, const std::string& asked, const std::string& of_place,
                                        const std::vector<repository::Kind>& kinds) {
  if (!asked.empty()) return asked;
  if (!of_place.empty()) return of_place;
  return p_.catalogue.usual_currency(u, kinds);
}

Result<CatalogueAnswer> Market::catalogue_answer(UnitOfWork& u, std::vector<repository::CatalogueRow> rows, int page) {
  CatalogueAnswer out;
  out.more = static_cast<int>(rows.size()) > page;
  if (out.more) rows.resize(static_cast<std::size_t>(page));
  if (out.more) out.next = {rows.back().sort_value, rows.back().repository.id};
  std::int64_t first_day = now().ns / day_ns - activity_days + 1;
  for (auto& row : rows) {
    CatalogueEntry e;
    row.activity.assign(activity_days, 0);
    KT_TRY(auto days, p_.catalogue.activity(u, row.repository.id, first_day));
    for (const auto& d : days)
      if (d.day < first_day + activity_days) row.activity[static_cast<std::size_t>(d.day - first_day)] = d.downloads + d.runs;
    if (row.sale && !row.sale->offer.empty()) {
      KT_TRY(auto offer, offer_facts(u, row.sale->offer));
      KT_TRY(auto plan, p_.store.plan(u, offer->plan, offer->plan_version));
      e.offer = *offer;
      e.plan_body = plan ? plan->body : "{}";
    }
    e.row = std::move(row);
    out.entries.push_back(std::move(e));
  }
  return out;
}

Result<CatalogueAnswer> Market::catalogue(UnitOfWork& u, const Caller& c, repository::CatalogueQuery q, bool with_facets) {
  may_see(c, q.readable_owners, q.all_private);
  int page = q.limit++;
  bool by_price = q.sort == "price";
  std::string of_place;
  if (by_price && q.after) of_place = currency_of_place(q.after->first);
  KT_TRY(std::string currency, compared_in(u, q.currency, of_place, q.kinds));
  if (by_price || q.max_price || !q.currency.empty()) q.priced_in = currency;
  KT_TRY(auto found, p_.catalogue.page(u, q, with_facets));
  if (by_price)
    for (auto& row : found.rows) row.sort_value += in_currency + currency;
  KT_TRY(auto out, catalogue_answer(u, std::move(found.rows), page));
  out.counts = std::move(found.counts);
  out.priced_in = std::move(currency);
  return out;
}

Result<std::array<CatalogueAnswer, 3>> Market::catalogue_by_kind(UnitOfWork& u, const Caller& c, repository::CatalogueQuery q) {
  may_see(c, q.readable_owners, q.all_private);
  int page = q.limit++;
  q.of_each_kind = true;
  KT_TRY(auto found, p_.catalogue.page(u, q, false));
  std::array<CatalogueAnswer, 3> out;
  for (std::size_t kind = 0; kind < out.size(); ++kind) {
    std::vector<repository::CatalogueRow> rows;
    for (auto& r : found.rows)
      if (static_cast<std::size_t>(r.repository.kind) == kind) rows.push_back(std::move(r));
    KT_TRY(out[kind], catalogue_answer(u, std::move(rows), page));
  }
  return out;
}

Result<FoundListings> Market::find_listings(UnitOfWork& u, const Caller& c, ListingFilter f, Page page) {
  bool own = !f.seller.empty() && !c.anonymous && (c.party == f.seller || c.membership(f.seller));
  bool by_operator = c.is_operator && c.scopes.operate;
  if (!own && !by_operator) {
    if (f.state && *f.state != ListingState::published) return FoundListings();
    f.state = ListingState::published;
  } else if (!f.state && !own) {
    f.state = ListingState::published;
  }
  may_see(c, f.readable_owners, f.all_repositories);
  f.all_repositories = f.all_repositories || own;
  bool by_price = f.sort == "price";
  std::string of_place;
  if (std::size_t bar = page.before.find('|'); by_price && bar != std::string::npos) {
    std::string place = page.before.substr(0, bar);
    of_place = currency_of_place(place);
    page.before = place + page.before.substr(bar);
  }
  FoundListings out;
  KT_TRY(out.priced_in, compared_in(u, f.currency, of_place, {}));
  if (by_price || f.max_price || !f.currency.empty()) f.priced_in = out.priced_in;
  KT_TRY(out.listings, p_.store.find_listings(u, f, page));
  if (by_price)
    for (auto& one : out.listings) one.sort_value += in_currency + out.priced_in;
  return out;
}

}  // namespace kontor::market
