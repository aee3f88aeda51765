// The load of the order benches: buyers with money, sellers with offers, and callers that place one order after the other through the use
// case, each with an idempotency key, as the native API does.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/sql/market_contract.hpp"

namespace kontor::bench {

using sql::contract::World;

class OrdersLoad {
 public:
  // Every buyer buys every offer once.
  OrdersLoad(Storage& storage, int buyers, int offers, int sellers) : w(storage) {
    std::vector<identity::Caller> shops;
    for (int i = 0; i < sellers; ++i) shops.push_back(w.person("seller" + std::to_string(i), 1));
    for (int i = 0; i < buyers; ++i) {
      people_.push_back(w.person("buyer" + std::to_string(i), 2));
      w.fund(people_.back(), "900.00");
    }
    for (int i = 0; i < offers; ++i) {
      const identity::Caller& shop = shops[static_cast<std::size_t>(i % sellers)];
      offers_.push_back(w.sell(shop, w.repo(shop, "m" + std::to_string(i)), R"({"id":"licence","kind":"one_off","amount":"1.00"})"));
    }
    total = buyers * offers;
    w.clock.set(w.clock.now().plus_ms(1000));
  }

  using Around = std::function<Status(const std::function<Status()>&)>;  // wraps each body, for measuring
  // Seconds of wall time until all orders were answered to `callers` that wait for each.
  double run(int callers, const Around& around = {}) {
    std::mutex mutex;
    std::condition_variable ready;
    std::atomic<int> next = 0, done = 0;
    std::function<void()> submit = [&] {
      int n = next++;
      if (n >= total) return;
      std::size_t buyer = static_cast<std::size_t>(n) % people_.size(), offer = static_cast<std::size_t>(n) / people_.size();
      // Neighbours buy from different sellers.
      const identity::Caller& c = people_[buyer];
      const market::Offer& o = offers_[(offer + buyer) % offers_.size()];
      auto request = market::IdempotentRequest::make("key-" + to_hex(random_bytes(16)), c.party, "POST", "/api/v1/orders",
                                                     "{\"offer\":\"" + o.id + "\"}");
      auto order = [this, &c, &o, request](UnitOfWork& u) -> Status {
        auto a = market::once(u, *w.answers, request, w.clock.now(), [&](UnitOfWork& unit) -> Result<market::Answer> {
          KT_TRY(auto placed, w.market.place_order(unit, c, {.offer = o.id}));
          KT_TRY(auto terms, w.market.plan_terms(unit, placed.order.plan, placed.order.plan_version));
          return market::Answer{201, market::order_json(placed, terms.get(), false), false};
        });
        if (!a) return Unexpected(a.error());
        return {};
      };
      Storage::Body body = order;
      if (around) body = [order, &around](UnitOfWork& u) { return around([&] { return order(u); }); };
      w.storage.submit_write(std::move(body), [&](Status s) {
        if (!s) ++failed;
        submit();
        if (++done >= total) {
          std::lock_guard lock(mutex);
          ready.notify_all();
        }
      });
    };
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < callers; ++i) submit();
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return done >= total; });
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  World w;
  int total = 0;
  std::atomic<int> failed = 0;

 private:
  std::vector<identity::Caller> people_;
  std::vector<market::Offer> offers_;
};

}  // namespace kontor::bench
