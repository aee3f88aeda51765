// Every number of marketplace.md 2.2, 4.3 to 4.5, 11.1, 11.2, 16.2.
#include <gtest/gtest.h>

#include <random>

#include "metering/rating.hpp"
#include "metering/splits.hpp"

namespace kontor::metering {
namespace {

Micros m(std::string_view text) { return parse_amount(text).value(); }
Plan plan_of(std::string components, std::string currency = "USD") {
  auto json = Json::parse("{\"currency\":\"" + currency + "\",\"components\":[" + components + "]}");
  auto p = parse_plan(*json);
  EXPECT_TRUE(p.has_value()) << (p ? "" : p.error().message);
  return p.value_or(Plan{});
}
std::string code_of(std::string components) {
  auto p = parse_plan(*Json::parse("{\"currency\":\"USD\",\"components\":[" + components + "]}"));
  return p ? "" : p.error().details;
}
std::string runs(std::string_view model, std::string_view term, int free, bool free_tier = false) {
  std::string tiers = free_tier ? R"({"up_to":100,"unit_amount":"0"},)" : "";
  return R"({"id":"runs","kind":"metered","meter":"run","model":")" + std::string(model) + R"(","term":")" + std::string(term) +
         R"(","free_units":)" + std::to_string(free) + R"(,"tiers":[)" + tiers +
         R"({"up_to":1000,"unit_amount":"0.01","per":1},{"up_to":10000,"unit_amount":"0.005","per":1},{"up_to":null,"unit_amount":"0.002","per":1}]})";
}

TEST(Rating, TierTable) {
  Plan graduated = plan_of(runs("graduated", "prepaid", 0)), volume = plan_of(runs("volume", "arrears", 0)),
       free = plan_of(runs("graduated", "prepaid", 100)), tier = plan_of(runs("graduated", "prepaid", 0, true));
  struct {
    std::int64_t q;
    const char *g, *v, *f, *t;
  } rows[] = {{0, "0", "0", "0", "0"},
              {1, "0.01", "0.01", "0", "0"},
              {100, "1.00", "1.00", "0", "0"},
              {101, "1.01", "1.01", "0.01", "0.01"},
              {1000, "10.00", "10.00", "9.00", "9.00"},
              {1001, "10.005", "5.005", "9.01", "9.005"},
              {1100, "10.50", "5.50", "10.00", "9.50"},
              {1500, "12.50", "7.50", "12.00", "11.50"},
              {10000, "55.00", "50.00", "54.50", "54.00"},
              {10001, "55.002", "20.002", "54.505", "54.002"},
              {25000, "85.00", "50.00", "84.80", "84.00"}};
  for (auto& r : rows) {
    EXPECT_EQ(*cumulative(graduated.components[0], r.q), m(r.g)) << r.q;
    EXPECT_EQ(*cumulative(volume.components[0], r.q), m(r.v)) << r.q;
    EXPECT_EQ(*cumulative(free.components[0], r.q), m(r.f)) << r.q;
    EXPECT_EQ(*cumulative(tier.components[0], r.q), m(r.t)) << r.q;
  }
}

TEST(Rating, OtherModels) {
  Plan package = plan_of(R"({"id":"p","kind":"metered","model":"package","amount":"5.00","size":100,"free_units":100})");
  std::pair<int, const char*> packages[] = {{0, "0"}, {100, "0"}, {101, "5"}, {200, "5"}, {201, "10"}, {301, "15"}};
  for (auto& [q, text] : packages) EXPECT_EQ(*cumulative(package.components[0], q), m(text));
  Plan percent = plan_of(R"({"id":"p","kind":"metered","meter":"money","model":"percentage","rate_bps":120,"fixed":"0.10"})");
  EXPECT_EQ(*cumulative(percent.components[0], m("50")), m("0.70"));
  Plan graduated = plan_of(
      R"({"id":"p","kind":"metered","meter":"money","model":"graduated_percentage","tiers":[{"up_to":10000000000,"rate_bps":1500},{"up_to":50000000000,"rate_bps":1200},{"up_to":null,"rate_bps":1000}]})");
  std::pair<const char*, const char*> fees[] = {{"5000", "750"}, {"10000", "1500"}, {"30000", "3900"}, {"60000", "7300"}};
  for (auto& [gross, fee] : fees) EXPECT_EQ(*cumulative(graduated.components[0], m(gross)), m(fee));
  Plan tokens = plan_of(
      R"({"id":"in","kind":"metered","meter":"input_token","unit_amount":"0.15","per":1000000},{"id":"out","kind":"metered","meter":"output_token","unit_amount":"0.60","per":1000000})");
  EXPECT_EQ(*cumulative(tokens.components[0], 1234567), 185185);
  EXPECT_EQ(*cumulative(tokens.components[1], 89012), 53407);
  Plan commitment = plan_of(R"({"id":"use","kind":"metered","unit_amount":"0.01"},{"id":"min","kind":"commitment","amount":"100.00"})");
  auto charges = preview(commitment, {{"use", 7325, 1}});
  EXPECT_EQ((*charges)[1].amount, m("26.75"));
  Plan variants = plan_of(
      R"({"id":"fast","kind":"metered","unit_amount":"0.001","dimensions":{"variant":"fast"}},{"id":"premium","kind":"metered","unit_amount":"0.02","dimensions":{"variant":"premium"}})");
  auto both = preview(variants, {{"fast", 600, 1}, {"premium", 600, 1}});
  EXPECT_EQ((*both)[0].amount + (*both)[1].amount, m("12.60"));
  for (auto [bps, price] : {std::pair{6000, "0.006"}, {10000, "0.01"}, {25000, "0.025"}}) {
    Plan p = plan_of(R"({"id":"x","kind":"metered","unit_amount":"0.01","multiplier_bps":)" + std::to_string(bps) + "}");
    EXPECT_EQ(*cumulative(p.components[0], 1), m(price));
  }
}

TEST(Rating, HardwareTime) {
  Plan p = plan_of(R"({"id":"gpu","kind":"metered","meter":"gpu_ms","unit_amount":"0.0014","per":1000,"granularity_ms":1000})");
  EXPECT_EQ(*cumulative(p.components[0], *billable(p.components[0], 37250)), m("0.0532"));
  Plan hour = plan_of(R"({"id":"cpu","kind":"metered","meter":"second","unit_amount":"0.033","per":3600})");
  std::pair<int, Micros> rows[] = {{1, 9}, {90, 825}, {3600, 33000}, {720 * 3600, m("23.76")}};
  for (auto& [s, micros] : rows) EXPECT_EQ(*cumulative(hour.components[0], s), micros);
}

TEST(Rating, PartitionDoesNotMatter) {
  Plan p = plan_of(R"({"id":"s","kind":"metered","meter":"second","unit_amount":"2.50","per":3600})");
  Counter c;
  FreePool pool;
  Micros first = *add(p.components[0], c, pool, 1), second = *add(p.components[0], c, pool, 1);
  EXPECT_EQ(first, 694);
  EXPECT_EQ(second, 695);
  for (int i = 2; i < 3600; ++i) ASSERT_TRUE(add(p.components[0], c, pool, 1));
  EXPECT_EQ(c.charged, 2'500'000);
  std::mt19937 rng(3);
  Plan graduated = plan_of(runs("graduated", "prepaid", 100));
  for (int round = 0; round < 50; ++round) {
    Counter k;
    FreePool f;
    Micros sum = 0;
    for (std::int64_t left = 25000; left > 0;) {
      std::int64_t d = std::min<std::int64_t>(left, 1 + rng() % 3000);
      Micros reserve = *dearest(graduated.components[0], k.paid, k.paid + d, d);
      Micros post = *add(graduated.components[0], k, f, d);
      EXPECT_GE(reserve, post);
      sum += post;
      left -= d;
    }
    EXPECT_EQ(sum, m("84.80"));
  }
}

TEST(Rating, Refusals) {
  EXPECT_NE(code_of(runs("volume", "prepaid", 0)).find("volume_needs_arrears"), std::string::npos);
  EXPECT_NE(
      code_of(
          R"({"id":"a","kind":"metered","model":"graduated","tiers":[{"up_to":10,"unit_amount":"1"},{"up_to":10,"unit_amount":"1"},{"up_to":null,"unit_amount":"1"}]})")
          .find("not_increasing"),
      std::string::npos);
  EXPECT_NE(code_of(R"({"id":"a","kind":"one_off","amount":50})").find("not_a_decimal_string"), std::string::npos);
  EXPECT_NE(code_of(R"({"id":"a","kind":"one_off","amount":"50.00","amuont":"1"})").find("unknown_field"), std::string::npos);
  Plan huge = plan_of(R"({"id":"a","kind":"metered","unit_amount":"9000000000000"})");
  EXPECT_EQ(cumulative(huge.components[0], std::int64_t{1} << 62).error().code, "overflow");
}

TEST(Rating, PriceText) {
  Plan p = plan_of(R"({"id":"licence","kind":"one_off","amount":"50.00"},)" + runs("graduated", "prepaid", 100));
  EXPECT_EQ(price_text(p), "50.00 USD once, then 0.01 USD per run after 100 free");
}

TEST(Splits, OneOff) {
  auto s = [](const char* total, std::vector<Wide> w, Micros q = 10'000) { return split_once(m(total), w, q); };
  EXPECT_EQ(s("100", {1, 1, 1}), (std::vector<Micros>{m("33.34"), m("33.33"), m("33.33")}));
  EXPECT_EQ(s("9.99", {20, 80}), (std::vector<Micros>{m("2.00"), m("7.99")}));
  EXPECT_EQ(s("0.01", {1, 1, 1}), (std::vector<Micros>{m("0.01"), 0, 0}));
  EXPECT_EQ(s("1001", {15, 85}, 1'000'000), (std::vector<Micros>{m("150"), m("851")}));
  EXPECT_EQ(s("50", {1500, 8500}), (std::vector<Micros>{m("7.50"), m("42.50")}));
  EXPECT_EQ(s("99.99", {1500, 8500}), (std::vector<Micros>{m("15"), m("84.99")}));
  EXPECT_EQ(s("8.50", {1, 1, 1}), (std::vector<Micros>{m("2.84"), m("2.83"), m("2.83")}));
  // Three refunds of the 55.00 order, weights = what each still holds.
  std::vector<Wide> left{m("7.50"), m("42.50"), m("5.00")};
  const char* expected[][3] = {{"1.36", "7.73", "0.91"}, {"1.36", "7.73", "0.91"}, {"4.78", "27.04", "3.18"}};
  const char* amounts[] = {"10", "10", "35"};
  for (int i = 0; i < 3; ++i) {
    auto parts = s(amounts[i], left);
    for (int k = 0; k < 3; ++k) {
      EXPECT_EQ(parts[static_cast<std::size_t>(k)], m(expected[i][k]));
      left[static_cast<std::size_t>(k)] -= parts[static_cast<std::size_t>(k)];
    }
  }
}

TEST(Splits, Running) {
  Micros fee = 0, gross = 0;
  std::vector<Micros> steps;
  for (int i = 0; i < 1000; ++i) {
    gross += 10;
    Micros now = *running_fee(gross, 1500);
    steps.push_back(now - fee);
    fee = now;
  }
  EXPECT_EQ(fee, 1500);
  EXPECT_EQ((std::vector<Micros>(steps.begin(), steps.begin() + 8)), (std::vector<Micros>{2, 1, 1, 2, 2, 1, 1, 2}));
  EXPECT_EQ(*running_fee(1'234'567, 1500), 185'185);
  std::int64_t chain[] = {1500, 2000};
  EXPECT_EQ(*running_split(35'000, chain), (std::vector<Micros>{5250, 7000, 22750}));
}

}  // namespace
}  // namespace kontor::metering
