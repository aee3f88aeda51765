// The workers of a deployment: processes come and go with what waits, each computes one prediction after the other, and what came of it is
// kept and charged in one commit.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "inference/at_home.hpp"
#include "inference/inference.hpp"
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

}  // namespace

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

}  // namespace kontor::inference
