// Values of the repository subject: what a repository is and how it is named.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "identity/authorize.hpp"

namespace kontor::repository {

enum class Kind { model, dataset, space };

std::string_view kind_name(Kind k);                         // "model"
std::optional<Kind> parse_kind(std::string_view singular);  // "model" -> Kind::model
std::optional<Kind> parse_kind_plural(std::string_view s);  // "models" -> Kind::model

struct Repository {
  std::string id;  // 24 hex, never changes
  Kind kind = Kind::model;
  std::string owner;     // party id of the namespace
  std::string ns, name;  // as written; unique without case per kind
  identity::Visibility visibility = identity::Visibility::public_;
  std::string gated;  // "", "auto", "manual"
  Time created_at, updated_at;

  std::string full_name() const { return ns + "/" + name; }
  // Path of its page: "/ns/name", "/datasets/ns/name", "/spaces/ns/name".
  std::string page() const { return (kind == Kind::model ? "/" : "/" + std::string(kind_name(kind)) + "s/") + full_name(); }
  // "model:ns/name", as the market names assets.
  std::string asset() const { return std::string(kind_name(kind)) + ":" + ns + "/" + name; }
};

// "model:ns/name" -> its parts.
struct AssetName {
  Kind kind;
  std::string ns, name;
};
std::optional<AssetName> parse_asset(std::string_view text);

}  // namespace kontor::repository
