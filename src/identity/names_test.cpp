#include "identity/names.hpp"

#include <gtest/gtest.h>

namespace kontor::identity {
namespace {

// Whoever could take the root of a page could take its place.
TEST(Names, RootsOfPagesAreReserved) {
  for (auto root :
       {"market",   "models",    "datasets", "spaces", "search",   "login",  "join",    "logout",  "settings",   "account", "sell",
        "operator", "trade-log", "new",      "help",   "about",    "terms",  "privacy", "design",  "csp-report", "assets",  "api",
        "v1",       "v2",        "cas",      "openai", "pipeline", "ollama", "mcp",     "healthz", "readyz",     "metrics", "openapi.json"})
    EXPECT_EQ(check_namespace_name(root).error().code, "name_reserved") << root;
  EXPECT_EQ(check_namespace_name("Trade-Log").error().code, "name_reserved");
}

TEST(Names, Shapes) {
  for (auto good : {"bob", "Bob-2", "a.b_c", "0"}) EXPECT_TRUE(check_namespace_name(good)) << good;
  for (auto bad : {"", "-bob", "bob.", "a--b", "a..b", "a b", "x.git", "ä"})
    EXPECT_EQ(check_namespace_name(bad).error().code, "invalid_name") << bad;
}

}  // namespace
}  // namespace kontor::identity
