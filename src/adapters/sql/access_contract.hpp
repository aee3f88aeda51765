// Access to gated repositories and likes on a real database: who asks, who decides, what that opens, and counters that move with their
// rows.
#pragma once
#include "adapters/sql/access_request_store.hpp"
#include "adapters/sql/likes_store.hpp"
#include "adapters/sql/market_contract.hpp"
#include "adapters/sql/people_contract.hpp"
#include "repository/access_control.hpp"

namespace kontor::sql::contract {

struct Gate {
  explicit Gate(World& world) : w(world) {}
  World& w;
  ThreadPerWork pool;
  std::unique_ptr<repository::AccessRequestStore> store = make_access_request_store();
  identity::Accounts accounts{w.storage, *w.accounts, w.clock, pool};
  repository::AccessControl access{w.storage, *w.repositories, w.market, *store, accounts, w.clock, "http://house"};
  repository::AccessRequests requests{*store, *w.repositories, *w.accounts, w.clock};

  void set(repository::Repository& r, const char* gated) {
    r.gated = gated;
    w.must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(w.repositories->update_settings(u, r));
      return 0;
    });
    access.changed();
  }
  Result<repository::Repository> read(const identity::Caller& c, const repository::Repository& r) {
    return outcome(access.open(c, r.kind, r.ns, r.name, repository::Need::read, "model.bin", false));
  }
  std::string refusal(const identity::Caller& c, const repository::Repository& r) {
    auto may = read(c, r);
    return may ? "" : may.error().code;
  }
  Result<repository::AccessRequest> ask(const identity::Caller& c, const repository::Repository& r) {
    return w.run([&](UnitOfWork& u) { return requests.ask(u, c, r, {}, {{"why", "to learn"}}); });
  }
  Result<repository::AccessRequest> decide(const identity::Caller& owner, const repository::Repository& r, const std::string& whose,
                                           repository::RequestState to, std::string reason = {}) {
    auto done = w.run([&](UnitOfWork& u) { return requests.decide(u, owner, r, {whose, "", ""}, to, reason); });
    access.changed();  // as the program does at every commit
    return done;
  }
  std::size_t listed(const repository::Repository& r, repository::RequestState state) {
    return w.must([&](UnitOfWork& u) { return requests.list(u, r, state, std::nullopt, 10); }).size();
  }
};

inline void access_requests(Storage& storage) {
  using repository::RequestState;
  World w(storage);
  Gate g(w);
  auto held = w.repo(w.bob, "held"), open = w.repo(w.bob, "open");
  EXPECT_EQ(g.ask(w.alice, held).error().code, "not_gated");
  g.set(held, "manual");
  {
    SCOPED_TRACE("metadata stay, contents do not; the refusal says where to ask");
    EXPECT_TRUE(outcome(g.access.open({}, held.kind, "bob", "held", repository::Need::see, "", false)));
    auto refused = g.read(w.alice, held);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Errc::forbidden);
    EXPECT_EQ(
        refused.error().message,
        "Access to model bob/held is restricted and you are not in the authorized list. Visit http://house/bob/held to ask for access.");
    EXPECT_EQ(g.read({}, held).error().kind, Errc::unauthenticated);
    EXPECT_TRUE(g.read(w.bob, held));
    EXPECT_EQ(g.ask(w.bob, held).error().code, "has_access");
  }
  {
    SCOPED_TRACE("asked, twice, decided, and back");
    auto first = g.ask(w.alice, held), again = g.ask(w.alice, held);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->id, again->id);
    EXPECT_EQ(first->fields, R"({"why":"to learn"})");
    EXPECT_EQ(g.refusal(w.alice, held), "gated");
    auto waiting = w.must([&](UnitOfWork& u) { return g.requests.waiting(u, w.bob); });
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0].repository, held.id);
    EXPECT_EQ(waiting[0].count, 1);
    EXPECT_EQ(g.decide(w.bob, held, "carol", RequestState::accepted).error().code, "request_not_found");
    EXPECT_EQ(g.decide(w.bob, held, "nobody", RequestState::accepted).error().code, "request_not_found");
    EXPECT_EQ(g.decide(w.bob, held, "alice", RequestState::pending).error().code, "same_state");
    ASSERT_TRUE(g.decide(w.bob, held, "alice", RequestState::accepted));
    EXPECT_EQ(g.refusal(w.alice, held), "");
    EXPECT_TRUE(w.must([&](UnitOfWork& u) { return g.requests.waiting(u, w.bob); }).empty());
    EXPECT_TRUE(outcome(g.access.recheck(w.alice.party, held.id, repository::Need::read, false)));
    auto gone = g.decide(w.bob, held, "alice", RequestState::rejected, "not now");
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->reason, "not now");
    EXPECT_EQ(g.refusal(w.alice, held), "gated");
    EXPECT_EQ(outcome(g.access.recheck(w.alice.party, held.id, repository::Need::read, false)).error().code, "gated");
    EXPECT_EQ(g.ask(w.alice, held)->state, RequestState::rejected);  // asking again does not undo it
    EXPECT_EQ(g.listed(held, RequestState::rejected), 1u);
    auto audit = w.must([&](UnitOfWork& u) { return w.store->audit_of(u, held.id); });
    ASSERT_EQ(audit.size(), 2u);
    EXPECT_EQ(audit[0].action + " " + audit[1].action, "access.accept access.reject");
    EXPECT_EQ(audit[1].actor, w.bob.party);
  }
  {
    SCOPED_TRACE("granted without asking; accepted at once");
    auto granted = w.run([&](UnitOfWork& u) { return g.requests.grant(u, w.bob, held, "CAROL"); });
    ASSERT_TRUE(granted);
    EXPECT_TRUE(granted->granted);
    EXPECT_EQ(g.refusal(w.carol, held), "");
    for (auto [who, code] : {std::pair("carol", "same_state"), {"bob", "has_access"}, {"nobody", "user_not_found"}})
      EXPECT_EQ(w.run([&](UnitOfWork& u) { return g.requests.grant(u, w.bob, held, who); }).error().code, code);
    g.set(open, "auto");
    EXPECT_EQ(g.ask(w.alice, open)->state, RequestState::accepted);
    EXPECT_EQ(g.refusal(w.alice, open), "");
    EXPECT_EQ(g.refusal(w.carol, open), "gated");
    // By the name of the request, of its own repository only.
    auto other = w.run([&](UnitOfWork& u) { return g.requests.decide(u, w.bob, open, {"", "", granted->id}, RequestState::rejected, ""); });
    EXPECT_EQ(other.error().code, "request_not_found");
    EXPECT_TRUE(w.run([&](UnitOfWork& u) { return g.requests.decide(u, w.bob, held, {"", "", granted->id}, RequestState::pending, ""); }));
    EXPECT_EQ(g.refusal(w.carol, held), "gated");
  }
  {
    SCOPED_TRACE("pages of a list, newest first");
    std::vector<repository::AccessRequest> asked;
    for (int i = 0; i < 5; ++i) asked.push_back(*g.ask(w.person("reader-" + std::to_string(i), 1), held));
    std::vector<std::string> seen;
    std::optional<std::pair<std::int64_t, std::string>> after;
    for (;;) {
      auto page = w.must([&](UnitOfWork& u) { return g.requests.list(u, held, RequestState::pending, after, 2); });
      if (page.empty()) break;
      for (auto& q : page) seen.push_back(q.id);
      after = {page.back().asked_at.ns, page.back().id};
    }
    EXPECT_EQ(seen.size(), 6u);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 6u);
  }
  {
    SCOPED_TRACE("for sale: the licence is what counts, and outlives the sale");
    auto sold = w.repo(w.bob, "sold");
    g.set(sold, "manual");
    ASSERT_TRUE(g.ask(w.carol, sold));
    ASSERT_TRUE(g.decide(w.bob, sold, "carol", RequestState::accepted));
    auto offer = w.sell(w.bob, sold, R"({"id":"licence","kind":"one_off","amount":"9.00"})");
    EXPECT_EQ(g.refusal(w.alice, sold), "payment_required");
    EXPECT_EQ(g.refusal(w.carol, sold), "payment_required");
    w.fund(w.alice, "20.00");
    ASSERT_TRUE(w.order(w.alice, offer));
    EXPECT_EQ(g.refusal(w.alice, sold), "");
    auto listing = w.must([&](UnitOfWork& u) { return w.store->published_listing(u, sold.id); });
    ASSERT_TRUE(w.run([&](UnitOfWork& u) { return w.market.move_listing(u, w.bob, listing->id, market::ListingEvent::retire); }));
    EXPECT_EQ(g.refusal(w.alice, sold), "");
    EXPECT_EQ(g.refusal(w.carol, sold), "");
    EXPECT_EQ(g.refusal({}, sold), "gated");
    EXPECT_EQ(g.refusal(w.olga, sold), "gated");
  }
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->remove(u, held.id));
    return 0;
  });
  EXPECT_FALSE(*w.must([&](UnitOfWork& u) -> Result<std::optional<bool>> {
    KT_TRY(auto q, g.store->request_of(u, held.id, w.alice.party));
    return std::optional(q.has_value());
  }));
}

inline void likes(Storage& storage) {
  World w(storage);
  auto likes = make_likes();
  auto one = w.repo(w.bob, "one"), two = w.repo(w.bob, "two"), three = w.repo(w.bob, "three");
  auto set = [&](const repository::Repository& r, const identity::Caller& c, bool liked) {
    w.clock.set(w.clock.now().plus_ms(1000));
    return w.must([&](UnitOfWork& u) { return likes->set(u, r.id, c.party, liked, w.clock.now()); });
  };
  auto counted = [&](const repository::Repository& r) {
    return w.must([&](UnitOfWork& u) { return w.repositories->row_by_id(u, r.id); })->likes;
  };
  EXPECT_TRUE(set(two, w.alice, true));
  EXPECT_FALSE(set(two, w.alice, true));
  EXPECT_TRUE(set(two, w.carol, true));
  EXPECT_TRUE(set(three, w.alice, true));
  EXPECT_FALSE(set(one, w.alice, false));
  EXPECT_EQ(counted(one), 0);
  EXPECT_EQ(counted(two), 2);
  EXPECT_TRUE(w.must([&](UnitOfWork& u) { return likes->likes(u, w.carol.party, two.id); }));
  EXPECT_FALSE(w.must([&](UnitOfWork& u) { return likes->likes(u, w.bob.party, two.id); }));

  repository::ListQuery q;
  q.sort = "likes";
  std::string order;
  for (auto& row : w.must([&](UnitOfWork& u) { return w.repositories->list(u, q); })) order += row.repository.name + " ";
  EXPECT_EQ(order, "two three one ");
  q.after = {1, three.id};
  order.clear();
  for (auto& row : w.must([&](UnitOfWork& u) { return w.repositories->list(u, q); })) order += row.repository.name + " ";
  EXPECT_EQ(order, "one ");

  auto who = w.must([&](UnitOfWork& u) { return likes->likers(u, two.id, std::nullopt, 1); });
  ASSERT_EQ(who.size(), 1u);
  EXPECT_EQ(who[0].person.name, "carol");
  who = w.must([&](UnitOfWork& u) { return likes->likers(u, two.id, std::pair(who[0].liked_at.ns, who[0].person.id), 10); });
  ASSERT_EQ(who.size(), 1u);
  EXPECT_EQ(who[0].person.name, "alice");
  auto liked = w.must([&](UnitOfWork& u) { return likes->liked_by(u, w.alice.party, std::nullopt, 10); });
  ASSERT_EQ(liked.size(), 2u);
  EXPECT_EQ(liked[0].repository.name + " " + liked[1].repository.name, "three two");
  three.visibility = identity::Visibility::private_;
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->update_settings(u, three));
    return 0;
  });
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return likes->count_public(u, w.alice.party); }), 1);

  {
    SCOPED_TRACE("many at the same time");
    std::vector<identity::Caller> crowd;
    for (int i = 0; i < 8; ++i) crowd.push_back(w.person("fan-" + std::to_string(i), 1));
    std::vector<std::thread> threads;
    for (auto& c : crowd)
      threads.emplace_back([&] {
        for (bool liked : {true, false, true})
          EXPECT_TRUE(wait(storage, [&](UnitOfWork& u) { return likes->set(u, one.id, c.party, liked, w.clock.now()); }));
      });
    for (auto& t : threads) t.join();
    EXPECT_EQ(counted(one), 8);
  }
  EXPECT_TRUE(w.must([&](UnitOfWork& u) { return w.catalogue->faults(u); }).empty());
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->remove(u, two.id));
    return 0;
  });
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return likes->liked_by(u, w.alice.party, std::nullopt, 10); }).size(), 1u);
  EXPECT_FALSE(set(two, w.bob, true));
}

}  // namespace kontor::sql::contract
