// Limits on tries by key.
#include "identity/attempts.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace kontor::identity {

TEST(Attempts, AKeyWaitsAfterItsLastTryUntilTheWindowEnds) {
  Attempts a(3, 60);
  Time t = Time::from_seconds(1000);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(a.take("anna", t));
  EXPECT_EQ(a.take("anna", t).value_or(0), 60);
  EXPECT_FALSE(a.take("bert", t));
  EXPECT_EQ(a.take("anna", Time::from_seconds(1059)).value_or(0), 1);
  EXPECT_FALSE(a.take("anna", Time::from_seconds(1060)));
  EXPECT_FALSE(a.take("anna", Time::from_seconds(1061)));
}

TEST(Attempts, SuccessForgetsOrGivesBack) {
  Attempts a(2, 60);
  Time t = Time::from_seconds(1000);
  EXPECT_FALSE(a.take("anna", t));
  EXPECT_FALSE(a.take("anna", t));
  EXPECT_TRUE(a.take("anna", t));
  a.give_back("anna");
  EXPECT_FALSE(a.take("anna", t));
  EXPECT_TRUE(a.take("anna", t));
  a.forget("anna");
  EXPECT_FALSE(a.take("anna", t));
  a.give_back("anna");
  a.give_back("anna");
  a.give_back("nobody");
  EXPECT_FALSE(a.take("anna", t));
  EXPECT_FALSE(a.take("anna", t));
  EXPECT_TRUE(a.take("anna", t)) << "what was not taken cannot be given back";
}

TEST(Attempts, TriesAtTheSameMomentDoNotPassTogether) {
  Attempts a(10, 60);
  Time t = Time::from_seconds(1000);
  std::atomic<int> passed{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      for (int n = 0; n < 1000; ++n)
        if (!a.take("anna", t)) ++passed;
    });
  for (auto& c : callers) c.join();
  EXPECT_EQ(passed, 10);
}

TEST(Attempts, ManyKeysDoNotMakeRoom) {
  Attempts a(1, 60);
  Time t = Time::from_seconds(1000);
  EXPECT_FALSE(a.take("anna", t));
  for (int i = 0; i < 120'000; ++i) (void)a.take("x" + std::to_string(i), t);
  EXPECT_TRUE(a.take("anna", t));
  // Once the window is over they go, and there is room again.
  Time later = Time::from_seconds(2000);
  EXPECT_FALSE(a.take("carl", later));
  EXPECT_TRUE(a.take("carl", later));
}

}  // namespace kontor::identity
