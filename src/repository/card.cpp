#include "repository/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/yaml.hpp"

namespace kontor::repository {
namespace {

std::vector<std::string> strings(const Json* j) {
  std::vector<std::string> out;
  if (!j) return out;
  if (auto* s = j->string()) out.push_back(*s);
  if (auto* a = j->array())
    for (auto& item : *a)
      if (auto* s = item.string()) out.push_back(*s);
  std::erase_if(out, [](const std::string& s) { return s.empty() || s.size() > 200; });
  return out;
}

// A few short words, each once, in order.
std::string words_of(const std::vector<std::string>& texts) {
  std::set<std::string> words;
  for (const auto& t : texts)
    if (t.size() <= 16 && t.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string::npos &&
        words.size() < 20)
      words.insert(ascii_lower(t));
  return fmt::format("{}", fmt::join(words, " "));
}

// One line for lists: what the card calls its description, else the first sentence-like paragraph of its text.
std::string summary_of(const Json& card, std::string_view readme) {
  constexpr std::size_t most = 240;
  std::string text;
  for (const char* key : {"short_description", "description", "summary"})
    if (text.empty()) text = card.text_or(key);
  if (text.empty()) {
    bool in_front_matter = readme.starts_with("---"), in_code = false, first = true;
    for (std::string_view line : split(readme, '\n')) {
      line = trim(line);
      if (in_front_matter) {
        in_front_matter = first || line != "---";
        first = false;
        continue;
      }
      if (line.starts_with("```")) in_code = !in_code;
      bool prose = !in_code && !line.empty() && std::string_view("#<!|[`-*>=:").find(line[0]) == std::string_view::npos;
      if (prose)
        text += (text.empty() ? "" : " ") + std::string(line);
      else if (!text.empty())
        break;
      if (text.size() > 2 * most) break;
    }
  }
  std::string plain;
  for (char c : text)
    if (c != '*' && c != '`') plain += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  if (plain.size() <= most) return valid_utf8(plain) ? plain : "";
  plain = first_bytes(plain, most);
  return valid_utf8(plain) ? plain + "…" : "";
}

}  // namespace

CardCheck check_card(std::string_view readme, Kind kind) {
  CardCheck out;
  auto block = front_matter(readme);
  if (!block || trim(*block).empty()) {
    out.warnings.push_back({"empty or missing yaml metadata in repo card"});
    return out;
  }
  auto card = parse_yaml(*block);
  if (!card) {
    out.errors.push_back({card.error().message});
    return out;
  }
  if (card->is_null()) {
    out.warnings.push_back({"empty or missing yaml metadata in repo card"});
    return out;
  }
  if (!card->is_object()) {
    out.errors.push_back({"The YAML block must hold keys and values."});
    return out;
  }
  auto must_be_text = [&](std::string_view key) {
    const Json* v = card->find(key);
    if (v && !v->is_null() && !v->is_string()) out.errors.push_back({fmt::format("\"{}\" must be a string", key)});
  };
  auto must_be_texts = [&](std::string_view key) {
    const Json* v = card->find(key);
    if (!v || v->is_null() || v->is_string()) return;
    bool ok = v->is_array();
    if (ok)
      for (auto& item : *v->array()) ok = ok && item.is_string();
    if (!ok) out.errors.push_back({fmt::format("\"{}\" must be a string or a list of strings", key)});
  };
  must_be_texts("license");
  must_be_texts("tags");
  must_be_texts("language");
  if (kind == Kind::model) {
    must_be_text("pipeline_tag");
    must_be_text("library_name");
    must_be_texts("datasets");
    must_be_texts("base_model");
    const Json* index = card->find("model-index");
    if (index && !index->is_null() && !index->is_array()) out.errors.push_back({"\"model-index\" must be an array"});
    if (index && index->is_array())
      for (auto& m : *index->array())
        if (!m.is_object() || m.text_or("name").empty()) out.errors.push_back({"\"model-index[0].name\" is required"});
  }
  if (kind == Kind::space) {
    const Json* sdk = card->find("sdk");
    if (sdk && (!sdk->is_string() ||
                (*sdk->string() != "gradio" && *sdk->string() != "streamlit" && *sdk->string() != "docker" && *sdk->string() != "static")))
      out.errors.push_back({"\"sdk\" must be one of [gradio, streamlit, docker, static]"});
  }
  return out;
}

Derived derive(const DerivedInput& in) {
  Derived d;
  d.head = in.head.hex();
  Json card;
  if (auto block = front_matter(in.readme))
    if (auto parsed = parse_yaml(*block); parsed && parsed->is_object()) card = std::move(*parsed);
  Json config;
  if (!in.config_json.empty())
    if (auto parsed = Json::parse(in.config_json); parsed && parsed->is_object()) config = std::move(*parsed);

  std::set<std::string> names;
  std::uint64_t storage = 0;
  for (const auto& f : in.files)
    if (!f.is_folder) {
      names.insert(f.path);
      storage += f.size;
    }
  auto has = [&](auto pred) { return std::any_of(names.begin(), names.end(), pred); };

  std::vector<std::string> tags;
  std::set<std::string> seen;
  auto tag = [&](std::string t) {
    if (!t.empty() && seen.insert(t).second) tags.push_back(std::move(t));
  };
  std::string library = card.text_or("library_name");
  std::string model_type = config.text_or("model_type");
  if (in.kind == Kind::model) {
    if (library.empty() && !model_type.empty() && config.find("architectures")) library = "transformers";
    if (library.empty() && has([](auto& n) { return n.ends_with(".onnx"); })) library = "onnx";
    tag(library);
    if (has([](auto& n) { return n.ends_with(".safetensors"); })) tag("safetensors");
    if (has([](auto& n) { return n.ends_with(".onnx"); })) tag("onnx");
    if (has([](auto& n) { return n.ends_with(".gguf"); })) tag("gguf");
    if (names.contains("pytorch_model.bin")) tag("pytorch");
    tag(model_type);
  }
  for (auto& t : strings(card.find("tags"))) tag(t);
  for (auto& t : strings(card.find("language"))) tag(in.kind == Kind::dataset ? "language:" + t : t);
  for (auto& t : strings(card.find("license"))) tag("license:" + t);
  if (in.kind == Kind::model) {
    for (auto& t : strings(card.find("datasets"))) tag("dataset:" + t);
    for (auto& t : strings(card.find("base_model"))) tag("base_model:" + t);
  }
  if (in.kind == Kind::dataset)
    for (const char* key : {"task_categories", "task_ids", "size_categories", "multilinguality", "language_creators",
                            "annotations_creators", "source_datasets"})
      for (auto& t : strings(card.find(key))) tag(std::string(key) + ":" + t);
  std::string task = card.text_or("pipeline_tag");
  if (task.size() > 100) task.clear();
  std::string sdk = card.text_or("sdk");
  if (in.kind == Kind::space) tag(sdk);
  tag("region:us");
  auto licences = strings(card.find("license"));
  auto tasks = in.kind == Kind::dataset ? strings(card.find("task_categories")) : strings(card.find("pipeline_tag"));
  d.task = tasks.empty() || tasks[0].size() > 100 ? "" : tasks[0];
  d.library = in.kind == Kind::space ? sdk : library;
  d.licence = licences.empty() ? "" : licences[0];
  d.languages = words_of(strings(card.find("language")));
  d.summary = summary_of(card, in.readme);
  d.tags = tags;
  if (!task.empty() && in.kind == Kind::model) d.tags.push_back("pipeline_tag:" + task);

  JsonWriter w;  // an object whose braces are cut off at the end
  w.begin_object();
  w.field("sha", d.head).field("lastModified", rfc3339(in.committed_at));
  w.key("tags").begin_array();
  for (auto& t : tags) w.value(t);
  w.end_array();
  if (in.kind == Kind::model) {
    if (!task.empty()) w.field("pipeline_tag", task);
    if (!library.empty()) w.field("library_name", library);
  }
  if (in.kind == Kind::space && !sdk.empty()) w.field("sdk", sdk);
  std::string head_text = w.text().substr(1);
  d.listing = head_text;
  if (card.is_object()) w.raw_field("cardData", card.dump());
  if (in.kind == Kind::model) {
    if (auto* index = card.find("model-index"); index && index->is_array()) w.raw_field("model-index", index->dump());
    if (config.is_object()) {
      w.key("config").begin_object();
      if (auto* a = config.find("architectures"); a && a->is_array()) w.raw_field("architectures", a->dump());
      if (!model_type.empty()) w.field("model_type", model_type);
      w.end_object();
    }
  }
  if (in.kind == Kind::dataset) {
    std::string description = card.text_or("description");
    if (!description.empty()) w.field("description", description);
  }
  w.field("usedStorage", static_cast<std::uint64_t>(storage));
  w.key("siblings").begin_array();
  for (const auto& f : in.files)
    if (!f.is_folder) w.begin_object().field("rfilename", f.path).end_object();
  w.end_array();
  d.info = w.text().substr(1);
  return d;
}

}  // namespace kontor::repository
