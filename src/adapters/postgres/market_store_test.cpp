// Needs KONTOR_TEST_POSTGRES, a conninfo of a throw-away cluster (./test starts one); each test makes its own database.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "adapters/postgres/fresh_database.hpp"
#include "adapters/postgres/postgres_storage.hpp"
#include "adapters/sql/access_contract.hpp"
#include "adapters/sql/catalogue_contract.hpp"
#include "adapters/sql/currency_contract.hpp"
#include "adapters/sql/market_contract.hpp"
#include "adapters/sql/market_model.hpp"
#include "adapters/sql/people_contract.hpp"
#include "adapters/sql/search_contract.hpp"

namespace kontor::postgres {
namespace {

struct MarketOnPostgres : testing::Test {
  std::unique_ptr<PostgresStorage> storage;
  int writers = 8;
  void SetUp() override {
    std::string database = fresh_database();
    if (database.empty()) GTEST_SKIP() << "KONTOR_TEST_POSTGRES is not set";
    auto s = PostgresStorage::open({.conninfo = database, .writer_connections = writers}, sql::migrations());
    ASSERT_TRUE(s) << s.error().message;
    storage = std::move(*s);
  }
};

TEST_F(MarketOnPostgres, ATradeInNumbers) { sql::contract::trade_in_numbers(*storage); }
TEST_F(MarketOnPostgres, SixFigures) { sql::contract::six_figures(*storage); }
TEST_F(MarketOnPostgres, InParallel) { sql::contract::in_parallel(*storage); }
TEST_F(MarketOnPostgres, Rules) { sql::contract::rules(*storage); }
TEST_F(MarketOnPostgres, Catalogue) { sql::contract::catalogue(*storage); }
TEST_F(MarketOnPostgres, Currencies) { sql::contract::currencies(*storage); }
TEST_F(MarketOnPostgres, CurrenciesOfMany) { sql::contract::currencies_of_many(*storage); }
TEST_F(MarketOnPostgres, Search) { sql::contract::search(*storage); }
TEST_F(MarketOnPostgres, People) { sql::contract::run_people(*storage); }
TEST_F(MarketOnPostgres, AccessRequests) { sql::contract::access_requests(*storage); }
TEST_F(MarketOnPostgres, Likes) { sql::contract::likes(*storage); }

// The model needs to know the order of operations: one writer.
struct ModelOnPostgres : MarketOnPostgres {
  ModelOnPostgres() { writers = 1; }
};
TEST_F(ModelOnPostgres, RandomOperationsAgainstTheModel) { sql::contract::model_based(*storage, 5'000); }

}  // namespace
}  // namespace kontor::postgres
