// The few system calls of the object store, as a port: the real ones, and a disk in memory that loses what was not flushed.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kontor::files {

class OpenFile {
 public:
  virtual ~OpenFile() = default;
  virtual Status append(std::string_view data) = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Status flush() = 0;  // contents to stable storage
  virtual Status read(std::uint64_t offset, std::span<char> out) = 0;
  virtual Status read_once(std::uint64_t offset, std::span<char> out) { return read(offset, out); }  // past the cache if that is possible
  virtual Result<std::uint64_t> size() = 0;
  virtual int fd() const = 0;  // -1: none
};

// Paths are absolute. Errors: unavailable ("disk_full", "io_error"), not_found ("no_file").
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<OpenFile>> create(const std::string& path) = 0;  // fails if it exists
  virtual Result<std::unique_ptr<OpenFile>> open(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;             // success if absent
  virtual Result<bool> make_folder(const std::string& path) = 0;  // one level; false if it was there
  virtual Status flush_folder(const std::string& path) = 0;
  // Files below `path` at any depth, paths relative to it.
  using Each = std::function<void(const std::string& relative, std::uint64_t size, Time written)>;
  virtual Status walk(const std::string& path, const Each& each) = 0;
};

std::unique_ptr<FileSystem> real_file_system();

}  // namespace kontor::files
