// The chart of accounts (marketplace.md 10.2) and one account's totals.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/money.hpp"

namespace kontor::ledger {

enum class Normal { debit, credit };

struct Chart {
  int code = 0;
  Normal normal = Normal::credit;
  bool guarded = false;
  bool operator==(const Chart&) const = default;
};

// By the account's name ("liability:wallet:pty_..."). Errors: invalid (account_unknown).
Result<Chart> classify(std::string_view name);

struct Account {
  std::int64_t id = 0;  // row, 0: not stored yet
  std::string name, currency;
  Chart chart;
  bool closed = false;
  Micros overdraft = 0;      // >= 0
  std::int64_t entries = 0;  // transactions that changed the posted balance so far
  Wide debits_posted = 0, credits_posted = 0, debits_pending = 0, credits_pending = 0;

  // In the account's normal direction.
  Wide balance() const { return chart.normal == Normal::credit ? credits_posted - debits_posted : debits_posted - credits_posted; }
  // What a guarded account can still give.
  Wide available() const {
    return chart.normal == Normal::credit ? credits_posted - debits_posted - debits_pending + overdraft
                                          : debits_posted - credits_posted - credits_pending + overdraft;
  }
  bool operator==(const Account&) const = default;
};

std::string wide_text(Wide v);
Wide parse_wide(std::string_view text);

namespace account {
inline std::string wallet(std::string_view party) { return "liability:wallet:" + std::string(party); }
inline std::string receivable(std::string_view party) { return "asset:receivable:" + std::string(party); }
inline std::string due_from(std::string_view party) { return "asset:due_from:" + std::string(party); }
inline std::string unapplied(std::string_view party) { return "liability:unapplied:" + std::string(party); }
inline std::string pending(std::string_view party) { return "liability:payable:" + std::string(party) + ":pending"; }
inline std::string available(std::string_view party) { return "liability:payable:" + std::string(party) + ":available"; }
inline std::string unfunded(std::string_view party) { return "liability:payable:" + std::string(party) + ":unfunded"; }
inline std::string reserve(std::string_view party) { return "liability:reserve:" + std::string(party); }
inline std::string frozen(std::string_view party) { return "liability:frozen:" + std::string(party); }
inline std::string promo(std::string_view party) { return "liability:promo:" + std::string(party) + ":all"; }
inline std::string transit(std::string_view party) { return "liability:payout_transit:" + std::string(party); }
inline std::string escrow(std::string_view subject) { return "liability:escrow:" + std::string(subject); }
inline constexpr std::string_view bank = "asset:bank:main";
inline constexpr std::string_view platform_fee = "income:platform_fee";
inline constexpr std::string_view sales = "income:sales";
}  // namespace account

}  // namespace kontor::ledger
