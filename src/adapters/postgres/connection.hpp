// One PostgreSQL connection in pipeline mode for the length of a transaction. Used by one thread at a time.
#pragma once
#include <libpq-fe.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/session.hpp"

namespace kontor::postgres {

class Connection final : public sql::Session {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::string& conninfo);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A transaction: begin, any number of statements, then commit or rollback.
  Status begin(bool write);
  Status commit();
  void rollback();
  bool broken() const { return PQstatus(conn_) != CONNECTION_OK; }

  Result<sql::Rows> query(const sql::Statement& statement, sql::Params params) override;
  Result<std::int64_t> exec(const sql::Statement& statement, sql::Params params) override;
  Status exec_later(const sql::Statement& statement, sql::Params params) override;
  std::optional<std::int64_t> next_serial(std::string_view) override { return std::nullopt; }
  bool is_postgres() const override { return true; }

 private:
  // What an answer that is still to come belongs to.
  struct Expected {
    int prepared_statement = -1;  // id, when it is the answer to a Parse
  };
  explicit Connection(PGconn* c) : conn_(c) {}
  Status send(const sql::Statement& statement, sql::Params params);
  Status send_text(const char* sql);
  Status flush();                           // everything queued reaches the server
  Result<PGresult*> next_answer();          // blocks; takes one Expected off
  Result<std::pair<sql::Rows, std::int64_t>> collect();  // all outstanding answers; the last one's rows
  Status sync();
  PGconn* conn_;
  std::deque<Expected> outstanding_;
  std::vector<bool> prepared_;
  bool failed_ = false;  // the pipeline is aborted until the next sync
  Error failure_;
};

}  // namespace kontor::postgres
