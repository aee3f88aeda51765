// Immutable objects as files: written aside, flushed, renamed. See README.md for what a commit promises.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "adapters/files/file_system.hpp"
#include "content/ports.hpp"

namespace kontor::files {

class ObjectStore final : public content::ByteStore {
 public:
  // Makes `root` (its parent must exist) and empties its tmp/.
  static Result<std::unique_ptr<ObjectStore>> at(std::string root, std::unique_ptr<FileSystem> fs = real_file_system());

  Result<std::unique_ptr<content::ObjectWriter>> create() override;
  Result<std::shared_ptr<content::ObjectReader>> open(const std::string& key) override;
  Status remove(const std::string& key) override;
  Status list(const std::string& prefix, const Each& each) override;

 private:
  friend class Writer;
  ObjectStore(std::string root, std::unique_ptr<FileSystem> fs) : root_(std::move(root)), fs_(std::move(fs)) {}
  Status make_folders_for(const std::string& key);  // and flushes their parents
  Status publish(const std::string& temporary, const std::string& key);

  std::string root_;
  std::unique_ptr<FileSystem> fs_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex folders_mutex_;
  std::set<std::string> folders_;  // known to exist, durably
};

}  // namespace kontor::files
