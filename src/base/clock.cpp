#include "base/clock.hpp"

#include <fmt/format.h>

#include <atomic>
#include <ctime>

namespace kontor {

std::string rfc3339(Time t) {
  std::int64_t ms = t.ns / 1'000'000;
  std::time_t s = static_cast<std::time_t>(ms / 1000);
  std::int64_t frac = ms % 1000;
  if (frac < 0) {
    frac += 1000;
    --s;
  }
  std::tm tm{};
  gmtime_r(&s, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                     tm.tm_sec, frac);
}

std::string http_date(Time t) {
  static const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::time_t s = static_cast<std::time_t>(t.seconds());
  std::tm tm{};
  gmtime_r(&s, &tm);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
                     tm.tm_hour, tm.tm_min, tm.tm_sec);
}

namespace {
bool digits(std::string_view s, std::size_t at, std::size_t n, int& out) {
  if (at + n > s.size()) return false;
  out = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (s[i] < '0' || s[i] > '9') return false;
    out = out * 10 + (s[i] - '0');
  }
  return true;
}
}  // namespace

Result<Time> parse_rfc3339(std::string_view s) {
  auto bad = [&] {
    return fail(Errc::malformed, "malformed", fmt::format("'{}' is not an RFC 3339 time such as 2026-02-01T00:00:00Z", s.substr(0, 40)));
  };
  int y, mo, d, h, mi, se;
  if (s.size() < 20 || !digits(s, 0, 4, y) || s[4] != '-' || !digits(s, 5, 2, mo) || s[7] != '-' || !digits(s, 8, 2, d) ||
      (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || !digits(s, 11, 2, h) || s[13] != ':' || !digits(s, 14, 2, mi) || s[16] != ':' ||
      !digits(s, 17, 2, se))
    return bad();
  static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (mo < 1 || mo > 12 || d < 1 || d > month_days[mo - 1] || h > 23 || mi > 59 || se > 60) return bad();
  std::size_t p = 19;
  std::int64_t frac = 0;
  if (s[p] == '.') {
    std::int64_t unit = 100'000'000;
    std::size_t first = ++p;
    for (; p < s.size() && s[p] >= '0' && s[p] <= '9'; ++p, unit /= 10) frac += (s[p] - '0') * unit;
    if (p == first) return bad();
  }
  if (p >= s.size()) return bad();
  std::int64_t offset = 0;
  if (s[p] == 'Z' || s[p] == 'z') {
    ++p;
  } else if (s[p] == '+' || s[p] == '-') {
    int oh, om;
    if (!digits(s, p + 1, 2, oh) || p + 3 >= s.size() || s[p + 3] != ':' || !digits(s, p + 4, 2, om) || oh > 23 || om > 59) return bad();
    offset = (oh * 60 + om) * 60 * (s[p] == '+' ? 1 : -1);
    p += 6;
  } else {
    return bad();
  }
  if (p != s.size()) return bad();
  std::tm tm{};
  tm.tm_year = y - 1900;
  tm.tm_mon = mo - 1;
  tm.tm_mday = d;
  tm.tm_hour = h;
  tm.tm_min = mi;
  tm.tm_sec = se;
  std::int64_t seconds = timegm(&tm) - offset;
  if (y < 1700 || y > 2200) return bad();
  return Time{seconds * 1'000'000'000 + frac};
}

Time WallClock::now() const {
  timespec ts{};
  clock_gettime(CLOCK_REALTIME, &ts);
  return {static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec};
}

Time MovableClock::now() const {
  std::int64_t fixed = std::atomic_ref(fixed_ns_).load(std::memory_order_acquire);
  return fixed < 0 ? WallClock().now() : Time{fixed};
}

void MovableClock::set(Time t) { std::atomic_ref(fixed_ns_).store(t.ns, std::memory_order_release); }

}  // namespace kontor
