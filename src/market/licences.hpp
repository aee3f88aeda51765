// Licences that listings and offers name. Texts of our own are here in full; of well-known licences only the name and the official
// address of the text, which is what the buyer's agreement then refers to.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace kontor::market {

struct Licence {
  std::string_view id, name, url;  // url: empty for texts of our own
  std::string text;                // what is agreed to, and hashed
  std::string hash() const;        // "sha256:<hex>" of the text
};

const std::vector<Licence>& licences();
const Licence* find_licence(std::string_view id);

}  // namespace kontor::market
