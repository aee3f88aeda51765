// Listings: draft, review, publication, suspension, retirement (marketplace.md section 3).
#include "base/ids.hpp"
#include "market/licences.hpp"
#include "market/rules.hpp"

namespace kontor::market {
namespace {

constexpr std::size_t max_title = 200, max_summary = 4000, max_free_files = 50;
constexpr std::string_view delivery_kinds[] = {"download", "api_access",  "hosted_endpoint", "deploy_to_buyer",
                                               "space",    "custom_work", "consulting"};

Status check_text(std::string_view path, std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most || !valid_utf8(text))
    return bad_field(path, "length", "The text of " + std::string(path) + " is missing or too long.");
  return {};
}

Status check_category(std::string_view c) {
  bool ok = !c.empty() && c.size() <= 40 && c.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
  if (!ok) return bad_field("category", "not_a_slug", "A category is 1 to 40 of a-z, 0-9 and '-'.");
  return {};
}

Result<std::string> join_delivery(const std::vector<std::string>& kinds) {
  std::string out;
  for (const std::string& k : kinds) {
    if (std::find(std::begin(delivery_kinds), std::end(delivery_kinds), k) == std::end(delivery_kinds))
      return bad_field("delivery", "unknown", "There is no delivery '" + k + "'.");
    if (contains_word(out, k)) continue;
    if (!out.empty()) out += ' ';
    out += k;
  }
  if (out.empty()) return bad_field("delivery", "missing", "Name at least one kind of delivery.");
  return out;
}

Result<std::string> join_files(const std::vector<std::string>& files) {
  std::string out;
  if (files.size() > max_free_files) return bad_field("free_files", "too_many", "At most 50 free files.");
  for (const std::string& f : files) {
    if (f.empty() || f.size() > 500 || f.find('\n') != std::string::npos)
      return bad_field("free_files", "not_a_path", "A free file is the path of a file in the repository.");
    if (!out.empty()) out += '\n';
    out += f;
  }
  return out;
}

Status check_licence(std::string_view l) {
  if (!find_licence(l)) return bad_field("licence_template", "unknown", "There is no such licence: GET /api/v1/licences lists them.");
  return {};
}

}  // namespace

Result<Listing> Market::create_listing(UnitOfWork& u, const Caller& c, const ListingDraft& d) {
  if (c.anonymous) return Unexpected(identity::denied(identity::Decision::unauthenticated, "The asset"));
  auto name = repository::parse_asset(d.asset);
  if (!name) return bad_field("asset", "not_an_asset", "An asset is named like model:bob/digits.");
  KT_TRY(auto repo, p_.repositories.find(u, name->kind, name->ns, name->name));
  if (!repo || identity::authorize(c, identity::Action::repository_see, {repo->owner, repo->visibility}) != identity::Decision::allow)
    return not_found("The asset");
  auto decision = identity::authorize(c, identity::Action::market_sell, {repo->owner, repo->visibility});
  if (decision != identity::Decision::allow) return Unexpected(identity::denied(decision, "The asset"));
  KT_TRY(auto owner, p_.parties.find_party(u, repo->owner));
  if (!owner) return not_found("The asset");
  if (owner->kyc_level < 1) return fail(Errc::forbidden, "kyc_required", "Selling takes an identity check of level 1.");
  KT_CHECK(check_text("title", d.title, 1, max_title));
  KT_CHECK(check_text("summary", d.summary, 0, max_summary));
  KT_CHECK(check_category(d.category));
  KT_CHECK(check_licence(d.licence_template));
  Listing l;
  KT_TRY(l.delivery, join_delivery(d.delivery));
  KT_TRY(l.free_files, join_files(d.free_files));
  KT_TRY(auto others, p_.store.listings_of(u, repo->id));
  for (auto& o : others)
    if (o.state != ListingState::retired && o.seller == repo->owner)
      return fail(Errc::conflict, "conflict", "The asset has a listing already: " + o.id + ".");
  l.created_at = now();
  l.id = new_id("lst_", l.created_at);
  l.seller = repo->owner;
  l.repository = repo->id;
  l.asset = repo->asset();
  l.title = d.title;
  l.summary = d.summary;
  l.category = d.category;
  l.licence = d.licence_template;
  KT_CHECK(p_.store.put_listing(u, l, true));
  KT_CHECK(audit(u, c, "listing.create", l.id));
  return l;
}

Result<Listing> Market::own_listing(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto l, p_.store.listing(u, id));
  if (!l) return not_found("The listing");
  auto visible = l->state == ListingState::published ? identity::Visibility::public_ : identity::Visibility::private_;
  auto decision = identity::authorize(c, identity::Action::market_sell, {l->seller, visible});
  if (decision != identity::Decision::allow) return Unexpected(identity::denied(decision, "The listing"));
  return std::move(*l);
}

Result<Listing> Market::patch_listing(UnitOfWork& u, const Caller& c, std::string_view id, const ListingPatch& p,
                                      std::optional<std::int64_t> if_version) {
  KT_TRY(Listing l, own_listing(u, c, id));
  if (if_version && *if_version != l.version)
    return fail(Errc::stale, "stale_revision", "The listing was changed meanwhile: read it again.");
  if (l.state != ListingState::draft) return wrong_state("A listing can be changed only while it is a draft.");
  if (p.title) {
    KT_CHECK(check_text("title", *p.title, 1, max_title));
    l.title = *p.title;
  }
  if (p.summary) {
    KT_CHECK(check_text("summary", *p.summary, 0, max_summary));
    l.summary = *p.summary;
  }
  if (p.category) {
    KT_CHECK(check_category(*p.category));
    l.category = *p.category;
  }
  if (p.licence_template) {
    KT_CHECK(check_licence(*p.licence_template));
    l.licence = *p.licence_template;
  }
  if (p.delivery) {
    KT_TRY(l.delivery, join_delivery(*p.delivery));
  }
  if (p.free_files) {
    KT_TRY(l.free_files, join_files(*p.free_files));
  }
  ++l.version;
  KT_CHECK(p_.store.put_listing(u, l, false));
  KT_CHECK(audit(u, c, "listing.change", l.id));
  return l;
}

Result<Listing> Market::move_listing(UnitOfWork& u, const Caller& c, std::string_view id, ListingEvent event, bool revoke_running,
                                     std::string_view reason) {
  if (reason.size() > 2000 || !valid_utf8(reason)) return bad_field("reason", "length", "A reason has at most 2000 bytes.");
  bool by_operator =
      event == ListingEvent::approve || event == ListingEvent::reject || event == ListingEvent::suspend || event == ListingEvent::reinstate;
  Listing l;
  if (by_operator || (event == ListingEvent::retire && c.is_operator)) {
    KT_CHECK(require_operator(c));
    KT_TRY(auto found, p_.store.listing(u, id));
    if (!found) return not_found("The listing");
    l = std::move(*found);
    bool own = c.party == l.seller || c.membership(l.seller);
    if (own && (event == ListingEvent::approve || event == ListingEvent::reject))
      return fail(Errc::forbidden, "blocked", "A listing is approved by an operator who is not its owner.");
  } else {
    KT_TRY(l, own_listing(u, c, id));
  }
  auto to = next(l.state, event);
  if (!to) return wrong_state("The listing is " + std::string(name_of(l.state)) + ": this is not possible now.");
  if (event == ListingEvent::submit) {
    KT_TRY(auto plans, p_.store.plans_of(u, l.id));
    if (plans.empty()) return wrong_state("A listing needs a price plan before it can be submitted.", "plan_missing");
    KT_TRY(auto owner, p_.parties.find_party(u, l.seller));
    if (!owner || owner->kyc_level < 1) return fail(Errc::forbidden, "kyc_required", "Selling takes an identity check of level 1.");
    if (settings_.review_automatically) to = ListingState::published;
  }
  ListingState from = l.state;
  l.state = *to;
  ++l.version;
  // A reason stays until the next step: the seller reads it while he mends the draft.
  if (event == ListingEvent::reject || event == ListingEvent::suspend)
    l.review_note = reason;
  else if (event == ListingEvent::approve || event == ListingEvent::reinstate)
    l.review_note.clear();
  if (l.state == ListingState::published && from == ListingState::in_review) l.published_at = now();
  if (l.state == ListingState::published && from == ListingState::draft) l.published_at = now();
  KT_CHECK(p_.store.put_listing(u, l, false));
  KT_CHECK(refresh_sale(u, l.repository));
  if (event == ListingEvent::suspend && revoke_running) KT_CHECK(revoke_all(u, l));
  static constexpr std::string_view kinds[] = {"listing.submitted", "listing.published",  "listing.rejected",
                                               "listing.suspended", "listing.reinstated", "listing.retired"};
  std::string_view kind =
      event == ListingEvent::submit && l.state == ListingState::published ? "listing.published" : kinds[static_cast<int>(event)];
  std::string_view actor =
      event == ListingEvent::submit && l.state == ListingState::published ? identity::platform_party_id : std::string_view(c.party);
  if (event != ListingEvent::submit || l.state == ListingState::published)
    KT_CHECK(
        log_one(u, kind, l.id,
                canonical({{"actor", actor}, {"asset", l.asset}, {"listing", l.id}, {"seller", l.seller}, {"state", name_of(l.state)}})));
  JsonWriter w;
  w.begin_object()
      .field("listing", l.id)
      .field("repository", l.repository)
      .field("asset", l.asset)
      .field("seller", l.seller)
      .field("state", name_of(l.state))
      .end_object();
  KT_CHECK(p_.outbox.append(u, kind, l.id, w.text()));
  std::string details;
  if (!reason.empty()) details = canonical({{"reason", reason}});
  KT_CHECK(audit(u, c, kind, l.id, details));
  return l;
}

Result<Listing> Market::see_listing(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto l, p_.store.listing(u, id));
  if (!l) return not_found("The listing");
  bool own = !c.anonymous && (c.party == l->seller || c.membership(l->seller) || c.is_operator);
  if (own) return std::move(*l);
  KT_TRY(auto repo, p_.repositories.find_by_id(u, l->repository));
  bool visible =
      repo && identity::authorize(c, identity::Action::repository_see, {repo->owner, repo->visibility}) == identity::Decision::allow;
  if (l->state == ListingState::published && visible) return std::move(*l);
  // Who bought it keeps seeing what he bought.
  if (!c.anonymous && l->state != ListingState::draft) {
    KT_TRY(auto held, p_.store.active_entitlements(u, c.party, l->repository));
    if (!held.empty()) return std::move(*l);
  }
  return not_found("The listing");
}

Result<std::vector<AuditEntry>> Market::listing_history(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto l, p_.store.listing(u, id));
  bool may = l && !c.anonymous && (c.party == l->seller || c.membership(l->seller) || (c.is_operator && c.scopes.operate));
  if (!may) return not_found("The listing");
  return p_.store.audit_of(u, l->id);
}

}  // namespace kontor::market
