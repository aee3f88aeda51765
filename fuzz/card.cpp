// A README with its YAML block: the card's rules and what is derived from it; whatever the YAML gives can be written as JSON and read
// again. What a gated repository's card asks of people.
#include "repository/card.hpp"

#include "codec/yaml.hpp"
#include "repository/gate_form.hpp"

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
  if (!yaml) return 0;
  KT_ASSERT(Json::parse(yaml->dump()));
  // What is asked is what a browser can send back: names that are unique, and something to choose from.
  repository::GateForm form = repository::gate_form_of(&*yaml);
  repository::GateAnswers answers;
  for (const auto& f : form.fields) {
    KT_ASSERT(!f.name.empty() && (f.type != repository::GateField::Type::select) == f.options.empty());
    answers.emplace_back(f.name, f.type == repository::GateField::Type::select    ? f.options.front().first
                                 : f.type == repository::GateField::Type::date    ? "2026-02-28"
                                 : f.type == repository::GateField::Type::country ? "JP"
                                                                                  : "on");
  }
  KT_ASSERT(repository::unanswered(form, answers).empty());
  KT_ASSERT(repository::unanswered(form, {}).size() == form.fields.size());
  return 0;
}
