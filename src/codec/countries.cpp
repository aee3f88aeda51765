#include "codec/countries.hpp"

#include <unicode/locid.h>

#include <algorithm>

namespace kontor::codec {

const std::vector<std::string>& country_codes() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const char* const* one = icu::Locale::getISOCountries(); *one; ++one) out.emplace_back(*one);
    std::sort(out.begin(), out.end());
    return out;
  }();
  return all;
}

bool is_country_code(std::string_view code) {
  const auto& all = country_codes();
  return std::binary_search(all.begin(), all.end(), code);
}

}  // namespace kontor::codec
