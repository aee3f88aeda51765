// Predictions as callers see them: made, waited for, listed, cancelled.
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "inference/at_home.hpp"
#include "inference/inference.hpp"
#include "inference/input.hpp"

namespace kontor::inference {
namespace {
constexpr std::int64_t hold_slack_ms = 15 * 60'000;
}

Result<bool> Inference::may_create(const std::string& key) {
  std::int64_t now = s_.wall.now().ms();
  auto& recent = creations_[key];
  while (!recent.empty() && recent.front() <= now - 60'000) recent.pop_front();
  if (static_cast<int>(recent.size()) >= s_.limits.creations_per_minute) {
    std::int64_t seconds = (recent.front() + 60'000 - now + 999) / 1000;
    return fail(Errc::rate_limited, "rate_limited", fmt::format("Request was throttled. Your rate limit resets in ~{}s.", seconds),
                fmt::format("{{\"retry_after\":{}}}", seconds));
  }
  if (active_[key] >= s_.limits.concurrent_per_key)
    return fail(Errc::rate_limited, "rate_limited",
                fmt::format("Request was throttled: at most {} predictions of one key may run at once.", s_.limits.concurrent_per_key),
                "{\"retry_after\":1}");
  recent.push_back(now);
  if (creations_.size() > 10'000) creations_.clear();
  return true;
}

Task<Result<Created>> Inference::create(identity::Caller caller, CreateRequest request) {
  co_return co_await at_home(create_at_home(std::move(caller), std::move(request)));
}

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
      if (slash == std::string::npos)
        return fail(Errc::invalid, "invalid_version", "Name the model as owner/name, or as owner/name:version.");
      KT_TRY(auto r, self->s_.repository_store.find(u, repository::Kind::model, q.model.substr(0, slash), q.model.substr(slash + 1)));
      if (!r)
        return unknown("model_not_found", fmt::format("There is no model '{}' that you can run: write owner/name, or owner/name:version.",
                                                      header_safe(q.model, 200)));
      KT_TRY(list, self->s_.store.deployments_of(u, r->id));
    } else {
      KT_TRY(list, self->s_.store.deployments(u));
    }
    for (const auto& d : list) {
      if (d.state == DeploymentState::stopped || (!q.version.empty() && d.version != q.version)) continue;
      KT_TRY(auto r, self->s_.repository_store.find_by_id(u, d.repository));
      if (!r) continue;
      bool may = identity::authorize(caller, identity::Action::repository_see, {r->owner, r->visibility}) == identity::Decision::allow &&
                 (d.public_ || caller.acts_for(d.owner));
      if (!may) continue;
      if (d.state == DeploymentState::failed) return fail(Errc::unavailable, "deployment_failed", "The model cannot be run: " + d.failure);
      return Target{*r, d};
    }
    if (q.model.empty()) return unknown("version_not_found", "There is no such version: write owner/name, or owner/name:version.");
    return unknown("model_not_found", fmt::format("'{}' is not deployed{}, or you may not run it.", header_safe(q.model, 200),
                                                  q.version.empty() ? "" : " in this version"));
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
    if (lane.deployment.state == DeploymentState::failed)
      co_return fail(Errc::unavailable, "deployment_failed", "The model cannot be run: " + lane.deployment.failure);
  }
  KT_CO_TRY(Json input, Json::parse(q.input.empty() ? "{}" : q.input));
  KT_CO_TRY(Json schema, Json::parse(lane.deployment.input_schema.empty() ? "{}" : lane.deployment.input_schema));
  KT_CO_CHECK(check_input(schema, input));
  if (lane.queue.size() >= s_.limits.queue_per_deployment)
    co_return fail(Errc::unavailable, "queue_full", "Too many predictions are waiting for this model: try again in a moment.");
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
    self->forget_expired(*stored);
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
    if (p) forget_expired(*p);
    std::int64_t left = until - s_.wall.now().ms();
    if (!p || ended(p->state) || left <= 0) co_return p;
    co_await sleep_or("prediction|" + id, std::min<std::int64_t>(left, 1000));
  }
}

Task<Result<Prediction>> Inference::get(identity::Caller caller, std::string id) {
  auto* self = this;
  auto look = [=](UnitOfWork& u) -> Result<Prediction> {
    KT_TRY(auto p, self->s_.store.prediction(u, id));
    if (!p || !(caller.acts_for(p->caller) || (caller.is_operator && caller.scopes.operate)))
      return fail(Errc::not_found, "not_found", "There is no such prediction.");
    self->forget_expired(*p);
    return *p;
  };
  co_return co_await s_.storage.read(look);
}

Task<Result<std::vector<Prediction>>> Inference::list(identity::Caller caller, std::string before_id, int limit) {
  auto* self = this;
  std::string party = caller.party;
  auto look = [=](UnitOfWork& u) -> Result<std::vector<Prediction>> {
    KT_TRY(auto list, self->s_.store.predictions_of(u, party, before_id, limit));
    for (auto& p : list) self->forget_expired(p);
    return list;
  };
  co_return co_await s_.storage.read(look);
}

Task<Result<Prediction>> Inference::cancel(identity::Caller caller, std::string id) {
  co_return co_await at_home(cancel_at_home(std::move(caller), std::move(id)));
}

Task<Result<Prediction>> Inference::cancel_at_home(identity::Caller caller, std::string id) {
  KT_CO_TRY(Prediction p, co_await get(caller, id));
  if (ended(p.state)) co_return p;
  auto it = lanes_.find(p.deployment);
  if (it == lanes_.end()) co_return p;
  Lane& lane = *it->second;
  auto at = std::find_if(lane.replicas.begin(), lane.replicas.end(), [&](auto& r) { return r->running == id; });
  if (at != lane.replicas.end()) {
    if ((*at)->cancel) (*at)->cancel->store(true);
  } else {
    std::erase(lane.queue, id);
    co_await finish(lane, p, {CallEnd::canceled, {}, {}, {}, {}});
  }
  co_return co_await wait_at_home(id, 5000);
}

}  // namespace kontor::inference
