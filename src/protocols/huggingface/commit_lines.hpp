// The body of a commit (UP-2): lines of JSON, each one operation or the header, read into a CommitRequest piece by piece. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "repository/repositories.hpp"

namespace kontor::huggingface {

class CommitLines {
 public:
  static constexpr std::size_t max_line = 20 << 20;

  repository::CommitRequest request;
  bool has_header = false;

  // Appends bytes as they came. What is pending must not grow beyond max_line; the caller checks.
  void feed(std::string_view bytes) { pending_ += bytes; }
  std::size_t pending() const { return pending_.size(); }
  // Applies the lines that are complete. May decode and compress megabytes: not for an event loop.
  // Errors: malformed, too_large ("too_many_operations", "too_large"), invalid ("invalid_path").
  Status take_whole();
  // The same for all that is left; the last line need not be ended.
  Status take_rest();

 private:
  Status apply(std::string_view line);
  std::string pending_;
};

}  // namespace kontor::huggingface
