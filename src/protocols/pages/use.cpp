// Trying a repository, and calling it from code: complete without script; islands make it comfortable.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

// ---- code

struct Sample {
  std::string id, label, language, text;
};

// Example values for a schema: what the field asks for, so that the samples run as they stand.
std::string example_input(const Subject& r) {
  if (!r.deployment || r.deployment->input_schema.empty()) return "{}";
  auto schema = Json::parse(r.deployment->input_schema);
  const Json* properties = schema ? schema->find("properties") : nullptr;
  if (!properties || !properties->object()) return "{}";
  JsonWriter w;
  w.begin_object();
  for (const auto& [name, p] : *properties->object()) {
    if (const Json* example = p.find("default"); example && !example->is_null()) {
      w.raw_field(name, example->dump());
      continue;
    }
    std::string type = p.text_or("type");
    if (type == "number" || type == "integer")
      w.raw_field(name, "0");
    else if (type == "boolean")
      w.raw_field(name, "false");
    else if (type == "array") {
      auto n = p.integer_at("minItems").value_or(1);
      std::string items = "[";
      for (std::int64_t i = 0; i < std::min<std::int64_t>(n, 2000); ++i) items += i ? ",0" : "0";
      w.raw_field(name, items + "]");
    } else if (p.text_or("format") == "uri") {
      // One white pixel, as a data address.
      w.field(name, "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEANl9ngAAAAABJRU5ErkJggg==");
    } else {
      w.field(name, "Hello");
    }
  }
  return std::move(w.end_object()).str();
}

// The same value as Python text.
std::string python_of(const std::string& json) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"' && (i == 0 || json[i - 1] != '\\')) quoted = !quoted;
    if (!quoted && json.compare(i, 4, "true") == 0) {
      out += "True";
      i += 3;
    } else if (!quoted && json.compare(i, 5, "false") == 0) {
      out += "False";
      i += 4;
    } else if (!quoted && json.compare(i, 4, "null") == 0) {
      out += "None";
      i += 3;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::vector<Sample> samples_for(const View& v, const Subject& r) {
  std::string url = v.x.public_url, id = r.name(),
              type = r.kind == Kind::model ? "" : fmt::format(" --repo-type {}", repository::kind_name(r.kind));
  std::string python_type = r.kind == Kind::model ? "" : fmt::format(", repo_type=\"{}\"", repository::kind_name(r.kind));
  std::vector<Sample> out;
  bool files = !r.listing || !r.listing->only_api();
  if (files) {
    out.push_back(
        {"hf", "hf", "bash", fmt::format("export HF_ENDPOINT={}\nexport HF_TOKEN=$KONTOR_TOKEN\nhf download {}{}", url, id, type)});
    out.push_back({"python", "Python", "python",
                   fmt::format("import os\nfrom huggingface_hub import snapshot_download\n\nfolder = snapshot_download(\"{}\"{}, "
                               "endpoint=\"{}\", token=os.environ[\"KONTOR_TOKEN\"])\nprint(folder)",
                               id, python_type, url)});
  }
  if (r.kind == Kind::model) {
    std::string input = example_input(r);
    out.push_back({"replicate", "replicate", "python",
                   fmt::format("import os\nimport replicate\n\nclient = replicate.Client(base_url=\"{}\", "
                               "api_token=os.environ[\"KONTOR_TOKEN\"])\noutput = client.run(\"{}\", input={})\nprint(output)",
                               url, id, python_of(input))});
    out.push_back({"curl", "curl", "bash",
                   fmt::format("curl -s {}/v1/models/{}/predictions \\\n  -H \"Authorization: Bearer $KONTOR_TOKEN\" \\\n  -H "
                               "\"Content-Type: application/json\" \\\n  -H \"Prefer: wait\" \\\n  -d '{{\"input\": {}}}'",
                               url, id, input)});
  } else {
    out.push_back({"curl", "curl", "bash",
                   fmt::format("curl -s -H \"Authorization: Bearer $KONTOR_TOKEN\" {}/api/{}/{}", url, plural_of(r.kind), id)});
  }
  return out;
}

Html code_samples(const View& v, const Subject& r) {
  auto samples = samples_for(v, r);
  JsonWriter w;
  w.begin_object().key("samples").begin_array();
  Html sections;
  for (const Sample& sample : samples) {
    w.begin_object()
        .field("id", sample.id)
        .field("label", sample.label)
        .field("language", sample.language)
        .field("text", sample.text)
        .end_object();
    sections +=
        el("section", {cls("codeblock")},
           el("div", {cls("spread")}, el("h3", {}, sample.label),
              el("button", {cls("copy btn btn-quiet"), attr("type", "button"), attr("data-copy", sample.text)}, v.t("common.copy"))),
           el("pre", {attr("tabindex", "0"), attr("aria-label", sample.label)},
              el("code", {cls("language-" + sample.language), attr("dir", "ltr")}, sample.text)));
  }
  w.end_array().end_object();
  return el("k-code", {attr("data-props", w.text())}, sections);
}

template <Kind kind>
Answer code_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  Html token = el("p", {cls("meta")},
                  v.t.rich("code.token", {{"link", [](const Html& h) { return el("a", {attr("href", "/settings/tokens")}, h); }},
                                          {"code", [](const Html& h) { return el("code", {}, h); }}}));
  Page p;
  p.title = r.name() + " - " + v.t("repo.tab_code");
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_code"));
  p.canonical = r.path() + "/code";
  p.body = repository_frame(v, r, Tab::code, el("h2", {}, v.t("code.title")) + token + code_samples(v, r));
  co_return render(v, std::move(p));
}

// ---- try

struct TryFacts {
  std::optional<std::int64_t> free_left;
  std::vector<std::string> samples;  // paths of pictures
};

Answer try_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, Kind::model);
  auto look = [&](UnitOfWork& u) -> Result<TryFacts> {
    TryFacts f;
    if (r.entitlement) {
      KT_TRY(auto counters, s.market.counters(u, *r.entitlement));
      for (const auto& c : counters)
        if (!f.free_left) f.free_left = c.free_left;
    }
    if (r.row.head.empty()) return f;
    repository::GitView view = s.repositories.view_in(u, r.repository().id);
    KT_TRY(git::Oid at, view.resolve("main"));
    for (const char* folder : {"examples", "samples", "images"}) {
      KT_TRY(auto entry, view.find(at, folder));
      if (!entry || !entry->is_folder) continue;
      KT_TRY(auto list, view.list(at, folder, false));
      for (const auto& file : list) {
        std::string lower = ascii_lower(file.path);
        if ((lower.ends_with(".png") || lower.ends_with(".jpg") || lower.ends_with(".jpeg")) && f.samples.size() < 12)
          f.samples.push_back(file.path);
      }
    }
    return f;
  };
  KT_CO_TRY(TryFacts f, co_await s.storage.read(look));
  Html content;
  bool callable = r.deployment && r.deployment->state != inference::DeploymentState::failed && !r.deployment->input_schema.empty();
  bool free_to_call = !r.listing || r.mine || r.entitlement || (!r.offers.empty() && r.offers.front().offer.auto_accept);
  if (!r.deployment) {
    content =
        el("div", {cls("empty panel")}, el("h2", {}, v.t("try.none")), el("p", {}, v.t(r.mine ? "try.none_owner" : "try.none_reader")),
           r.mine ? el("p", {},
                       el("a", {cls("btn btn-primary"), attr("href", "/sell/deployments?new=" + percent_encode(r.repository().asset()))},
                          v.t("try.deploy")))
                  : Html());
  } else if (!callable) {
    bool failed = r.deployment->state == inference::DeploymentState::failed;
    content = el("div", {cls("empty panel")}, el("h2", {}, v.t(failed ? "try.failed" : "try.starting")),
                 failed && r.mine ? el("pre", {cls("well")}, r.deployment->failure) : Html(),
                 el("p", {}, v.t(failed ? "try.failed_why" : "try.starting_why")));
  } else {
    // Who may not run it yet sees all the same what it takes.
    std::optional<Way> gate;
    std::string why;
    if (!v.signed_in()) {
      gate = Way{v.t("try.sign_in"), sign_in_url(v.here())};
      why = v.t("try.sign_in_why");
    } else if (!free_to_call) {
      gate = way_to_licence(v, r);
      why = v.t(gate ? "try.needs_licence" : "price.no_offer");
    }
    JsonWriter w;
    std::string price = r.mine                               ? v.t("try.own")
                        : r.entitlement && !r.offers.empty() ? run_price_text(v.t, *r.offers.front().plan)
                                                             : price_text(v, r);
    w.begin_object()
        .field("asset", r.repository().asset())
        .field("replicate_model", r.name())
        .field("version", r.deployment->version)
        .raw_field("input_schema", r.deployment->input_schema);
    w.field("deployment", r.deployment->id)
        .field("state", inference::state_name(r.deployment->state))
        .field("task", r.info.text_or("pipeline_tag"))
        .field("price_text", price)
        .field("metered", r.listing && !r.mine);
    if (!why.empty()) {
      w.key("gate").begin_object().field("why", why);
      if (gate) w.field("label", gate->label).field("href", gate->href);
      w.end_object();
    }
    if (f.free_left) w.field("free_left", *f.free_left);
    w.key("samples").begin_array();
    if (r.readable)
      for (const auto& path : f.samples)
        w.begin_object()
            .field("name", path.substr(path.rfind('/') + 1))
            .field("url", r.path() + "/resolve/main/" + file_path(path))
            .end_object();
    w.end_array().end_object();
    content =
        el("k-try", {attr("data-props", w.text())},
           el("noscript", {},
              el("p", {cls("notice notice-info")},
                 v.t.rich("try.noscript", {{"link", [&](const Html& h) { return el("a", {attr("href", r.path() + "/code")}, h); }}}))));
  }
  Page p;
  p.title = r.name() + " - " + v.t("repo.tab_try");
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_try"));
  p.is_private = true;
  p.body = repository_frame(v, r, Tab::try_it, std::move(content));
  co_return render(v, std::move(p));
}

template <Kind kind>
void add_kind(server::Surface& s, Services& v) {
  page(s, v, (kind == Kind::model ? "" : "/" + std::string(plural_of(kind))) + "/{ns}/{name}/code", code_page<kind>);
}

}  // namespace

void register_use(server::Surface& s, Services& v) {
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
  page(s, v, "/{ns}/{name}/try", try_page);
}

}  // namespace kontor::pages
