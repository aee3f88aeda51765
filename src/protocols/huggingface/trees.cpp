// Trees, paths-info, commits and refs (RI-3 to RI-6).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

using repository::CommitEntry;
using repository::FileEntry;
using repository::GitView;

constexpr std::size_t page_entries = 1000, page_expanded = 100, max_paths = 2000;

struct Extras {
  std::unordered_map<std::string, std::string> xet;  // by sha256; absent for readers who may not read contents
  std::unordered_map<std::string, CommitEntry> last;
  bool expand = false;
};

void write_entry(JsonWriter& w, const FileEntry& f, const Extras& extras) {
  w.begin_object().field("type", f.is_folder ? "directory" : "file").field("oid", f.oid.hex()).field("size", f.size).field("path", f.path);
  if (f.lfs) {
    w.key("lfs").begin_object().field("oid", f.lfs->sha256).field("size", f.lfs->size).field("pointerSize", f.blob_size).end_object();
    if (auto it = extras.xet.find(f.lfs->sha256); it != extras.xet.end() && f.lfs->size > 0) w.field("xetHash", it->second);
  }
  if (extras.expand) {
    if (auto it = extras.last.find(f.path); it != extras.last.end())
      w.key("lastCommit")
          .begin_object()
          .field("id", it->second.oid.hex())
          .field("title", it->second.commit.title())
          .field("date", rfc3339(Time::from_seconds(it->second.commit.committer.seconds)))
          .end_object();
    if (!f.is_folder) w.raw_field("securityFileStatus", "{\"status\":\"unscanned\",\"avScan\":null,\"pickleImportScan\":null}");
  }
  w.end_object();
}

// Xet hashes and last commits for the entries of one page.
Result<Extras> extras_for(Services& v, UnitOfWork& u, GitView& view, const identity::Caller& caller, const Repository& r,
                          const git::Oid& at, const std::vector<FileEntry>& page, bool expand) {
  Extras out;
  out.expand = expand;
  std::vector<std::string> shas, paths;
  for (const auto& f : page) {
    if (f.lfs) shas.push_back(f.lfs->sha256);
    paths.push_back(f.path);
  }
  // The hash is shown only to those who may fetch: clients skip every other check once they have it.
  if (!shas.empty() && v.policy.may_read(u, caller, r, "", false)) {
    KT_TRY(out.xet, v.content.xet_hashes(u, r.id, shas));
  }
  if (expand) {
    KT_TRY(out.last, view.last_commits(at, paths));
  }
  return out;
}

Answer tree(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::see));
  auto query = x.query();
  bool recursive = query.flag("recursive"), expand = query.flag("expand");
  std::size_t size = expand ? page_expanded : page_entries;
  if (auto limit = query.get("limit"))
    if (auto n = parse_u64(*limit); n && *n > 0) size = std::min<std::size_t>(size, *n);
  std::string after = from_base64url(query.get("cursor").value_or("")).value_or("");
  std::string path = x.param("path"), revision = revision_of(x);
  while (path.ends_with('/')) path.pop_back();
  identity::Caller caller = x.caller;
  struct Page {
    std::string json, next, commit;
  };
  auto body = [&](UnitOfWork& u) -> Result<Page> {
    GitView view = v.repositories.view_in(u, r.id);
    KT_TRY(git::Oid at, view.resolve(revision));
    KT_TRY(auto entries, view.list(at, path, recursive));
    std::size_t from = 0;
    if (!after.empty())
      for (from = 0; from < entries.size(); ++from)
        if (entries[from].path == after) {
          ++from;
          break;
        }
    std::vector<FileEntry> page(entries.begin() + static_cast<std::ptrdiff_t>(std::min(from, entries.size())),
                                entries.begin() + static_cast<std::ptrdiff_t>(std::min(from + size, entries.size())));
    KT_TRY(Extras extras, extras_for(v, u, view, caller, r, at, page, expand));
    JsonWriter w;
    w.begin_array();
    for (const auto& f : page) write_entry(w, f, extras);
    Page out{std::move(w.end_array()).str(), {}, at.hex()};
    if (from + size < entries.size()) out.next = page.back().path;
    return out;
  };
  KT_CO_TRY(Page page, co_await v.storage.read(body));
  auto response = http::Response::json(200, std::move(page.json));
  response.headers.add("X-Repo-Commit", page.commit);
  if (!page.next.empty()) response.headers.add("Link", link_next(x, base64url(page.next)));
  co_return response;
}

Answer paths_info(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::see));
  KT_CO_TRY(std::string text, co_await x.request.read_all(4 << 20));
  std::vector<std::string> paths;
  bool expand = false;
  if (x.request.header("Content-Type").starts_with("application/x-www-form-urlencoded")) {
    http::Parameters form(text);
    paths = form.all("paths");
    expand = form.flag("expand");
  } else {
    KT_CO_TRY(Json body, Json::parse(text));
    const Json* list = body.find("paths");
    if (list && list->string()) paths.push_back(*list->string());
    if (list && list->array())
      for (auto& p : *list->array()) {
        if (!p.string()) co_return fail(Errc::malformed, "malformed", "\"paths\" must be a list of strings.");
        paths.push_back(*p.string());
      }
    if (!list) co_return fail(Errc::malformed, "malformed", "\"paths\" is missing.");
    expand = body.bool_or("expand", false);
  }
  if (paths.size() > max_paths)
    co_return fail(Errc::too_large, "too_large", fmt::format("At most {} paths can be asked for at once.", max_paths));
  for (auto& p : paths) {
    while (p.starts_with('/')) p.erase(0, 1);
    while (p.ends_with('/')) p.pop_back();
  }
  std::string revision = revision_of(x);
  identity::Caller caller = x.caller;
  auto body = [&](UnitOfWork& u) -> Result<std::string> {
    GitView view = v.repositories.view_in(u, r.id);
    KT_TRY(git::Oid at, view.resolve(revision));
    std::vector<FileEntry> found;
    for (const auto& p : paths) {
      KT_TRY(auto f, view.find(at, p));
      if (f && !p.empty()) found.push_back(std::move(*f));
    }
    KT_TRY(Extras extras, extras_for(v, u, view, caller, r, at, found, expand));
    JsonWriter w;
    w.begin_array();
    for (const auto& f : found) write_entry(w, f, extras);
    return std::move(w.end_array()).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(body));
  co_return http::Response::json(200, std::move(json));
}

Answer commits(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::see));
  auto query = x.query();
  std::size_t limit = std::clamp<std::uint64_t>(parse_u64(query.get("limit").value_or("50")).value_or(50), 1, 1000);
  std::size_t page = parse_u64(query.get("p").value_or("0")).value_or(0);
  std::size_t skip = page * limit;
  if (auto cursor = query.get("cursor")) skip = parse_u64(from_base64url(*cursor).value_or("")).value_or(0);
  bool formatted = false;
  for (auto& e : query.all("expand")) formatted = formatted || e == "formatted";
  std::string revision = revision_of(x);
  struct Page {
    std::string json;
    std::size_t total = 0;
  };
  auto body = [&](UnitOfWork& u) -> Result<Page> {
    GitView view = v.repositories.view_in(u, r.id);
    KT_TRY(git::Oid at, view.resolve(revision));
    Page out;
    KT_TRY(auto list, view.history(at, skip, limit, &out.total));
    JsonWriter w;
    w.begin_array();
    for (const auto& c : list) {
      w.begin_object()
          .field("id", c.oid.hex())
          .field("title", c.commit.title())
          .field("message", c.commit.rest())
          .field("date", rfc3339(Time::from_seconds(c.commit.committer.seconds)));
      w.key("authors").begin_array().begin_object().field("user", c.commit.author.name).end_object().end_array();
      if (formatted) w.key("formatted").begin_object().field("title", c.commit.title()).field("message", c.commit.rest()).end_object();
      w.end_object();
    }
    out.json = std::move(w.end_array()).str();
    return out;
  };
  KT_CO_TRY(Page out, co_await v.storage.read(body));
  auto response = http::Response::json(200, std::move(out.json));
  response.headers.add("X-Total-Count", std::to_string(out.total));
  if (skip + limit < out.total) response.headers.add("Link", link_next(x, base64url(std::to_string(skip + limit))));
  co_return response;
}

Answer refs(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::see));
  bool prs = x.query().flag("include_prs");
  auto body = [&](UnitOfWork& u) { return v.store.refs(u, r.id); };
  KT_CO_TRY(auto rows, co_await v.storage.read(body));
  JsonWriter w;
  w.begin_object();
  auto group = [&](std::string_view key, std::string_view prefix) {
    w.key(key).begin_array();
    for (const auto& ref : rows)
      if (ref.name.starts_with(prefix))
        w.begin_object()
            .field("name", ref.name.substr(prefix.size()))
            .field("ref", ref.name)
            .field("targetCommit", ref.commit.hex())
            .end_object();
    w.end_array();
  };
  group("branches", "refs/heads/");
  group("converts", "refs/convert/");
  group("tags", "refs/tags/");
  if (prs) group("pullRequests", "refs/pr/");
  co_return http::Response::json(200, std::move(w.end_object()).str());
}

}  // namespace

void register_trees(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = fmt::format("/api/{}/{{ns}}/{{name}}", plural[static_cast<int>(kind)]);
    for (std::string rev : {"{rev}", "refs/{ref_kind}/{ref_name}"}) {
      s.route("GET", base + "/tree/" + rev + "/{path*}", {}, [&v, kind](Exchange& x) { return tree(v, x, kind); });
      s.route("POST", base + "/paths-info/" + rev, {.max_body = 4 << 20}, [&v, kind](Exchange& x) { return paths_info(v, x, kind); });
      s.route("GET", base + "/commits/" + rev, {}, [&v, kind](Exchange& x) { return commits(v, x, kind); });
    }
    s.route("GET", base + "/refs", {}, [&v, kind](Exchange& x) { return refs(v, x, kind); });
  }
}

}  // namespace kontor::huggingface
