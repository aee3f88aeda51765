// A SQLite file layer for tests: the real one beneath, and beside it what would be on the disk after a power cut. What was flushed is there; of
// what was not, every 512-byte sector is there or not by chance, whatever order it was written in. Also a disk that is full.
#pragma once
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kontor::tests {

class PowerCutVfs {
 public:
  explicit PowerCutVfs(std::string name) : name_(std::move(name)), base_(sqlite3_vfs_find(nullptr)), vfs_(*base_) {
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + base_->szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = [](sqlite3_vfs* v, const char* n, int f, int* out) { return of(v).base_->xAccess(of(v).base_, n, f, out); };
    vfs_.xFullPathname = [](sqlite3_vfs* v, const char* n, int size, char* out) { return of(v).base_->xFullPathname(of(v).base_, n, size, out); };
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~PowerCutVfs() { sqlite3_vfs_unregister(&vfs_); }
  PowerCutVfs(const PowerCutVfs&) = delete;

  const std::string& name() const { return name_; }

  // After so many changes of files nothing reaches the disk any more, and everything reports an error. `at_the_cut` is told once.
  void cut_after(std::int64_t changes, std::function<void()> at_the_cut = {}) {
    std::lock_guard lock(mutex_);
    left_ = changes;
    at_the_cut_ = std::move(at_the_cut);
  }
  void cut_now() {
    std::lock_guard lock(mutex_);
    left_ = 0;
  }
  bool cut() {
    std::lock_guard lock(mutex_);
    return left_ <= 0;
  }
  std::int64_t changes() {
    std::lock_guard lock(mutex_);
    return changes_;
  }
  // Bytes of all files together that still fit; writes beyond fail as on a full disk.
  void capacity(std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    capacity_ = bytes;
  }
  std::uint64_t used() {
    std::lock_guard lock(mutex_);
    std::uint64_t n = 0;
    for (auto& [path, disk] : disks_) n += disk.size;
    return n;
  }

  // What is left on the disk, as files of `folder`. How many files lost something unflushed.
  int remains(const std::filesystem::path& folder, std::mt19937& chance) {
    std::lock_guard lock(mutex_);
    std::filesystem::create_directories(folder);
    int torn = 0;
    for (auto& [path, disk] : disks_) {
      if (!disk.exists) continue;  // never flushed: its name is lost with it
      std::string bytes = disk.flushed;
      bool lost = false;
      // A run of luck per file: all, none, or each sector by itself.
      int mood = static_cast<int>(chance() % 4);
      for (const Change& c : disk.pending) {
        if (c.truncate) {
          if (mood == 1 || (mood > 1 && chance() % 2)) bytes.resize(c.at);
          continue;
        }
        for (std::size_t done = 0; done < c.data.size();) {
          std::size_t n = std::min<std::size_t>(512 - (c.at + done) % 512, c.data.size() - done);
          bool kept = mood == 1 || (mood > 1 && chance() % 2);
          if (kept) {
            if (bytes.size() < c.at + done + n) bytes.resize(c.at + done + n);
            std::memcpy(bytes.data() + c.at + done, c.data.data() + done, n);
          }
          lost = lost || !kept;
          done += n;
        }
      }
      torn += lost;
      std::ofstream(folder / std::filesystem::path(path).filename(), std::ios::binary) << bytes;
    }
    return torn;
  }

 private:
  struct Change {
    bool truncate = false;
    std::uint64_t at = 0;
    std::string data;
  };
  struct Disk {
    bool exists = false;  // durably
    std::string flushed;
    std::vector<Change> pending;
    std::uint64_t size = 0;  // as programs see it
  };
  struct File {
    sqlite3_file head;
    PowerCutVfs* owner;
    Disk* disk;  // null: a temporary file
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static PowerCutVfs& of(sqlite3_vfs* v) { return *static_cast<PowerCutVfs*>(v->pAppData); }
  static File& self(sqlite3_file* f) { return *reinterpret_cast<File*>(f); }
  static sqlite3_file* real(sqlite3_file* f) { return self(f).real(); }

  // Under the lock. False: there is no power.
  bool change() {
    ++changes_;
    if (left_ <= 0) return false;
    if (--left_ == 0 && at_the_cut_) at_the_cut_();
    return left_ > 0;
  }
  static void apply(std::string& bytes, const Change& c) {
    if (c.truncate) {
      bytes.resize(c.at);
      return;
    }
    if (bytes.size() < c.at + c.data.size()) bytes.resize(c.at + c.data.size());
    std::memcpy(bytes.data() + c.at, c.data.data(), c.data.size());
  }

  static int open(sqlite3_vfs* v, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    PowerCutVfs& me = of(v);
    f->pMethods = nullptr;
    File& file = self(f);
    std::memset(file.real(), 0, static_cast<std::size_t>(me.base_->szOsFile));
    int rc = me.base_->xOpen(me.base_, name, file.real(), flags, out_flags);
    if (rc != SQLITE_OK) return rc;
    file.owner = &me;
    file.disk = nullptr;
    if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL))) {
      std::lock_guard lock(me.mutex_);
      file.disk = &me.disks_[name];
    }
    file.head.pMethods = &methods;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* v, const char* name, int sync_folder) {
    PowerCutVfs& me = of(v);
    std::lock_guard lock(me.mutex_);
    if (!me.change()) return SQLITE_IOERR_DELETE;
    if (auto it = me.disks_.find(name); it != me.disks_.end()) it->second = Disk{};
    return me.base_->xDelete(me.base_, name, sync_folder);
  }
  static int close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
  static int read(sqlite3_file* f, void* out, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), out, n, at); }
  static int write(sqlite3_file* f, const void* data, int n, sqlite3_int64 at) {
    PowerCutVfs& me = *self(f).owner;
    Disk* disk = self(f).disk;
    if (!disk) return real(f)->pMethods->xWrite(real(f), data, n, at);
    std::lock_guard lock(me.mutex_);
    std::uint64_t end = static_cast<std::uint64_t>(at) + static_cast<std::uint64_t>(n), all = 0;
    for (auto& [path, d] : me.disks_) all += d.size;
    if (end > disk->size && all + (end - disk->size) > me.capacity_) return SQLITE_FULL;
    if (!me.change()) return SQLITE_IOERR_WRITE;
    disk->pending.push_back({false, static_cast<std::uint64_t>(at), std::string(static_cast<const char*>(data), static_cast<std::size_t>(n))});
    disk->size = std::max(disk->size, end);
    return real(f)->pMethods->xWrite(real(f), data, n, at);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    PowerCutVfs& me = *self(f).owner;
    if (Disk* disk = self(f).disk) {
      std::lock_guard lock(me.mutex_);
      if (!me.change()) return SQLITE_IOERR_TRUNCATE;
      disk->pending.push_back({true, static_cast<std::uint64_t>(size), {}});
      disk->size = static_cast<std::uint64_t>(size);
    }
    return real(f)->pMethods->xTruncate(real(f), size);
  }
  static int sync(sqlite3_file* f, int) {
    PowerCutVfs& me = *self(f).owner;
    Disk* disk = self(f).disk;
    if (!disk) return SQLITE_OK;
    std::lock_guard lock(me.mutex_);
    if (!me.change()) return SQLITE_IOERR_FSYNC;
    for (const Change& c : disk->pending) apply(disk->flushed, c);
    disk->pending.clear();
    disk->exists = true;
    return SQLITE_OK;
  }
  static int file_size(sqlite3_file* f, sqlite3_int64* out) { return real(f)->pMethods->xFileSize(real(f), out); }
  static int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
  static int unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
  static int check_lock(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
  static int control(sqlite3_file* f, int op, void* arg) {
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;  // no growing behind our back
    return real(f)->pMethods->xFileControl(real(f), op, arg);
  }
  static int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
  static int characteristics(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
  static int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) { return real(f)->pMethods->xShmMap(real(f), page, size, extend, out); }
  static int shm_lock(sqlite3_file* f, int offset, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), offset, n, flags); }
  static void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
  static int shm_unmap(sqlite3_file* f, int drop) { return real(f)->pMethods->xShmUnmap(real(f), drop); }

  static inline const sqlite3_io_methods methods = {2,    close,  read,       write,   truncate,    sync,        file_size,       lock,    unlock,  check_lock, control,
                                                    sector_size, characteristics, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

  std::string name_;
  sqlite3_vfs* base_;
  sqlite3_vfs vfs_;
  std::mutex mutex_;
  std::map<std::string, Disk> disks_;
  std::int64_t left_ = INT64_MAX, changes_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
  std::function<void()> at_the_cut_;
};

}  // namespace kontor::tests
