#include "adapters/files/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kontor::files {
namespace {

Unexpected failed(int error, const char* what, const std::string& path) {
  if (error == ENOSPC || error == EDQUOT) return fail(Errc::unavailable, "disk_full", "The disk is full.");
  if (error == ENOENT) return fail(Errc::not_found, "no_file", "There is no file " + path + ".");
  return fail(Errc::unavailable, "io_error", std::string(what) + " " + path + ": " + std::strerror(error));
}

constexpr std::uint64_t write_behind = 8 << 20;  // bytes after which the kernel is asked to start writing, so that the flush is short

class RealFile final : public OpenFile {
 public:
  RealFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~RealFile() override { ::close(fd_); }
  Status append(std::string_view data) override {
    while (!data.empty()) {
      ssize_t n = ::write(fd_, data.data(), data.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed(errno, "writing", path_);
      data.remove_prefix(static_cast<std::size_t>(n));
      written_ += static_cast<std::uint64_t>(n);
    }
    if (written_ - started_ >= write_behind) {
      ::sync_file_range(fd_, static_cast<off_t>(started_), static_cast<off_t>(written_ - started_), SYNC_FILE_RANGE_WRITE);
      started_ = written_;
    }
    return {};
  }
  Status flush() override {
    if (::fdatasync(fd_) != 0) return failed(errno, "flushing", path_);
    return {};
  }
  Status read(std::uint64_t offset, std::span<char> out) override {
    while (!out.empty()) {
      ssize_t n = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed(errno, "reading", path_);
      if (n == 0) return fail(Errc::internal, "damaged_store", "The file " + path_ + " is shorter than its index says.");
      out = out.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }
  Result<std::uint64_t> size() override {
    struct stat st{};
    if (::fstat(fd_, &st) != 0) return failed(errno, "reading", path_);
    return static_cast<std::uint64_t>(st.st_size);
  }
  int fd() const override { return fd_; }

 private:
  int fd_;
  std::string path_;
  std::uint64_t written_ = 0, started_ = 0;
};

Status walk_folder(const std::string& root, const std::string& below, const FileSystem::Each& each) {
  std::string path = below.empty() ? root : root + "/" + below;
  DIR* dir = ::opendir(path.c_str());
  if (!dir) return errno == ENOENT ? Status{} : failed(errno, "listing", path);
  struct Close {
    DIR* d;
    ~Close() { ::closedir(d); }
  } close{dir};
  while (dirent* e = ::readdir(dir)) {
    std::string name = e->d_name;
    if (name == "." || name == "..") continue;
    std::string relative = below.empty() ? name : below + "/" + name;
    struct stat st{};
    if (::lstat((root + "/" + relative).c_str(), &st) != 0) continue;  // gone meanwhile
    if (S_ISDIR(st.st_mode)) KT_CHECK(walk_folder(root, relative, each));
    if (S_ISREG(st.st_mode)) each(relative, static_cast<std::uint64_t>(st.st_size), Time{st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec});
  }
  return {};
}

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<OpenFile>> create(const std::string& path) override { return make(path, O_RDWR | O_CREAT | O_EXCL); }
  Result<std::unique_ptr<OpenFile>> open(const std::string& path) override { return make(path, O_RDONLY); }
  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed(errno, "renaming", from);
    return {};
  }
  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(errno, "removing", path);
    return {};
  }
  Result<bool> make_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), 0700) == 0) return true;
    if (errno == EEXIST) return false;
    return failed(errno, "making", path);
  }
  Status flush_folder(const std::string& path) override {
    int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed(errno, "opening", path);
    int rc = ::fsync(fd), error = errno;
    ::close(fd);
    if (rc != 0) return failed(error, "flushing", path);
    return {};
  }
  Status walk(const std::string& path, const FileSystem::Each& each) override { return walk_folder(path, "", each); }

 private:
  static Result<std::unique_ptr<OpenFile>> make(const std::string& path, int flags) {
    int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) return failed(errno, "opening", path);
    return std::make_unique<RealFile>(fd, path);
  }
};

}  // namespace

std::unique_ptr<FileSystem> real_file_system() { return std::make_unique<RealFileSystem>(); }

}  // namespace kontor::files
