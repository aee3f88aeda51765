// Many bodies in one transaction that wait for the database together: what a body looks up and nobody has read yet is noted, the body is
// given up and runs again once everything noted by all of them has come in one round trip; changes are kept and leave as statements of many
// rows.
//
// What a body sees is what it would see if the bodies had run one after the other in the order in which they came through: a look-up is
// answered from memory only if no change made since it was read can touch it (sql::Grouping says which rows a statement is about); else all
// changes are sent and it is read again. A body that is given up or fails leaves nothing behind. Only statements with a Grouping can run
// here: a body with another is left over and must run by itself.
#pragma once
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "base/storage.hpp"

namespace kontor::postgres {

class Group final : public sql::Session {  // one transaction; one thread
 public:
  struct Member {
    const Storage::Body* body;
    bool finished = false;  // else it must run by itself
    Status status = {};     // what it returned; an error is its own, and holds if the transaction commits
  };
  // `c` is within a transaction that wrote nothing yet.
  explicit Group(Connection& c) : c_(c) {}
  // Runs the bodies as far as they can and queues their changes. An error (retry, a constraint, a lost connection): nothing counts, roll
  // back. `after_body` is called for each that finished and may fail the attempt (tests).
  Status run(std::vector<Member>& members, const std::function<Status()>& after_body);

  Result<sql::Rows> query(const sql::Statement& statement, sql::Params params) override;
  Result<std::int64_t> exec(const sql::Statement& statement, sql::Params params) override;
  Status exec_later(const sql::Statement& statement, sql::Params params) override;
  std::optional<std::int64_t> next_serial(std::string_view) override { return std::nullopt; }
  bool is_postgres() const override { return true; }
  bool reads_together() const override { return true; }

 private:
  struct Change {
    const sql::Statement* statement;
    std::vector<Value> values;
  };
  struct Read {
    const sql::Statement* statement;
    std::vector<Value> values;
    sql::Rows rows;
    std::size_t as_of = 0;  // how many changes it has seen
  };
  bool touched(const sql::Statement& statement, sql::Params params, std::size_t from) const;
  void undo();
  Status send();   // changes that were not sent yet
  Status fetch();  // everything wanted
  Unexpected give_up(bool& why);

  Connection& c_;
  std::vector<Change> changes_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_table_;  // indices into changes_, ascending
  std::size_t sent_ = 0;
  std::unordered_map<std::string, Read> reads_;        // by statement and parameters
  std::unordered_map<std::string, std::string> rows_;  // key of a row that updates may change -> its read
  std::unordered_map<std::string, Read> wanted_;
  // Of the body that runs:
  std::size_t mark_ = 0;
  std::vector<std::pair<std::string, sql::Rows>> before_;  // rows it changed, as they were
  bool waits_ = false, ungrouped_ = false;
};

}  // namespace kontor::postgres
