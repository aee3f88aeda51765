#include "adapters/files/object_store.hpp"

namespace kontor::files {
namespace {

class Reader final : public content::ObjectReader {
 public:
  Reader(std::unique_ptr<OpenFile> file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Status read(std::uint64_t offset, std::span<char> out) override { return file_->read(offset, out); }
  Status read_once(std::uint64_t offset, std::span<char> out) override { return file_->read_once(offset, out); }
  int fd() const override { return file_->fd(); }

 private:
  std::unique_ptr<OpenFile> file_;
  std::uint64_t size_;
};

bool good_key(const std::string& key) {
  return !key.empty() && key[0] != '/' && key.find("..") == std::string::npos && !key.starts_with("tmp/");
}

std::string parent_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

class Writer final : public content::ObjectWriter {
 public:
  Writer(ObjectStore& store, std::unique_ptr<OpenFile> file, std::string path)
      : store_(store), file_(std::move(file)), path_(std::move(path)) {}
  ~Writer() override {
    if (!committed_) (void)store_.fs_->remove(path_);
  }
  Status append(std::string_view data) override { return file_->append(data); }
  Status truncate(std::uint64_t size) override { return file_->truncate(size); }
  Status commit(const std::string& key) override {
    KT_ASSERT(!committed_ && good_key(key));
    KT_CHECK(file_->flush());
    KT_CHECK(store_.publish(path_, key));
    committed_ = true;
    return {};
  }

 private:
  ObjectStore& store_;
  std::unique_ptr<OpenFile> file_;
  std::string path_;
  bool committed_ = false;
};

Result<std::unique_ptr<ObjectStore>> ObjectStore::at(std::string root, std::unique_ptr<FileSystem> fs) {
  std::unique_ptr<ObjectStore> store(new ObjectStore(std::move(root), std::move(fs)));
  const std::string& top = store->root_;
  for (const std::string& folder : {top, top + "/tmp"}) {
    KT_TRY([[maybe_unused]] bool made, store->fs_->make_folder(folder));
    KT_CHECK(store->fs_->flush_folder(parent_of(folder)));
  }
  std::vector<std::string> left;
  KT_CHECK(store->fs_->walk(top + "/tmp", [&](const std::string& name, std::uint64_t, Time) { left.push_back(name); }));
  for (const std::string& name : left) KT_CHECK(store->fs_->remove(top + "/tmp/" + name));
  return store;
}

Result<std::unique_ptr<content::ObjectWriter>> ObjectStore::create() {
  std::string path = root_ + "/tmp/" + std::to_string(next_.fetch_add(1));
  KT_TRY(auto file, fs_->create(path));
  return std::make_unique<Writer>(*this, std::move(file), std::move(path));
}

Result<std::shared_ptr<content::ObjectReader>> ObjectStore::open(const std::string& key) {
  KT_ASSERT(good_key(key));
  KT_TRY(auto file, fs_->open(root_ + "/" + key));
  KT_TRY(std::uint64_t size, file->size());
  return std::make_shared<Reader>(std::move(file), size);
}

Status ObjectStore::remove(const std::string& key) {
  KT_ASSERT(good_key(key));
  return fs_->remove(root_ + "/" + key);
}

Status ObjectStore::list(const std::string& prefix, const Each& each) {
  return fs_->walk(root_, [&](const std::string& key, std::uint64_t size, Time written) {
    if (key.starts_with(prefix) && !key.starts_with("tmp/")) each(key, size, written);
  });
}

Status ObjectStore::make_folders_for(const std::string& key) {
  // Under the lock, so that nobody relies on a folder whose entry in its parent is not flushed yet.
  std::lock_guard lock(folders_mutex_);
  for (std::size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1)) {
    std::string folder = key.substr(0, slash);
    if (folders_.contains(folder)) continue;
    std::string path = root_ + "/" + folder;
    KT_TRY([[maybe_unused]] bool made, fs_->make_folder(path));
    KT_CHECK(fs_->flush_folder(parent_of(path)));
    folders_.insert(folder);
  }
  return {};
}

Status ObjectStore::publish(const std::string& temporary, const std::string& key) {
  KT_CHECK(make_folders_for(key));
  std::string path = root_ + "/" + key;
  KT_CHECK(fs_->rename(temporary, path));
  return fs_->flush_folder(parent_of(path));
}

}  // namespace kontor::files
