// Serving the files of the pages (assets.hpp).
#include "server/assets.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json_text.hpp"
#include "base/text.hpp"

// Made by tools/embed.py: names and contents of the files that belong to the program.
struct KontorEmbeddedFile {
  const char* name;
  const char* begin;
  const char* end;
};
extern "C" const KontorEmbeddedFile kontor_embedded_files[];
extern "C" const std::size_t kontor_embedded_file_count;

namespace kontor::server {
namespace {

std::string_view type_of(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {{".js", "text/javascript; charset=utf-8"},
                                                                            {".css", "text/css; charset=utf-8"},
                                                                            {".json", "application/json; charset=utf-8"},
                                                                            {".svg", "image/svg+xml"},
                                                                            {".png", "image/png"},
                                                                            {".ico", "image/x-icon"},
                                                                            {".txt", "text/plain; charset=utf-8"},
                                                                            {".wasm", "application/wasm"},
                                                                            {".webmanifest", "application/manifest+json"}};
  for (auto& [ending, type] : types)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

bool accepts_brotli(const http::Request& r) {
  for (auto part : split(r.header("Accept-Encoding"), ',')) {
    std::string_view name = trim(part.substr(0, part.find(';')));
    if (iequals(name, "br")) return part.find("q=0") == std::string_view::npos || part.find("q=0.") != std::string_view::npos;
  }
  return false;
}

Task<Result<http::Response>> serve(const Assets& assets, Exchange& x) {
  const Asset* a = assets.find("assets/" + x.param("path"));
  if (!a || x.param("path").ends_with(".br")) co_return fail(Errc::not_found, "not_found", "There is no such file.");
  http::Response out;
  out.headers.add("Content-Type", std::string(a->content_type));
  out.headers.add("Cache-Control", "public, max-age=31536000, immutable");
  out.headers.add("Cross-Origin-Resource-Policy", "same-origin");
  bool compressed = !a->brotli.empty();
  if (compressed) out.headers.add("Vary", "Accept-Encoding");
  if (compressed && accepts_brotli(x.request)) {
    out.headers.add("Content-Encoding", "br");
    out.body = a->brotli;
  } else {
    out.body = a->body;
  }
  co_return out;
}

http::Response error(const Error& e, const Exchange&) {
  return http::Response::text(status_of(e.kind), "text/plain; charset=utf-8", e.message + "\n");
}

}  // namespace

void Assets::add(std::string name, std::string_view body) {
  if (name.ends_with(".br")) {
    std::string plain = name.substr(0, name.size() - 3);
    files_[plain].brotli = body;
    return;
  }
  Asset& a = files_[name];
  a.body = body;
  a.content_type = type_of(name);
}

Assets Assets::embedded() {
  Assets out;
  for (std::size_t i = 0; i < kontor_embedded_file_count; ++i) {
    const auto& f = kontor_embedded_files[i];
    out.add(f.name, {f.begin, static_cast<std::size_t>(f.end - f.begin)});
  }
  return out;
}

Result<Assets> Assets::from_folder(const std::string& dir) {
  Assets out = embedded();
  std::erase_if(out.files_, [](auto& f) { return !f.first.starts_with("messages/"); });
  std::error_code ec;
  if (!std::filesystem::exists(dir + "/manifest.json", ec))
    return fail(Errc::not_found, "no_web_files", "The folder '" + dir + "' holds no manifest.json: build the pages first (web/setup).");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir, ec)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    auto body = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    out.add(std::filesystem::relative(entry.path(), dir).string(), *body);
    out.owned_.push_back(std::move(body));
  }
  return out;
}

const Asset* Assets::find(std::string_view name) const {
  auto it = files_.find(name);
  return it == files_.end() ? nullptr : &it->second;
}

std::vector<std::string> Assets::names(std::string_view prefix) const {
  std::vector<std::string> out;
  for (auto it = files_.lower_bound(prefix); it != files_.end() && it->first.starts_with(prefix); ++it) out.push_back(it->first);
  return out;
}

std::unique_ptr<Surface> make_assets_surface(const Assets& assets) {
  auto s = std::make_unique<Surface>("assets", error);
  s->route("GET", "/assets/{path*}", {.auth = Auth::none}, [&assets](Exchange& x) { return serve(assets, x); });
  return s;
}

}  // namespace kontor::server
