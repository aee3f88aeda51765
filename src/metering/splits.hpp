// Dividing money: one-off splits (R3, R5) and running ones (R4). marketplace.md 2.2 and 11.
#pragma once
#include <span>
#include <vector>

#include "base/money.hpp"

namespace kontor::metering {

// Floors each share to the quantum, hands left-over quanta to the largest fractional remainders, ties to the lower index. A rest below
// one quantum goes to the first of that order. Weights >= 0, not all 0 (else everything to the last).
std::vector<Micros> split_once(Micros total, std::span<const Wide> weights, Micros quantum_micros);

// Fee of a cumulative gross: half to even; the difference to what was posted before is the fee of one capture.
inline Result<Micros> running_fee(Wide cumulative_gross, std::int64_t fee_bps) {
  return mul_div_half_even(cumulative_gross, fee_bps, 10'000);
}

// A chain of two-way splits of a cumulative gross: shares of everyone but the last, in bps of the gross, then the rest.
Result<std::vector<Micros>> running_split(Wide cumulative_gross, std::span<const std::int64_t> bps);

}  // namespace kontor::metering
