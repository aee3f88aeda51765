#include "io/unix_call.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "io/unix_path.hpp"

namespace kontor::io {

Result<UnixAnswer> call_unix(const std::string& path, std::string_view method, std::string_view target, std::string_view body) {
  auto down = [&] { return fail(Errc::unavailable, "not_running", fmt::format("No server answers at {}.", path)); };
  auto cut = [&] {
    return fail(Errc::unavailable, "no_answer", "The server ended before it answered: what was asked may be done or not.");
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  UnixPath short_path(path);
  if (!short_path.fits()) return down();
  std::memcpy(address.sun_path, short_path.usable().c_str(), short_path.usable().size() + 1);
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return down();
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return down();
  std::string out =
      fmt::format("{} {} HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                  method, target, body.size(), body);
  for (std::size_t sent = 0; sent < out.size();) {
    ssize_t n = ::send(fd, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return cut();
    sent += static_cast<std::size_t>(n);
  }
  std::string in;
  char buffer[16384];
  for (;;) {
    ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    in.append(buffer, static_cast<std::size_t>(n));
  }
  std::size_t head = in.find("\r\n\r\n");
  if (head == std::string::npos || in.size() < 12 || !in.starts_with("HTTP/1.1 ")) return cut();
  return UnixAnswer{std::atoi(in.c_str() + 9), in.substr(head + 4)};
}

}  // namespace kontor::io
