// What is for sale as the catalogue shows it, and the catalogue with its offers.
#include "market/rules.hpp"

namespace kontor::market {

// The cheapest public offer decides what the list says: kept beside the repository whenever listings or offers change.
Status Market::refresh_sale(UnitOfWork& u, std::string_view repository) {
  KT_TRY(auto l, p_.store.published_listing(u, repository));
  if (!l) return p_.catalogue.set_sale(u, repository, std::nullopt);
  repository::Sale sale;
  sale.listing = l->id, sale.title = l->title, sale.summary = l->summary, sale.licence = l->licence, sale.delivery = l->delivery;
  KT_TRY(auto offers, p_.store.offers_for(u, repository));
  for (const Offer& o : offers) {
    if (!o.buyer.empty() || (o.valid_until && *o.valid_until <= now())) continue;
    KT_TRY(auto terms, plan_terms(u, o.plan, o.plan_version));
    KT_TRY(Micros price, metering::entry_price(*terms));
    if (!sale.offer.empty() && price >= sale.price) continue;
    sale.offer = o.id, sale.currency = o.currency, sale.price = price, sale.until = o.valid_until;
  }
  return p_.catalogue.set_sale(u, repository, sale);
}

namespace {
void may_see(const Caller& c, std::vector<std::string>& owners, bool& everything) {
  if (c.anonymous || !c.scopes.read_repos) return;
  owners.push_back(c.party);
  for (const auto& m : c.memberships) owners.push_back(m.org_party);
  everything = c.is_operator && c.scopes.operate;
}
}  // namespace

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
  KT_TRY(auto found, p_.catalogue.page(u, q, with_facets));
  KT_TRY(auto out, catalogue_answer(u, std::move(found.rows), page));
  out.counts = std::move(found.counts);
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

Result<std::vector<FoundListing>> Market::find_listings(UnitOfWork& u, const Caller& c, ListingFilter f, const Page& page) {
  bool own = !f.seller.empty() && !c.anonymous && (c.party == f.seller || c.membership(f.seller));
  bool by_operator = c.is_operator && c.scopes.operate;
  if (!own && !by_operator) {
    if (f.state && *f.state != ListingState::published) return std::vector<FoundListing>();
    f.state = ListingState::published;
  } else if (!f.state && !own) {
    f.state = ListingState::published;
  }
  may_see(c, f.readable_owners, f.all_repositories);
  f.all_repositories = f.all_repositories || own;
  return p_.store.find_listings(u, f, page);
}

}  // namespace kontor::market
