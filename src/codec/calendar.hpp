// Days and months as people in a time zone count them, by ICU's calendar. Zones are IANA names ("Asia/Tokyo").
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kontor::codec {

bool known_zone(std::string_view zone);

// "2026-02-01": the day that `t` falls on there. Unknown zones count as UTC.
std::string local_day(Time t, std::string_view zone);
// First moment of that day; the day after a change of the clocks may have 23 or 25 hours.
Time day_start(Time t, std::string_view zone);
// "2026-02-01" -> its first moment there. Errors: invalid ("not_a_date").
Result<Time> parse_day(std::string_view text, std::string_view zone);
// "2026-02" -> its first moment there, and that of the month after. Errors: invalid ("not_a_month").
struct Span {
  Time from, to;  // half-open
};
Result<Span> parse_month(std::string_view text, std::string_view zone);
// The same day and hour n months later, or the month's last day where it is shorter: 31 Jan + 1 = 28 Feb.
Time add_months(Time t, int months, std::string_view zone);

}  // namespace kontor::codec
