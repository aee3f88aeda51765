// How often something was tried in a while, by key: wrong passwords, new accounts. In memory, of this process alone, bounded.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kontor::identity {

// rate_limited, "too_many_attempts". `what` begins the sentence.
Unexpected too_many(std::string_view what, std::int64_t wait_seconds);

class Attempts {  // any thread
 public:
  Attempts(int most, std::int64_t window_seconds) : most_(most), window_seconds_(window_seconds) {}
  // Counts one try, before its outcome is known (tries at the same moment must not pass together). Seconds until the key may be tried again
  // if it has had its tries: then nothing is counted.
  std::optional<std::int64_t> take(const std::string& key, Time now);
  void give_back(const std::string& key);  // the try did not count after all
  void forget(const std::string& key);     // nor any before it

 private:
  struct Tried {
    int times = 0;
    std::int64_t since = 0;  // seconds; the window begins with the first try
  };
  int most_;
  std::int64_t window_seconds_;
  std::int64_t next_sweep_ = 0;  // seconds
  std::mutex mutex_;
  std::unordered_map<std::string, Tried> tried_;
};

}  // namespace kontor::identity
