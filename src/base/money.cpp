#include "base/money.hpp"

#include <limits>

namespace kontor {

Result<int> currency_digits(std::string_view c) {
  if (c == "USD" || c == "EUR" || c == "CNY") return 2;
  if (c == "JPY") return 0;
  if (c == "KWD") return 3;
  return fail(Errc::invalid, "currency_unknown", "The currency must be one of USD, EUR, CNY, JPY, KWD.");
}

std::span<const std::string_view> currencies() {
  static constexpr std::string_view all[] = {"CNY", "EUR", "JPY", "KWD", "USD"};
  return all;
}

Micros quantum(int digits) {
  Micros q = 1;
  for (int i = digits; i < 6; ++i) q *= 10;
  return q;
}

Result<Micros> parse_amount(std::string_view text, bool allow_negative) {
  auto bad = [] {
    return fail(Errc::invalid, "invalid_amount", "An amount is a decimal string such as \"12.50\" with at most 6 fraction digits.");
  };
  bool negative = false;
  if (!text.empty() && text.front() == '-') {
    if (!allow_negative) return bad();
    negative = true;
    text.remove_prefix(1);
  }
  std::size_t dot = text.find('.');
  std::string_view whole = text.substr(0, dot);
  std::string_view frac = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  if (whole.empty() || whole.size() > 13 || (dot != std::string_view::npos && (frac.empty() || frac.size() > 6))) return bad();
  if (whole.size() > 1 && whole.front() == '0') return bad();
  Wide value = 0;
  for (char c : whole) {
    if (c < '0' || c > '9') return bad();
    value = value * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < 6; ++i) {
    int d = 0;
    if (i < frac.size()) {
      if (frac[i] < '0' || frac[i] > '9') return bad();
      d = frac[i] - '0';
    }
    value = value * 10 + d;
  }
  if (value > std::numeric_limits<Micros>::max()) return bad();
  if (negative) value = -value;
  return static_cast<Micros>(value);
}

std::string format_amount(Wide micros, int digits) {
  bool negative = micros < 0;
  unsigned __int128 v = negative ? -static_cast<unsigned __int128>(micros) : static_cast<unsigned __int128>(micros);
  unsigned __int128 whole = v / 1'000'000;
  std::uint32_t frac = static_cast<std::uint32_t>(v % 1'000'000);
  char buf[48];
  char* p = buf + sizeof buf;
  char f[6];
  for (int i = 5; i >= 0; --i, frac /= 10) f[i] = static_cast<char>('0' + frac % 10);
  int keep = 6;
  while (keep > digits && f[keep - 1] == '0') --keep;
  for (int i = keep - 1; i >= 0; --i) *--p = f[i];
  if (keep > 0) *--p = '.';
  do {
    *--p = static_cast<char>('0' + static_cast<int>(whole % 10));
    whole /= 10;
  } while (whole != 0);
  if (negative) *--p = '-';
  return std::string(p, buf + sizeof buf);
}

std::string format_money(const Money& m) { return format_amount(m.micros, currency_digits(m.currency).value_or(2)) + " " + m.currency; }

Result<Micros> narrow(Wide v) {
  if (v > std::numeric_limits<Micros>::max() || v < std::numeric_limits<Micros>::min())
    return fail(Errc::invalid, "overflow", "The amount is larger than 9,223,372,036,854.775807.");
  return static_cast<Micros>(v);
}

Result<Micros> mul_div_half_even(Wide value, Wide numerator, Wide denominator) {
  KT_ASSERT(denominator > 0);
  Wide product;
  if (__builtin_mul_overflow(value, numerator, &product))
    return fail(Errc::invalid, "overflow", "The amount is too large to be calculated with.");
  Wide q = product / denominator, r = product % denominator;
  if (r < 0) {
    r += denominator;
    --q;
  }  // floor division, 0 <= r < denominator
  Wide twice = r * 2;
  if (twice > denominator || (twice == denominator && (q & 1) != 0)) ++q;
  return narrow(q);
}

Result<Micros> round_half_up(Wide value, Micros q) {
  KT_ASSERT(q > 0);
  Wide magnitude = value < 0 ? -value : value;
  Wide rounded = (magnitude * 2 + q) / (Wide(2) * q) * q;
  return narrow(value < 0 ? -rounded : rounded);
}

}  // namespace kontor
