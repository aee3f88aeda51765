// Accounts on a real database: invitations are used once, the last admin stays, also when two try at the same time. Included by the
// drivers' tests; each function takes a fresh, migrated store.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "adapters/sql/account_store.hpp"
#include "adapters/sql/storage_contract.hpp"
#include "identity/accounts.hpp"

namespace kontor::sql::contract {

// Runs work on a thread of its own.
class ThreadPerWork final : public Executor {
 public:
  ~ThreadPerWork() override {
    for (auto& t : threads_) t.join();
  }
  void post(std::function<void()> work) override {
    std::lock_guard lock(mutex_);
    threads_.emplace_back(std::move(work));
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

// The outcome of a task, waited for on this thread.
template <class T>
T outcome(Task<T> task) {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<T> value;
  auto run = [](Task<T> t, std::mutex* m, std::condition_variable* c, std::optional<T>* out) -> Task<void> {
    T v = co_await std::move(t);
    std::lock_guard lock(*m);
    out->emplace(std::move(v));
    c->notify_all();
  };
  spawn(run(std::move(task), &mutex, &ready, &value));
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return value.has_value(); });
  return std::move(*value);
}

inline void run_people(Storage& storage) {
  auto store = make_account_store();
  WallClock clock;
  ThreadPerWork pool;
  identity::Accounts accounts(storage, *store, clock, pool);
  constexpr std::string_view password = "correct horse battery";
  auto sign_up = [&](std::string name, std::string code) {
    return outcome(accounts.sign_up({std::move(name), "", "", false, std::string(password)}, std::move(code)));
  };

  accounts.set_sign_up(identity::SignUp::closed);
  EXPECT_EQ(sign_up("eve", "").error().code, "blocked");
  accounts.set_sign_up(identity::SignUp::invite);
  EXPECT_EQ(sign_up("eve", "").error().kind, Errc::invalid);
  {
    SCOPED_TRACE("one code, two people at the same time");
    auto made = outcome(accounts.create_invite("", 14));
    ASSERT_TRUE(made);
    std::optional<Result<identity::Party>> a, b;
    std::thread first([&] { a = sign_up("ann", made->second); }), second([&] { b = sign_up("ben", made->second); });
    first.join(), second.join();
    EXPECT_NE(a->has_value(), b->has_value());
    auto listed = outcome(accounts.list_invites("", 10));
    ASSERT_EQ(listed->size(), 1u);
    EXPECT_EQ(listed->front().used_by, (*a ? *a : *b)->id);
  }
  {
    SCOPED_TRACE("a refused sign-up leaves the code as it was; an expired one is none");
    auto made = outcome(accounts.create_invite("", 1));
    ASSERT_TRUE(made);
    ASSERT_TRUE(outcome(accounts.create_user({"taken", "", "", false, std::nullopt})));
    EXPECT_EQ(sign_up("Taken", made->second).error().code, "name_taken");
    EXPECT_TRUE(sign_up("free", made->second));
    auto later = outcome(accounts.create_invite("", 1));
    auto used = wait(storage, [&](UnitOfWork& u) { return store->use_invite(u, "no such hash", "pty", clock.now()); });
    EXPECT_FALSE(*used);
    EXPECT_TRUE(outcome(accounts.delete_invite(later->first.id)));
    EXPECT_EQ(sign_up("late", later->second).error().kind, Errc::invalid);
  }
  {
    SCOPED_TRACE("two admins leave at the same time: one stays");
    auto ada = outcome(accounts.create_user({"ada", "", "", false, std::nullopt})).value(),
         bob = outcome(accounts.create_user({"bob", "", "", false, std::nullopt})).value();
    ASSERT_TRUE(outcome(
        accounts.create_organisation({"house", "", {{"ada", identity::OrgRole::admin}, {"bob", identity::OrgRole::admin}}, false})));
    auto leave = [&](const identity::Party& who) {
      return wait(storage, [&](UnitOfWork& u) -> Result<bool> {
        KT_TRY(identity::Caller c, accounts.caller_for(u, who.id));
        KT_CHECK(accounts.drop_member(u, c, "house", who.name));
        return true;
      });
    };
    std::optional<Result<bool>> a, b;
    std::thread first([&] { a = leave(ada); }), second([&] { b = leave(bob); });
    first.join(), second.join();
    EXPECT_NE(a->has_value(), b->has_value());
    EXPECT_EQ((*a ? *b : *a).error().code, "invalid_state");
  }
  {
    SCOPED_TRACE("a new password ends other sessions");
    accounts.set_sign_up(identity::SignUp::open);
    ASSERT_TRUE(sign_up("dora", ""));
    auto here = outcome(accounts.sign_in("dora", std::string(password), {.agent = "one"})),
         there = outcome(accounts.sign_in("dora", std::string(password), {.agent = "two"}));
    auto me = outcome(accounts.by_session(here->cookie, std::nullopt));
    ASSERT_TRUE(me);
    EXPECT_EQ(me->csrf, here->csrf);
    EXPECT_EQ(outcome(accounts.change_password(*me, "wrong", "another password")).error().kind, Errc::invalid);
    EXPECT_TRUE(outcome(accounts.change_password(*me, std::string(password), "another password")));
    EXPECT_TRUE(outcome(accounts.by_session(here->cookie, std::nullopt)));
    EXPECT_EQ(outcome(accounts.by_session(there->cookie, std::nullopt)).error().kind, Errc::unauthenticated);
    EXPECT_EQ(outcome(accounts.list_sessions(me->party))->size(), 1u);
  }
}

}  // namespace kontor::sql::contract
