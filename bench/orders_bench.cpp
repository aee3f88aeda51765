// Orders per second from the wallet at use-case level on SQLite: idempotency record, entitlement, four postings, leaves, outbox, durable,
// 64 callers. Usage: orders_bench FOLDER [buyers] [offers] [sellers]
#include <pthread.h>
#include <time.h>

#include <cstdio>
#include <filesystem>

#include "adapters/sqlite/sqlite_storage.hpp"
#include "orders_load.hpp"

using namespace kontor;

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  int buyers = argc > 2 ? std::atoi(argv[2]) : 64, offers = argc > 3 ? std::atoi(argv[3]) : 500,
      sellers = argc > 4 ? std::atoi(argv[4]) : 1;
  std::string file = std::string(argv[1]) + "/orders_bench.db";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  auto storage = sqlite::SqliteStorage::open({.path = file}, sql::migrations());
  if (!storage) return 1;
  bench::OrdersLoad load(**storage, buyers, offers, sellers);

  clockid_t writer_clock = 0;
  load.w.run([&](UnitOfWork&) -> Result<int> {
    pthread_getcpuclockid(pthread_self(), &writer_clock);
    return 0;
  });
  auto cpu = [&] {
    timespec t{};
    clock_gettime(writer_clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  };
  double in_bodies = 0;  // these two belong to the writer thread alone
  long bodies = 0;
  auto measure = [&](const std::function<Status()>& body) {
    bool measured = ++bodies % 16 == 0;  // reading the clock of a thread is a system call
    double before = measured ? cpu() : 0;
    Status s = body();
    if (measured) in_bodies += (cpu() - before) * 16;
    return s;
  };
  double cpu_start = cpu();
  double seconds = load.run(64, measure), used = cpu() - cpu_start;
  std::printf("orders %d failed %d: %.0f/s, %.1f us of the writer thread each (%.1f in the body, the rest in commits), %.0f bytes each\n",
              load.total, load.failed.load(), load.total / seconds, used / load.total * 1e6, in_bodies / load.total * 1e6,
              static_cast<double>(std::filesystem::file_size(file)) / load.total);
  load.w.check_books();
  return load.failed == 0 ? 0 : 1;
}
