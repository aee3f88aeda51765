// The two clocks. Business time (expiry of holds, clearing, refund windows) can be moved by tests; wall time (tokens, signed
// addresses) cannot, because clients compare it with their own. Both are UTC nanoseconds since 1970.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kontor {

struct Time {
  std::int64_t ns = 0;
  auto operator<=>(const Time&) const = default;
  std::int64_t ms() const { return ns / 1'000'000; }
  std::int64_t seconds() const { return ns / 1'000'000'000; }
  static Time from_ms(std::int64_t ms) { return {ms * 1'000'000}; }
  static Time from_seconds(std::int64_t s) { return {s * 1'000'000'000}; }
  Time plus_ms(std::int64_t ms) const { return {ns + ms * 1'000'000}; }
};

// "2026-02-01T00:00:00.000Z" (milliseconds, always Z).
std::string rfc3339(Time t);
// Accepts an offset or Z, any number of fraction digits. Errors: malformed.
Result<Time> parse_rfc3339(std::string_view text);
// RFC 9110 date, "Tue, 24 Nov 2026 17:40:33 GMT".
std::string http_date(Time t);

class Clock {  // any thread
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class WallClock final : public Clock {
 public:
  Time now() const override;
};

// Business clock that follows the wall clock until it is set; afterwards it stands still but for set() and advance().
class MovableClock final : public Clock {
 public:
  Time now() const override;
  void set(Time t);

 private:
  mutable std::int64_t fixed_ns_ = -1;  // accessed with atomic_ref
};

}  // namespace kontor
