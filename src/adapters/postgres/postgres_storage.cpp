#include "adapters/postgres/postgres_storage.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "adapters/postgres/connection.hpp"
#include "adapters/sql/migrate.hpp"
#include "base/log.hpp"

namespace kontor::postgres {
namespace {

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
      if (s) s = c->commit();
      else c->rollback();
      if (s) break;
      // Two nodes may start at once: the loser sees the winner's tables on the next try.
      if (attempt >= 5 || (s.error().kind != Errc::retry && s.error().code != "unique_violation" && s.error().kind != Errc::internal)) return s;
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
      std::unique_lock lock(mutex_);
      auto& queue = job.write ? writes_ : reads_;
      if (!closed_ && queue.size() < options_.queue_limit) {
        queue.push_back(std::move(job));
        lock.unlock();
        ready_.notify_all();
        return;
      }
    }
    job.done(fail(Errc::unavailable, "overloaded", "The server has too much to do: try again in a moment."));
  }

  Status run(std::unique_ptr<Connection>& c, const Body& body, bool write) {
    static thread_local std::minstd_rand rng(std::random_device{}());
    for (int attempt = 1;; ++attempt) {
      if (!c || c->broken()) {
        KT_TRY(c, Connection::open(options_.conninfo));
      }
      Status s = c->begin(write);
      bool open = static_cast<bool>(s);
      if (s) s = body(*c);
      if (s && write && options_.inject_failure && options_.inject_failure(attempt)) s = fail(Errc::retry, "serialization_failure", "injected");
      if (s) {
        open = false;
        s = c->commit();
      }
      if (open) c->rollback();
      if (s || s.error().kind != Errc::retry) return s;
      if (attempt >= options_.max_attempts) return fail(Errc::unavailable, "overloaded", "Too many changes of the same thing at once: try again.");
      std::this_thread::sleep_for(std::chrono::microseconds(rng() % (200u << std::min(attempt, 7))));
    }
  }

  void loop(bool write) {
    std::unique_ptr<Connection> c;
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        auto& queue = write ? writes_ : reads_;
        ready_.wait(lock, [&] { return closed_ || !queue.empty(); });
        if (queue.empty()) return;
        job = std::move(queue.front());
        queue.pop_front();
      }
      job.done(run(c, job.body, write));
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
