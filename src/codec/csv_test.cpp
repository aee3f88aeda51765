// Fields of CSV files.
#include "codec/csv.hpp"

#include <gtest/gtest.h>

namespace kontor::codec {

TEST(Csv, FieldsStayOneField) {
  EXPECT_EQ(csv_field("plain 日本"), "plain 日本");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"no\"\n"), "\"say \"\"no\"\"\n\"");
  EXPECT_EQ(csv_field(""), "");
}

TEST(Csv, TextsOfOthersAreNoFormulas) {
  for (const char* text : {"=1+1", "+49 30", "-5", "@SUM(A1)", "\tx"}) EXPECT_EQ(csv_field(text), "\"'" + std::string(text) + "\"");
}

}  // namespace kontor::codec
