// The room as a whole: names of states, waiting for a change, what is left after a restart, the end.
#include "inference/inference.hpp"

#include "inference/at_home.hpp"

namespace kontor::inference {
std::string_view state_name(DeploymentState s) {
  static constexpr std::string_view names[] = {"starting", "ready", "idle", "failed", "stopped"};
  return names[static_cast<int>(s)];
}
std::string_view state_name(PredictionState s) {
  static constexpr std::string_view names[] = {"starting", "processing", "succeeded", "failed", "canceled"};
  return names[static_cast<int>(s)];
}

// ---- waiting

void Inference::wake(const std::string& key) {
  auto it = waiters_.find(key);
  if (it == waiters_.end()) return;
  auto list = std::move(it->second);
  waiters_.erase(it);
  for (auto& w : list)
    if (auto f = *w) f();  // a copy: the call clears the slot
}

Task<void> Inference::sleep_or(std::string key, std::int64_t ms) {
  auto slot = std::make_shared<std::function<void()>>();
  auto* self = this;
  Callback<int>::Start start = [self, slot, key, ms](std::function<void(int)> done) {
    auto once = [self, slot, key, done] {
      auto finish = done;
      if (auto it = self->waiters_.find(key); it != self->waiters_.end()) {
        std::erase(it->second, slot);
        if (it->second.empty()) self->waiters_.erase(it);
      }
      *slot = nullptr;
      finish(0);
    };
    *slot = once;
    self->waiters_[key].push_back(slot);
    self->s_.timers.after(ms, [slot] {
      if (auto f = *slot) f();
    });
  };
  (void)co_await Callback<int>(std::move(start));
}

// ---- after a restart

Task<Status> Inference::resume() { co_return co_await at_home(resume_at_home()); }

Task<Status> Inference::resume_at_home() {
  auto* self = this;
  struct Left {
    std::vector<Deployment> deployments;
    std::vector<Prediction> predictions;
  };
  auto look = [=](UnitOfWork& u) -> Result<Left> {
    Left l;
    KT_TRY(l.deployments, self->s_.store.deployments(u));
    KT_TRY(l.predictions, self->s_.store.unfinished(u));
    return l;
  };
  KT_CO_TRY(Left left, co_await s_.storage.read(look));
  for (auto& d : left.deployments) {
    // No process has survived. What had answered once is idle until it is called; the rest starts again.
    if (d.state == DeploymentState::ready) d.state = DeploymentState::idle;
    Lane& lane = lane_of(d);
    if (d.min_replicas > 0 && d.state == DeploymentState::idle) lane.deployment.state = DeploymentState::starting;
  }
  for (auto& p : left.predictions) {
    auto it = lanes_.find(p.deployment);
    if (it == lanes_.end()) continue;
    ++active_[p.key];
    if (p.state == PredictionState::processing)
      co_await finish(*it->second, p, {CallEnd::died, {}, "The server was restarted during the prediction; it was not repeated.", {}, {}});
    else
      it->second->queue.push_back(p.id);
  }
  for (auto& [id, lane] : lanes_)
    if (!lane->queue.empty() || lane->deployment.state == DeploymentState::starting) work(*lane);
  co_return Status{};
}

void Inference::stop() {
  stopping_ = true;
  auto* self = this;
  s_.home.post([self] {
    for (auto& [id, lane] : self->lanes_)
      for (auto& r : lane->replicas) {
        if (r->cancel) r->cancel->store(true);
        r->runner.reset();
      }
  });
}

}  // namespace kontor::inference
