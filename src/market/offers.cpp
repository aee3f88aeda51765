// Plans, their immutable versions, and offers made of them.
#include "base/ids.hpp"
#include "market/licences.hpp"
#include "market/rules.hpp"

namespace kontor::market {
namespace {

constexpr std::string_view known_rights[] = {
    "use",    "download",       "run", "fine_tune", "distil", "redistribute_weights", "redistribute_outputs", "commercial",
    "resell", "host_for_others"};

Result<PlanVersion> plan_of(const Json& body, const Listing& l, std::string id, std::int64_t version, Time now) {
  KT_TRY(metering::Plan terms, metering::parse_plan(body));
  KT_TRY(std::string text, body.canonical());
  PlanVersion p;
  p.id = std::move(id);
  p.listing = l.id;
  p.currency = terms.currency;
  p.body = std::move(text);
  p.version = version;
  p.created_at = now;
  return p;
}

}  // namespace

Result<PlanVersion> Market::create_plan(UnitOfWork& u, const Caller& c, std::string_view listing, const Json& body) {
  KT_TRY(Listing l, own_listing(u, c, listing));
  if (l.state == ListingState::retired) return wrong_state("The listing is retired.");
  KT_TRY(PlanVersion p, plan_of(body, l, new_id("pln_", now()), 1, now()));
  KT_CHECK(p_.store.add_plan(u, p));
  KT_CHECK(log_one(u, "plan.published", p.id, canonical({{"listing", l.id}, {"plan", p.id}, {"terms", p.body}, {"version", "1"}})));
  KT_CHECK(audit(u, c, "plan.publish", p.id));
  return p;
}

Result<PlanVersion> Market::add_plan_version(UnitOfWork& u, const Caller& c, std::string_view plan, const Json& body) {
  KT_TRY(auto newest, p_.store.plan(u, plan, 0));
  if (!newest) return not_found("The plan");
  KT_TRY(Listing l, own_listing(u, c, newest->listing));
  if (l.state == ListingState::retired) return wrong_state("The listing is retired.");
  KT_TRY(PlanVersion p, plan_of(body, l, newest->id, newest->version + 1, now()));
  KT_CHECK(p_.store.add_plan(u, p));
  KT_CHECK(log_one(u, "plan.published", p.id,
                   canonical({{"listing", l.id}, {"plan", p.id}, {"terms", p.body}, {"version", std::to_string(p.version)}})));
  KT_CHECK(audit(u, c, "plan.publish", p.id));
  return p;
}

Result<PlanVersion> Market::see_plan(UnitOfWork& u, const Caller& c, std::string_view plan, std::int64_t version) {
  KT_TRY(auto p, p_.store.plan(u, plan, version));
  if (!p) return not_found("The plan");
  auto l = see_listing(u, c, p->listing);
  if (!l) return not_found("The plan");
  return std::move(*p);
}

Result<Offer> Market::create_offer(UnitOfWork& u, const Caller& c, std::string_view listing, const OfferDraft& d) {
  KT_TRY(Listing l, own_listing(u, c, listing));
  if (l.state == ListingState::retired) return wrong_state("The listing is retired.");
  KT_TRY(auto plan, p_.store.plan(u, d.plan, d.plan_version));
  if (!plan || plan->listing != l.id) return bad_field("plan", "unknown", "The listing has no such plan or version.");
  KT_TRY(auto terms, plan_terms(u, plan->id, plan->version));
  for (const auto& comp : terms->components) {
    bool sold = comp.kind == metering::Kind::one_off || comp.kind == metering::Kind::setup || comp.kind == metering::Kind::metered;
    if (!sold || comp.term != metering::Term::prepaid)
      return bad_field("plan", "not_sold_yet", "Offers take one-off and metered, prepaid components.", "invalid_plan");
  }
  if (d.visibility != "public" && d.visibility != "private") return bad_field("visibility", "unknown", "visibility is public or private.");
  if ((d.visibility == "private") != !d.buyer.empty())
    return bad_field("buyer", "private_only", "A private offer names its buyer, a public one none.");
  if (!find_licence(d.licence)) return bad_field("licence", "unknown", "There is no such licence: GET /api/v1/licences lists them.");
  Offer o;
  if (!d.buyer.empty()) {
    KT_TRY(auto party, p_.parties.find_party_called(u, d.buyer));
    if (!party) return bad_field("buyer", "unknown", "There is no such party.");
    o.buyer = party->id;
  }
  if (d.rights.empty()) return bad_field("rights", "missing", "Name at least one right.");
  for (const std::string& r : d.rights) {
    if (std::find(std::begin(known_rights), std::end(known_rights), r) == std::end(known_rights))
      return bad_field("rights", "unknown", "There is no right '" + r + "'.");
    if (!contains_word(o.rights, r)) o.rights += (o.rights.empty() ? "" : " ") + r;
  }
  KT_TRY(o.due_at_once, terms->due_at_once(1));
  if (d.auto_accept && (o.due_at_once != 0 || !terms->metered()))
    return bad_field("auto_accept", "due_at_once", "auto_accept is possible only where nothing is due at once.");
  if (d.valid_until && *d.valid_until <= now()) return bad_field("valid_until", "past", "valid_until lies in the past.");
  o.created_at = now();
  o.id = new_id("off_", o.created_at);
  o.listing = l.id;
  o.seller = l.seller;
  o.repository = l.repository;
  o.asset = l.asset;
  o.plan = plan->id;
  o.plan_version = plan->version;
  o.visibility = d.visibility;
  o.licence = d.licence;
  o.auto_accept = d.auto_accept;
  o.valid_until = d.valid_until;
  o.currency = terms->currency;
  o.instant = l.instant();
  o.metered = terms->metered();
  o.price_text = metering::price_text(*terms);
  o.refund_policy = terms->refund_policy;
  KT_CHECK(p_.store.add_offer(u, o));
  KT_CHECK(refresh_sale(u, o.repository));
  KT_CHECK(audit(u, c, "offer.create", o.id));
  return o;
}

Result<Offer> Market::withdraw_offer(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto o, p_.store.offer(u, id));
  if (!o) return not_found("The offer");
  KT_TRY(Listing l, own_listing(u, c, o->listing));
  if (!o->active) return wrong_state("The offer is withdrawn already.");
  KT_CHECK(p_.store.withdraw_offer(u, id));
  o->active = false;
  KT_CHECK(refresh_sale(u, o->repository));
  KT_CHECK(audit(u, c, "offer.withdraw", o->id));
  return std::move(*o);
}

Result<Offer> Market::see_offer(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto o, p_.store.offer(u, id));
  if (!o) return not_found("The offer");
  auto l = see_listing(u, c, o->listing);
  if (!l) return not_found("The offer");
  bool seller = !c.anonymous && (c.party == o->seller || c.membership(o->seller) || c.is_operator);
  if (!o->buyer.empty() && !seller && (c.anonymous || (c.party != o->buyer && !c.membership(o->buyer)))) return not_found("The offer");
  return std::move(*o);
}

Result<std::vector<Offer>> Market::visible_offers(UnitOfWork& u, const Caller& c, const Listing& l) {
  KT_TRY(auto all, p_.store.offers_of(u, l.id));
  bool seller = !c.anonymous && (c.party == l.seller || c.membership(l.seller) || c.is_operator);
  std::vector<Offer> out;
  for (auto& o : all) {
    bool for_caller = o.buyer.empty() || (!c.anonymous && (c.party == o.buyer || c.membership(o.buyer)));
    if (seller || (o.active && for_caller)) out.push_back(std::move(o));
  }
  return out;
}

Result<std::vector<Offer>> Market::offers_for_asset(UnitOfWork& u, const Caller& c, std::string_view asset) {
  auto name = repository::parse_asset(asset);
  if (!name) return bad_field("asset", "not_an_asset", "An asset is named like model:bob/digits.");
  KT_TRY(auto repo, p_.repositories.find(u, name->kind, name->ns, name->name));
  if (!repo || identity::authorize(c, identity::Action::repository_see, {repo->owner, repo->visibility}) != identity::Decision::allow)
    return not_found("The asset");
  KT_TRY(auto l, p_.store.published_listing(u, repo->id));
  if (!l) return std::vector<Offer>();
  return visible_offers(u, c, *l);
}

}  // namespace kontor::market
