// Bodies that run as a group see what they would see one after the other. Needs KONTOR_TEST_POSTGRES, as postgres_storage_test.cpp.
#include <gtest/gtest.h>

#include <latch>
#include <random>

#include "adapters/postgres/fresh_database.hpp"
#include "adapters/postgres/postgres_storage.hpp"
#include "adapters/sql/catalogue_contract.hpp"
#include "adapters/sql/currency_contract.hpp"
#include "adapters/sql/market_contract.hpp"
#include "adapters/sql/market_model.hpp"
#include "adapters/sql/people_contract.hpp"
#include "adapters/sql/storage_contract.hpp"

namespace kontor::postgres {
namespace {

using sql::Statement;
using sql::contract::value_of;

const Statement get = Statement::lookup("SELECT value FROM setting WHERE name = ?1", {"setting"}, {{"name", 1}});
const Statement put = Statement::insert("INSERT INTO setting (name, value) VALUES (?1, ?2)");
const Statement put_both("INSERT INTO setting (name, value) VALUES (?1, ?2)");
const Statement count = Statement::lookup("SELECT COUNT(*) FROM setting WHERE name LIKE 'n%'", {"setting"}, {});

struct GroupOnPostgres : testing::Test {
  std::unique_ptr<PostgresStorage> storage;
  std::function<bool(int)> inject;
  void open(bool always) {
    auto s = PostgresStorage::open({.conninfo = fresh_database(), .always_group = always, .inject_failure = inject}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    storage = std::move(*s);
  }
  void SetUp() override {
    if (!std::getenv("KONTOR_TEST_POSTGRES")) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  }

  // All of them wait while the writer is held: it takes them as one group.
  std::vector<Status> together(const std::vector<Storage::Body>& bodies) {
    std::latch held(1), ready(1), done(static_cast<std::ptrdiff_t>(bodies.size() + 1));
    std::vector<Status> out(bodies.size());
    bool first = true;
    storage->submit_write(
        [&](UnitOfWork&) -> Status {
          if (std::exchange(first, false)) {
            held.count_down();
            ready.wait();
          }
          return {};
        },
        [&](Status) { done.count_down(); });
    held.wait();
    for (std::size_t i = 0; i < bodies.size(); ++i)
      storage->submit_write(bodies[i], [&, i](Status s) {
        out[i] = std::move(s);
        done.count_down();
      });
    ready.count_down();
    done.wait();
    return out;
  }
};

Storage::Body put_if_absent(std::string name, std::string value) {
  return [=](UnitOfWork& u) -> Status {
    KT_TRY(sql::Rows rows, sql::session(u).query(get, {name}));
    if (!rows.empty()) return fail(Errc::conflict, "taken", rows[0].text(0));
    return sql::session(u).exec_later(put, {name, value});
  };
}

TEST_F(GroupOnPostgres, NeighboursSeeEachOthersChanges) {
  open(false);
  auto out = together(
      {put_if_absent("a", "1"), put_if_absent("b", "2"), put_if_absent("a", "3"), put_if_absent("c", "4"), put_if_absent("b", "5")});
  int taken = 0;
  for (const Status& s : out)
    if (!s) {
      EXPECT_EQ(s.error().code, "taken");
      ++taken;
    }
  EXPECT_EQ(taken, 2);
  EXPECT_TRUE(out[3]);
  EXPECT_EQ(value_of(*storage, "a"), out[0] ? "1" : "3");
  EXPECT_EQ(value_of(*storage, "c"), "4");
}

TEST_F(GroupOnPostgres, ALookUpThatAnyRowMayChangeIsReadAgain) {
  open(false);
  std::vector<std::int64_t> seen(20, -1);
  std::vector<Storage::Body> bodies;
  for (std::size_t i = 0; i < seen.size(); ++i)
    bodies.push_back([&seen, i](UnitOfWork& u) -> Status {
      KT_TRY(sql::Rows rows, sql::session(u).query(count, {}));
      seen[i] = rows[0].integer(0);
      return sql::session(u).exec_later(put, {"n" + std::to_string(i), "x"});
    });
  for (const Status& s : together(bodies)) EXPECT_TRUE(s);
  std::sort(seen.begin(), seen.end());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<std::int64_t>(i));
}

TEST_F(GroupOnPostgres, WhatABodyChangedItSees) {
  open(false);
  auto twice = [](std::string name) -> Storage::Body {
    return [=](UnitOfWork& u) -> Status {
      KT_CHECK(sql::session(u).exec_later(put, {name, "own"}));
      KT_TRY(sql::Rows rows, sql::session(u).query(get, {name}));
      return rows.empty() ? fail(Errc::internal, "unseen", "") : Status();
    };
  };
  for (const Status& s : together({twice("p"), put_if_absent("q", "1"), twice("r")})) EXPECT_TRUE(s) << s.error().code;
  EXPECT_EQ(value_of(*storage, "p"), "own");
  EXPECT_EQ(value_of(*storage, "q"), "1");
}

TEST_F(GroupOnPostgres, OneThatFailsLeavesNothingAndDisturbsNobody) {
  open(false);
  auto failing = [](UnitOfWork& u) -> Status {
    KT_TRY(sql::Rows rows, sql::session(u).query(get, {"x"}));
    KT_CHECK(sql::session(u).exec_later(put, {"x", "half"}));
    return fail(Errc::invalid, "changed_my_mind", "");
  };
  auto out = together({put_if_absent("y", "1"), failing, put_if_absent("z", "2")});
  EXPECT_TRUE(out[0]);
  ASSERT_FALSE(out[1]);
  EXPECT_EQ(out[1].error().code, "changed_my_mind");
  EXPECT_TRUE(out[2]);
  EXPECT_EQ(value_of(*storage, "x"), "(none)");
  EXPECT_EQ(value_of(*storage, "z"), "2");
}

TEST_F(GroupOnPostgres, OtherStatementsAndConstraintsFallBackToOneByOne) {
  open(false);
  auto other = [](UnitOfWork& u) -> Status {
    KT_CHECK(sql::session(u).exec_later(put_both, {"plain", "1"}));
    KT_TRY(sql::Rows rows, sql::session(u).query(sql::contract::count, {"plain"}));
    return rows[0].integer(0) == 1 ? Status() : fail(Errc::internal, "unseen", "");
  };
  // Two that do not look first: the second meets the key at the commit.
  auto blind = [](UnitOfWork& u) -> Status { return sql::session(u).exec_later(put, {"same", "1"}); };
  auto out = together({other, blind, put_if_absent("k", "1"), blind});
  EXPECT_TRUE(out[0]);
  EXPECT_TRUE(out[2]);
  EXPECT_NE(static_cast<bool>(out[1]), static_cast<bool>(out[3]));
  const Status& lost = out[1] ? out[3] : out[1];
  EXPECT_EQ(lost.error().code, "unique_violation");
  EXPECT_EQ(value_of(*storage, "same"), "1");
  EXPECT_EQ(value_of(*storage, "k"), "1");
}

TEST_F(GroupOnPostgres, EveryKindOfValueArrivesAsItIs) {
  open(true);
  static const Statement add =
      Statement::insert("INSERT INTO idempotency_record (item, request_hash, status, body, created_ns) VALUES (?1, ?2, ?3, ?4, ?5)");
  static const Statement find = Statement::lookup("SELECT request_hash, status, body, created_ns FROM idempotency_record WHERE item = ?1",
                                                  {"idempotency_record"}, {{"item", 1}});
  std::string zero("\0\x01\xff", 3), text = "{\"a\\\"b\",NULL} '二' \t🙂";
  for (std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    std::string key = zero + std::to_string(n);
    auto s = sql::contract::wait(*storage, [&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(sql::session(u).exec_later(add, {sql::Blob{key}, sql::Blob{zero}, n, text, nullptr}));
      return 1;
    });
    ASSERT_FALSE(s);  // created_ns must not be null: so nulls arrive too
    EXPECT_EQ(s.error().code, "constraint_violation");
    s = sql::contract::wait(*storage, [&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(sql::session(u).exec_later(add, {sql::Blob{key}, sql::Blob{zero}, n, text, n}));
      return 1;
    });
    ASSERT_TRUE(s) << s.error().message;
    sql::contract::wait(*storage, [&](UnitOfWork& u) -> Result<int> {
      KT_TRY(sql::Rows rows, sql::session(u).query(find, {sql::Blob{key}}));
      if (rows.size() != 1) return fail(Errc::internal, "", "");
      EXPECT_EQ(rows[0].text(0), zero);
      EXPECT_EQ(rows[0].integer(1), n);
      EXPECT_EQ(rows[0].text(2), text);
      EXPECT_EQ(rows[0].integer(3), n);
      return 1;
    }).value();
  }
}

TEST_F(GroupOnPostgres, InjectedFailuresRunAllAgain) {
  inject = [](int attempt) { return attempt <= 2; };
  open(false);
  for (const Status& s : together({put_if_absent("a", "1"), put_if_absent("b", "1")})) EXPECT_TRUE(s);
  EXPECT_EQ(value_of(*storage, "b"), "1");
}

// The whole contract once more with every transaction run as a group.
struct AlwaysGrouped : GroupOnPostgres {
  void SetUp() override {
    GroupOnPostgres::SetUp();
    if (!IsSkipped()) open(true);
  }
};
TEST_F(AlwaysGrouped, KeepsTheContract) { sql::contract::run_all(*storage); }
TEST_F(AlwaysGrouped, ATradeInNumbers) { sql::contract::trade_in_numbers(*storage); }
TEST_F(AlwaysGrouped, SixFigures) { sql::contract::six_figures(*storage); }
TEST_F(AlwaysGrouped, InParallel) { sql::contract::in_parallel(*storage); }
TEST_F(AlwaysGrouped, Rules) { sql::contract::rules(*storage); }
TEST_F(AlwaysGrouped, Catalogue) { sql::contract::catalogue(*storage); }
TEST_F(AlwaysGrouped, Currencies) { sql::contract::currencies(*storage); }
TEST_F(AlwaysGrouped, People) { sql::contract::run_people(*storage); }
TEST_F(AlwaysGrouped, RandomOperationsAgainstTheModel) { sql::contract::model_based(*storage, 3'000); }

}  // namespace
}  // namespace kontor::postgres
