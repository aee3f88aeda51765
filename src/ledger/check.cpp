#include "ledger/check.hpp"

#include <fmt/format.h>

#include <set>

namespace kontor::ledger {

Result<std::uint64_t> check_books(UnitOfWork& unit, Store& store,
                                  const std::function<void(const std::string&, const std::string&)>& report) {
  Projection replayed;
  KT_CHECK(replayed.advance(unit, store));
  auto totals = replayed.totals();
  struct Sums {
    Wide debits = 0, credits = 0, debits_pending = 0, credits_pending = 0;
  };
  std::map<std::string, Sums> by_currency;
  std::set<std::string> seen;
  KT_TRY(auto rows, store.accounts(unit, 0, "", ""));
  for (const Account& row : rows) {
    std::string key = row.currency + " " + row.name;
    seen.insert(key);
    auto it = totals.find(key);
    Account none;
    const Account& said = it == totals.end() ? none : it->second;
    if (row.debits_posted != said.debits_posted || row.credits_posted != said.credits_posted || row.debits_pending != said.debits_pending ||
        row.credits_pending != said.credits_pending)
      report("account " + key,
             fmt::format("the row says {} posted and {} pending in debits, {} and {} in credits; the journal says {}, {}, {} and {}",
                         wide_text(row.debits_posted), wide_text(row.debits_pending), wide_text(row.credits_posted),
                         wide_text(row.credits_pending), wide_text(said.debits_posted), wide_text(said.debits_pending),
                         wide_text(said.credits_posted), wide_text(said.credits_pending)));
    if (row.chart.guarded && row.available() < 0)
      report("account " + key, "a guarded account is below zero: " + wide_text(row.available()));
  }
  for (const auto& [key, account] : totals) {
    Sums& s = by_currency[account.currency];
    s.debits += account.debits_posted;
    s.credits += account.credits_posted;
    s.debits_pending += account.debits_pending;
    s.credits_pending += account.credits_pending;
    if (account.chart.guarded && !seen.contains(key) &&
        (account.balance() != 0 || account.debits_pending != 0 || account.credits_pending != 0))
      report("account " + key, "the journal moved it, and there is no row");
  }
  for (const auto& [currency, s] : by_currency) {
    if (s.debits != s.credits)
      report("currency " + currency, fmt::format("debits {} and credits {} differ", wide_text(s.debits), wide_text(s.credits)));
    if (s.debits_pending != s.credits_pending)
      report("currency " + currency,
             fmt::format("pending debits {} and credits {} differ", wide_text(s.debits_pending), wide_text(s.credits_pending)));
  }
  return static_cast<std::uint64_t>(totals.size());
}

}  // namespace kontor::ledger
