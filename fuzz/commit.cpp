// The lines of a commit's body, in one piece and in small ones: both readings agree, and no path that is refused elsewhere gets in.
#include <algorithm>

#include "protocols/huggingface/commit_lines.hpp"

using namespace kontor;
using huggingface::CommitLines;

static Status read(std::string_view body, std::size_t piece, CommitLines& lines) {
  while (!body.empty()) {
    lines.feed(body.substr(0, piece));
    KT_CHECK(lines.take_whole());
    body.remove_prefix(std::min(piece, body.size()));
  }
  return lines.take_rest();
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  CommitLines a, b;
  bool whole = read(body, body.size() + 1, a).has_value(), pieces = read(body, 1 + data[0], b).has_value();
  KT_ASSERT(whole == pieces && a.has_header == b.has_header);
  KT_ASSERT(a.request.title == b.request.title && a.request.operations.size() == b.request.operations.size());
  for (std::size_t i = 0; i < a.request.operations.size(); ++i) {
    const auto &x = a.request.operations[i], &y = b.request.operations[i];
    KT_ASSERT(x.kind == y.kind && x.path == y.path && x.blob == y.blob && x.lfs.sha256 == y.lfs.sha256);
    std::string_view path = x.path;
    while (path.ends_with('/')) path.remove_suffix(1);
    KT_ASSERT(repository::check_path(path));
  }
  KT_ASSERT(std::move(a.request.pack).finish().name == std::move(b.request.pack).finish().name);
  return 0;
}
