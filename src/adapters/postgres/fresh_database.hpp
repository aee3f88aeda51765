// For tests: a database of its own on the cluster that KONTOR_TEST_POSTGRES names (./test starts one, tests/with_postgres too).
#pragma once
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace kontor::postgres {

// Its conninfo; empty if no cluster is named: then the test is skipped.
inline std::string fresh_database() {
  const char* base = std::getenv("KONTOR_TEST_POSTGRES");
  if (!base) return {};
  static int n = 0;
  std::string name = "t" + std::to_string(getpid()) + "_" + std::to_string(n++);
  PGconn* c = PQconnectdb((std::string(base) + " dbname=postgres").c_str());
  PGresult* r = PQexec(c, ("CREATE DATABASE " + name).c_str());
  EXPECT_EQ(PQresultStatus(r), PGRES_COMMAND_OK) << PQerrorMessage(c);
  PQclear(r);
  PQfinish(c);
  return std::string(base) + " dbname=" + name;
}

}  // namespace kontor::postgres
