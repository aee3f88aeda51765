#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view inference_schema() {
  return R"sql(
CREATE TABLE deployment (
  id {text} PRIMARY KEY,
  repository {text} NOT NULL,
  owner {text} NOT NULL,
  revision {text} NOT NULL,
  commit_id {text} NOT NULL,
  version {text} NOT NULL,
  is_public {int} NOT NULL,
  min_replicas {int} NOT NULL,
  max_replicas {int} NOT NULL,
  state {int} NOT NULL,
  kind {text} NOT NULL,
  input_schema {text} NOT NULL,
  output_schema {text} NOT NULL,
  failure {text} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
CREATE INDEX deployment_repository ON deployment(repository);
CREATE TABLE prediction (
  id {text} PRIMARY KEY,
  deployment {text} NOT NULL,
  repository {text} NOT NULL,
  version {text} NOT NULL,
  model {text} NOT NULL,
  caller {text} NOT NULL,
  key {text} NOT NULL,
  hold {text} NOT NULL,
  input {text} NOT NULL,
  output {text} NOT NULL,
  error {text} NOT NULL,
  state {int} NOT NULL,
  webhook {text} NOT NULL,
  webhook_events {text} NOT NULL,
  created_ns {int} NOT NULL,
  started_ns {int},
  completed_ns {int},
  deadline_ns {int},
  predict_us {int} NOT NULL
) {strict};
CREATE INDEX prediction_caller ON prediction(caller, id);
CREATE INDEX prediction_unfinished ON prediction(state) WHERE state < 2;
CREATE TABLE prediction_file (
  id {text} PRIMARY KEY,
  owner {text} NOT NULL,
  name {text} NOT NULL,
  content_type {text} NOT NULL,
  size {int} NOT NULL,
  sha256 {text} NOT NULL,
  object_key {text} NOT NULL,
  metadata {text} NOT NULL,
  created_ns {int} NOT NULL,
  expires_ns {int} NOT NULL
) {strict};
CREATE INDEX prediction_file_owner ON prediction_file(owner, id);
CREATE TABLE webhook_key (
  party {text} PRIMARY KEY,
  secret {text} NOT NULL
) {strict};
)sql";
}

// Files that predictions answer with, which end with what the predictions said.
std::string_view outputs_schema() {
  return R"sql(
ALTER TABLE prediction_file ADD COLUMN prediction {text} NOT NULL DEFAULT '';
CREATE INDEX prediction_file_expiry ON prediction_file(expires_ns);
)sql";
}

}  // namespace kontor::sql
