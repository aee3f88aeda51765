#include "ledger/books.hpp"

#include "base/text.hpp"
#include "codec/sha256.hpp"

namespace kontor::ledger {
namespace {

constexpr int escrow_code = 2310;
constexpr Wide wide_max = static_cast<Wide>(~static_cast<unsigned __int128>(0) >> 1);

Unexpected leg_error(Errc kind, const char* code, const char* message, std::size_t leg) {
  return fail(kind, code, message, "{\"leg\":" + std::to_string(leg) + "}");
}

// The accounts a chain touches, loaded once, changed in memory, saved at the end.
class Working {
 public:
  Working(UnitOfWork& unit, Store& store, const PostOptions& options) : unit_(unit), store_(store), options_(options) {}

  struct Item {
    Account account;
    Wide before = 0;  // posted balance when loaded
    bool known_new = false;
  };

  // Loads what the legs are going to touch in one go. A leg that is wrong is found out later, at its turn.
  Status fetch(const Transaction& t) {
    for (std::size_t n = 0; n < t.legs.size(); ++n) {
      const std::string& currency = t.legs[n].currency;
      bool seen = std::any_of(t.legs.begin(), t.legs.begin() + static_cast<std::ptrdiff_t>(n),
                              [&](const Leg& l) { return l.currency == currency; });
      if (seen) continue;
      std::vector<std::string> names;
      for (std::size_t m = n; m < t.legs.size(); ++m)
        for (const std::string* name : {&t.legs[m].debit, &t.legs[m].credit}) {
          if (t.legs[m].currency != currency || is_new(*name) || std::find(names.begin(), names.end(), *name) != names.end()) continue;
          if (auto chart = classify(*name); chart && chart->guarded) names.push_back(*name);
        }
      if (names.empty()) continue;
      KT_TRY(auto stored, store_.load_all(unit_, names, currency));
      for (const std::string& name : names) {
        auto item = std::make_unique<Item>();
        auto it = std::find_if(stored.begin(), stored.end(), [&](const Account& a) { return a.name == name; });
        if (it != stored.end())
          item->account = std::move(*it);
        else
          item->account = fresh(name, currency, *classify(name));
        item->before = item->account.balance();
        items_.push_back(std::move(item));
      }
    }
    return {};
  }

  // Null for unguarded accounts: they have no row.
  Result<Item*> get(const std::string& name, const std::string& currency, std::size_t leg) {
    for (auto& item : items_)
      if (item->account.name == name && item->account.currency == currency) return item.get();
    auto chart = classify(name);
    if (!chart) return leg_error(Errc::invalid, "account_unknown", "There is no such account.", leg);
    if (!chart->guarded) return nullptr;
    KT_ASSERT(is_new(name));  // fetch() took the others
    auto item = std::make_unique<Item>();
    item->account = fresh(name, currency, *chart);
    item->known_new = true;
    items_.push_back(std::move(item));
    return items_.back().get();
  }

  Status save(const Transaction& t) {
    for (auto& item : items_) {
      Account& a = item->account;
      bool settled = a.balance() == 0 && a.debits_pending == 0 && a.credits_pending == 0;
      if (item->known_new && settled) continue;
      Wide delta = a.balance() - item->before;
      bool listed = delta != 0 && a.chart.code != escrow_code;
      if (listed) ++a.entries;
      KT_CHECK(store_.save(unit_, a));
      if (listed) KT_CHECK(store_.add_entry(unit_, {a.id, a.entries, t.kind, t.business, t.ref, t.at, delta, a.balance()}));
    }
    return {};
  }

 private:
  bool is_new(const std::string& name) const {
    return std::find(options_.new_accounts.begin(), options_.new_accounts.end(), name) != options_.new_accounts.end();
  }
  static Account fresh(const std::string& name, const std::string& currency, Chart chart) {
    Account a;
    a.name = name;
    a.currency = currency;
    a.chart = chart;
    return a;
  }

  UnitOfWork& unit_;
  Store& store_;
  const PostOptions& options_;
  std::vector<std::unique_ptr<Item>> items_;
};

Status add(Wide& total, Micros amount, std::size_t leg) {
  if (total > wide_max - amount) return leg_error(Errc::invalid, "overflow", "The account's total is too large.", leg);
  total += amount;
  return {};
}

// Checks a guarded account after a leg was applied; only the side that takes from it can fail.
Status check_funds(const Account& a, bool taken, std::size_t leg) {
  if (taken && a.available() < 0)
    return fail(Errc::payment_required, "insufficient_funds", "The account does not hold enough money.",
                "{\"leg\":" + std::to_string(leg) + ",\"account\":\"" + a.name + "\"}");
  return {};
}

struct Chain {
  UnitOfWork& unit;
  Store& store;
  const Transaction& t;
  Working working;
  std::vector<std::pair<Pending, bool>> pendings;  // with: made in this chain

  Status plain(const Leg& leg, std::size_t n) {
    if (leg.amount <= 0) return leg_error(Errc::invalid, "amount_invalid", "An amount must be larger than zero.", n);
    if (leg.debit == leg.credit) return leg_error(Errc::invalid, "same_account", "Debit and credit are the same account.", n);
    if (leg.currency.size() != 3) return leg_error(Errc::invalid, "currency_mismatch", "A transfer needs one currency.", n);
    KT_TRY(auto* debit, working.get(leg.debit, leg.currency, n));
    KT_TRY(auto* credit, working.get(leg.credit, leg.currency, n));
    if ((debit && debit->account.closed) || (credit && credit->account.closed))
      return leg_error(Errc::conflict, "account_closed", "The account is closed.", n);
    bool pending = leg.flag == Flag::pending;
    if (debit) {
      KT_CHECK(add(pending ? debit->account.debits_pending : debit->account.debits_posted, leg.amount, n));
      KT_CHECK(check_funds(debit->account, debit->account.chart.normal == Normal::credit, n));
    }
    if (credit) {
      KT_CHECK(add(pending ? credit->account.credits_pending : credit->account.credits_posted, leg.amount, n));
      KT_CHECK(check_funds(credit->account, credit->account.chart.normal == Normal::debit, n));
    }
    if (pending) pendings.push_back({{pending_name(t.kind, t.business, n), leg, Pending::State::open}, true});
    return {};
  }

  Status resolve(const Leg& leg, std::size_t n) {
    Pending* found = nullptr;
    for (auto& [p, made_here] : pendings)
      if (p.name == leg.pending) found = &p;
    if (!found) {
      KT_TRY(auto stored, store.load_pending(unit, leg.pending));
      if (!stored) return leg_error(Errc::not_found, "pending_unknown", "There is no such pending transfer.", n);
      pendings.push_back({std::move(*stored), false});
      found = &pendings.back().first;
    }
    Pending& p = *found;
    if (p.state == Pending::State::posted) return leg_error(Errc::conflict, "already_posted", "The pending transfer was posted.", n);
    if (p.state == Pending::State::voided) return leg_error(Errc::conflict, "already_voided", "The pending transfer was voided.", n);
    bool post = leg.flag == Flag::post;
    if (post && p.leg.expires_ns != 0 && t.at.ns >= p.leg.expires_ns)
      return leg_error(Errc::conflict, "expired", "The pending transfer has expired.", n);
    if (leg.amount < 0 || (!post && leg.amount != 0)) return leg_error(Errc::invalid, "amount_invalid", "The amount cannot be posted.", n);
    if (leg.amount > p.leg.amount) return leg_error(Errc::conflict, "exceeds_pending", "More is posted than was reserved.", n);
    if (leg.debit != p.leg.debit || leg.credit != p.leg.credit)
      return leg_error(Errc::invalid, "account_unknown", "The accounts are not those of the pending transfer.", n);
    if (leg.currency != p.leg.currency)
      return leg_error(Errc::invalid, "currency_mismatch", "The currency is not that of the pending transfer.", n);
    KT_TRY(auto* debit, working.get(p.leg.debit, p.leg.currency, n));
    KT_TRY(auto* credit, working.get(p.leg.credit, p.leg.currency, n));
    if (debit) {
      debit->account.debits_pending -= p.leg.amount;
      KT_CHECK(add(debit->account.debits_posted, leg.amount, n));
    }
    if (credit) {
      credit->account.credits_pending -= p.leg.amount;
      KT_CHECK(add(credit->account.credits_posted, leg.amount, n));
    }
    p.state = post ? Pending::State::posted : Pending::State::voided;
    return {};
  }

  // A pending transfer that was made and resolved in this very chain needs no row.
  Status save_pendings() {
    for (auto& [p, made_here] : pendings)
      if (!made_here || p.state == Pending::State::open) KT_CHECK(store.save_pending(unit, p, made_here));
    return {};
  }
};

}  // namespace

std::string pending_name(std::string_view kind, std::string_view business, std::size_t leg) {
  std::string out(kind);
  out += '|';
  out += business;
  out += '|';
  out += std::to_string(leg);
  return out;
}

std::string transfer_id(std::string_view kind, std::string_view business, std::size_t leg) {
  return std::string(codec::sha256(pending_name(kind, business, leg)).view().substr(0, 16));
}

Result<Posted> post(UnitOfWork& unit, Store& store, const Transaction& t, const PostOptions& options) {
  if (t.legs.empty() || t.kind.find('|') != std::string::npos)
    return fail(Errc::invalid, "amount_invalid", "A transaction needs a kind without '|' and at least one leg.");
  if (!options.fresh) {
    KT_TRY(auto existing, store.find(unit, t.kind, t.business));
    if (existing) {
      if (!existing->same_fact(t)) return fail(Errc::conflict, "exists_different", "This fact was posted before with different transfers.");
      return Posted{true, existing->seq};
    }
  }
  Chain chain{unit, store, t, Working(unit, store, options), {}};
  KT_CHECK(chain.working.fetch(t));
  for (std::size_t n = 0; n < t.legs.size(); ++n) {
    const Leg& leg = t.legs[n];
    KT_CHECK(leg.flag == Flag::post || leg.flag == Flag::void_ ? chain.resolve(leg, n) : chain.plain(leg, n));
  }
  KT_CHECK(chain.working.save(t));
  KT_CHECK(chain.save_pendings());
  KT_TRY(auto seq, store.append(unit, t));
  return Posted{false, seq};
}

Result<Account> account_of(UnitOfWork& unit, Store& store, std::string_view name, std::string_view currency) {
  KT_TRY(Chart chart, classify(name));
  KT_TRY(auto stored, store.load(unit, name, currency));
  if (stored) return std::move(*stored);
  Account a;
  a.name = name;
  a.currency = currency;
  a.chart = chart;
  return a;
}

void Projection::apply_to(std::map<std::string, Account>& accounts, std::map<std::string, Leg>& pendings, const Transaction& t) const {
  auto at = [&](const std::string& name, const std::string& currency) -> Account& {
    Account& a = accounts[currency + ' ' + name];
    if (a.name.empty()) {
      a.name = name;
      a.currency = currency;
      auto chart = classify(name);
      KT_ASSERT(chart.has_value());
      a.chart = *chart;
    }
    return a;
  };
  for (std::size_t n = 0; n < t.legs.size(); ++n) {
    const Leg& leg = t.legs[n];
    if (leg.flag == Flag::plain) {
      at(leg.debit, leg.currency).debits_posted += leg.amount;
      at(leg.credit, leg.currency).credits_posted += leg.amount;
    } else if (leg.flag == Flag::pending) {
      at(leg.debit, leg.currency).debits_pending += leg.amount;
      at(leg.credit, leg.currency).credits_pending += leg.amount;
      pendings[pending_name(t.kind, t.business, n)] = leg;
    } else {
      auto p = pendings.find(leg.pending);
      KT_ASSERT(p != pendings.end());
      Account& debit = at(p->second.debit, p->second.currency);
      Account& credit = at(p->second.credit, p->second.currency);
      debit.debits_pending -= p->second.amount;
      credit.credits_pending -= p->second.amount;
      debit.debits_posted += leg.amount;
      credit.credits_posted += leg.amount;
      pendings.erase(p);
    }
  }
}

void Projection::apply(const Transaction& t) {
  apply_to(accounts_, pendings_, t);
  if (!forget_settled_) return;
  for (const Leg& leg : t.legs)
    for (const std::string* name : {&leg.debit, &leg.credit}) {
      auto it = accounts_.find(leg.currency + ' ' + *name);
      if (it == accounts_.end() || it->second.chart.code != escrow_code) continue;
      const Account& a = it->second;
      if (a.balance() == 0 && a.debits_pending == 0 && a.credits_pending == 0) accounts_.erase(it);
    }
}

Result<bool> Projection::step(UnitOfWork& unit, Store& store, int transactions) {
  KT_TRY(auto batch, store.journal(unit, next_, transactions));
  for (const Transaction& t : batch) {
    KT_ASSERT(t.seq && *t.seq == next_);
    apply(t);
    next_ += static_cast<std::int64_t>(t.legs.size());
  }
  return batch.size() == static_cast<std::size_t>(transactions);
}

Status Projection::advance(UnitOfWork& unit, Store& store) {
  for (bool more = true; more;) {
    KT_TRY(more, step(unit, store, 1000));
  }
  KT_TRY(tail_, store.unnumbered(unit));
  return {};
}

std::map<std::string, Account> Projection::totals() const {
  if (tail_.empty()) return accounts_;
  auto accounts = accounts_;
  auto pendings = pendings_;
  for (const Transaction& t : tail_) apply_to(accounts, pendings, t);
  return accounts;
}

std::string encode_legs(const std::vector<Leg>& legs) {
  std::string out;
  out.reserve(legs.size() * 110);
  for (const Leg& l : legs) {
    out += static_cast<char>(l.flag);
    for (std::string_view part :
         {std::string_view(l.debit), std::string_view(l.credit), std::string_view(l.currency), std::string_view(l.pending)}) {
      out += part;
      out += '\t';
    }
    out += std::to_string(l.amount);
    if (l.expires_ns != 0) {
      out += '\t';
      out += std::to_string(l.expires_ns);
    }
    out += '\n';
  }
  return out;
}

std::vector<Leg> decode_legs(std::string_view text) {
  std::vector<Leg> out;
  for (std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    auto parts = split(line.substr(1), '\t');
    KT_ASSERT(parts.size() >= 5);
    Leg l;
    l.flag = static_cast<Flag>(line[0]);
    l.debit = parts[0];
    l.credit = parts[1];
    l.currency = parts[2];
    l.pending = parts[3];
    l.amount = static_cast<Micros>(parse_wide(parts[4]));
    if (parts.size() > 5) l.expires_ns = static_cast<std::int64_t>(parse_wide(parts[5]));
    out.push_back(std::move(l));
  }
  return out;
}

}  // namespace kontor::ledger
