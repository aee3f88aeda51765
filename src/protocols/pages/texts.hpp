// What people read, in their language: the message catalogues (web/messages, the same that the scripts use), formatted by ICU, and numbers,
// money, sizes and times in the form readers of that language expect.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "protocols/pages/html.hpp"
#include "server/assets.hpp"

namespace kontor::pages {

struct Language {
  std::string code;  // name of the file: "zh"
  std::string tag;   // of the html element: "zh-Hans"
  std::string name;  // in its own words
  std::map<std::string, std::string, std::less<>> messages;
};

// Immutable after loading: any thread.
class Catalogue {
 public:
  // All messages/*.json. Errors: invalid (no English, or no JSON).
  static Result<Catalogue> load(const server::Assets& assets);
  const std::vector<Language>& languages() const { return languages_; }  // English first
  const Language& english() const { return languages_.front(); }
  // "?lang=", cookie, Accept-Language, English: the first that names a language we have.
  const Language& choose(std::string_view parameter, std::string_view cookie, std::string_view accept) const;

 private:
  std::vector<Language> languages_;
};

struct Arg {
  std::string_view name;
  std::variant<std::string, std::int64_t> value;
};
using Args = std::vector<Arg>;

// One request's language. Cheap to copy; the catalogue must outlive it.
class Texts {
 public:
  Texts(const Catalogue& catalogue, const Language& language) : catalogue_(&catalogue), language_(&language) {}
  const Language& language() const { return *language_; }
  const Catalogue& catalogue() const { return *catalogue_; }

  // The message; English where the language lacks it, the key itself where nobody has it.
  std::string operator()(std::string_view key, const Args& args = {}) const;
  bool has(std::string_view key) const;
  // The message or `fallback`: for words that come from data (tasks, licences), which may have a translation.
  std::string or_word(std::string_view key, std::string_view fallback) const;
  // A message with slots "<link>...</link>": `slots` makes the markup around each.
  using Slots = std::map<std::string, std::function<Html(const Html&)>, std::less<>>;
  Html rich(std::string_view key, const Slots& slots, const Args& args = {}) const;

  std::string number(std::int64_t n) const;
  std::string compact(std::int64_t n) const;                             // 1.2M, 123万
  std::string bytes(std::uint64_t n) const;                              // 6.3 GB
  std::string money(Wide micros, std::string_view currency) const;       // $1,234.50
  std::string money_code(Wide micros, std::string_view currency) const;  // 1,234.50 USD: where it is charged or booked
  std::string date(Time t) const;
  std::string date_time(Time t) const;                                        // with the zone, UTC
  const std::vector<std::pair<std::string, std::string>>& countries() const;  // code and name, by name
  std::string relative(Time t, Time now) const;                               // "3 hours ago" up to a week, else the date

 private:
  const Catalogue* catalogue_;
  const Language* language_;
};

}  // namespace kontor::pages
