// The contract of the Storage port, run on every driver: atomic bodies, conflicts, serial numbers, isolation, injected failures.
// Included by the drivers' tests; `make` opens a fresh, migrated store.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <set>
#include <thread>

#include "adapters/sql/session.hpp"

namespace kontor::sql::contract {

// Waits for a submitted transaction; tests have no event loop.
template <class F>
auto wait(Storage& s, F body, bool write = true) -> std::invoke_result_t<F, UnitOfWork&> {
  using R = std::invoke_result_t<F, UnitOfWork&>;
  struct State {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<R> result;
  } state;
  auto task = [](Storage& s, F body, bool write, State& state) -> Task<void> {
    R r = write ? co_await s.write(std::move(body)) : co_await s.read(std::move(body));
    std::lock_guard lock(state.mutex);
    state.result.emplace(std::move(r));
    state.ready.notify_all();
  };
  spawn(task(s, std::move(body), write, state));
  std::unique_lock lock(state.mutex);
  state.ready.wait(lock, [&] { return state.result.has_value(); });
  return std::move(*state.result);
}

// Whoever has the last answer may end the storage, even while the thread that asked has not come back from asking. Only the thread
// sanitizer sees a fault here, and only when the threads meet badly: a queue that told after its lock was found once in 800 rounds.
inline void end_with_the_last_answer(std::unique_ptr<Storage> s) {
  std::promise<void> answered;
  std::thread asks([&answered, storage = s.get()] {
    storage->submit_write([](UnitOfWork&) -> Status { return {}; }, [&answered](Status) { answered.set_value(); });
  });
  answered.get_future().wait();
  s.reset();
  asks.join();
}

inline const Statement put("INSERT INTO setting (name, value) VALUES (?1, ?2)");
inline const Statement bump("UPDATE setting SET value = ?2 WHERE name = ?1");
inline const Statement get("SELECT value FROM setting WHERE name = ?1");
inline const Statement count("SELECT COUNT(*) FROM setting WHERE name LIKE ?1");

inline std::string value_of(Storage& s, const std::string& name) {
  return wait(
             s,
             [&](UnitOfWork& u) -> Result<std::string> {
               KT_TRY(Rows rows, session(u).query(get, {name}));
               return rows.empty() ? std::string("(none)") : rows[0].text(0);
             },
             false)
      .value();
}

inline void run_all(Storage& s) {
  {
    SCOPED_TRACE("a failing body changes nothing, and its neighbours are kept");
    auto bad = wait(s, [](UnitOfWork& u) -> Result<int> {
      KT_TRY([[maybe_unused]] auto n, session(u).exec(put, {"atomic", "1"}));
      return fail(Errc::invalid, "no", "no");
    });
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, "no");
    EXPECT_EQ(value_of(s, "atomic"), "(none)");
  }
  {
    SCOPED_TRACE("unique violations are conflicts, also when they come late");
    auto ok = wait(s, [](UnitOfWork& u) -> Result<std::int64_t> { return session(u).exec(put, {"dup", "1"}); });
    ASSERT_TRUE(ok);
    EXPECT_EQ(*ok, 1);
    auto dup = wait(s, [](UnitOfWork& u) -> Result<int> {
      KT_CHECK(session(u).exec_later(put, {"beside", "1"}));
      KT_CHECK(session(u).exec_later(put, {"dup", "2"}));
      return 1;
    });
    ASSERT_FALSE(dup);
    EXPECT_EQ(dup.error().code, "unique_violation");
    EXPECT_EQ(value_of(s, "dup"), "1");
    EXPECT_EQ(value_of(s, "beside"), "(none)");
  }
  {
    SCOPED_TRACE("values of every kind come back as they went in");
    static const Statement raw(
        "SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT), CAST(?3 AS TEXT) IS NULL, hash FROM access_token WHERE id = 'tok'");
    static const Statement token(
        "INSERT INTO access_token (id, party, hash, name, role, scopes, created_ns) VALUES ('tok', 'pty_00000000000000000000000000', ?1, "
        "'n', 'read', '', 0)");
    std::string bytes("\0\xFF\n'\\x", 6);
    auto r = wait(s, [&](UnitOfWork& u) -> Result<Rows> {
      KT_TRY([[maybe_unused]] auto n, session(u).exec(token, {Blob{bytes}}));
      return session(u).query(raw, {"日本 '\"", INT64_MIN, std::optional<std::string_view>()});
    });
    ASSERT_TRUE(r) << r.error().message;
    EXPECT_EQ((*r)[0].text(0), "日本 '\"");
    EXPECT_EQ((*r)[0].integer(1), INT64_MIN);
    EXPECT_EQ((*r)[0].integer(2), 1);
    EXPECT_EQ((*r)[0].text(3), bytes);
  }
  {
    SCOPED_TRACE("200 increments from 8 threads: none is lost");
    ASSERT_TRUE(wait(s, [](UnitOfWork& u) -> Result<std::int64_t> { return session(u).exec(put, {"counter", "0"}); }));
    std::vector<std::thread> threads;
    std::atomic<int> done{0};
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          auto r = wait(s, [](UnitOfWork& u) -> Result<std::int64_t> {
            KT_TRY(Rows rows, session(u).query(get, {"counter"}));
            return session(u).exec(bump, {"counter", std::to_string(std::stoi(rows[0].text(0)) + 1)});
          });
          if (r) ++done;
        }
      });
    for (auto& t : threads) t.join();
    EXPECT_EQ(done, 200);
    EXPECT_EQ(value_of(s, "counter"), "200");
  }
  {
    SCOPED_TRACE("reads cannot change anything");
    auto r = wait(s, [](UnitOfWork& u) -> Result<std::int64_t> { return session(u).exec(put, {"from_read", "1"}); }, false);
    EXPECT_FALSE(r);
    EXPECT_EQ(value_of(s, "from_read"), "(none)");
    auto here = s.read_now([](UnitOfWork& u) -> Result<std::string> {
      KT_TRY(Rows rows, session(u).query(get, {"dup"}));
      return rows[0].text(0);
    });
    EXPECT_EQ(here.value(), "1");
  }
  {
    SCOPED_TRACE("serial numbers have no gaps: a failed body gives its number back");
    std::set<std::int64_t> seen;
    bool numbered = true;
    for (int i = 0; i < 10; ++i) {
      (void)wait(s, [&](UnitOfWork& u) -> Result<int> {
        (void)session(u).next_serial("contract");
        return fail(Errc::invalid, "no", "no");
      });
      auto n = wait(s, [&](UnitOfWork& u) -> Result<std::int64_t> { return session(u).next_serial("contract").value_or(-1); });
      if (*n < 0)
        numbered = false;
      else
        seen.insert(*n);
    }
    if (numbered) {
      EXPECT_EQ(seen.size(), 10u);
      EXPECT_EQ(*seen.begin(), 0);
      EXPECT_EQ(*seen.rbegin(), 9);
    }
  }
}

}  // namespace kontor::sql::contract
