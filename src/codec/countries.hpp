// Countries by their ISO 3166-1 alpha-2 codes, as ICU knows them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace kontor::codec {

const std::vector<std::string>& country_codes();  // sorted
bool is_country_code(std::string_view code);

}  // namespace kontor::codec
