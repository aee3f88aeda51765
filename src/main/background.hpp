// What the program does without anybody asking, and the count of what still runs when it ends.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/clock.hpp"
#include "base/storage.hpp"
#include "base/task.hpp"

namespace kontor {
namespace content {
class Content;
}
namespace market {
class Market;
}
namespace inference {
class Inference;
}
namespace repository {
class Activity;
}
namespace tradelog {
class Log;
}
}  // namespace kontor

namespace kontor::app {

class Care;

// Counts coroutines nobody waits for, so that the program's end can: one left suspended would never be freed. Any thread.
class Background {
 public:
  void start(Task<void> task);
  void wait_until_idle(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
};

struct Chores {  // all outlive the task
  Storage& storage;
  content::Content& content;
  market::Market& market;
  inference::Inference& inference;
  repository::Activity& activity;
  tradelog::Log& log;
  const Clock& business;
  const Care& care;
  bool numbered_after_commit;  // PostgreSQL: the sequencer has work
  const std::atomic<bool>& stopped;
};
// Several times a second until `stopped`: checks claimed hashes, numbers what was committed, runs the market's timers, removes expired
// files, writes down counts, publishes the trade log's checkpoint. What fails is logged and tried again. Runs on the event loop that starts
// it.
Task<void> run_chores(Chores c);
// Predictions that a crash or a stop cut off.
Task<void> resume_predictions(inference::Inference& inference);

}  // namespace kontor::app
