#include "protocols/replicate/render.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"

namespace kontor::replicate {

std::string prediction_json(const inference::Prediction& p, const std::string& url, const FileText& file) {
  JsonWriter w;
  w.begin_object()
      .field("id", p.id)
      .field("model", p.model)
      .field("version", p.version)
      .field("status", inference::state_name(p.state))
      .raw_field("input", p.input);
  if (p.output.empty())
    w.key("output").null();
  else
    w.raw_field("output", inference::with_files(p.output, file));
  w.field("logs", p.logs);
  if (p.error.empty())
    w.key("error").null();
  else
    w.field("error", p.error);
  w.key("metrics").begin_object();
  if (p.started_at && p.completed_at) {
    w.raw_field("predict_time", fmt::format("{}.{:06}", p.predict_us / 1'000'000, p.predict_us % 1'000'000));
    std::int64_t total_us = (p.completed_at->ns - p.created_at.ns) / 1000;
    w.raw_field("total_time", fmt::format("{}.{:06}", total_us / 1'000'000, total_us % 1'000'000));
  }
  w.end_object();
  w.field("created_at", rfc3339(p.created_at));
  auto time = [&](std::string_view key, const std::optional<Time>& t) {
    if (t)
      w.field(key, rfc3339(*t));
    else
      w.key(key).null();
  };
  time("started_at", p.started_at);
  time("completed_at", p.completed_at);
  if (p.deadline) w.field("deadline", rfc3339(*p.deadline));
  // Every run that succeeds has an output, "null" at least; without one its time is over.
  w.field("data_removed", p.state == inference::PredictionState::succeeded && p.output.empty()).field("source", "api");
  if (!p.webhook.empty()) {
    w.field("webhook", p.webhook).key("webhook_events_filter").begin_array();
    for (auto& e : p.webhook_events) w.value(e);
    w.end_array();
  }
  w.key("urls")
      .begin_object()
      .field("get", url + "/v1/predictions/" + p.id)
      .field("cancel", url + "/v1/predictions/" + p.id + "/cancel")
      .field("web", url + "/" + p.model)
      .end_object();
  return std::move(w.end_object()).str();
}

std::string version_json(const inference::Deployment& d) {
  std::string input = d.input_schema.empty() ? "{\"type\":\"object\",\"properties\":{}}" : d.input_schema;
  std::string output = d.output_schema.empty() ? "{}" : d.output_schema;
  JsonWriter w;
  w.begin_object().field("id", d.version).field("created_at", rfc3339(d.created_at)).field("cog_version", "0.16.0");
  w.key("openapi_schema")
      .begin_object()
      .field("openapi", "3.0.2")
      .key("info")
      .begin_object()
      .field("title", "Model")
      .field("version", "0.1.0")
      .end_object();
  w.key("paths").begin_object().end_object();
  w.key("components")
      .begin_object()
      .key("schemas")
      .begin_object()
      .raw_field("Input", input)
      .raw_field("Output", output)
      .end_object()
      .end_object()
      .end_object();
  return std::move(w.end_object()).str();
}

std::string model_json(const repository::Repository& r, const inference::Deployment& newest, const std::string& url) {
  JsonWriter w;
  w.begin_object().field("url", url + "/" + r.full_name()).field("owner", r.ns).field("name", r.name).key("description").null();
  w.field("visibility", newest.public_ && r.visibility == identity::Visibility::public_ ? "public" : "private").field("is_official", true);
  for (const char* key : {"github_url", "paper_url", "license_url", "cover_image_url"}) w.key(key).null();
  w.field("run_count", 0).key("default_example").null().raw_field("latest_version", version_json(newest));
  return std::move(w.end_object()).str();
}

std::string file_json(const inference::StoredFile& f, const std::string& url) {
  JsonWriter w;
  w.begin_object()
      .field("id", f.id)
      .field("name", f.name)
      .field("content_type", f.content_type)
      .field("size", f.size)
      .field("etag", f.sha256);
  w.key("checksums")
      .begin_object()
      .field("sha256", f.sha256)
      .end_object()
      .raw_field("metadata", f.metadata)
      .field("created_at", rfc3339(f.created_at))
      .field("expires_at", rfc3339(f.expires_at));
  w.key("urls").begin_object().field("get", url + "/v1/files/" + f.id).end_object();
  return std::move(w.end_object()).str();
}

}  // namespace kontor::replicate
