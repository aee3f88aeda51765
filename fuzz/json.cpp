// JSON text: what is read can be written and read as the same; the canonical form is its own canonical form.
#include "codec/json.hpp"

using namespace kontor;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto json = Json::parse({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  auto again = Json::parse(json->dump());
  KT_ASSERT(again);
  auto third = Json::parse(again->dump());  // the first writing may turn -0.0 into an integer
  KT_ASSERT(third && third->dump() == again->dump());
  if (auto canonical = json->canonical()) {
    auto same = Json::parse(*canonical);
    KT_ASSERT(same && same->canonical().value_or("") == *canonical);
  }
  return 0;
}
