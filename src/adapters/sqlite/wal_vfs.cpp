// Nobody sees the difference: readers look only at what a commit has published in the shared index, and a commit of synchronous=FULL
// publishes after it has flushed the log. Whatever else asks for the file (a read, its size) gets what was gathered written first.
#include "adapters/sqlite/wal_vfs.hpp"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>

#include "base/result.hpp"

namespace kontor::sqlite {
namespace {

constexpr std::size_t gathered_most = 2u << 20;  // bytes held back
constexpr std::size_t piece = 31u * 4096;        // of one write; the system's VFS takes less than 128 KiB at a time

struct WalFile {
  sqlite3_file head;  // first: what SQLite sees
  std::string gathered;
  sqlite3_int64 at;  // offset of `gathered`
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
WalFile& self(sqlite3_file* f) { return *reinterpret_cast<WalFile*>(f); }
sqlite3_file* real(sqlite3_file* f) { return self(f).real(); }

// What could not be written is dropped: SQLite is told, and takes none of it for written.
int hand_on(sqlite3_file* f) {
  WalFile& w = self(f);
  int rc = SQLITE_OK;
  for (std::size_t done = 0; done < w.gathered.size() && rc == SQLITE_OK; done += piece) {
    std::size_t n = std::min(piece, w.gathered.size() - done);
    rc = real(f)->pMethods->xWrite(real(f), w.gathered.data() + done, static_cast<int>(n), w.at + static_cast<sqlite3_int64>(done));
  }
  w.gathered.clear();
  return rc;
}

int close(sqlite3_file* f) {
  int rc = hand_on(f);
  int closed = real(f)->pMethods->xClose(real(f));
  self(f).~WalFile();
  return rc != SQLITE_OK ? rc : closed;
}
int write(sqlite3_file* f, const void* data, int n, sqlite3_int64 at) {
  WalFile& w = self(f);
  bool follows = at == w.at + static_cast<sqlite3_int64>(w.gathered.size());
  if (!w.gathered.empty() && (!follows || w.gathered.size() >= gathered_most))
    if (int rc = hand_on(f); rc != SQLITE_OK) return rc;
  if (w.gathered.empty()) w.at = at;
  w.gathered.append(static_cast<const char*>(data), static_cast<std::size_t>(n));
  return SQLITE_OK;
}
int read(sqlite3_file* f, void* out, int n, sqlite3_int64 at) {
  int rc = hand_on(f);
  return rc != SQLITE_OK ? rc : real(f)->pMethods->xRead(real(f), out, n, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) {
  int rc = hand_on(f);
  return rc != SQLITE_OK ? rc : real(f)->pMethods->xTruncate(real(f), size);
}
int sync(sqlite3_file* f, int flags) {
  int rc = hand_on(f);
  return rc != SQLITE_OK ? rc : real(f)->pMethods->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* out) {
  int rc = hand_on(f);
  return rc != SQLITE_OK ? rc : real(f)->pMethods->xFileSize(real(f), out);
}
int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int check_lock(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
int control(sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int characteristics(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }

const sqlite3_io_methods methods = {1,       close,      read,    write,       truncate,        sync,    file_size, lock,
                                    unlock,  check_lock, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
                                    nullptr, nullptr,    nullptr};

sqlite3_vfs* base_of(sqlite3_vfs* v) { return static_cast<sqlite3_vfs*>(v->pAppData); }

int open(sqlite3_vfs* v, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  sqlite3_vfs* base = base_of(v);
  if (!(flags & SQLITE_OPEN_WAL)) return base->xOpen(base, name, f, flags, out_flags);
  f->pMethods = nullptr;  // no close after a failed open
  auto* w = new (f) WalFile{{nullptr}, {}, 0};
  std::memset(w->real(), 0, static_cast<std::size_t>(base->szOsFile));
  int rc = base->xOpen(base, name, w->real(), flags, out_flags);
  if (rc != SQLITE_OK) {
    w->~WalFile();
    return rc;
  }
  w->head.pMethods = &methods;
  return SQLITE_OK;
}

// The base finds its own state through the pointer it is called with.
int remove(sqlite3_vfs* v, const char* name, int sync_folder) { return base_of(v)->xDelete(base_of(v), name, sync_folder); }
int access(sqlite3_vfs* v, const char* name, int flags, int* out) { return base_of(v)->xAccess(base_of(v), name, flags, out); }
int full_path(sqlite3_vfs* v, const char* name, int n, char* out) { return base_of(v)->xFullPathname(base_of(v), name, n, out); }

}  // namespace

std::string gathering_vfs(const std::string& base_name) {
  static std::mutex mutex;
  struct Made {
    std::string name;
    sqlite3_vfs vfs;
  };
  static std::map<std::string, std::unique_ptr<Made>> made;  // SQLite keeps pointers to them
  std::lock_guard guard(mutex);
  auto& one = made[base_name];
  if (one) return one->name;
  sqlite3_vfs* base = sqlite3_vfs_find(base_name.empty() ? nullptr : base_name.c_str());
  KT_ASSERT(base);
  one = std::make_unique<Made>(Made{"kontor-" + std::string(base->zName), *base});
  one->vfs.pNext = nullptr;
  one->vfs.zName = one->name.c_str();
  one->vfs.szOsFile = static_cast<int>(sizeof(WalFile)) + base->szOsFile;
  one->vfs.pAppData = base;
  one->vfs.xOpen = open;
  one->vfs.xDelete = remove;
  one->vfs.xAccess = access;
  one->vfs.xFullPathname = full_path;
  sqlite3_vfs_register(&one->vfs, 0);
  return one->name;
}

}  // namespace kontor::sqlite
