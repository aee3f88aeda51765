#include <gtest/gtest.h>

#include <filesystem>

#include "adapters/sql/access_contract.hpp"
#include "adapters/sql/catalogue_contract.hpp"
#include "adapters/sql/currency_contract.hpp"
#include "adapters/sql/market_contract.hpp"
#include "adapters/sql/market_model.hpp"
#include "adapters/sql/people_contract.hpp"
#include "adapters/sql/search_contract.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"

namespace kontor::sqlite {
namespace {

struct MarketOnSqlite : testing::Test {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("kontor-market-" + std::to_string(getpid()));
  std::unique_ptr<SqliteStorage> storage;
  void SetUp() override {
    std::filesystem::create_directories(folder);
    auto s = SqliteStorage::open({.path = (folder / "facts.db").string()}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    storage = std::move(*s);
  }
  void TearDown() override {
    storage.reset();
    std::filesystem::remove_all(folder);
  }
};

TEST_F(MarketOnSqlite, ATradeInNumbers) { sql::contract::trade_in_numbers(*storage); }
TEST_F(MarketOnSqlite, SixFigures) { sql::contract::six_figures(*storage); }
TEST_F(MarketOnSqlite, InParallel) { sql::contract::in_parallel(*storage); }
TEST_F(MarketOnSqlite, Rules) { sql::contract::rules(*storage); }
TEST_F(MarketOnSqlite, Catalogue) { sql::contract::catalogue(*storage); }
TEST_F(MarketOnSqlite, Currencies) { sql::contract::currencies(*storage); }
TEST_F(MarketOnSqlite, CurrenciesOfMany) { sql::contract::currencies_of_many(*storage); }
TEST_F(MarketOnSqlite, Search) { sql::contract::search(*storage); }
TEST_F(MarketOnSqlite, People) { sql::contract::run_people(*storage); }
TEST_F(MarketOnSqlite, AccessRequests) { sql::contract::access_requests(*storage); }
TEST_F(MarketOnSqlite, Likes) { sql::contract::likes(*storage); }

TEST_F(MarketOnSqlite, RandomOperationsAgainstTheModel) { sql::contract::model_based(*storage, 100'000); }

}  // namespace
}  // namespace kontor::sqlite
