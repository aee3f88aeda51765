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

TEST(SqliteStorage, ContinuesItsSerialNumbersAfterAReopen) {
  Folder folder;
  for (std::int64_t i = 0; i < 3; ++i) {
    auto s = SqliteStorage::open({.path = folder.file()}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    auto n = sql::contract::wait(**s, [](UnitOfWork& u) -> Result<std::int64_t> { return sql::session(u).next_serial("x").value(); });
    EXPECT_EQ(*n, i);
  }
}

TEST(SqliteStorage, RefusesAChangedOrUnknownMigration) {
  Folder folder;
  ASSERT_TRUE(SqliteStorage::open({.path = folder.file()}, {{1, "a", "CREATE TABLE a (x {int}) {strict}"}, {2, "b", "CREATE TABLE b (x {int})"}}));
  auto changed = SqliteStorage::open({.path = folder.file()}, {{1, "a", "CREATE TABLE a (x {int}, y {int}) {strict}"}, {2, "b", "CREATE TABLE b (x {int})"}});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, "migration_changed");
  auto older = SqliteStorage::open({.path = folder.file()}, {{1, "a", "CREATE TABLE a (x {int}) {strict}"}});
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, "database_too_new");
}

}  // namespace kontor::sqlite
