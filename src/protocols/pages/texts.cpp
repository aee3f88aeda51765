// Messages and formats (texts.hpp).
#include "protocols/pages/texts.hpp"

#include <fmt/format.h>
#include <unicode/coll.h>
#include <unicode/datefmt.h>
#include <unicode/dtptngen.h>
#include <unicode/msgfmt.h>
#include <unicode/numberformatter.h>
#include <unicode/reldatefmt.h>
#include <unicode/smpdtfmt.h>

#include <algorithm>

#include "base/text.hpp"
#include "codec/countries.hpp"
#include "codec/json.hpp"

namespace kontor::pages {
namespace {

icu::UnicodeString wide(std::string_view s) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(s.data(), static_cast<std::int32_t>(s.size())));
}
std::string narrow_text(const icu::UnicodeString& s) {
  std::string out;
  s.toUTF8String(out);
  return out;
}
icu::Locale locale_of(const Language& l) {
  UErrorCode status = U_ZERO_ERROR;
  auto out = icu::Locale::forLanguageTag(l.tag, status);
  return U_FAILURE(status) ? icu::Locale::getEnglish() : out;
}

// ICU's objects keep state while they format: one set for each thread and language.
struct Formats {
  icu::Locale locale;
  std::map<std::string, std::unique_ptr<icu::MessageFormat>, std::less<>> messages;
  std::map<std::string, icu::number::LocalizedNumberFormatter, std::less<>> money;
  std::unique_ptr<icu::DateFormat> date, date_time;
  std::unique_ptr<icu::RelativeDateTimeFormatter> relative;
  // Kept because ICU works out a formatter's rules at its first uses: a page prints some 60 numbers.
  icu::number::LocalizedNumberFormatter number, compact, tenths;
  std::vector<std::pair<std::string, std::string>> countries;  // some milliseconds of collation
};

Formats& formats(const Language& l) {
  thread_local std::map<std::string, Formats, std::less<>> all;
  auto it = all.find(l.code);
  if (it == all.end()) {
    it = all.try_emplace(l.code).first;
    Formats& f = it->second;
    f.locale = locale_of(l);
    auto base = icu::number::NumberFormatter::withLocale(f.locale);
    f.number = base;
    f.compact = base.notation(icu::number::Notation::compactShort());
    f.tenths = base.precision(icu::number::Precision::maxFraction(1));
  }
  return it->second;
}

std::unique_ptr<icu::DateFormat> date_format(const icu::Locale& locale, const char* skeleton) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::DateTimePatternGenerator> generator(icu::DateTimePatternGenerator::createInstance(locale, status));
  if (U_FAILURE(status)) return nullptr;
  auto out = std::make_unique<icu::SimpleDateFormat>(generator->getBestPattern(skeleton, status), locale, status);
  out->adoptTimeZone(icu::TimeZone::createTimeZone("UTC"));
  return out;
}

std::string format_time(icu::DateFormat* f, Time t) {
  if (!f) return rfc3339(t);
  icu::UnicodeString out;
  f->format(static_cast<UDate>(t.ms()), out);
  return narrow_text(out);
}

std::string with_minus(std::string s) {
  for (std::size_t at = s.find('-'); at != std::string::npos; at = s.find('-', at + 3)) s.replace(at, 1, "\u2212");
  return s;
}

// `code`: the amount and the currency's code, as the scripts print it too (web/lib/money.ts); else with its symbol.
std::string format_micros(const Language& l, Wide micros, std::string_view currency, bool code) {
  int digits = currency_digits(currency).value_or(2);
  std::string decimal = format_amount(micros, digits);
  Formats& f = formats(l);
  std::string key = std::string(currency) + (code ? "c" : "s");
  auto it = f.money.find(key);
  if (it == f.money.end()) {
    UErrorCode status = U_ZERO_ERROR;
    auto made = icu::number::NumberFormatter::withLocale(f.locale).precision(icu::number::Precision::minMaxFraction(digits, 6));
    if (!code)
      made = std::move(made).unit(icu::CurrencyUnit(wide(currency).getTerminatedBuffer(), status)).unitWidth(UNUM_UNIT_WIDTH_SHORT);
    it = f.money.emplace(std::move(key), std::move(made)).first;
  }
  UErrorCode status = U_ZERO_ERROR;
  auto out = it->second.formatDecimal(decimal, status).toString(status);
  if (U_FAILURE(status)) return decimal + " " + std::string(currency);
  return with_minus(narrow_text(out)) + (code ? "\u00A0" + std::string(currency) : std::string());
}

std::string apply(const Language& l, std::string_view key, const std::string& pattern, const Args& args) {
  if (args.empty() && pattern.find_first_of("{'") == std::string::npos) return pattern;
  Formats& f = formats(l);
  auto it = f.messages.find(key);
  if (it == f.messages.end()) {
    UErrorCode status = U_ZERO_ERROR;
    UParseError where;
    auto made = std::make_unique<icu::MessageFormat>(wide(pattern), f.locale, where, status);
    if (U_FAILURE(status)) made.reset();
    it = f.messages.emplace(std::string(key), std::move(made)).first;
  }
  if (!it->second) return pattern;
  std::vector<icu::UnicodeString> names;
  std::vector<icu::Formattable> values;
  for (const Arg& a : args) {
    names.push_back(wide(a.name));
    if (auto* text = std::get_if<std::string>(&a.value))
      values.emplace_back(wide(*text));
    else
      values.emplace_back(static_cast<std::int64_t>(std::get<std::int64_t>(a.value)));
  }
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString out;
  it->second->format(names.data(), values.data(), static_cast<std::int32_t>(names.size()), out, status);
  return U_FAILURE(status) ? pattern : narrow_text(out);
}

}  // namespace

Result<Catalogue> Catalogue::load(const server::Assets& assets) {
  Catalogue out;
  for (const std::string& name : assets.names("messages/")) {
    if (!name.ends_with(".json")) continue;
    KT_TRY(Json json, Json::parse(assets.find(name)->body));
    if (!json.is_object()) return fail(Errc::invalid, "bad_messages", name + " must be a JSON object.");
    Language l;
    l.code = name.substr(9, name.size() - 9 - 5);
    for (const auto& [key, value] : *json.object())
      if (value.string()) l.messages.emplace(key, *value.string());
    l.tag = l.messages.contains("language.tag") ? l.messages.at("language.tag") : l.code;
    l.name = l.messages.contains("language.name") ? l.messages.at("language.name") : l.code;
    out.languages_.push_back(std::move(l));
  }
  auto english = std::find_if(out.languages_.begin(), out.languages_.end(), [](auto& l) { return l.code == "en"; });
  if (english == out.languages_.end()) return fail(Errc::invalid, "bad_messages", "messages/en.json is missing.");
  std::rotate(out.languages_.begin(), english, english + 1);
  return out;
}

const Language& Catalogue::choose(std::string_view parameter, std::string_view cookie, std::string_view accept) const {
  auto named = [&](std::string_view wanted) -> const Language* {
    for (const Language& l : languages_)
      if (iequals(wanted, l.code) || iequals(wanted, l.tag)) return &l;
    std::string_view base = wanted.substr(0, wanted.find('-'));
    for (const Language& l : languages_)
      if (iequals(base, l.code)) return &l;
    return nullptr;
  };
  if (const Language* l = parameter.empty() ? nullptr : named(parameter)) return *l;
  if (const Language* l = cookie.empty() ? nullptr : named(cookie)) return *l;
  const Language* best = nullptr;
  double weight = 0;
  for (std::string_view part : split(accept.substr(0, 1000), ',')) {
    std::string_view tag = trim(part.substr(0, part.find(';')));
    double q = 1;
    if (std::size_t at = part.find("q="); at != std::string_view::npos) {
      std::string_view digits = trim(part.substr(at + 2));
      q = digits.starts_with("0") ? 0 : 1;
      double place = 0.1;
      for (char c : digits.starts_with("0.") ? digits.substr(2) : std::string_view()) {
        if (c < '0' || c > '9') break;
        q += (c - '0') * place;
        place /= 10;
      }
    }
    if (const Language* l = named(tag); l && q > weight) {
      best = l;
      weight = q;
    }
  }
  return best ? *best : english();
}

bool Texts::has(std::string_view key) const {
  return language_->messages.find(key) != language_->messages.end() ||
         catalogue_->english().messages.find(key) != catalogue_->english().messages.end();
}

std::string Texts::operator()(std::string_view key, const Args& args) const {
  for (const Language* l : {language_, &catalogue_->english()})
    if (auto it = l->messages.find(key); it != l->messages.end()) return apply(*l, key, it->second, args);
  return std::string(key);
}

std::string Texts::or_word(std::string_view key, std::string_view fallback) const {
  return has(key) ? (*this)(key) : std::string(fallback);
}

Html Texts::rich(std::string_view key, const Slots& slots, const Args& args) const {
  std::string text = (*this)(key, args);
  Html out;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t open = rest.find('<'), close = open == std::string_view::npos ? open : rest.find('>', open);
    if (close == std::string_view::npos) break;
    std::string name(rest.substr(open + 1, close - open - 1)), end = "</" + name + ">";
    std::size_t to = rest.find(end, close);
    auto slot = slots.find(name);
    if (to == std::string_view::npos || slot == slots.end()) break;
    out += rest.substr(0, open);
    out += slot->second(Html(rest.substr(close + 1, to - close - 1)));
    rest.remove_prefix(to + end.size());
  }
  out += rest;
  return out;
}

std::string Texts::number(std::int64_t n) const {
  UErrorCode status = U_ZERO_ERROR;
  auto out = formats(*language_).number.formatInt(n, status).toString(status);
  return U_FAILURE(status) ? std::to_string(n) : with_minus(narrow_text(out));
}

std::string Texts::compact(std::int64_t n) const {
  if (n < 10'000) return number(n);
  UErrorCode status = U_ZERO_ERROR;
  auto out = formats(*language_).compact.formatInt(n, status).toString(status);
  return U_FAILURE(status) ? std::to_string(n) : narrow_text(out);
}

std::string Texts::bytes(std::uint64_t n) const {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  int unit = 0;
  std::uint64_t tenths = n * 10;
  while (tenths >= 10'000 && unit < 5) {
    tenths = (tenths + 500) / 1000;
    ++unit;
  }
  if (unit == 0) return number(static_cast<std::int64_t>(n)) + " B";
  UErrorCode status = U_ZERO_ERROR;
  std::string decimal = tenths >= 1000 ? std::to_string((tenths + 5) / 10) : fmt::format("{}.{}", tenths / 10, tenths % 10);
  auto out = formats(*language_).tenths.formatDecimal(decimal, status).toString(status);
  return narrow_text(out) + " " + units[unit];
}

std::string Texts::money(Wide micros, std::string_view currency) const { return format_micros(*language_, micros, currency, false); }
std::string Texts::money_code(Wide micros, std::string_view currency) const { return format_micros(*language_, micros, currency, true); }

std::string Texts::date(Time t) const {
  Formats& f = formats(*language_);
  if (!f.date) f.date = date_format(f.locale, "yMMMd");
  return format_time(f.date.get(), t);
}

std::string Texts::date_time(Time t) const {
  Formats& f = formats(*language_);
  if (!f.date_time) f.date_time = date_format(f.locale, "yMMMdjm");
  return format_time(f.date_time.get(), t) + " UTC";
}

const std::vector<std::pair<std::string, std::string>>& Texts::countries() const {
  Formats& f = formats(*language_);
  if (!f.countries.empty()) return f.countries;
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Collator> order(icu::Collator::createInstance(f.locale, status));
  std::vector<std::pair<icu::UnicodeString, std::string>> all;
  for (const std::string& code : codec::country_codes()) {
    icu::UnicodeString name;
    icu::Locale("", code.c_str()).getDisplayCountry(f.locale, name);
    all.emplace_back(std::move(name), code);
  }
  if (U_SUCCESS(status))
    std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) {
      UErrorCode ignored = U_ZERO_ERROR;
      return order->compare(a.first, b.first, ignored) == UCOL_LESS;
    });
  for (const auto& [name, code] : all) f.countries.emplace_back(code, narrow_text(name));
  return f.countries;
}

std::string Texts::relative(Time t, Time now) const {
  std::int64_t s = now.seconds() - t.seconds();
  if (s < -60 || s > 7 * 86'400) return date(t);
  Formats& f = formats(*language_);
  if (!f.relative) {
    UErrorCode status = U_ZERO_ERROR;
    f.relative = std::make_unique<icu::RelativeDateTimeFormatter>(f.locale, status);
    if (U_FAILURE(status)) return date(t);
  }
  auto [amount, unit] = s < 60       ? std::pair(std::max<std::int64_t>(s, 0), UDAT_REL_UNIT_SECOND)
                        : s < 3600   ? std::pair(s / 60, UDAT_REL_UNIT_MINUTE)
                        : s < 86'400 ? std::pair(s / 3600, UDAT_REL_UNIT_HOUR)
                                     : std::pair(s / 86'400, UDAT_REL_UNIT_DAY);
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString out;
  f.relative->formatNumeric(-static_cast<double>(amount), unit, out, status);
  return U_FAILURE(status) ? date(t) : narrow_text(out);
}

}  // namespace kontor::pages
