// What a request's address and Range header may hold: percent-encoding, queries, routes, byte ranges. The first byte is the size ranged
// over.
#include "base/text.hpp"
#include "io/http.hpp"
#include "server/router.hpp"

using namespace kontor;

namespace {

Task<Result<http::Response>> nothing(server::Exchange&) { co_return http::Response{}; }

struct Routes {
  server::Surface surface{"hub", [](const Error&, const server::Exchange&) { return http::Response{}; }};
  server::Router router;
  Routes() {
    for (const char* p : {"/api/models/{ns}/{name}", "/api/models/{ns}/{name}/tree/{rev}/{path*}", "/{ns}/{name}/resolve/{rev}/{path*}",
                          "/{ns}/{name}.git/info/lfs/objects/batch"})
      surface.route("GET", p, {}, nothing);
    router.add(surface);
    router.set_fallback("/", surface);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  static const Routes routes;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::uint64_t total = data[0] == 255 ? UINT64_MAX : data[0];
  for (bool many : {false, true}) {
    auto ranges = http::parse_range(text, total, many);
    if (!ranges) continue;
    KT_ASSERT(many || ranges->size() <= 1);
    for (const auto& r : *ranges) KT_ASSERT(r.first <= r.last && r.last < total);
  }
  KT_ASSERT(percent_decode(percent_encode(text)) == text);
  (void)percent_decode(text, true);
  (void)http::Parameters(text).all("search");
  auto found = routes.router.find(data[0] % 2 ? "GET" : "POST", text);
  KT_ASSERT(found.surface || text.empty() || text.front() != '/');
  if (found.route && !found.bad_escape)
    for (const auto& [name, value] : found.params) KT_ASSERT(valid_utf8(value));
  return 0;
}
