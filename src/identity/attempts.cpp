#include "identity/attempts.hpp"

namespace kontor::identity {
namespace {
constexpr std::size_t most_keys = 100'000;  // about 10 MiB
}

Unexpected too_many(std::string_view what, std::int64_t wait_seconds) {
  std::int64_t minutes = (wait_seconds + 59) / 60;
  return fail(Errc::rate_limited, "too_many_attempts",
              std::string(what) + ": try again in " + std::to_string(minutes) + (minutes == 1 ? " minute." : " minutes."),
              "{\"retry_after\":" + std::to_string(wait_seconds) + "}");
}

std::optional<std::int64_t> Attempts::take(const std::string& key, Time now) {
  std::lock_guard lock(mutex_);
  if (tried_.size() >= most_keys && now.seconds() >= next_sweep_) {
    std::erase_if(tried_, [&](const auto& e) { return e.second.since + window_seconds_ <= now.seconds(); });
    next_sweep_ = now.seconds() + 10;  // it looks at all keys
  }
  auto it = tried_.find(key);
  if (it == tried_.end()) {
    // Somebody who tries under ever new keys must not make the others be forgotten: beyond the bound new keys are not counted.
    if (tried_.size() < most_keys) tried_[key] = {1, now.seconds()};
    return std::nullopt;
  }
  Tried& t = it->second;
  std::int64_t left = t.since + window_seconds_ - now.seconds();
  if (left <= 0) t = {0, now.seconds()};
  if (t.times >= most_) return left;
  ++t.times;
  return std::nullopt;
}

void Attempts::give_back(const std::string& key) {
  std::lock_guard lock(mutex_);
  auto it = tried_.find(key);
  if (it != tried_.end() && --it->second.times <= 0) tried_.erase(it);
}

void Attempts::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  tried_.erase(key);
}

}  // namespace kontor::identity
