#include "ledger/accounts.hpp"

#include "base/text.hpp"

namespace kontor::ledger {
namespace {
struct Entry {
  std::string_view prefix;  // the whole name, or up to and with the last ':'
  Chart chart;
};
constexpr auto D = Normal::debit;
constexpr auto C = Normal::credit;
constexpr Entry chart_of_accounts[] = {
    {"liability:wallet:", {2010, C, true}},      {"liability:escrow:", {2310, C, true}},
    {"income:platform_fee", {4010, C, false}},   {"asset:provider:", {1010, D, false}},
    {"asset:bank:", {1020, D, false}},           {"asset:receivable:", {1100, D, true}},
    {"asset:unbilled:", {1150, D, true}},        {"asset:due_from:", {1200, D, true}},
    {"asset:dispute:", {1300, D, true}},         {"liability:promo:", {2020, C, true}},
    {"liability:frozen:", {2030, C, true}},      {"liability:unapplied:", {2050, C, true}},
    {"liability:reserve:", {2130, C, true}},     {"liability:payout_transit:", {2140, C, true}},
    {"liability:tax:", {2200, C, false}},        {"liability:deferred", {2300, C, true}},
    {"equity:owner", {3010, C, false}},          {"equity:exchange:", {3020, C, false}},
    {"income:subscription", {4020, C, false}},   {"income:sales", {4030, C, false}},
    {"income:breakage", {4040, C, false}},       {"income:rounding", {4090, C, false}},
    {"expense:provider_fees", {5010, D, false}}, {"expense:chargeback_loss", {5020, D, false}},
    {"expense:promo", {5030, D, false}},         {"expense:goodwill", {5040, D, false}},
    {"expense:bad_debt", {5050, D, false}},
};
constexpr std::string_view payable = "liability:payable:";
}  // namespace

Result<Chart> classify(std::string_view name) {
  if (name.starts_with(payable)) {
    if (name.ends_with(":pending")) return Chart{2110, C, true};
    if (name.ends_with(":available")) return Chart{2120, C, true};
    if (name.ends_with(":unfunded")) return Chart{2100, C, true};
  }
  for (const Entry& e : chart_of_accounts)
    if (e.prefix.back() == ':' ? name.starts_with(e.prefix) && name.size() > e.prefix.size() : name == e.prefix) return e.chart;
  return fail(Errc::invalid, "account_unknown", "There is no account of that name in the chart of accounts.");
}

std::string wide_text(Wide v) {
  if (v == 0) return "0";
  bool negative = v < 0;
  unsigned __int128 u = negative ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
  char buf[48];
  char* p = buf + sizeof buf;
  while (u != 0) {
    *--p = static_cast<char>('0' + static_cast<int>(u % 10));
    u /= 10;
  }
  if (negative) *--p = '-';
  return std::string(p, buf + sizeof buf);
}

Wide parse_wide(std::string_view text) {
  bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  Wide v = 0;
  for (char c : text) v = v * 10 + (c - '0');
  return negative ? -v : v;
}

}  // namespace kontor::ledger
