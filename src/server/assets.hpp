// The files of the pages (scripts, styles, message catalogues): built into the program, or read once from a folder (--web-dir) while
// somebody works on them. Immutable after loading: any thread.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "server/exchange.hpp"

namespace kontor::server {

struct Asset {
  std::string_view content_type;
  std::string_view body;
  std::string_view brotli;  // the same, compressed; empty: not worth it
};

class Assets {
 public:
  // What was built into the program.
  static Assets embedded();
  // `dir` as web/build.mjs leaves it. Errors: not_found.
  static Result<Assets> from_folder(const std::string& dir);

  const Asset* find(std::string_view name) const;  // "assets/site-ABCD.js", "manifest.json", "messages/en.json"
  // Names that begin with `prefix`, sorted.
  std::vector<std::string> names(std::string_view prefix) const;

 private:
  void add(std::string name, std::string_view body);
  std::map<std::string, Asset, std::less<>> files_;
  std::vector<std::shared_ptr<const std::string>> owned_;  // bodies read from a folder
};

// GET /assets/...: names carry a hash of the content, so answers may be kept for ever.
std::unique_ptr<Surface> make_assets_surface(const Assets& assets);  // must outlive the surface

}  // namespace kontor::server
