// A shard body: whatever is accepted can be written again and read back as the same.
#include "codec/shard.hpp"

using namespace kontor;
using namespace kontor::codec;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto s = parse_shard({reinterpret_cast<const char*>(data), size});
  if (!s) return 0;
  std::string text = build_upload_shard(*s);
  auto again = parse_shard(text);
  KT_ASSERT(again && again->files.size() == s->files.size() && again->xorbs.size() == s->xorbs.size());
  KT_ASSERT(build_upload_shard(*again) == text);
  return 0;
}
