#include "adapters/files/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/aligned.hpp"

namespace kontor::files {
namespace {

Unexpected failed(int error, const char* what, const std::string& path) {
  if (error == ENOSPC || error == EDQUOT) return fail(Errc::unavailable, "disk_full", "The disk is full.");
  if (error == ENOENT) return fail(Errc::not_found, "no_file", "There is no file " + path + ".");
  return fail(Errc::unavailable, "io_error", std::string(what) + " " + path + ": " + std::strerror(error));
}

constexpr std::size_t direct_from = 256 << 10;   // bytes at once that are worth a wait for the disk
constexpr std::uint64_t write_behind = 8 << 20;  // bytes after which the kernel is asked to start writing, so that the flush is short

class RealFile final : public OpenFile {
 public:
  RealFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~RealFile() override { ::close(fd_); }
  Status append(std::string_view data) override {
    while (!data.empty()) {
      bool direct = past_cache(data.data(), data.size(), written_);
      ssize_t n = ::write(fd_, data.data(), direct ? AlignedBuffer::down(data.size()) : data.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EINVAL && direct) {
        refused_ = true;
        continue;
      }
      if (n < 0) return failed(errno, "writing", path_);
      data.remove_prefix(static_cast<std::size_t>(n));
      written_ += static_cast<std::uint64_t>(n);
    }
    if (direct_) started_ = written_;
    if (written_ - started_ >= write_behind) {
      ::sync_file_range(fd_, static_cast<off_t>(started_), static_cast<off_t>(written_ - started_), SYNC_FILE_RANGE_WRITE);
      started_ = written_;
    }
    return {};
  }
  Status truncate(std::uint64_t size) override {
    if (size >= written_) return {};
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0 || ::lseek(fd_, static_cast<off_t>(size), SEEK_SET) < 0)
      return failed(errno, "truncating", path_);
    written_ = size;
    started_ = std::min(started_, size);
    return {};
  }
  Status flush() override {
    if (::fdatasync(fd_) != 0) return failed(errno, "flushing", path_);
    return {};
  }
  Status read(std::uint64_t offset, std::span<char> out) override { return read_from(offset, out, false); }
  Status read_once(std::uint64_t offset, std::span<char> out) override { return read_from(offset, out, true); }
  Result<std::uint64_t> size() override {
    struct stat st{};
    if (::fstat(fd_, &st) != 0) return failed(errno, "reading", path_);
    return static_cast<std::uint64_t>(st.st_size);
  }
  int fd() const override { return fd_; }

 private:
  // Whether the next call goes past the page cache; sets the file to it. Only what is aligned can, and not every file system lets it.
  bool past_cache(const char* data, std::size_t size, std::uint64_t offset) {
    bool aligned = reinterpret_cast<std::uintptr_t>(data) % AlignedBuffer::alignment == 0 && offset % AlignedBuffer::alignment == 0;
    bool direct = aligned && size >= direct_from && !refused_;
    if (direct != direct_) {
      int flags = ::fcntl(fd_, F_GETFL);
      if (flags < 0 || ::fcntl(fd_, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) != 0) {
        refused_ = true;
        return direct_;
      }
      direct_ = direct;
    }
    return direct;
  }
  Status read_from(std::uint64_t offset, std::span<char> out, bool once) {
    while (!out.empty()) {
      bool direct = once && past_cache(out.data(), out.size(), offset);
      if (!direct && direct_) (void)past_cache(nullptr, 0, 0);
      ssize_t n = ::pread(fd_, out.data(), direct ? AlignedBuffer::down(out.size()) : out.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EINVAL && direct) {
        refused_ = true;
        continue;
      }
      if (n < 0) return failed(errno, "reading", path_);
      if (n == 0) return fail(Errc::internal, "damaged_store", "The file " + path_ + " is shorter than its index says.");
      out = out.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }
  int fd_;
  std::string path_;
  std::uint64_t written_ = 0, started_ = 0;
  bool direct_ = false;   // the descriptor has O_DIRECT
  bool refused_ = false;  // the file system does not do it
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
    if (S_ISREG(st.st_mode))
      each(relative, static_cast<std::uint64_t>(st.st_size), Time{st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec});
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
