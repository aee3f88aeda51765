#include "repository/model.hpp"

namespace kontor::repository {

std::string_view kind_name(Kind k) { return k == Kind::model ? "model" : k == Kind::dataset ? "dataset" : "space"; }
std::optional<Kind> parse_kind(std::string_view s) {
  if (s == "model") return Kind::model;
  if (s == "dataset") return Kind::dataset;
  if (s == "space") return Kind::space;
  return std::nullopt;
}
std::optional<Kind> parse_kind_plural(std::string_view s) {
  return s.ends_with('s') ? parse_kind(s.substr(0, s.size() - 1)) : std::nullopt;
}

std::optional<AssetName> parse_asset(std::string_view text) {
  std::size_t colon = text.find(':'), slash = text.find('/');
  if (colon == std::string_view::npos || slash == std::string_view::npos || slash < colon) return std::nullopt;
  auto kind = parse_kind(text.substr(0, colon));
  std::string_view ns = text.substr(colon + 1, slash - colon - 1), name = text.substr(slash + 1);
  if (!kind || ns.empty() || name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  return AssetName{*kind, std::string(ns), std::string(name)};
}

}  // namespace kontor::repository
