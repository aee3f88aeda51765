// Repository info (RI-1, RI-2) and auth-check (RI-9).
#include <fmt/format.h>

#include <set>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

const std::vector<std::string>& expandable(Kind kind) {
  static const std::vector<std::string> models = {"author",
                                                  "baseModels",
                                                  "cardData",
                                                  "childrenModelCount",
                                                  "config",
                                                  "createdAt",
                                                  "disabled",
                                                  "downloads",
                                                  "downloadsAllTime",
                                                  "evalResults",
                                                  "gated",
                                                  "gguf",
                                                  "inference",
                                                  "inferenceProviderMapping",
                                                  "lastModified",
                                                  "library_name",
                                                  "likes",
                                                  "mask_token",
                                                  "model-index",
                                                  "pipeline_tag",
                                                  "private",
                                                  "resourceGroup",
                                                  "safetensors",
                                                  "sha",
                                                  "siblings",
                                                  "spaces",
                                                  "tags",
                                                  "transformersInfo",
                                                  "trendingScore",
                                                  "usedStorage",
                                                  "widgetData",
                                                  "xetEnabled",
                                                  "_id",
                                                  "modelId",
                                                  "securityRepoStatus"};
  static const std::vector<std::string> datasets = {
      "author",   "cardData",     "citation",      "createdAt",   "description",       "disabled", "downloads",     "downloadsAllTime",
      "gated",    "lastModified", "likes",         "mainSize",    "paperswithcode_id", "private",  "resourceGroup", "sha",
      "siblings", "tags",         "trendingScore", "usedStorage", "xetEnabled",        "_id"};
  static const std::vector<std::string> spaces = {"author",      "cardData",   "createdAt", "datasets",  "disabled",      "lastModified",
                                                  "likes",       "models",     "private",   "region",    "resourceGroup", "runtime",
                                                  "sdk",         "sha",        "siblings",  "subdomain", "tags",          "trendingScore",
                                                  "usedStorage", "xetEnabled", "_id"};
  return kind == Kind::model ? models : kind == Kind::dataset ? datasets : spaces;
}

// Members that change without a commit, written without braces.
std::string moving_members(const repository::RepositoryRow& row) {
  const Repository& r = row.repository;
  std::string out = "{\"_id\":\"" + r.id + "\",\"id\":\"" + r.full_name() + "\"";
  if (r.kind == Kind::model) out += ",\"modelId\":\"" + r.full_name() + "\"";
  out += ",\"author\":\"" + r.ns + "\",\"private\":";
  out += r.visibility == identity::Visibility::private_ ? "true" : "false";
  out += r.gated.empty() ? ",\"gated\":false" : ",\"gated\":\"" + r.gated + "\"";
  out +=
      fmt::format(",\"disabled\":false,\"downloads\":{0},\"downloadsAllTime\":{0},\"likes\":{1},\"trendingScore\":0,\"createdAt\":\"{2}\"",
                  row.downloads, row.likes, rfc3339(r.created_at));
  if (r.kind == Kind::space) out += ",\"runtime\":{\"stage\":\"NO_APP_FILE\"}";
  return out;
}

Answer info(Services& v, Exchange& x, Kind kind, std::string revision) {
  auto query = x.query();
  auto expand = query.all("expand");
  bool blobs = query.flag("blobs"), security = query.flag("securityStatus");
  const std::string& ns = x.param("ns");
  const std::string& name = x.param("name");

  std::optional<repository::RepositoryRow> row;
  auto look = [&](UnitOfWork& u) -> Result<bool> {
    KT_TRY(row, v.store.row(u, kind, ns, name));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool looked, co_await v.storage.look_up(look));
  bool visible = row && identity::authorize(x.caller, identity::Action::repository_see,
                                            {row->repository.owner, row->repository.visibility}) == identity::Decision::allow;
  if (!visible) {
    auto refused = co_await open(v, x, kind, Need::see);
    if (!refused) co_return Unexpected(refused.error());
    co_return fail(Errc::unavailable, "overloaded", "The repository is just being changed: try again.");
  }
  std::string commit = row->head;
  std::string members = row->info;
  bool at_head = revision.empty() || revision == "main" || revision == "HEAD" || revision == row->head;
  if (!at_head || blobs) {
    auto body = [&](UnitOfWork& u) -> Result<bool> {
      repository::GitView view = v.repositories.view_in(u, row->repository.id);
      KT_TRY(git::Oid at, view.resolve(revision.empty() ? "main" : revision));
      commit = at.hex();
      if (commit != row->head) {
        KT_TRY(auto derived, v.repositories.derive_in(view, row->repository, at));
        members = derived.info;
      }
      if (blobs) {
        KT_TRY(auto files, view.list(at, "", true));
        JsonWriter w;
        w.begin_array();
        for (const auto& f : files) {
          if (f.is_folder) continue;
          w.begin_object().field("rfilename", f.path).field("size", f.size).field("blobId", f.oid.hex());
          if (f.lfs)
            w.key("lfs")
                .begin_object()
                .field("sha256", f.lfs->sha256)
                .field("size", f.lfs->size)
                .field("pointerSize", f.blob_size)
                .end_object();
          w.end_object();
        }
        std::string siblings = std::move(w.end_array()).str();
        if (std::size_t at_siblings = members.find("\"siblings\":"); at_siblings != std::string::npos) members.resize(at_siblings);
        members += "\"siblings\":" + siblings;
      }
      return true;
    };
    KT_CO_TRY([[maybe_unused]] bool done, co_await v.storage.read(body));
  }
  std::string text = moving_members(*row);
  if (!members.empty()) text += "," + members;
  if (security) text += ",\"securityRepoStatus\":{\"scansDone\":false,\"filesWithIssues\":[]}";
  text += "}";
  if (!expand.empty()) {
    const auto& known = expandable(kind);
    std::set<std::string> wanted{"_id", "id"};
    for (auto& e : expand) {
      if (std::find(known.begin(), known.end(), e) == known.end())
        co_return fail(Errc::malformed, "invalid_expand", fmt::format("\"expand\" must be one of [{}]", fmt::join(known, ", ")));
      wanted.insert(e);
    }
    KT_CO_TRY(Json all, Json::parse(text));
    JsonWriter w;
    w.begin_object();
    for (const auto& [k, value] : *all.object())
      if (wanted.contains(k)) w.raw_field(k, value.dump());
    if (wanted.contains("xetEnabled")) w.field("xetEnabled", true);
    text = std::move(w.end_object()).str();
  }
  auto r = http::Response::json(200, std::move(text));
  r.headers.add("X-Repo-Commit", commit);
  co_return r;
}

Answer auth_check(Services& v, Exchange& x, Kind kind, bool write) {
  KT_CO_TRY([[maybe_unused]] Repository r, co_await open(v, x, kind, write ? Need::write : Need::read));
  co_return http::Response::json(200, "{}");
}

// Ids of one segment ("gpt2") name nothing here; the answer must be the one for a missing repository.
Answer single_segment(Exchange& x) {
  if (x.caller.anonymous) co_return fail(Errc::unauthenticated, "repo_not_found", "Invalid username or password.");
  co_return fail(Errc::not_found, "repo_not_found", "Repository not found");
}

}  // namespace

void register_info(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = fmt::format("/api/{}/{{ns}}/{{name}}", plural[static_cast<int>(kind)]);
    s.route("GET", base, {.summary = "Repository"}, [&v, kind](Exchange& x) { return info(v, x, kind, ""); });
    s.route("GET", base + "/revision/{rev}", {}, [&v, kind](Exchange& x) { return info(v, x, kind, x.param("rev")); });
    s.route("GET", base + "/revision/refs/{ref_kind}/{ref_name}", {}, [&v, kind](Exchange& x) { return info(v, x, kind, revision_of(x)); });
    s.route("GET", base + "/auth-check", {}, [&v, kind](Exchange& x) { return auth_check(v, x, kind, false); });
    s.route("GET", base + "/auth-check/write", {}, [&v, kind](Exchange& x) { return auth_check(v, x, kind, true); });
    for (std::string rest : {"", "/revision/{rev}", "/tree/{rev}/{path*}"})
      s.route("GET", fmt::format("/api/{}/{{name}}{}", plural[static_cast<int>(kind)], rest), {},
              [](Exchange& x) { return single_segment(x); });
    for (std::string method : {"POST", "DELETE"})
      s.route(method, fmt::format("/api/{}/{{name}}/like", plural[static_cast<int>(kind)]), {},
              [](Exchange& x) { return single_segment(x); });
  }
  s.route("GET", "/{name}/resolve/{rev}/{path*}", {}, [](Exchange& x) { return single_segment(x); });
}

}  // namespace kontor::huggingface
