#include "main/app.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <thread>

#include "adapters/files/object_store.hpp"
#include "adapters/keyfile/keyfile.hpp"
#include "adapters/postgres/postgres_storage.hpp"
#include "adapters/runner_process/model_folders.hpp"
#include "adapters/runner_process/process_host.hpp"
#include "adapters/sql/access_request_store.hpp"
#include "adapters/sql/account_store.hpp"
#include "adapters/sql/catalogue_store.hpp"
#include "adapters/sql/content_store.hpp"
#include "adapters/sql/inference_store.hpp"
#include "adapters/sql/ledger_store.hpp"
#include "adapters/sql/likes_store.hpp"
#include "adapters/sql/market_store.hpp"
#include "adapters/sql/repository_store.hpp"
#include "adapters/sql/tradelog_store.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"
#include "adapters/web/guarded_fetcher.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "identity/names.hpp"
#include "io/http_server.hpp"
#include "io/worker_pool.hpp"
#include "main/background.hpp"
#include "main/care.hpp"
#include "main/control.hpp"
#include "main/system_surface.hpp"
#include "protocols/accounts_api/accounts_api.hpp"
#include "protocols/huggingface/hub.hpp"
#include "protocols/lfs/lfs_api.hpp"
#include "protocols/pages/pages.hpp"
#include "protocols/replicate/replicate.hpp"
#include "protocols/web_api/market_api.hpp"
#include "protocols/xet/xet_api.hpp"
#include "repository/access_control.hpp"
#include "server/assets.hpp"
#include "server/gate.hpp"

namespace kontor::app {
namespace {

constexpr auto drain = std::chrono::seconds(10);
constexpr int runner_threads = 16;  // replicas that can work at the same time
constexpr int web_threads = 4;      // outgoing requests at the same time

// Storage whose every commit is told to a listener, before whoever waits for the commit learns of it.
class WatchedStorage final : public Storage {
 public:
  WatchedStorage(std::unique_ptr<Storage> inner, std::function<void()> committed)
      : inner_(std::move(inner)), committed_(std::move(committed)) {}
  void submit_write(Body body, Done done) override {
    inner_->submit_write(std::move(body), [this, done = std::move(done)](Status s) {
      if (s) committed_();
      done(std::move(s));
    });
  }
  void submit_read(Body body, Done done) override { inner_->submit_read(std::move(body), std::move(done)); }
  Status read_here(const Body& body) override { return inner_->read_here(body); }
  bool reads_are_local() const override { return inner_->reads_are_local(); }

 private:
  std::unique_ptr<Storage> inner_;
  std::function<void()> committed_;
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
    ends_ = ends;
    KT_TRY(secret_, folder_->secret());
    KT_CHECK(open_storage(ends.db));
    storage_ = std::make_unique<WatchedStorage>(std::move(storage_), [this] {
      if (access_) access_->changed();
    });
    std::string objects = ends.objects.starts_with("file:") ? ends.objects.substr(5) : ends.objects;
    KT_TRY(bytes_, files::ObjectStore::at(objects));

    int cores = std::max(1u, std::thread::hardware_concurrency());
    pool_ = std::make_unique<io::WorkerPool>(cores);
    loops_ = std::make_unique<io::LoopPool>(settings_.threads > 0 ? settings_.threads : cores);
    account_store_ = sql::make_account_store();
    repository_store_ = sql::make_repository_store();
    outbox_ = sql::make_outbox(wall_);
    accounts_ = std::make_unique<identity::Accounts>(*storage_, *account_store_, wall_, *pool_, secret_);
    KT_CHECK(open_sign_up());
    content_ = std::make_unique<content::Content>(*storage_, content_store_, *bytes_, *pool_, wall_);
    repositories_ = std::make_unique<repository::Repositories>(
        repository::Context{*storage_, *repository_store_, *bytes_, *content_, *outbox_, wall_, *pool_});
    catalogue_ = sql::make_catalogue();
    request_store_ = sql::make_access_request_store();
    likes_ = sql::make_likes();
    activity_ = std::make_unique<repository::Activity>(*storage_, *catalogue_, wall_);
    KT_CHECK(open_market());
    access_ = std::make_unique<repository::AccessControl>(*storage_, *repository_store_, *market_, *request_store_, *accounts_, wall_,
                                                          expected_url());
    requests_ = std::make_unique<repository::AccessRequests>(*request_store_, *repository_store_, *account_store_, wall_);

    hub_services_ = std::make_unique<huggingface::Services>(huggingface::Services{*storage_, *accounts_, *account_store_, *access_,
                                                                                  *repository_store_, *repositories_, *content_, *market_,
                                                                                  *pool_, *activity_, *requests_, *likes_, wall_});
    control_services_ = std::make_unique<ControlServices>(ControlServices{*accounts_, *content_, *repositories_, *pool_, {}, {}});
    control_services_->top_up = [this](std::string user, std::string amount, std::string currency, std::string reference) {
      return top_up(user, amount, currency, reference);
    };
    control_services_->collect = [this](std::int64_t grace_seconds, bool dry_run) { return care_->collect(grace_seconds, dry_run); };
    control_services_->backup = [this](std::string target, bool link) { return care_->backup(std::move(target), link); };
    control_services_->more_checks.push_back([this](const FaultReport& report) { return care_->check_counting_house(report); });

    signer_ = std::make_unique<content::GrantSigner>(secret_);
    xet_ = std::make_unique<xet::XetApi>(xet::XetApi::Services{*content_, *access_, *signer_, wall_});
    lfs_ = std::make_unique<lfs::LfsApi>(lfs::LfsApi::Services{
        *content_, *access_, *signer_, wall_, [this](const server::Exchange& x, const repository::Repository& r) {
          std::string party = x.caller.party;
          auto token = xet::make_token(*signer_, party, r.id, true, wall_.now(), x.public_url);
          std::string refresh =
              fmt::format("{}/api/{}s/{}/xet-write-token/main", x.public_url, repository::kind_name(r.kind), r.full_name());
          return lfs::XetOffer{refresh, token.token, token.cas_url, token.expires};
        }});
    KT_CHECK(open_inference());
    care_ = std::make_unique<Care>(Care::Of{*storage_, *folder_, ends_, sqlite_, *content_, *repositories_, *inference_, *catalogue_,
                                            *ledger_store_, *log_store_, *trade_log_, *pool_});

    add(huggingface::make_surface(*hub_services_), {});
    KT_CHECK(open_pages());
    // What nobody serves is a page for those who asked for one, and the Hub's error for its clients.
    add(pages::make_surface(*page_services_, huggingface::error_response), {"/"});
    add(server::make_assets_surface(assets_), {});
    add(std::make_unique<server::Surface>(xet_->cas_surface()), {"/cas/"});
    add(std::make_unique<server::Surface>(xet_->token_surface(huggingface::error_response)), {});
    add(std::make_unique<server::Surface>(lfs_->surface()), {});
    add(replicate::make_surface(*replicate_services_), {"/v1/"});
    add(replicate::make_deployments_surface(*replicate_services_, web_api::error_response), {});
    add(accounts_api::make_surface(*accounts_, web_api::error_response), {});
    auto native = std::make_unique<server::Surface>(web_api::make_surface());
    market_api_->add_routes(*native);
    add(std::move(native), {"/api/v1/"});
    system_ = make_system_surface(router_, [this] { return metrics(); }, [this] { return !stopped_; }, settings_.public_url.empty());
    for (auto& s : surfaces_) router_.add(*s);
    router_.add(*system_);
    // Who could take the name of a route could take its place.
    for (const auto& segment : router_.first_segments()) KT_ASSERT(!identity::check_namespace_name(segment));

    control_surface_ = make_control(*control_services_);
    control_router_.add(*control_surface_);
    control_router_.set_fallback("/", *control_surface_);
    return {};
  }

  Status listen() {
    // The owner's door first: who is told by the other one that the server is ready may use both.
    control_gate_ = std::make_unique<server::Gate>(control_router_, *accounts_, server::GateOptions{.listen_url = "http://control"});
    control_server_ =
        std::make_unique<http::Server>(*loops_, http::ServerLimits{}, [this](http::Request& r) { return control_gate_->handle(r); });
    std::string socket = DataFolder::control_socket(folder_->path());
    KT_TRY([[maybe_unused]] int none, control_server_->listen({.unix_path = socket}));
    if (!settings_.listen.empty()) {
      std::size_t colon = settings_.listen.rfind(':');
      auto port = colon == std::string::npos ? std::nullopt : parse_u64(std::string_view(settings_.listen).substr(colon + 1));
      if (!port || *port > 65535)
        return fail(Errc::invalid, "bad_address", fmt::format("--listen wants ADDRESS:PORT, not '{}'.", settings_.listen));
      std::string host = settings_.listen.substr(0, colon);
      std::string bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
      server_ = std::make_unique<http::Server>(*loops_, http::ServerLimits{}, [this](http::Request& r) { return gate_->handle(r); });
      bool tls = !settings_.tls_cert.empty();
      KT_TRY(auto proxies, io::AddressRanges::parse(settings_.trusted_proxies));
      // The gate exists before the first request can come, and knows the port.
      auto make_gate = [&](int bound) {
        std::string shown = host == "0.0.0.0" ? "127.0.0.1" : host == "[::]" ? "[::1]" : host;
        std::string listen_url = fmt::format("{}://{}:{}", tls ? "https" : "http", shown, bound);
        url_ = settings_.public_url.empty() ? listen_url : settings_.public_url;
        gate_ = std::make_unique<server::Gate>(
            router_, *accounts_, server::GateOptions{settings_.public_url, listen_url, 4096, proxies, settings_.log_requests});
      };
      KT_CHECK(server_->listen({.address = bare,
                                .port = static_cast<int>(*port),
                                .tls_cert = settings_.tls_cert,
                                .tls_key = settings_.tls_key,
                                .bound = make_gate}));
    }
    if (!settings_.listen.empty())
      (*loops_)[0].post([this] {
        background_.start(run_chores(
            {*storage_, *content_, *market_, *inference_, *activity_, *trade_log_, business(), *care_, numbered_after_commit_, stopped_}));
        background_.start(resume_predictions(*inference_));
        background_.start(market_api_->read_books([this] { return stopped_.load(); }));
      });
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
    // Background work (calls that are cut off, webhooks under way) ends at its next step, while there are still pools and loops to take it;
    // storage and pool finish what they have taken.
    background_.wait_until_idle(drain);
    runner_pool_.reset();
    web_pool_.reset();
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

  Status open_sign_up() {
    std::string text = settings_.signup;
    if (text.empty()) {
      KT_TRY(auto kept, folder_->setting("signup"));
      text = kept.value_or("invite");
    }
    auto mode = identity::parse_sign_up(text);
    if (!mode) return fail(Errc::invalid, "bad_configuration", fmt::format("signup is open, invite or closed, not '{}'.", text));
    accounts_->set_sign_up(*mode);
    return {};
  }

  Status open_inference() {
    char executable[4096];
    ssize_t n = ::readlink("/proc/self/exe", executable, sizeof executable);
    auto [python, runner] = runner_process::find_runner(std::string(executable, static_cast<std::size_t>(std::max<ssize_t>(n, 0))));
    runner_pool_ = std::make_unique<io::WorkerPool>(runner_threads);
    web_pool_ = std::make_unique<io::WorkerPool>(web_threads);
    timers_ = std::make_unique<LoopTimers>((*loops_)[0]);
    inference_store_ = sql::make_inference_store();
    runner_process::HostOptions host;
    host.python_environment = python;
    host.runner_folder = runner;
    host.run_folder = folder_->file("run");
    host.insecure = settings_.insecure_runners;
    // A command that opens the folder for a moment runs no models: it need not find out whether it could.
    if (!settings_.listen.empty()) {
      runner_host_ = std::make_unique<runner_process::ProcessHost>(host, *runner_pool_);
      if (runner_host_->level() == "none")
        log::warn("no working sandbox: models are not run", {{"insecure_runners", settings_.insecure_runners ? "true" : "false"}});
    } else {
      host.python_environment.clear();
      runner_host_ = std::make_unique<runner_process::ProcessHost>(host, *runner_pool_);
    }
    folders_ = std::make_unique<runner_process::FolderCache>(folder_->file("models"), *repositories_, *content_, *pool_);
    KT_TRY(auto allowed, io::AddressRanges::parse(settings_.allow_addresses));
    fetcher_ = std::make_unique<web::GuardedFetcher>(io::WebClient(allowed), *web_pool_);
    inference::Limits limits;
    limits.idle_stop_ms = settings_.runner_idle_s * 1000;
    limits.output_life_s = settings_.output_life_s;
    inference_ =
        std::make_unique<inference::Inference>(inference::Services{*storage_,
                                                                   *inference_store_,
                                                                   *repository_store_,
                                                                   *repositories_,
                                                                   *bytes_,
                                                                   *market_,
                                                                   *answers_,
                                                                   *runner_host_,
                                                                   *folders_,
                                                                   *fetcher_,
                                                                   *timers_,
                                                                   *outbox_,
                                                                   *account_store_,
                                                                   secret_,
                                                                   wall_,
                                                                   (*loops_)[0],
                                                                   *pool_,
                                                                   limits,
                                                                   activity_.get(),
                                                                   [this](Task<void> task) { background_.start(std::move(task)); }});
    replicate_services_ = std::make_unique<replicate::Services>(
        replicate::Services{*storage_, *inference_, *inference_store_, *repository_store_, *access_, *answers_, wall_, expected_url()});
    return {};
  }

  Status open_pages() {
    if (settings_.web_dir.empty())
      assets_ = server::Assets::embedded();
    else {
      KT_TRY(assets_, server::Assets::from_folder(settings_.web_dir));
    }
    KT_TRY(messages_, pages::Catalogue::load(assets_));
    page_services_ = std::make_unique<pages::Services>(pages::Services{
        *storage_, *accounts_, *account_store_, *access_, *requests_, *likes_, *repository_store_, *repositories_, *content_, *market_,
        *answers_, *inference_store_, *trade_log_, assets_, messages_, wall_, business(), settings_.test_clock});
    return {};
  }

  Status open_market() {
    if (settings_.test_clock) {
      if (!settings_.listen.starts_with("127.") && !settings_.listen.starts_with("[::1]") && !settings_.listen.starts_with("localhost"))
        return fail(Errc::invalid, "not_loopback", "--test-clock needs a listener on loopback.");
      movable_ = std::make_unique<MovableClock>();
    }
    market_store_ = sql::make_market_store();
    answers_ = sql::make_idempotency_store();
    ledger_store_ = sql::make_ledger_store();
    log_store_ = sql::make_tradelog_store();
    KT_TRY(vault_, keyfile::open(folder_->path()));
    trade_log_ = std::make_unique<tradelog::Log>(*storage_, *log_store_, *vault_, "kontor/trade-log");
    KT_CHECK(trade_log_->open());
    market::Settings settings;
    settings.public_url = expected_url();
    for (const auto& [key, value] : {std::pair("bank_beneficiary", &settings.bank_beneficiary), std::pair("bank_name", &settings.bank_name),
                                     std::pair("bank_account", &settings.bank_account), std::pair("bank_bic", &settings.bank_bic)}) {
      KT_TRY(auto kept, folder_->setting(key));
      *value = kept.value_or("");
    }
    market_ = std::make_unique<market::Market>(market::Ports{*storage_, *market_store_, *ledger_store_, *log_store_, *account_store_,
                                                             *repository_store_, *outbox_, business(), *catalogue_},
                                               settings);
    market_api_ = std::make_unique<web_api::MarketApi>(
        web_api::Services{*storage_, *market_, *answers_, *trade_log_, accounts_.get(), business(), movable_.get(),
                          [this](std::string repository) { return hashes_settled(repository); }, activity_.get()});
    return {};
  }

  const Clock& business() const { return movable_ ? static_cast<const Clock&>(*movable_) : wall_; }

  // Nothing is listed whose SHA-256 only the uploader has vouched for.
  Task<Status> hashes_settled(std::string) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      KT_CO_TRY(bool more, co_await content_->verify_next_claim());
      if (!more) co_return Status{};
      if (std::chrono::steady_clock::now() > until)
        co_return fail(Errc::unavailable, "hashing", "The files are still being checked: submit again in a moment.");
    }
  }

  Task<Result<std::string>> top_up(std::string user, std::string amount, std::string currency, std::string reference) {
    KT_CO_TRY([[maybe_unused]] int digits, currency_digits(currency));
    KT_CO_TRY(Micros micros, parse_amount(amount));
    auto* self = this;
    Money money{micros, currency};
    auto body = [=](UnitOfWork& u) -> Result<std::string> {
      KT_TRY(auto party, self->account_store_->find_party_by_name(u, user));
      if (!party) return fail(Errc::not_found, "not_found", fmt::format("There is no user or organisation '{}'.", user));
      KT_TRY(auto done, self->market_->top_up_now(u, *party, money, reference));
      return "{\"object\":\"top_up\",\"id\":\"" + done.id + "\"}";
    };
    co_return co_await storage_->write(body);
  }

  Status open_storage(const std::string& db) {
    if (db.starts_with("sqlite:")) {
      KT_TRY(auto opened, sqlite::SqliteStorage::open({.path = db.substr(7)}, sql::migrations()));
      sqlite_ = opened.get();
      storage_ = std::move(opened);
      return {};
    }
    if (db.starts_with("postgres://") || db.starts_with("postgresql://") || db.find('=') != std::string::npos) {
      numbered_after_commit_ = true;
      KT_TRY(storage_, postgres::PostgresStorage::open({.conninfo = db}, sql::migrations()));
      return {};
    }
    return fail(Errc::invalid, "bad_database", "--db wants sqlite:FILE or postgres://USER@HOST/NAME.");
  }

  std::string metrics() {
    std::string out;
    if (gate_) out += gate_->metrics_text();
    if (server_) {
      const auto& c = server_->counters();
      out += fmt::format(
          "# TYPE kontor_http_connections_total counter\nkontor_http_connections_total {}\n# TYPE kontor_http_requests_total "
          "counter\nkontor_http_requests_total {}\n"
          "# TYPE kontor_http_received_bytes_total counter\nkontor_http_received_bytes_total {}\n# TYPE kontor_http_sent_bytes_total "
          "counter\nkontor_http_sent_bytes_total {}\n"
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
  Background background_;
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<Storage> storage_;
  sqlite::SqliteStorage* sqlite_ = nullptr;  // storage_, if it is that
  BackEnds ends_;
  std::unique_ptr<content::ByteStore> bytes_;
  std::unique_ptr<io::WorkerPool> pool_;
  std::unique_ptr<io::LoopPool> loops_;
  std::unique_ptr<identity::AccountStore> account_store_;
  std::unique_ptr<repository::RepositoryStore> repository_store_;
  std::unique_ptr<Outbox> outbox_;
  sql::ContentStore content_store_;
  std::unique_ptr<repository::Catalogue> catalogue_;
  std::unique_ptr<repository::Activity> activity_;
  std::unique_ptr<identity::Accounts> accounts_;
  std::unique_ptr<content::Content> content_;
  std::unique_ptr<repository::Repositories> repositories_;
  std::unique_ptr<MovableClock> movable_;
  std::unique_ptr<market::Store> market_store_;
  std::unique_ptr<market::IdempotencyStore> answers_;
  std::unique_ptr<ledger::Store> ledger_store_;
  std::unique_ptr<tradelog::Store> log_store_;
  std::unique_ptr<tradelog::Vault> vault_;
  std::unique_ptr<tradelog::Log> trade_log_;
  std::unique_ptr<market::Market> market_;
  std::unique_ptr<web_api::MarketApi> market_api_;
  std::unique_ptr<repository::AccessRequestStore> request_store_;
  std::unique_ptr<repository::Likes> likes_;
  std::unique_ptr<repository::AccessControl> access_;
  std::unique_ptr<repository::AccessRequests> requests_;
  std::unique_ptr<huggingface::Services> hub_services_;
  std::unique_ptr<content::GrantSigner> signer_;
  std::unique_ptr<xet::XetApi> xet_;
  std::unique_ptr<lfs::LfsApi> lfs_;
  std::unique_ptr<io::WorkerPool> runner_pool_, web_pool_;
  std::unique_ptr<LoopTimers> timers_;
  std::unique_ptr<inference::InferenceStore> inference_store_;
  std::unique_ptr<runner_process::ProcessHost> runner_host_;
  std::unique_ptr<runner_process::FolderCache> folders_;
  std::unique_ptr<web::GuardedFetcher> fetcher_;
  std::unique_ptr<inference::Inference> inference_;
  std::unique_ptr<replicate::Services> replicate_services_;
  std::unique_ptr<Care> care_;
  server::Assets assets_;
  pages::Catalogue messages_;
  std::unique_ptr<pages::Services> page_services_;
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
