// Cards of any bytes: what comes out holds nothing but the elements, attributes and addresses that a card may have, and is balanced.
#include <cstdlib>
#include <iostream>

#include "codec/markdown.hpp"
#include "codec/markdown_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  kontor::MarkdownOptions options;
  options.link_base = "/a/b/blob/main/";
  options.image_base = "/a/b/resolve/main/";
  options.fold_after_lines = size % 7;
  std::string html = kontor::render_markdown({reinterpret_cast<const char*>(data), size}, options);
  if (auto fault = kontor::fault_in_card_html(html); !fault.empty()) {
    std::cerr << fault << "\n" << html << "\n";
    std::abort();
  }
  return 0;
}
