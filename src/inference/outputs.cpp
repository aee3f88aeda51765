#include "inference/outputs.hpp"

#include <fmt/format.h>

#include <map>

#include "base/ids.hpp"
#include "codec/json.hpp"

namespace kontor::inference {
namespace {

constexpr std::string_view mark = "$file";
constexpr std::string_view png_head("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);

Unexpected bad(std::string why) {
  return fail(Errc::invalid, "bad_output", "The model's process answered with something that cannot be kept: " + std::move(why));
}

// Most outputs speak of no file and need not be taken apart.
bool may_speak_of_files(const std::string& output) {
  return output.find("$file") != std::string::npos || output.find("\\u0024") != std::string::npos;
}

bool fit_name(std::string_view name) {
  if (name.size() > 64 || !name.ends_with(".png") || name.starts_with('.')) return false;
  for (char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_')) return false;
  return true;
}

Json reference(const StoredFile& f) {
  return Json(Json::Object{
      {std::string(mark), Json(f.id)}, {"type", Json(f.content_type)}, {"size", Json(f.size)}, {"expires", Json(f.expires_at.seconds())}});
}

struct Placer {
  std::map<std::string, Json> by_name;  // what stands for each file
  std::map<std::string, bool> named;

  Result<Json> operator()(const Json& v) {
    if (auto* list = v.array()) {
      Json::Array out;
      out.reserve(list->size());
      for (const auto& one : *list) {
        KT_TRY(Json placed, (*this)(one));
        out.push_back(std::move(placed));
      }
      return Json(std::move(out));
    }
    auto* object = v.object();
    if (!object) return v;
    if (v.find(mark)) {
      const std::string* name = v.find(mark)->string();
      auto at = name && object->size() == 1 ? by_name.find(*name) : by_name.end();
      if (at == by_name.end()) return bad("it names a file that did not come with it.");
      named[*name] = true;
      return at->second;
    }
    Json::Object out;
    out.reserve(object->size());
    for (const auto& [key, one] : *object) {
      KT_TRY(Json placed, (*this)(one));
      out.emplace_back(key, std::move(placed));
    }
    return Json(std::move(out));
  }
};

std::optional<FileReference> reference_of(const Json& v) {
  const Json* id = v.find(mark);
  if (!id || !id->string()) return std::nullopt;
  return FileReference{*id->string(), v.text_or("type"), static_cast<std::uint64_t>(v.integer_at("size").value_or(0)),
                       Time::from_seconds(v.integer_at("expires").value_or(0))};
}

void collect(const Json& v, std::vector<FileReference>& out) {
  if (auto* list = v.array())
    for (const auto& one : *list) collect(one, out);
  if (!v.object()) return;
  if (auto r = reference_of(v)) return out.push_back(*r);
  for (const auto& [key, one] : *v.object()) collect(one, out);
}

Json replaced(const Json& v, const std::function<std::string(const FileReference&)>& text) {
  if (auto* list = v.array()) {
    Json::Array out;
    for (const auto& one : *list) out.push_back(replaced(one, text));
    return Json(std::move(out));
  }
  if (!v.object()) return v;
  if (auto r = reference_of(v)) return Json(text(*r));
  Json::Object out;
  for (const auto& [key, one] : *v.object()) out.emplace_back(key, replaced(one, text));
  return Json(std::move(out));
}

}  // namespace

Result<PlacedOutput> place_files(const std::string& output, std::vector<OutputFile> files, const Prediction& p, Time now,
                                 const Limits& limits) {
  PlacedOutput out;
  if (files.empty() && !may_speak_of_files(output)) {
    out.output = output;
    return out;
  }
  if (files.size() > limits.max_output_files) return bad(fmt::format("{} files are more than {}.", files.size(), limits.max_output_files));
  std::uint64_t total = 0;
  for (const auto& f : files) total += f.bytes.size();
  if (total > limits.max_output_bytes) return bad(fmt::format("its files have {} bytes, more than {}.", total, limits.max_output_bytes));
  Placer place;
  for (auto& f : files) {
    if (!fit_name(f.name)) return bad("a file's name is none that a picture may have.");
    // What is served from this address under a type of its own must be of that type.
    if (!std::string_view(f.bytes).starts_with(png_head)) return bad("a file is no PNG.");
    StoredFile row;
    row.id = new_id("", now);
    row.owner = p.caller;
    row.prediction = p.id;
    row.name = f.name;
    row.content_type = "image/png";
    row.metadata = "{}";
    row.size = f.bytes.size();
    row.created_at = now;
    row.expires_at = Time::from_seconds(now.seconds() + limits.output_life_s);
    place.by_name.emplace(f.name, reference(row));
    out.rows.push_back(std::move(row));
    out.bytes.push_back(std::move(f.bytes));
  }
  KT_TRY(Json parsed, Json::parse(output));
  KT_TRY(Json placed, place(parsed));
  if (place.named.size() != files.size()) return bad("it brings a file that it does not name.");
  out.output = placed.dump();
  return out;
}

std::vector<FileReference> file_references(const std::string& stored) {
  std::vector<FileReference> out;
  if (!may_speak_of_files(stored)) return out;
  if (auto parsed = Json::parse(stored)) collect(*parsed, out);
  return out;
}

std::string with_files(const std::string& stored, const std::function<std::string(const FileReference&)>& text) {
  if (!may_speak_of_files(stored)) return stored;
  auto parsed = Json::parse(stored);
  return parsed ? replaced(*parsed, text).dump() : stored;
}

}  // namespace kontor::inference
