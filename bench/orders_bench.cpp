// Orders per second from the wallet at use-case level on SQLite: idempotency record, entitlement, four postings, leaves, outbox, durable,
// 64 callers. Usage: orders_bench FOLDER [buyers] [offers]
#include <pthread.h>
#include <time.h>

#include <cstdio>
#include <filesystem>

#include "adapters/sql/market_contract.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"

using namespace kontor;
using namespace kontor::sql::contract;

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int buyers = argc > 2 ? std::atoi(argv[2]) : 64, offers = argc > 3 ? std::atoi(argv[3]) : 500;
  std::string file = std::string(argv[1]) + "/orders_bench.db";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  auto storage = sqlite::SqliteStorage::open({.path = file}, sql::migrations());
  if (!storage) return 1;
  World w(**storage);
  std::vector<identity::Caller> people;
  for (int i = 0; i < buyers; ++i) {
    people.push_back(w.person("buyer" + std::to_string(i), 2));
    w.fund(people.back(), "900.00");
  }
  std::vector<market::Offer> list;
  for (int i = 0; i < offers; ++i) list.push_back(w.sell(w.bob, w.repo(w.bob, "m" + std::to_string(i)), R"({"id":"licence","kind":"one_off","amount":"1.00"})"));

  int total = buyers * offers;
  std::atomic<int> next = 0, done = 0, failed = 0;
  clockid_t writer_clock = 0;
  std::atomic<bool> have_clock = false;
  w.run([&](UnitOfWork&) -> Result<int> {
    pthread_getcpuclockid(pthread_self(), &writer_clock);
    have_clock = true;
    return 0;
  });
  auto cpu = [&] {
    timespec t{};
    clock_gettime(writer_clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  };
  double in_bodies = 0;  // these two belong to the writer thread alone
  long bodies = 0;
  std::mutex mutex;
  std::condition_variable ready;
  std::function<void()> submit = [&] {
    int n = next++;
    if (n >= total) return;
    const identity::Caller& c = people[static_cast<std::size_t>(n % buyers)];
    const market::Offer& o = list[static_cast<std::size_t>(n / buyers)];
    auto request = market::IdempotentRequest::make("key-" + to_hex(random_bytes(16)), c.party, "POST", "/api/v1/orders", "{\"offer\":\"" + o.id + "\"}");
    w.storage.submit_write(
        [&w, &c, &o, &in_bodies, &bodies, &cpu, request](UnitOfWork& u) -> Status {
          bool measured = ++bodies % 16 == 0;  // reading the clock of a thread is a system call
          double before = measured ? cpu() : 0;
          auto a = market::once(u, *w.answers, request, w.clock.now(), [&](UnitOfWork& unit) -> Result<market::Answer> {
            KT_TRY(auto placed, w.market.place_order(unit, c, {.offer = o.id}));
            KT_TRY(auto terms, w.market.plan_terms(unit, placed.order.plan, placed.order.plan_version));
            return market::Answer{201, market::order_json(placed, terms.get(), false), false};
          });
          if (measured) in_bodies += (cpu() - before) * 16;
          if (!a) return Unexpected(a.error());
          return {};
        },
        [&](Status s) {
          if (!s) ++failed;
          submit();
          if (++done >= total) {
            std::lock_guard lock(mutex);
            ready.notify_all();
          }
        });
  };
  w.clock.set(w.clock.now().plus_ms(1000));
  auto start = std::chrono::steady_clock::now();
  double cpu_start = cpu();
  for (int i = 0; i < 64; ++i) submit();
  {
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return done >= total; });
  }
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), used = cpu() - cpu_start;
  std::printf("orders %d failed %d: %.0f/s, %.1f us of the writer thread each (%.1f in the body, the rest in commits), %.0f bytes each\n", total, failed.load(), total / seconds, used / total * 1e6,
              in_bodies / total * 1e6,
              static_cast<double>(std::filesystem::file_size(file)) / total);
  w.check_books();
  return failed == 0 ? 0 : 1;
}
