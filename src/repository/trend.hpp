// What is wanted now: a score to which every download and run adds 1 and every order 10, and which halves every three days. A new
// repository begins with 1.
//
// Kept as a number that needs no update while nothing happens and orders a list by itself: log2 of the score at a fixed moment (1970), in
// millionths. The score now is 2^(number - age), age in half-lives. Adding is log2(2^a + 2^b), which neither over- nor underflows.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/clock.hpp"

namespace kontor::repository {

inline constexpr double half_life_seconds = 3 * 86'400.0;

inline double half_lives(Time t) { return static_cast<double>(t.ns) / 1e9 / half_life_seconds; }

// `weight` happening at `t`, added to the trend so far.
inline std::int64_t add_to_trend(std::int64_t trend, double weight, Time t) {
  double before = static_cast<double>(trend) / 1e6, more = std::log2(weight) + half_lives(t);
  double high = std::max(before, more), low = std::min(before, more);
  return std::llround((high + std::log2(1 + std::exp2(low - high))) * 1e6);
}

inline double trending_score(std::int64_t trend, Time now) {
  double score = std::exp2(static_cast<double>(trend) / 1e6 - half_lives(now));
  return std::round(score * 100) / 100;
}

}  // namespace kontor::repository
