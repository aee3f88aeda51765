// The data folder: who holds it, and which back ends it belongs to.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace kontor::app {

struct BackEnds {
  std::string db;       // "sqlite:FILE" or "postgres://..." / libpq key=value
  std::string objects;  // "file:DIR"
};

class DataFolder {
 public:
  // Makes the folder (0700) if it is missing and takes its lock. Errors: conflict ("folder_in_use"), unavailable.
  static Result<std::unique_ptr<DataFolder>> lock(const std::string& path);
  ~DataFolder();
  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  // What kontor.toml remembers; `asked` fills what is empty and is written down on first use, files inside the folder as seen from it: a
  // folder that was moved or copied is complete. Paths in the answer are whole. Errors: conflict ("other_back_end") when the folder already
  // belongs to another database.
  Result<BackEnds> back_ends(BackEnds asked);
  // What the operator wrote into kontor.toml under `key`, or nothing. After back_ends().
  Result<std::optional<std::string>> setting(std::string_view key);
  // 32 bytes made once for this folder, for signing what leaves the server.
  Result<std::string> secret();
  static std::string control_socket(const std::string& data_path) { return data_path + "/control.sock"; }

 private:
  DataFolder(std::string path, int fd) : path_(std::move(path)), lock_fd_(fd) {}
  std::string path_;
  int lock_fd_;
};

}  // namespace kontor::app
