// Needs KONTOR_TEST_POSTGRES, a conninfo of a throw-away cluster (./test starts one); each test makes its own database.
#include "adapters/postgres/postgres_storage.hpp"

#include <gtest/gtest.h>

#include "adapters/postgres/fresh_database.hpp"
#include "adapters/sql/storage_contract.hpp"

namespace kontor::postgres {
TEST(PostgresStorage, KeepsTheContract) {
  std::string db = fresh_database();
  if (db.empty()) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  auto s = PostgresStorage::open({.conninfo = db}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  sql::contract::run_all(**s);
}

TEST(PostgresStorage, MayEndWithItsLastAnswer) {
  std::string db = fresh_database();
  if (db.empty()) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  for (int i = 0; i < 10; ++i) {
    auto s = PostgresStorage::open({.conninfo = db}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    sql::contract::end_with_the_last_answer(std::move(*s));
  }
}

TEST(PostgresStorage, RunsABodyAgainOnSerializationFailure) {
  std::string db = fresh_database();
  if (db.empty()) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  auto s = PostgresStorage::open({.conninfo = db, .inject_failure = [](int attempt) { return attempt <= 3; }}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  int runs = 0;
  auto r = sql::contract::wait(**s, [&](UnitOfWork& u) -> Result<std::int64_t> {
    ++runs;
    return sql::session(u).exec(sql::contract::put, {"again", "1"});
  });
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(sql::contract::value_of(**s, "again"), "1");
}

TEST(PostgresStorage, GivesUpAfterItsAttemptsAndChangesNothing) {
  std::string db = fresh_database();
  if (db.empty()) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  auto s = PostgresStorage::open({.conninfo = db, .max_attempts = 3, .inject_failure = [](int) { return true; }}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  auto r = sql::contract::wait(
      **s, [&](UnitOfWork& u) -> Result<std::int64_t> { return sql::session(u).exec(sql::contract::put, {"never", "1"}); });
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, Errc::unavailable);
  EXPECT_EQ(sql::contract::value_of(**s, "never"), "(none)");
}

}  // namespace kontor::postgres
