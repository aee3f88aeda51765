// Who may do what with something that is for sale (marketplace.md section 7, native-api.md section 3).
#include "market/rules.hpp"

namespace kontor::market {
namespace {

// Files that stay open while everything else is for sale: the card, its images, and what the listing names.
bool open_file(const Listing& l, repository::Kind kind, std::string_view path) {
  if (path.empty()) return false;
  if (path == "README.md") return true;
  for (std::string_view f : split(l.free_files, '\n'))
    if (f == path) return true;
  if (kind == repository::Kind::dataset) return false;
  bool card_folder = path.find('/') == std::string_view::npos || path.starts_with("assets/") || path.starts_with("images/") ||
                     path.starts_with("figures/");
  std::string lower = ascii_lower(path);
  for (std::string_view end : {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})
    if (lower.ends_with(end)) return card_folder;
  return false;
}

bool covers(const Entitlement& e, std::string_view right) { return contains_word(e.rights, right) || contains_word(e.rights, "use"); }

}  // namespace

Result<std::optional<Entitlement>> Market::reading_entitlement(UnitOfWork& u, const Caller& c, const repository::Repository& r,
                                                               std::string_view right) {
  auto look = [&](std::string_view party) -> Result<std::optional<Entitlement>> {
    KT_TRY(auto held, p_.store.active_entitlements(u, party, r.id));
    std::optional<Entitlement> best;
    for (auto& e : held) {
      bool running = e.valid_from <= now() && (!e.valid_to || now() < *e.valid_to);
      // One that was touched already is as good as any, and needs no write.
      if (running && covers(e, right) && (!best || (e.touched_at && !best->touched_at))) best = std::move(e);
    }
    return best;
  };
  KT_TRY(auto own, look(c.party));
  if (own) return own;
  for (const auto& m : c.memberships) {
    KT_TRY(auto theirs, look(m.org_party));
    if (theirs) return theirs;
  }
  return std::optional<Entitlement>();
}

Status Market::may_read(UnitOfWork& u, const Caller& c, const repository::Repository& r, std::string_view path, bool delivers) {
  KT_TRY(auto l, p_.store.published_listing(u, r.id));
  if (!l || needs_nothing(c, r.owner) || open_file(*l, r.kind, path)) return {};
  if (c.anonymous)
    return fail(Errc::unauthenticated, "gated",
                header_safe(r.full_name() + " is for sale: sign in, then see " + settings_.public_url + r.page() + "/price"));
  if (l->only_api()) return fail(Errc::forbidden, "api_only", header_safe(r.full_name() + " can only be called: its files are not sold."));
  KT_TRY(auto e, reading_entitlement(u, c, r, "download"));
  if (!e) return payment_needed(u, r, c.party);
  if (delivers && !e->touched_at) {
    e->touched_at = now();
    KT_CHECK(p_.store.save_entitlement(u, *e));
  }
  return {};
}

Result<bool> Market::touch_needed(UnitOfWork& u, const Caller& c, const repository::Repository& r) {
  if (c.anonymous || needs_nothing(c, r.owner)) return false;
  KT_TRY(auto l, p_.store.published_listing(u, r.id));
  if (!l) return false;
  KT_TRY(auto e, reading_entitlement(u, c, r, "download"));
  return e && !e->touched_at;
}

Result<bool> Market::licensed(UnitOfWork& u, const Caller& c, const repository::Repository& r) {
  if (c.anonymous) return false;
  KT_TRY(auto e, reading_entitlement(u, c, r, "download"));
  return e.has_value();
}

Result<bool> Market::for_sale(UnitOfWork& u, std::string_view repository) {
  KT_TRY(auto l, p_.store.published_listing(u, repository));
  return l.has_value();
}

Result<std::vector<Entitlement>> Market::list_entitlements(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view asset,
                                                           std::optional<EntitlementState> state, const Page& page) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  return p_.store.entitlements(u, {party.id, std::string(asset), state}, page);
}

Result<Entitlement> Market::see_entitlement(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto e, p_.store.entitlement(u, id));
  if (!e) return not_found("The entitlement");
  auto holder = acting_party(u, c, e->holder, identity::Action::market_read);
  if (holder) return std::move(*e);
  if (holder.error().kind == Errc::unauthenticated) return Unexpected(holder.error());
  auto seller = acting_party(u, c, e->seller, identity::Action::market_read);
  if (seller) return std::move(*e);
  return not_found("The entitlement");
}

Result<std::vector<CounterRow>> Market::counters(UnitOfWork& u, const Entitlement& e) {
  KT_TRY(auto terms, plan_terms(u, e.plan, e.plan_version));
  std::vector<CounterRow> out;
  for (const auto& comp : terms->components) {
    if (comp.kind != metering::Kind::metered) continue;
    KT_TRY(CounterRow row, p_.store.counter(u, e.id, comp.id));
    KT_TRY(auto pool, p_.store.free_pool(u, e.holder, e.listing, comp.id));
    row.entitlement = e.id;
    row.component = comp.id;
    row.free_left = std::max<std::int64_t>(0, comp.free_units - pool.first);
    out.push_back(std::move(row));
  }
  return out;
}

Result<Check> Market::check(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view asset, std::string_view right,
                            std::int64_t quantity) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  auto name = repository::parse_asset(asset);
  if (!name) return bad_field("asset", "not_an_asset", "An asset is named like model:bob/digits.");
  KT_TRY(auto repo, p_.repositories.find(u, name->kind, name->ns, name->name));
  if (!repo || identity::authorize(c, identity::Action::repository_see, {repo->owner, repo->visibility}) != identity::Decision::allow)
    return not_found("The asset");
  Check out;
  KT_TRY(auto l, p_.store.published_listing(u, repo->id));
  if (!l || party.id == repo->owner) {
    out.allowed = true;
    return out;
  }
  KT_TRY(auto held, p_.store.active_entitlements(u, party.id, repo->id));
  for (auto& e : held)
    if (covers(e, right)) {
      out.allowed = true;
      out.entitlement = e.id;
      return out;
    }
  out.reason = held.empty() ? "no_entitlement" : "right_missing";
  KT_TRY(auto offers, p_.store.offers_for(u, repo->id));
  for (auto& o : offers)
    if (o.buyer.empty() || o.buyer == party.id) out.offers.push_back(std::move(o));
  return out;
}

}  // namespace kontor::market
