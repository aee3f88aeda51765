// Which route a path finds: literals first, backtracking, rests, encoded slashes, HEAD by GET, 405 against 404.
#include "server/router.hpp"

#include <gtest/gtest.h>

#include "identity/names.hpp"

namespace kontor::server {
namespace {

http::Response no_error(const Error&, const Exchange&) { return {}; }
Task<Result<http::Response>> nothing(Exchange&) { co_return http::Response{}; }

struct Fixture {
  Surface hub{"hub", no_error}, cas{"cas", no_error};
  Router router;
  Fixture() {
    for (const char* p :
         {"/api/models/{ns}/{name}", "/api/models/{ns}/{name}/tree/{rev}/{path*}",
          "/api/models/{ns}/{name}/tree/refs/{ref_kind}/{ref_name}/{path*}", "/api/models", "/{ns}/{name}/resolve/{rev}/{path*}",
          "/datasets/{ns}/{name}/resolve/{rev}/{path*}", "/{name}/resolve/{rev}/{path*}"})
      hub.route("GET", p, {}, nothing);
    hub.route("POST", "/{ns}/{name}.git/info/lfs/objects/batch", {}, nothing);
    hub.route("POST", "/api/repos/create", {}, nothing);
    cas.route("GET", "/cas/v1/x/{hash}", {}, nothing);
    router.add(hub);
    router.add(cas);
    router.set_fallback("/", hub);
    router.set_fallback("/cas/", cas);
  }
  std::string pattern(std::string_view method, std::string_view path) {
    auto m = router.find(method, path);
    return m.route ? m.route->pattern : m.path_exists ? "405" : "404 " + m.surface->name();
  }
  std::string param(std::string_view path, std::string_view name) {
    auto m = router.find("GET", path);
    for (auto& [k, v] : m.params)
      if (k == name) return v;
    return "(none)";
  }
};

}  // namespace

TEST(Router, FindsTheMostLiteralRoute) {
  Fixture f;
  EXPECT_EQ(f.pattern("GET", "/api/models/a/b"), "/api/models/{ns}/{name}");
  EXPECT_EQ(f.pattern("GET", "/datasets/a/b/resolve/main/x/y"), "/datasets/{ns}/{name}/resolve/{rev}/{path*}");
  EXPECT_EQ(f.pattern("GET", "/a/b/resolve/main/x/y"), "/{ns}/{name}/resolve/{rev}/{path*}");
  EXPECT_EQ(f.pattern("GET", "/gpt2/resolve/main/config.json"), "/{name}/resolve/{rev}/{path*}");
  EXPECT_EQ(f.pattern("GET", "/api/models/a/b/tree/refs/pr/1/x"), "/api/models/{ns}/{name}/tree/refs/{ref_kind}/{ref_name}/{path*}");
  EXPECT_EQ(f.pattern("POST", "/a/b.git/info/lfs/objects/batch"), "/{ns}/{name}.git/info/lfs/objects/batch");
}

TEST(Router, KeepsEncodedSlashesInOneSegment) {
  Fixture f;
  EXPECT_EQ(f.param("/api/models/a/b/tree/refs%2Fpr%2F1", "rev"), "refs/pr/1");
  EXPECT_EQ(f.param("/api/models/a/b/tree/main/x%2Fy", "path"), "x/y");
  EXPECT_EQ(f.param("/api/models/a/b/tree/main", "path"), "");
  EXPECT_EQ(f.param("/a/b/resolve/main/d/%E6%97%A5%20%231.txt", "path"), "d/日 #1.txt");
  EXPECT_TRUE(f.router.find("GET", "/a/b/resolve/main/%zz").bad_escape);
  EXPECT_TRUE(f.router.find("GET", "/a/b/resolve/main/%FF").bad_escape);
}

TEST(Router, TellsAMissingMethodFromAMissingPath) {
  Fixture f;
  EXPECT_EQ(f.pattern("HEAD", "/api/models/a/b"), "/api/models/{ns}/{name}");
  EXPECT_EQ(f.pattern("DELETE", "/api/repos/create"), "405");
  EXPECT_EQ(f.pattern("GET", "/cas/v9/nothing"), "404 cas");
  EXPECT_EQ(f.pattern("GET", "/nothing"), "404 hub");
}

TEST(Router, EveryFirstSegmentIsAReservedName) {
  Fixture f;
  for (const auto& s : f.router.first_segments()) EXPECT_FALSE(identity::check_namespace_name(s)) << s;
}

}  // namespace kontor::server
