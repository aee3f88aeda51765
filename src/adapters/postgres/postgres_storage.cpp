#include "adapters/postgres/postgres_storage.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/group.hpp"
#include "adapters/sql/migrate.hpp"
#include "base/log.hpp"

namespace kontor::postgres {
namespace {

constexpr int group_attempts = 3;

struct Job {
  Storage::Body body;
  Storage::Done done;
  bool write;
};

class Impl final : public PostgresStorage {
 public:
  explicit Impl(Options o) : options_(std::move(o)) {}

  ~Impl() override {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
    for (auto& t : threads_) t.join();
  }

  Status start(const std::vector<sql::Migration>& migrations) {
    KT_TRY(auto c, Connection::open(options_.conninfo));
    for (int attempt = 0;; ++attempt) {
      KT_CHECK(c->begin(true));
      Status s = sql::migrate(*c, migrations);
      if (s)
        s = c->commit();
      else
        c->rollback();
      if (s) break;
      // Two nodes may start at once: the loser sees the winner's tables on the next try.
      if (attempt >= 5 || (s.error().kind != Errc::retry && s.error().code != "unique_violation" && s.error().kind != Errc::internal))
        return s;
    }
    int n = options_.writer_connections + options_.reader_connections;
    for (int i = 0; i < n; ++i) {
      bool write = i < options_.writer_connections;
      threads_.emplace_back([this, write] { loop(write); });
    }
    return {};
  }

  void submit_write(Body body, Done done) override { submit({std::move(body), std::move(done), true}); }
  void submit_read(Body body, Done done) override { submit({std::move(body), std::move(done), false}); }

  bool reads_are_local() const override { return false; }
  Status read_here(const Body& body) override {
    std::unique_ptr<Connection> c;
    {
      std::lock_guard lock(here_mutex_);
      if (!here_.empty()) {
        c = std::move(here_.back());
        here_.pop_back();
      }
    }
    Status s = run(c, body, false);
    if (c && !c->broken()) {
      std::lock_guard lock(here_mutex_);
      here_.push_back(std::move(c));
    }
    return s;
  }

 private:
  void submit(Job job) {
    {
      std::lock_guard lock(mutex_);
      auto& queue = job.write ? writes_ : reads_;
      if (!closed_ && queue.size() < options_.queue_limit) {
        queue.push_back(std::move(job));
        ready_.notify_all();  // under the lock: once the job is taken, whoever gave it is out of here, and its answer may be what ends the
                              // storage
        return;
      }
    }
    job.done(fail(Errc::unavailable, "overloaded", "The server has too much to do: try again in a moment."));
  }

  static void pause(int attempt) {
    static thread_local std::minstd_rand rng(std::random_device{}());
    std::this_thread::sleep_for(std::chrono::microseconds(rng() % (200u << std::min(attempt, 7))));
  }

  // A connection that works, the one given if it does.
  Status connected(std::unique_ptr<Connection>& c) const {
    if (c && !c->broken()) return {};
    KT_TRY(c, Connection::open(options_.conninfo));
    return {};
  }
  Status injected(int attempt) const {
    if (options_.inject_failure && options_.inject_failure(attempt)) return fail(Errc::retry, "serialization_failure", "injected");
    return {};
  }
  // Begin, work, commit; nothing is changed if one of them fails. `at_commit` tells whether it was the commit.
  template <class F>
  static Status transact(Connection& c, bool write, F work, bool* at_commit = nullptr) {
    KT_CHECK(c.begin(write));
    Status s = work();
    if (!s) {
      c.rollback();
      return s;
    }
    s = c.commit();
    if (at_commit) *at_commit = !s;
    return s;
  }

  // The bodies that can share their look-ups, in one transaction. Returns the others, and all of them if it comes to nothing.
  std::vector<Job> run_reading_together(std::unique_ptr<Connection>& c, std::vector<Job> jobs) {
    for (int attempt = 1; attempt <= group_attempts; ++attempt) {
      if (!connected(c)) return jobs;
      std::vector<Group::Member> members;
      for (const Job& job : jobs) members.push_back({&job.body});
      Status s = transact(*c, true, [&] { return Group(*c).run(members, [&] { return injected(attempt); }); });
      if (s) {
        std::vector<Job> others;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
          if (members[i].finished)
            jobs[i].done(std::move(members[i].status));
          else
            others.push_back(std::move(jobs[i]));
        }
        return others;
      }
      if (s.error().kind != Errc::retry) return jobs;
      pause(attempt);
    }
    return jobs;
  }

  // All bodies in one transaction: one commit, and no conflicts among them. False, with nothing changed, if a body failed for a reason of
  // its own or conflicts do not end: then each runs by itself, which also finds out whose failure it was.
  bool run_group(std::unique_ptr<Connection>& c, const std::vector<Job>& jobs) {
    for (int attempt = 1; attempt <= group_attempts; ++attempt) {
      if (!connected(c)) return false;
      Status s = transact(*c, true, [&]() -> Status {
        for (const Job& job : jobs) {
          KT_CHECK(job.body(*c));
          KT_CHECK(injected(attempt));
        }
        return {};
      });
      if (s) return true;
      if (s.error().kind != Errc::retry) return false;
      pause(attempt);
    }
    return false;
  }

  Status run(std::unique_ptr<Connection>& c, const Body& body, bool write) {
    bool collided = false;
    for (int attempt = 1;; ++attempt) {
      KT_CHECK(connected(c));
      bool at_commit = false;
      Status s = transact(
          *c, write,
          [&]() -> Status {
            KT_CHECK(body(*c));
            return write ? injected(attempt) : Status();
          },
          &at_commit);
      bool late = at_commit && s.error().code == "unique_violation";
      // What it collided with may have been written since it looked: the second run sees that.
      if (late && !std::exchange(collided, true)) continue;
      if (s || s.error().kind != Errc::retry) return s;
      if (attempt >= options_.max_attempts)
        return fail(Errc::unavailable, "overloaded", "Too many changes of the same thing at once: try again.");
      pause(attempt);
    }
  }

  void loop(bool write) {
    std::unique_ptr<Connection> c;
    auto& queue = write ? writes_ : reads_;
    std::size_t most = write ? options_.group_limit : 1;
    for (;;) {
      std::vector<Job> jobs;
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return closed_ || !queue.empty(); });
        if (queue.empty()) return;
        for (; !queue.empty() && jobs.size() < most; queue.pop_front()) jobs.push_back(std::move(queue.front()));
      }
      if (write && (jobs.size() > 1 || options_.always_group)) jobs = run_reading_together(c, std::move(jobs));
      bool together = jobs.size() > 1 && run_group(c, jobs);
      for (Job& job : jobs) job.done(together ? Status() : run(c, job.body, write));
    }
  }

  Options options_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> writes_, reads_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
  std::mutex here_mutex_;
  std::vector<std::unique_ptr<Connection>> here_;
};

}  // namespace

Result<std::unique_ptr<PostgresStorage>> PostgresStorage::open(Options options, const std::vector<sql::Migration>& migrations) {
  auto s = std::make_unique<Impl>(std::move(options));
  KT_CHECK(s->start(migrations));
  return s;
}

}  // namespace kontor::postgres
