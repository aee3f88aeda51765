#include "codec/calendar.hpp"

#include <fmt/format.h>
#include <unicode/gregocal.h>
#include <unicode/timezone.h>

#include <map>
#include <memory>

#include "base/text.hpp"

namespace kontor::codec {
namespace {

constexpr std::int64_t ms_ns = 1'000'000;
constexpr int first_year = 1970, last_year = 2200;  // of what callers write; a moment in nanoseconds ends in 2262

std::unique_ptr<icu::TimeZone> open_zone(std::string_view zone) {
  return std::unique_ptr<icu::TimeZone>(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(icu::StringPiece(zone.data(), static_cast<int32_t>(zone.size())))));
}

// One calendar per zone and thread: making one reads the zone's rules. Gregorian without a Julian past.
icu::GregorianCalendar& calendar(std::string_view zone) {
  thread_local std::map<std::string, std::unique_ptr<icu::GregorianCalendar>, std::less<>> known;
  auto it = known.find(zone);
  if (it == known.end()) {
    if (known.size() > 64) known.clear();
    UErrorCode status = U_ZERO_ERROR;
    auto z = known_zone(zone) ? open_zone(zone) : open_zone("UTC");
    auto made = std::make_unique<icu::GregorianCalendar>(z.release(), icu::Locale::getRoot(), status);
    KT_ASSERT(U_SUCCESS(status));
    made->setGregorianChange(-8.64e15, status);
    it = known.emplace(std::string(zone), std::move(made)).first;
  }
  return *it->second;
}

// ICU counts milliseconds; what is finer stays outside and is put back.
void set(icu::GregorianCalendar& c, Time t) {
  UErrorCode status = U_ZERO_ERROR;
  std::int64_t ms = t.ns >= 0 ? t.ns / ms_ns : (t.ns - ms_ns + 1) / ms_ns;
  c.setTime(static_cast<UDate>(ms), status);
}
Time get(icu::GregorianCalendar& c) {
  UErrorCode status = U_ZERO_ERROR;
  return Time{static_cast<std::int64_t>(c.getTime(status)) * ms_ns};
}
int field(icu::GregorianCalendar& c, UCalendarDateFields f) {
  UErrorCode status = U_ZERO_ERROR;
  return c.get(f, status);
}

// Digits of a fixed-width part.
std::optional<int> digits(std::string_view text) {
  auto n = parse_u64(text);
  if (!n || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return static_cast<int>(*n);
}

Time first_moment(int year, int month, int day, std::string_view zone) {
  auto& c = calendar(zone);
  c.clear();
  c.set(year, month - 1, day);
  return get(c);
}

}  // namespace

bool known_zone(std::string_view zone) {
  if (zone.empty() || zone.size() > 64) return false;
  auto z = open_zone(zone);
  icu::UnicodeString id;
  return z->getID(id) != icu::UnicodeString(UCAL_UNKNOWN_ZONE_ID);
}

std::string local_day(Time t, std::string_view zone) {
  auto& c = calendar(zone);
  set(c, t);
  return fmt::format("{:04}-{:02}-{:02}", field(c, UCAL_YEAR), field(c, UCAL_MONTH) + 1, field(c, UCAL_DATE));
}

Time day_start(Time t, std::string_view zone) {
  auto& c = calendar(zone);
  set(c, t);
  int year = field(c, UCAL_YEAR), month = field(c, UCAL_MONTH) + 1, day = field(c, UCAL_DATE);
  return first_moment(year, month, day, zone);
}

Result<Time> parse_day(std::string_view text, std::string_view zone) {
  auto bad = [] { return fail(Errc::invalid, "not_a_date", "A date is written like 2026-02-01."); };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad();
  auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8, 2));
  if (!year || !month || !day || *year < first_year || *year > last_year || *month < 1 || *month > 12 || *day < 1 || *day > 31)
    return bad();
  Time t = first_moment(*year, *month, *day, zone);
  // The calendar is lenient: 31 Feb would have become a day of March.
  if (local_day(t, zone) != text) return bad();
  return t;
}

Result<Span> parse_month(std::string_view text, std::string_view zone) {
  auto bad = [] { return fail(Errc::invalid, "not_a_month", "A month is written like 2026-02."); };
  if (text.size() != 7 || text[4] != '-') return bad();
  auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2));
  if (!year || !month || *year < first_year || *year > last_year || *month < 1 || *month > 12) return bad();
  int next_year = *month == 12 ? *year + 1 : *year, next_month = *month == 12 ? 1 : *month + 1;
  return Span{first_moment(*year, *month, 1, zone), first_moment(next_year, next_month, 1, zone)};
}

Time add_months(Time t, int months, std::string_view zone) {
  auto& c = calendar(zone);
  set(c, t);
  UErrorCode status = U_ZERO_ERROR;
  std::int64_t rest = t.ns - get(c).ns;
  c.add(UCAL_MONTH, months, status);
  return Time{get(c).ns + rest};
}

}  // namespace kontor::codec
