// What the catalogue says of a repository for sale, worked out from its offers.
#pragma once
#include <utility>
#include <vector>

#include "market/model.hpp"
#include "repository/catalogue.hpp"

namespace kontor::market {

// Of the published listing and the public offers that can be bought now, oldest first, each with what it costs (metering::entry_price).
// The cheapest of each currency counts; where no currency is asked for, that of the currency of the oldest offer is shown: what one
// currency is worth in another is not known here.
repository::Sale sale_of(const Listing& listing, const std::vector<std::pair<Offer, Micros>>& offers);

}  // namespace kontor::market
