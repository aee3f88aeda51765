#include "adapters/memory/lossy_file_system.hpp"

#include <cstring>

namespace kontor::memory {
namespace {

std::string parent(const std::string& path) {
  std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}
Unexpected no_power() { return fail(Errc::unavailable, "io_error", "The power failed."); }

// Every change counts as a call; false when the power is off.
bool powered(Disk& d) {
  ++d.calls;
  return d.calls_left-- > 0;
}

class File final : public files::OpenFile {
 public:
  File(std::shared_ptr<Disk> disk, std::shared_ptr<DiskFile> file) : disk_(std::move(disk)), file_(std::move(file)) {}
  Status append(std::string_view data) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    std::uint64_t used = data.size();
    for (auto& [name, f] : disk_->names) used += f->now.size();
    if (used > disk_->capacity) return fail(Errc::unavailable, "disk_full", "The disk is full.");
    file_->now += data;
    return {};
  }
  Status truncate(std::uint64_t size) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    file_->now.resize(std::min<std::size_t>(file_->now.size(), size));
    return {};
  }
  Status flush() override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    file_->flushed = file_->now;
    return {};
  }
  Status read(std::uint64_t offset, std::span<char> out) override {
    std::lock_guard lock(disk_->mutex);
    if (offset + out.size() > file_->now.size()) return fail(Errc::internal, "damaged_store", "The file is shorter than its index says.");
    std::memcpy(out.data(), file_->now.data() + offset, out.size());
    return {};
  }
  Result<std::uint64_t> size() override {
    std::lock_guard lock(disk_->mutex);
    return file_->now.size();
  }
  int fd() const override { return -1; }

 private:
  std::shared_ptr<Disk> disk_;
  std::shared_ptr<DiskFile> file_;
};

class LossyFileSystem final : public files::FileSystem {
 public:
  explicit LossyFileSystem(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  Result<std::unique_ptr<files::OpenFile>> create(const std::string& path) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    if (!disk_->folders.contains(parent(path)) || disk_->names.contains(path))
      return fail(Errc::unavailable, "io_error", "cannot create " + path);
    auto file = std::make_shared<DiskFile>();
    disk_->names[path] = file;
    return std::make_unique<File>(disk_, file);
  }
  Result<std::unique_ptr<files::OpenFile>> open(const std::string& path) override {
    std::lock_guard lock(disk_->mutex);
    auto it = disk_->names.find(path);
    if (it == disk_->names.end()) return fail(Errc::not_found, "no_file", "There is no file " + path + ".");
    return std::make_unique<File>(disk_, it->second);
  }
  Status rename(const std::string& from, const std::string& to) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    auto it = disk_->names.find(from);
    if (it == disk_->names.end() || !disk_->folders.contains(parent(to)))
      return fail(Errc::unavailable, "io_error", "cannot rename " + from);
    auto file = it->second;
    disk_->names.erase(it);
    disk_->names[to] = file;
    return {};
  }
  Status remove(const std::string& path) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    disk_->names.erase(path);
    return {};
  }
  Result<bool> make_folder(const std::string& path) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    if (!disk_->folders.contains(parent(path))) return fail(Errc::unavailable, "io_error", "cannot make " + path);
    return disk_->folders.insert(path).second;
  }
  Status flush_folder(const std::string& path) override {
    std::lock_guard lock(disk_->mutex);
    if (!powered(*disk_)) return no_power();
    std::erase_if(disk_->flushed_names, [&](auto& e) { return parent(e.first) == path; });
    for (auto& [name, file] : disk_->names)
      if (parent(name) == path) disk_->flushed_names[name] = file;
    for (auto& folder : disk_->folders)
      if (parent(folder) == path) disk_->flushed_folders.insert(folder);
    return {};
  }
  Status walk(const std::string& path, const Each& each) override {
    std::lock_guard lock(disk_->mutex);
    for (auto& [name, file] : disk_->names)
      if (name.starts_with(path + "/")) each(name.substr(path.size() + 1), file->now.size(), Time{});
    return {};
  }

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace

void Disk::crash() {
  std::lock_guard lock(mutex);
  calls_left = INT64_MAX;
  folders = flushed_folders;
  // An entry below a folder that itself was lost is lost with it.
  std::erase_if(folders, [&](const std::string& f) {
    for (std::string p = f; p != "/"; p = parent(p))
      if (!flushed_folders.contains(p)) return true;
    return false;
  });
  names.clear();
  for (auto& [name, file] : flushed_names) {
    if (!folders.contains(parent(name))) continue;
    file->now = file->flushed;
    names[name] = file;
  }
  flushed_names = names;
  flushed_folders = folders;
}

std::unique_ptr<files::FileSystem> lossy_file_system(std::shared_ptr<Disk> disk) {
  return std::make_unique<LossyFileSystem>(std::move(disk));
}

}  // namespace kontor::memory
