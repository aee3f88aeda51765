// Orders per second on PostgreSQL against a design that only appends, in one run on one cluster (KONTOR_TEST_POSTGRES:
// tests/with_postgres).
//
// The append-only design of our own: every order is one transaction of inserts into one table without any index but its increasing key,
// as many rows and bytes as a Kontor order leaves in its nine (measured from Kontor's tables after its run: average row size, random text
// that does not compress), prepared, BEGIN to COMMIT sent as one pipeline on each of eight connections, which share flushes, READ
// COMMITTED, synchronous_commit on. It looks nothing up, checks nothing, updates no balance and knows no conflict: a floor for what
// durability alone costs there.
//
// Usage: tests/with_postgres build/release/bench/orders_postgres_bench [buyers] [offers] [sellers] [rounds]
#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "adapters/postgres/postgres_storage.hpp"
#include "orders_load.hpp"

using namespace kontor;

namespace {

constexpr int callers = 64;
constexpr int connections = 8;

class Plain {  // a connection of the bench's own
 public:
  explicit Plain(const std::string& conninfo) : c_(PQconnectdb(conninfo.c_str())) { KT_ASSERT(PQstatus(c_) == CONNECTION_OK); }
  ~Plain() { PQfinish(c_); }
  std::string run(const std::string& sql) {
    PGresult* r = PQexec(c_, sql.c_str());
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
    if (!ok) std::fprintf(stderr, "%s\n", PQerrorMessage(c_));
    KT_ASSERT(ok);
    std::string out = PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "";
    PQclear(r);
    return out;
  }
  PGconn* get() { return c_; }

 private:
  PGconn* c_;
};

struct Kind {
  const char* table;
  int rows;  // of one order
};
constexpr Kind kinds[] = {{"idempotency_record", 1}, {"market_entitlement", 1}, {"market_order", 1}, {"ledger_journal", 1},
                          {"ledger_entry", 2},       {"trade_leaf", 1},         {"outbox", 2}};

// One order after the other on one connection.
void append(const std::string& conninfo, const std::vector<std::string>& rows, std::atomic<int>& left) {
  Plain p(conninfo);
  PGconn* c = p.get();
  PQclear(PQprepare(c, "row", "INSERT INTO appended (body) VALUES ($1)", 1, nullptr));
  PQclear(PQprepare(c, "begin", "BEGIN", 0, nullptr));
  PQclear(PQprepare(c, "commit", "COMMIT", 0, nullptr));
  KT_ASSERT(PQenterPipelineMode(c) == 1);
  while (left-- > 0) {
    PQsendQueryPrepared(c, "begin", 0, nullptr, nullptr, nullptr, 0);
    for (const std::string& row : rows) {
      const char* value = row.c_str();
      PQsendQueryPrepared(c, "row", 1, &value, nullptr, nullptr, 0);
    }
    PQsendQueryPrepared(c, "commit", 0, nullptr, nullptr, nullptr, 0);
    PQpipelineSync(c);
    for (bool synced = false; !synced;) {
      PGresult* r = PQgetResult(c);
      if (!r) continue;
      auto status = PQresultStatus(r);
      KT_ASSERT(status == PGRES_COMMAND_OK || status == PGRES_PIPELINE_SYNC);
      synced = status == PGRES_PIPELINE_SYNC;
      PQclear(r);
    }
  }
}

std::string random_row(std::size_t bytes) {
  std::string s = to_hex(random_bytes(bytes));
  s.resize(bytes);
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  const char* base = std::getenv("KONTOR_TEST_POSTGRES");
  if (!base) {
    std::fprintf(stderr, "KONTOR_TEST_POSTGRES is not set: run below tests/with_postgres\n");
    return 2;
  }
  auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  int buyers = number(1, 64), offers = number(2, 100), sellers = number(3, 16), rounds = number(4, 3);
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    std::string name = "orders" + std::to_string(getpid()) + "_" + std::to_string(round), conninfo = std::string(base) + " dbname=" + name;
    Plain(std::string(base) + " dbname=postgres").run("CREATE DATABASE " + name);
    Plain control(conninfo);
    if (control.run("SHOW fsync") != "on" || control.run("SHOW synchronous_commit") != "on") return 2;
    double ours = 0;
    int total = 0, failed = 0;
    {
      auto storage = postgres::PostgresStorage::open({.conninfo = conninfo}, sql::migrations());
      if (!storage) return 1;
      bench::OrdersLoad load(**storage, buyers, offers, sellers);
      ours = load.run(callers);
      total = load.total;
      failed = load.failed;
      load.w.sequence();
      load.w.check_books();
    }
    std::vector<std::string> rows;
    std::size_t bytes = 0;
    for (const Kind& k : kinds) {
      // Of the newest rows, which are orders'; without the header of the row, which the other table's rows have too.
      auto size = static_cast<std::size_t>(std::stod(control.run(std::string("SELECT avg(pg_column_size(t) - 24) FROM (SELECT * FROM ") +
                                                                 k.table + " ORDER BY 1 DESC LIMIT 1000) t")));
      for (int i = 0; i < k.rows; ++i) {
        rows.push_back(random_row(size));
        bytes += size;
      }
    }
    control.run("CREATE TABLE appended (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT NOT NULL)");
    control.run("ALTER TABLE appended ALTER body SET STORAGE EXTERNAL");
    control.run("CHECKPOINT");
    std::atomic<int> left = total;
    auto start = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < connections; ++i) threads.emplace_back([&] { append(conninfo, rows, left); });
    }
    double theirs = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (control.run("SELECT count(*) FROM appended") != std::to_string(static_cast<std::size_t>(total) * rows.size())) return 1;
    std::printf("kontor %d orders, %d failed: %.0f/s; append-only, %zu rows and %zu bytes each: %.0f/s; ratio %.2f\n", total, failed,
                total / ours, rows.size(), bytes, total / theirs, theirs / ours);
    std::fflush(stdout);
    if (failed != 0) return 1;
    ratios.push_back(theirs / ours);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median ratio %.2f (%.2f to %.2f)\n", ratios[ratios.size() / 2], ratios.front(), ratios.back());
  return 0;
}
