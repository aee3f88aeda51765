#include "codec/calendar.hpp"

#include <gtest/gtest.h>

namespace kontor::codec {
namespace {

Time at(std::string_view text) { return parse_rfc3339(text).value(); }

TEST(Calendar, Zones) {
  EXPECT_TRUE(known_zone("UTC"));
  EXPECT_TRUE(known_zone("Asia/Tokyo"));
  EXPECT_TRUE(known_zone("America/New_York"));
  EXPECT_FALSE(known_zone(""));
  EXPECT_FALSE(known_zone("Mars/Olympus"));
  EXPECT_FALSE(known_zone("Asia/Tokyo\nX"));
}

TEST(Calendar, DaysOfAZone) {
  EXPECT_EQ(local_day(at("2026-01-31T14:59:59Z"), "Asia/Tokyo"), "2026-01-31");
  EXPECT_EQ(local_day(at("2026-01-31T15:00:00Z"), "Asia/Tokyo"), "2026-02-01");
  EXPECT_EQ(local_day(at("2026-01-31T15:00:00Z"), "UTC"), "2026-01-31");
  EXPECT_EQ(local_day(at("2026-02-01T04:59:59Z"), "America/New_York"), "2026-01-31");
  EXPECT_EQ(rfc3339(day_start(at("2026-02-01T04:59:59Z"), "America/New_York")), rfc3339(at("2026-01-31T05:00:00Z")));
  EXPECT_EQ(parse_day("2026-02-01", "Asia/Tokyo").value(), at("2026-01-31T15:00:00Z"));
  EXPECT_FALSE(parse_day("2026-02-29", "UTC"));
  EXPECT_TRUE(parse_day("2028-02-29", "UTC"));
  for (auto bad : {"2026-2-01", "2026-02-1x", "20260201", "2026-13-01", "2026-00-10", "1969-12-31", "2201-01-01", "9999-12-31", ""})
    EXPECT_FALSE(parse_day(bad, "UTC")) << bad;
}

TEST(Calendar, DaysWithAChangeOfClocks) {
  // 2026-03-08 in New York has 23 hours, 2026-11-01 has 25.
  auto length = [](std::string_view day, std::string_view next) {
    return (parse_day(next, "America/New_York")->ns - parse_day(day, "America/New_York")->ns) / 3'600'000'000'000;
  };
  EXPECT_EQ(length("2026-03-08", "2026-03-09"), 23);
  EXPECT_EQ(length("2026-11-01", "2026-11-02"), 25);
  EXPECT_EQ(length("2026-03-10", "2026-03-11"), 24);
}

TEST(Calendar, Months) {
  auto february = parse_month("2026-02", "Asia/Tokyo").value();
  EXPECT_EQ(february.from, at("2026-01-31T15:00:00Z"));
  EXPECT_EQ(february.to, at("2026-02-28T15:00:00Z"));
  EXPECT_EQ(parse_month("2026-12", "UTC")->to, at("2027-01-01T00:00:00Z"));
  EXPECT_EQ(parse_month("2200-12", "UTC")->to, at("2200-12-31T00:00:00Z").plus_ms(86'400'000));
  for (auto bad : {"2026-13", "1969-12", "2201-01", "9999-12"}) EXPECT_FALSE(parse_month(bad, "UTC")) << bad;
  EXPECT_EQ(add_months(at("2026-01-31T09:30:00.123456789Z"), 1, "UTC"), at("2026-02-28T09:30:00.123456789Z"));
  EXPECT_EQ(add_months(at("2028-01-31T00:00:00Z"), 1, "UTC"), at("2028-02-29T00:00:00Z"));
  // 31 Jan in Tokyo is still 30 Jan in UTC: the zone decides.
  EXPECT_EQ(add_months(at("2026-01-30T15:00:00Z"), 1, "Asia/Tokyo"), at("2026-02-27T15:00:00Z"));
  EXPECT_EQ(add_months(at("2026-03-31T00:00:00Z"), -1, "UTC"), at("2026-02-28T00:00:00Z"));
}

}  // namespace
}  // namespace kontor::codec
