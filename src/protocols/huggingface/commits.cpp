// Writing: preupload (UP-1), commit (UP-2), validate-yaml (UP-8).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/wildmatch.hpp"
#include "protocols/huggingface/commit_lines.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

using repository::GitView;

constexpr std::uint64_t max_commit_body = 160ull << 20;  // base64 of the regular files of one commit; compressed copies stay in memory
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
  if (files->array()->size() > max_preupload)
    co_return fail(Errc::too_large, "too_large", fmt::format("At most {} files can be asked for at once.", max_preupload));
  struct File {
    std::string path, sample;
    std::uint64_t size;
  };
  std::vector<File> wanted;
  for (auto& f : *files->array()) {
    auto path = f.find("path");
    auto size = f.find("size");
    if (!path || !path->string() || !size || !size->unsigned_integer())
      co_return fail(Errc::malformed, "malformed", "Each file needs \"path\" and \"size\".");
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

Answer commit(Services& v, Exchange& x, Kind kind) {
  if (x.query().flag("create_pr")) co_return fail(Errc::invalid, "not_supported", "Pull requests are not served yet: commit to a branch.");
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  auto p = std::make_shared<CommitLines>();
  p->request.repository = r;
  p->request.branch = revision_of(x);
  p->request.author = author_of(x.caller);
  std::string buffer(256 * 1024, '\0');
  for (;;) {
    KT_CO_TRY(std::size_t n, co_await x.request.body->read(buffer));
    if (n == 0) break;
    bool whole = std::string_view(buffer.data(), n).find('\n') != std::string_view::npos;
    p->feed({buffer.data(), n});
    if (p->pending() > CommitLines::max_line)
      co_return fail(Errc::too_large, "too_large",
                     "A line of the commit is larger than 20 MiB: upload such files as large files (LFS or Xet).");
    if (whole) KT_CO_CHECK(co_await run_on(v.pool, [p] { return p->take_whole(); }));
  }
  KT_CO_CHECK(co_await run_on(v.pool, [p] { return p->take_rest(); }));
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
  w.begin_object()
      .field("success", true)
      .field("commitOid", done.oid.hex())
      .field("commitUrl", repo_url(x, r) + "/commit/" + done.oid.hex())
      .field("hookOutput", "")
      .end_object();
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
      s.route("POST", base + "/commit/" + rev, {.max_body = max_commit_body, .summary = "Commit"},
              [&v, kind](Exchange& x) { return commit(v, x, kind); });
    }
  }
  s.route("POST", "/api/validate-yaml", {.max_body = 4 << 20}, [](Exchange& x) { return validate_yaml(x); });
}

}  // namespace kontor::huggingface
