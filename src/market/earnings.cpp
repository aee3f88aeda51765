// What a seller earned, by day and listing. The money is that of the statement, entry by entry, so that the sums are equal; units come
// from the usage records.
#include "codec/calendar.hpp"
#include "market/rules.hpp"

namespace kontor::market {

Result<std::vector<Earning>> Market::earnings(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view currency, Time from,
                                              Time to, bool by_day, bool by_listing) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  KT_TRY(Statement s, statement(u, c, party.id, currency, from, to));
  std::map<std::string, std::string, std::less<>> listings, assets;  // of orders and entitlements; of listings
  auto listing_of = [&](std::string_view ref) -> Result<std::string> {
    if (auto it = listings.find(ref); it != listings.end()) return it->second;
    std::string listing, asset;
    if (ref.starts_with("ord_")) {
      KT_TRY(auto o, p_.store.order(u, ref, false));
      if (o) listing = o->listing, asset = o->asset;
    } else if (ref.starts_with("ent_")) {
      KT_TRY(auto e, p_.store.entitlement(u, ref));
      if (e) listing = e->listing, asset = e->asset;
    }
    listings.emplace(std::string(ref), listing);
    assets.emplace(listing, asset);
    return listing;
  };
  std::map<std::pair<std::string, std::string>, Earning> rows;
  auto row = [&](Time at, const std::string& listing) -> Earning& {
    Earning& e = rows[{by_day ? codec::local_day(at, party.billing_tz) : "", by_listing ? listing : ""}];
    if (by_day) e.day = codec::local_day(at, party.billing_tz);
    if (by_listing) e.listing = listing, e.asset = assets[listing];
    e.currency = currency;
    return e;
  };
  for (const StatementEntry& entry : s.entries) {
    KT_TRY(std::string listing, listing_of(entry.ref));
    Earning& e = row(entry.at, listing);
    e.gross += entry.gross;
    e.fee += entry.fee;
    e.net += entry.net;
    e.orders += entry.kind == "order";
  }
  UsageFilter f;
  f.seller = party.id;
  f.from = from;
  f.to = to;
  KT_TRY(auto records, p_.store.usage(u, f, {"", 0}));
  for (const Usage& r : records) {
    if (r.currency != currency) continue;
    KT_TRY(std::string listing, listing_of(r.entitlement));
    Earning& e = row(r.at, listing);
    e.quantity += r.quantity;
    e.failed += r.failed;
  }
  std::vector<Earning> out;
  for (auto& [key, e] : rows) out.push_back(std::move(e));
  return out;
}

}  // namespace kontor::market
