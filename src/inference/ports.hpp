// What inference needs from outside: rows, runner processes, model folders, addresses, timers, webhooks.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/storage.hpp"
#include "inference/model.hpp"
#include "repository/model.hpp"

namespace kontor::inference {

class InferenceStore {  // inside a transaction
 public:
  virtual ~InferenceStore() = default;
  virtual Status put_deployment(UnitOfWork& unit, const Deployment& d) = 0;  // inserts or replaces
  virtual Result<std::optional<Deployment>> deployment(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<Deployment>> deployments_of(UnitOfWork& unit, std::string_view repository) = 0;  // newest first
  virtual Result<std::vector<Deployment>> deployments(UnitOfWork& unit) = 0;                                  // newest first
  virtual Status insert_prediction(UnitOfWork& unit, const Prediction& p) = 0;
  // Changes state and what comes with it. False if the prediction has ended already.
  virtual Result<bool> update_prediction(UnitOfWork& unit, const Prediction& p) = 0;
  virtual Result<std::optional<Prediction>> prediction(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<Prediction>> predictions_of(UnitOfWork& unit, std::string_view caller, std::string_view before_id,
                                                         int limit) = 0;     // newest first
  virtual Result<std::vector<Prediction>> unfinished(UnitOfWork& unit) = 0;  // oldest first
  virtual Status insert_file(UnitOfWork& unit, const StoredFile& f) = 0;
  virtual Result<std::optional<StoredFile>> file(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::vector<StoredFile>> files_of(UnitOfWork& unit, std::string_view owner) = 0;
  virtual Result<bool> delete_file(UnitOfWork& unit, std::string_view owner, std::string_view id) = 0;
  virtual Result<std::vector<StoredFile>> expired_files(UnitOfWork& unit, Time now) = 0;
  virtual Result<std::vector<std::string>> file_keys(UnitOfWork& unit) = 0;  // object keys of all
  // Takes input, output and logs away from a prediction that has succeeded.
  virtual Status remove_data(UnitOfWork& unit, std::string_view prediction) = 0;
  // Key that signs webhooks of a party: "whsec_" + base64; made on first use.
  virtual Result<std::string> webhook_secret(UnitOfWork& unit, std::string_view party, std::string_view fresh) = 0;
};

struct RunnerHealth {
  std::string kind, input_schema, output_schema;
};

enum class CallEnd {
  succeeded,
  invalid_input,  // the caller's mistake; message says which field
  failed,         // the model failed on this input
  timed_out,
  canceled,
  died,  // the process ended, or its answer made no sense
};
struct OutputFile {
  std::string name, bytes;
};
struct CallOutcome {
  CallEnd end = CallEnd::died;
  std::string output;  // JSON
  std::string message;
  std::string logs;               // what the process wrote meanwhile, its end if that was much
  std::vector<OutputFile> files;  // that the output speaks of (outputs.hpp)
};

class Runner {
 public:
  virtual ~Runner() = default;  // ends the process
  virtual const RunnerHealth& health() const = 0;
  virtual bool alive() const = 0;
  // One call at a time. `cancel` may be set from any thread.
  virtual Task<CallOutcome> call(std::string body, int timeout_ms, std::shared_ptr<std::atomic<bool>> cancel) = 0;
  virtual std::string logs() const = 0;  // the last lines the process wrote
};

class RunnerHost {
 public:
  virtual ~RunnerHost() = default;
  // Errors: invalid ("model_unusable": the model's own fault, no retry helps), unavailable ("no_sandbox", "runner_unreachable").
  virtual Task<Result<std::shared_ptr<Runner>>> start(std::string model_folder) = 0;
};

class ModelFolders {
 public:
  virtual ~ModelFolders() = default;
  // A read-only folder with the files of one commit. Kept until the next start of the program at least.
  virtual Task<Result<std::string>> materialise(repository::Repository repository, std::string commit) = 0;
};

class Fetcher {  // outgoing requests, guarded against private addresses
 public:
  virtual ~Fetcher() = default;
  // Errors: invalid ("fetch_refused", "fetch_failed"), too_large.
  virtual Task<Result<std::string>> get(std::string url, std::size_t limit) = 0;
  // HTTP status of the answer. Errors: as get.
  virtual Task<Result<int>> post(std::string url, std::string body, std::vector<std::pair<std::string, std::string>> headers,
                                 int timeout_ms) = 0;
  // Why this address will never be called; nullopt: it may be.
  virtual std::optional<std::string> refuses(const std::string& url) = 0;
};

class Timers {
 public:
  virtual ~Timers() = default;
  virtual void after(std::int64_t ms, std::function<void()> work) = 0;  // on the home executor
};

}  // namespace kontor::inference
