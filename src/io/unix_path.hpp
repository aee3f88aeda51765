// A Unix socket's path of any length. The kernel takes 107 bytes: a longer one is reached through a descriptor of its folder.
#pragma once
#include <string>

namespace kontor::io {

class UnixPath {
 public:
  explicit UnixPath(const std::string& path);
  ~UnixPath();
  UnixPath(const UnixPath&) = delete;
  UnixPath& operator=(const UnixPath&) = delete;
  // What bind and connect take, while this lives. A folder that cannot be opened leaves the path as it was: they say why.
  const std::string& usable() const { return usable_; }
  bool fits() const;  // usable() does

 private:
  std::string usable_;
  int folder_ = -1;
};

}  // namespace kontor::io
