// Card, files, one file, versions, one version.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/markdown.hpp"
#include "codec/yaml.hpp"
#include "protocols/pages/icons.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

using repository::CommitEntry;
using repository::FileEntry;
using repository::GitView;

constexpr std::size_t files_per_page = 100, commits_per_page = 50, max_shown_text = 512 * 1024, max_changed_files = 500;

std::string card_language(const Subject& r, const View& v) {
  auto list = r.card_list("language");
  if (list.size() != 1 || list[0].size() > 8) return {};
  return list[0] == "zh" ? "zh-Hans" : list[0] == v.t.language().tag ? std::string() : list[0];
}

Html empty_card(const View& v, const Subject& r) {
  return el("div", {cls("empty panel")}, el("h2", {}, v.t("repo.no_card")),
            el("p", {}, v.t(r.writable ? "repo.no_card_owner" : "repo.no_card_reader")),
            el("p", {},
               el("a", {cls("btn btn-plain"), attr("href", r.path() + (r.writable ? "/upload/main" : "/tree/main"))},
                  v.t(r.writable ? "repo.upload" : "repo.tab_files"))));
}

template <Kind kind>
Answer card_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  std::string text;
  if (!r.row.head.empty()) {
    auto look = [&](UnitOfWork& u) -> Result<std::string> {
      GitView view = s.repositories.view_in(u, r.repository().id);
      KT_TRY(git::Oid at, view.resolve("main"));
      KT_TRY(auto file, view.find(at, "README.md"));
      if (!file || file->is_folder || file->lfs) return std::string();
      return view.blob(file->oid);
    };
    KT_CO_TRY(text, co_await s.storage.read(look));
  }
  std::string_view body = text;
  if (auto front = front_matter(text))
    body = std::string_view(front->data() + front->size(),
                            static_cast<std::size_t>(text.data() + text.size() - front->data() - front->size()));
  if (body.data() != text.data() && body.starts_with("---"))
    body.remove_prefix(std::min(body.find('\n') == std::string_view::npos ? body.size() : body.find('\n') + 1, body.size()));
  Html card;
  bool formulas = false;
  if (trim(body).empty()) {
    card = empty_card(v, r);
  } else {
    std::string lang = card_language(r, v);
    std::string html = render_markdown(body, card_markdown(v, r));
    formulas = html.find("<span class=\"math") != std::string::npos;
    card = el("article", {cls("prose"), attr("dir", "auto"), when(!lang.empty(), attr("lang", lang))}, Html::trusted(std::move(html)));
  }
  Page p;
  p.title = r.name();
  p.description = r.listing ? r.listing->summary : std::string();
  p.crumbs = repository_crumbs(v, r);
  p.canonical = r.repository().visibility == identity::Visibility::private_ ? std::string() : r.path();
  p.is_private = p.canonical.empty();
  if (formulas) p.early = "maths";
  p.body = repository_frame(v, r, Tab::card, std::move(card), true);
  co_return render(v, std::move(p));
}

Html revision_select(const View& v, const Subject& r, const std::vector<repository::RefRow>& refs, const std::string& revision,
                     std::string_view page, const std::string& path) {
  Html options;
  bool listed = false;
  for (const auto& ref : refs) {
    std::string shown = ref.name.starts_with("refs/heads/")  ? ref.name.substr(11)
                        : ref.name.starts_with("refs/tags/") ? ref.name.substr(10)
                                                             : std::string();
    if (shown.empty()) continue;
    listed = listed || shown == revision;
    options += el("option", {attr("value", shown), flag("selected", shown == revision)}, shown);
  }
  if (!listed) options += el("option", {attr("value", revision), flag("selected")}, revision);
  return el("form", {cls("row revision"), attr("method", "get"), attr("action", r.path() + "/" + std::string(page))},
            el("label", {cls("sr-only"), attr("for", "rev")}, v.t("files.revision")),
            el("select", {attr("id", "rev"), attr("name", "rev")}, options),
            path.empty() ? Html() : el("input", {attr("type", "hidden"), attr("name", "path"), attr("value", path)}),
            el("button", {cls("btn btn-plain"), attr("type", "submit")}, v.t("files.go")));
}

Html path_crumbs(const View& v, const Subject& r, const std::string& revision, const std::string& path) {
  Html out = el("a", {attr("href", r.path() + "/tree/" + percent_encode(revision))}, name_of(r.repository().name));
  std::string so_far;
  auto parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size() && !path.empty(); ++i) {
    so_far += (i ? "/" : "") + std::string(parts[i]);
    out += Html(" / ");
    out += i + 1 == parts.size()
               ? el("span", {attr("aria-current", "page")}, name_of(parts[i]))
               : el("a", {attr("href", r.path() + "/tree/" + percent_encode(revision) + "/" + file_path(so_far))}, name_of(parts[i]));
  }
  return el("p", {cls("path")}, out);
}

Html closed_notice(const View& v, const Subject& r) {
  if (gate_answered(r)) return gate_action(v, r);
  std::string_view key = r.why_not == "api_only" ? "files.api_only" : r.why_not == "gated" ? "files.gated" : "files.needs_licence";
  return el("div", {cls("notice notice-info spread")}, el("p", {}, v.t(key)), primary_action(v, r));
}

struct Folder {
  git::Oid commit;
  std::optional<FileEntry> entry;
  std::vector<FileEntry> page;
  std::size_t total = 0, from = 0;
  std::uint64_t bytes = 0;
  std::unordered_map<std::string, CommitEntry> last;
  std::vector<repository::RefRow> refs;
};

Answer redirect_revision(const View& v, const Subject& r, std::string_view page) {
  std::string path = v.query.get("path").value_or("");
  co_return see_other(r.path() + "/" + std::string(page) + "/" + percent_encode(v.query.get("rev").value_or("main")) +
                      (path.empty() ? "" : "/" + file_path(path)));
}

template <Kind kind>
Answer choose_tree(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  co_return co_await redirect_revision(v, r, "tree");
}
template <Kind kind>
Answer choose_commits(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  co_return co_await redirect_revision(v, r, "commits");
}

template <Kind kind>
Answer tree_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  std::string revision = x.param("rev"), path = x.param("path");
  while (path.ends_with('/')) path.pop_back();
  std::size_t from = parse_u64(v.query.get("from").value_or("0")).value_or(0);
  auto look = [&](UnitOfWork& u) -> Result<Folder> {
    GitView view = s.repositories.view_in(u, r.repository().id);
    Folder f;
    KT_TRY(f.commit, view.resolve(revision));
    KT_TRY(f.entry, view.find(f.commit, path));
    if (!path.empty() && !f.entry) return fail(Errc::not_found, "entry_not_found", "There is no such file or folder at this revision.");
    if (f.entry && !f.entry->is_folder) return f;
    KT_TRY(auto all, view.list(f.commit, path, false));
    std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.is_folder > b.is_folder; });
    for (const auto& e : all) f.bytes += e.size;
    f.total = all.size();
    f.from = std::min(from, all.size());
    f.page.assign(all.begin() + static_cast<std::ptrdiff_t>(f.from),
                  all.begin() + static_cast<std::ptrdiff_t>(std::min(f.from + files_per_page, all.size())));
    std::vector<std::string> paths;
    for (const auto& e : f.page) paths.push_back(e.path);
    KT_TRY(f.last, view.last_commits(f.commit, paths));
    KT_TRY(f.refs, s.repository_store.refs(u, r.repository().id));
    return f;
  };
  Page p;
  p.title = r.name() + " - " + v.t("repo.tab_files");
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_files"));
  if (r.row.head.empty() && path.empty()) {
    p.body = repository_frame(
        v, r, Tab::files,
        el("div", {cls("empty panel")}, el("h2", {}, v.t("files.empty")),
           r.writable ? el("a", {cls("btn btn-primary"), attr("href", r.path() + "/upload/main")}, v.t("repo.upload")) : Html()));
    co_return render(v, std::move(p));
  }
  KT_CO_TRY(Folder f, co_await s.storage.read(look));
  std::string base = r.path(), rev = percent_encode(revision);
  if (f.entry && !f.entry->is_folder) co_return see_other(base + "/blob/" + rev + "/" + file_path(path));
  Html rows;
  for (const auto& e : f.page) {
    std::string name = e.path.substr(e.path.rfind('/') == std::string::npos ? 0 : e.path.rfind('/') + 1);
    bool open = r.readable || r.why_not.empty();
    if (!open && e.path == "README.md" && r.why_not == "payment_required") open = true;
    std::string url = base + (e.is_folder ? "/tree/" : "/blob/") + rev + "/" + file_path(e.path);
    Html last;
    if (auto it = f.last.find(e.path); it != f.last.end())
      last = el("td", {cls("muted")}, name_of(it->second.commit.title())) +
             el("td", {cls("meta")}, time_element(v, Time::from_seconds(it->second.commit.committer.seconds)));
    else
      last = el("td", {}) + el("td", {});
    Html get;
    if (!e.is_folder && open)
      get = el("a",
               {attr("href", base + "/resolve/" + rev + "/" + file_path(e.path) + "?download=true"),
                attr("aria-label", v.t("files.download_named", {{"name", name}}))},
               v.t("files.download"));
    else if (!e.is_folder)
      get = el("span", {cls("meta locked")}, icon("lock"), v.t(r.why_not == "gated" ? "files.on_request" : "files.locked"));
    rows += el("tr", {},
               el("th", {attr("scope", "row")}, icon(e.is_folder ? "folder" : "file"), " ", el("a", {attr("href", url)}, name_of(name)),
                  e.is_folder ? Html("/") : Html()),
               el("td", {cls("num")}, e.is_folder ? Html() : Html(v.t.bytes(e.size))), last, el("td", {cls("num")}, get));
  }
  Html pager;
  auto page_url = [&](std::size_t at) {
    return base + "/tree/" + rev + (path.empty() ? "" : "/" + file_path(path)) + (at ? "?from=" + std::to_string(at) : "");
  };
  if (f.from > 0)
    pager += el("a", {attr("rel", "prev"), attr("href", page_url(f.from > files_per_page ? f.from - files_per_page : 0))},
                v.t("common.previous"));
  if (f.from + files_per_page < f.total)
    pager += el("a", {attr("rel", "next"), attr("href", page_url(f.from + files_per_page))}, v.t("common.next"));
  Html table = el(
      "table", {cls("table files")}, el("caption", {cls("sr-only")}, v.t("files.caption")),
      el("thead", {},
         el("tr", {}, el("th", {attr("scope", "col")}, v.t("files.name")), el("th", {attr("scope", "col"), cls("num")}, v.t("files.size")),
            el("th", {attr("scope", "col")}, v.t("files.last_change")), el("th", {attr("scope", "col")}, v.t("files.when")),
            el("th", {attr("scope", "col"), cls("num")}, el("span", {cls("sr-only")}, v.t("files.download"))))),
      el("tbody", {}, rows));
  Html content =
      el("div", {cls("spread")}, path_crumbs(v, r, revision, path), revision_select(v, r, f.refs, revision, "tree", path)) +
      (r.readable ? Html() : closed_notice(v, r)) +
      el("div", {cls("scroll"), attr("tabindex", "0"), attr("role", "region"), attr("aria-label", v.t("files.caption"))}, table) +
      el("p", {cls("meta spread")},
         el("span", {}, v.t("files.sum", {{"n", static_cast<std::int64_t>(f.total)}, {"size", v.t.bytes(f.bytes)}})),
         el("span", {}, el("code", {}, f.commit.hex().substr(0, 7)))) +
      (pager.empty() ? Html() : el("nav", {cls("pager"), attr("aria-label", v.t("common.pages"))}, pager));
  if (!path.empty()) p.title = r.name() + ": " + path;
  p.body = repository_frame(v, r, Tab::files, std::move(content));
  co_return render(v, std::move(p));
}

bool looks_like_text(std::string_view s) { return valid_utf8(s) && s.find('\0') == std::string_view::npos; }

Html lines_of(std::string_view text) {
  std::string out;
  std::size_t n = 0;
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (std::string_view line : split(text, '\n')) {
    ++n;
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += fmt::format("<span class=\"line\" id=\"L{0}\"><a href=\"#L{0}\" tabindex=\"-1\" aria-hidden=\"true\">{0}</a>", n);
    append_visible(out, line.substr(0, 10'000));
    out += "\n</span>";
  }
  return Html::trusted(std::move(out));
}

// Files whose beginning says which tensors are in them; a script reads that part of the file (web/islands/tensors).
std::string_view tensor_format(std::string_view lower_path) {
  for (std::string_view format : {"safetensors", "gguf", "onnx"})
    if (lower_path.size() > format.size() + 1 && lower_path.ends_with(format) && lower_path[lower_path.size() - format.size() - 1] == '.')
      return format;
  return {};
}

struct OneFile {
  git::Oid commit;
  FileEntry entry;
  std::string text;
  std::vector<repository::RefRow> refs;
};

template <Kind kind>
Answer blob_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  std::string revision = x.param("rev"), path = x.param("path");
  auto look = [&](UnitOfWork& u) -> Result<OneFile> {
    GitView view = s.repositories.view_in(u, r.repository().id);
    OneFile f;
    KT_TRY(f.commit, view.resolve(revision));
    KT_TRY(auto entry, view.find(f.commit, path));
    if (!entry) return fail(Errc::not_found, "entry_not_found", "There is no such file at this revision.");
    f.entry = std::move(*entry);
    KT_TRY(f.refs, s.repository_store.refs(u, r.repository().id));
    return f;
  };
  KT_CO_TRY(OneFile f, co_await s.storage.read(look));
  std::string base = r.path(), rev = percent_encode(revision);
  if (f.entry.is_folder) co_return see_other(base + "/tree/" + rev + "/" + file_path(path));
  // Showing content is delivering it: the same door as a download.
  std::string lower = ascii_lower(path);
  bool picture = false;
  for (std::string_view ending : {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp"}) picture = picture || lower.ends_with(ending);
  std::string_view format = tensor_format(lower);
  bool small = !f.entry.lfs && f.entry.size <= max_shown_text && format.empty();
  auto may =
      co_await s.access.open(x.caller, kind, r.repository().ns, r.repository().name, repository::Need::read, path, small && !picture);
  Html content;
  if (!may) {
    if (may.error().kind == Errc::internal || may.error().kind == Errc::unavailable) co_return Unexpected(may.error());
    content = closed_notice(v, r);
  } else if (picture) {
    content = el("p", {cls("well picture")}, el("img", {attr("src", base + "/resolve/" + rev + "/" + file_path(path)), attr("alt", path)}));
  } else if (small) {
    auto read = [&](UnitOfWork& u) -> Result<std::string> { return s.repositories.view_in(u, r.repository().id).blob(f.entry.oid); };
    KT_CO_TRY(std::string text, co_await s.storage.read(read));
    content = looks_like_text(text) ? el("pre", {cls("lines"), attr("tabindex", "0"), attr("aria-label", path)},
                                         el("code", {attr("dir", "ltr")}, lines_of(text)))
                                    : el("p", {cls("well muted")}, v.t("files.binary"));
  } else if (!format.empty()) {
    // Reading a part of what was bought is a download too, and may end the right to return it: then the reader says when.
    JsonWriter w;
    w.begin_object()
        .field("url", base + "/resolve/" + rev + "/" + file_path(path))
        .field("format", format)
        .field("size", f.entry.size)
        .field("ask", r.listing.has_value() && !r.writable)
        .end_object();
    content = el("k-tensors", {attr("data-props", w.text())}, el("p", {cls("well muted")}, v.t("files.binary")));
  } else {
    content = el("p", {cls("well muted")}, v.t("files.not_shown"));
  }
  Html facts;
  auto fact = [&](std::string_view label, const Html& value) { facts += el("dt", {}, v.t(label)) + el("dd", {}, value); };
  fact("files.size", Html(v.t.bytes(f.entry.size)));
  if (f.entry.lfs)
    fact("files.sha256",
         el("code", {cls("hash")}, f.entry.lfs->sha256) +
             el("button", {cls("copy btn btn-quiet"), attr("type", "button"), attr("data-copy", f.entry.lfs->sha256)}, v.t("common.copy")));
  fact("files.blob", el("code", {cls("hash")}, f.entry.oid.hex()));
  Html get = may ? el("a", {cls("btn btn-plain"), attr("href", base + "/resolve/" + rev + "/" + file_path(path) + "?download=true")},
                      v.t("files.download"))
                 : Html();
  Page p;
  p.title = r.name() + ": " + path;
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_files"), base + "/tree/" + rev);
  p.is_private = !may || r.listing.has_value();
  p.body = repository_frame(v, r, Tab::files,
                            el("div", {cls("spread")}, path_crumbs(v, r, revision, path),
                               el("div", {cls("row")}, revision_select(v, r, f.refs, revision, "tree", path), get)) +
                                el("dl", {cls("kv inline")}, facts) + content);
  co_return render(v, std::move(p));
}

struct History {
  git::Oid at;
  std::vector<CommitEntry> commits;
  std::size_t total = 0;
  std::vector<repository::RefRow> refs;
};

template <Kind kind>
Answer commits_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  std::string revision = x.param("rev");
  std::size_t from = parse_u64(v.query.get("from").value_or("0")).value_or(0);
  Page p;
  p.title = r.name() + " - " + v.t("repo.tab_versions");
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_versions"));
  if (r.row.head.empty()) {
    p.body = repository_frame(v, r, Tab::versions, el("div", {cls("empty panel")}, el("h2", {}, v.t("files.empty"))));
    co_return render(v, std::move(p));
  }
  auto look = [&](UnitOfWork& u) -> Result<History> {
    GitView view = s.repositories.view_in(u, r.repository().id);
    History h;
    KT_TRY(h.at, view.resolve(revision));
    KT_TRY(h.commits, view.history(h.at, from, commits_per_page, &h.total));
    KT_TRY(h.refs, s.repository_store.refs(u, r.repository().id));
    return h;
  };
  KT_CO_TRY(History h, co_await s.storage.read(look));
  std::string base = r.path();
  Html rows;
  for (const auto& c : h.commits) {
    Html badges;
    for (const auto& ref : h.refs)
      if (ref.commit == c.oid && ref.name.starts_with("refs/tags/"))
        badges += Html(" ") + el("span", {cls("badge badge-info")}, name_of(ref.name.substr(10)));
    rows += el("li", {cls("spread")},
               el("div", {},
                  el("a", {attr("href", base + "/commit/" + c.oid.hex())},
                     name_of(c.commit.title().empty() ? c.oid.hex().substr(0, 7) : c.commit.title())),
                  badges,
                  el("p", {cls("meta")}, name_of(c.commit.author.name), " \u00B7 ",
                     time_element(v, Time::from_seconds(c.commit.committer.seconds)))),
               el("div", {cls("row")}, el("code", {}, c.oid.hex().substr(0, 7)),
                  el("a", {cls("btn btn-quiet"), attr("href", base + "/tree/" + c.oid.hex())}, v.t("versions.browse"))));
  }
  Html pager;
  auto page_url = [&](std::size_t at) { return base + "/commits/" + percent_encode(revision) + (at ? "?from=" + std::to_string(at) : ""); };
  if (from > 0)
    pager +=
        el("a", {attr("rel", "prev"), attr("href", page_url(from > commits_per_page ? from - commits_per_page : 0))}, v.t("common.newer"));
  if (from + commits_per_page < h.total)
    pager += el("a", {attr("rel", "next"), attr("href", page_url(from + commits_per_page))}, v.t("common.older"));
  p.body = repository_frame(v, r, Tab::versions,
                            el("div", {cls("spread")}, el("h2", {}, v.t("versions.count", {{"n", static_cast<std::int64_t>(h.total)}})),
                               revision_select(v, r, h.refs, revision, "commits", "")) +
                                el("ol", {cls("plain timeline")}, rows) +
                                (pager.empty() ? Html() : el("nav", {cls("pager"), attr("aria-label", v.t("common.pages"))}, pager)));
  co_return render(v, std::move(p));
}

struct Change {
  std::string path;
  char kind = 'M';  // A, M, D
  std::uint64_t before = 0, after = 0;
};
struct OneCommit {
  git::Oid oid;
  git::Commit commit;
  std::vector<Change> changes;
  bool more = false;
};

template <Kind kind>
Answer commit_page(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  auto look = [&](UnitOfWork& u) -> Result<OneCommit> {
    GitView view = s.repositories.view_in(u, r.repository().id);
    OneCommit out;
    KT_TRY(out.oid, view.resolve(x.param("oid")));
    KT_TRY(out.commit, view.commit(out.oid));
    std::map<std::string, FileEntry> before;
    if (!out.commit.parents.empty()) {
      KT_TRY(auto list, view.list(out.commit.parents.front(), "", true));
      for (auto& f : list)
        if (!f.is_folder) before.emplace(f.path, f);
    }
    KT_TRY(auto after, view.list(out.oid, "", true));
    for (const auto& f : after) {
      if (f.is_folder) continue;
      auto it = before.find(f.path);
      if (it == before.end())
        out.changes.push_back({f.path, 'A', 0, f.size});
      else {
        if (it->second.oid != f.oid) out.changes.push_back({f.path, 'M', it->second.size, f.size});
        before.erase(it);
      }
    }
    for (const auto& [path, f] : before) out.changes.push_back({path, 'D', f.size, 0});
    std::sort(out.changes.begin(), out.changes.end(), [](auto& a, auto& b) { return a.path < b.path; });
    out.more = out.changes.size() > max_changed_files;
    if (out.more) out.changes.resize(max_changed_files);
    return out;
  };
  KT_CO_TRY(OneCommit c, co_await s.storage.read(look));
  Html rows;
  for (const Change& change : c.changes) {
    std::string_view word = change.kind == 'A' ? "versions.added" : change.kind == 'D' ? "versions.removed" : "versions.changed";
    std::string_view look_of = change.kind == 'A' ? "badge badge-ok" : change.kind == 'D' ? "badge badge-bad" : "badge";
    Html name = change.kind == 'D'
                    ? name_of(change.path)
                    : el("a", {attr("href", r.path() + "/blob/" + c.oid.hex() + "/" + file_path(change.path))}, name_of(change.path));
    rows += el("tr", {}, el("td", {}, el("span", {cls(look_of)}, v.t(word))), el("th", {attr("scope", "row")}, name),
               el("td", {cls("num")}, change.kind == 'A' ? Html() : Html(v.t.bytes(change.before))),
               el("td", {cls("num")}, change.kind == 'D' ? Html() : Html(v.t.bytes(change.after))));
  }
  Html table =
      el("table", {cls("table")}, el("caption", {cls("sr-only")}, v.t("versions.files")),
         el("thead", {},
            el("tr", {}, el("th", {attr("scope", "col")}, v.t("versions.change")), el("th", {attr("scope", "col")}, v.t("files.name")),
               el("th", {attr("scope", "col"), cls("num")}, v.t("versions.before")),
               el("th", {attr("scope", "col"), cls("num")}, v.t("versions.after")))),
         el("tbody", {}, rows));
  Html message = c.commit.rest().empty() ? Html() : el("p", {cls("pre-line")}, name_of(c.commit.rest()));
  Page p;
  p.title = r.name() + " @ " + c.oid.hex().substr(0, 7);
  p.crumbs = repository_crumbs(v, r, v.t("repo.tab_versions"), r.path() + "/commits/main");
  p.body = repository_frame(
      v, r, Tab::versions,
      el("h2", {}, name_of(c.commit.title().empty() ? c.oid.hex() : c.commit.title())) + message +
          el("p", {cls("meta")}, name_of(c.commit.author.name), " \u00B7 ", time_element(v, Time::from_seconds(c.commit.committer.seconds)),
             " \u00B7 ", el("code", {}, c.oid.hex())) +
          el("p", {cls("row")}, el("a", {cls("btn btn-plain"), attr("href", r.path() + "/tree/" + c.oid.hex())}, v.t("versions.browse"))) +
          el("div", {cls("scroll"), attr("tabindex", "0"), attr("role", "region"), attr("aria-label", v.t("versions.files"))}, table) +
          (c.more ? el("p", {cls("meta")}, v.t("versions.more", {{"n", static_cast<std::int64_t>(max_changed_files)}})) : Html()));
  co_return render(v, std::move(p));
}

template <Kind kind>
void add_kind(server::Surface& s, Services& v) {
  std::string base = (kind == Kind::model ? "" : "/" + std::string(plural_of(kind))) + "/{ns}/{name}";
  page(s, v, base, card_page<kind>);
  page(s, v, base + "/tree", choose_tree<kind>);
  page(s, v, base + "/tree/{rev}/{path*}", tree_page<kind>);
  page(s, v, base + "/blob/{rev}/{path*}", blob_page<kind>);
  page(s, v, base + "/commits", choose_commits<kind>);
  page(s, v, base + "/commits/{rev}", commits_page<kind>);
  page(s, v, base + "/commit/{oid}", commit_page<kind>);
}

}  // namespace

void register_repository(server::Surface& s, Services& v) {
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
}

}  // namespace kontor::pages
