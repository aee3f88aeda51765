#include "adapters/sqlite/sqlite_storage.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "adapters/sql/storage_contract.hpp"

namespace kontor::sqlite {
namespace {
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("kontor-sqlite-" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return (path / "facts.db").string(); }
};
}  // namespace

TEST(SqliteStorage, KeepsTheContract) {
  Folder folder;
  auto s = SqliteStorage::open({.path = folder.file()}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  sql::contract::run_all(**s);
}

TEST(SqliteStorage, MayEndWithItsLastAnswer) {
  Folder folder;
  for (int i = 0; i < 20; ++i) {
    auto s = SqliteStorage::open({.path = folder.file()}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    sql::contract::end_with_the_last_answer(std::move(*s));
  }
}

TEST(SqliteStorage, ContinuesItsSerialNumbersAfterAReopen) {
  Folder folder;
  for (std::int64_t i = 0; i < 3; ++i) {
    auto s = SqliteStorage::open({.path = folder.file()}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    auto n = sql::contract::wait(**s, [](UnitOfWork& u) -> Result<std::int64_t> { return sql::session(u).next_serial("x").value(); });
    EXPECT_EQ(*n, i);
  }
}

// A database of the time before the numbered tables were rebuilt keeps its rows and goes on counting.
TEST(SqliteStorage, RebuildsTheNumberedTables) {
  Folder folder;
  std::vector<sql::Migration> before(sql::migrations().begin(), sql::migrations().begin() + 6);
  {
    auto s = SqliteStorage::open({.path = folder.file()}, before);
    ASSERT_TRUE(s) << s.error().message;
    auto filled = sql::contract::wait(**s, [](UnitOfWork& u) -> Result<int> {
      static const sql::Statement event("INSERT INTO outbox (position, topic, item, body, at_ns) VALUES (?1, 't', ?2, 'b', 7)");
      static const sql::Statement fact(
          "INSERT INTO ledger_journal (seq, legs, kind, business, ref, at_ns, body) VALUES (?1, 2, 'k', ?2, 'r', 7, 'legs')");
      static const sql::Statement leaf("INSERT INTO trade_leaf (idx, leaves, subject, hashes, body) VALUES (?1, 2, ?2, ?3, 'leaf')");
      static const sql::Statement answer(
          "INSERT INTO idempotency_record (item, request_hash, status, body, created_ns) VALUES (?1, ?2, 201, 'answer', 7)");
      for (std::int64_t i = 0; i < 300; ++i) {
        std::string name = std::to_string(i);
        sql::Session& s = sql::session(u);
        KT_TRY([[maybe_unused]] auto a, s.exec(event, {s.next_serial("feed"), name}));
        KT_TRY([[maybe_unused]] auto b, s.exec(fact, {2 * i, name}));
        KT_TRY([[maybe_unused]] auto c, s.exec(leaf, {2 * i, name, sql::Blob{name}}));
        KT_TRY([[maybe_unused]] auto d, s.exec(answer, {sql::Blob{name}, sql::Blob{"hash"}}));
      }
      return 0;
    });
    ASSERT_TRUE(filled) << filled.error().message;
  }
  auto s = SqliteStorage::open({.path = folder.file()}, sql::migrations());
  ASSERT_TRUE(s) << s.error().message;
  auto seen = sql::contract::wait(**s, [](UnitOfWork& u) -> Result<std::string> {
    static const sql::Statement sums(
        "SELECT (SELECT COUNT(*) FROM outbox WHERE row_id = position AND item = CAST(position AS TEXT) AND topic = 't' AND body = 'b' AND "
        "at_ns = 7), "
        "(SELECT COUNT(*) FROM ledger_journal WHERE business = CAST(seq / 2 AS TEXT) AND kind = 'k' AND ref = 'r' AND legs = 2 AND body = "
        "'legs'), "
        "(SELECT COUNT(*) FROM trade_leaf WHERE subject = CAST(idx / 2 AS TEXT) AND hashes = CAST(subject AS BLOB) AND body = 'leaf'), "
        "(SELECT COUNT(*) FROM idempotency_record WHERE request_hash = CAST('hash' AS BLOB) AND status = 201 AND body = 'answer')");
    KT_TRY(auto rows, sql::session(u).query(sums, {}));
    std::string out;
    for (std::size_t i = 0; i < 4; ++i) out += std::to_string(rows[0].integer(i)) + " ";
    return out + std::to_string(sql::session(u).next_serial("feed").value());
  });
  EXPECT_EQ(seen.value_or("(nothing)"), "300 300 300 300 300");
}

TEST(SqliteStorage, RefusesAChangedOrUnknownMigration) {
  Folder folder;
  ASSERT_TRUE(
      SqliteStorage::open({.path = folder.file()}, {{1, "a", "CREATE TABLE a (x {int}) {strict}"}, {2, "b", "CREATE TABLE b (x {int})"}}));
  auto changed = SqliteStorage::open({.path = folder.file()},
                                     {{1, "a", "CREATE TABLE a (x {int}, y {int}) {strict}"}, {2, "b", "CREATE TABLE b (x {int})"}});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, "migration_changed");
  auto older = SqliteStorage::open({.path = folder.file()}, {{1, "a", "CREATE TABLE a (x {int}) {strict}"}});
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, "database_too_new");
}

}  // namespace kontor::sqlite
