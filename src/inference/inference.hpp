// The use cases: deploy a repository, call it, wait, cancel. Public calls may come from any executor; the work happens on `home`.
#pragma once
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "base/outbox.hpp"
#include "content/content.hpp"
#include "identity/accounts.hpp"
#include "identity/caller.hpp"
#include "inference/ports.hpp"
#include "market/idempotency.hpp"
#include "market/inference_billing.hpp"
#include "repository/catalogue.hpp"
#include "repository/repositories.hpp"

namespace kontor::inference {

struct CreateRequest {
  std::string model;    // "ns/name"; empty with a bare version
  std::string version;  // 64 hex, or empty: the newest deployment's
  std::string input;    // JSON object
  std::string webhook;
  std::vector<std::string> webhook_events;
  std::string buyer;  // acting party, empty: the caller
  std::optional<std::int64_t> cancel_after_ms;
  market::IdempotentRequest once;  // no key: every request makes a prediction
};
struct Created {
  Prediction prediction;
  bool replayed = false;  // an earlier request with the same key made it
};

struct Services {  // all outlive Inference
  Storage& storage;
  InferenceStore& store;
  repository::RepositoryStore& repository_store;
  repository::Repositories& repositories;
  content::ByteStore& bytes;
  market::InferenceBilling& billing;
  market::IdempotencyStore& answers;
  RunnerHost& host;
  ModelFolders& folders;
  Fetcher& fetcher;
  Timers& timers;
  Outbox& outbox;
  identity::AccountStore& accounts;  // for the audit log
  std::string file_key;              // signs addresses of files; secret
  const Clock& wall;
  Executor& home;
  Executor& pool;
  Limits limits;
  repository::Activity* activity = nullptr;       // counts runs that succeeded
  std::function<void(Task<void>)> detached = {};  // runs what nobody waits for; the program's end waits for it
};

class Inference {
 public:
  explicit Inference(Services services) : s_(services) {}

  // Queues what was left over by the last run; fails what had begun. Call once, before requests come.
  Task<Status> resume();

  // Starts a runner at once; the deployment returned may still be starting. Errors: not_found ("revision_not_found").
  Task<Result<Deployment>> deploy(repository::Repository repository, std::string revision, bool public_, int min_replicas,
                                  int max_replicas);
  // Takes effect at once and ends no call; audited. Errors: not_found, invalid ("invalid_replicas"), conflict ("invalid_state": stopped or
  // failed).
  Task<Result<Deployment>> change_deployment(identity::Caller caller, std::string id, DeploymentChange change);
  Task<Result<Deployment>> stop_deployment(std::string id);
  Task<Result<std::vector<Deployment>>> deployments(std::string repository_id);  // empty id: all
  Task<Result<std::optional<Deployment>>> deployment(std::string id);
  Task<std::string> logs(std::string id);
  // Waits until the deployment has left `starting`, at most `ms`.
  Task<Result<Deployment>> wait_deployment(std::string id, std::int64_t ms);

  // Errors: not_found ("model_not_found", "version_not_found"), invalid ("invalid_input": message names the field; "invalid_webhook"),
  // payment_required and the others of InferenceBilling, rate_limited, unavailable ("queue_full", "deployment_failed").
  Task<Result<Created>> create(identity::Caller caller, CreateRequest request);
  // The prediction once it has ended, or as it is after `ms`.
  Task<Result<Prediction>> wait(std::string id, std::int64_t ms);
  Task<Result<Prediction>> get(identity::Caller caller, std::string id);  // not_found
  Task<Result<std::vector<Prediction>>> list(identity::Caller caller, std::string before_id, int limit);
  Task<Result<Prediction>> cancel(identity::Caller caller, std::string id);

  Task<Result<StoredFile>> store_file(identity::Caller caller, std::string name, std::string content_type, std::string bytes,
                                      std::string metadata);
  Task<Result<std::optional<StoredFile>>> file(std::string id);
  Task<Result<std::string>> file_bytes(StoredFile file);
  // Who has the signature of an address may read the file until `expiry` (Unix seconds), whoever it is. Replicate's scheme: HMAC-SHA-256
  // over "owner id expiry" in base64, with a key of the owner's.
  std::string file_signature(const std::string& owner, const std::string& id, std::int64_t expiry) const;
  bool file_signature_holds(const std::string& owner, const std::string& id, std::int64_t expiry, std::string_view signature) const;
  // Removes what has expired: files, and all that predictions with such files said. How many files.
  Task<Result<std::size_t>> expire_files();
  // The same, and bytes that no row names. With `dry_run`, counts them only.
  struct SweptFiles {
    std::uint64_t files = 0, bytes = 0;
  };
  Task<Result<SweptFiles>> sweep_files(bool dry_run);
  Task<Result<std::string>> webhook_secret(std::string party);
  // How a prediction looks in a webhook's body; set by the protocol that serves it.
  void set_renderer(std::function<std::string(const Prediction&)> render) { render_ = std::move(render); }
  // Prefix of addresses of our own files: "http://host/v1/files/".
  void add_own_prefix(std::string prefix) { own_prefixes_.insert(std::move(prefix)); }
  void stop();  // ends all runners; nothing is begun any more
  bool stopping() const { return stopping_; }

 private:
  struct Replica {  // one runner process, or the place for one
    bool working = false;
    std::shared_ptr<Runner> runner;
    std::string running;  // prediction in the runner
    std::shared_ptr<std::atomic<bool>> cancel;
    std::uint64_t uses = 0;  // counts work, so that an idle timer can tell whether there was some
  };
  struct Lane {  // one deployment in memory
    Deployment deployment;
    std::deque<std::string> queue;
    std::vector<std::unique_ptr<Replica>> replicas;  // only grows
    int crashes = 0;                                 // in a row
    std::string last_logs;                           // of the runner that ended last
    int live() const {
      return static_cast<int>(std::count_if(replicas.begin(), replicas.end(), [](auto& r) { return r->runner != nullptr; }));
    }
    int up() const {
      return static_cast<int>(std::count_if(replicas.begin(), replicas.end(), [](auto& r) { return r->runner || r->working; }));
    }  // or coming up
    int working() const {
      return static_cast<int>(std::count_if(replicas.begin(), replicas.end(), [](auto& r) { return r->working; }));
    }
  };
  template <class T>
  Task<T> at_home(Task<T> task);
  Task<Result<Created>> create_at_home(identity::Caller caller, CreateRequest request);
  Task<Result<Prediction>> cancel_at_home(identity::Caller caller, std::string id);
  Task<Result<Deployment>> deploy_at_home(repository::Repository repository, std::string revision, bool public_, int min_replicas,
                                          int max_replicas);
  Task<Result<Deployment>> change_at_home(identity::Caller caller, std::string id, DeploymentChange change);
  Task<Result<Deployment>> stop_at_home(std::string id);
  Task<Result<Prediction>> wait_at_home(std::string id, std::int64_t ms);
  Task<Result<Deployment>> wait_deployment_at_home(std::string id, std::int64_t ms);
  Task<Status> resume_at_home();
  Task<std::string> logs_at_home(std::string id);

  Lane& lane_of(const Deployment& d);
  int most_of(const Lane& lane) const { return std::clamp(lane.deployment.max_replicas, 1, s_.limits.most_replicas); }
  void fit(Lane& lane);   // processes to changed numbers of replicas
  void work(Lane& lane);  // starts as many workers as the queue asks for and the deployment allows
  Task<void> run_replica(Lane& lane, Replica& replica);
  Task<bool> ensure_runner(Lane& lane, Replica& replica);
  Task<void> run_one(Lane& lane, Replica& replica, std::string id);
  void end_runner(Lane& lane, Replica& replica);
  void start_detached(Task<void> task);
  Task<Result<std::string>> runner_body(const Deployment& d, std::string input, std::string caller);
  Task<void> finish(Lane& lane, Prediction p, CallOutcome outcome);
  Task<Result<std::vector<StoredFile>>> keep_bytes(std::vector<StoredFile> rows, std::vector<std::string> bytes);
  Task<void> drop_bytes(std::vector<StoredFile> rows);
  Task<Result<std::string>> own_file_bytes(std::string rest, std::string caller);
  Status forget(UnitOfWork& unit, const std::vector<StoredFile>& expired);
  void forget_expired(Prediction& p) const;
  Task<Status> save_deployment(Deployment d);
  Task<void> notify(Prediction p, std::string event);
  void wake(const std::string& key);
  Task<void> sleep_or(std::string key, std::int64_t ms);  // until wake(key) or the time
  void arm_idle_stop(Lane& lane, std::size_t replica);
  Result<bool> may_create(const std::string& key);

  Services s_;
  std::map<std::string, std::unique_ptr<Lane>> lanes_;  // by deployment id
  std::unordered_map<std::string, std::vector<std::shared_ptr<std::function<void()>>>> waiters_;
  std::unordered_map<std::string, std::deque<std::int64_t>> creations_;  // ms of the last minute, by key
  std::unordered_map<std::string, int> active_;                          // by key
  std::function<std::string(const Prediction&)> render_;
  std::set<std::string> own_prefixes_;
  std::atomic<bool> stopping_{false};
};

}  // namespace kontor::inference
