#include "content/grant.hpp"

#include <gtest/gtest.h>

namespace kontor::content {

TEST(Grant, ComesBackAsItWasGiven) {
  GrantSigner signer(std::string(32, 'k'));
  Grant g{"data", "repo", "pty_1", true, "GET abc 0-99,200-300", 2000};
  std::string text = signer.seal(g);
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."), std::string::npos);
  auto back = signer.open(text, "data", Time::from_seconds(1999));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->repository_id, "repo");
  EXPECT_EQ(back->party, "pty_1");
  EXPECT_EQ(back->object, g.object);
  EXPECT_TRUE(back->write);
}

TEST(Grant, IsRefusedAfterItsTimeForAnotherPurposeOrChanged) {
  GrantSigner signer(std::string(32, 'k')), other(std::string(32, 'l'));
  std::string text = signer.seal({"data", "repo", "", false, "x", 2000});
  EXPECT_EQ(signer.open(text, "data", Time::from_seconds(2000)).error().code, "grant_expired");
  EXPECT_EQ(signer.open(text, "xet", Time::from_seconds(1)).error().code, "bad_grant");
  EXPECT_FALSE(other.open(text, "data", Time::from_seconds(1)));
  EXPECT_FALSE(signer.open("", "data", Time::from_seconds(1)));
  EXPECT_FALSE(signer.open(".", "data", Time::from_seconds(1)));
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(signer.open(changed, "data", Time::from_seconds(1))) << i;
  }
}

}  // namespace kontor::content
