#include "main/app.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include "adapters/files/object_store.hpp"
#include "adapters/postgres/postgres_storage.hpp"
#include "adapters/runner_process/model_folders.hpp"
#include "adapters/runner_process/process_host.hpp"
#include "adapters/sql/account_store.hpp"
#include "adapters/sql/content_store.hpp"
#include "adapters/sql/inference_store.hpp"
#include "adapters/sql/repository_store.hpp"
#include "adapters/sql/sequencer.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"
#include "adapters/web/guarded_fetcher.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/http_server.hpp"
#include "io/worker_pool.hpp"
#include "main/control.hpp"
#include "main/system_surface.hpp"
#include "protocols/accounts_api/accounts_api.hpp"
#include "protocols/huggingface/hub.hpp"
#include "protocols/lfs/lfs_api.hpp"
#include "protocols/replicate/replicate.hpp"
#include "protocols/xet/xet_api.hpp"
#include "repository/access_control.hpp"
#include "server/gate.hpp"

namespace kontor::app {
namespace {

constexpr auto drain = std::chrono::seconds(10);
constexpr int runner_threads = 16;   // replicas that can work at the same time
constexpr int web_threads = 4;       // outgoing requests at the same time
constexpr auto tick = std::chrono::milliseconds(250);  // background work looks around this often

// Everything may be called and costs nothing: what stands in the place of the market's billing where there is no market.
class FreeOfCharge final : public market::InferenceBilling {
 public:
  Result<market::Admission> admit(UnitOfWork&, const identity::Caller&, const repository::Repository&, const market::AdmitRequest&) override {
    market::Admission a;
    a.free_of_charge = true;
    return a;
  }
  Result<market::Captured> capture(UnitOfWork&, std::string_view, const std::vector<market::MeteredQuantity>&, Time) override { return market::Captured{}; }
  Status release(UnitOfWork&, std::string_view, bool) override { return {}; }
};

class LoopTimers final : public inference::Timers {
 public:
  explicit LoopTimers(io::EventLoop& loop) : loop_(loop) {}
  void after(std::int64_t ms, std::function<void()> work) override { loop_.post_after(std::chrono::milliseconds(ms), std::move(work)); }

 private:
  io::EventLoop& loop_;
};

// Members are in order of dependence: what stands below uses what stands above, and goes first.
class Program final : public App {
 public:
  explicit Program(Settings settings) : settings_(std::move(settings)) {}
  ~Program() override { stop(); }

  Status open() {
    KT_TRY(folder_, DataFolder::lock(settings_.data));
    KT_TRY(BackEnds ends, folder_->back_ends(settings_.back_ends));
    KT_TRY(secret_, folder_->secret());
    KT_CHECK(open_storage(ends.db));
    std::string objects = ends.objects.starts_with("file:") ? ends.objects.substr(5) : ends.objects;
    KT_TRY(bytes_, files::ObjectStore::at(objects));

    int cores = std::max(1u, std::thread::hardware_concurrency());
    pool_ = std::make_unique<io::WorkerPool>(cores);
    loops_ = std::make_unique<io::LoopPool>(settings_.threads > 0 ? settings_.threads : cores);
    account_store_ = sql::make_account_store();
    repository_store_ = sql::make_repository_store();
    outbox_ = sql::make_outbox(wall_);
    accounts_ = std::make_unique<identity::Accounts>(*storage_, *account_store_, wall_, *pool_);
    content_ = std::make_unique<content::Content>(*storage_, content_store_, *bytes_, *pool_, wall_);
    repositories_ = std::make_unique<repository::Repositories>(repository::Context{*storage_, *repository_store_, *bytes_, *content_, *outbox_, wall_, *pool_});
    policy_ = std::make_unique<repository::NothingForSale>();
    access_ = std::make_unique<repository::AccessControl>(*storage_, *repository_store_, *policy_, *accounts_, wall_);

    hub_services_ = std::make_unique<huggingface::Services>(
        huggingface::Services{*storage_, *accounts_, *account_store_, *access_, *repository_store_, *repositories_, *content_, *policy_, *pool_});
    control_services_ = std::make_unique<ControlServices>(ControlServices{*accounts_, *content_, *repositories_, *pool_, {}, {}});

    signer_ = std::make_unique<content::GrantSigner>(secret_);
    xet_ = std::make_unique<xet::XetApi>(xet::XetApi::Services{*content_, *access_, *signer_, wall_});
    lfs_ = std::make_unique<lfs::LfsApi>(lfs::LfsApi::Services{*content_, *access_, *signer_, wall_, [this](const server::Exchange& x, const repository::Repository& r) {
      std::string party = x.caller.party;
      auto token = xet::make_token(*signer_, party, r.id, true, wall_.now(), x.public_url);
      std::string refresh = fmt::format("{}/api/{}s/{}/xet-write-token/main", x.public_url, repository::kind_name(r.kind), r.full_name());
      return lfs::XetOffer{refresh, token.token, token.cas_url, token.expires};
    }});
    KT_CHECK(open_inference());

    add(huggingface::make_surface(*hub_services_), {"/"});
    add(std::make_unique<server::Surface>(xet_->cas_surface()), {"/cas/"});
    add(std::make_unique<server::Surface>(xet_->token_surface(huggingface::error_response)), {});
    add(std::make_unique<server::Surface>(lfs_->surface()), {});
    add(replicate::make_surface(*replicate_services_), {"/v1/"});
    add(replicate::make_deployments_surface(*replicate_services_, native_error), {"/api/v1/"});
    add(accounts_api::make_surface(*accounts_, native_error), {});
    system_ = make_system_surface(router_, [this] { return metrics(); }, [this] { return !stopped_; });
    for (auto& s : surfaces_) router_.add(*s);
    router_.add(*system_);

    control_surface_ = make_control(*control_services_);
    control_router_.add(*control_surface_);
    control_router_.set_fallback("/", *control_surface_);
    return {};
  }

  Status listen() {
    if (!settings_.listen.empty()) {
      std::size_t colon = settings_.listen.rfind(':');
      auto port = colon == std::string::npos ? std::nullopt : parse_u64(std::string_view(settings_.listen).substr(colon + 1));
      if (!port || *port > 65535) return fail(Errc::invalid, "bad_address", fmt::format("--listen wants ADDRESS:PORT, not '{}'.", settings_.listen));
      std::string host = settings_.listen.substr(0, colon);
      std::string bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
      server_ = std::make_unique<http::Server>(*loops_, http::ServerLimits{}, [this](http::Request& r) { return gate_->handle(r); });
      bool tls = !settings_.tls_cert.empty();
      // The gate exists before the first request can come: requests start once the listener does.
      auto make_gate = [&](int bound) {
        std::string shown = host == "0.0.0.0" ? "127.0.0.1" : host == "[::]" ? "[::1]" : host;
        std::string listen_url = fmt::format("{}://{}:{}", tls ? "https" : "http", shown, bound);
        url_ = settings_.public_url.empty() ? listen_url : settings_.public_url;
        while (url_.ends_with('/')) url_.pop_back();
        gate_ = std::make_unique<server::Gate>(router_, *accounts_, server::GateOptions{settings_.public_url.empty() ? std::string() : url_, listen_url, 4096, settings_.log_requests});
      };
      if (*port != 0) make_gate(static_cast<int>(*port));
      KT_TRY(int bound, server_->listen({.address = bare, .port = static_cast<int>(*port), .tls_cert = settings_.tls_cert, .tls_key = settings_.tls_key}));
      if (*port == 0) make_gate(bound);
    }
    control_gate_ = std::make_unique<server::Gate>(control_router_, *accounts_, server::GateOptions{.listen_url = "http://control"});
    control_server_ = std::make_unique<http::Server>(*loops_, http::ServerLimits{}, [this](http::Request& r) { return control_gate_->handle(r); });
    std::string socket = DataFolder::control_socket(folder_->path());
    KT_TRY([[maybe_unused]] int none, control_server_->listen({.unix_path = socket}));
    if (!settings_.listen.empty()) (*loops_)[0].post([this] { spawn(background()); });
    if (!settings_.listen.empty()) (*loops_)[0].post([this] { spawn(resume()); });
    return {};
  }

  const std::string& url() const override { return url_; }
  std::string control_socket() const override { return DataFolder::control_socket(folder_->path()); }

  bool has_operator() override {
    auto look = [&](UnitOfWork& u) -> Result<bool> {
      static const sql::Statement any("SELECT 1 FROM party WHERE is_operator = 1 LIMIT 1");
      KT_TRY(auto rows, sql::session(u).query(any, {}));
      return !rows.empty();
    };
    return storage_->read_now(look).value_or(true);
  }

  void stop() override {
    if (stopped_.exchange(true)) return;
    if (server_) server_->shutdown(drain);
    if (control_server_) control_server_->shutdown(std::chrono::seconds(1));
    if (inference_) inference_->stop();
    runner_pool_.reset();
    web_pool_.reset();
    // Background work ends at its next step; storage and pool finish what they have taken.
    if (loops_) loops_->stop();
    storage_.reset();
    pool_.reset();
  }

 private:
  void add(std::unique_ptr<server::Surface> surface, std::initializer_list<const char*> prefixes) {
    surfaces_.push_back(std::move(surface));
    for (const char* p : prefixes) router_.set_fallback(p, *surfaces_.back());
  }

  // How callers see this server before the port is known: configured, or from --listen.
  std::string expected_url() const {
    if (!settings_.public_url.empty()) return settings_.public_url;
    return (settings_.tls_cert.empty() ? "http://" : "https://") + settings_.listen;
  }

  Status open_inference() {
    char executable[4096];
    ssize_t n = ::readlink("/proc/self/exe", executable, sizeof executable);
    auto [python, runner] = runner_process::find_runner(std::string(executable, static_cast<std::size_t>(std::max<ssize_t>(n, 0))));
    runner_pool_ = std::make_unique<io::WorkerPool>(runner_threads);
    web_pool_ = std::make_unique<io::WorkerPool>(web_threads);
    timers_ = std::make_unique<LoopTimers>((*loops_)[0]);
    inference_store_ = sql::make_inference_store();
    billing_ = std::make_unique<FreeOfCharge>();
    runner_process::HostOptions host;
    host.python_environment = python;
    host.runner_folder = runner;
    host.run_folder = fmt::format("/tmp/kontor-run-{}", ::getpid());
    host.insecure = settings_.insecure_runners;
    // A command that opens the folder for a moment runs no models: it need not find out whether it could.
    if (!settings_.listen.empty()) {
      runner_host_ = std::make_unique<runner_process::ProcessHost>(host, *runner_pool_);
      if (runner_host_->level() == "none") log::warn("no working sandbox: models are not run", {{"insecure_runners", settings_.insecure_runners ? "true" : "false"}});
    } else {
      host.python_environment.clear();
      runner_host_ = std::make_unique<runner_process::ProcessHost>(host, *runner_pool_);
    }
    folders_ = std::make_unique<runner_process::FolderCache>(folder_->file("models"), *repositories_, *content_, *pool_);
    fetcher_ = std::make_unique<web::GuardedFetcher>(io::WebClient(settings_.allow_addresses), *web_pool_);
    inference_ = std::make_unique<inference::Inference>(inference::Services{*storage_, *inference_store_, *repository_store_, *repositories_, *bytes_, *billing_, *runner_host_, *folders_, *fetcher_, *timers_,
                                                                            *outbox_, wall_, (*loops_)[0], *pool_, {}});
    replicate_services_ = std::make_unique<replicate::Services>(replicate::Services{*storage_, *inference_, *inference_store_, *repository_store_, *access_, expected_url()});
    return {};
  }

  static http::Response native_error(const Error& e, const server::Exchange& x) {
    int status = e.kind == Errc::malformed ? 400 : e.kind == Errc::unauthenticated ? 401 : e.kind == Errc::payment_required ? 402 : e.kind == Errc::forbidden ? 403 : e.kind == Errc::not_found ? 404
                 : e.kind == Errc::conflict ? 409 : e.kind == Errc::stale ? 412 : e.kind == Errc::too_large ? 413 : e.kind == Errc::rate_limited ? 429 : e.kind == Errc::unavailable ? 503 : e.kind == Errc::internal ? 500 : 422;
    return http::Response::json(status, JsonWriter().begin_object().field("code", e.code).field("message", e.message).field("retryable", status == 429 || status == 503).field("request_id", x.request_id).end_object().text());
  }

  Status open_storage(const std::string& db) {
    if (db.starts_with("sqlite:")) {
      KT_TRY(storage_, sqlite::SqliteStorage::open({.path = db.substr(7)}, sql::migrations()));
      return {};
    }
    if (db.starts_with("postgres://") || db.starts_with("postgresql://") || db.find('=') != std::string::npos) {
      numbered_after_commit_ = true;
      KT_TRY(storage_, postgres::PostgresStorage::open({.conninfo = db}, sql::migrations()));
      return {};
    }
    return fail(Errc::invalid, "bad_database", "--db wants sqlite:FILE or postgres://USER@HOST/NAME.");
  }

  Task<void> resume() {
    auto done = co_await inference_->resume();
    if (!done) log::error("predictions could not be resumed", {{"error", done.error().message}});
  }

  // What is done without anybody asking: checking claimed hashes, timers of the market, numbering on PostgreSQL.
  Task<void> background() {
    while (!stopped_) {
      for (;;) {
        auto more = co_await content_->verify_next_claim();
        if (!more || !*more || stopped_) break;
      }
      if (numbered_after_commit_) {
        for (;;) {
          auto numbered = co_await sql::run_sequencer(*storage_);
          if (!numbered || *numbered == 0 || stopped_) break;
        }
      }
      co_await io::sleep_for(tick);
    }
  }

  std::string metrics() {
    std::string out;
    if (gate_) out += gate_->metrics_text();
    if (server_) {
      const auto& c = server_->counters();
      out += fmt::format(
          "# TYPE kontor_http_connections_total counter\nkontor_http_connections_total {}\n# TYPE kontor_http_requests_total counter\nkontor_http_requests_total {}\n"
          "# TYPE kontor_http_received_bytes_total counter\nkontor_http_received_bytes_total {}\n# TYPE kontor_http_sent_bytes_total counter\nkontor_http_sent_bytes_total {}\n"
          "# TYPE kontor_http_connections_open gauge\nkontor_http_connections_open {}\n",
          c.connections.load(), c.requests.load(), c.received_bytes.load(), c.sent_bytes.load(), c.open.load());
    }
    out += fmt::format("# TYPE kontor_worker_backlog gauge\nkontor_worker_backlog {}\n", pool_->backlog());
    return out;
  }

  Settings settings_;
  WallClock wall_;
  std::atomic<bool> stopped_{false};
  bool numbered_after_commit_ = false;  // PostgreSQL: the sequencer has work
  std::string url_, secret_;
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<content::ByteStore> bytes_;
  std::unique_ptr<io::WorkerPool> pool_;
  std::unique_ptr<io::LoopPool> loops_;
  std::unique_ptr<identity::AccountStore> account_store_;
  std::unique_ptr<repository::RepositoryStore> repository_store_;
  std::unique_ptr<Outbox> outbox_;
  sql::ContentStore content_store_;
  std::unique_ptr<identity::Accounts> accounts_;
  std::unique_ptr<content::Content> content_;
  std::unique_ptr<repository::Repositories> repositories_;
  std::unique_ptr<repository::ContentPolicy> policy_;
  std::unique_ptr<repository::AccessControl> access_;
  std::unique_ptr<huggingface::Services> hub_services_;
  std::unique_ptr<content::GrantSigner> signer_;
  std::unique_ptr<xet::XetApi> xet_;
  std::unique_ptr<lfs::LfsApi> lfs_;
  std::unique_ptr<io::WorkerPool> runner_pool_, web_pool_;
  std::unique_ptr<LoopTimers> timers_;
  std::unique_ptr<inference::InferenceStore> inference_store_;
  std::unique_ptr<market::InferenceBilling> billing_;
  std::unique_ptr<runner_process::ProcessHost> runner_host_;
  std::unique_ptr<runner_process::FolderCache> folders_;
  std::unique_ptr<web::GuardedFetcher> fetcher_;
  std::unique_ptr<inference::Inference> inference_;
  std::unique_ptr<replicate::Services> replicate_services_;
  std::unique_ptr<ControlServices> control_services_;
  std::vector<std::unique_ptr<server::Surface>> surfaces_;
  std::unique_ptr<server::Surface> system_, control_surface_;
  server::Router router_, control_router_;
  std::unique_ptr<server::Gate> gate_, control_gate_;
  std::unique_ptr<http::Server> server_, control_server_;
};

}  // namespace

Result<std::unique_ptr<App>> App::start(Settings settings) {
  // Many connections and open objects: take what the system allows.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  auto program = std::make_unique<Program>(std::move(settings));
  KT_CHECK(program->open());
  KT_CHECK(program->listen());
  return program;
}

}  // namespace kontor::app
