// A repository as a card of a list, the same in the catalogue, on home, in search and on a profile.
#pragma once
#include "protocols/pages/pages.hpp"

namespace kontor::pages {

Html repository_card(const View& v, const market::CatalogueEntry& e);
Html card_grid(const View& v, const std::vector<market::CatalogueEntry>& entries);
// One line for a narrow list: name, price, activity.
Html repository_line(const View& v, const market::CatalogueEntry& e);
// What these and the signs look like in their states, for /design.
Html design_parts(const View& v);
// A place in a list as the "cursor" of an address, and back; nothing where the text is none of ours.
std::string cursor_of(const std::pair<std::string, std::string>& place);
std::optional<std::pair<std::string, std::string>> place_of(std::string_view cursor);

}  // namespace kontor::pages
