// Downloads: resolve (DL-1) and raw (DL-3).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

using repository::FileEntry;
using repository::GitView;

constexpr std::string_view xet_info_type = "application/vnd.xet-fileinfo+json";

// Types that a browser may show as they are; anything that could run in our origin is text or a download.
std::string_view content_type(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".png", "image/png"}, {".jpg", "image/jpeg"},        {".jpeg", "image/jpeg"}, {".gif", "image/gif"},  {".webp", "image/webp"},
      {".bmp", "image/bmp"}, {".json", "application/json"}, {".wav", "audio/wav"},   {".mp3", "audio/mpeg"}, {".flac", "audio/flac"},
      {".ogg", "audio/ogg"}, {".mp4", "video/mp4"},         {".webm", "video/webm"}};
  static constexpr std::string_view texts[] = {
      ".txt",  ".md",  ".py",   ".js", ".ts",    ".html",          ".htm",       ".svg",   ".xml", ".css", ".csv",  ".tsv",
      ".yaml", ".yml", ".toml", ".sh", ".jsonl", ".gitattributes", ".gitignore", ".ipynb", ".cfg", ".ini", ".jinja"};
  std::string lower = ascii_lower(path);
  for (auto& [ending, type] : types)
    if (lower.ends_with(ending)) return type;
  for (auto ending : texts)
    if (lower.ends_with(ending)) return "text/plain; charset=utf-8";
  return "application/octet-stream";
}

std::string disposition(std::string_view path, bool download) {
  std::size_t slash = path.rfind('/');
  std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  std::string plain;
  for (char c : name) plain += c >= 32 && c < 127 && c != '"' && c != '\\' ? c : '_';
  return fmt::format("{}; filename*=UTF-8''{}; filename=\"{}\";", download ? "attachment" : "inline", percent_encode(name), plain);
}

struct Found {
  git::Oid commit;
  std::optional<FileEntry> file;
  std::string blob;  // regular files and raw pointers
  std::string xet;   // hash of LFS content; empty: not stored
};

Task<Status> send_content(Services& v, std::string repository, std::string sha256, std::uint64_t offset, std::uint64_t length,
                          http::BodySink& sink) {
  content::SinkOf<http::BodySink> out(sink);
  co_return co_await v.content.send(std::move(repository), std::move(sha256), offset, length, out);
}

Answer file(Services& v, Exchange& x, Kind kind, bool raw) {
  std::string path = x.param("path");
  bool get = x.request.method == "GET";
  std::string_view accept = x.request.header("Accept");
  bool wants_xet_info = !raw && accept.find(xet_info_type) != std::string_view::npos;
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::read, path, get && !wants_xet_info));
  std::string revision = revision_of(x);
  auto look = [&](UnitOfWork& u) -> Result<Found> {
    GitView view = v.repositories.view_in(u, r.id);
    Found f;
    KT_TRY(f.commit, view.resolve(revision));
    KT_TRY(f.file, view.find(f.commit, path));
    if (!f.file || f.file->is_folder) {
      f.file.reset();
      return f;
    }
    if (!f.file->lfs || raw) {
      KT_TRY(f.blob, view.blob(f.file->oid));
    } else {
      KT_TRY(auto linked, v.content.find(u, r.id, f.file->lfs->sha256));
      if (linked) f.xet = linked->xet_hash();
    }
    return f;
  };
  // Reads of the packs may block: on the storage threads, not here.
  KT_CO_TRY(Found f, co_await v.storage.read(look));
  std::string commit = f.commit.hex();
  if (!f.file) {
    auto missing = error_response(
        {Errc::not_found, "entry_not_found", fmt::format("Entry not found: {} does not exist at {}.", path, revision), {}}, x);
    missing.headers.add("X-Repo-Commit", commit);
    co_return missing;
  }
  bool lfs = f.file->lfs && !raw;
  if (lfs && f.xet.empty())
    co_return fail(Errc::internal, "damaged", fmt::format("content {} of {} is missing", f.file->lfs->sha256, r.full_name()));
  std::uint64_t size = lfs ? f.file->lfs->size : f.blob.size();
  std::string etag = "\"" + (lfs ? f.file->lfs->sha256 : f.file->oid.hex()) + "\"";

  http::Response out;
  auto& h = out.headers;
  h.add("X-Repo-Commit", commit);
  h.add("ETag", etag);
  h.add("Accept-Ranges", "bytes");
  h.add("Vary", "Authorization, Range, Accept, Cookie");
  bool immutable = revision == commit;
  bool open_to_all = r.visibility == identity::Visibility::public_ && r.gated.empty();
  h.add("Cache-Control", immutable && open_to_all ? "no-cache" : "private, no-cache");
  if (!x.query().flag("noContentDisposition")) h.add("Content-Disposition", disposition(path, x.query().flag("download")));
  h.add("Content-Security-Policy", "default-src 'none'; sandbox");
  if (lfs) {
    h.add("X-Linked-Size", std::to_string(size));
    h.add("X-Linked-ETag", etag);
    if (size > 0) {
      std::string refresh =
          fmt::format("{}/api/{}/{}/xet-read-token/{}", x.public_url, plural[static_cast<int>(kind)], r.full_name(), commit);
      h.add("X-Xet-Hash", f.xet);
      h.add("X-Xet-Refresh-Route", refresh);
      h.add("Link", fmt::format("<{}>; rel=\"xet-auth\", <{}/cas/v1/reconstructions/{}>; rel=\"xet-reconstruction-info\"", refresh,
                                x.public_url, f.xet));
    }
    if (wants_xet_info && size > 0) {
      JsonWriter w;
      w.begin_object().field("hash", f.xet).field("size", size).field("etag", etag);
      out.body = std::move(w.end_object()).str();
      h.add("Content-Type", std::string(xet_info_type));
      co_return out;
    }
  }
  h.add("Content-Type", std::string(content_type(path)));
  if (x.request.header("If-None-Match") == etag) {
    out.status = 304;
    co_return out;
  }
  std::uint64_t offset = 0, length = size;
  std::string_view range_header = x.request.header("Range");
  std::string_view if_range = x.request.header("If-Range");
  if (!range_header.empty() && (if_range.empty() || if_range == etag)) {
    if (size == 0) {
      h.add("Content-Range", "bytes */0");  // JavaScript clients probe with bytes=0-0 and need a total, not an error
    } else {
      auto ranges = http::parse_range(range_header, size, false);
      if (!ranges) {
        auto refused = error_response(ranges.error(), x);
        refused.headers.add("Content-Range", fmt::format("bytes */{}", size));
        co_return refused;
      }
      if (!ranges->empty()) {
        offset = ranges->front().first;
        length = ranges->front().length();
        out.status = 206;
        h.add("Content-Range", fmt::format("bytes {}-{}/{}", offset, ranges->front().last, size));
      }
    }
  }
  if (get && out.status == 200) v.activity.download(r.id);
  if (!lfs) {
    out.body = length == f.blob.size() ? std::move(f.blob) : f.blob.substr(offset, length);
    co_return out;
  }
  out.stream_length = length;
  std::string id = r.id, sha = f.file->lfs->sha256;
  out.stream = [&v, id, sha, offset, length](http::BodySink& sink) { return send_content(v, id, sha, offset, length, sink); };
  co_return out;
}

}  // namespace

void register_files(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = "/" + web_prefix(kind) + "{ns}/{name}";
    for (std::string rev : {"{rev}", "refs/{ref_kind}/{ref_name}"}) {
      s.route("GET", base + "/resolve/" + rev + "/{path*}", {.summary = "File content"},
              [&v, kind](Exchange& x) { return file(v, x, kind, false); });
      s.route("GET", base + "/raw/" + rev + "/{path*}", {}, [&v, kind](Exchange& x) { return file(v, x, kind, true); });
    }
  }
}

}  // namespace kontor::huggingface
