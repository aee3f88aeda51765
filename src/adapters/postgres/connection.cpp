#include "adapters/postgres/connection.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <charconv>

#include "base/text.hpp"

namespace kontor::postgres {
namespace {

Error error_of(const PGresult* r) {
  const char* state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
  std::string_view s = state ? state : "";
  std::string text = message ? message : PQresultErrorMessage(r);
  if (s == "40001" || s == "40P01" || s == "55P03") return {Errc::retry, "serialization_failure", text, {}};
  if (s == "23505") return {Errc::conflict, "unique_violation", "Something with the same key exists already.", {}};
  if (s.starts_with("23")) return {Errc::invalid, "constraint_violation", text, {}};
  if (s.starts_with("53") || s == "57P01" || s == "57P02" || s == "57P03")
    return {Errc::unavailable, s == "53100" ? "disk_full" : "database_unavailable", text, {}};
  return {Errc::internal, "sql_error", fmt::format("{} ({})", text, s), {}};
}

Unexpected lost(PGconn* c) {
  return fail(Errc::unavailable, "database_unavailable", fmt::format("The connection to the database was lost: {}", PQerrorMessage(c)));
}

sql::Row::Cell cell(const PGresult* r, int row, int column) {
  if (PQgetisnull(r, row, column)) return {};
  const char* data = PQgetvalue(r, row, column);
  std::size_t n = static_cast<std::size_t>(PQgetlength(r, row, column));
  switch (PQftype(r, column)) {
    case 20:
    case 21:
    case 23:
    case 26:
    case 1700: {  // bigint, smallint, integer, oid, numeric (sums)
      std::int64_t v = 0;
      auto [end, ec] = std::from_chars(data, data + n, v);
      if (ec == std::errc() && end == data + n) return v;
      return std::string(data, n);  // a sum beyond 64 bits stays text
    }
    case 16:
      return static_cast<std::int64_t>(data[0] == 't');
    case 17:
      return from_hex(std::string_view(data + 2, n - 2)).value_or("");  // \x...
    default:
      return std::string(data, n);
  }
}

std::size_t plain_number(const sql::Statement& s) {
  return static_cast<std::size_t>(s.id()) * 2 + 2;
}  // the form for many rows has the next

constexpr Oid type_bytea = 17, type_bigint = 20;

// $n of the text as u.pn, a column of the unnested arrays.
std::string with_columns(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '$')
      out += "u.p";
    else
      out += c;
  }
  return out;
}

std::string many_text(const sql::Statement& s, const std::vector<Oid>& types) {
  std::string arrays, columns, text = with_columns(s.postgres_text());
  for (std::size_t i = 1; i <= types.size(); ++i) {
    const char* type = types[i - 1] == type_bigint ? "bigint" : types[i - 1] == type_bytea ? "bytea" : "text";
    arrays += fmt::format("{}${}::{}[]", i == 1 ? "" : ", ", i, type);
    columns += fmt::format("{}p{}", i == 1 ? "" : ", ", i);
  }
  switch (s.grouping().kind) {
    case sql::Grouping::Kind::insert: {
      std::size_t values = text.find(" VALUES (");
      std::string row = text.substr(values + 9, text.size() - values - 10);
      return fmt::format("{} SELECT {} FROM unnest({}) AS u({})", text.substr(0, values), row, arrays, columns);
    }
    case sql::Grouping::Kind::update: {
      std::size_t where = text.rfind(" WHERE ");
      return fmt::format("{} FROM unnest({}) AS u({}){}", text.substr(0, where), arrays, columns, text.substr(where));
    }
    default:
      return fmt::format("SELECT u.n, r.* FROM unnest({}) WITH ORDINALITY AS u({}, n), LATERAL ({}) r", arrays, columns, text);
  }
}

void append_be32(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

// A one-dimensional array in PostgreSQL's binary format (array_recv).
std::string array_of(const std::vector<const std::vector<Value>*>& rows, std::size_t column, Oid type) {
  std::string out;
  append_be32(out, 1);  // dimensions
  append_be32(out, 1);  // may hold nulls
  append_be32(out, type);
  append_be32(out, static_cast<std::uint32_t>(rows.size()));
  append_be32(out, 1);  // first index
  for (const auto* row : rows) {
    const Value& v = (*row)[column];
    if (v.kind == sql::Param::Kind::null) {
      append_be32(out, 0xFFFF'FFFF);
    } else if (type == type_bigint) {
      append_be32(out, 8);
      append_be32(out, static_cast<std::uint32_t>(static_cast<std::uint64_t>(v.integer) >> 32));
      append_be32(out, static_cast<std::uint32_t>(v.integer));
    } else {
      append_be32(out, static_cast<std::uint32_t>(v.text.size()));
      out += v.text;
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& conninfo) {
  PGconn* c = PQconnectdb(conninfo.c_str());
  auto out = std::unique_ptr<Connection>(new Connection(c));
  if (PQstatus(c) != CONNECTION_OK)
    return fail(Errc::unavailable, "database_unavailable", fmt::format("Cannot connect to PostgreSQL: {}", PQerrorMessage(c)));
  PQsetNoticeProcessor(c, [](void*, const char*) {}, nullptr);
  // Statements look things up by index. A plan made while tables are small would read them whole, be kept for the connection's life, and
  // make every transaction conflict with every other: a sequential scan reads, for SERIALIZABLE, all rows. Two that wait for each other's
  // rows would be told after a second (deadlock_timeout); whoever waits for a row runs again sooner.
  PGresult* r = PQexec(c,
                       "SET client_encoding TO 'UTF8'; SET bytea_output TO 'hex'; SET timezone TO 'UTC'; SET enable_seqscan TO off; SET "
                       "plan_cache_mode TO force_generic_plan; "
                       "SET jit TO off; SET lock_timeout TO '100ms'");
  bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;
  PQclear(r);
  if (!ok || PQsetnonblocking(c, 1) != 0 || PQenterPipelineMode(c) != 1) return lost(c);
  return out;
}

Connection::~Connection() { PQfinish(conn_); }

Status Connection::flush() {
  for (;;) {
    int r = PQflush(conn_);
    if (r == 0) return {};
    if (r < 0) return lost(conn_);
    pollfd p{PQsocket(conn_), POLLIN | POLLOUT, 0};
    poll(&p, 1, 30'000);
    if ((p.revents & POLLIN) && PQconsumeInput(conn_) != 1) return lost(conn_);
  }
}

Status Connection::send_text(const char* sql) {
  if (PQsendQueryParams(conn_, sql, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) return lost(conn_);
  outstanding_.push_back({});
  return {};
}

Status Connection::prepare(std::size_t number, const std::string& text) {
  if (number >= prepared_.size()) prepared_.resize(number + 32);
  if (prepared_[number]) return {};
  if (PQsendPrepare(conn_, fmt::format("s{}", number).c_str(), text.c_str(), 0, nullptr) != 1) return lost(conn_);
  prepared_[number] = true;  // taken back when the answer says otherwise
  outstanding_.push_back({number});
  return {};
}

Status Connection::send(const sql::Statement& statement, sql::Params params) {
  if (failed_) return Unexpected(failure_);
  std::size_t number = plain_number(statement);
  KT_CHECK(prepare(number, statement.postgres_text()));
  std::string name = fmt::format("s{}", number);
  std::vector<std::string> texts(params.size());
  std::vector<const char*> values(params.size());
  std::vector<int> lengths(params.size()), formats(params.size());
  std::size_t i = 0;
  for (const sql::Param& p : params) {
    switch (p.kind) {
      case sql::Param::Kind::null:
        values[i] = nullptr;
        break;
      case sql::Param::Kind::integer:
        texts[i] = std::to_string(p.integer);
        values[i] = texts[i].c_str();
        break;
      case sql::Param::Kind::text:
        texts[i] = std::string(p.text);
        values[i] = texts[i].c_str();
        break;
      case sql::Param::Kind::blob:
        values[i] = p.text.data() ? p.text.data() : "";
        lengths[i] = static_cast<int>(p.text.size());
        formats[i] = 1;
        break;
    }
    ++i;
  }
  if (PQsendQueryPrepared(conn_, name.c_str(), static_cast<int>(params.size()), values.data(), lengths.data(), formats.data(), 0) != 1)
    return lost(conn_);
  outstanding_.push_back({});
  return {};
}

Result<const std::vector<Oid>*> Connection::types_of(const sql::Statement& statement) {
  auto id = static_cast<std::size_t>(statement.id());
  if (id >= types_.size()) types_.resize(id + 32);
  if (!types_[id].empty()) return &types_[id];
  if (failed_) return Unexpected(failure_);
  std::size_t number = plain_number(statement);
  KT_CHECK(prepare(number, statement.postgres_text()));
  if (PQsendDescribePrepared(conn_, fmt::format("s{}", number).c_str()) != 1) return lost(conn_);
  std::vector<Oid> types;
  outstanding_.push_back({0, &types});
  KT_CHECK(ask_now());
  KT_TRY([[maybe_unused]] auto answer, collect());
  types_[id] = std::move(types);
  return &types_[id];
}

Status Connection::send_many(const sql::Statement& statement, const std::vector<const std::vector<Value>*>& rows, Many* answers) {
  KT_TRY(const std::vector<Oid>* types, types_of(statement));
  if (failed_) return Unexpected(failure_);
  std::size_t number = plain_number(statement) + 1;
  KT_CHECK(prepare(number, many_text(statement, *types)));
  std::size_t n = types->size();
  std::vector<std::string> arrays(n);
  std::vector<const char*> values(n);
  std::vector<int> lengths(n), formats(n, 1);
  for (std::size_t i = 0; i < n; ++i) {
    arrays[i] = array_of(rows, i, (*types)[i]);
    values[i] = arrays[i].data();
    lengths[i] = static_cast<int>(arrays[i].size());
  }
  if (PQsendQueryPrepared(conn_, fmt::format("s{}", number).c_str(), static_cast<int>(n), values.data(), lengths.data(), formats.data(),
                          0) != 1)
    return lost(conn_);
  outstanding_.push_back({0, nullptr, answers});
  return {};
}

Status Connection::look_up_many(std::vector<Many>& asked) {
  for (Many& m : asked) {
    m.answers.assign(m.parameters.size(), sql::Rows());
    KT_CHECK(send_many(*m.statement, m.parameters, &m));
  }
  KT_CHECK(ask_now());
  KT_TRY([[maybe_unused]] auto answer, collect());
  return {};
}

Status Connection::change_many(const sql::Statement& statement, const std::vector<const std::vector<Value>*>& rows) {
  return send_many(statement, rows, nullptr);
}

Status Connection::ask_now() {
  if (PQsendFlushRequest(conn_) != 1) return lost(conn_);
  return flush();
}

Result<PGresult*> Connection::next_answer() {
  for (;;) {
    while (PQisBusy(conn_)) {
      pollfd p{PQsocket(conn_), POLLIN, 0};
      poll(&p, 1, 30'000);
      if (PQconsumeInput(conn_) != 1) return lost(conn_);
    }
    PGresult* r = PQgetResult(conn_);
    if (r) return r;
    if (PQstatus(conn_) != CONNECTION_OK) return lost(conn_);
    // A null ends one command's results; the next belongs to the next command.
  }
}

Result<std::pair<sql::Rows, std::int64_t>> Connection::collect() {
  std::pair<sql::Rows, std::int64_t> out;
  while (!outstanding_.empty()) {
    KT_TRY(PGresult * r, next_answer());
    Expected e = outstanding_.front();
    outstanding_.pop_front();
    auto status = PQresultStatus(r);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      if (e.types) {
        for (int i = 0; i < PQnparams(r); ++i) e.types->push_back(PQparamtype(r, i));
      } else if (e.many) {
        // Rows with the number of their look-up first.
        int rows = PQntuples(r), columns = PQnfields(r);
        std::vector<std::vector<sql::Row::Cell>> cells(e.many->answers.size());
        for (int i = 0; i < rows; ++i) {
          auto number = std::get<std::int64_t>(cell(r, i, 0));
          for (int c = 1; c < columns; ++c) cells[static_cast<std::size_t>(number - 1)].push_back(cell(r, i, c));
        }
        for (std::size_t i = 0; i < cells.size(); ++i)
          e.many->answers[i] = sql::Rows(static_cast<std::size_t>(columns - 1), std::move(cells[i]));
      } else if (outstanding_.empty()) {
        int rows = PQntuples(r), columns = PQnfields(r);
        std::vector<sql::Row::Cell> cells;
        cells.reserve(static_cast<std::size_t>(rows * columns));
        for (int i = 0; i < rows; ++i)
          for (int c = 0; c < columns; ++c) cells.push_back(cell(r, i, c));
        out.first = sql::Rows(static_cast<std::size_t>(columns), std::move(cells));
        std::string_view changed = PQcmdTuples(r);
        std::from_chars(changed.data(), changed.data() + changed.size(), out.second);
      }
    } else {
      if (e.prepared != 0) prepared_[e.prepared] = false;
      if (!failed_ && status != PGRES_PIPELINE_ABORTED) {
        failed_ = true;
        failure_ = error_of(r);
      }
    }
    PQclear(r);
  }
  if (failed_) return Unexpected(failure_);
  return out;
}

Status Connection::sync() {
  if (PQpipelineSync(conn_) != 1) return lost(conn_);
  KT_CHECK(flush());
  auto collected = collect();
  for (;;) {
    KT_TRY(PGresult * r, next_answer());
    bool done = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
    PQclear(r);
    if (done) break;
  }
  failed_ = false;
  if (!collected) return Unexpected(collected.error());
  return {};
}

Status Connection::begin(bool write) {
  failed_ = false;
  return send_text(write ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Status Connection::commit() {
  if (failed_) {
    Error e = failure_;
    rollback();
    return Unexpected(std::move(e));
  }
  KT_CHECK(send_text("COMMIT"));
  Status s = sync();
  if (!s && !broken()) rollback();
  return s;
}

void Connection::rollback() {
  if (broken()) return;
  if (!sync() && broken()) return;
  if (!send_text("ROLLBACK")) return;
  (void)sync();
}

Result<sql::Rows> Connection::query(const sql::Statement& statement, sql::Params params) {
  KT_CHECK(send(statement, params));
  KT_CHECK(ask_now());
  KT_TRY(auto answer, collect());
  return std::move(answer.first);
}

Result<std::int64_t> Connection::exec(const sql::Statement& statement, sql::Params params) {
  KT_CHECK(send(statement, params));
  KT_CHECK(ask_now());
  KT_TRY(auto answer, collect());
  return answer.second;
}

Status Connection::exec_later(const sql::Statement& statement, sql::Params params) { return send(statement, params); }

}  // namespace kontor::postgres
