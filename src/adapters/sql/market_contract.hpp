// The counting-house on a real database: the scenario of native-api.md section 12 to the last micro-unit, concurrency, timers. Included
// by the drivers' tests; each function takes a fresh, migrated store.
#pragma once
#include <gtest/gtest.h>

#include <thread>

#include "adapters/sql/account_store.hpp"
#include "adapters/sql/catalogue_store.hpp"
#include "adapters/sql/ledger_store.hpp"
#include "adapters/sql/market_store.hpp"
#include "adapters/sql/repository_store.hpp"
#include "adapters/sql/storage_contract.hpp"
#include "adapters/sql/tradelog_store.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "identity/accounts.hpp"
#include "ledger/export.hpp"
#include "market/idempotency.hpp"
#include "market/market.hpp"
#include "market/views.hpp"
#include "tradelog/memory_store.hpp"

namespace kontor::sql::contract {

using market::Market;

// Everything that the market needs, over one storage; alice and carol buy, bob sells, olga operates.
struct World {
  // `people` false: over a storage that has them already.
  explicit World(Storage& s, market::Settings settings = {}, bool people = true)
      : storage(s), log(s, *leaves, vault, "test/log"), market(ports(), std::move(settings)) {
    clock.set(Time::from_seconds(1769904000));  // 2026-02-01
    if (!people) return;
    alice = person("alice", 2), bob = person("bob", 1), carol = person("carol", 2), olga = person("olga", 3, true);
  }
  market::Ports ports() { return {storage, *store, *books, *leaves, *accounts, *repositories, *outbox, clock, *catalogue}; }

  Storage& storage;
  MovableClock clock;
  std::unique_ptr<identity::AccountStore> accounts = make_account_store();
  std::unique_ptr<repository::RepositoryStore> repositories = make_repository_store();
  std::unique_ptr<Outbox> outbox = make_outbox(clock);
  std::unique_ptr<repository::Catalogue> catalogue = make_catalogue();
  std::unique_ptr<market::Store> store = make_market_store();
  std::unique_ptr<market::IdempotencyStore> answers = make_idempotency_store();
  std::unique_ptr<ledger::Store> books = make_ledger_store();
  std::unique_ptr<tradelog::Store> leaves = make_tradelog_store();
  tradelog::MemoryVault vault;
  tradelog::Log log;
  Market market;
  identity::Caller alice, bob, carol, olga;

  template <class F>
  auto run(F body) {
    return wait(storage, std::move(body));
  }
  template <class F>
  auto must(F body) {
    auto r = wait(storage, std::move(body));
    EXPECT_TRUE(r.has_value()) << (r ? "" : r.error().code + ": " + r.error().message);
    if (!r) std::abort();
    return std::move(*r);
  }

  identity::Caller person(const std::string& name, int kyc, bool is_operator = false) {
    identity::Party p;
    p.id = new_id("pty_", clock.now());
    p.object_id = new_object_id(clock.now());
    p.name = name;
    p.kyc_level = kyc;
    p.is_operator = is_operator;
    p.created_at = clock.now();
    must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(accounts->insert_party(u, p));
      return 0;
    });
    identity::Caller c;
    c.anonymous = false;
    c.party = p.id;
    c.name = name;
    c.is_operator = is_operator;
    c.scopes = {true, true, true, true, true, true, is_operator};
    return c;
  }

  repository::Repository repo(const identity::Caller& owner, const std::string& name) {
    repository::Repository r;
    r.id = new_object_id(clock.now());
    r.owner = owner.party;
    r.ns = owner.name;
    r.name = name;
    r.created_at = r.updated_at = clock.now();
    must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(repositories->insert(u, r));
      return 0;
    });
    return r;
  }

  // A published listing with one public offer of this plan.
  market::Offer sell(const identity::Caller& seller, const repository::Repository& r, const std::string& components,
                     bool auto_accept = false, const std::string& refund_policy = "standard_7d", const std::string& currency = "USD") {
    return must([&](UnitOfWork& u) -> Result<market::Offer> {
      KT_TRY(auto l,
             market.create_listing(u, seller, {r.asset(), r.name, "", "vision", "custom-commercial-1", {"download", "api_access"}, {}}));
      KT_TRY(Json plan, Json::parse("{\"currency\":\"" + currency + "\",\"components\":[" + components + "],\"refund_policy\":\"" +
                                    refund_policy + "\"}"));
      KT_TRY(auto p, market.create_plan(u, seller, l.id, plan));
      market::OfferDraft d;
      d.plan = p.id;
      d.rights = {"use", "download", "run", "commercial"};
      d.auto_accept = auto_accept;
      KT_TRY(auto offer, market.create_offer(u, seller, l.id, d));
      KT_TRY(l, market.move_listing(u, seller, l.id, market::ListingEvent::submit));
      KT_TRY(l, market.move_listing(u, olga, l.id, market::ListingEvent::approve));
      EXPECT_EQ(l.state, market::ListingState::published);
      return offer;
    });
  }
  void fund(const identity::Caller& c, const char* amount) {
    must([&](UnitOfWork& u) -> Result<int> {
      Money m{parse_amount(amount).value(), "USD"};
      KT_TRY(auto t, market.create_top_up(u, c, "", m, "bank_transfer"));
      EXPECT_TRUE(market::valid_creditor_reference(t.reference));
      KT_TRY(t, market.confirm_top_up(u, olga, t.id, "bank-" + t.id, m));
      EXPECT_EQ(t.state, market::TopUpState::succeeded);
      return 0;
    });
  }
  Result<market::Placed> order(const identity::Caller& c, const market::Offer& o) {
    return run([&](UnitOfWork& u) { return market.place_order(u, c, {.offer = o.id}); });
  }
  Wide balance(const std::string& account) {
    return must([&](UnitOfWork& u) -> Result<Wide> {
      KT_TRY(auto a, ledger::account_of(u, *books, account, "USD"));
      return a.balance();
    });
  }
  // On engines where numbers come after the commit.
  void sequence() {
    must([&](UnitOfWork& u) -> Result<int> {
      if (!session(u).is_postgres()) return 0;
      for (;;) {
        KT_TRY(auto a, number_pending_transfers(session(u), 1000));
        KT_TRY(auto b, number_pending_leaves(session(u), 1000));
        if (a + b == 0) return 0;
      }
    });
  }
  std::map<std::string, ledger::Account> totals() {
    sequence();
    return must([&](UnitOfWork& u) -> Result<std::map<std::string, ledger::Account>> {
      ledger::Projection p;
      KT_CHECK(p.advance(u, *books));
      return p.totals();
    });
  }
  // Invariants 1, 2, 3 and 24: the journal balances, and replaying it gives the rows.
  void check_books() {
    auto replayed = totals();
    Wide debits = 0, credits = 0, pending_debits = 0, pending_credits = 0;
    for (auto& [key, a] : replayed) {
      debits += a.debits_posted, credits += a.credits_posted, pending_debits += a.debits_pending, pending_credits += a.credits_pending;
      if (a.chart.guarded) EXPECT_GE(a.available(), 0) << key;
    }
    EXPECT_EQ(debits, credits);
    EXPECT_EQ(pending_debits, pending_credits);
    auto rows = must([&](UnitOfWork& u) { return books->accounts(u, 0, "", ""); });
    std::size_t seen = 0;
    for (auto& row : rows) {
      auto& a = replayed.at(row.currency + " " + row.name);
      EXPECT_EQ(a.debits_posted, row.debits_posted) << row.name;
      EXPECT_EQ(a.credits_posted, row.credits_posted) << row.name;
      EXPECT_EQ(a.debits_pending, row.debits_pending) << row.name;
      EXPECT_EQ(a.credits_pending, row.credits_pending) << row.name;
      ++seen;
    }
    for (auto& [key, a] : replayed)
      if (a.chart.guarded && !a.name.starts_with("liability:escrow:ord_")) --seen;
    EXPECT_EQ(seen, 0u);
  }
  Wide total(const std::string& account) {
    auto t = totals();
    auto it = t.find("USD " + account);
    return it == t.end() ? 0 : it->second.balance();
  }
  Status publish() {
    sequence();
    Status out;
    std::mutex m;
    std::condition_variable ready;
    bool finished = false;
    auto task = [](World& w, Status& out, std::mutex& m, std::condition_variable& ready, bool& finished) -> Task<void> {
      Status s = co_await w.log.publish();
      std::lock_guard lock(m);
      out = std::move(s);
      finished = true;
      ready.notify_all();
    };
    spawn(task(*this, out, m, ready, finished));
    std::unique_lock lock(m);
    ready.wait(lock, [&] { return finished; });
    return out;
  }
  void advance(std::int64_t days) {
    clock.set(Time{clock.now().ns + days * market::day_ns});
    while (must([&](UnitOfWork& u) { return market.run_some_timers(u, clock.now(), 100); }) > 0) {
    }
  }
};

inline Micros micros(const char* text) { return parse_amount(text).value(); }
inline const std::string spine_plan =
    R"({"id":"licence","kind":"one_off","amount":"50.00"},{"id":"runs","kind":"metered","meter":"run","model":"graduated","free_units":100,)"
    R"("tiers":[{"up_to":1000,"unit_amount":"0.01"},{"up_to":10000,"unit_amount":"0.005"},{"up_to":null,"unit_amount":"0.002"}]})";

inline void trade_in_numbers(Storage& storage) {
  World w(storage);
  auto digits = w.repo(w.bob, "digits");
  // 1. Listed, submitted, approved; anonymous 401, alice 402 with the offer.
  auto offer = w.sell(w.bob, digits, spine_plan);
  EXPECT_EQ(offer.price_text, "50.00 USD once, then 0.01 USD per run after 100 free");
  auto read = [&](const identity::Caller& c, bool delivers) {
    return w.run([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(w.market.may_read(u, c, digits, "model.bin", delivers));
      return 0;
    });
  };
  EXPECT_EQ(read({}, false).error().code, "gated");
  auto refused = read(w.alice, false);
  EXPECT_EQ(refused.error().kind, Errc::payment_required);
  EXPECT_NE(refused.error().details.find(offer.id), std::string::npos);
  EXPECT_TRUE(Json::parse(refused.error().details));
  EXPECT_TRUE(read(w.bob, true));
  // 2. Top-up, order, download; a second order is refused.
  EXPECT_EQ(w.order(w.alice, offer).error().code, "payment_required");
  w.fund(w.alice, "200.00");
  auto first = w.order(w.alice, offer);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->order.state, market::OrderState::completed);
  EXPECT_EQ(first->order.fee, micros("7.50"));
  EXPECT_EQ(w.order(w.alice, offer).error().code, "already_entitled");
  EXPECT_TRUE(read(w.alice, false));
  EXPECT_EQ(w.balance("liability:wallet:" + w.alice.party), micros("150"));
  EXPECT_EQ(w.balance("liability:payable:" + w.bob.party + ":pending"), micros("42.50"));
  // 3. 100 runs are free, the next costs 0.01, a failed one nothing and no free unit.
  auto call = [&](const identity::Caller& c, const std::string& event, int quantity, bool ok = true) {
    return w.run([&](UnitOfWork& u) -> Result<market::Captured> {
      KT_TRY(auto a,
             w.market.admit(u, c, digits, {.source = "gw-1", .event_id = event, .expires_in_ms = 60'000, .maximum = {{"run", quantity}}}));
      if (!ok) {
        KT_CHECK(w.market.release(u, a.hold, true));
        return market::Captured{};
      }
      return w.market.capture(u, a.hold, {{"run", quantity}}, w.clock.now());
    });
  };
  ASSERT_TRUE(call(w.alice, "failed", 1, false));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(call(w.alice, "free-" + std::to_string(i), 1)->charged_micros, 0);
  auto paid = call(w.alice, "run-101", 1);
  ASSERT_TRUE(paid) << paid.error().message;
  EXPECT_EQ(paid->charged_micros, 10'000);
  auto again = call(w.alice, "run-101", 1);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->charged_micros, 10'000);
  EXPECT_EQ(w.balance("liability:wallet:" + w.alice.party), micros("149.99"));
  auto counters = w.must([&](UnitOfWork& u) -> Result<std::vector<market::CounterRow>> {
    KT_TRY(auto e, w.market.see_entitlement(u, w.alice, first->order.entitlement));
    return w.market.counters(u, e);
  });
  EXPECT_EQ(counters[0].quantity, 101);
  EXPECT_EQ(counters[0].free_left, 0);
  EXPECT_EQ(counters[0].charged, 10'000);
  // 4. carol refunds untouched: everything back, revoked, 402 again; after a download 409.
  w.fund(w.carol, "60.00");
  auto theirs = w.order(w.carol, offer);
  ASSERT_TRUE(theirs);
  // What an order says beforehand is what the request meets.
  auto standing = [&](const identity::Caller& c) {
    return w.must([&](UnitOfWork& u) -> Result<market::RefundStanding> {
      KT_TRY(auto placed, w.market.see_order(u, c, theirs->order.id));
      return w.market.refund_standing(u, c, placed.order);
    });
  };
  auto before_asking = standing(w.carol);
  EXPECT_FALSE(before_asking.refusal);
  EXPECT_EQ(before_asking.until->ns, theirs->order.completed_at->ns + 7 * market::day_ns);
  auto back = w.run([&](UnitOfWork& u) { return w.market.refund(u, w.carol, theirs->order.id, std::nullopt, "changed my mind"); });
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->from_pending, micros("42.50"));
  EXPECT_EQ(w.balance("liability:wallet:" + w.carol.party), micros("60"));
  EXPECT_EQ(read(w.carol, false).error().code, "payment_required");
  EXPECT_EQ(standing(w.carol).reason, "nothing_left");
  theirs = w.order(w.carol, offer);
  ASSERT_TRUE(theirs) << theirs.error().message;
  EXPECT_TRUE(w.must([&](UnitOfWork& u) { return w.market.touch_needed(u, w.carol, digits); }));
  EXPECT_TRUE(read(w.carol, true));
  EXPECT_FALSE(w.must([&](UnitOfWork& u) { return w.market.touch_needed(u, w.carol, digits); }));
  auto touched = w.run([&](UnitOfWork& u) { return w.market.refund(u, w.carol, theirs->order.id, std::nullopt, ""); });
  EXPECT_EQ(touched.error().details, "{\"reason\":\"touched\"}");
  EXPECT_EQ(standing(w.carol).reason, "touched");
  EXPECT_EQ(standing(w.carol).refusal->code, "invalid_state");
  EXPECT_FALSE(standing(w.bob).refusal);  // the seller may still
  EXPECT_FALSE(standing(w.bob).until);
  auto empty = call(w.carol, "c-1", 101);  // more than the free units: needs 1.01, carol has 10.00
  ASSERT_TRUE(empty) << empty.error().message;
  EXPECT_EQ(call(w.carol, "c-2", 5000).error().code, "payment_required");
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.wallets(u, w.carol, ""); })[0].held, 0);
  // 7. Inclusion of every order.paid, consistency of two checkpoints.
  ASSERT_TRUE(w.publish());
  auto before = w.log.checkpoint();
  auto more = w.repo(w.bob, "more");
  auto cheap = w.sell(w.bob, more, R"({"id":"licence","kind":"one_off","amount":"1.00"})");
  ASSERT_TRUE(w.order(w.alice, cheap));
  ASSERT_TRUE(w.publish());
  auto after = w.log.checkpoint();
  w.must([&](UnitOfWork& u) -> Result<int> {
    tradelog::TileReader tiles(u, *w.leaves);
    KT_TRY(auto steps, tradelog::consistency(tiles, before.size, after.size));
    EXPECT_TRUE(tradelog::check_consistency(before.size, after.size, steps, before.root, after.root));
    KT_TRY(auto orders, w.market.list_orders(u, w.bob, "", "seller", std::nullopt, {"", 100}));
    EXPECT_EQ(orders.size(), 4u);
    for (auto& o : orders) {
      KT_TRY(auto records, w.leaves->by_subject(u, o.id));
      EXPECT_EQ(records.size(), static_cast<std::size_t>(o.leaves));
      bool found = false;
      for (auto& r : records) {
        if (r.leaf.kind != "order.paid") continue;
        found = true;
        KT_TRY(auto path, tradelog::inclusion(tiles, *r.index, after.size));
        EXPECT_TRUE(tradelog::check_inclusion(r.leaf.hash, *r.index, after.size, path, after.root));
        KT_TRY(auto by_hash, w.leaves->find_hash(u, r.leaf.hash));
        EXPECT_EQ(by_hash, r.index);
      }
      EXPECT_TRUE(found);
    }
    KT_CHECK(w.log.audit(u));
    return 0;
  });
  w.check_books();
}

// Step 6, from a fresh start.
inline void six_figures(Storage& storage) {
  World w(storage);
  auto one =
      w.sell(w.bob, w.repo(w.bob, "one"),
             R"({"id":"licence","kind":"one_off","amount":"50.00"},{"id":"runs","kind":"metered","meter":"run","unit_amount":"1.234567"})");
  auto two = w.sell(w.bob, w.repo(w.bob, "two"), R"({"id":"licence","kind":"one_off","amount":"25.00"})");
  w.fund(w.alice, "200.00");
  auto o = w.order(w.alice, one);
  ASSERT_TRUE(o);
  auto hold = w.must([&](UnitOfWork& u) {
    return w.market.create_hold(u, w.olga, {w.alice.party, o->order.entitlement, "gw-1", "run-0001", {micros("2.00"), "USD"}, 60'000});
  });
  auto wallets = w.must([&](UnitOfWork& u) { return w.market.wallets(u, w.alice, "alice"); });
  EXPECT_EQ(wallets[0].held, micros("2"));
  EXPECT_EQ(wallets[0].available, micros("148"));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.capture(u, hold.id, {{"run", 1}}, w.clock.now()); }).charged_micros, 1'234'567);
  auto refunded = w.order(w.alice, two);
  ASSERT_TRUE(refunded);
  w.must([&](UnitOfWork& u) { return w.market.refund(u, w.alice, refunded->order.id, std::nullopt, ""); });
  EXPECT_EQ(w.total("asset:bank:main"), micros("200"));
  EXPECT_EQ(w.total("liability:wallet:" + w.alice.party), micros("148.765433"));
  EXPECT_EQ(w.total("income:platform_fee"), micros("7.685185"));
  EXPECT_EQ(w.total("liability:payable:" + w.bob.party + ":pending"), micros("43.549382"));
  for (auto& [key, a] : w.totals()) {
    if (a.chart.code == 2310) EXPECT_EQ(a.balance(), 0) << key;
    EXPECT_EQ(a.debits_pending + a.credits_pending, 0) << key;
  }
  auto statement = w.must([&](UnitOfWork& u) { return w.market.statement(u, w.bob, "", "USD", Time{0}, Time{INT64_MAX}); });
  EXPECT_EQ(statement.closing, micros("43.549382"));
  EXPECT_EQ(statement.opening, 0);
  EXPECT_EQ(statement.gross, micros("76.234567"));
  EXPECT_EQ(statement.refunds, micros("25"));
  EXPECT_EQ(statement.net, micros("43.549382"));
  EXPECT_EQ(statement.fee, micros("7.685185"));
  // Seven days later everything is available, and a late refund by the seller comes from there, then is owed.
  w.advance(8);
  auto b = w.must([&](UnitOfWork& u) { return w.market.balances(u, w.bob, ""); });
  EXPECT_EQ(b[0].available, micros("43.549382"));
  EXPECT_EQ(b[0].pending, 0);
  auto late = w.run([&](UnitOfWork& u) { return w.market.refund(u, w.alice, o->order.id, std::nullopt, ""); });
  EXPECT_EQ(late.error().details, "{\"reason\":\"window_over\"}");
  auto by_seller = w.must([&](UnitOfWork& u) { return w.market.refund(u, w.bob, o->order.id, Money{micros("10"), "USD"}, "sorry"); });
  EXPECT_EQ(by_seller.fee, micros("1.50"));
  EXPECT_EQ(by_seller.from_available, micros("8.50"));
  w.check_books();
}

// Step 5: parallel orders, equal requests with one key, parallel refunds.
inline void in_parallel(Storage& storage) {
  World w(storage);
  w.fund(w.alice, "10.00");
  std::vector<market::Offer> offers;
  for (int i = 0; i < 100; ++i)
    offers.push_back(w.sell(w.bob, w.repo(w.bob, "m" + std::to_string(i)), R"({"id":"licence","kind":"one_off","amount":"1.00"})"));
  std::atomic<int> ok = 0, short_of = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 10; ++t)
    threads.emplace_back([&, t] {
      for (int i = t * 10; i < t * 10 + 10; ++i) {
        auto r = w.order(w.alice, offers[static_cast<std::size_t>(i)]);
        if (r)
          ++ok;
        else if (r.error().code == "payment_required")
          ++short_of;
        else
          ADD_FAILURE() << r.error().code;
      }
    });
  for (auto& t : threads) t.join();
  threads.clear();
  EXPECT_EQ(ok, 10);
  EXPECT_EQ(short_of, 90);
  EXPECT_EQ(w.balance("liability:wallet:" + w.alice.party), 0);
  // 20 equal requests with one key.
  w.fund(w.carol, "10.00");
  std::mutex mutex;
  std::vector<std::string> bodies;
  auto request = market::IdempotentRequest::make("key-1", w.carol.party, "POST", "/api/v1/orders", "{}");
  for (int t = 0; t < 20; ++t)
    threads.emplace_back([&] {
      auto a = w.run([&](UnitOfWork& u) {
        return market::once(u, *w.answers, request, w.clock.now(), [&](UnitOfWork& unit) -> Result<market::Answer> {
          KT_TRY(auto placed, w.market.place_order(unit, w.carol, {.offer = offers[0].id}));
          return market::Answer{201, market::order_json(placed, nullptr, false), false};
        });
      });
      std::lock_guard lock(mutex);
      bodies.push_back(a ? a->body : a.error().code);
    });
  for (auto& t : threads) t.join();
  threads.clear();
  ASSERT_EQ(bodies.size(), 20u);
  for (auto& b : bodies) EXPECT_EQ(b, bodies[0]);
  EXPECT_EQ(w.balance("liability:wallet:" + w.carol.party), micros("9"));
  auto other = market::IdempotentRequest::make("key-1", w.carol.party, "POST", "/api/v1/orders", "{\"x\":1}");
  auto mismatch = w.run([&](UnitOfWork& u) {
    return market::once(u, *w.answers, other, w.clock.now(), [](UnitOfWork&) -> Result<market::Answer> { return market::Answer{}; });
  });
  EXPECT_EQ(mismatch.error().code, "idempotency_mismatch");
  // 50 refunds of 10.00 of a 55.00 order.
  w.fund(w.alice, "55.00");
  auto dear = w.order(w.alice, w.sell(w.bob, w.repo(w.bob, "dear"), R"({"id":"licence","kind":"one_off","amount":"55.00"})"));
  ASSERT_TRUE(dear);
  std::atomic<int> refunds = 0;
  for (int t = 0; t < 10; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i)
        if (w.run([&](UnitOfWork& u) { return w.market.refund(u, w.bob, dear->order.id, Money{micros("10"), "USD"}, ""); })) ++refunds;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(refunds, 5);
  w.check_books();
}

// Holds that expire, auto-accepted offers, suspension, kyc cap.
inline void rules(Storage& storage) {
  World w(storage);
  auto repo = w.repo(w.bob, "meter");
  auto offer = w.sell(w.bob, repo, R"({"id":"runs","kind":"metered","meter":"run","unit_amount":"2.00"})", true);
  auto admit = [&](const std::string& event) {
    return w.run(
        [&](UnitOfWork& u) { return w.market.admit(u, w.alice, repo, {.source = "s", .event_id = event, .expires_in_ms = 60'000}); });
  };
  EXPECT_EQ(admit("a").error().code, "payment_required");
  w.fund(w.alice, "5.00");
  auto a = admit("a"), b = admit("b"), c = admit("c");
  ASSERT_TRUE(a) << a.error().message;
  ASSERT_TRUE(b);
  EXPECT_EQ(c.error().code, "payment_required");
  EXPECT_EQ(admit("a")->hold, a->hold);
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.list_orders(u, w.alice, "", "buyer", std::nullopt, {"", 10}); }).size(), 1u);
  // The gateway comes back after the hold has expired: the amount is taken directly.
  w.clock.set(w.clock.now().plus_ms(61'000));
  while (w.must([&](UnitOfWork& u) { return w.market.run_some_timers(u, w.clock.now(), 100); }) > 0) {
  }
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.wallets(u, w.alice, ""); })[0].held, 0);
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.capture(u, a->hold, {{"run", 1}}, w.clock.now()); }).charged_micros, micros("2"));
  EXPECT_EQ(w.balance("liability:wallet:" + w.alice.party), micros("3"));
  // What the wallet cannot pay becomes a receivable.
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.capture(u, b->hold, {{"run", 2}}, w.clock.now()); }).charged_micros, micros("4"));
  EXPECT_EQ(w.balance("liability:wallet:" + w.alice.party), 0);
  EXPECT_EQ(w.balance("asset:receivable:" + w.alice.party), micros("1"));
  // States: only listed transitions, approval by somebody else, no new orders while suspended.
  auto listing = offer.listing;
  auto move = [&](const identity::Caller& c, market::ListingEvent e) {
    return w.run([&](UnitOfWork& u) { return w.market.move_listing(u, c, listing, e); });
  };
  EXPECT_EQ(move(w.bob, market::ListingEvent::submit).error().code, "invalid_state");
  EXPECT_EQ(move(w.bob, market::ListingEvent::suspend).error().code, "not_found");
  ASSERT_TRUE(move(w.olga, market::ListingEvent::suspend));
  EXPECT_EQ(w.order(w.carol, offer).error().code, "invalid_state");
  ASSERT_TRUE(move(w.olga, market::ListingEvent::reinstate));
  ASSERT_TRUE(move(w.bob, market::ListingEvent::retire));
  EXPECT_EQ(move(w.olga, market::ListingEvent::reinstate).error().code, "invalid_state");
  // The daily cap holds below level 2.
  auto dave = w.person("dave", 1);
  w.fund(dave, "500.00");
  auto dear = w.sell(w.bob, w.repo(w.bob, "d1"), R"({"id":"l","kind":"one_off","amount":"60.00"})"),
       dearer = w.sell(w.bob, w.repo(w.bob, "d2"), R"({"id":"l","kind":"one_off","amount":"60.00"})");
  ASSERT_TRUE(w.order(dave, dear));
  EXPECT_EQ(w.order(dave, dearer).error().code, "kyc_required");
  w.advance(1);
  EXPECT_TRUE(w.order(dave, dearer));
  // A stranger's order, wallet and offers do not exist for others.
  EXPECT_EQ(w.run([&](UnitOfWork& u) { return w.market.wallets(u, w.carol, "dave"); }).error().code, "not_found");
  EXPECT_EQ(w.run([&](UnitOfWork& u) { return w.market.place_order(u, w.alice, {.offer = dear.id, .expected_total = Money{1, "USD"}}); })
                .error()
                .code,
            "stale_revision");
  w.check_books();
}

}  // namespace kontor::sql::contract
