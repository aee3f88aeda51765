// One field of a CSV file (RFC 4180). What people wrote cannot become a formula in the spreadsheet that opens it: such texts get an
// apostrophe in front.
#pragma once
#include <string>
#include <string_view>

namespace kontor::codec {

std::string csv_field(std::string_view text);

}  // namespace kontor::codec
