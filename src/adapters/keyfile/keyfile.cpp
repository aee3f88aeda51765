#include "adapters/keyfile/keyfile.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/random.hpp"
#include "base/text.hpp"

namespace kontor::keyfile {
namespace {

Unexpected failed(const std::string& path, const char* what) {
  return fail(Errc::unavailable, "file_unavailable", std::string(what) + " " + path + ": " + std::strerror(errno));
}

Result<std::optional<std::string>> read_file(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<std::string>();
    return failed(path, "Cannot open");
  }
  std::string out;
  char buffer[4096];
  ssize_t n;
  while ((n = ::read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0) out.append(buffer, static_cast<std::size_t>(n));
  ::close(fd);
  if (n < 0) return failed(path, "Cannot read");
  return std::optional<std::string>(std::move(out));
}

// Whole or not at all: a file beside it, flushed, then renamed, then the folder flushed.
Status replace_file(const std::string& folder, const std::string& path, std::string_view text) {
  std::string beside = path + ".new";
  int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed(beside, "Cannot make");
  bool ok = true;
  for (std::size_t done = 0; ok && done < text.size();) {
    ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n > 0)
      done += static_cast<std::size_t>(n);
    else
      ok = n < 0 && errno == EINTR;
  }
  ok = ok && ::fsync(fd) == 0;
  ok = ::close(fd) == 0 && ok;
  if (!ok || ::rename(beside.c_str(), path.c_str()) != 0) return failed(path, "Cannot write");
  int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return failed(folder, "Cannot open");
  ok = ::fsync(dir) == 0;
  ::close(dir);
  if (!ok) return failed(folder, "Cannot flush");
  return {};
}

class FileVault final : public tradelog::Vault {
 public:
  FileVault(std::string folder, std::string seed, std::optional<std::string> note)
      : folder_(std::move(folder)), seed_(std::move(seed)), note_(std::move(note)) {}
  std::string seed() override { return seed_; }
  std::optional<std::string> last_note() override { return note_; }
  Status save_note(std::string_view note) override {
    KT_CHECK(replace_file(folder_, folder_ + "/tradelog.checkpoint", note));
    note_ = note;
    return {};
  }

 private:
  std::string folder_, seed_;
  std::optional<std::string> note_;
};

}  // namespace

Result<std::unique_ptr<tradelog::Vault>> open(const std::string& folder) {
  std::string path = folder + "/tradelog.key";
  KT_TRY(auto text, read_file(path));
  KT_TRY(auto note, read_file(folder + "/tradelog.checkpoint"));
  if (!text) {
    // A checkpoint without its key means that the key was lost: a new one must not take its place silently.
    if (note)
      return fail(Errc::conflict, "key_missing",
                  "The trade log's key " + path + " is missing, but checkpoints were signed with it: restore it.");
    std::string seed = random_bytes(32);
    KT_CHECK(replace_file(folder, path, to_hex(seed) + "\n"));
    return std::make_unique<FileVault>(folder, std::move(seed), std::nullopt);
  }
  auto seed = from_hex(trim(*text));
  if (!seed || seed->size() != 32) return fail(Errc::malformed, "key_damaged", "The trade log's key " + path + " is damaged: restore it.");
  return std::make_unique<FileVault>(folder, std::move(*seed), std::move(note));
}

}  // namespace kontor::keyfile
