// Reading JSON: a small immutable tree, parsed with simdjson's validating DOM parser. For request bodies and stored documents.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace kontor {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in document order

  Json() = default;
  explicit Json(bool v) : value_(v) {}
  explicit Json(std::int64_t v) : value_(v) {}
  explicit Json(std::uint64_t v) : value_(v) {}
  explicit Json(double v) : value_(v) {}
  explicit Json(std::string v) : value_(std::move(v)) {}
  explicit Json(Array v) : value_(std::move(v)) {}
  explicit Json(Object v) : value_(std::move(v)) {}

  // Errors: malformed, with the position-free reason. Duplicate keys of one object are refused: two readers could disagree.
  // Depth is limited to 256.
  static Result<Json> parse(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<std::uint64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }

  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer() const;  // integers that fit; not 1.0
  std::optional<std::uint64_t> unsigned_integer() const;
  std::optional<double> number() const;
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }

  // Member of an object, or null if absent or this is no object.
  const Json* find(std::string_view key) const;
  // Text of a string member, or `fallback`.
  std::string text_or(std::string_view key, std::string_view fallback = {}) const;
  bool bool_or(std::string_view key, bool fallback) const;
  std::optional<std::int64_t> integer_at(std::string_view key) const;

  std::string dump() const;  // compact JSON text, members in order
  // RFC 8785 (canonical JSON): members sorted by UTF-16 code units, no blanks. Doubles are refused (nothing we sign has any).
  Result<std::string> canonical() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

}  // namespace kontor
