// One PostgreSQL connection in pipeline mode for the length of a transaction. Used by one thread at a time.
#pragma once
#include <libpq-fe.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sql/session.hpp"

namespace kontor::postgres {

// A parameter that owns what it holds.
struct Value {
  explicit Value(const sql::Param& p) : kind(p.kind), integer(p.integer), text(p.text) {}
  sql::Param::Kind kind;
  std::int64_t integer;
  std::string text;
};

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

  // For statements with a sql::Grouping: the same statement with many rows of parameters as one, by unnest().
  struct Many {
    const sql::Statement* statement;
    std::vector<const std::vector<Value>*> parameters;
    std::vector<sql::Rows> answers;  // one for each
  };
  Status look_up_many(std::vector<Many>& asked);  // one round trip
  // Insert or update; a failure surfaces with the next answer or the commit. All rows of an update must differ in their key.
  Status change_many(const sql::Statement& statement, const std::vector<const std::vector<Value>*>& rows);
  Status push() { return flush(); }  // what is queued starts to run

  std::optional<std::int64_t> next_serial(std::string_view) override { return std::nullopt; }
  bool is_postgres() const override { return true; }

 private:
  // What an answer that is still to come belongs to.
  struct Expected {
    std::size_t prepared = 0;           // number in prepared_, when it is the answer to a Parse
    std::vector<Oid>* types = nullptr;  // wanted from a description
    Many* many = nullptr;
  };
  explicit Connection(PGconn* c) : conn_(c) {}
  // Prepared once: the statement as it stands and the form for many rows have a number each.
  Status prepare(std::size_t number, const std::string& text);
  Status send(const sql::Statement& statement, sql::Params params);
  Status send_many(const sql::Statement& statement, const std::vector<const std::vector<Value>*>& rows, Many* answers);
  Status send_text(const char* sql);
  Result<const std::vector<Oid>*> types_of(const sql::Statement& statement);
  Status flush();                                        // everything queued reaches the server
  Status ask_now();                                      // and it answers
  Result<PGresult*> next_answer();                       // blocks; takes one Expected off
  Result<std::pair<sql::Rows, std::int64_t>> collect();  // all outstanding answers; the last one's rows
  Status sync();
  PGconn* conn_;
  std::deque<Expected> outstanding_;
  std::vector<bool> prepared_;
  std::vector<std::vector<Oid>> types_;  // of parameters, by statement id; empty: not asked yet
  bool failed_ = false;                  // the pipeline is aborted until the next sync
  Error failure_;
};

}  // namespace kontor::postgres
