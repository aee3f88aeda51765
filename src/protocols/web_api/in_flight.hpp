// Keys whose first request is still running here. A repeat waits a little for the first one's answer, then is told to come back
// (409 in_progress): it must neither run twice nor hang for ever. Other processes are kept apart by the stored answer's unique key.
#pragma once
#include <mutex>
#include <set>
#include <string>

namespace kontor::web_api {

class InFlight {  // any thread
 public:
  // Holds the key until it goes; empty when somebody else has it.
  class Hold {
   public:
    Hold() = default;
    Hold(InFlight* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    Hold(Hold&& o) noexcept : owner_(std::exchange(o.owner_, nullptr)), key_(std::move(o.key_)) {}
    Hold& operator=(Hold&& o) noexcept {
      std::swap(owner_, o.owner_);
      std::swap(key_, o.key_);
      return *this;
    }
    ~Hold() {
      if (owner_) owner_->give(key_);
    }
    explicit operator bool() const { return owner_ != nullptr; }

   private:
    InFlight* owner_ = nullptr;
    std::string key_;
  };
  Hold take(const std::string& key) {
    std::lock_guard lock(mutex_);
    if (!running_.insert(key).second) return {};
    return {this, key};
  }

 private:
  void give(const std::string& key) {
    std::lock_guard lock(mutex_);
    running_.erase(key);
  }
  std::mutex mutex_;
  std::set<std::string> running_;
};

}  // namespace kontor::web_api
