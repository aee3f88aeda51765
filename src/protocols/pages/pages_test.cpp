// The parts of the pages that can be wrong without a browser: escaping, where forms may lead, languages, formats.
#include "protocols/pages/pages.hpp"

#include <gtest/gtest.h>

namespace kontor::pages {
namespace {

const server::Assets& assets() {
  static const server::Assets a = server::Assets::embedded();
  return a;
}
const Catalogue& catalogue() {
  static const Catalogue c = *Catalogue::load(assets());
  return c;
}
Texts texts(std::string_view code) { return Texts(catalogue(), catalogue().choose(code, "", "")); }

TEST(Html, text_and_attributes_are_escaped) {
  EXPECT_EQ(el("p", {attr("title", "a\"b<c>")}, "1 < 2 & 'x'", el("br")).markup(),
            "<p title=\"a&quot;b&lt;c&gt;\">1 &lt; 2 &amp; &#39;x&#39;<br></p>");
  EXPECT_EQ(el("a", {href("javascript:alert(1)")}, "x").markup(), "<a href=\"#\">x</a>");
  EXPECT_EQ(name_of("a\u202Eb").markup(), "<bdi>a<span class=\"codepoint\">U+202E</span>b</bdi>");
  EXPECT_EQ(json_island("k", "{\"a\":\"</script><!--\"}").markup(),
            "<script type=\"application/json\" id=\"k\">{\"a\":\"\\u003c/script>\\u003c!--\"}</script>");
}

TEST(Forms, next_stays_on_this_server) {
  for (const char* good : {"/", "/account/orders?state=paid", "/bob/digits#x"}) EXPECT_EQ(safe_next(good), good);
  for (const char* bad :
       {"", "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "x", "/a b", "\\/evil"})
    EXPECT_EQ(safe_next(bad), "/") << bad;
}

TEST(Languages, parameter_then_cookie_then_browser) {
  const Catalogue& c = catalogue();
  EXPECT_EQ(c.choose("ja", "zh", "en").code, "ja");
  EXPECT_EQ(c.choose("", "zh", "ja").code, "zh");
  EXPECT_EQ(c.choose("", "", "fr, ja;q=0.4, zh-CN;q=0.8").code, "zh");
  EXPECT_EQ(c.choose("", "", "en-GB,en;q=0.9,ja;q=0.8").code, "en");
  EXPECT_EQ(c.choose("xx", "yy", "*").code, "en");
  EXPECT_EQ(c.choose("", "", "zh-Hant-TW").tag, "zh-Hans");
}

TEST(Languages, messages_are_formatted) {
  EXPECT_EQ(texts("en")("catalogue.models", {{"n", 1}}), "1 model");
  EXPECT_EQ(texts("en")("catalogue.models", {{"n", 1204}}), "1,204 models");
  EXPECT_EQ(texts("ja")("checkout.pay", {{"amount", "50.00 USD"}}), "50.00 USDを支払う");
  EXPECT_EQ(texts("en").rich("login.no_account", {{"link", [](const Html& h) { return el("a", {attr("href", "/join")}, h); }}}).markup(),
            "New here? <a href=\"/join\">Sign up</a>");
  EXPECT_EQ(texts("en")("no.such.key"), "no.such.key");
}

TEST(Formats, money_is_exact) {
  Texts en = texts("en"), ja = texts("ja"), zh = texts("zh");
  EXPECT_EQ(en.money(1'234'500'000, "USD"), "$1,234.50");
  EXPECT_EQ(en.money(694, "USD"), "$0.000694");
  EXPECT_EQ(en.money(1'234'567, "USD"), "$1.234567");
  EXPECT_EQ(en.money(INT64_MAX, "USD"), "$9,223,372,036,854.775807");
  EXPECT_EQ(en.money(-50'000'000, "USD"), "\u2212$50.00");
  EXPECT_EQ(zh.money(1'234'500'000, "USD"), "US$1,234.50");
  EXPECT_EQ(ja.money(1'001'000'000, "JPY"), "\uFFE51,001");
  EXPECT_EQ(ja.money_code(1'001'000'000, "JPY"), "1,001\u00A0JPY");
  EXPECT_EQ(en.money_code(INT64_MAX, "USD"), "9,223,372,036,854.775807\u00A0USD");
}

TEST(Formats, numbers_sizes_times) {
  Texts en = texts("en"), ja = texts("ja");
  EXPECT_EQ(en.bytes(999), "999 B");
  EXPECT_EQ(en.bytes(25'300'000), "25.3 MB");
  EXPECT_EQ(en.bytes(6'300'000'000), "6.3 GB");
  EXPECT_EQ(en.bytes(999'999), "1 MB");
  EXPECT_EQ(en.compact(1'200'000), "1.2M");
  EXPECT_EQ(ja.compact(1'230'000), "123万");
  Time t = Time::from_seconds(1'769'954'640);  // 2026-02-01T14:04:00Z
  EXPECT_EQ(en.date(t), "Feb 1, 2026");
  EXPECT_EQ(ja.date(t), "2026年2月1日");
  EXPECT_EQ(en.relative(t, Time::from_seconds(t.seconds() + 3 * 3600)), "3 hours ago");
  EXPECT_EQ(en.relative(t, Time::from_seconds(t.seconds() + 8 * 86'400)), "Feb 1, 2026");
}

}  // namespace
}  // namespace kontor::pages
