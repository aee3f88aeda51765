// Who is believed about who called: ranges, forwarded addresses as proxies write them, and what a caller may write himself.
#include "io/address_ranges.hpp"

#include <gtest/gtest.h>

#include "io/web_client.hpp"

namespace kontor::io {
namespace {

AddressRanges ranges(const std::vector<std::string>& texts) { return AddressRanges::parse(texts).value(); }

TEST(AddressRanges, Contain) {
  auto some = ranges({"10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "::1"});
  for (auto in : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "::ffff:10.1.2.3", "2001:db8:7fff::1", "::1"})
    EXPECT_TRUE(some.contains(in)) << in;
  for (auto out : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "2001:db8:8000::1", "::2", "", "10.0.0", "10.0.0.1 ", "a"})
    EXPECT_FALSE(some.contains(out)) << out;
  EXPECT_TRUE(ranges({"0.0.0.0/0"}).contains("203.0.113.9"));
  EXPECT_FALSE(ranges({"0.0.0.0/0"}).contains("2001:db8::1"));
  EXPECT_TRUE(ranges({"::/0"}).contains("203.0.113.9"));
  EXPECT_TRUE(ranges({"10.1.2.3/8"}).contains("10.9.9.9")) << "bits after the prefix do not count";
  EXPECT_FALSE(ranges({}).contains("10.0.0.1"));
}

TEST(AddressRanges, RefuseWhatIsNone) {
  for (auto wrong : {"", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "localhost", "10.0.0.0 /8", "10.0.0"})
    EXPECT_EQ(AddressRanges::parse({wrong}).error().code, "bad_address") << wrong;
}

TEST(Sender, IsThePeerUnlessAProxyIsTrusted) {
  EXPECT_EQ(sender("203.0.113.9", {"198.51.100.1"}, {}), "203.0.113.9");
  EXPECT_EQ(sender("203.0.113.9", {"198.51.100.1"}, ranges({"127.0.0.1"})), "203.0.113.9");
  EXPECT_EQ(sender("127.0.0.1", {}, ranges({"127.0.0.1"})), "127.0.0.1");
  EXPECT_EQ(sender("", {"198.51.100.1"}, ranges({"::/0"})), "") << "a Unix socket";
}

TEST(Sender, IsTheLastThatNoProxyOfOursIs) {
  auto ours = ranges({"127.0.0.1", "10.0.0.0/8"});
  EXPECT_EQ(sender("127.0.0.1", {"198.51.100.1"}, ours), "198.51.100.1");
  EXPECT_EQ(sender("127.0.0.1", {"1.1.1.1, 198.51.100.1, 10.0.0.7"}, ours), "198.51.100.1") << "the first is the caller's own word";
  EXPECT_EQ(sender("127.0.0.1", {"1.1.1.1", "198.51.100.1", "10.0.0.7"}, ours), "198.51.100.1");
  EXPECT_EQ(sender("127.0.0.1", {"1.1.1.1, 198.51.100.1:4711"}, ours), "198.51.100.1");
  EXPECT_EQ(sender("127.0.0.1", {"[2001:db8::1]:4711"}, ours), "2001:db8::1");
  EXPECT_EQ(sender("127.0.0.1", {"2001:DB8::1"}, ours), "2001:db8::1");
  EXPECT_EQ(sender("::ffff:127.0.0.1", {"198.51.100.1"}, ours), "198.51.100.1");
  EXPECT_EQ(sender("127.0.0.1", {"10.0.0.8, 10.0.0.7"}, ours), "10.0.0.8") << "a call from inside";
}

TEST(Sender, StopsAtWhatItCannotRead) {
  auto ours = ranges({"127.0.0.1", "10.0.0.0/8"});
  for (auto text : {"198.51.100.1, unknown, 10.0.0.7", "198.51.100.1, , 10.0.0.7", "198.51.100.1, [::1, 10.0.0.7", "1.1.1.1;, 10.0.0.7"})
    EXPECT_EQ(sender("127.0.0.1", {text}, ours), "10.0.0.7") << text;
  EXPECT_EQ(sender("127.0.0.1", {""}, ours), "127.0.0.1");
}

TEST(CountedAs, TakesTheSubnetOfOneCaller) {
  EXPECT_EQ(counted_as("198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(counted_as("::ffff:198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(counted_as("2001:db8:1:2:3:4:5:6"), counted_as("2001:db8:1:2:ffff::1"));
  EXPECT_NE(counted_as("2001:db8:1:2::1"), counted_as("2001:db8:1:3::1"));
  EXPECT_EQ(counted_as(""), "");
}

TEST(WebClientAddresses, WhatIsNotPublic) {
  for (auto inside : {"0.0.0.0",
                      "0.255.255.255",
                      "10.0.0.0",
                      "10.255.255.255",
                      "100.64.0.0",
                      "100.127.255.255",
                      "127.0.0.1",
                      "169.254.169.254",
                      "172.16.0.0",
                      "172.31.255.255",
                      "192.0.0.1",
                      "192.0.2.255",
                      "192.88.99.1",
                      "192.168.255.255",
                      "198.18.0.0",
                      "198.19.255.255",
                      "198.51.100.9",
                      "203.0.113.9",
                      "224.0.0.1",
                      "239.255.255.255",
                      "240.0.0.0",
                      "255.255.255.255",
                      "::",
                      "::1",
                      "::7f00:1",
                      "::ffff:10.0.0.1",
                      "::ffff:127.0.0.1",
                      "64:ff9b::a00:1",
                      "2002:a00:1::",
                      "2001:0:1::",
                      "fc00::1",
                      "fe80::1",
                      "ff02::1",
                      "4000::1",
                      "",
                      "localhost",
                      "10.0.0"})
    EXPECT_TRUE(is_private_address(inside)) << inside;
  for (auto outside : {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",       "100.63.255.255",       "100.128.0.0",  "126.255.255.255",
                       "128.0.0.0",       "169.253.255.255", "172.15.255.255", "172.32.0.0",           "192.0.1.0",    "192.0.3.0",
                       "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",           "198.51.101.0", "203.0.114.0",
                       "223.255.255.255", "::ffff:8.8.8.8",  "2001:1::1",      "2001:4860:4860::8888", "2003::1",      "3fff:ffff::1"})
    EXPECT_FALSE(is_private_address(outside)) << outside;
}

TEST(WebClientAddresses, PrivateOnesOnlyWhereListed) {
  WebClient none{AddressRanges()}, some(ranges({"10.1.0.0/16"}));
  EXPECT_FALSE(none.address_allowed("10.1.2.3"));
  EXPECT_TRUE(some.address_allowed("10.1.2.3"));
  EXPECT_FALSE(some.address_allowed("10.2.2.3"));
  EXPECT_FALSE(some.address_allowed("169.254.169.254"));
  EXPECT_TRUE(none.address_allowed("8.8.8.8"));
}

}  // namespace
}  // namespace kontor::io
