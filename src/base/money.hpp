// Money: integer micro-units (10^-6 of the currency's major unit) of one currency. Never floating point.
// Currency digits: ISO 4217 exponent e; the quantum of documents and payments is 10^(6-e) micros.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kontor {

using Micros = std::int64_t;
using Wide = __int128;  // intermediates of every multiplication and running totals

struct Money {
  Micros micros = 0;
  std::string currency;  // "USD"
  bool operator==(const Money&) const = default;
};

// Fraction digits of a currency we trade in: USD, EUR, CNY 2; JPY 0; KWD 3. Errors: invalid (currency_unknown).
Result<int> currency_digits(std::string_view currency);
std::span<const std::string_view> currencies();  // all of them, by name
Micros quantum(int digits);

// Decimal text -> micros: at most 6 fraction digits, no exponent, no plus sign, no blanks; minus only where allowed.
// Errors: invalid (invalid_amount).
Result<Micros> parse_amount(std::string_view text, bool allow_negative = false);
// At least `digits` fraction digits, more (up to 6) where the rest is not zero.
std::string format_amount(Wide micros, int digits);
std::string format_money(const Money& m);  // "50.00 USD"

// value * numerator / denominator, half to even; denominator > 0. nullopt when the result leaves 64 bits.
Result<Micros> mul_div_half_even(Wide value, Wide numerator, Wide denominator);
// Away from zero at half, to a multiple of `quantum_micros` (rule R2).
Result<Micros> round_half_up(Wide value, Micros quantum_micros);
Result<Micros> narrow(Wide value);  // errors: invalid (overflow)

}  // namespace kontor
