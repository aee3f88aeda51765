#include "codec/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>

#include "base/text.hpp"

namespace kontor {
namespace {

constexpr std::size_t max_bytes = 512 * 1024;
constexpr int max_depth = 64;
constexpr int max_nodes = 100'000;  // aliases can repeat a node: counts what comes out

Json scalar(const YAML::Node& n) {
  const std::string& s = n.Scalar();
  if (n.Tag() == "!") return Json(s);  // quoted
  if (s == "~" || s == "null" || s == "Null" || s == "NULL" || s.empty()) return Json();
  if (s == "true" || s == "True" || s == "TRUE") return Json(true);
  if (s == "false" || s == "False" || s == "FALSE") return Json(false);
  const char* first = s.data();
  const char* last = s.data() + s.size();
  std::int64_t i;
  if (auto [p, ec] = std::from_chars(first, last, i); ec == std::errc() && p == last) return Json(i);
  if (s.find_first_not_of("0123456789+-.eE") == std::string::npos && s.find_first_of("0123456789") != std::string::npos) {
    double d;
    if (auto [p, ec] = std::from_chars(first + (s[0] == '+'), last, d); ec == std::errc() && p == last) return Json(d);
  }
  return Json(s);
}

Result<Json> convert(const YAML::Node& n, int depth, int& nodes) {
  if (depth > max_depth || ++nodes > max_nodes)
    return fail(Errc::malformed, "malformed", "The YAML block is nested too deeply or too large.");
  switch (n.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return Json();
    case YAML::NodeType::Scalar:
      if (!valid_utf8(n.Scalar())) return fail(Errc::malformed, "malformed", "The YAML block is not UTF-8.");
      return scalar(n);
    case YAML::NodeType::Sequence: {
      Json::Array out;
      for (const auto& item : n) {
        KT_TRY(Json v, convert(item, depth + 1, nodes));
        out.push_back(std::move(v));
      }
      return Json(std::move(out));
    }
    case YAML::NodeType::Map: {
      Json::Object out;
      std::set<std::string, std::less<>> seen;
      for (const auto& kv : n) {
        if (!kv.first.IsScalar()) return fail(Errc::malformed, "malformed", "Keys of the YAML block must be plain text.");
        KT_TRY(Json v, convert(kv.second, depth + 1, nodes));
        std::string key = kv.first.Scalar();
        if (!valid_utf8(key)) return fail(Errc::malformed, "malformed", "The YAML block is not UTF-8.");
        if (!seen.insert(key).second) return fail(Errc::malformed, "malformed", fmt::format("The YAML block has the key '{}' twice.", key));
        out.emplace_back(std::move(key), std::move(v));
      }
      return Json(std::move(out));
    }
  }
  return Json();
}

}  // namespace

std::optional<std::string_view> front_matter(std::string_view s) {
  if (s.starts_with("\xEF\xBB\xBF")) s.remove_prefix(3);
  while (!s.empty() && (s.front() == '\n' || s.front() == '\r' || s.front() == ' ')) s.remove_prefix(1);
  if (!s.starts_with("---")) return std::nullopt;
  std::size_t nl = s.find('\n');
  if (nl == std::string_view::npos || !trim(s.substr(3, nl - 3)).empty()) return std::nullopt;
  std::size_t from = nl + 1;
  for (std::size_t at = from; at <= s.size();) {
    std::size_t end = s.find('\n', at);
    std::string_view line = s.substr(at, end == std::string_view::npos ? end : end - at);
    if (trim(line) == "---" && line.starts_with("---")) return s.substr(from, at - from);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return std::nullopt;
}

Result<Json> parse_yaml(std::string_view text) {
  if (text.size() > max_bytes) return fail(Errc::malformed, "malformed", "The YAML block is larger than 512 KiB.");
  // Brackets nest without recursion limits of the library's scanner worth trusting: count them first.
  int open = 0, deepest = 0;
  for (char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++open);
    if (c == ']' || c == '}') --open;
  }
  if (deepest > 400) return fail(Errc::malformed, "malformed", "The YAML block is nested too deeply.");
  try {
    YAML::Node root = YAML::Load(std::string(text));
    int nodes = 0;
    return convert(root, 0, nodes);
  } catch (const YAML::Exception& e) {
    return fail(Errc::malformed, "malformed", fmt::format("The YAML block is invalid at line {}: {}", e.mark.line + 1, e.msg));
  }
}

}  // namespace kontor
