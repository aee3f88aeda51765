// Decimal amounts: what is read and written again is the same amount, with any number of digits; arithmetic keeps to 64 bits.
#include "base/money.hpp"

#include <algorithm>
#include <cstring>

using namespace kontor;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto micros = parse_amount(text, true)) {
    for (int digits = 0; digits <= 6; ++digits) {
      auto again = parse_amount(format_amount(*micros, digits), true);
      KT_ASSERT(again && *again == *micros);
      if (auto rounded = round_half_up(*micros, quantum(digits))) KT_ASSERT(*rounded % quantum(digits) == 0);
    }
    KT_ASSERT(parse_amount(text).has_value() == (text.front() != '-'));
  }
  std::int64_t n[3] = {};
  std::memcpy(n, data, std::min(size, sizeof n));
  (void)format_amount(n[0], 2);
  if (n[2] > 0) (void)mul_div_half_even(n[0], n[1], n[2]);
  (void)currency_digits(text);
  return 0;
}
