#include "repository/catalogue.hpp"

#include <gtest/gtest.h>

#include "repository/facets.hpp"
#include "repository/trend.hpp"

namespace kontor::repository {
namespace {

const std::vector<FacetRow> rows = {
    {Kind::model, "asr", "onnx", "mit", "en ja", "", "", false, 3},
    {Kind::model, "asr", "torch", "mit", "en", "download api_access", "JPY USD", true, 2},
    {Kind::model, "ocr", "onnx", "apache-2.0", "ja", "", "", false, 5},
    {Kind::dataset, "", "", "mit", "", "", "", false, 7},
};

std::string text(const FacetCounts& c, std::string_view name) {
  std::string out;
  for (const auto& f : c.facets)
    if (f.name == name)
      for (const auto& v : f.values) out += v.value + "=" + std::to_string(v.count) + " ";
  return out;
}

TEST(Facets, WithoutFilters) {
  auto c = count_facets({}, rows);
  EXPECT_EQ(c.total, 17);
  EXPECT_EQ(text(c, "kind"), "model=10 dataset=7 ");
  EXPECT_EQ(text(c, "task"), "asr=5 ocr=5 ");  // repositories without a task are in none
  EXPECT_EQ(text(c, "language"), "ja=8 en=5 ");
  EXPECT_EQ(text(c, "price"), "free=15 paid=2 ");
  EXPECT_EQ(text(c, "delivery"), "api_access=2 download=2 ");
}

TEST(Facets, EachCountsWithoutItsOwnFilter) {
  CatalogueQuery q;
  q.tasks = {"asr"};
  auto c = count_facets(q, rows);
  EXPECT_EQ(c.total, 5);
  EXPECT_EQ(text(c, "task"), "asr=5 ocr=5 ");
  EXPECT_EQ(text(c, "library"), "onnx=3 torch=2 ");
  q.libraries = {"torch"};
  q.languages = {"ja"};
  c = count_facets(q, rows);
  EXPECT_EQ(c.total, 0);
  EXPECT_EQ(text(c, "library"), "onnx=3 ");  // task and language hold, library would be onnx
  EXPECT_EQ(text(c, "language"), "en=2 ");   // task and library hold
  EXPECT_EQ(text(c, "task"), "");
}

TEST(Facets, PriceAndDelivery) {
  CatalogueQuery q;
  q.paid = true;
  q.deliveries = {"download"};
  auto c = count_facets(q, rows);
  EXPECT_EQ(c.total, 2);
  EXPECT_EQ(text(c, "price"), "paid=2 ");
  q.deliveries.clear();
  EXPECT_EQ(text(count_facets(q, rows), "price"), "free=15 paid=2 ");
}

TEST(Facets, Currencies) {
  CatalogueQuery q;
  EXPECT_EQ(text(count_facets(q, rows), "currency"), "JPY=2 USD=2 ");
  q.currency = "JPY";  // what is free is in no currency
  EXPECT_EQ(count_facets(q, rows).total, 2);
  q.currency = "EUR";
  EXPECT_EQ(count_facets(q, rows).total, 0);
  EXPECT_EQ(text(count_facets(q, rows), "currency"), "JPY=2 USD=2 ");
  // Under a highest price a row stands once for each currency in which it is cheap; what is free is cheap in all.
  std::vector<FacetRow> cheap = rows;
  cheap.erase(cheap.begin() + 1);
  cheap.push_back({Kind::model, "asr", "torch", "mit", "en", "download", "JPY", true, 1});
  cheap.push_back({Kind::model, "asr", "torch", "mit", "en", "download", "USD", true, 2});
  q.currency.clear(), q.priced_in = "JPY", q.max_price = 5;
  auto c = count_facets(q, cheap);
  EXPECT_EQ(c.total, 16);
  EXPECT_EQ(text(c, "currency"), "USD=2 JPY=1 ");
  EXPECT_EQ(text(c, "price"), "free=15 paid=1 ");
  q.currency = "JPY";
  EXPECT_EQ(count_facets(q, cheap).total, 1);
}

TEST(Facets, TheUsualCurrency) {
  FacetTable table;
  EXPECT_EQ(table.usual_currency({}), "");
  for (const auto& r : rows) table.add(r);
  EXPECT_EQ(table.usual_currency({}), "JPY");  // as many of either
  FacetRow more{Kind::dataset, "", "", "", "", "download", "USD", true, 1};
  table.add(more);
  EXPECT_EQ(table.usual_currency({}), "USD");
  EXPECT_EQ(table.usual_currency({Kind::model}), "JPY");
  EXPECT_EQ(table.usual_currency({Kind::space}), "");
  more.count = -1;
  table.add(more);
  EXPECT_EQ(table.usual_currency({Kind::dataset}), "");
}

TEST(Facets, ATableFollowsChanges) {
  FacetTable table;
  for (const auto& r : rows) table.add(r);
  table.add({Kind::model, "asr", "torch", "mit", "en", "download api_access", "JPY USD", true, -2});  // gone, and with them the only values
  table.add({Kind::space, "", "gradio", "mit", "zh", "", "", false, 1});
  CatalogueQuery q;
  FacetCounter counter(q);
  counter.add(table);
  auto c = counter.counts();
  EXPECT_EQ(c.total, 16);
  EXPECT_EQ(text(c, "library"), "onnx=8 gradio=1 ");
  EXPECT_EQ(text(c, "price"), "free=16 ");
  EXPECT_EQ(text(c, "delivery"), "");
  q.languages = {"zh"};
  FacetCounter narrow(q);
  narrow.add(table);
  EXPECT_EQ(narrow.counts().total, 1);
  EXPECT_EQ(text(narrow.counts(), "language"), "ja=8 en=3 zh=1 ");
}

TEST(Trend, HalvesInThreeDays) {
  Time then = Time::from_seconds(1'770'000'000), later = then.plus_ms(3 * 86'400'000);
  std::int64_t one = std::llround(half_lives(then) * 1e6);
  EXPECT_DOUBLE_EQ(trending_score(one, then), 1);
  EXPECT_DOUBLE_EQ(trending_score(one, later), 0.5);
  std::int64_t more = add_to_trend(one, 7, then);
  EXPECT_DOUBLE_EQ(trending_score(more, then), 8);
  EXPECT_DOUBLE_EQ(trending_score(add_to_trend(more, 4, later), later), 8);
  // A million small steps are the same as one large one, to a hundredth.
  std::int64_t steps = one;
  for (int i = 0; i < 100'000; ++i) steps = add_to_trend(steps, 1, then);
  EXPECT_NEAR(trending_score(steps, then), 100'001, 100);
  // What happened long ago adds nothing to what happens now, and nothing overflows.
  EXPECT_DOUBLE_EQ(trending_score(add_to_trend(0, 1, then), then), 1);
}

}  // namespace
}  // namespace kontor::repository
