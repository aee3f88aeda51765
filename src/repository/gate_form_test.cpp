// What cards ask of those who want the files of a gated repository.
#include "repository/gate_form.hpp"

#include <gtest/gtest.h>

#include "codec/yaml.hpp"
#include "repository/access_requests.hpp"

namespace kontor::repository {
namespace {

GateForm form_of(std::string_view yaml) {
  auto card = parse_yaml(yaml);
  EXPECT_TRUE(card) << (card ? "" : card.error().message);
  return gate_form_of(&*card);
}
std::vector<std::string> missing(const GateForm& form, const GateAnswers& answers) {
  std::vector<std::string> out;
  for (const GateField* f : unanswered(form, answers)) out.push_back(f->name);
  return out;
}

constexpr std::string_view card = R"(license: other
extra_gated_heading: "Access to the weights"
extra_gated_prompt: "Read the [terms](https://example.com)."
extra_gated_button_content: I agree
extra_gated_fields:
  Company: text
  Date of birth: date_picker
  Country: country
  I want to use this model for:
    type: select
    options:
      - Research
      - 2
      - label: Something else
        value: other
  geo: ip_location
  I agree: checkbox
)";

}  // namespace

TEST(GateForm, AsTheHubsCardsSayIt) {
  GateForm form = form_of(card);
  EXPECT_EQ(form.heading, "Access to the weights");
  EXPECT_EQ(form.prompt, "Read the [terms](https://example.com).");
  EXPECT_EQ(form.button, "I agree");
  ASSERT_EQ(form.fields.size(), 5u) << "in the card's order, without what nobody fills in";
  EXPECT_EQ(form.fields[0].name, "Company");
  EXPECT_EQ(form.fields[1].type, GateField::Type::date);
  EXPECT_EQ(form.fields[2].type, GateField::Type::country);
  std::vector<std::pair<std::string, std::string>> options = {{"Research", "Research"}, {"2", "2"}, {"other", "Something else"}};
  EXPECT_EQ(form.fields[3].options, options);
  EXPECT_EQ(form.fields[4].type, GateField::Type::checkbox);
}

TEST(GateForm, NothingIsAskedWhereTheCardSaysNothing) {
  EXPECT_TRUE(gate_form_of(nullptr).empty());
  EXPECT_TRUE(form_of("license: mit").empty());
  EXPECT_TRUE(form_of("extra_gated_fields: [a, b]\nextra_gated_prompt: {a: b}").empty());
  EXPECT_TRUE(form_of("extra_gated_fields:\n  a: {type: select}\n  b: {type: select, options: [[], {}]}\n  c: ip_location").empty());
}

TEST(GateForm, NamesAndValuesAreOneLine) {
  GateForm form = form_of("extra_gated_fields:\n  \"two\\nlines\": {type: select, options: [\" a\\tb \"]}");
  ASSERT_EQ(form.fields.size(), 1u);
  EXPECT_EQ(form.fields[0].name, "two lines");
  EXPECT_EQ(form.fields[0].options[0].first, "a b");
}

TEST(GateForm, EachFieldWantsItsKindOfAnswer) {
  GateForm form = form_of(card);
  GateAnswers good = {{"Company", " Acme "},
                      {"Date of birth", "1964-02-29"},
                      {"Country", "JP"},
                      {"I want to use this model for", "other"},
                      {"I agree", "on"}};
  EXPECT_TRUE(missing(form, good).empty());
  EXPECT_EQ(missing(form, {}).size(), 5u);
  for (auto [at, wrong] : {std::pair<std::size_t, const char*>{0, "  "},
                           {1, "1965-02-29"},
                           {1, "29.2.1964"},
                           {1, "0000-01-01"},
                           {2, "Japan"},
                           {2, "ZZ"},
                           {3, "Something else"},
                           {4, "off"},
                           {4, ""}}) {
    GateAnswers answers = good;
    answers[at].second = wrong;
    EXPECT_EQ(missing(form, answers), std::vector<std::string>{good[at].first}) << wrong;
  }
  good.emplace_back("more", "is not looked at");
  EXPECT_TRUE(missing(form, good).empty());
}

TEST(GateForm, LargeCardsAreCut) {
  std::string yaml = "extra_gated_heading: " + std::string(199, 'a') + "日本\nextra_gated_fields:\n";
  for (int i = 0; i < 200; ++i) yaml += "  field " + std::to_string(i) + ": text\n";
  GateForm form = form_of(yaml);
  EXPECT_EQ(form.heading, std::string(199, 'a')) << "at a whole character";
  EXPECT_EQ(form.fields.size(), most_form_fields);
}

}  // namespace kontor::repository
