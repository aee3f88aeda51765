#include "adapters/runner_process/model_folders.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace kontor::runner_process {
namespace fs = std::filesystem;
namespace {

Unexpected cannot_write(const std::string& path) {
  return fail(Errc::unavailable, errno == ENOSPC ? "disk_full" : "io_error",
              fmt::format("Cannot write {}: {}", path, std::strerror(errno)));
}

// Writes on the pool: who sends into it may stand on an event loop.
class FileSink final : public content::ByteSink {
 public:
  FileSink(const std::string& path, Executor& pool)
      : path_(path), pool_(pool), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0400)) {}
  ~FileSink() override {
    if (fd_ >= 0) ::close(fd_);
  }
  bool ok() const { return fd_ >= 0; }
  Task<Status> write(std::string_view data) override {
    auto work = [this, data] { return write_now(data); };
    co_return co_await run_on(pool_, work);
  }
  Task<Status> send_file(int from, std::uint64_t offset, std::uint64_t length) override {
    auto work = [=, this] { return copy_now(from, offset, length); };
    co_return co_await run_on(pool_, work);
  }

 private:
  Status write_now(std::string_view data) {
    while (!data.empty()) {
      ssize_t n = ::write(fd_, data.data(), data.size());
      if (n <= 0) return cannot_write(path_);
      data.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }
  Status copy_now(int from, std::uint64_t offset, std::uint64_t length) {
    off_t at = static_cast<off_t>(offset);
    while (length > 0) {
      ssize_t n = ::copy_file_range(from, &at, fd_, nullptr, static_cast<std::size_t>(length), 0);
      if (n <= 0) {
        // Other file systems, old kernels: by hand.
        std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(length, 1 << 20)), '\0');
        n = ::pread(from, buffer.data(), buffer.size(), at);
        if (n <= 0) return cannot_write(path_);
        KT_CHECK(write_now(std::string_view(buffer.data(), static_cast<std::size_t>(n))));
        at += n;
      }
      length -= static_cast<std::uint64_t>(n);
    }
    return {};
  }

  std::string path_;
  Executor& pool_;
  int fd_;
};

}  // namespace

Task<Result<std::string>> FolderCache::materialise(repository::Repository r, std::string commit) {
  std::string folder = fmt::format("{}/{}/{}", root_, r.id, commit), building = folder + ".part";
  auto begin = [folder, building]() -> Result<bool> {  // false: it is there
    std::error_code ec;
    if (fs::exists(folder, ec)) return false;
    fs::remove_all(building, ec);
    fs::create_directories(building, ec);
    if (ec) return fail(Errc::unavailable, "io_error", fmt::format("Cannot make {}: {}", building, ec.message()));
    return true;
  };
  KT_CO_TRY(bool missing, co_await run_on(pool_, begin));
  if (!missing) co_return folder;
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
    auto open = [path, pool = &pool_] {
      std::error_code ec;
      fs::create_directories(fs::path(path).parent_path(), ec);
      return std::make_shared<FileSink>(path, *pool);
    };
    auto opened = co_await run_on(pool_, open);
    FileSink& sink = *opened;
    if (!sink.ok()) co_return cannot_write(path);
    if (f.entry.lfs) {
      if (f.entry.size > 0) KT_CO_CHECK(co_await content_.send(r.id, f.entry.lfs->sha256, 0, f.entry.size, sink));
    } else {
      KT_CO_CHECK(co_await sink.write(f.blob));
    }
  }
  std::error_code ec;
  fs::rename(building, folder, ec);
  if (ec) co_return fail(Errc::unavailable, "io_error", fmt::format("Cannot make {}: {}", folder, ec.message()));
  co_return folder;
}

}  // namespace kontor::runner_process
