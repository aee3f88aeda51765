// A disk in memory for the object store's tests. What was not flushed is lost by crash(): contents go back to the last flush of the
// file, names to the last flush of the folder. Operations can be made to fail after a number of calls, or for want of space.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "adapters/files/file_system.hpp"

namespace kontor::memory {

struct DiskFile {
  std::string now, flushed;
};

// Survives the FileSystem objects made on it, as a disk survives a process.
class Disk {
 public:
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<DiskFile>> names, flushed_names;
  std::set<std::string> folders{"/"}, flushed_folders{"/"};
  std::uint64_t capacity = UINT64_MAX;  // bytes
  std::int64_t calls_left = INT64_MAX;  // changes until the power fails: later ones do nothing and report io_error
  std::uint64_t calls = 0;              // changes so far

  void crash();  // also restores the power
};

std::unique_ptr<files::FileSystem> lossy_file_system(std::shared_ptr<Disk> disk);

}  // namespace kontor::memory
