// What sellers earned and buyers used, read from the ledger and the usage records.
#include <tuple>

#include "market/rules.hpp"

namespace kontor::market {

Result<std::vector<SellerBalance>> Market::balances(UnitOfWork& u, const Caller& c, std::string_view text) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  std::map<std::string, SellerBalance> by_currency;
  auto of = [&](const std::string& currency) -> SellerBalance& {
    SellerBalance& b = by_currency[currency];
    b.party = party.id;
    b.currency = currency;
    return b;
  };
  (void)of(party.default_currency);
  KT_TRY(auto accounts, p_.books.accounts(u, 0, party.id, ""));
  for (const auto& a : accounts) {
    switch (a.chart.code) {
      case 2100:
        of(a.currency).unfunded += a.balance();
        break;
      case 2110:
        of(a.currency).pending += a.balance();
        break;
      case 2120:
        of(a.currency).available += a.balance();
        break;
      case 2130:
        of(a.currency).reserve += a.balance();
        break;
      case 2140:
        of(a.currency).in_transit += a.balance();
        break;
      case 1200:
        of(a.currency).due_from += a.balance();
        break;
      default:
        break;
    }
  }
  std::vector<SellerBalance> out;
  for (auto& [currency, b] : by_currency) {
    KT_TRY(auto order, p_.store.next_due(u, party.id, currency));
    KT_TRY(auto usage, p_.store.next_clearing(u, party.id, currency));
    b.next_clearing_at = !order ? usage : !usage ? order : std::min(*order, *usage);
    out.push_back(std::move(b));
  }
  return out;
}

Result<Statement> Market::statement(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view currency, Time from, Time to) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  KT_TRY([[maybe_unused]] int digits, currency_digits(currency));
  if (from >= to) return bad_field("to", "order", "to must lie after from.");
  Statement s;
  s.party = party.id;
  s.currency = currency;
  // What the platform owes the seller in all: payables less what the seller owes.
  struct Part {
    std::string account;
    int sign;
  };
  const Part parts[] = {{ledger::account::pending(party.id), 1},  {ledger::account::available(party.id), 1},
                        {ledger::account::unfunded(party.id), 1}, {ledger::account::reserve(party.id), 1},
                        {ledger::account::transit(party.id), 1},  {ledger::account::due_from(party.id), -1}};
  struct Fact {
    Time at;
    std::string kind, business, ref;
    Wide net = 0;
  };
  std::map<std::string, std::size_t> index;
  std::vector<Fact> facts;
  constexpr Time never{INT64_MAX};
  Wide after = 0;
  for (const Part& part : parts) {
    KT_TRY(auto account, p_.books.load(u, part.account, currency));
    if (!account) continue;
    s.closing += part.sign * account->balance();
    KT_TRY(auto later, p_.books.entries_between(u, account->id, to, never));
    for (const auto& e : later) after += part.sign * e.delta;
    KT_TRY(auto within, p_.books.entries_between(u, account->id, from, to));
    for (const auto& e : within) {
      auto [it, fresh] = index.emplace(e.kind + "|" + e.business, facts.size());
      if (fresh) facts.push_back({e.at, e.kind, e.business, e.ref, 0});
      facts[it->second].net += part.sign * e.delta;
    }
  }
  s.closing -= after;
  s.opening = s.closing;
  std::sort(facts.begin(), facts.end(),
            [](const Fact& a, const Fact& b) { return std::tie(a.at, a.business) < std::tie(b.at, b.business); });
  for (const Fact& f : facts) {
    s.opening -= f.net;
    if (f.net == 0) continue;  // moved between the seller's own accounts
    StatementEntry e{f.at, f.kind, f.ref, 0, 0, f.net};
    KT_TRY(auto tx, p_.books.find(u, f.kind, f.business));
    if (tx)
      for (const auto& l : tx->legs) {
        if (l.flag == ledger::Flag::pending || l.flag == ledger::Flag::void_) continue;
        if (l.credit == ledger::account::platform_fee) e.fee += l.amount;
        if (l.debit == ledger::account::platform_fee) e.fee -= l.amount;
      }
    e.gross = e.net + e.fee;
    if (f.kind == "order.captured" || f.kind == "order.released") e.kind = "order";
    if (f.kind == "order.refunded") e.kind = "refund";
    if (e.kind == "refund")
      s.refunds += -e.gross;
    else
      s.gross += e.gross;
    s.fee += e.fee;
    s.net += e.net;
    s.entries.push_back(std::move(e));
  }
  return s;
}

Result<std::vector<Usage>> Market::usage(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view role, UsageFilter f,
                                         const Page& page) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  (role == "seller" ? f.seller : f.buyer) = party.id;
  return p_.store.usage(u, f, page);
}

}  // namespace kontor::market
