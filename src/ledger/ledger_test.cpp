// Rules of posting against the in-memory store: vectors of marketplace.md 2.5, 10.1, 12.
#include <gtest/gtest.h>

#include <random>

#include "base/text.hpp"
#include "ledger/books.hpp"
#include "ledger/export.hpp"
#include "ledger/memory_store.hpp"

namespace kontor::ledger {
namespace {

struct NoUnit : UnitOfWork {};

struct Ledger : testing::Test {
  NoUnit unit;
  MemoryStore store;
  int n = 0;
  Leg leg(std::string debit, std::string credit, Micros amount, Flag flag = Flag::plain, std::string pending = {},
          std::int64_t expires = 0) {
    return {std::move(debit), std::move(credit), amount, "USD", flag, std::move(pending), expires};
  }
  Result<Posted> run(std::string kind, std::string id, std::vector<Leg> legs, Time at = {}) {
    return post(unit, store, {std::move(kind), std::move(id), "", at, std::move(legs), {}});
  }
  void fund(std::string party, Micros amount) {
    ASSERT_TRUE(run("fund", std::to_string(++n), {leg("asset:bank:main", account::wallet(party), amount)}));
  }
  Wide balance(std::string name) { return account_of(unit, store, name, "USD")->balance(); }
  Wide available(std::string name) { return account_of(unit, store, name, "USD")->available(); }
  std::string code(const Result<Posted>& r) { return r ? "created" : r.error().code; }
};

TEST_F(Ledger, DerivedIds) {
  EXPECT_EQ(to_hex(transfer_id("order.captured", "ord_1", 0)), "8d3ab6465e9a422f8966efe87b8dab3b");
  EXPECT_EQ(to_hex(transfer_id("usage", "gw-1|run-0001", 0)), "b659fa95c40b31f6b8ae3e8797ba78ba");
}

TEST_F(Ledger, AFactIsPostedOnce) {
  fund("alice", 10'000'000);
  auto first = run("order", "o1", {leg("liability:wallet:alice", "liability:escrow:o1", 3'000'000)});
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->existed);
  auto again = run("order", "o1", {leg("liability:wallet:alice", "liability:escrow:o1", 3'000'000)});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->existed);
  EXPECT_EQ(again->seq, first->seq);
  EXPECT_EQ(code(run("order", "o1", {leg("liability:wallet:alice", "liability:escrow:o1", 4'000'000)})), "exists_different");
  EXPECT_EQ(balance("liability:wallet:alice"), 7'000'000);
}

TEST_F(Ledger, ResultCodes) {
  fund("alice", 1'000'000);
  EXPECT_EQ(code(run("a", "1", {leg("liability:wallet:alice", "liability:escrow:x", 1'000'001)})), "insufficient_funds");
  EXPECT_EQ(code(run("a", "2", {leg("liability:wallet:alice", "liability:wallet:alice", 1)})), "same_account");
  EXPECT_EQ(code(run("a", "3", {leg("liability:wallet:alice", "liability:escrow:x", 0)})), "amount_invalid");
  EXPECT_EQ(code(run("a", "4", {leg("liability:pocket:alice", "liability:escrow:x", 1)})), "account_unknown");
  EXPECT_EQ(code(run("a", "5", {leg("liability:wallet:alice", "liability:escrow:x", 0, Flag::post, "no|such|0")})), "pending_unknown");
  store.rows["USD liability:wallet:alice"].closed = true;
  EXPECT_EQ(code(run("a", "6", {leg("liability:wallet:alice", "liability:escrow:x", 1)})), "account_closed");
  // A chain is all or none: the second leg fails, the first leaves nothing.
  fund("bob", 1'000'000);
  EXPECT_EQ(
      code(run("a", "7",
               {leg("liability:wallet:bob", "liability:escrow:x", 900'000), leg("liability:wallet:bob", "liability:escrow:x", 200'000)})),
      "insufficient_funds");
  EXPECT_EQ(balance("liability:wallet:bob"), 1'000'000);
  EXPECT_EQ(balance("liability:escrow:x"), 0);
}

TEST_F(Ledger, TwoPhases) {
  fund("alice", 5'000'000);
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(run("hold", "h" + std::to_string(i), {leg("liability:wallet:alice", "liability:escrow:s", 2'000'000, Flag::pending)}));
  EXPECT_EQ(code(run("hold", "h2", {leg("liability:wallet:alice", "liability:escrow:s", 2'000'000, Flag::pending)})), "insufficient_funds");
  EXPECT_EQ(available("liability:wallet:alice"), 1'000'000);
  auto post_leg = [&](Micros amount, std::string pending) {
    return leg("liability:wallet:alice", "liability:escrow:s", amount, Flag::post, std::move(pending));
  };
  EXPECT_EQ(code(run("capture", "h0", {post_leg(2'000'001, "hold|h0|0")})), "exceeds_pending");
  ASSERT_TRUE(run("capture", "h0",
                  {post_leg(1'234'567, "hold|h0|0"), leg("liability:escrow:s", "income:platform_fee", 185'185),
                   leg("liability:escrow:s", "liability:payable:bob:pending", 1'049'382)}));
  EXPECT_EQ(code(run("capture", "h0-again", {post_leg(1, "hold|h0|0")})), "already_posted");
  ASSERT_TRUE(run("void", "h1", {leg("liability:wallet:alice", "liability:escrow:s", 0, Flag::void_, "hold|h1|0")}));
  EXPECT_EQ(code(run("capture", "h1", {post_leg(1, "hold|h1|0")})), "already_voided");
  EXPECT_EQ(balance("liability:wallet:alice"), 3'765'433);
  EXPECT_EQ(available("liability:wallet:alice"), 3'765'433);
  EXPECT_EQ(balance("liability:escrow:s"), 0);
  ASSERT_TRUE(run("hold", "h3", {leg("liability:wallet:alice", "liability:escrow:s", 1, Flag::pending, {}, 1000)}));
  EXPECT_EQ(code(run("capture", "h3", {post_leg(1, "hold|h3|0")}, Time{1000})), "expired");
}

TEST_F(Ledger, PendingAndPostInOneChainLeaveNoEscrowRow) {
  fund("alice", 55'000'000);
  Transaction t{"order.captured",
                "ord_1",
                "ord_1",
                {},
                {leg("liability:wallet:alice", "liability:escrow:ord_1", 50'000'000, Flag::pending),
                 leg("liability:wallet:alice", "liability:escrow:ord_1", 50'000'000, Flag::post, "order.captured|ord_1|0"),
                 leg("liability:escrow:ord_1", "income:platform_fee", 7'500'000),
                 leg("liability:escrow:ord_1", "liability:payable:bob:pending", 42'500'000)},
                {}};
  ASSERT_TRUE(post(unit, store, t, {true, {"liability:escrow:ord_1"}}));
  EXPECT_FALSE(store.rows.contains("USD liability:escrow:ord_1"));
  EXPECT_EQ(balance("liability:payable:bob:pending"), 42'500'000);
  EXPECT_EQ(decode_legs(encode_legs(t.legs)), t.legs);
  Projection p;
  ASSERT_TRUE(p.advance(unit, store));
  EXPECT_EQ(p.open_pendings(), 0u);
  EXPECT_EQ(p.totals().at("USD income:platform_fee").balance(), 7'500'000);
  EXPECT_EQ(p.totals().at("USD liability:escrow:ord_1").balance(), 0);
  Projection brief(true);
  ASSERT_TRUE(brief.advance(unit, store));
  EXPECT_FALSE(brief.totals().contains("USD liability:escrow:ord_1"));
  // One that still holds something stays.
  ASSERT_TRUE(run("order.captured", "ord_2", {leg("liability:wallet:alice", "liability:escrow:ord_2", 1'000'000)}));
  ASSERT_TRUE(brief.advance(unit, store));
  EXPECT_EQ(brief.totals().at("USD liability:escrow:ord_2").balance(), 1'000'000);
  ASSERT_TRUE(run("order.released", "ord_2", {leg("liability:escrow:ord_2", "liability:payable:bob:pending", 1'000'000)}));
  ASSERT_TRUE(brief.advance(unit, store));
  EXPECT_FALSE(brief.totals().contains("USD liability:escrow:ord_2"));
  EXPECT_EQ(brief.totals().at("USD liability:payable:bob:pending").balance(), 43'500'000);
}

TEST_F(Ledger, TotalsAreWide) {
  // Two amounts of 2^63 - 1 need more than 64 bits.
  Micros most = std::numeric_limits<Micros>::max();
  fund("alice", most);
  fund("alice", most);
  EXPECT_EQ(balance("liability:wallet:alice"), Wide(most) * 2);
  EXPECT_EQ(parse_wide(wide_text(Wide(most) * -2)), Wide(most) * -2);
}

TEST_F(Ledger, RandomChainsKeepTheBooksBalanced) {
  std::mt19937 rng(7);
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(account::wallet("p" + std::to_string(i)));
  names.push_back("income:platform_fee");
  names.push_back("asset:bank:main");
  for (int i = 0; i < 3000; ++i) {
    std::vector<Leg> legs;
    for (unsigned k = 0; k <= rng() % 3; ++k)
      legs.push_back(leg(names[rng() % names.size()], names[rng() % names.size()], static_cast<Micros>(rng() % 1000),
                         rng() % 4 ? Flag::plain : Flag::pending));
    (void)run("r", std::to_string(i), std::move(legs));
  }
  Projection p;
  ASSERT_TRUE(p.advance(unit, store));
  Wide debits = 0, credits = 0, dp = 0, cp = 0;
  for (auto& [key, a] : p.totals()) {
    debits += a.debits_posted, credits += a.credits_posted, dp += a.debits_pending, cp += a.credits_pending;
    if (!a.chart.guarded) continue;
    const Account& row = store.rows.at(key);
    EXPECT_GE(row.available(), 0);
    EXPECT_EQ(row.debits_posted, a.debits_posted);
    EXPECT_EQ(row.credits_pending, a.credits_pending);
  }
  EXPECT_EQ(debits, credits);
  EXPECT_EQ(dp, cp);
}

TEST_F(Ledger, Export) {
  Transaction t{"order.captured",
                "ord_1",
                "ord_1",
                Time::from_seconds(1769904000),
                {leg("liability:wallet:pty_a", "income:platform_fee", 7'500'000)},
                {}};
  Exporter h(Format::hledger, [](std::string_view) { return std::string("alice_x"); });
  EXPECT_EQ(h.text(t),
            "2026-02-01 * (ord_1) order.captured\n  liability:wallet:alice_x  7.500000 USD\n  income:platform_fee  -7.500000 USD\n\n");
  Exporter b(Format::beancount, [](std::string_view) { return std::string("alice"); });
  EXPECT_EQ(b.text(t),
            "1970-01-01 open Liabilities:Wallet:P-alice\n1970-01-01 open Income:Platform-fee\n2026-02-01 * \"order.captured\" \"ord_1\"\n"
            "  Liabilities:Wallet:P-alice  7.500000 USD\n  Income:Platform-fee  -7.500000 USD\n\n");
}

}  // namespace
}  // namespace kontor::ledger
