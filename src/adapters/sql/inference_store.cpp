#include "adapters/sql/inference_store.hpp"

#include <fmt/format.h>

#include "adapters/sql/rows.hpp"
#include "base/text.hpp"

namespace kontor::sql {
namespace {

using namespace inference;

#define DEPLOYMENT_COLUMNS                                                                                                                 \
  "id, repository, owner, revision, commit_id, version, is_public, min_replicas, max_replicas, state, kind, input_schema, output_schema, " \
  "failure, created_ns"
const Statement put_dep("INSERT INTO deployment (" DEPLOYMENT_COLUMNS
                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
                        "ON CONFLICT (id) DO UPDATE SET state = excluded.state, kind = excluded.kind, input_schema = "
                        "excluded.input_schema, output_schema = excluded.output_schema, "
                        "failure = excluded.failure, is_public = excluded.is_public, min_replicas = excluded.min_replicas, max_replicas = "
                        "excluded.max_replicas");
const Statement get_dep("SELECT " DEPLOYMENT_COLUMNS " FROM deployment WHERE id = ?1");
const Statement deps_of("SELECT " DEPLOYMENT_COLUMNS " FROM deployment WHERE repository = ?1 ORDER BY id DESC");
const Statement all_deps("SELECT " DEPLOYMENT_COLUMNS " FROM deployment ORDER BY id DESC");

#define PREDICTION_COLUMNS                                                                                                            \
  "id, deployment, repository, version, model, caller, key, hold, input, output, error, state, webhook, webhook_events, created_ns, " \
  "started_ns, completed_ns, deadline_ns, predict_us, logs"
const Statement add_prediction("INSERT INTO prediction (" PREDICTION_COLUMNS
                               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)");
const Statement move_prediction(
    "UPDATE prediction SET output = ?2, error = ?3, state = ?4, started_ns = ?5, completed_ns = ?6, predict_us = ?7, logs = ?8 WHERE id = "
    "?1 AND state < 2");
const Statement forget_prediction("UPDATE prediction SET input = '{}', output = '', logs = '' WHERE id = ?1 AND state = 2");
const Statement get_prediction("SELECT " PREDICTION_COLUMNS " FROM prediction WHERE id = ?1");
const Statement page_predictions("SELECT " PREDICTION_COLUMNS " FROM prediction WHERE caller = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
const Statement open_predictions("SELECT " PREDICTION_COLUMNS " FROM prediction WHERE state < 2 ORDER BY id");

#define FILE_COLUMNS "id, owner, name, content_type, size, sha256, object_key, metadata, created_ns, expires_ns, prediction"
const Statement add_file("INSERT INTO prediction_file (" FILE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
const Statement get_file("SELECT " FILE_COLUMNS " FROM prediction_file WHERE id = ?1");
const Statement files_by("SELECT " FILE_COLUMNS " FROM prediction_file WHERE owner = ?1 ORDER BY id DESC LIMIT 100");
const Statement files_expired("SELECT " FILE_COLUMNS " FROM prediction_file WHERE expires_ns <= ?1");
const Statement every_file_key("SELECT object_key FROM prediction_file");
const Statement drop_file("DELETE FROM prediction_file WHERE owner = ?1 AND id = ?2");
const Statement add_key("INSERT INTO webhook_key (party, secret) VALUES (?1, ?2) ON CONFLICT (party) DO NOTHING");
const Statement get_key("SELECT secret FROM webhook_key WHERE party = ?1");

std::optional<std::int64_t> ns(const std::optional<Time>& t) { return t ? std::optional(t->ns) : std::nullopt; }

Deployment deployment_of(const Row& r) {
  Deployment d;
  d.id = r.text(0);
  d.repository = r.text(1);
  d.owner = r.text(2);
  d.revision = r.text(3);
  d.commit = r.text(4);
  d.version = r.text(5);
  d.public_ = r.integer(6) != 0;
  d.min_replicas = static_cast<int>(r.integer(7));
  d.max_replicas = static_cast<int>(r.integer(8));
  d.state = static_cast<DeploymentState>(r.integer(9));
  d.kind = r.text(10);
  d.input_schema = r.text(11);
  d.output_schema = r.text(12);
  d.failure = r.text(13);
  d.created_at = {r.integer(14)};
  return d;
}

Prediction prediction_of(const Row& r) {
  Prediction p;
  p.id = r.text(0);
  p.deployment = r.text(1);
  p.repository = r.text(2);
  p.version = r.text(3);
  p.model = r.text(4);
  p.caller = r.text(5);
  p.key = r.text(6);
  p.hold = r.text(7);
  p.input = r.text(8);
  p.output = r.text(9);
  p.error = r.text(10);
  p.state = static_cast<PredictionState>(r.integer(11));
  p.webhook = r.text(12);
  for (auto e : split(r.text(13), ' '))
    if (!e.empty()) p.webhook_events.emplace_back(e);
  p.created_at = {r.integer(14)};
  if (auto t = r.optional_integer(15)) p.started_at = Time{*t};
  if (auto t = r.optional_integer(16)) p.completed_at = Time{*t};
  if (auto t = r.optional_integer(17)) p.deadline = Time{*t};
  p.predict_us = r.integer(18);
  p.logs = r.text(19);
  return p;
}

StoredFile file_of(const Row& r) {
  StoredFile f;
  f.id = r.text(0);
  f.owner = r.text(1);
  f.name = r.text(2);
  f.content_type = r.text(3);
  f.size = static_cast<std::uint64_t>(r.integer(4));
  f.sha256 = r.text(5);
  f.object_key = r.text(6);
  f.metadata = r.text(7);
  f.created_at = {r.integer(8)};
  f.expires_at = {r.integer(9)};
  f.prediction = r.text(10);
  return f;
}

class Store final : public InferenceStore {
 public:
  Status put_deployment(UnitOfWork& u, const Deployment& d) override {
    return changed(
        session(u).exec(put_dep, {d.id, d.repository, d.owner, d.revision, d.commit, d.version, d.public_, d.min_replicas, d.max_replicas,
                                  static_cast<int>(d.state), d.kind, d.input_schema, d.output_schema, d.failure, d.created_at.ns}));
  }
  Result<std::optional<Deployment>> deployment(UnitOfWork& u, std::string_view id) override {
    KT_TRY(Rows rows, session(u).query(get_dep, {id}));
    if (rows.empty()) return std::nullopt;
    return deployment_of(rows[0]);
  }
  Result<std::vector<Deployment>> deployments_of(UnitOfWork& u, std::string_view repository) override {
    return many(session(u).query(deps_of, {repository}));
  }
  Result<std::vector<Deployment>> deployments(UnitOfWork& u) override { return many(session(u).query(all_deps, {})); }

  Status insert_prediction(UnitOfWork& u, const Prediction& p) override {
    return changed(session(u).exec(add_prediction, {p.id,
                                                    p.deployment,
                                                    p.repository,
                                                    p.version,
                                                    p.model,
                                                    p.caller,
                                                    p.key,
                                                    p.hold,
                                                    p.input,
                                                    p.output,
                                                    p.error,
                                                    static_cast<int>(p.state),
                                                    p.webhook,
                                                    fmt::format("{}", fmt::join(p.webhook_events, " ")),
                                                    p.created_at.ns,
                                                    ns(p.started_at),
                                                    ns(p.completed_at),
                                                    ns(p.deadline),
                                                    p.predict_us,
                                                    p.logs}));
  }
  Result<bool> update_prediction(UnitOfWork& u, const Prediction& p) override {
    KT_TRY(auto n, session(u).exec(move_prediction, {p.id, p.output, p.error, static_cast<int>(p.state), ns(p.started_at),
                                                     ns(p.completed_at), p.predict_us, p.logs}));
    return n == 1;
  }
  Result<std::optional<Prediction>> prediction(UnitOfWork& u, std::string_view id) override {
    KT_TRY(Rows rows, session(u).query(get_prediction, {id}));
    if (rows.empty()) return std::nullopt;
    return prediction_of(rows[0]);
  }
  Result<std::vector<Prediction>> predictions_of(UnitOfWork& u, std::string_view caller, std::string_view before, int limit) override {
    return predictions(session(u).query(page_predictions, {caller, before.empty() ? std::string_view("~") : before, limit}));
  }
  Result<std::vector<Prediction>> unfinished(UnitOfWork& u) override { return predictions(session(u).query(open_predictions, {})); }

  Status insert_file(UnitOfWork& u, const StoredFile& f) override {
    return changed(session(u).exec(add_file, {f.id, f.owner, f.name, f.content_type, static_cast<std::int64_t>(f.size), f.sha256,
                                              f.object_key, f.metadata, f.created_at.ns, f.expires_at.ns, f.prediction}));
  }
  Result<std::optional<StoredFile>> file(UnitOfWork& u, std::string_view id) override {
    KT_TRY(Rows rows, session(u).query(get_file, {id}));
    if (rows.empty()) return std::nullopt;
    return file_of(rows[0]);
  }
  Result<std::vector<StoredFile>> files_of(UnitOfWork& u, std::string_view owner) override {
    KT_TRY(Rows rows, session(u).query(files_by, {owner}));
    std::vector<StoredFile> out;
    for (Row r : rows) out.push_back(file_of(r));
    return out;
  }
  Result<std::vector<StoredFile>> expired_files(UnitOfWork& u, Time now) override {
    KT_TRY(Rows rows, session(u).query(files_expired, {now.ns}));
    std::vector<StoredFile> out;
    for (Row r : rows) out.push_back(file_of(r));
    return out;
  }
  Result<std::vector<std::string>> file_keys(UnitOfWork& u) override {
    KT_TRY(Rows rows, session(u).query(every_file_key, {}));
    std::vector<std::string> out;
    for (Row r : rows) out.push_back(r.text(0));
    return out;
  }
  Status remove_data(UnitOfWork& u, std::string_view prediction) override {
    return changed(session(u).exec(forget_prediction, {prediction}));
  }
  Result<bool> delete_file(UnitOfWork& u, std::string_view owner, std::string_view id) override {
    KT_TRY(auto n, session(u).exec(drop_file, {owner, id}));
    return n == 1;
  }
  Result<std::string> webhook_secret(UnitOfWork& u, std::string_view party, std::string_view fresh) override {
    KT_CHECK(changed(session(u).exec(add_key, {party, fresh})));
    KT_TRY(Rows rows, session(u).query(get_key, {party}));
    return rows[0].text(0);
  }

 private:
  static Result<std::vector<Deployment>> many(Result<Rows> rows) {
    if (!rows) return Unexpected(rows.error());
    std::vector<Deployment> out;
    for (Row r : *rows) out.push_back(deployment_of(r));
    return out;
  }
  static Result<std::vector<Prediction>> predictions(Result<Rows> rows) {
    if (!rows) return Unexpected(rows.error());
    std::vector<Prediction> out;
    for (Row r : *rows) out.push_back(prediction_of(r));
    return out;
  }
};

}  // namespace

std::unique_ptr<InferenceStore> make_inference_store() { return std::make_unique<Store>(); }

}  // namespace kontor::sql
