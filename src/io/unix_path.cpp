#include "io/unix_path.hpp"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

namespace kontor::io {

UnixPath::UnixPath(const std::string& path) : usable_(path) {
  if (fits()) return;
  std::filesystem::path whole(path);
  folder_ = ::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder_ >= 0) usable_ = "/proc/self/fd/" + std::to_string(folder_) + "/" + whole.filename().string();
}

UnixPath::~UnixPath() {
  if (folder_ >= 0) ::close(folder_);
}

bool UnixPath::fits() const { return usable_.size() < sizeof(sockaddr_un::sun_path); }

}  // namespace kontor::io
