// A README with its YAML block: the card's rules and what is derived from it; whatever the YAML gives can be written as JSON and read
// again.
#include "repository/card.hpp"
#include "codec/yaml.hpp"

using namespace kontor;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (auto kind : {repository::Kind::model, repository::Kind::dataset, repository::Kind::space}) {
    (void)repository::check_card(text, kind);
    std::vector<repository::FileEntry> none;
    (void)repository::derive({.kind = kind, .readme = std::string(text), .files = none});
  }
  auto block = front_matter(text);
  auto yaml = parse_yaml(block.value_or(text));
  if (yaml) KT_ASSERT(Json::parse(yaml->dump()));
  return 0;
}
