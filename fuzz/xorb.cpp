// A xorb body, in one piece and in small ones: both readings agree, and what is accepted has an index that survives packing.
#include <algorithm>

#include "codec/xorb.hpp"

using namespace kontor;
using namespace kontor::codec;

static Result<XorbIndex> read(std::string_view body, std::size_t piece) {
  XorbReader r;
  while (!body.empty()) {
    KT_CHECK(r.feed(body.substr(0, piece)));
    body.remove_prefix(std::min(piece, body.size()));
  }
  return std::move(r).finish();
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto whole = read(body, body.size() + 1);
  auto pieces = read(body, 1 + data[0]);
  KT_ASSERT(whole.has_value() == pieces.has_value());
  if (!whole) return 0;
  KT_ASSERT(whole->chunks == pieces->chunks && whole->stored_bytes() == pieces->stored_bytes() && whole->stored_bytes() <= body.size());
  auto again = XorbIndex::unpack(whole->pack());
  KT_ASSERT(again && again->chunks == whole->chunks);
  (void)XorbIndex::unpack(body);
  return 0;
}
