#include "adapters/runner_process/model_folders.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace kontor::runner_process {
namespace fs = std::filesystem;
namespace {

Unexpected cannot_write(const std::string& path) { return fail(Errc::unavailable, errno == ENOSPC ? "disk_full" : "io_error", fmt::format("Cannot write {}: {}", path, std::strerror(errno))); }

class FileSink final : public content::ByteSink {
 public:
  explicit FileSink(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0400)) {}
  ~FileSink() override {
    if (fd_ >= 0) ::close(fd_);
  }
  bool ok() const { return fd_ >= 0; }
  Task<Status> write(std::string_view data) override {
    while (!data.empty()) {
      ssize_t n = ::write(fd_, data.data(), data.size());
      if (n <= 0) co_return cannot_write(path_);
      data.remove_prefix(static_cast<std::size_t>(n));
    }
    co_return Status{};
  }
  Task<Status> send_file(int from, std::uint64_t offset, std::uint64_t length) override {
    off_t at = static_cast<off_t>(offset);
    while (length > 0) {
      ssize_t n = ::copy_file_range(from, &at, fd_, nullptr, static_cast<std::size_t>(length), 0);
      if (n <= 0) {
        // Other file systems, old kernels: by hand.
        std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(length, 1 << 20)), '\0');
        n = ::pread(from, buffer.data(), buffer.size(), at);
        if (n <= 0) co_return cannot_write(path_);
        KT_CO_CHECK(co_await write(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
        at += n;
      }
      length -= static_cast<std::uint64_t>(n);
    }
    co_return Status{};
  }

 private:
  std::string path_;
  int fd_;
};

}  // namespace

Task<Result<std::string>> FolderCache::materialise(repository::Repository r, std::string commit) {
  std::string folder = fmt::format("{}/{}/{}", root_, r.id, commit), building = folder + ".part";
  std::error_code ec;
  if (fs::exists(folder, ec)) co_return folder;
  fs::remove_all(building, ec);
  fs::create_directories(building, ec);
  if (ec) co_return fail(Errc::unavailable, "io_error", fmt::format("Cannot make {}: {}", building, ec.message()));
  struct File {
    repository::FileEntry entry;
    std::string blob;
  };
  auto list = [commit](repository::GitView& view) -> Result<std::vector<File>> {
    KT_TRY(git::Oid at, view.resolve(commit));
    KT_TRY(auto entries, view.list(at, "", true));
    std::vector<File> out;
    for (auto& e : entries) {
      if (e.is_folder) continue;
      File f{e, {}};
      if (!e.lfs) {
        KT_TRY(f.blob, view.blob(e.oid));
      }
      out.push_back(std::move(f));
    }
    return out;
  };
  KT_CO_TRY(auto files, co_await repositories_.view(r, list));
  for (const auto& f : files) {
    std::string path = building + "/" + f.entry.path;  // checked when it was committed: relative, no "..", no ".git"
    fs::create_directories(fs::path(path).parent_path(), ec);
    FileSink sink(path);
    if (!sink.ok()) co_return cannot_write(path);
    if (f.entry.lfs) {
      if (f.entry.size > 0) KT_CO_CHECK(co_await content_.send(r.id, f.entry.lfs->sha256, 0, f.entry.size, sink));
    } else {
      KT_CO_CHECK(co_await sink.write(f.blob));
    }
  }
  fs::rename(building, folder, ec);
  if (ec) co_return fail(Errc::unavailable, "io_error", fmt::format("Cannot make {}: {}", folder, ec.message()));
  co_return folder;
}

}  // namespace kontor::runner_process
