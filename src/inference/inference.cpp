#include "inference/inference.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "inference/at_home.hpp"
#include "inference/input.hpp"
#include "inference/outputs.hpp"

namespace kontor::inference {
namespace {

constexpr int max_crashes = 5;  // in a row, then the deployment has failed

// Logs go out as JSON: what is no UTF-8 becomes a question mark.
std::string valid_text(std::string text) {
  if (valid_utf8(text)) return text;
  for (char& c : text)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  return text;
}

std::string version_of(const repository::Repository& r, const std::string& commit) { return codec::sha256_hex(r.id + "|" + commit); }

}  // namespace

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

// ---- deployments

Inference::Lane& Inference::lane_of(const Deployment& d) {
  auto& lane = lanes_[d.id];
  if (!lane) {
    lane = std::make_unique<Lane>();
    lane->deployment = d;
  }
  return *lane;
}

Task<Status> Inference::save_deployment(Deployment d) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(self->s_.store.put_deployment(u, d));
    return true;
  };
  auto done = co_await s_.storage.write(body);
  if (!done) co_return Unexpected(done.error());
  co_return Status{};
}

Task<Result<Deployment>> Inference::deploy(repository::Repository r, std::string revision, bool public_, int min_replicas,
                                           int max_replicas) {
  co_return co_await at_home(deploy_at_home(std::move(r), std::move(revision), public_, min_replicas, max_replicas));
}

Task<Result<Deployment>> Inference::deploy_at_home(repository::Repository r, std::string revision, bool public_, int min_replicas,
                                                   int max_replicas) {
  Deployment d;
  auto* self = this;
  auto look = [=](UnitOfWork& u) -> Result<std::string> {
    KT_TRY(git::Oid at, self->s_.repositories.view_in(u, r.id).resolve(revision));
    return at.hex();
  };
  KT_CO_TRY(d.commit, co_await s_.storage.read(look));
  // One live deployment per commit: asking again changes its settings, so that a repeated request makes no second one.
  for (auto& [id, lane] : lanes_) {
    Deployment& there = lane->deployment;
    if (there.repository != r.id || there.commit != d.commit || there.state == DeploymentState::stopped ||
        there.state == DeploymentState::failed)
      continue;
    there.public_ = public_;
    there.min_replicas = min_replicas;
    there.max_replicas = max_replicas;
    KT_CO_CHECK(co_await save_deployment(there));
    fit(*lane);
    co_return there;
  }
  d.id = new_id("dep_", s_.wall.now());
  d.repository = r.id;
  d.owner = r.owner;
  d.revision = revision;
  d.version = version_of(r, d.commit);
  d.public_ = public_;
  d.min_replicas = min_replicas;
  d.max_replicas = max_replicas;
  d.created_at = s_.wall.now();
  KT_CO_CHECK(co_await save_deployment(d));
  work(lane_of(d));
  co_return d;
}

Status check_replicas(std::int64_t low, std::int64_t high) {
  constexpr std::int64_t most = 100;
  if (low >= 0 && high >= 1 && low <= high && high <= most) return {};
  return fail(Errc::invalid, "invalid_replicas",
              fmt::format("0 <= min_replicas <= max_replicas <= {}, and max_replicas at least 1.", most));
}

Task<Result<Deployment>> Inference::change_deployment(identity::Caller caller, std::string id, DeploymentChange change) {
  co_return co_await at_home(change_at_home(std::move(caller), std::move(id), change));
}

Task<Result<Deployment>> Inference::change_at_home(identity::Caller caller, std::string id, DeploymentChange change) {
  auto it = lanes_.find(id);
  if (it == lanes_.end()) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  Lane& lane = *it->second;
  Deployment& d = lane.deployment;
  if (d.state == DeploymentState::stopped || d.state == DeploymentState::failed)
    co_return fail(Errc::conflict, "invalid_state", fmt::format("The deployment is {}: deploy the model again.", state_name(d.state)));
  std::int64_t low = change.min_replicas.value_or(d.min_replicas), high = change.max_replicas.value_or(d.max_replicas);
  KT_CO_CHECK(check_replicas(low, high));
  JsonWriter w;
  w.begin_object();
  bool public_ = change.public_.value_or(d.public_);
  if (public_ != d.public_) w.field("visibility", public_ ? "public" : "private");
  if (low != d.min_replicas) w.field("min_replicas", low);
  if (high != d.max_replicas) w.field("max_replicas", high);
  std::string details = std::move(w.end_object()).str();
  if (details == "{}") co_return d;
  // Memory first: whoever saves the deployment meanwhile for another reason must not write the old values back.
  Deployment before = d;
  d.public_ = public_;
  d.min_replicas = static_cast<int>(low);
  d.max_replicas = static_cast<int>(high);
  Deployment now = d;
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(self->s_.store.put_deployment(u, now));
    KT_CHECK(self->s_.accounts.append_audit(u, self->s_.wall.now(), caller.party, "deployment.change", now.id, details));
    return true;
  };
  if (auto done = co_await s_.storage.write(body); !done) {
    d.public_ = before.public_, d.min_replicas = before.min_replicas, d.max_replicas = before.max_replicas;
    co_return Unexpected(done.error());
  }
  fit(lane);
  co_return d;
}

void Inference::fit(Lane& lane) {
  Deployment& d = lane.deployment;
  if (d.min_replicas > 0 && d.state == DeploymentState::idle) d.state = DeploymentState::starting;
  for (std::size_t i = lane.replicas.size(); i-- > 0;) {
    Replica& r = *lane.replicas[i];
    if (r.working || !r.runner) continue;
    if (lane.live() > most_of(lane))
      end_runner(lane, r);
    else
      arm_idle_stop(lane, i);  // a smaller minimum lets go of what the larger one kept
  }
  work(lane);
}

Task<Result<Deployment>> Inference::stop_deployment(std::string id) { co_return co_await at_home(stop_at_home(std::move(id))); }

Task<Result<Deployment>> Inference::stop_at_home(std::string id) {
  auto it = lanes_.find(id);
  if (it == lanes_.end()) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  Lane& lane = *it->second;
  lane.deployment.state = DeploymentState::stopped;
  for (auto& r : lane.replicas) {
    if (r->cancel) r->cancel->store(true);
    end_runner(lane, *r);
  }
  KT_CO_CHECK(co_await save_deployment(lane.deployment));
  work(lane);  // what waits is failed by the worker
  co_return lane.deployment;
}

Task<Result<std::vector<Deployment>>> Inference::deployments(std::string repository_id) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) {
    return repository_id.empty() ? self->s_.store.deployments(u) : self->s_.store.deployments_of(u, repository_id);
  };
  co_return co_await s_.storage.read(body);
}
Task<Result<std::optional<Deployment>>> Inference::deployment(std::string id) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) { return self->s_.store.deployment(u, id); };
  co_return co_await s_.storage.read(body);
}

Task<Result<Deployment>> Inference::wait_deployment(std::string id, std::int64_t ms) {
  co_return co_await at_home(wait_deployment_at_home(std::move(id), ms));
}
Task<Result<Deployment>> Inference::wait_deployment_at_home(std::string id, std::int64_t ms) {
  auto it = lanes_.find(id);
  if (it == lanes_.end()) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  if (it->second->deployment.state == DeploymentState::starting) co_await sleep_or("deployment|" + id, ms);
  co_return it->second->deployment;
}

Task<std::string> Inference::logs(std::string id) { co_return co_await at_home(logs_at_home(std::move(id))); }
Task<std::string> Inference::logs_at_home(std::string id) {
  auto it = lanes_.find(id);
  if (it == lanes_.end()) co_return std::string();
  Lane& lane = *it->second;
  if (lane.live() == 0) co_return lane.last_logs;
  std::string out;
  int n = 0;
  for (auto& r : lane.replicas) {
    if (!r->runner) continue;
    if (lane.live() > 1) out += fmt::format("--- replica {}\n", ++n);
    out += r->runner->logs();
  }
  co_return out;
}

// ---- the workers of a deployment

void Inference::start_detached(Task<void> task) {
  if (s_.detached)
    s_.detached(std::move(task));
  else
    spawn(std::move(task));
}

// One worker for what waits or has to start; one more whenever more waits than works already.
void Inference::work(Lane& lane) {
  int most = most_of(lane);
  while (!stopping_) {
    bool over = lane.deployment.state == DeploymentState::stopped || lane.deployment.state == DeploymentState::failed;
    int working = lane.working(), waiting = static_cast<int>(lane.queue.size());
    bool warm = !over && lane.deployment.state != DeploymentState::idle && lane.up() < std::min(lane.deployment.min_replicas, most);
    bool start = working == 0 ? waiting > 0 || lane.deployment.state == DeploymentState::starting || warm : waiting > working || warm;
    if (!start || working >= (over ? 1 : most)) return;
    // For what waits, a process that stands idle is better than a new one; for a minimum there must be one more.
    bool waits = waiting > working;
    Replica* free = nullptr;
    for (auto& r : lane.replicas)
      if (!r->working && (waits || !r->runner) && (!free || (r->runner && !free->runner))) free = r.get();
    if (!free) free = lane.replicas.emplace_back(std::make_unique<Replica>()).get();
    free->working = true;
    start_detached(run_replica(lane, *free));
  }
}

void Inference::end_runner(Lane& lane, Replica& replica) {
  if (!replica.runner) return;
  lane.last_logs = replica.runner->logs();
  replica.runner.reset();
}

Task<bool> Inference::ensure_runner(Lane& lane, Replica& replica) {
  if (replica.runner && replica.runner->alive()) co_return true;
  end_runner(lane, replica);
  auto* self = this;
  std::string id = lane.deployment.repository;
  auto look = [=](UnitOfWork& u) { return self->s_.repository_store.find_by_id(u, id); };
  auto repository = co_await s_.storage.read(look);
  auto give_up = [&](std::string why) {
    // What others already serve is not taken from them by a process that could not be added.
    if (lane.live() > 0) return;
    lane.deployment.state = DeploymentState::failed;
    lane.deployment.failure = std::move(why);
  };
  if (!repository || !*repository) {
    give_up("The repository is gone.");
  } else {
    auto folder = co_await s_.folders.materialise(**repository, lane.deployment.commit);
    if (!folder) {
      give_up(folder.error().message);
    } else {
      std::int64_t pause_ms = 500;
      for (int attempt = 1;; ++attempt, pause_ms *= 2) {
        auto started = co_await s_.host.start(*folder);
        if (stopping_ || lane.deployment.state == DeploymentState::stopped) co_return false;
        if (started) {
          replica.runner = *started;
          const RunnerHealth& h = replica.runner->health();
          lane.deployment.kind = h.kind;
          lane.deployment.input_schema = h.input_schema;
          lane.deployment.output_schema = h.output_schema;
          lane.deployment.state = DeploymentState::ready;
          lane.deployment.failure.clear();
          break;
        }
        // Only a runner that could not be reached is tried again: a model that cannot be loaded will not load next time either.
        if (started.error().code != "runner_unreachable" || attempt >= s_.limits.start_attempts) {
          give_up(started.error().message);
          break;
        }
        co_await sleep_or("pause|" + lane.deployment.id, pause_ms);
      }
    }
  }
  (void)co_await save_deployment(lane.deployment);
  wake("deployment|" + lane.deployment.id);
  co_return replica.runner != nullptr;
}

Task<void> Inference::run_replica(Lane& lane, Replica& replica) {
  for (bool first = true; !stopping_ && (first || (!lane.queue.empty() && lane.working() <= most_of(lane))); first = false) {
    bool over = lane.deployment.state == DeploymentState::stopped || lane.deployment.state == DeploymentState::failed;
    bool usable = !over && co_await ensure_runner(lane, replica);
    over = lane.deployment.state == DeploymentState::stopped || lane.deployment.state == DeploymentState::failed;
    if (lane.queue.empty()) continue;
    if (!usable && !over) break;  // this process did not come up, others serve
    std::string id = lane.queue.front();
    lane.queue.pop_front();
    if (usable) {
      co_await run_one(lane, replica, id);
    } else if (!stopping_) {
      auto* self = this;
      auto look = [=](UnitOfWork& u) { return self->s_.store.prediction(u, id); };
      auto p = co_await s_.storage.read(look);
      if (p && *p)
        co_await finish(
            lane, **p,
            {CallEnd::failed,
             {},
             lane.deployment.failure.empty() ? "The deployment was stopped." : "The deployment has failed: " + lane.deployment.failure,
             {},
             {}});
    }
  }
  replica.working = false;
  bool surplus = lane.live() > most_of(lane);  // the maximum was lowered meanwhile
  if (surplus) end_runner(lane, replica);
  bool failed_to_come = !surplus && !replica.runner && lane.live() > 0;
  if (!lane.queue.empty() && !failed_to_come) work(lane);
  for (std::size_t i = 0; i < lane.replicas.size(); ++i)
    if (lane.replicas[i].get() == &replica && !replica.working) arm_idle_stop(lane, i);
}

void Inference::arm_idle_stop(Lane& lane, std::size_t n) {
  if (!lane.replicas[n]->runner) return;
  std::uint64_t uses = lane.replicas[n]->uses;
  std::string id = lane.deployment.id;
  s_.timers.after(s_.limits.idle_stop_ms, [this, id, n, uses] {
    auto it = lanes_.find(id);
    if (it == lanes_.end() || stopping_) return;
    Lane& lane = *it->second;
    Replica& replica = *lane.replicas[n];
    if (replica.uses != uses || replica.working || !replica.runner || lane.live() <= lane.deployment.min_replicas) return;
    end_runner(lane, replica);
    if (lane.live() > 0 || lane.deployment.state != DeploymentState::ready) return;
    lane.deployment.state = DeploymentState::idle;
    auto save = [](Inference* self, Deployment d) -> Task<void> { (void)co_await self->save_deployment(std::move(d)); };
    start_detached(save(this, lane.deployment));
  });
}

// The JSON the runner reads: fields of format uri are fetched here, because runners have no network.
Task<Result<std::string>> Inference::runner_body(const Deployment& d, std::string input_text, std::string caller) {
  KT_CO_TRY(Json schema, Json::parse(d.input_schema.empty() ? "{}" : d.input_schema));
  KT_CO_TRY(Json input, Json::parse(input_text));
  JsonWriter w, files;
  w.begin_object().key("input").begin_object();
  files.begin_object();
  const Json* properties = schema.find("properties");
  for (const auto& [name, value] : *input.object()) {
    const Json* rule = properties ? properties->find(name) : nullptr;
    if (!rule || rule->text_or("format") != "uri" || !value.is_string()) {
      w.raw_field(name, value.dump());
      continue;
    }
    const std::string& url = *value.string();
    std::string bytes;
    if (url.starts_with("data:")) {
      KT_CO_TRY(bytes, decode_data_url(url));
    } else {
      std::string own;
      for (const auto& prefix : own_prefixes_)
        if (url.starts_with(prefix)) own = url.substr(prefix.size());
      if (!own.empty()) {
        auto got = co_await own_file_bytes(own, caller);
        if (!got) co_return fail(Errc::invalid, "invalid_input", fmt::format("{}: {}", name, got.error().message));
        bytes = std::move(*got);
      } else {
        auto got = co_await s_.fetcher.get(url, s_.limits.max_input_bytes);
        if (!got) co_return fail(Errc::invalid, "invalid_input", fmt::format("{}: {}", name, got.error().message));
        bytes = std::move(*got);
      }
    }
    files.field(name, base64(bytes));
  }
  w.end_object().raw_field("files", std::move(files.end_object()).str()).end_object();
  co_return std::move(w).str();
}

Task<void> Inference::run_one(Lane& lane, Replica& replica, std::string id) {
  ++replica.uses;
  auto* self = this;
  auto look = [=](UnitOfWork& u) { return self->s_.store.prediction(u, id); };
  auto found = co_await s_.storage.read(look);
  if (!found || !*found || ended((*found)->state)) co_return;
  Prediction p = **found;
  Time now = s_.wall.now();
  if (p.deadline && *p.deadline <= now) {
    co_await finish(lane, p, {CallEnd::canceled, {}, {}, {}, {}});
    co_return;
  }
  auto body = co_await runner_body(lane.deployment, p.input, p.caller);
  if (!body) {
    co_await finish(lane, p, {CallEnd::invalid_input, {}, body.error().message, {}, {}});
    co_return;
  }
  // From here on the call counts as begun: after a crash it is failed, never repeated.
  p.state = PredictionState::processing;
  p.started_at = s_.wall.now();
  auto begin = [=](UnitOfWork& u) { return self->s_.store.update_prediction(u, p); };
  auto begun = co_await s_.storage.write(begin);
  if (!begun || !*begun) co_return;  // canceled meanwhile
  co_await notify(p, "start");
  replica.running = id;
  replica.cancel = std::make_shared<std::atomic<bool>>(false);
  int timeout = s_.limits.timeout_ms;
  if (p.deadline) timeout = static_cast<int>(std::clamp<std::int64_t>((p.deadline->ns - s_.wall.now().ns) / 1'000'000, 1, timeout));
  auto runner = replica.runner;
  if (!runner) {  // the deployment was stopped meanwhile
    co_await finish(lane, p, {CallEnd::failed, {}, "The deployment was stopped.", {}, {}});
    co_return;
  }
  CallOutcome outcome = co_await runner->call(std::move(*body), timeout, replica.cancel);
  replica.running.clear();
  if (outcome.end == CallEnd::timed_out && p.deadline && *p.deadline <= s_.wall.now()) outcome.end = CallEnd::canceled;
  if (outcome.end == CallEnd::died || outcome.end == CallEnd::timed_out || outcome.end == CallEnd::canceled) {
    // Whatever it still computes is for nobody. The next call gets a fresh process.
    lane.last_logs = runner->logs();
    replica.runner.reset();
    lane.crashes = outcome.end == CallEnd::died ? lane.crashes + 1 : 0;
    if (lane.crashes >= max_crashes) {
      lane.deployment.state = DeploymentState::failed;
      lane.deployment.failure = fmt::format("The runner ended {} times in a row: see the deployment's logs.", lane.crashes);
      (void)co_await save_deployment(lane.deployment);
    }
  } else {
    lane.crashes = 0;
  }
  co_await finish(lane, p, std::move(outcome));
}

Task<void> Inference::finish(Lane& lane, Prediction p, CallOutcome outcome) {
  Time now = s_.wall.now();
  std::vector<StoredFile> kept;
  if (outcome.end == CallEnd::succeeded) {
    // Bytes first: what the commit names is there.
    auto placed = place_files(outcome.output, std::move(outcome.files), p, now, s_.limits);
    auto stored = placed ? co_await keep_bytes(std::move(placed->rows), std::move(placed->bytes))
                         : Result<std::vector<StoredFile>>(Unexpected(placed.error()));
    if (stored) {
      kept = std::move(*stored);
      outcome.output = std::move(placed->output);
    } else {
      outcome.end = CallEnd::failed;
      outcome.message = placed ? "The model's answer could not be stored: try again in a moment." : placed.error().message;
      if (placed) log::error("a prediction's files could not be stored", {{"prediction", p.id}, {"error", stored.error().message}});
    }
  }
  p.completed_at = now;
  p.logs = valid_text(std::move(outcome.logs));
  switch (outcome.end) {
    case CallEnd::succeeded:
      p.state = PredictionState::succeeded;
      p.output = outcome.output;
      break;
    case CallEnd::canceled:
      p.state = PredictionState::canceled;
      break;
    case CallEnd::timed_out:
      p.state = PredictionState::failed;
      p.error = fmt::format("The prediction took longer than {} s and was stopped.", s_.limits.timeout_ms / 1000);
      break;
    case CallEnd::died:
      p.state = PredictionState::failed;
      p.error = outcome.message.empty() ? "The model's process ended during the prediction." : outcome.message;
      break;
    case CallEnd::invalid_input:
    case CallEnd::failed:
      p.state = PredictionState::failed;
      p.error = outcome.message;
      break;
  }
  if (p.started_at) p.predict_us = (now.ns - p.started_at->ns) / 1000;
  auto* self = this;
  // State, usage, rating and postings in one commit.
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(bool changed, self->s_.store.update_prediction(u, p));
    if (!changed) return false;
    for (const auto& f : kept) KT_CHECK(self->s_.store.insert_file(u, f));
    if (!p.hold.empty()) {
      if (p.state == PredictionState::succeeded) {
        KT_TRY([[maybe_unused]] auto captured, self->s_.billing.capture(u, p.hold, {market::MeteredQuantity{}}, p.created_at));
      } else {
        KT_CHECK(self->s_.billing.release(u, p.hold, p.state == PredictionState::failed));
      }
    }
    KT_CHECK(self->s_.outbox.append(u, "prediction.completed", p.id, fmt::format("{{\"state\":\"{}\"}}", state_name(p.state))));
    return true;
  };
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto done = co_await s_.storage.write(body);
    if (done) {
      if (*done) {
        if (auto it = active_.find(p.key); it != active_.end() && --it->second <= 0) active_.erase(it);
        if (s_.activity && p.state == PredictionState::succeeded) s_.activity->run(p.repository);
        co_await notify(p, "completed");
      } else {
        co_await drop_bytes(std::move(kept));  // it had ended otherwise before
      }
      break;
    }
    log::error("prediction could not be finished", {{"prediction", p.id}, {"error", done.error().message}});
    co_await sleep_or("pause|" + p.id, 200 << attempt);
  }
  wake("prediction|" + p.id);
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
