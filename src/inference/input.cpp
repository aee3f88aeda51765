#include "inference/input.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kontor::inference {
namespace {

Unexpected bad(std::string_view field, std::string_view what) {
  return fail(Errc::invalid, "invalid_input", fmt::format("{}: {}", field, what));
}

Status check_value(std::string_view name, const Json& rule, const Json& value) {
  std::string type = rule.text_or("type");
  if (value.is_null()) return rule.bool_or("nullable", false) ? Status() : bad(name, "must not be null");
  if (type == "string" && !value.is_string()) return bad(name, "must be a string");
  if (type == "integer" && !value.is_integer()) return bad(name, "must be an integer");
  if (type == "number" && !value.is_number()) return bad(name, "must be a number");
  if (type == "boolean" && !value.is_bool()) return bad(name, "must be true or false");
  if (type == "array") {
    if (!value.is_array()) return bad(name, "must be a list");
    if (auto* items = rule.find("items"))
      for (auto& v : *value.array()) KT_CHECK(check_value(name, *items, v));
    if (auto n = rule.integer_at("minItems"); n && static_cast<std::int64_t>(value.array()->size()) < *n)
      return bad(name, fmt::format("must have {} entries", *n));
    if (auto n = rule.integer_at("maxItems"); n && static_cast<std::int64_t>(value.array()->size()) > *n)
      return bad(name, fmt::format("must have {} entries", *n));
  }
  if (value.is_number()) {
    if (auto* low = rule.find("minimum"); low && low->number() && *value.number() < *low->number())
      return bad(name, fmt::format("must be at least {}", *low->number()));
    if (auto* high = rule.find("maximum"); high && high->number() && *value.number() > *high->number())
      return bad(name, fmt::format("must be at most {}", *high->number()));
  }
  return {};
}

}  // namespace

Status check_input(const Json& schema, const Json& input) {
  if (!input.is_object()) return bad("input", "must be a JSON object");
  if (auto* required = schema.find("required"); required && required->array())
    for (auto& name : *required->array())
      if (name.string() && !input.find(*name.string())) return bad(*name.string(), "is required");
  const Json* properties = schema.find("properties");
  if (properties && properties->object())
    for (auto& [name, rule] : *properties->object())
      if (auto* value = input.find(name)) KT_CHECK(check_value(name, rule, *value));
  return {};
}

Result<std::string> decode_data_url(std::string_view url) {
  std::size_t comma = url.find(',');
  if (!url.starts_with("data:") || comma == std::string_view::npos)
    return fail(Errc::invalid, "invalid_input", "The data URL is not valid.");
  std::string_view head = url.substr(5, comma - 5), body = url.substr(comma + 1);
  if (head.ends_with(";base64")) {
    auto decoded = from_base64(body);
    if (!decoded) decoded = from_base64url(body);
    if (!decoded) return fail(Errc::invalid, "invalid_input", "The data URL does not hold valid base64.");
    return *decoded;
  }
  auto decoded = percent_decode(body);
  if (!decoded) return fail(Errc::invalid, "invalid_input", "The data URL is not valid.");
  return *decoded;
}

}  // namespace kontor::inference
