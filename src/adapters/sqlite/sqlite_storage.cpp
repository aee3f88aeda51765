#include "adapters/sqlite/sqlite_storage.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "adapters/sql/migrate.hpp"
#include "adapters/sqlite/connection.hpp"
#include "base/log.hpp"

namespace kontor::sqlite {
namespace {

using Serials = std::map<std::string, std::int64_t, std::less<>>;

class SqliteSession final : public sql::Session {
 public:
  SqliteSession(Connection& c, Serials* serials) : c_(c), serials_(serials) {}
  Result<sql::Rows> query(const sql::Statement& s, sql::Params p) override {
    sql::Rows rows;
    auto r = c_.step(s, p, &rows);
    if (!r) return Unexpected(std::move(r).error());
    return rows;
  }
  Result<std::int64_t> exec(const sql::Statement& s, sql::Params p) override { return c_.step(s, p, nullptr); }
  Status exec_later(const sql::Statement& s, sql::Params p) override {
    auto r = c_.step(s, p, nullptr);
    if (!r) return Unexpected(std::move(r).error());
    return {};
  }
  std::optional<std::int64_t> next_serial(std::string_view series) override {
    KT_ASSERT(serials_);
    auto it = serials_->find(series);
    if (it == serials_->end()) it = serials_->emplace(std::string(series), 0).first;
    return it->second++;
  }
  bool is_postgres() const override { return false; }

 private:
  Connection& c_;
  Serials* serials_;
};

const sql::Statement save_serial(
    "INSERT INTO serial_number (series, next) VALUES (?1, ?2) ON CONFLICT (series) DO UPDATE SET next = excluded.next");

struct Job {
  Storage::Body body;
  Storage::Done done;
};

class Queue {
 public:
  explicit Queue(std::size_t limit) : limit_(limit) {}
  // Told under the lock: once the job is taken, whoever gave it is out of here, and its answer may be what ends the storage.
  bool push(Job job) {
    std::lock_guard lock(mutex_);
    if (closed_ || jobs_.size() >= limit_) return false;
    jobs_.push_back(std::move(job));
    ready_.notify_one();
    return true;
  }
  // Waits for work; takes at most `most`. Empty: closed and drained.
  std::vector<Job> take(std::size_t most) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return closed_ || !jobs_.empty(); });
    std::vector<Job> out;
    while (!jobs_.empty() && out.size() < most) {
      out.push_back(std::move(jobs_.front()));
      jobs_.pop_front();
    }
    return out;
  }
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

 private:
  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
  bool closed_ = false;
};

Unexpected overloaded() { return fail(Errc::unavailable, "overloaded", "The server has too much to do: try again in a moment."); }

class Impl final : public SqliteStorage {
 public:
  explicit Impl(Options o) : options_(std::move(o)), writes_(options_.queue_limit), reads_(options_.queue_limit) {}

  ~Impl() override {
    writes_.close();
    reads_.close();
    for (auto& t : threads_) t.join();
    std::lock_guard lock(here_mutex_);
    here_.clear();
    if (writer_) (void)writer_->run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  Status start(const std::vector<sql::Migration>& migrations) {
    KT_TRY(writer_, Connection::open(options_.path, true, options_.cache_kib, options_.vfs));
    KT_CHECK(writer_->run("BEGIN IMMEDIATE"));
    SqliteSession session(*writer_, &serials_);
    Status s = sql::migrate(session, migrations);
    if (s) {
      auto made = session.exec(
          sql::Statement("CREATE TABLE IF NOT EXISTS serial_number (series TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT"), {});
      if (!made) s = Unexpected(made.error());
    }
    if (!s) {
      (void)writer_->run("ROLLBACK");
      return s;
    }
    KT_CHECK(writer_->run("COMMIT"));
    KT_TRY(sql::Rows rows, session.query(sql::Statement("SELECT series, next FROM serial_number"), {}));
    for (sql::Row row : rows) serials_[row.text(0)] = row.integer(1);
    threads_.emplace_back([this] { write_loop(); });
    for (int i = 0; i < options_.reader_threads; ++i) {
      KT_TRY(auto reader, Connection::open(options_.path, false, options_.cache_kib / 4, options_.vfs));
      threads_.emplace_back([this, c = std::shared_ptr<Connection>(std::move(reader))] { read_loop(*c); });
    }
    return {};
  }

  void submit_write(Body body, Done done) override {
    auto shared = std::make_shared<Done>(std::move(done));
    if (!writes_.push({std::move(body), [shared](Status s) { (*shared)(std::move(s)); }})) (*shared)(overloaded());
  }
  void submit_read(Body body, Done done) override {
    auto shared = std::make_shared<Done>(std::move(done));
    if (!reads_.push({std::move(body), [shared](Status s) { (*shared)(std::move(s)); }})) (*shared)(overloaded());
  }

  Status copy_to(const std::string& file) override {
    KT_TRY(auto from, Connection::open(options_.path, false, options_.cache_kib / 4, options_.vfs));
    sqlite3* to = nullptr;
    int rc = sqlite3_open_v2(file.c_str(), &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    // One step: all pages inside one read transaction, the state of one moment.
    sqlite3_backup* copy = rc == SQLITE_OK ? sqlite3_backup_init(to, "main", from->handle(), "main") : nullptr;
    if (copy) {
      rc = sqlite3_backup_step(copy, -1);
      int finished = sqlite3_backup_finish(copy);
      rc = rc == SQLITE_DONE ? finished : rc;
    } else if (rc == SQLITE_OK) {
      rc = sqlite3_errcode(to);
    }
    sqlite3_close(to);
    if (rc == SQLITE_OK) return {};
    if ((rc & 0xFF) == SQLITE_FULL) return fail(Errc::unavailable, "disk_full", "The disk is full: the database could not be copied.");
    return fail(Errc::unavailable, "io_error", fmt::format("The database could not be copied to {}: {}", file, sqlite3_errstr(rc)));
  }

  bool reads_are_local() const override { return true; }
  Status read_here(const Body& body) override {
    std::unique_ptr<Connection> c;
    {
      std::lock_guard lock(here_mutex_);
      if (!here_.empty()) {
        c = std::move(here_.back());
        here_.pop_back();
      }
    }
    if (!c) {
      KT_TRY(c, Connection::open(options_.path, false, options_.cache_kib / 4, options_.vfs));
    }
    Status s = read_with(*c, body);
    std::lock_guard lock(here_mutex_);
    here_.push_back(std::move(c));
    return s;
  }

 private:
  static Status read_with(Connection& c, const Body& body) {
    static const sql::Statement begin("BEGIN"), commit("COMMIT");
    KT_TRY([[maybe_unused]] auto n, c.step(begin, {}, nullptr));
    SqliteSession session(c, nullptr);
    Status s = body(session);
    auto ended = c.step(commit, {}, nullptr);
    if (!ended) (void)c.run("ROLLBACK");
    return s;
  }

  void read_loop(Connection& c) {
    for (;;) {
      auto jobs = reads_.take(1);
      if (jobs.empty()) return;
      jobs[0].done(read_with(c, jobs[0].body));
    }
  }

  // Runs one body inside the open transaction; its changes and serial numbers are undone when it fails.
  Status run_in_savepoint(const Body& body) {
    static const sql::Statement savepoint("SAVEPOINT body"), release("RELEASE body"), undo("ROLLBACK TO body");
    KT_TRY([[maybe_unused]] auto opened, writer_->step(savepoint, {}, nullptr));
    Serials before = serials_;
    SqliteSession session(*writer_, &serials_);
    Status s = body(session);
    if (!s) {
      serials_ = std::move(before);
      // SQLite may have rolled the whole transaction back by itself (disk full): then there is no savepoint left.
      if (sqlite3_get_autocommit(writer_->handle())) return s;
      KT_TRY([[maybe_unused]] auto undone, writer_->step(undo, {}, nullptr));
    }
    KT_TRY([[maybe_unused]] auto released, writer_->step(release, {}, nullptr));
    return s;
  }

  Status commit(const Serials& before) {
    static const sql::Statement commit("COMMIT");
    for (const auto& [series, next] : serials_) {
      auto it = before.find(series);
      if (it != before.end() && it->second == next) continue;
      KT_TRY([[maybe_unused]] auto n, writer_->step(save_serial, {series, next}, nullptr));
    }
    KT_TRY([[maybe_unused]] auto n, writer_->step(commit, {}, nullptr));
    return {};
  }

  // The whole group without savepoints, which cost as much as a statement or two each. False, with nothing changed, if any body failed:
  // then the group is run again with them. Bodies may run again by contract.
  bool run_bare(const std::vector<Job>& jobs, std::vector<Status>& outcomes) {
    Serials before = serials_;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      SqliteSession session(*writer_, &serials_);
      outcomes[i] = jobs[i].body(session);
      if (outcomes[i]) continue;
      serials_ = std::move(before);
      if (!sqlite3_get_autocommit(writer_->handle())) (void)writer_->run("ROLLBACK");
      return false;
    }
    return true;
  }

  void write_loop() {
    static const sql::Statement begin("BEGIN IMMEDIATE");
    for (;;) {
      auto jobs = writes_.take(options_.group_limit);
      if (jobs.empty()) return;
      Serials before = serials_;
      std::vector<Status> outcomes(jobs.size());
      auto opened = writer_->step(begin, {}, nullptr);
      Status whole = opened ? Status() : Status(Unexpected(opened.error()));
      if (whole && !run_bare(jobs, outcomes)) {
        if (jobs.size() == 1) {  // it alone failed, and is undone
          jobs[0].done(std::move(outcomes[0]));
          continue;
        }
        opened = writer_->step(begin, {}, nullptr);
        if (!opened) whole = Unexpected(opened.error());
        for (std::size_t i = 0; whole && i < jobs.size(); ++i) {
          outcomes[i] = run_in_savepoint(jobs[i].body);
          if (sqlite3_get_autocommit(writer_->handle()))
            whole = fail(Errc::unavailable, "disk_full", "The database cannot be written: nothing was changed.");
        }
      }
      if (whole) whole = commit(before);
      if (!whole) {
        if (!sqlite3_get_autocommit(writer_->handle())) (void)writer_->run("ROLLBACK");
        serials_ = std::move(before);
        log::error("commit failed", {{"error", whole.error().message}});
        Error e = whole.error();
        if (e.kind == Errc::retry) e.kind = Errc::unavailable;
        for (auto& o : outcomes) o = Unexpected(e);
      }
      for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(std::move(outcomes[i]));
    }
  }

  Options options_;
  std::unique_ptr<Connection> writer_;
  Serials serials_;  // writer thread only
  Queue writes_, reads_;
  std::vector<std::thread> threads_;
  std::mutex here_mutex_;
  std::vector<std::unique_ptr<Connection>> here_;  // idle connections of read_here
};

}  // namespace

Result<std::unique_ptr<SqliteStorage>> SqliteStorage::open(Options options, const std::vector<sql::Migration>& migrations) {
  auto s = std::make_unique<Impl>(std::move(options));
  KT_CHECK(s->start(migrations));
  return s;
}

}  // namespace kontor::sqlite
