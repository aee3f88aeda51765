// What happens by itself when business time passes: holds and top-ups expire, acceptance windows end, sellers' money clears.
#include "market/rules.hpp"

namespace kontor::market {

// E5: first what the seller owes, then to available.
Status Market::clear(UnitOfWork& u, std::string_view fact, std::string_view business, std::string_view ref, std::string_view seller,
                     std::string_view currency, Micros amount, Time at, Micros* became_available) {
  if (became_available) *became_available = 0;
  if (amount <= 0) return {};
  KT_TRY(auto owed, ledger::account_of(u, p_.books, ledger::account::due_from(seller), currency));
  Micros back = static_cast<Micros>(std::clamp<Wide>(owed.balance(), 0, amount));
  ledger::Transaction tx{std::string(fact), std::string(business), std::string(ref), at, {}, {}};
  std::string pending = ledger::account::pending(seller);
  if (back > 0) tx.legs.push_back(leg(pending, ledger::account::due_from(seller), back, currency));
  if (amount > back) tx.legs.push_back(leg(pending, ledger::account::available(seller), amount - back, currency));
  KT_TRY([[maybe_unused]] auto posted, ledger::post(u, p_.books, tx));
  if (became_available) *became_available = amount - back;
  return {};
}

Result<std::int64_t> Market::run_some_timers(UnitOfWork& u, Time now, int limit) {
  std::int64_t done = 0;
  KT_TRY(auto holds, p_.store.due_holds(u, now, limit));
  for (Hold& h : holds) {
    KT_CHECK(expire_hold(u, h, h.expires_at));
    ++done;
  }
  KT_TRY(auto orders, p_.store.due_orders(u, now, limit));
  for (Order& o : orders) {
    Time at = o.due.value_or(now);
    if (o.state == OrderState::delivered) {
      KT_CHECK(settle(u, o, at));
    } else {
      Micros available = 0;
      KT_CHECK(clear(u, "order.cleared", o.id, o.id, o.seller, o.currency, o.seller_share - o.seller_refunded, at, &available));
      o.available_left = available;
      o.cleared = true;
      o.due.reset();
    }
    ++o.version;
    KT_CHECK(p_.store.save_order(u, o));
    ++done;
  }
  KT_TRY(auto clearings, p_.store.due_clearings(u, now, limit));
  for (const Clearing& c : clearings) {
    std::string id = c.party + "." + c.currency + "." + std::to_string(c.due.seconds());
    KT_CHECK(clear(u, "usage.cleared", id, id, c.party, c.currency, c.amount, c.due, nullptr));
    KT_CHECK(p_.store.remove_clearing(u, c));
    ++done;
  }
  KT_TRY(auto ended, p_.catalogue.ended_sales(u, now, limit));
  for (const std::string& repository : ended) {
    KT_CHECK(refresh_sale(u, repository));
    ++done;
  }
  KT_TRY(auto top_ups, p_.store.due_top_ups(u, now, limit));
  for (TopUp& t : top_ups) {
    t.state = TopUpState::expired;
    KT_CHECK(p_.store.put_top_up(u, t, false));
    ++done;
  }
  return done;
}

Task<Status> Market::run_due_timers(Time now) {
  constexpr int batch = 100;  // one transaction stays short
  Market* self = this;
  for (;;) {
    KT_CO_TRY(std::int64_t done, co_await p_.storage.write([self, now](UnitOfWork& u) { return self->run_some_timers(u, now, batch); }));
    if (done == 0) co_return Status();
  }
}

}  // namespace kontor::market
