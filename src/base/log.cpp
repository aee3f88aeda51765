#include "base/log.hpp"

#include <unistd.h>

#include <atomic>

#include "base/clock.hpp"
#include "base/json_text.hpp"

namespace kontor::log {
namespace {
std::atomic<int> minimum{static_cast<int>(Level::info)};
constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
}  // namespace

void set_level(Level level) { minimum = static_cast<int>(level); }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (static_cast<int>(level) < minimum.load(std::memory_order_relaxed)) return;
  std::string line = "{\"at\":\"" + rfc3339(WallClock().now()) + "\",\"level\":\"";
  line += names[static_cast<int>(level)];
  line += "\",\"message\":";
  append_json_string(line, message);
  for (const auto& [key, value] : fields) {
    line += ',';
    append_json_string(line, key);
    line += ':';
    append_json_string(line, value);
  }
  line += "}\n";
  // One write call, so that lines of several threads do not mix; a closed stderr must not stop the server.
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace kontor::log
