#include "identity/names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace kontor::identity {

Status check_name(std::string_view name, std::string_view what) {
  auto bad = [&](std::string_view why) {
    return fail(Errc::malformed, "invalid_name", fmt::format("The {} name '{}' {}.", what, header_safe(name, 120), why));
  };
  if (name.empty() || name.size() > max_name_bytes) return bad("must have 1 to 96 characters");
  for (char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
      return bad("may hold only letters, digits, '-', '_' and '.'");
  if (name.front() == '-' || name.front() == '.' || name.back() == '-' || name.back() == '.')
    return bad("must not begin or end with '-' or '.'");
  if (name.find("--") != std::string_view::npos || name.find("..") != std::string_view::npos) return bad("must not hold '--' or '..'");
  std::string lower = ascii_lower(name);
  if (lower.ends_with(".git") || lower.ends_with(".ipynb")) return bad("must not end with '.git' or '.ipynb'");
  return {};
}

const std::vector<std::string>& reserved_names() {
  static const std::vector<std::string> names = {"api",
                                                 "v1",
                                                 "v2",
                                                 "cas",
                                                 "openai",
                                                 "models",
                                                 "pipeline",
                                                 "ollama",
                                                 "mcp",
                                                 "healthz",
                                                 "readyz",
                                                 "metrics",
                                                 "openapi.json",
                                                 "assets",
                                                 "datasets",
                                                 "spaces",
                                                 "kernels",
                                                 "buckets",
                                                 "collections",
                                                 "docs",
                                                 "papers",
                                                 "oauth",
                                                 "settings",
                                                 "login",
                                                 "logout",
                                                 "join",
                                                 "signup",
                                                 "device",
                                                 ".well-known",
                                                 "resolve-cache",
                                                 "organizations",
                                                 "organisations",
                                                 "new",
                                                 "blog",
                                                 "posts",
                                                 "chat",
                                                 "tasks",
                                                 "front",
                                                 "market",
                                                 "marketplace",
                                                 "search",
                                                 "catalogue",
                                                 "catalog",
                                                 "account",
                                                 "wallet",
                                                 "orders",
                                                 "order",
                                                 "entitlements",
                                                 "usage",
                                                 "seller",
                                                 "sell",
                                                 "earnings",
                                                 "listings",
                                                 "listing",
                                                 "deployments",
                                                 "operator",
                                                 "admin",
                                                 "log",
                                                 "proofs",
                                                 "upload",
                                                 "uploads",
                                                 "csp-report",
                                                 "robots.txt",
                                                 "favicon.ico",
                                                 "sitemap.xml",
                                                 "about",
                                                 "help",
                                                 "legal",
                                                 "privacy",
                                                 "terms",
                                                 "components",
                                                 "users",
                                                 "me",
                                                 "platform",
                                                 "notifications",
                                                 "reports",
                                                 "apps",
                                                 "agents",
                                                 "forecast",
                                                 "graph",
                                                 "compliance",
                                                 "trade-log",
                                                 "design",
                                                 "health",
                                                 "static",
                                                 "data",
                                                 "predictions",
                                                 "files",
                                                 "control"};
  return names;
}

Status check_namespace_name(std::string_view name) {
  KT_CHECK(check_name(name, "account"));
  std::string lower = ascii_lower(name);
  const auto& all = reserved_names();
  if (std::find(all.begin(), all.end(), lower) != all.end())
    return fail(Errc::conflict, "name_reserved", fmt::format("The name '{}' is reserved: choose another.", name));
  return {};
}

}  // namespace kontor::identity
