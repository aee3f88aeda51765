// Deployments as their owners see them: made, changed, ended, waited for, their logs.
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "codec/sha256.hpp"
#include "inference/at_home.hpp"
#include "inference/inference.hpp"

namespace kontor::inference {
namespace {

std::string version_of(const repository::Repository& r, const std::string& commit) { return codec::sha256_hex(r.id + "|" + commit); }

}  // namespace

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

}  // namespace kontor::inference
