// Needs KONTOR_TEST_POSTGRES, as postgres_storage_test.cpp.
#include <gtest/gtest.h>

#include "adapters/postgres/fresh_database.hpp"
#include "adapters/postgres/postgres_storage.hpp"
#include "adapters/sql/content_contract.hpp"

namespace kontor::postgres {

TEST(ContentOnPostgres, KeepsTheContract) {
  std::string database = fresh_database();
  if (database.empty()) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  auto s = PostgresStorage::open({.conninfo = database}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  sql::contract::run_content(**s);
}

}  // namespace kontor::postgres
