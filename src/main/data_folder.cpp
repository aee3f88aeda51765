#include "main/data_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/random.hpp"
#include "base/text.hpp"

namespace kontor::app {
namespace fs = std::filesystem;
namespace {

// Written aside, flushed, renamed: a crash leaves the old file or the new one.
Status write_durably(const std::string& path, std::string_view text, mode_t mode) {
  std::string temporary = path + ".new";
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return fail(Errc::unavailable, "io_error", fmt::format("Cannot write {}: {}", path, std::strerror(errno)));
  bool ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!ok || ::rename(temporary.c_str(), path.c_str()) != 0)
    return fail(Errc::unavailable, "io_error", fmt::format("Cannot write {}: {}", path, std::strerror(errno)));
  int dir = ::open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0) {
    ::fsync(dir);
    ::close(dir);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<DataFolder>> DataFolder::lock(const std::string& asked) {
  std::error_code ec;
  fs::create_directories(asked, ec);
  std::string path = fs::weakly_canonical(asked, ec).string();
  if (ec || !fs::is_directory(path))
    return fail(Errc::unavailable, "io_error", fmt::format("Cannot make the data folder {}: {}", asked, ec.message()));
  ::chmod(path.c_str(), 0700);
  int fd = ::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::unavailable, "io_error", fmt::format("Cannot open {}/lock: {}", path, std::strerror(errno)));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(Errc::conflict, "folder_in_use", fmt::format("The data folder {} is in use by another Kontor process.", path));
  }
  return std::unique_ptr<DataFolder>(new DataFolder(path, fd));
}

DataFolder::~DataFolder() { ::close(lock_fd_); }

namespace {

// "sqlite:FILE" and "file:DIR" name files; anything else is an address. The place of the file, or npos.
std::size_t path_begins(std::string_view back_end) {
  for (std::string_view scheme : {"sqlite:", "file:"})
    if (back_end.starts_with(scheme)) return scheme.size();
  return std::string_view::npos;
}
// Files are written down as seen from the folder where they lie in it, so that a folder can be moved and copied; else whole.
std::string written(const std::string& back_end, const fs::path& folder) {
  std::size_t at = path_begins(back_end);
  if (at == std::string::npos) return back_end;
  std::error_code ec;
  fs::path whole = fs::weakly_canonical(back_end.substr(at), ec), inside = whole.lexically_relative(folder);
  return back_end.substr(0, at) + (inside.empty() || *inside.begin() == ".." ? whole : inside).string();
}
std::string read_from(const std::string& text, const fs::path& folder) {
  std::size_t at = path_begins(text);
  if (at == std::string::npos) return text;
  return text.substr(0, at) + (folder / text.substr(at)).lexically_normal().string();
}

}  // namespace

Result<BackEnds> DataFolder::back_ends(BackEnds asked) {
  std::string path = file("kontor.toml");
  if (!fs::exists(path)) {
    if (asked.db.empty()) asked.db = "sqlite:" + file("kontor.db");
    if (asked.objects.empty()) asked.objects = "file:" + file("objects");
    asked = {written(asked.db, path_), written(asked.objects, path_)};
    toml::table t{{"db", asked.db}, {"objects", asked.objects}};
    std::ostringstream text;
    text << "# The back ends that this data folder belongs to. Written by Kontor; a database URL may hold a password.\n" << t << "\n";
    KT_CHECK(write_durably(path, text.str(), 0600));
    return BackEnds{read_from(asked.db, path_), read_from(asked.objects, path_)};
  }
  toml::parse_result parsed = toml::parse_file(path);
  if (!parsed)
    return fail(Errc::unavailable, "bad_configuration", fmt::format("{} cannot be read: {}", path, parsed.error().description()));
  BackEnds known{read_from(parsed.table()["db"].value_or(std::string()), path_),
                 read_from(parsed.table()["objects"].value_or(std::string()), path_)};
  auto differs = [&](const std::string& wanted, const std::string& is) {
    return !wanted.empty() && read_from(written(wanted, path_), path_) != is;
  };
  if (differs(asked.db, known.db) || differs(asked.objects, known.objects))
    return fail(Errc::conflict, "other_back_end",
                fmt::format("The data folder {} belongs to another database or object store (see kontor.toml there).", path_));
  return known;
}

Result<std::optional<std::string>> DataFolder::setting(std::string_view key) {
  std::string path = file("kontor.toml");
  toml::parse_result parsed = toml::parse_file(path);
  if (!parsed)
    return fail(Errc::unavailable, "bad_configuration", fmt::format("{} cannot be read: {}", path, parsed.error().description()));
  return parsed.table()[key].value<std::string>();
}

Result<std::string> DataFolder::secret() {
  std::string path = file("secret");
  if (!fs::exists(path)) KT_CHECK(write_durably(path, to_hex(random_bytes(32)) + "\n", 0600));
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  auto bytes = from_hex(line);
  if (!bytes || bytes->size() != 32)
    return fail(Errc::unavailable, "bad_configuration", fmt::format("{} is damaged: it must hold 64 hex characters.", path));
  return *bytes;
}

}  // namespace kontor::app
