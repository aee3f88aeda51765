// Structured logging: one JSON line per event on standard error. Secrets (tokens, passwords, signed addresses) are never passed in.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace kontor::log {

enum class Level { debug, info, warn, error };
using Field = std::pair<std::string_view, std::string>;

void set_level(Level level);
// Any thread; never blocks on more than a write to standard error.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void debug(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::debug, m, f); }
inline void info(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::info, m, f); }
inline void warn(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::warn, m, f); }
inline void error(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::error, m, f); }

}  // namespace kontor::log
