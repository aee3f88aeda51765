#include "inference/inference.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "inference/input.hpp"

namespace kontor::inference {
namespace {

constexpr int max_crashes = 5;  // in a row, then the deployment has failed
constexpr std::int64_t hold_slack_ms = 15 * 60'000;

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

// ---- executors and waiting

namespace {
template <class T>
Task<void> relay(Task<T> task, std::function<void(T)> done) {
  done(co_await std::move(task));
}
}  // namespace

template <class T>
Task<T> Inference::at_home(Task<T> task) {
  Executor* home = &s_.home;
  auto shared = std::make_shared<Task<T>>(std::move(task));
  typename Callback<T>::Start start = [home, shared](std::function<void(T)> done) { home->post([shared, done = std::move(done)] { spawn(relay<T>(std::move(*shared), done)); }); };
  co_return co_await Callback<T>(std::move(start));
}

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

Task<Result<Deployment>> Inference::deploy(repository::Repository r, std::string revision, bool public_, int min_replicas, int max_replicas) {
  co_return co_await at_home(deploy_at_home(std::move(r), std::move(revision), public_, min_replicas, max_replicas));
}

Task<Result<Deployment>> Inference::deploy_at_home(repository::Repository r, std::string revision, bool public_, int min_replicas, int max_replicas) {
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
    if (there.repository != r.id || there.commit != d.commit || there.state == DeploymentState::stopped || there.state == DeploymentState::failed) continue;
    there.public_ = public_;
    there.min_replicas = min_replicas;
    there.max_replicas = max_replicas;
    KT_CO_CHECK(co_await save_deployment(there));
    work(*lane);
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

Task<Result<Deployment>> Inference::stop_deployment(std::string id) { co_return co_await at_home(stop_at_home(std::move(id))); }

Task<Result<Deployment>> Inference::stop_at_home(std::string id) {
  auto it = lanes_.find(id);
  if (it == lanes_.end()) co_return fail(Errc::not_found, "not_found", "There is no such deployment.");
  Lane& lane = *it->second;
  lane.deployment.state = DeploymentState::stopped;
  if (lane.cancel) lane.cancel->store(true);
  lane.runner.reset();
  KT_CO_CHECK(co_await save_deployment(lane.deployment));
  work(lane);  // what waits is failed by the worker
  co_return lane.deployment;
}

Task<Result<std::vector<Deployment>>> Inference::deployments(std::string repository_id) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) { return repository_id.empty() ? self->s_.store.deployments(u) : self->s_.store.deployments_of(u, repository_id); };
  co_return co_await s_.storage.read(body);
}
Task<Result<std::optional<Deployment>>> Inference::deployment(std::string id) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) { return self->s_.store.deployment(u, id); };
  co_return co_await s_.storage.read(body);
}

Task<Result<Deployment>> Inference::wait_deployment(std::string id, std::int64_t ms) { co_return co_await at_home(wait_deployment_at_home(std::move(id), ms)); }
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
  co_return it->second->runner ? it->second->runner->logs() : it->second->last_logs;
}

// ---- the worker of a deployment

void Inference::work(Lane& lane) {
  if (lane.working || stopping_) return;
  lane.working = true;
  spawn(run_lane(lane));
}

Task<bool> Inference::ensure_runner(Lane& lane) {
  if (lane.runner && lane.runner->alive()) co_return true;
  if (lane.runner) lane.last_logs = lane.runner->logs();
  lane.runner.reset();
  auto* self = this;
  std::string id = lane.deployment.repository;
  auto look = [=](UnitOfWork& u) { return self->s_.repository_store.find_by_id(u, id); };
  auto repository = co_await s_.storage.read(look);
  auto give_up = [&](std::string why) {
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
          lane.runner = *started;
          const RunnerHealth& h = lane.runner->health();
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
  co_return lane.deployment.state == DeploymentState::ready;
}

Task<void> Inference::run_lane(Lane& lane) {
  bool first = true;
  while (!stopping_ && (first || !lane.queue.empty())) {
    if (first && lane.queue.empty() && lane.deployment.state != DeploymentState::starting) break;
    first = false;
    bool usable = lane.deployment.state != DeploymentState::stopped && lane.deployment.state != DeploymentState::failed && co_await ensure_runner(lane);
    if (lane.queue.empty()) continue;
    std::string id = lane.queue.front();
    lane.queue.pop_front();
    if (usable) {
      co_await run_one(lane, id);
    } else if (!stopping_) {
      auto* self = this;
      auto look = [=](UnitOfWork& u) { return self->s_.store.prediction(u, id); };
      auto p = co_await s_.storage.read(look);
      if (p && *p) co_await finish(lane, **p, {CallEnd::failed, {}, lane.deployment.failure.empty() ? "The deployment was stopped." : "The deployment has failed: " + lane.deployment.failure});
    }
  }
  lane.working = false;
  if (!lane.queue.empty()) work(lane);
  else arm_idle_stop(lane);
}

void Inference::arm_idle_stop(Lane& lane) {
  if (!lane.runner || lane.deployment.min_replicas > 0) return;
  std::uint64_t uses = lane.uses;
  std::string id = lane.deployment.id;
  s_.timers.after(s_.limits.idle_stop_ms, [this, id, uses] {
    auto it = lanes_.find(id);
    if (it == lanes_.end() || it->second->uses != uses || it->second->working || !it->second->runner) return;
    Lane& lane = *it->second;
    lane.last_logs = lane.runner->logs();
    lane.runner.reset();
    if (lane.deployment.state == DeploymentState::ready) lane.deployment.state = DeploymentState::idle;
    auto save = [](Inference* self, Deployment d) -> Task<void> { (void)co_await self->save_deployment(std::move(d)); };
    spawn(save(this, lane.deployment));
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
        own = own.substr(0, own.find_first_of("/?"));
        KT_CO_TRY(auto stored, co_await file(own));
        // Other people's files are not there for this caller.
        if (!stored || stored->owner != caller) co_return fail(Errc::invalid, "invalid_input", fmt::format("{}: this file is not there any more", name));
        KT_CO_TRY(bytes, co_await file_bytes(*stored));
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

Task<void> Inference::run_one(Lane& lane, std::string id) {
  ++lane.uses;
  auto* self = this;
  auto look = [=](UnitOfWork& u) { return self->s_.store.prediction(u, id); };
  auto found = co_await s_.storage.read(look);
  if (!found || !*found || ended((*found)->state)) co_return;
  Prediction p = **found;
  Time now = s_.wall.now();
  if (p.deadline && *p.deadline <= now) {
    co_await finish(lane, p, {CallEnd::canceled, {}, {}});
    co_return;
  }
  auto body = co_await runner_body(lane.deployment, p.input, p.caller);
  if (!body) {
    co_await finish(lane, p, {CallEnd::invalid_input, {}, body.error().message});
    co_return;
  }
  // From here on the call counts as begun: after a crash it is failed, never repeated.
  p.state = PredictionState::processing;
  p.started_at = s_.wall.now();
  auto begin = [=](UnitOfWork& u) { return self->s_.store.update_prediction(u, p); };
  auto begun = co_await s_.storage.write(begin);
  if (!begun || !*begun) co_return;  // canceled meanwhile
  co_await notify(p, "start");
  lane.running = id;
  lane.cancel = std::make_shared<std::atomic<bool>>(false);
  int timeout = s_.limits.timeout_ms;
  if (p.deadline) timeout = static_cast<int>(std::clamp<std::int64_t>((p.deadline->ns - s_.wall.now().ns) / 1'000'000, 1, timeout));
  auto runner = lane.runner;
  CallOutcome outcome = co_await runner->call(std::move(*body), timeout, lane.cancel);
  lane.running.clear();
  if (outcome.end == CallEnd::timed_out && p.deadline && *p.deadline <= s_.wall.now()) outcome.end = CallEnd::canceled;
  if (outcome.end == CallEnd::died || outcome.end == CallEnd::timed_out || outcome.end == CallEnd::canceled) {
    // Whatever it still computes is for nobody. The next call gets a fresh process.
    lane.last_logs = runner->logs();
    lane.runner.reset();
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
  p.completed_at = now;
  switch (outcome.end) {
    case CallEnd::succeeded:
      p.state = PredictionState::succeeded;
      p.output = outcome.output;
      break;
    case CallEnd::canceled: p.state = PredictionState::canceled; break;
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
      }
      break;
    }
    log::error("prediction could not be finished", {{"prediction", p.id}, {"error", done.error().message}});
    co_await sleep_or("pause|" + p.id, 200 << attempt);
  }
  wake("prediction|" + p.id);
}

// ---- webhooks

namespace {
Task<void> deliver(Inference* inference, Fetcher& fetcher, Timers& timers, const Clock& wall, std::string url, std::string party, std::string body, bool final) {
  auto secret = co_await inference->webhook_secret(party);
  if (!secret) co_return;
  std::string key = from_base64(std::string_view(*secret).substr(6)).value_or("");
  std::string id = new_id("msg_", wall.now());
  std::int64_t pause_ms = 1000;
  for (int attempt = 0; attempt < (final ? 8 : 1); ++attempt, pause_ms *= 2) {
    std::string at = std::to_string(wall.now().seconds());
    std::string signature = "v1," + base64(codec::hmac_sha256(key, id + "." + at + "." + body));
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/json"}, {"webhook-id", id}, {"webhook-timestamp", at}, {"webhook-signature", signature}};
    auto status = co_await fetcher.post(url, body, headers, 10'000);
    if (status && *status >= 200 && *status < 300) co_return;
    if (!status && status.error().code == "fetch_refused") co_return;
    Callback<int>::Start pause = [&timers, pause_ms](std::function<void(int)> done) { timers.after(pause_ms, [done] { done(0); }); };
    (void)co_await Callback<int>(std::move(pause));
  }
}
}  // namespace

Task<void> Inference::notify(Prediction p, std::string event) {
  if (p.webhook.empty() || !render_) co_return;
  if (!p.webhook_events.empty() && std::find(p.webhook_events.begin(), p.webhook_events.end(), event) == p.webhook_events.end()) co_return;
  spawn(deliver(this, s_.fetcher, s_.timers, s_.wall, p.webhook, p.caller, render_(p), event == "completed"));
}

Task<Result<std::string>> Inference::webhook_secret(std::string party) {
  // Standard base64 without '+' and '/' keeps every client's parsing happy.
  std::string fresh;
  do fresh = base64(random_bytes(24));
  while (fresh.find_first_of("+/") != std::string::npos);
  fresh = "whsec_" + fresh;
  auto* self = this;
  auto body = [=](UnitOfWork& u) { return self->s_.store.webhook_secret(u, party, fresh); };
  co_return co_await s_.storage.write(body);
}

// ---- predictions

Result<bool> Inference::may_create(const std::string& key) {
  std::int64_t now = s_.wall.now().ms();
  auto& recent = creations_[key];
  while (!recent.empty() && recent.front() <= now - 60'000) recent.pop_front();
  if (static_cast<int>(recent.size()) >= s_.limits.creations_per_minute) {
    std::int64_t seconds = (recent.front() + 60'000 - now + 999) / 1000;
    return fail(Errc::rate_limited, "rate_limited", fmt::format("Request was throttled. Your rate limit resets in ~{}s.", seconds), fmt::format("{{\"retry_after\":{}}}", seconds));
  }
  if (active_[key] >= s_.limits.concurrent_per_key)
    return fail(Errc::rate_limited, "rate_limited", fmt::format("Request was throttled: at most {} predictions of one key may run at once.", s_.limits.concurrent_per_key), "{\"retry_after\":1}");
  recent.push_back(now);
  if (creations_.size() > 10'000) creations_.clear();
  return true;
}

Task<Result<Created>> Inference::create(identity::Caller caller, CreateRequest request) { co_return co_await at_home(create_at_home(std::move(caller), std::move(request))); }

Task<Result<Created>> Inference::create_at_home(identity::Caller caller, CreateRequest q) {
  if (stopping_) co_return fail(Errc::unavailable, "stopping", "The server is shutting down: try again in a moment.");
  auto* self = this;
  // Which deployment: of the named model, and of the version if one was given. What the caller may not see is not there.
  struct Target {
    repository::Repository repository;
    Deployment deployment;
  };
  auto find = [=](UnitOfWork& u) -> Result<Target> {
    auto unknown = [&](std::string_view code, std::string message) { return fail(Errc::not_found, std::string(code), std::move(message)); };
    std::vector<Deployment> list;
    if (!q.model.empty()) {
      std::size_t slash = q.model.find('/');
      if (slash == std::string::npos) return fail(Errc::invalid, "invalid_version", "Name the model as owner/name, or as owner/name:version.");
      KT_TRY(auto r, self->s_.repository_store.find(u, repository::Kind::model, q.model.substr(0, slash), q.model.substr(slash + 1)));
      if (!r) return unknown("model_not_found", fmt::format("There is no model '{}' that you can run: write owner/name, or owner/name:version.", header_safe(q.model, 200)));
      KT_TRY(list, self->s_.store.deployments_of(u, r->id));
    } else {
      KT_TRY(list, self->s_.store.deployments(u));
    }
    for (const auto& d : list) {
      if (d.state == DeploymentState::stopped || (!q.version.empty() && d.version != q.version)) continue;
      KT_TRY(auto r, self->s_.repository_store.find_by_id(u, d.repository));
      if (!r) continue;
      bool may = identity::authorize(caller, identity::Action::repository_see, {r->owner, r->visibility}) == identity::Decision::allow && (d.public_ || caller.acts_for(d.owner));
      if (!may) continue;
      if (d.state == DeploymentState::failed) return fail(Errc::unavailable, "deployment_failed", "The model cannot be run: " + d.failure);
      return Target{*r, d};
    }
    if (q.model.empty()) return unknown("version_not_found", "There is no such version: write owner/name, or owner/name:version.");
    return unknown("model_not_found", fmt::format("'{}' is not deployed{}, or you may not run it.", header_safe(q.model, 200), q.version.empty() ? "" : " in this version"));
  };
  KT_CO_TRY(Target t, co_await s_.storage.read(find));
  auto decision = identity::authorize(caller, identity::Action::inference_run, {caller.party, identity::Visibility::public_});
  if (decision != identity::Decision::allow) co_return Unexpected(identity::denied(decision, "This model"));
  if (!q.webhook.empty())
    if (auto why = s_.fetcher.refuses(q.webhook)) co_return fail(Errc::invalid, "invalid_webhook", "The webhook cannot be used: " + *why);

  Lane& lane = lane_of(t.deployment);
  if (lane.deployment.state == DeploymentState::starting && lane.deployment.input_schema.empty()) {
    work(lane);
    co_await sleep_or("deployment|" + t.deployment.id, 20'000);
    if (lane.deployment.state == DeploymentState::failed) co_return fail(Errc::unavailable, "deployment_failed", "The model cannot be run: " + lane.deployment.failure);
  }
  KT_CO_TRY(Json input, Json::parse(q.input.empty() ? "{}" : q.input));
  KT_CO_TRY(Json schema, Json::parse(lane.deployment.input_schema.empty() ? "{}" : lane.deployment.input_schema));
  KT_CO_CHECK(check_input(schema, input));
  if (lane.queue.size() >= s_.limits.queue_per_deployment) co_return fail(Errc::unavailable, "queue_full", "Too many predictions are waiting for this model: try again in a moment.");
  std::string key = caller.token_id.empty() ? caller.party : caller.token_id;
  KT_CO_TRY([[maybe_unused]] bool ok, may_create(key));
  ++active_[key];

  Prediction p;
  p.id = new_id("", s_.wall.now());
  p.deployment = t.deployment.id;
  p.repository = t.repository.id;
  p.version = t.deployment.version;
  p.model = t.repository.full_name();
  p.caller = caller.party;
  p.key = key;
  p.input = q.input.empty() ? "{}" : q.input;
  p.webhook = q.webhook;
  p.webhook_events = q.webhook_events;
  p.created_at = s_.wall.now();
  if (q.cancel_after_ms) p.deadline = p.created_at.plus_ms(*q.cancel_after_ms);
  repository::Repository repository = t.repository;
  KT_CO_CHECK(market::check_key(q.once.key, false));
  auto body = [=](UnitOfWork& u) -> Result<Created> {
    auto work = [&](UnitOfWork& unit) -> Result<market::Answer> {
      market::AdmitRequest admit;
      admit.buyer = q.buyer;
      admit.source = "replicate";
      admit.event_id = p.id;
      admit.expires_in_ms = self->s_.limits.timeout_ms + hold_slack_ms;
      KT_TRY(market::Admission admitted, self->s_.billing.admit(unit, caller, repository, admit));
      Prediction mine = p;
      mine.hold = admitted.hold;
      KT_CHECK(self->s_.store.insert_prediction(unit, mine));
      return market::Answer{201, mine.id};
    };
    KT_TRY(market::Answer answer, market::once(u, self->s_.answers, q.once, self->s_.wall.now(), work));
    KT_TRY(auto stored, self->s_.store.prediction(u, answer.body));
    if (!stored) return fail(Errc::internal, "damaged", "a prediction that was answered is missing");
    return Created{*stored, answer.replayed};
  };
  auto made = co_await s_.storage.write(body);
  if (!made || made->replayed) {
    if (--active_[key] <= 0) active_.erase(key);
    co_return made;
  }
  lane.queue.push_back(p.id);
  work(lane);
  co_return *made;
}

Task<Result<Prediction>> Inference::wait(std::string id, std::int64_t ms) { co_return co_await at_home(wait_at_home(std::move(id), ms)); }

Task<Result<Prediction>> Inference::wait_at_home(std::string id, std::int64_t ms) {
  auto* self = this;
  auto look = [=](UnitOfWork& u) -> Result<Prediction> {
    KT_TRY(auto p, self->s_.store.prediction(u, id));
    if (!p) return fail(Errc::not_found, "not_found", "There is no such prediction.");
    return *p;
  };
  std::int64_t until = s_.wall.now().ms() + ms;
  for (;;) {
    // Read and registration happen on home without a gap in between but for the read itself; wake() after it is not lost because the
    // state is looked at again at least every second.
    auto p = co_await s_.storage.read(look);
    std::int64_t left = until - s_.wall.now().ms();
    if (!p || ended(p->state) || left <= 0) co_return p;
    co_await sleep_or("prediction|" + id, std::min<std::int64_t>(left, 1000));
  }
}

Task<Result<Prediction>> Inference::get(identity::Caller caller, std::string id) {
  auto* self = this;
  auto look = [=](UnitOfWork& u) -> Result<Prediction> {
    KT_TRY(auto p, self->s_.store.prediction(u, id));
    if (!p || !(caller.acts_for(p->caller) || (caller.is_operator && caller.scopes.operate))) return fail(Errc::not_found, "not_found", "There is no such prediction.");
    return *p;
  };
  co_return co_await s_.storage.read(look);
}

Task<Result<std::vector<Prediction>>> Inference::list(identity::Caller caller, std::string before_id, int limit) {
  auto* self = this;
  std::string party = caller.party;
  auto look = [=](UnitOfWork& u) { return self->s_.store.predictions_of(u, party, before_id, limit); };
  co_return co_await s_.storage.read(look);
}

Task<Result<Prediction>> Inference::cancel(identity::Caller caller, std::string id) { co_return co_await at_home(cancel_at_home(std::move(caller), std::move(id))); }

Task<Result<Prediction>> Inference::cancel_at_home(identity::Caller caller, std::string id) {
  KT_CO_TRY(Prediction p, co_await get(caller, id));
  if (ended(p.state)) co_return p;
  auto it = lanes_.find(p.deployment);
  if (it == lanes_.end()) co_return p;
  Lane& lane = *it->second;
  if (lane.running == id) {
    if (lane.cancel) lane.cancel->store(true);
  } else {
    std::erase(lane.queue, id);
    co_await finish(lane, p, {CallEnd::canceled, {}, {}});
  }
  co_return co_await wait_at_home(id, 5000);
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
    if (p.state == PredictionState::processing) co_await finish(*it->second, p, {CallEnd::died, {}, "The server was restarted during the prediction; it was not repeated."});
    else it->second->queue.push_back(p.id);
  }
  for (auto& [id, lane] : lanes_)
    if (!lane->queue.empty() || lane->deployment.state == DeploymentState::starting) work(*lane);
  co_return Status{};
}

void Inference::stop() {
  stopping_ = true;
  auto* self = this;
  s_.home.post([self] {
    for (auto& [id, lane] : self->lanes_) {
      if (lane->cancel) lane->cancel->store(true);
      lane->runner.reset();
    }
  });
}

}  // namespace kontor::inference
