// Money, time, ids and text: the worked numbers of the rounding rules, and the edges of each parser.
#include <gtest/gtest.h>

#include <set>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/money.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace kontor {

TEST(Money, ParsesOnlyPlainDecimals) {
  EXPECT_EQ(parse_amount("50.00").value(), 50'000'000);
  EXPECT_EQ(parse_amount("0.000001").value(), 1);
  EXPECT_EQ(parse_amount("9223372036854.775807").value(), INT64_MAX);
  EXPECT_EQ(parse_amount("-1.5", true).value(), -1'500'000);
  for (const char* bad : {"", "-1", "+1", "1.", ".5", "1.0000001", "1e3", " 1", "1,0", "01", "9223372036854.775808", "0x1", "--1", "１"})
    EXPECT_FALSE(parse_amount(bad)) << bad;
}

TEST(Money, FormatsTheCurrencysDigitsAndNoMoreThanNeeded) {
  EXPECT_EQ(format_amount(50'000'000, 2), "50.00");
  EXPECT_EQ(format_amount(1'234'567, 2), "1.234567");
  EXPECT_EQ(format_amount(1'234'500, 2), "1.2345");
  EXPECT_EQ(format_amount(-5'000, 2), "-0.005");
  EXPECT_EQ(format_amount(1'000'000, 0), "1");
}

TEST(Money, RoundsHalfEvenAndHalfUp) {
  EXPECT_EQ(mul_div_half_even(2'500'000, 1, 3600).value(), 694);
  EXPECT_EQ(mul_div_half_even(5, 1, 2).value(), 2);
  EXPECT_EQ(mul_div_half_even(7, 1, 2).value(), 4);
  EXPECT_EQ(mul_div_half_even(-5, 1, 2).value(), -2);
  EXPECT_EQ(round_half_up(2'686'425, 10'000).value(), 2'690'000);
  EXPECT_EQ(round_half_up(5'000, 10'000).value(), 10'000);
  EXPECT_EQ(round_half_up(-5'000, 10'000).value(), -10'000);
}

TEST(Time, RoundTrips) {
  EXPECT_EQ(rfc3339(parse_rfc3339("2026-02-01T00:00:00Z").value()), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(parse_rfc3339("2026-02-01T01:00:00+01:00").value(), parse_rfc3339("2026-02-01T00:00:00.0Z").value());
  EXPECT_FALSE(parse_rfc3339("2026-02-30T00:00"));
  EXPECT_FALSE(parse_rfc3339("2026-13-01T00:00:00Z"));
}

TEST(Ids, IncreaseWithinOneMillisecond) {
  Time now = Time::from_ms(1'700'000'000'000);
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    std::string id = new_id("ord_", now);
    EXPECT_TRUE(is_id(id, "ord_"));
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(Text, EncodingsRoundTripAndRefuseGarbage) {
  for (std::string s : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(from_base64(base64(s)).value(), s);
    EXPECT_EQ(from_base64url(base64url(s)).value(), s);
    EXPECT_EQ(from_hex(to_hex(s)).value(), s);
  }
  EXPECT_FALSE(from_base64("a"));
  EXPECT_FALSE(from_base64("a==="));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(percent_decode("%2"));
  EXPECT_EQ(percent_decode("a%2Fb+c").value(), "a/b+c");
  EXPECT_FALSE(valid_utf8("\xC0\x80"));
  EXPECT_FALSE(valid_utf8("\xED\xA0\x80"));
  EXPECT_TRUE(valid_utf8("模型 モデル 🚀"));
}

TEST(Text, NumbersHoldOrAreRefused) {
  EXPECT_EQ(parse_i64("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_i64("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_i64("-0"), 0);
  for (auto bad :
       {"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "--1", "+1", "-", "", " 1", "1x"})
    EXPECT_FALSE(parse_i64(bad)) << bad;
}

TEST(Json, WriterEscapesAndSeparates) {
  JsonWriter w;
  w.begin_object().field("a", "x\"\n{").key("b").begin_array().value(1).value("{").value(true).end_array().field("c", "\xFF").end_object();
  EXPECT_EQ(w.text(), "{\"a\":\"x\\\"\\n{\",\"b\":[1,\"{\",true],\"c\":\"\xEF\xBF\xBD\"}");
}

TEST(JsonText, EscapesEveryByteAtEveryPlace) {
  for (int c = 0; c < 128; ++c)
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x'), out;
      text[at] = static_cast<char>(c);
      append_json_string(out, text);
      std::string one(1, static_cast<char>(c));
      if (c == '"' || c == '\\')
        one = "\\" + one;
      else if (c == '\n')
        one = "\\n";
      else if (c == '\r')
        one = "\\r";
      else if (c == '\t')
        one = "\\t";
      else if (c == '\b')
        one = "\\b";
      else if (c == '\f')
        one = "\\f";
      else if (c < 32)
        one = std::string("\\u00") + "0123456789abcdef"[c >> 4] + "0123456789abcdef"[c & 15];
      EXPECT_EQ(out, '"' + std::string(at, 'x') + one + std::string(19 - at, 'x') + '"') << c << " at " << at;
    }
  std::string out;
  append_json_string(out, "12345678\xC3\xA4 12345678\xFF.");
  EXPECT_EQ(out, "\"12345678\xC3\xA4 12345678\xEF\xBF\xBD.\"");
}

TEST(Random, GivesNothingTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i)
    for (std::size_t n : {8, 16, 32, 100, 300}) EXPECT_TRUE(seen.insert(random_bytes(n)).second);
}

}  // namespace kontor
