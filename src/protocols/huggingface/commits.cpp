// Writing: preupload (UP-1), commit (UP-2), validate-yaml (UP-8).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/wildmatch.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

using repository::CommitRequest;
using repository::GitView;
using repository::Operation;

constexpr std::uint64_t max_commit_body = 160ull << 20;  // base64 of the regular files of one commit; compressed copies stay in memory
constexpr std::size_t max_line = 20 << 20;
constexpr std::size_t max_preupload = 1000;
constexpr std::uint64_t lfs_threshold = 10'000'000;

bool looks_binary(std::string_view sample) {
  if (sample.find('\0') != std::string_view::npos) return true;
  // A sample may end in the middle of a character.
  for (std::size_t cut = 0; cut < 4 && cut <= sample.size(); ++cut)
    if (valid_utf8(sample.substr(0, sample.size() - cut))) return false;
  return !sample.empty();
}

Answer preupload(Services& v, Exchange& x, Kind kind) {
  bool create_pr = x.query().flag("create_pr");
  KT_CO_TRY(Repository r, co_await open(v, x, kind, create_pr ? Need::see : Need::write));
  KT_CO_TRY(std::string text, co_await x.request.read_all(8 << 20));
  KT_CO_TRY(Json body, Json::parse(text));
  const Json* files = body.find("files");
  if (!files || !files->is_array()) co_return fail(Errc::malformed, "malformed", "\"files\" must be a list.");
  if (files->array()->size() > max_preupload) co_return fail(Errc::too_large, "too_large", fmt::format("At most {} files can be asked for at once.", max_preupload));
  struct File {
    std::string path, sample;
    std::uint64_t size;
  };
  std::vector<File> wanted;
  for (auto& f : *files->array()) {
    auto path = f.find("path");
    auto size = f.find("size");
    if (!path || !path->string() || !size || !size->unsigned_integer()) co_return fail(Errc::malformed, "malformed", "Each file needs \"path\" and \"size\".");
    KT_CO_CHECK(repository::check_path(*path->string()));
    wanted.push_back({*path->string(), from_base64(f.text_or("sample")).value_or(""), *size->unsigned_integer()});
  }
  std::string revision = revision_of(x);
  auto look = [&](UnitOfWork& u) -> Result<std::string> {
    GitView view = v.repositories.view_in(u, r.id);
    KT_TRY(git::Oid at, view.resolve(revision));
    auto read = [&](std::string_view path) -> Result<std::string> {
      KT_TRY(auto f, view.find(at, path));
      if (!f || f->is_folder || f->lfs || f->size > 1 << 20) return std::string();
      return view.blob(f->oid);
    };
    std::string attributes = body.text_or("gitAttributes"), ignores = body.text_or("gitIgnore");
    if (attributes.empty()) {
      KT_TRY(attributes, read(".gitattributes"));
    }
    if (ignores.empty()) {
      KT_TRY(ignores, read(".gitignore"));
    }
    git::LfsRules lfs(attributes);
    git::IgnoreRules ignore(ignores);
    JsonWriter w;
    w.begin_object().key("files").begin_array();
    for (const auto& f : wanted) {
      bool large = f.size > 0 && (lfs.matches(f.path) || f.size > lfs_threshold || looks_binary(f.sample));
      w.begin_object().field("path", f.path).field("uploadMode", large ? "lfs" : "regular").field("shouldIgnore", ignore.matches(f.path));
      KT_TRY(auto there, view.find(at, f.path));
      if (there && !there->is_folder) w.field("oid", there->lfs ? there->lfs->sha256 : there->oid.hex());
      w.end_object();
    }
    return std::move(w.end_array().field("commitOid", at.hex()).end_object()).str();
  };
  KT_CO_TRY(std::string json, co_await v.storage.read(look));
  co_return http::Response::json(200, std::move(json));
}

// One line of the NDJSON body into the request. Runs on the pool: it may decode and compress megabytes.
Status apply_line(std::string_view line, CommitRequest& q, bool& has_header, std::uint64_t& regular_bytes) {
  KT_TRY(Json item, Json::parse(line));
  std::string key = item.text_or("key");
  const Json* value = item.find("value");
  if (!value || !value->is_object()) return fail(Errc::malformed, "malformed", "Each line of a commit needs \"key\" and \"value\".");
  if (key == "header") {
    if (has_header) return fail(Errc::malformed, "malformed", "A commit has one header.");
    has_header = true;
    q.title = value->text_or("summary");
    q.description = value->text_or("description");
    if (auto parent = value->text_or("parentCommit"); !parent.empty()) q.parent_commit = ascii_lower(parent);
    return {};
  }
  if (q.operations.size() >= repository::max_commit_operations) return fail(Errc::too_large, "too_many_operations", fmt::format("A commit has at most {} operations: split it.", repository::max_commit_operations));
  Operation op;
  op.path = value->text_or("path");
  std::string_view checked = op.path;
  if (key.starts_with("deleted"))
    while (checked.ends_with('/')) checked.remove_suffix(1);
  KT_CHECK(repository::check_path(checked));
  if (key == "file") {
    const Json* sent = value->find("content");
    if (!sent || !sent->string()) return fail(Errc::malformed, "malformed", fmt::format("The file {} has no \"content\".", op.path));
    std::string encoding = value->text_or("encoding", "utf-8"), content = *sent->string();
    if (encoding == "base64") {
      auto decoded = from_base64(content);
      if (!decoded) return fail(Errc::malformed, "malformed", fmt::format("The content of {} is not valid base64.", op.path));
      content = std::move(*decoded);
    } else if (encoding != "utf-8") {
      return fail(Errc::malformed, "malformed", "\"encoding\" is base64 or utf-8.");
    }
    if (content.size() > repository::max_regular_file_bytes)
      return fail(Errc::too_large, "too_large", fmt::format("{} has more than {} bytes: upload it as a large file (LFS or Xet).", op.path, repository::max_regular_file_bytes));
    regular_bytes += content.size();
    if (op.path == "README.md") q.readme = content;
    op.kind = Operation::Kind::put_blob;
    op.blob = q.pack.add(git::Type::blob, content);
  } else if (key == "lfsFile") {
    op.kind = Operation::Kind::put_lfs;
    op.lfs.sha256 = ascii_lower(value->text_or("oid"));
    if (value->text_or("algo", "sha256") != "sha256" || !is_lower_hex(op.lfs.sha256, 64)) return fail(Errc::malformed, "malformed", fmt::format("The oid of {} must be a SHA-256 in hex.", op.path));
    if (const Json* size = value->find("size")) op.claimed_size = size->unsigned_integer();
  } else if (key == "deletedFile") {
    op.kind = Operation::Kind::remove_file;
  } else if (key == "deletedFolder") {
    op.kind = Operation::Kind::remove_folder;
  } else if (key == "deletedEntry") {
    op.kind = Operation::Kind::remove_any;
  } else {
    return fail(Errc::malformed, "malformed", fmt::format("'{}' is not a commit operation.", header_safe(key, 50)));
  }
  q.operations.push_back(std::move(op));
  return {};
}

struct Parsing {
  CommitRequest request;
  std::string pending;
  bool has_header = false;
  std::uint64_t regular_bytes = 0;
};

// Applies the whole lines of `pending`; with `all`, what is left too.
Status apply_lines(Parsing& p, bool all) {
  std::size_t from = 0;
  for (;;) {
    std::size_t nl = p.pending.find('\n', from);
    if (nl == std::string::npos) break;
    std::string_view line = trim(std::string_view(p.pending).substr(from, nl - from));
    if (!line.empty()) KT_CHECK(apply_line(line, p.request, p.has_header, p.regular_bytes));
    from = nl + 1;
  }
  p.pending.erase(0, from);
  if (all && !trim(p.pending).empty()) KT_CHECK(apply_line(trim(p.pending), p.request, p.has_header, p.regular_bytes));
  return {};
}

Answer commit(Services& v, Exchange& x, Kind kind) {
  if (x.query().flag("create_pr")) co_return fail(Errc::invalid, "not_supported", "Pull requests are not served yet: commit to a branch.");
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  auto p = std::make_shared<Parsing>();
  p->request.repository = r;
  p->request.branch = revision_of(x);
  p->request.author = author_of(x.caller);
  std::string buffer(256 * 1024, '\0');
  for (;;) {
    KT_CO_TRY(std::size_t n, co_await x.request.body->read(buffer));
    if (n == 0) break;
    bool whole = std::string_view(buffer.data(), n).find('\n') != std::string_view::npos;
    p->pending.append(buffer.data(), n);
    if (p->pending.size() > max_line) co_return fail(Errc::too_large, "too_large", "A line of the commit is larger than 20 MiB: upload such files as large files (LFS or Xet).");
    if (whole) KT_CO_CHECK(co_await run_on(v.pool, [p] { return apply_lines(*p, false); }));
  }
  KT_CO_CHECK(co_await run_on(v.pool, [p] { return apply_lines(*p, true); }));
  if (!p->has_header) co_return fail(Errc::malformed, "malformed", "The commit has no header line.");
  if (!p->request.readme.empty()) {
    auto check = repository::check_card(p->request.readme, kind);
    if (!check.errors.empty()) {
      JsonWriter w;
      w.begin_object().key("errors").begin_array();
      for (auto& e : check.errors) w.begin_object().field("message", e.message).end_object();
      w.end_array().end_object();
      co_return fail(Errc::malformed, "invalid_card", "Invalid metadata in README.md.", std::move(w).str());
    }
  }
  KT_CO_TRY(auto done, co_await v.repositories.commit(std::move(p->request)));
  JsonWriter w;
  w.begin_object().field("success", true).field("commitOid", done.oid.hex()).field("commitUrl", repo_url(x, r) + "/commit/" + done.oid.hex()).field("hookOutput", "").end_object();
  co_return http::Response::json(200, std::move(w).str());
}

Answer validate_yaml(Exchange& x) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(4 << 20));
  KT_CO_TRY(Json body, Json::parse(text));
  auto kind = repository::parse_kind(body.text_or("repoType", "model"));
  auto check = repository::check_card(body.text_or("content"), kind.value_or(Kind::model));
  JsonWriter w;
  w.begin_object();
  auto list = [&](std::string_view key, const std::vector<repository::CardIssue>& issues) {
    w.key(key).begin_array();
    for (auto& i : issues) w.begin_object().field("message", i.message).end_object();
    w.end_array();
  };
  list("errors", check.errors);
  list("warnings", check.warnings);
  w.end_object();
  co_return http::Response::json(check.errors.empty() ? 200 : 400, std::move(w).str());
}

}  // namespace

void register_commits(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = fmt::format("/api/{}/{{ns}}/{{name}}", plural[static_cast<int>(kind)]);
    for (std::string rev : {"{rev}", "refs/{ref_kind}/{ref_name}"}) {
      s.route("POST", base + "/preupload/" + rev, {.max_body = 8 << 20}, [&v, kind](Exchange& x) { return preupload(v, x, kind); });
      s.route("POST", base + "/commit/" + rev, {.max_body = max_commit_body, .summary = "Commit"}, [&v, kind](Exchange& x) { return commit(v, x, kind); });
    }
  }
  s.route("POST", "/api/validate-yaml", {.max_body = 4 << 20, .session_writes_need_csrf = false}, [](Exchange& x) { return validate_yaml(x); });
}

}  // namespace kontor::huggingface
