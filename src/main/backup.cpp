// Order is what makes a copy consistent without stopping anybody: keys and checkpoint first (a checkpoint may be older than the log, never
// newer), then the objects, then the database, then the objects that came meanwhile. Every object that the copied database names was there
// before the database was copied, and objects never change.
#include "main/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "codec/json.hpp"

namespace kontor::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view manifest = "backup.json", database = "kontor.db", objects = "objects";
constexpr std::string_view configuration = "kontor.toml";
constexpr std::string_view small_files[] = {"secret", "tradelog.key", "tradelog.checkpoint"};

Unexpected failed(std::string_view what, const fs::path& path, int error) {
  return fail(Errc::unavailable, error == ENOSPC || error == EDQUOT ? "disk_full" : "io_error",
              fmt::format("Cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

Status flush(const fs::path& path, bool folder) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (folder ? O_DIRECTORY : 0));
  if (fd < 0) return failed("open", path, errno);
  int rc = ::fsync(fd), error = errno;
  ::close(fd);
  if (rc != 0) return failed("flush", path, error);
  return {};
}

struct Fd {
  int fd;
  ~Fd() {
    if (fd >= 0) ::close(fd);
  }
};

Status copy_whole(const fs::path& from, const fs::path& to) {
  Fd in{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
  if (in.fd < 0) return failed("open", from, errno);
  Fd out{::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (out.fd < 0) return failed("make", to, errno);
  std::string buffer;
  for (;;) {
    ssize_t n = ::copy_file_range(in.fd, nullptr, out.fd, nullptr, 1 << 30, 0);
    if (n > 0) continue;
    if (n == 0) break;
    // Other file systems: by hand, from where the files stand.
    buffer.resize(1 << 20);
    n = ::read(in.fd, buffer.data(), buffer.size());
    if (n < 0) return failed("read", from, errno);
    if (n == 0) break;
    for (ssize_t done = 0; done < n;) {
      ssize_t w = ::write(out.fd, buffer.data() + done, static_cast<std::size_t>(n - done));
      if (w < 0) return failed("write", to, errno);
      done += w;
    }
  }
  if (::fsync(out.fd) != 0) return failed("flush", to, errno);
  return {};
}

Status make_folder(const fs::path& path) {
  std::error_code ec;
  fs::create_directories(path, ec);
  if (ec) return failed("make", path, ec.value());
  ::chmod(path.c_str(), 0700);
  return {};
}

Status must_be_empty(const fs::path& path) {
  std::error_code ec;
  if (fs::exists(path, ec) && !(fs::is_directory(path, ec) && fs::is_empty(path, ec)))
    return fail(Errc::invalid, "not_empty",
                fmt::format("{} exists and is not an empty folder: name one that does not exist yet.", path.string()));
  return make_folder(path);
}

// Files of the object store that are not in `to` yet. What is being written (tmp/) is no object.
Status take_objects(const fs::path& from, const fs::path& to, bool link, BackedUp& done) {
  std::error_code ec;
  for (fs::recursive_directory_iterator it(from, ec), end; !ec && it != end; it.increment(ec)) {
    fs::path relative = fs::relative(it->path(), from, ec);
    if (relative == "tmp") {
      it.disable_recursion_pending();
      continue;
    }
    fs::path target = to / relative;
    if (it->is_directory(ec)) {
      KT_CHECK(make_folder(target));
      continue;
    }
    std::error_code gone;  // a body that lost a race may vanish while we look; nothing names it
    std::uint64_t size = it->file_size(gone);
    if (gone || !it->is_regular_file(gone) || fs::exists(target, gone)) continue;
    bool linked = link && ::link(it->path().c_str(), target.c_str()) == 0;
    if (!linked && !fs::exists(it->path(), gone)) continue;
    if (!linked) KT_CHECK(copy_whole(it->path(), target));
    done.linked += linked;
    ++done.objects;
    done.bytes += size;
  }
  if (ec) return failed("list", from, ec.value());
  return {};
}

Status flush_folders(const fs::path& top) {
  std::error_code ec;
  for (fs::recursive_directory_iterator it(top, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_directory(ec)) KT_CHECK(flush(it->path(), true));
  KT_CHECK(flush(top, true));
  return flush(fs::absolute(top).parent_path(), true);
}

Status write_manifest(const fs::path& folder, const BackedUp& done) {
  std::string text = JsonWriter()
                         .begin_object()
                         .field("kontor_backup", 1)
                         .field("made_at", rfc3339(WallClock().now()))
                         .field("objects", static_cast<std::int64_t>(done.objects))
                         .field("bytes", static_cast<std::int64_t>(done.bytes))
                         .end_object()
                         .text();
  text += '\n';
  fs::path path = folder / manifest, beside = folder / "backup.json.new";
  {
    Fd out{::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (out.fd < 0 || ::write(out.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(out.fd) != 0)
      return failed("write", beside, errno);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed("write", path, errno);
  return flush(folder, true);
}

}  // namespace

Result<BackedUp> make_backup(const DataFolder& folder, const BackEnds& ends, const std::string& target, bool link,
                             const std::function<Status(const std::string&)>& copy_database) {
  fs::path to = target, store = ends.objects.starts_with("file:") ? ends.objects.substr(5) : ends.objects;
  KT_CHECK(must_be_empty(to));
  std::error_code ec;
  if (auto inside = fs::weakly_canonical(to, ec).string() + "/"; inside.starts_with(fs::weakly_canonical(store, ec).string() + "/")) {
    return fail(Errc::invalid, "inside_itself", "A backup cannot lie inside the object store.");
  }
  BackedUp done;
  for (std::string_view name : small_files)
    if (fs::exists(folder.file(name), ec)) KT_CHECK(copy_whole(folder.file(name), to / name));
  KT_CHECK(copy_whole(folder.file(configuration), to / configuration));
  KT_CHECK(make_folder(to / objects));
  KT_CHECK(take_objects(store, to / objects, link, done));
  fs::path db = to / database;
  KT_CHECK(copy_database(db.string()));
  ::chmod(db.c_str(), 0600);
  KT_CHECK(flush(db, false));
  done.bytes += fs::file_size(db, ec);
  KT_CHECK(take_objects(store, to / objects, link, done));
  KT_CHECK(flush_folders(to));
  KT_CHECK(write_manifest(to, done));
  return done;
}

Result<BackedUp> restore_backup(const std::string& backup, const std::string& data) {
  fs::path from = backup, to = data;
  std::error_code ec;
  if (!fs::exists(from / manifest, ec))
    return fail(Errc::invalid, "not_a_backup", fmt::format("{} is no finished backup: it has no {}.", backup, manifest));
  KT_CHECK(must_be_empty(to));
  BackedUp done;
  KT_CHECK(make_folder(to / objects));
  KT_CHECK(take_objects(from / objects, to / objects, false, done));
  KT_CHECK(copy_whole(from / database, to / database));
  done.bytes += fs::file_size(to / database, ec);
  for (std::string_view name : small_files)
    if (fs::exists(from / name, ec)) KT_CHECK(copy_whole(from / name, to / name));
  // What the operator configured stays; where facts and objects lie is said anew.
  toml::parse_result parsed = toml::parse_file((from / configuration).string());
  if (!parsed)
    return fail(Errc::invalid, "not_a_backup",
                fmt::format("{} cannot be read: {}", (from / configuration).string(), parsed.error().description()));
  parsed.table().insert_or_assign("db", "sqlite:" + std::string(database));
  parsed.table().insert_or_assign("objects", "file:" + std::string(objects));
  std::ofstream out(to / configuration);
  out << parsed.table() << "\n";
  out.close();
  ::chmod((to / configuration).c_str(), 0600);
  if (!out) return failed("write", to / configuration, EIO);
  KT_CHECK(flush(to / configuration, false));
  KT_CHECK(flush_folders(to));
  return done;
}

}  // namespace kontor::app
