#include "repository/gate_form.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/text.hpp"
#include "codec/countries.hpp"
#include "repository/access_requests.hpp"

namespace kontor::repository {
namespace {

constexpr std::size_t most_name_bytes = 200, most_prompt_bytes = 20'000, most_options = 300;

std::string text_of(const Json* card, std::string_view key, std::size_t most) {
  const Json* value = card->find(key);
  return value && value->string() ? std::string(first_bytes(trim(*value->string()), most)) : std::string();
}

// On one line: browsers write line breaks in the names and values of forms in their own way.
std::string one_line(std::string_view text) {
  std::string out(trim(text));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return out;
}

std::string as_text(const Json& value) {
  if (value.string()) return one_line(*value.string());
  return value.is_number() || value.is_bool() ? value.dump() : std::string();
}

// "yes", or {label: "Yes, we do", value: "yes"}.
std::optional<std::pair<std::string, std::string>> option_of(const Json& item) {
  std::string value = item.is_object() && item.find("value") ? as_text(*item.find("value")) : as_text(item);
  if (value.empty() || value.size() > most_name_bytes) return std::nullopt;
  std::string label = item.is_object() ? item.text_or("label", value) : value;
  return std::pair(value, std::string(first_bytes(label, most_name_bytes)));
}

std::optional<GateField> field_of(const std::string& name, const Json& says) {
  GateField out;
  out.name = one_line(name);
  std::string type = says.is_object() ? says.text_or("type") : as_text(says);
  // Nobody fills in where his address is; "csrf" is a field that each form of the pages has.
  if (out.name.empty() || out.name.size() > most_name_bytes || type == "ip_location" || out.name == "csrf") return std::nullopt;
  if (type == "checkbox") out.type = GateField::Type::checkbox;
  if (type == "date_picker") out.type = GateField::Type::date;
  if (type == "country") out.type = GateField::Type::country;
  if (type == "select") {
    const Json* options = says.find("options");
    if (!options || !options->array()) return std::nullopt;
    out.type = GateField::Type::select;
    for (const Json& item : *options->array())
      if (auto one = option_of(item); one && out.options.size() < most_options) out.options.push_back(std::move(*one));
    if (out.options.empty()) return std::nullopt;
  }
  return out;
}

bool is_day(std::string_view text) {
  auto digits = [&](std::size_t from, std::size_t n) {
    auto part = parse_u64(text.substr(from, n));
    return part ? static_cast<int>(*part) : -1;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
  return year > 0 && month > 0 && day > 0 &&
         std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

bool answers(const GateField& field, std::string_view answer) {
  switch (field.type) {
    case GateField::Type::text:
      return !answer.empty();
    case GateField::Type::checkbox:
      return answer == "on" || answer == "true";
    case GateField::Type::date:
      return is_day(answer);
    case GateField::Type::country:
      return codec::is_country_code(answer);
    case GateField::Type::select:
      return std::any_of(field.options.begin(), field.options.end(), [&](const auto& o) { return o.first == answer; });
  }
  return false;
}

}  // namespace

GateForm gate_form_of(const Json* card) {
  GateForm out;
  if (!card || !card->is_object()) return out;
  out.heading = text_of(card, "extra_gated_heading", most_name_bytes);
  out.prompt = text_of(card, "extra_gated_prompt", most_prompt_bytes);
  out.description = text_of(card, "extra_gated_description", most_field_bytes);
  out.button = text_of(card, "extra_gated_button_content", most_name_bytes);
  const Json* fields = card->find("extra_gated_fields");
  if (!fields || !fields->object()) return out;
  for (const auto& [name, says] : *fields->object()) {
    auto field = field_of(name, says);
    bool twice = field && std::any_of(out.fields.begin(), out.fields.end(), [&](const auto& f) { return f.name == field->name; });
    if (field && !twice && out.fields.size() < most_form_fields) out.fields.push_back(std::move(*field));
  }
  return out;
}

std::vector<const GateField*> unanswered(const GateForm& form, const GateAnswers& given) {
  std::vector<const GateField*> out;
  for (const GateField& field : form.fields) {
    auto answer = std::find_if(given.begin(), given.end(), [&](const auto& a) { return a.first == field.name; });
    if (answer == given.end() || !answers(field, trim(answer->second))) out.push_back(&field);
  }
  return out;
}

}  // namespace kontor::repository
