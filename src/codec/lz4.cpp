#include "codec/lz4.hpp"

#include <lz4frame.h>

#include <cstring>
#include <memory>
#include <vector>

namespace kontor::codec {
namespace {
Unexpected bad(const char* why) { return fail(Errc::malformed, "malformed_chunk", why); }

// One decoder per thread: making one costs more than decoding a small chunk.
LZ4F_dctx* decoder() {
  struct Free {
    void operator()(LZ4F_dctx* d) const { LZ4F_freeDecompressionContext(d); }
  };
  static thread_local std::unique_ptr<LZ4F_dctx, Free> ctx;
  if (!ctx) {
    LZ4F_dctx* made = nullptr;
    KT_ASSERT(!LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)));
    ctx.reset(made);
  }
  return ctx.get();
}
}  // namespace

std::string lz4_compress(std::string_view raw) {
  std::string out(LZ4F_compressFrameBound(raw.size(), nullptr), '\0');
  std::size_t n = LZ4F_compressFrame(out.data(), out.size(), raw.data(), raw.size(), nullptr);
  KT_ASSERT(!LZ4F_isError(n));
  out.resize(n);
  return out;
}

Status lz4_decompress(std::string_view frame, std::span<char> out) {
  constexpr unsigned char magic[4] = {0x04, 0x22, 0x4D, 0x18};
  if (frame.size() < 7 || std::memcmp(frame.data(), magic, 4) != 0) return bad("A compressed chunk is no LZ4 frame.");
  LZ4F_dctx* ctx = decoder();
  LZ4F_resetDecompressionContext(ctx);
  std::size_t in_done = 0, out_done = 0;
  for (;;) {
    // One byte beyond the declared length lets a frame that holds more show itself without ever writing past `out`.
    char extra = 0;
    bool full = out_done == out.size();
    std::size_t in = frame.size() - in_done, room = full ? 1 : out.size() - out_done;
    std::size_t hint = LZ4F_decompress(ctx, full ? &extra : out.data() + out_done, &room, frame.data() + in_done, &in, nullptr);
    if (LZ4F_isError(hint)) return bad("A compressed chunk is damaged.");
    in_done += in;
    if (full && room > 0) return bad("A chunk is longer than its record says.");
    out_done += room;
    if (hint == 0) break;
    if (in == 0 && room == 0) return bad("A compressed chunk ends early.");
  }
  if (in_done != frame.size()) return bad("There are bytes after the LZ4 frame of a chunk.");
  if (out_done != out.size()) return bad("A chunk is shorter than its record says.");
  return {};
}

void group_by_4(std::string_view raw, std::span<char> out) {
  KT_ASSERT(out.size() == raw.size());
  std::size_t at = 0;
  for (std::size_t k = 0; k < 4; ++k)
    for (std::size_t i = k; i < raw.size(); i += 4) out[at++] = raw[i];
}

void ungroup_by_4(std::string_view grouped, std::span<char> out) {
  KT_ASSERT(out.size() == grouped.size());
  std::size_t q = grouped.size() / 4, r = grouped.size() % 4;
  const char* g0 = grouped.data();
  const char* g1 = g0 + q + (r > 0);
  const char* g2 = g1 + q + (r > 1);
  const char* g3 = g2 + q + (r > 2);
  char* o = out.data();
  for (std::size_t i = 0; i < q; ++i, o += 4) {
    o[0] = g0[i];
    o[1] = g1[i];
    o[2] = g2[i];
    o[3] = g3[i];
  }
  const char* tail[3] = {g0 + q, g1 + q, g2 + q};
  for (std::size_t i = 0; i < r; ++i) o[i] = *tail[i];
}

Status decompress(Scheme scheme, std::string_view payload, std::span<char> out) {
  switch (scheme) {
    case Scheme::none:
      if (payload.size() != out.size()) return bad("An uncompressed chunk has two different lengths.");
      std::memcpy(out.data(), payload.data(), payload.size());
      return {};
    case Scheme::lz4:
      return lz4_decompress(payload, out);
    case Scheme::bg4_lz4: {
      static thread_local std::vector<char> grouped;
      grouped.resize(out.size());
      KT_CHECK(lz4_decompress(payload, grouped));
      ungroup_by_4({grouped.data(), grouped.size()}, out);
      return {};
    }
  }
  return bad("A chunk has an unknown compression scheme.");
}

}  // namespace kontor::codec
