#include "metering/splits.hpp"

#include <algorithm>
#include <numeric>

namespace kontor::metering {

std::vector<Micros> split_once(Micros total, std::span<const Wide> weights, Micros q) {
  std::vector<Micros> out(weights.size(), 0);
  Wide sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
  if (weights.empty()) return out;
  if (sum == 0) {
    out.back() = total;
    return out;
  }
  std::vector<Wide> rest(weights.size());
  Micros left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Wide product = Wide(total) * weights[i];
    Wide floor = product / (sum * q) * q;
    out[i] = static_cast<Micros>(floor);
    rest[i] = product - floor * sum;
    left -= out[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rest[a] != rest[b] ? rest[a] > rest[b] : a < b; });
  for (std::size_t k = 0; left > 0; k = (k + 1) % order.size()) {
    Micros give = std::min(left, q);
    out[order[k]] += give;
    left -= give;
  }
  return out;
}

Result<std::vector<Micros>> running_split(Wide gross, std::span<const std::int64_t> bps) {
  std::vector<Micros> out;
  Wide rest = gross;
  std::int64_t base = 10'000;
  for (std::int64_t share : bps) {
    KT_TRY(Micros part, mul_div_half_even(rest, share, base));
    out.push_back(part);
    rest -= part;
    base -= share;
  }
  KT_TRY(Micros last, narrow(rest));
  out.push_back(last);
  return out;
}

}  // namespace kontor::metering
