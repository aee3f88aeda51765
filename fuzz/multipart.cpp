// A Content-Type, a line end, a multipart body: every part lies in the body, in order.
#include "protocols/replicate/multipart.hpp"

using namespace kontor;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t nl = text.find('\n');
  if (nl == std::string_view::npos) return 0;
  std::string_view body = text.substr(nl + 1);
  auto parts = replicate::parse_multipart(text.substr(0, nl), body);
  if (!parts) return 0;
  const char* before = body.data();
  for (const auto& p : *parts) {
    KT_ASSERT(p.body.data() >= before && p.body.data() + p.body.size() <= body.data() + body.size());
    before = p.body.data() + p.body.size();
  }
  return 0;
}
