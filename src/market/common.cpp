// Parties, audit and trade-log helpers that every use case needs.
#include "market/rules.hpp"
#include "market/views.hpp"

namespace kontor::market {

Result<identity::Party> Market::acting_party(UnitOfWork& u, const Caller& c, std::string_view text, identity::Action action) {
  if (c.anonymous) return Unexpected(identity::denied(identity::Decision::unauthenticated, "The party"));
  std::optional<identity::Party> party;
  if (text.empty() || text == c.party || text == c.name) {
    KT_TRY(party, p_.parties.find_party(u, c.party));
  } else {
    KT_TRY(party, p_.parties.find_party_called(u, text));
  }
  if (!party) return not_found("The party");
  // Visibility of a party's money is private: who is no member learns nothing.
  auto decision = identity::authorize(c, action, {party->id, identity::Visibility::private_});
  bool operator_reads =
      action == identity::Action::market_read && identity::authorize(c, identity::Action::operate, {}) == identity::Decision::allow;
  if (decision != identity::Decision::allow && !operator_reads) return Unexpected(identity::denied(decision, "The party"));
  return std::move(*party);
}

Status Market::require_operator(const Caller& c) {
  auto decision = identity::authorize(c, identity::Action::operate, {});
  if (decision != identity::Decision::allow) return Unexpected(identity::denied(decision, "What you asked for"));
  return {};
}

bool Market::needs_nothing(const Caller& c, std::string_view owner) const {
  return !c.anonymous && (c.party == owner || c.membership(owner) || c.is_operator);
}

Status Market::audit(UnitOfWork& u, const Caller& c, std::string_view action, std::string_view item, std::string_view details) {
  return p_.store.add_audit(u, {"", c.party, std::string(action), std::string(item), "", std::string(details), now()});
}

Result<std::vector<AuditEntry>> Market::audit_entries(UnitOfWork& u, const Caller& c, std::string_view actor, std::string_view action,
                                                      Time from, const Page& page) {
  KT_CHECK(require_operator(c));
  return p_.store.audit(u, actor, action, from, page);
}

Status Market::log(UnitOfWork& u, Order& o, std::vector<tradelog::Leaf> leaves) {
  o.leaves += static_cast<std::int64_t>(leaves.size());
  KT_TRY([[maybe_unused]] auto index, p_.log.append(u, o.id, leaves));
  return {};
}

Status Market::log_one(UnitOfWork& u, std::string_view kind, std::string_view subject, std::string record) {
  // Objects other than orders leave few records: counting them is cheap.
  KT_TRY(auto before, p_.log.by_subject(u, subject));
  KT_TRY([[maybe_unused]] auto index,
         p_.log.append(u, subject,
                       {tradelog::make_leaf(std::string(kind), std::string(subject), static_cast<std::int64_t>(before.size()), now(),
                                            std::move(record))}));
  return {};
}

Unexpected Market::short_of_money(UnitOfWork& u, std::string_view buyer, std::string_view currency, Micros required) {
  auto account = ledger::account_of(u, p_.books, ledger::account::wallet(buyer), currency);
  if (!account) return Unexpected(account.error());
  JsonWriter w;
  w.begin_object()
      .field("reason", "insufficient_funds")
      .raw_field("required", money_json(required, currency))
      .raw_field("available", money_json(account->available(), currency))
      .end_object();
  return fail(Errc::payment_required, "payment_required", "The wallet does not hold enough money: top it up first.", std::move(w).str());
}

Unexpected Market::payment_needed(UnitOfWork& u, const repository::Repository& r, std::string_view buyer) {
  auto offers = p_.store.offers_for(u, r.id);
  if (!offers) return Unexpected(offers.error());
  std::string list, price;
  for (const Offer& o : *offers) {
    if (!o.buyer.empty() && o.buyer != buyer) continue;
    if (o.valid_until && *o.valid_until <= now()) continue;
    auto plan = p_.store.plan(u, o.plan, o.plan_version);
    if (!plan) return Unexpected(plan.error());
    if (!list.empty()) list += ',';
    list += offer_json(o, *plan ? (*plan)->body : "{}", settings_);
    if (price.empty()) price = o.price_text;
  }
  std::string line = header_safe(r.full_name() + " must be bought before it can be used" + (price.empty() ? "" : ": " + price) + ". See " +
                                 settings_.public_url + r.page() + "/price");
  return fail(Errc::payment_required, "payment_required", line, "{\"reason\":\"no_entitlement\",\"offers\":[" + list + "]}");
}

Result<std::shared_ptr<const metering::Plan>> Market::plan_terms(UnitOfWork& u, std::string_view plan, std::int64_t version) {
  std::string key = std::string(plan) + "/" + std::to_string(version);
  {
    std::lock_guard lock(cache_mutex_);
    if (auto it = plans_.find(key); it != plans_.end()) return it->second;
  }
  KT_TRY(auto stored, p_.store.plan(u, plan, version));
  if (!stored) return not_found("The plan");
  KT_TRY(Json json, Json::parse(stored->body));
  KT_TRY(metering::Plan terms, metering::parse_plan(json));
  auto shared = std::make_shared<const metering::Plan>(std::move(terms));
  std::lock_guard lock(cache_mutex_);
  if (plans_.size() > 10'000) plans_.clear();
  plans_[key] = shared;
  return shared;
}

Result<std::shared_ptr<const Offer>> Market::offer_facts(UnitOfWork& u, std::string_view id) {
  {
    std::lock_guard lock(cache_mutex_);
    if (auto it = offers_.find(id); it != offers_.end()) return it->second;
  }
  KT_TRY(auto stored, p_.store.offer(u, id));
  if (!stored) return not_found("The offer");
  auto shared = std::make_shared<const Offer>(std::move(*stored));
  std::lock_guard lock(cache_mutex_);
  if (offers_.size() > 10'000) offers_.clear();
  offers_[std::string(id)] = shared;
  return shared;
}

}  // namespace kontor::market
