// A repository as a card of a list, the same in the catalogue, on home, in search and on a profile.
#pragma once
#include "protocols/pages/pages.hpp"

namespace kontor::pages {

Html repository_card(const View& v, const market::CatalogueEntry& e);
Html card_grid(const View& v, const std::vector<market::CatalogueEntry>& entries);
// One line for a narrow list: name, price, activity.
Html repository_line(const View& v, const market::CatalogueEntry& e);
Html kind_count(const View& v, std::string_view label, std::int64_t n);

}  // namespace kontor::pages
