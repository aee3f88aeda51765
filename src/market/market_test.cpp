// Rules that need no store: references of bank transfers (marketplace.md 15.2), state machines (3, 6.2).
#include <gtest/gtest.h>

#include "market/market.hpp"

namespace kontor::market {
namespace {

TEST(CreditorReference, Vectors) {
  EXPECT_TRUE(valid_creditor_reference("RF18539007547034"));
  EXPECT_TRUE(valid_creditor_reference("RF37ORD00000001"));
  EXPECT_EQ(creditor_reference("539007547034"), "RF18539007547034");
  EXPECT_EQ(creditor_reference("ord00000001"), "RF37ORD00000001");
}

TEST(CreditorReference, AnySingleChangedDigitIsFound) {
  for (std::string reference : {"RF18539007547034", "RF37ORD00000001"})
    for (std::size_t i = 2; i < reference.size(); ++i)
      for (char d = '0'; d <= '9'; ++d) {
        if (reference[i] < '0' || reference[i] > '9' || reference[i] == d) continue;
        std::string changed = reference;
        changed[i] = d;
        EXPECT_FALSE(valid_creditor_reference(changed)) << changed;
      }
}

TEST(States, TerminalStatesStay) {
  for (ListingEvent e : {ListingEvent::submit, ListingEvent::approve, ListingEvent::reject, ListingEvent::suspend, ListingEvent::reinstate,
                         ListingEvent::retire})
    EXPECT_FALSE(next(ListingState::retired, e));
  for (OrderEvent e :
       {OrderEvent::deliver, OrderEvent::accept, OrderEvent::reject, OrderEvent::cancel, OrderEvent::refund_in_full, OrderEvent::resolve}) {
    EXPECT_FALSE(next(OrderState::refunded, e));
    EXPECT_FALSE(next(OrderState::cancelled, e));
  }
}

TEST(States, OnlyListedTransitionsOccur) {
  int found = 0;
  for (ListingState s :
       {ListingState::draft, ListingState::in_review, ListingState::published, ListingState::suspended, ListingState::retired})
    for (ListingEvent e : {ListingEvent::submit, ListingEvent::approve, ListingEvent::reject, ListingEvent::suspend,
                           ListingEvent::reinstate, ListingEvent::retire})
      found += next(s, e).has_value();
  EXPECT_EQ(found, 7);
  EXPECT_EQ(next(ListingState::in_review, ListingEvent::reject), ListingState::draft);
  EXPECT_EQ(next(OrderState::delivered, OrderEvent::reject), OrderState::disputed);
}

}  // namespace
}  // namespace kontor::market
