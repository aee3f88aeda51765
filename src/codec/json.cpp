#include "codec/json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/json_text.hpp"

namespace kontor {
namespace {

constexpr int max_depth = 256;

Result<Json> convert(simdjson::dom::element e, int depth) {
  if (depth > max_depth) return fail(Errc::malformed, "malformed", "The JSON is nested too deeply.");
  switch (e.type()) {
    case simdjson::dom::element_type::NULL_VALUE:
      return Json();
    case simdjson::dom::element_type::BOOL:
      return Json(bool(e));
    case simdjson::dom::element_type::INT64:
      return Json(std::int64_t(e));
    case simdjson::dom::element_type::UINT64:
      return Json(std::uint64_t(e));
    case simdjson::dom::element_type::DOUBLE:
      return Json(double(e));
    case simdjson::dom::element_type::STRING:
      return Json(std::string(std::string_view(e)));
    case simdjson::dom::element_type::ARRAY: {
      Json::Array out;
      for (auto item : simdjson::dom::array(e)) {
        KT_TRY(Json v, convert(item, depth + 1));
        out.push_back(std::move(v));
      }
      return Json(std::move(out));
    }
    case simdjson::dom::element_type::OBJECT: {
      Json::Object out;
      for (auto field : simdjson::dom::object(e)) {
        KT_TRY(Json v, convert(field.value, depth + 1));
        out.emplace_back(std::string(field.key), std::move(v));
      }
      std::vector<std::string_view> keys;
      for (auto& [k, v] : out) keys.push_back(k);
      std::sort(keys.begin(), keys.end());
      if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
        return fail(Errc::malformed, "malformed", "The JSON has an object with the same key twice.");
      return Json(std::move(out));
    }
  }
  return fail(Errc::malformed, "malformed", "The body is not valid JSON.");
}

// Code-unit order of UTF-16, which differs from byte order only for code points above U+FFFF against U+E000..U+FFFF.
bool utf16_less(const std::string& a, const std::string& b) {
  auto lift = [](unsigned char c) { return c >= 0xEE && c <= 0xEF ? c + 0x10 : c >= 0xF0 ? c - 2 : int(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) {
    return lift(static_cast<unsigned char>(x)) < lift(static_cast<unsigned char>(y));
  });
}

// RFC 8785 writes control characters as \uXXXX except \b \t \n \f \r, and leaves everything else alone: what append_json_string does.
Status write(const Json& j, std::string& out, bool canonical) {
  if (j.is_null())
    out += "null";
  else if (auto b = j.boolean())
    out += *b ? "true" : "false";
  else if (auto i = j.integer())
    out += std::to_string(*i);
  else if (auto u = j.unsigned_integer())
    out += std::to_string(*u);
  else if (auto d = j.number()) {
    if (canonical) return fail(Errc::invalid, "invalid", "Fractions are not allowed in a signed record.");
    out += fmt::format("{}", *d);
  } else if (auto* s = j.string())
    append_json_string(out, *s);
  else if (auto* a = j.array()) {
    out += '[';
    for (std::size_t k = 0; k < a->size(); ++k) {
      if (k) out += ',';
      KT_CHECK(write((*a)[k], out, canonical));
    }
    out += ']';
  } else if (auto* o = j.object()) {
    std::vector<const std::pair<std::string, Json>*> members;
    for (auto& m : *o) members.push_back(&m);
    if (canonical) std::sort(members.begin(), members.end(), [](auto* x, auto* y) { return utf16_less(x->first, y->first); });
    out += '{';
    for (std::size_t k = 0; k < members.size(); ++k) {
      if (k) out += ',';
      append_json_string(out, members[k]->first);
      out += ':';
      KT_CHECK(write(members[k]->second, out, canonical));
    }
    out += '}';
  }
  return {};
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
  static thread_local simdjson::dom::parser parser;
  simdjson::padded_string padded(text);
  simdjson::dom::element root;
  auto error = parser.parse(padded).get(root);
  if (error) return fail(Errc::malformed, "malformed", fmt::format("The body is not valid JSON: {}", simdjson::error_message(error)));
  return convert(root, 0);
}

std::optional<bool> Json::boolean() const {
  if (auto* b = std::get_if<bool>(&value_)) return *b;
  return std::nullopt;
}
std::optional<std::int64_t> Json::integer() const {
  if (auto* i = std::get_if<std::int64_t>(&value_)) return *i;
  return std::nullopt;
}
std::optional<std::uint64_t> Json::unsigned_integer() const {
  if (auto* u = std::get_if<std::uint64_t>(&value_)) return *u;
  if (auto* i = std::get_if<std::int64_t>(&value_); i && *i >= 0) return static_cast<std::uint64_t>(*i);
  return std::nullopt;
}
std::optional<double> Json::number() const {
  if (auto* d = std::get_if<double>(&value_)) return *d;
  if (auto* i = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*i);
  if (auto* u = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*u);
  return std::nullopt;
}
const Json* Json::find(std::string_view key) const {
  if (auto* o = object())
    for (auto& [k, v] : *o)
      if (k == key) return &v;
  return nullptr;
}
std::string Json::text_or(std::string_view key, std::string_view fallback) const {
  if (auto* m = find(key))
    if (auto* s = m->string()) return *s;
  return std::string(fallback);
}
bool Json::bool_or(std::string_view key, bool fallback) const {
  if (auto* m = find(key))
    if (auto b = m->boolean()) return *b;
  return fallback;
}
std::optional<std::int64_t> Json::integer_at(std::string_view key) const {
  if (auto* m = find(key)) return m->integer();
  return std::nullopt;
}
std::string Json::dump() const {
  std::string out;
  (void)write(*this, out, false);
  return out;
}
Result<std::string> Json::canonical() const {
  std::string out;
  KT_CHECK(write(*this, out, true));
  return out;
}

}  // namespace kontor
