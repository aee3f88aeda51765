// What a statement is written against: one Session per transaction, on SQLite or PostgreSQL. This is the concrete UnitOfWork; stores
// in this room get at it with session(unit).
//
// One dialect: parameters are ?1, ?2, ... (turned into $1 for PostgreSQL); ON CONFLICT, RETURNING, LIMIT, row values are allowed;
// no vendor functions. Integers are 64-bit, text is UTF-8 compared bytewise, binary values go in and out as Blob.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/storage.hpp"

namespace kontor::sql {

// How a statement takes part when the bodies of many callers run in one transaction (postgres/group.hpp). A body whose statements all say
// so waits for the database together with the others; one other statement in it and it runs by itself. SQLite needs none of this.
struct Grouping {
  enum class Kind { none, lookup, insert, update };
  Kind kind = Kind::none;
  std::vector<std::string> tables;  // read or written; of a lookup the first is the one that `equal` speaks of
  std::vector<std::pair<std::string, int>>
      equal;                              // lookup: only rows whose column equals parameter n, for each. insert: what its columns get
  const class Statement* row = nullptr;   // update: the lookup that read the row to be changed, in this very transaction
  std::vector<std::pair<int, int>> sets;  // update: column of `row` gets parameter n. The row's key is its column 0, parameter 1
};

// A statement's text with an identity, so that connections prepare it once. Define as a namespace-scope or static constant.
class Statement {
 public:
  explicit Statement(std::string text);
  // A SELECT that reads these tables and nothing else.
  static Statement lookup(std::string text, std::vector<std::string> tables, std::vector<std::pair<std::string, int>> equal);
  // INSERT INTO t (columns) VALUES (?n, ...) of one row, into a table that refers to no other.
  static Statement insert(std::string text);
  // UPDATE t SET ... WHERE id = ?1 of a row that `row` has read before; `row` must outlive the statement.
  static Statement update(std::string text, std::string table, const Statement& row, std::vector<std::pair<int, int>> sets);
  int id() const { return id_; }
  const std::string& text() const { return text_; }         // ?1 form
  const std::string& postgres_text() const { return pg_; }  // $1 form
  const Grouping& grouping() const { return grouping_; }

 private:
  int id_;
  std::string text_, pg_;
  Grouping grouping_;
};

struct Blob {
  std::string_view bytes;
};

// A parameter; refers to its argument, which must live until the call returns (exec_later copies).
class Param {
 public:
  enum class Kind { null, integer, text, blob };
  Param(std::nullptr_t) {}
  Param(std::int64_t v) : kind(Kind::integer), integer(v) {}
  Param(int v) : kind(Kind::integer), integer(v) {}
  Param(bool v) : kind(Kind::integer), integer(v ? 1 : 0) {}
  Param(std::string_view v) : kind(Kind::text), text(v) {}
  Param(const std::string& v) : kind(Kind::text), text(v) {}
  Param(const char* v) : kind(Kind::text), text(v) {}
  Param(Blob v) : kind(Kind::blob), text(v.bytes) {}
  template <class T>
  Param(const std::optional<T>& v) {
    if (v) *this = Param(*v);
  }
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  std::string_view text;
};

class Row {
 public:
  using Cell = std::variant<std::monostate, std::int64_t, std::string>;
  explicit Row(const Cell* cells, std::size_t n) : cells_(cells), n_(n) {}
  bool is_null(std::size_t i) const { return std::holds_alternative<std::monostate>(at(i)); }
  std::int64_t integer(std::size_t i) const;     // 0 for NULL
  const std::string& text(std::size_t i) const;  // empty for NULL; also for binary columns
  std::optional<std::string> optional_text(std::size_t i) const;
  std::optional<std::int64_t> optional_integer(std::size_t i) const;

 private:
  const Cell& at(std::size_t i) const {
    KT_ASSERT(i < n_);
    return cells_[i];
  }
  const Cell* cells_;
  std::size_t n_;
};

class Rows {
 public:
  Rows() = default;
  Rows(std::size_t columns, std::vector<Row::Cell> cells) : columns_(columns), cells_(std::move(cells)) {}
  std::size_t size() const { return columns_ ? cells_.size() / columns_ : 0; }
  std::size_t columns() const { return columns_; }
  bool empty() const { return size() == 0; }
  void set(std::size_t row, std::size_t column, Row::Cell cell) { cells_[row * columns_ + column] = std::move(cell); }
  Row operator[](std::size_t i) const { return Row(cells_.data() + i * columns_, columns_); }
  class Iterator {
   public:
    Iterator(const Rows* rows, std::size_t i) : rows_(rows), i_(i) {}
    Row operator*() const { return (*rows_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    bool operator!=(const Iterator& o) const { return i_ != o.i_; }

   private:
    const Rows* rows_;
    std::size_t i_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  std::size_t columns_ = 0;
  std::vector<Row::Cell> cells_;
};

// Refers to its elements, like a span; binds to {...} and to a vector for the length of a call.
class Params {
 public:
  Params(std::initializer_list<Param> list) : data_(list.begin()), size_(list.size()) {}
  Params(const std::vector<Param>& list) : data_(list.data()), size_(list.size()) {}
  const Param* begin() const { return data_; }
  const Param* end() const { return data_ + size_; }
  std::size_t size() const { return size_; }

 private:
  const Param* data_;
  std::size_t size_;
};

class Session : public UnitOfWork {  // one thread: that of the transaction
 public:
  // Errors of all three: conflict ("unique_violation"), invalid ("constraint_violation"), retry, unavailable (disk full), internal.
  virtual Result<Rows> query(const Statement& statement, Params params) = 0;
  virtual Result<std::int64_t> exec(const Statement& statement, Params params) = 0;  // changed rows
  // For changes whose outcome the body does not look at: PostgreSQL sends them in one pipeline with the next query or the commit.
  // A failure surfaces there. SQLite runs them at once.
  virtual Status exec_later(const Statement& statement, Params params) = 0;

  // Next number of a gap-free series ("ledger", "tradelog", "feed"). SQLite: given here, taken back if the transaction fails.
  // PostgreSQL: nullopt; store NULL, the sequencer numbers the row after its commit (sql/sequencer.hpp).
  virtual std::optional<std::int64_t> next_serial(std::string_view series) = 0;
  virtual bool is_postgres() const = 0;
};

inline Session& session(UnitOfWork& unit) { return static_cast<Session&>(unit); }

// First row or nothing.
Result<std::optional<std::vector<Row::Cell>>> first(Session& s, const Statement& statement, Params params);

// A numbered, checksummed migration; forward only. The text is run statement by statement; in it {int} {text} {blob} stand for the
// engine's column types and {strict} for SQLite's STRICT. One file per subject: schema_<subject>.cpp.
struct Migration {
  int number;
  std::string_view name;
  std::string_view text;
  // What no statement can make, from rows that are there; at every start, after all migrations, and cheap where nothing is missing.
  Status (*finish)(Session& session) = nullptr;
};
// All migrations of the program in order (migrations.cpp lists them).
const std::vector<Migration>& migrations();

}  // namespace kontor::sql
