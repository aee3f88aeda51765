// Values of the inference subject.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kontor::inference {

enum class DeploymentState { starting, ready, idle, failed, stopped };
std::string_view state_name(DeploymentState s);

struct Deployment {
  std::string id;          // "dep_" + 26
  std::string repository;  // id
  std::string owner;       // party
  std::string revision;    // as asked: "main"
  std::string commit;      // 40 hex
  std::string version;     // 64 hex, derived from repository and commit
  bool public_ = true;
  int min_replicas = 0, max_replicas = 1;
  DeploymentState state = DeploymentState::starting;
  std::string kind;           // of the runner: image-classification, ...
  std::string input_schema;   // JSON, empty until a runner has said it
  std::string output_schema;  // JSON
  std::string failure;        // why it failed, for people
  Time created_at;
};

// What of a deployment may be changed while it runs.
struct DeploymentChange {
  std::optional<bool> public_;
  std::optional<std::int64_t> min_replicas, max_replicas;
};
// What may be asked for; Limits::most_replicas says how many there are at most. Errors: invalid ("invalid_replicas").
Status check_replicas(std::int64_t min_replicas, std::int64_t max_replicas);

enum class PredictionState { starting, processing, succeeded, failed, canceled };
std::string_view state_name(PredictionState s);
inline bool ended(PredictionState s) { return s >= PredictionState::succeeded; }

struct Prediction {
  std::string id;  // 26 characters
  std::string deployment, repository, version;
  std::string model;   // "ns/name" when it was made
  std::string caller;  // party that made it
  std::string key;     // token id or session: what limits count by
  std::string hold;    // of the market; empty: free of charge
  std::string input;   // JSON object
  std::string output;  // JSON, empty while there is none
  std::string error, logs;
  PredictionState state = PredictionState::starting;
  std::string webhook;                      // address, or empty
  std::vector<std::string> webhook_events;  // empty: all
  Time created_at;
  std::optional<Time> started_at, completed_at, deadline;
  std::int64_t predict_us = 0;
};

struct StoredFile {
  std::string id, owner, name, content_type, sha256, object_key, metadata;
  std::string prediction;  // that answered with it; empty: uploaded
  std::uint64_t size = 0;
  Time created_at, expires_at;
};

struct Limits {
  int creations_per_minute = 60;  // per key [I6]
  int concurrent_per_key = 10;
  std::size_t queue_per_deployment = 256;
  int timeout_ms = 60'000;  // of one prediction in the runner
  int most_replicas = 8;    // of one deployment, whatever it asks for
  int start_attempts = 4;   // first try + 3 retries, factor 2, for runners that cannot be reached
  std::int64_t idle_stop_ms = 10 * 60'000;
  std::size_t max_input_bytes = 32u << 20;
  std::size_t max_output_bytes = 32u << 20, max_output_files = 256;  // of one prediction; the runner keeps to the same
  std::int64_t output_life_s = 3600;  // after its end a prediction with files is forgotten, but for what it cost
};

}  // namespace kontor::inference
