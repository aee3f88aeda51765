// Background work (background.hpp).
#include "main/background.hpp"

#include "adapters/sql/sequencer.hpp"
#include "base/log.hpp"
#include "content/content.hpp"
#include "inference/inference.hpp"
#include "io/event_loop.hpp"
#include "main/care.hpp"
#include "market/market.hpp"
#include "repository/catalogue.hpp"
#include "tradelog/log.hpp"

namespace kontor::app {
namespace {

constexpr auto tick = std::chrono::milliseconds(250);
constexpr std::uint64_t ticks_per_expiry = 8;  // expired files are looked for this seldom

}  // namespace

void Background::start(Task<void> task) {
  {
    std::lock_guard lock(mutex_);
    ++running_;
  }
  spawn(std::move(task), [this] {
    std::lock_guard lock(mutex_);
    if (--running_ == 0) idle_.notify_all();
  });
}
void Background::wait_until_idle(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, patience, [this] { return running_ == 0; });
}

Task<void> run_chores(Chores c) {
  std::uint64_t ticks = 0;
  while (!c.stopped) {
    for (;;) {
      auto more = co_await c.content.verify_next_claim();
      if (!more || !*more || c.stopped) break;
    }
    if (c.numbered_after_commit) {
      for (;;) {
        auto numbered = co_await sql::run_sequencer(c.storage);
        if (!numbered || *numbered == 0 || c.stopped) break;
      }
    }
    if (auto timed = co_await c.market.run_due_timers(c.business.now()); !timed)
      log::error("timers of the market failed", {{"error", timed.error().message}});
    // Not under a backup, which copies what it has seen.
    if (++ticks % ticks_per_expiry == 0 && !c.care.under_way())
      if (auto expired = co_await c.inference.expire_files(); !expired)
        log::error("expired files could not be removed", {{"error", expired.error().message}});
    if (auto counted = co_await c.activity.flush(); !counted)
      log::error("downloads and runs could not be counted", {{"error", counted.error().message}});
    if (auto published = co_await c.log.publish(); !published)
      log::error("the trade log's checkpoint could not be published", {{"error", published.error().message}});
    co_await io::sleep_for(tick);
  }
  [[maybe_unused]] auto last = co_await c.activity.flush();
}

Task<void> resume_predictions(inference::Inference& inference) {
  auto done = co_await inference.resume();
  if (!done) log::error("predictions could not be resumed", {{"error", done.error().message}});
}

}  // namespace kontor::app
