#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/sql/content_contract.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"

namespace kontor::sqlite {

TEST(ContentOnSqlite, KeepsTheContract) {
  auto path = std::filesystem::temp_directory_path() / ("kontor-content-" + std::to_string(getpid()));
  std::filesystem::create_directories(path);
  {
    auto s = SqliteStorage::open({.path = (path / "facts.db").string()}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    sql::contract::run_content(**s);
  }
  std::filesystem::remove_all(path);
}

}  // namespace kontor::sqlite
