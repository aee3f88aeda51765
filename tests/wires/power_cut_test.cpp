// Orders, metered calls, commits and uploads on disks that lose what was not flushed (SQLite's by power_cut_vfs.hpp, the object store's by
// adapters/memory), with the power cut at any moment: everything that was acknowledged is there afterwards, and the books, the trade log,
// git and content verify. And a disk that fills up: a clear refusal, nothing changed, and going on once there is room.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/files/object_store.hpp"
#include "adapters/memory/lossy_file_system.hpp"
#include "adapters/sql/content_contract.hpp"
#include "adapters/sql/market_contract.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"
#include "power_cut_vfs.hpp"
#include "repository/repositories.hpp"

namespace kontor {
namespace {

using namespace sql::contract;
namespace fs = std::filesystem;

struct Place {
  fs::path path = fs::temp_directory_path() / ("kontor-power-" + std::to_string(getpid()) + "-" + std::to_string(count++));
  Place() { fs::create_directories(path); }
  ~Place() { fs::remove_all(path); }
  std::string file() const { return (path / "facts.db").string(); }
  static inline int count = 0;
};

// The program's subjects over one database file and one object store.
struct House {
  House(const std::string& file, const std::string& vfs, std::shared_ptr<memory::Disk> disk)
      : storage(sqlite::SqliteStorage::open({.path = file, .vfs = vfs}, sql::migrations()).value()),
        bytes(files::ObjectStore::at("/objects", memory::lossy_file_system(disk)).value()),
        content(*storage, content_store, *bytes, pool, clock),
        repositories(repository::Context{*storage, *repository_store, *bytes, content, *outbox, clock, pool}) {}
  Pool pool{2};
  WallClock clock;
  std::unique_ptr<sqlite::SqliteStorage> storage;
  std::unique_ptr<files::ObjectStore> bytes;
  sql::ContentStore content_store;
  std::unique_ptr<repository::RepositoryStore> repository_store = sql::make_repository_store();
  std::unique_ptr<Outbox> outbox = sql::make_outbox(clock);
  content::Content content;
  repository::Repositories repositories;
};

// What was promised to somebody.
struct Promised {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> orders;  // key of the request, answer
  std::vector<std::string> calls;                           // events
  std::vector<std::pair<std::string, std::string>> commits;  // oid, path
  std::vector<std::pair<std::string, std::string>> uploads;  // sha256 hex, contents
};

constexpr int sellers_offers = 12;

struct Trade {  // rows that exist before the power is at risk
  std::vector<market::Offer> offers;
  market::Offer runs;
  repository::Repository metered, code;
};

std::string event_of(int thread, int n) { return "call-" + std::to_string(thread) + "-" + std::to_string(n); }

// Works until the power fails (or `rounds` are over): four kinds of work from four threads.
void work(House& house, World& w, const Trade& trade, const std::vector<identity::Caller>& buyers, Promised& promised, int rounds) {
  auto order = [&] {
    for (int n = 0; n < rounds; ++n) {
      const auto& c = buyers[static_cast<std::size_t>(n) % buyers.size()];
      const auto& o = trade.offers[static_cast<std::size_t>(n) / buyers.size() % trade.offers.size()];
      std::string key = "key-" + std::to_string(n);
      auto request = market::IdempotentRequest::make(key, c.party, "POST", "/api/v1/orders", o.id);
      auto answer = w.run([&](UnitOfWork& u) {
        return market::once(u, *w.answers, request, w.clock.now(), [&](UnitOfWork& unit) -> Result<market::Answer> {
          KT_TRY(auto placed, w.market.place_order(unit, c, {.offer = o.id}));
          return market::Answer{201, placed.order.id, false};
        });
      });
      if (!answer) return;
      std::lock_guard lock(promised.mutex);
      promised.orders.emplace_back(c.party + " " + key, answer->body);
    }
  };
  auto call = [&] {
    for (int n = 0; n < rounds; ++n) {
      std::string event = event_of(0, n);
      auto admitted = w.run([&](UnitOfWork& u) {
        return w.market.admit(u, buyers[0], trade.metered, {.source = "gw", .event_id = event, .expires_in_ms = 3'600'000, .maximum = {{"run", 1}}});
      });
      if (!admitted) return;
      auto captured = w.run([&](UnitOfWork& u) { return w.market.capture(u, admitted->hold, {{"run", 1}}, w.clock.now()); });
      if (!captured) return;
      std::lock_guard lock(promised.mutex);
      promised.calls.push_back(event);
    }
  };
  auto commit = [&] {
    for (int n = 0; n < rounds; ++n) {
      repository::CommitRequest q;
      q.repository = trade.code;
      q.branch = "main";
      q.title = "commit " + std::to_string(n);
      q.author = {"bob", "bob@example.com"};
      std::string path = "file-" + std::to_string(n) + ".txt";
      q.operations.push_back({.path = path, .blob = q.pack.add(git::Type::blob, "contents " + std::to_string(n))});
      auto done = await(house.repositories.commit(std::move(q)));
      if (!done) return;
      std::lock_guard lock(promised.mutex);
      promised.commits.emplace_back(done->oid.hex(), path);
    }
  };
  auto upload = [&] {
    for (int n = 0; n < rounds; ++n) {
      std::string data = random_text(40'000, static_cast<unsigned>(1000 + n));
      TextSource source(data);
      auto done = await(house.content.ingest({trade.code.id, trade.code.owner}, std::nullopt, std::nullopt, source));
      if (!done) return;
      std::lock_guard lock(promised.mutex);
      promised.uploads.emplace_back(done->sha256_hex(), std::move(data));
    }
  };
  std::vector<std::jthread> threads;
  for (const std::function<void()>& each : {std::function<void()>(order), std::function<void()>(call), std::function<void()>(commit), std::function<void()>(upload)}) threads.emplace_back(each);
}

Trade prepare(House& house, World& w, std::vector<identity::Caller>& buyers) {
  Trade t;
  buyers = {w.alice, w.carol};
  for (auto& c : buyers) w.fund(c, "500.00");
  auto shop = w.repo(w.bob, "shop");
  for (int i = 0; i < sellers_offers; ++i) t.offers.push_back(w.sell(w.bob, i == 0 ? shop : w.repo(w.bob, "m" + std::to_string(i)), R"({"id":"licence","kind":"one_off","amount":"1.00"})"));
  t.metered = w.repo(w.bob, "metered");
  t.runs = w.sell(w.bob, t.metered, R"({"id":"runs","kind":"metered","meter":"run","model":"graduated","term":"prepaid","free_units":3,"free_reset":"never",
    "tiers":[{"up_to":null,"unit_amount":"0.01","per":1}]})");
  EXPECT_TRUE(w.order(buyers[0], t.runs));
  t.code = await(house.repositories.create({.ns = "bob", .name = "code", .owner = w.bob.party, .author = {"bob", "bob@example.com"}})).value();
  return t;
}

// Everything that was promised is there, and everything that is there verifies.
void check(House& house, World& w, const Trade& trade, Promised& promised) {
  for (const auto& [who, id] : promised.orders) {
    std::string party = who.substr(0, who.find(' ')), key = who.substr(who.find(' ') + 1);
    auto order = w.run([&](UnitOfWork& u) { return w.store->order(u, id, false); });
    ASSERT_TRUE(order && *order) << id;
    EXPECT_EQ((*order)->state, market::OrderState::completed);
    auto entitlement = w.run([&](UnitOfWork& u) { return w.store->entitlement(u, (*order)->entitlement); });
    EXPECT_TRUE(entitlement && *entitlement) << id;
    auto request = market::IdempotentRequest::make(key, party, "POST", "/api/v1/orders", (*order)->offer);
    auto again = w.run([&](UnitOfWork& u) { return market::once(u, *w.answers, request, w.clock.now(), [](UnitOfWork&) -> Result<market::Answer> { return fail(Errc::internal, "lost", ""); }); });
    ASSERT_TRUE(again) << "the answer is not known any more";
    EXPECT_EQ(again->body, id);
    auto leaves = w.run([&](UnitOfWork& u) { return w.leaves->by_subject(u, id); });
    EXPECT_EQ(leaves->size(), 4u);
  }
  for (const auto& event : promised.calls) {
    auto hold = w.run([&](UnitOfWork& u) { return w.store->hold_by_event(u, "gw", event); });
    ASSERT_TRUE(hold && *hold) << event;
    EXPECT_EQ((*hold)->state, market::HoldState::captured) << event;
  }
  auto files = await(house.repositories.view(trade.code, [](repository::GitView& view) -> Result<std::vector<std::string>> {
    KT_TRY(auto head, view.resolve("main"));
    KT_TRY(auto list, view.list(head, "", true));
    std::vector<std::string> out;
    for (auto& f : list) out.push_back(f.path);
    return out;
  }));
  ASSERT_TRUE(files) << files.error().message;
  for (const auto& [oid, path] : promised.commits) EXPECT_NE(std::find(files->begin(), files->end(), path), files->end()) << path;
  for (const auto& [sha, data] : promised.uploads) {
    auto read = await(house.content.read_all(trade.code.id, sha, 1 << 20));
    ASSERT_TRUE(read) << sha;
    EXPECT_EQ(*read, data);
  }
  w.check_books();
  std::vector<std::string> faults;
  EXPECT_TRUE(house.repositories.verify_all([&](std::string_view item, std::string_view, std::string_view problem) { faults.push_back(std::string(item) + " " + std::string(problem)); }));
  EXPECT_TRUE(house.content.verify_all([&](const content::Fault& f) { faults.push_back(f.object + " " + f.problem); }));
  EXPECT_TRUE(faults.empty()) << faults.front();
  auto audited = house.storage->read_now([&](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(w.log.audit(u));
    return true;
  });
  EXPECT_TRUE(audited) << audited.error().message;
}

int env(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

}  // namespace

TEST(PowerCut, KeepsWhatWasAcknowledgedWheneverThePowerFails) {
  // KONTOR_POWER_CUTS more of them, KONTOR_POWER_SEED others: for a long run.
  int cuts = env("KONTOR_POWER_CUTS", 40), seed = env("KONTOR_POWER_SEED", 1), torn = 0;
  std::size_t orders = 0, calls = 0, commits = 0, uploads = 0;
  for (int n = 0; n < cuts && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE("cut " + std::to_string(n) + " of seed " + std::to_string(seed));
    std::mt19937 chance(static_cast<unsigned>(seed * 1000 + n));
    Place before, after;
    tests::PowerCutVfs vfs("power-" + std::to_string(n));
    auto disk = std::make_shared<memory::Disk>();
    Promised promised;
    Trade trade;
    identity::Caller olga;  // confirms top-ups
    {
      House house(before.file(), vfs.name(), disk);
      World w(*house.storage);
      std::vector<identity::Caller> buyers;
      trade = prepare(house, w, buyers);
      olga = w.olga;
      // Either disk may be the one that notices first; the other goes dark with it.
      vfs.cut_after(1 + static_cast<std::int64_t>(chance() % 300), [&] {
        std::lock_guard lock(disk->mutex);
        disk->calls_left = 0;
      });
      work(house, w, trade, buyers, promised, sellers_offers * 2);
      vfs.cut_now();
      {
        std::lock_guard lock(disk->mutex);
        disk->calls_left = 0;
      }
    }
    torn += vfs.remains(after.path, chance);
    disk->crash();
    House house(after.file(), {}, disk);
    World w(*house.storage, {}, false);
    w.olga = olga;
    check(house, w, trade, promised);
    // It goes on: the same work again finds what is there and adds the rest.
    std::vector<identity::Caller> fresh{w.person("dora", 2)};
    w.fund(fresh[0], "50.00");
    EXPECT_TRUE(w.order(fresh[0], trade.offers[0]));
    w.check_books();
    orders += promised.orders.size(), calls += promised.calls.size(), commits += promised.commits.size(), uploads += promised.uploads.size();
  }
  // The test looked at something: every kind was promised now and then, and something was lost now and then.
  EXPECT_GT(orders, static_cast<std::size_t>(cuts));
  EXPECT_GT(calls, 0u);
  EXPECT_GT(commits, 0u);
  EXPECT_GT(uploads, 0u);
  EXPECT_GT(torn, 0);
}

TEST(PowerCut, AFullDiskIsSaidSoChangesNothingAndEnds) {
  Place place;
  tests::PowerCutVfs vfs("full");
  auto disk = std::make_shared<memory::Disk>();
  House house(place.file(), vfs.name(), disk);
  World w(*house.storage);
  std::vector<identity::Caller> buyers;
  Trade trade = prepare(house, w, buyers);
  Promised promised;
  int refusals = 0;
  for (int round = 0; round < 6; ++round) {
    vfs.capacity(vfs.used() + static_cast<std::uint64_t>(round) * 20'000);  // less room than a few commits of the log need
    for (std::size_t n = 0; n < 12; ++n) {
      const auto& c = buyers[n % 2];
      const auto& o = trade.offers[static_cast<std::size_t>(round) * 2 + n / 6];
      Wide wallet = w.balance("liability:wallet:" + c.party);
      std::string key = "full-" + std::to_string(round) + "-" + std::to_string(n);
      auto request = market::IdempotentRequest::make(key, c.party, "POST", "/api/v1/orders", o.id);
      auto done = w.run([&](UnitOfWork& u) {
        return market::once(u, *w.answers, request, w.clock.now(), [&](UnitOfWork& unit) -> Result<market::Answer> {
          KT_TRY(auto placed, w.market.place_order(unit, c, {.offer = o.id}));
          return market::Answer{201, placed.order.id, false};
        });
      });
      if (done) {
        promised.orders.emplace_back(c.party + " " + key, done->body);
        continue;
      }
      if (done.error().code == "already_entitled") continue;
      ++refusals;
      EXPECT_EQ(done.error().kind, Errc::unavailable);
      EXPECT_EQ(done.error().code, "disk_full") << done.error().message;
      EXPECT_EQ(w.balance("liability:wallet:" + c.party), wallet) << "nothing was taken";
    }
    vfs.capacity(UINT64_MAX);
    auto there = w.run([&](UnitOfWork& u) { return w.store->offer_state(u, trade.offers[0].id); });
    EXPECT_TRUE(there);
    EXPECT_TRUE(w.run([&](UnitOfWork& u) -> Result<std::int64_t> { return sql::session(u).exec(put, {"room" + std::to_string(round), "1"}); })) << "goes on once there is room";
  }
  EXPECT_GT(refusals, 5);
  EXPECT_GT(promised.orders.size(), 0u);
  check(house, w, trade, promised);
}

}  // namespace kontor
