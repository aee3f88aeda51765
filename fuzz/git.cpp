// Git objects as a client could have stored them; the first byte picks the reader. What is read and written is stable.
#include "codec/git.hpp"

using namespace kontor;
using namespace kontor::git;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      if (auto tree = parse_tree(body)) {
        std::string written = encode_tree(*tree);
        auto again = parse_tree(written);
        KT_ASSERT(again && again->size() == tree->size() && encode_tree(*again) == written);
      }
      break;
    case 1:
      if (auto commit = parse_commit(body)) {
        (void)commit->title();
        (void)commit->rest();
        auto again = parse_commit(encode_commit(*commit));
        KT_ASSERT(again && again->tree == commit->tree && again->parents == commit->parents && again->message == commit->message);
      }
      break;
    case 2:
      (void)parse_tag_target(body);
      break;
    case 3:
      if (auto pointer = parse_pointer(body)) {
        auto again = parse_pointer(encode_pointer(*pointer));
        KT_ASSERT(again && again->sha256 == pointer->sha256 && again->size == pointer->size);
      }
      break;
    case 4:
      if (auto head = parse_record_head(body)) {
        KT_ASSERT(head->head_bytes <= body.size());
        if (head->size < 1 << 20)
          if (auto text = inflate_exact(body.substr(head->head_bytes), head->size)) KT_ASSERT(text->size() == head->size);
      }
      break;
  }
  return 0;
}
