// Needs KONTOR_TEST_POSTGRES, as postgres_storage_test.cpp.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include "adapters/postgres/postgres_storage.hpp"
#include "adapters/sql/content_contract.hpp"

namespace kontor::postgres {

TEST(ContentOnPostgres, KeepsTheContract) {
  const char* base = std::getenv("KONTOR_TEST_POSTGRES");
  if (!base) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
  std::string name = "content" + std::to_string(getpid());
  PGconn* c = PQconnectdb((std::string(base) + " dbname=postgres").c_str());
  PGresult* r = PQexec(c, ("CREATE DATABASE " + name).c_str());
  ASSERT_EQ(PQresultStatus(r), PGRES_COMMAND_OK) << PQerrorMessage(c);
  PQclear(r);
  PQfinish(c);
  auto s = PostgresStorage::open({.conninfo = std::string(base) + " dbname=" + name}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  sql::contract::run_content(**s);
}

}  // namespace kontor::postgres
