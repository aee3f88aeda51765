// Limits on tries by key.
#include "identity/attempts.hpp"

#include <gtest/gtest.h>

namespace kontor::identity {

TEST(Attempts, AKeyWaitsAfterItsLastTryUntilTheWindowEnds) {
  Attempts a(3, 60);
  Time t = Time::from_seconds(1000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(a.wait("anna", t));
    a.count("anna", t);
  }
  EXPECT_EQ(a.wait("anna", t).value_or(0), 60);
  EXPECT_FALSE(a.wait("bert", t));
  EXPECT_EQ(a.wait("anna", Time::from_seconds(1059)).value_or(0), 1);
  EXPECT_FALSE(a.wait("anna", Time::from_seconds(1060)));
  a.count("anna", Time::from_seconds(1060));
  EXPECT_FALSE(a.wait("anna", Time::from_seconds(1060)));
}

TEST(Attempts, SuccessForgets) {
  Attempts a(1, 60);
  Time t = Time::from_seconds(1000);
  a.count("anna", t);
  EXPECT_TRUE(a.wait("anna", t));
  a.forget("anna");
  EXPECT_FALSE(a.wait("anna", t));
}

TEST(Attempts, ManyKeysDoNotMakeRoom) {
  Attempts a(1, 60);
  Time t = Time::from_seconds(1000);
  a.count("anna", t);
  for (int i = 0; i < 120'000; ++i) a.count("x" + std::to_string(i), t);
  EXPECT_TRUE(a.wait("anna", t));
  // Once the window is over they go, and there is room again.
  Time later = Time::from_seconds(2000);
  a.count("carl", later);
  EXPECT_TRUE(a.wait("carl", later));
}

}  // namespace kontor::identity
