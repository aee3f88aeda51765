#include "adapters/runner_process/process_host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <thread>

#include "adapters/runner_process/seccomp_filter.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"

namespace kontor::runner_process {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kept_log_bytes = 16 * 1024;
constexpr std::size_t max_answer_bytes = 64u << 20;
constexpr int kept_fd = 3;  // the first after standard input, output and error
constexpr std::size_t max_socket_name = sizeof "/0123456789ab/s.sock";

struct Child {
  pid_t pid = -1;
  int output = -1;  // its standard output and error
};

// Closes every descriptor from `first` on. Safe after fork. An old seccomp profile around the server may refuse close_range: then one by
// one.
void close_from(unsigned first) {
  if (::close_range(first, ~0u, 0) == 0) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t most = 1 << 20;  // of a limit that is none
  for (unsigned fd = first; fd < std::min(limit.rlim_cur, most); ++fd) ::close(static_cast<int>(fd));
}

// Starts a program; `keep_fd` (or -1) stays open in it as descriptor 3, nothing else but standard input, output and error. A library that
// opens without close-on-exec (asio does for sockets) must not hand a model the server's listeners or its callers' connections, and a
// program that outlives a killed server must not hold its port.
Child spawn_child(const std::vector<std::string>& args, int keep_fd) {
  Child c;
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return c;
  std::vector<char*> argv;
  for (const auto& a : args) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  static char path[] = "PATH=/usr/bin:/bin", ort[] = "ORT_DISABLE_TELEMETRY=1", lang[] = "LANG=C.UTF-8";
  char* environment[] = {path, ort, lang, nullptr};
  c.pid = ::fork();
  if (c.pid == 0) {  // only calls that are safe after fork in a program with threads
    ::dup2(pipe_fds[1], 1);
    ::dup2(pipe_fds[1], 2);
    int null = ::open("/dev/null", O_RDONLY);
    if (null >= 0) ::dup2(null, 0);
    if (keep_fd == kept_fd)
      ::fcntl(kept_fd, F_SETFD, 0);
    else if (keep_fd >= 0)
      ::dup2(keep_fd, kept_fd);
    close_from(keep_fd >= 0 ? kept_fd + 1 : kept_fd);
    ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(argv[0], argv.data(), environment);
    ::_exit(127);
  }
  ::close(pipe_fds[1]);
  if (c.pid < 0) {
    ::close(pipe_fds[0]);
    return c;
  }
  c.output = pipe_fds[0];
  ::fcntl(c.output, F_SETFL, O_NONBLOCK);
  return c;
}

class ProcessRunner final : public inference::Runner {
 public:
  ProcessRunner(Child child, std::string socket_folder, Executor& pool) : child_(child), folder_(std::move(socket_folder)), pool_(pool) {}
  ~ProcessRunner() override {
    end();
    if (child_.output >= 0) ::close(child_.output);
    std::error_code ec;
    fs::remove_all(folder_, ec);
  }
  const inference::RunnerHealth& health() const override { return health_; }
  bool alive() const override { return !dead_; }

  std::string logs() const override {
    drain();
    std::lock_guard lock(mutex_);
    return log_;
  }

  // Blocking; a pool thread. Waits for the socket, then asks for the health answer.
  Status wait_ready(int timeout_ms) {
    auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    std::string socket = folder_ + "/s.sock";
    while (!fs::exists(socket)) {
      drain();
      if (reap()) return fail(Errc::invalid, "model_unusable", failure_text());
      if (std::chrono::steady_clock::now() > until)
        return fail(Errc::unavailable, "runner_unreachable", "The runner did not become ready in time.");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    auto never = std::make_shared<std::atomic<bool>>(false);
    auto answer = request("GET", "/health", "", 5000, *never);
    if (answer.status != 200) return fail(Errc::unavailable, "runner_unreachable", "The runner does not answer its health check.");
    auto json = Json::parse(answer.body);
    if (!json) return fail(Errc::unavailable, "runner_unreachable", "The runner's health answer is not JSON.");
    health_.kind = json->text_or("kind");
    if (auto* s = json->find("input_schema")) health_.input_schema = s->dump();
    if (auto* s = json->find("output_schema")) health_.output_schema = s->dump();
    return {};
  }

  Task<inference::CallOutcome> call(std::string body, int timeout_ms, std::shared_ptr<std::atomic<bool>> cancel) override {
    auto* self = this;
    auto text = std::make_shared<std::string>(std::move(body));
    auto work = [=] { return self->call_blocking(*text, timeout_ms, *cancel); };
    co_return co_await run_on(pool_, work);
  }

 private:
  struct Answer {
    int status = 0;  // 0: none came
    std::string body;
    bool timed_out = false, canceled = false;
  };

  inference::CallOutcome call_blocking(const std::string& body, int timeout_ms, std::atomic<bool>& cancel) {
    drain();
    std::uint64_t before = written();
    auto outcome = ask(body, timeout_ms, cancel);
    drain();
    std::lock_guard lock(mutex_);
    outcome.logs = log_.substr(log_.size() - static_cast<std::size_t>(std::min<std::uint64_t>(written_ - before, log_.size())));
    return outcome;
  }
  std::uint64_t written() const {
    std::lock_guard lock(mutex_);
    return written_;
  }

  inference::CallOutcome ask(const std::string& body, int timeout_ms, std::atomic<bool>& cancel) {
    Answer a = request("POST", "/predict", body, timeout_ms, cancel);
    using inference::CallEnd;
    if (a.canceled) return {CallEnd::canceled, {}, {}, {}, {}};
    if (a.timed_out) return {CallEnd::timed_out, {}, {}, {}, {}};
    auto json = a.status ? Json::parse(a.body) : Result<Json>(fail(Errc::malformed, "", ""));
    if (a.status == 200 && json && json->find("output")) {
      inference::CallOutcome out{CallEnd::succeeded, json->find("output")->dump(), {}, {}, {}};
      const Json* files = json->find("files");
      if (files && files->object())
        for (const auto& [name, data] : *files->object()) {
          auto bytes = data.string() ? from_base64(*data.string()) : std::nullopt;
          if (!bytes) return {CallEnd::failed, {}, "The model's process answered with a file that is not in base64.", {}, {}};
          out.files.push_back({name, std::move(*bytes)});
        }
      return out;
    }
    if (a.status == 422 && json) return {CallEnd::invalid_input, {}, json->text_or("error", "The input is not valid."), {}, {}};
    if (a.status == 500 && json && json->text_or("kind") == "failed")
      return {CallEnd::failed, {}, json->text_or("error", "The model failed."), {}, {}};
    drain();
    reap();
    return {CallEnd::died, {}, "The model's process ended during the prediction.", {}, {}};
  }

  Answer request(std::string_view method, std::string_view target, const std::string& body, int timeout_ms, std::atomic<bool>& cancel) {
    Answer out;
    auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return out;
    struct Closer {
      int fd;
      ~Closer() { ::close(fd); }
    } closer{fd};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string path = folder_ + "/s.sock";
    if (path.size() >= sizeof address.sun_path) return out;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return out;
    std::string data =
        fmt::format("{} {} HTTP/1.1\r\nHost: runner\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    method, target, body.size());
    data += body;
    std::size_t sent = 0;
    std::string in;
    std::size_t head = std::string::npos, length = 0;
    for (;;) {
      if (cancel.load()) {
        out.canceled = true;
        return out;
      }
      if (std::chrono::steady_clock::now() > until) {
        out.timed_out = true;
        return out;
      }
      pollfd p{fd, static_cast<short>(POLLIN | (sent < data.size() ? POLLOUT : 0)), 0};
      if (::poll(&p, 1, 20) < 0 && errno != EINTR) return out;
      drain();
      if (p.revents & POLLOUT) {
        ssize_t n = ::send(fd, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
        if (n > 0)
          sent += static_cast<std::size_t>(n);
        else if (n < 0 && errno != EAGAIN && errno != EINTR)
          return out;
      }
      if (p.revents & (POLLIN | POLLHUP)) {
        char buffer[65536];
        ssize_t n = ::read(fd, buffer, sizeof buffer);
        if (n == 0) break;
        if (n < 0) {
          if (errno == EAGAIN || errno == EINTR) continue;
          return out;
        }
        in.append(buffer, static_cast<std::size_t>(n));
        if (in.size() > max_answer_bytes) return out;
      }
      if (head == std::string::npos && (head = in.find("\r\n\r\n")) != std::string::npos) {
        std::string lower = ascii_lower(std::string_view(in).substr(0, head));
        std::size_t at = lower.find("content-length:");
        if (at == std::string::npos) return out;
        length = parse_u64(trim(std::string_view(lower).substr(
                               at + 15, lower.find('\r', at) == std::string::npos ? std::string::npos : lower.find('\r', at) - at - 15)))
                     .value_or(0);
      }
      if (head != std::string::npos && in.size() >= head + 4 + length) break;
    }
    if (head == std::string::npos || !in.starts_with("HTTP/1.1 ") || in.size() < head + 4 + length) return out;
    out.status = std::atoi(in.c_str() + 9);
    out.body = in.substr(head + 4, length);
    return out;
  }

  void drain() const {
    std::lock_guard lock(mutex_);
    char buffer[4096];
    for (;;) {
      ssize_t n = ::read(child_.output, buffer, sizeof buffer);
      if (n <= 0) break;
      log_.append(buffer, static_cast<std::size_t>(n));
      written_ += static_cast<std::uint64_t>(n);
      if (log_.size() > kept_log_bytes) log_.erase(0, log_.size() - kept_log_bytes);
    }
  }

  bool reap() {
    if (dead_) return true;
    int status = 0;
    if (::waitpid(child_.pid, &status, WNOHANG) == child_.pid) {
      dead_ = true;
      exit_status_ = status;
      drain();
    }
    return dead_;
  }

  void end() {
    if (dead_) return;
    ::kill(-child_.pid, SIGKILL);
    ::kill(child_.pid, SIGKILL);
    int status;
    ::waitpid(child_.pid, &status, 0);
    dead_ = true;
  }

  // The runner says why it cannot serve in one JSON line; anything else is shown as it stands.
  std::string failure_text() {
    std::string text = logs();
    for (auto line : split(text, '\n'))
      if (auto json = Json::parse(line); json && json->find("failure")) return json->text_or("failure");
    return fmt::format("The runner ended at start{}", text.empty() ? "." : ": " + std::string(trim(text).substr(0, 500)));
  }

  Child child_;
  std::string folder_;
  Executor& pool_;
  inference::RunnerHealth health_;
  std::atomic<bool> dead_{false};
  int exit_status_ = 0;
  mutable std::mutex mutex_;
  mutable std::string log_;            // its end
  mutable std::uint64_t written_ = 0;  // bytes in all
};

std::vector<std::string> sandbox_arguments(const HostOptions& o, bool filter) {
  std::vector<std::string> a{"/usr/bin/prlimit",
                             fmt::format("--as={}", o.address_space_bytes),
                             "--nofile=256",
                             "--nproc=4096",
                             "--fsize=67108864",
                             fmt::format("--cpu={}", o.cpu_seconds),
                             "--core=0",
                             "/usr/bin/bwrap",
                             "--unshare-user",
                             "--unshare-all",
                             "--disable-userns",
                             "--die-with-parent",
                             "--new-session",
                             "--cap-drop",
                             "ALL",
                             "--uid",
                             "1000",
                             "--gid",
                             "1000",
                             "--clearenv",
                             "--setenv",
                             "PATH",
                             "/usr/bin:/bin",
                             "--setenv",
                             "HOME",
                             "/tmp",
                             "--setenv",
                             "LANG",
                             "C.UTF-8",
                             "--setenv",
                             "LOCPATH",
                             "/venv/locale",
                             "--setenv",
                             "ORT_DISABLE_TELEMETRY",
                             "1",
                             "--setenv",
                             "OMP_NUM_THREADS",
                             "1",
                             "--ro-bind",
                             "/usr",
                             "/usr",
                             "--symlink",
                             "usr/lib",
                             "/lib",
                             "--symlink",
                             "usr/lib64",
                             "/lib64",
                             "--symlink",
                             "usr/bin",
                             "/bin",
                             "--proc",
                             "/proc",
                             "--dev",
                             "/dev",
                             "--size",
                             "67108864",
                             "--tmpfs",
                             "/tmp"};
  if (filter) a.insert(a.end(), {"--seccomp", std::to_string(kept_fd)});
  return a;
}

bool sandbox_answers(const HostOptions& o) {
  auto filter = seccomp_filter();
  if (!filter) return false;
  auto args = sandbox_arguments(o, true);
  args.push_back("/usr/bin/true");
  Child c = spawn_child(args, *filter);
  ::close(*filter);
  if (c.pid < 0) return false;
  int status = 0;
  ::waitpid(c.pid, &status, 0);
  ::close(c.output);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::pair<std::string, std::string> find_runner(const std::string& executable) {
  std::error_code ec;
  std::string python, runner;
  for (fs::path at = fs::path(executable).parent_path(); !at.empty(); at = at.parent_path()) {
    if (python.empty() && fs::exists(at / "workers-venv/bin/python", ec)) python = (at / "workers-venv").string();
    if (python.empty() && fs::exists(at / "build/workers-venv/bin/python", ec)) python = (at / "build/workers-venv").string();
    if (runner.empty() && fs::exists(at / "workers/runner/runner.py", ec)) runner = (at / "workers/runner").string();
    if (at == at.root_path()) break;
  }
  return {python, runner};
}

ProcessHost::ProcessHost(HostOptions options, Executor& pool) : options_(std::move(options)), pool_(pool) {
  if (options_.python_environment.empty() || options_.runner_folder.empty())
    missing_ = "The runners' Python environment is missing: './run build' makes it.";
  sandbox_works_ = sandbox_answers(options_);
  level_ = sandbox_works_ ? "sandbox" : "none";
  std::error_code ec;
  fs::remove_all(options_.run_folder, ec);  // what a killed server left
  // A socket's path has 107 bytes: where the folder's own is too long, one that nobody else can have made.
  if (options_.run_folder.size() + max_socket_name > sizeof(sockaddr_un::sun_path)) {
    std::string elsewhere = (fs::temp_directory_path(ec) / "kontor-run-XXXXXX").string();
    if (::mkdtemp(elsewhere.data())) options_.run_folder = elsewhere;
  }
  fs::create_directories(options_.run_folder, ec);
}

ProcessHost::~ProcessHost() {
  std::error_code ec;
  fs::remove_all(options_.run_folder, ec);
}

Task<Result<std::shared_ptr<inference::Runner>>> ProcessHost::start(std::string model_folder) {
  if (!missing_.empty()) co_return fail(Errc::unavailable, "no_sandbox", missing_);
  if (!sandbox_works_ && !options_.insecure)
    co_return fail(Errc::unavailable, "no_sandbox",
                   "No working sandbox on this machine (bubblewrap with user namespaces and seccomp): models are not run. "
                   "--insecure-runners runs them without one.");
  std::string folder = fmt::format("{}/{}", options_.run_folder, to_hex(random_bytes(6)));
  std::error_code ec;
  fs::create_directories(folder, ec);
  fs::permissions(folder, fs::perms::owner_all, ec);
  auto* self = this;
  auto work = [=]() -> Result<std::shared_ptr<inference::Runner>> {
    std::vector<std::string> args;
    int filter = -1;
    if (self->sandbox_works_) {
      KT_TRY(filter, seccomp_filter());
      args = sandbox_arguments(self->options_, true);
      args.insert(args.end(), {"--ro-bind", self->options_.python_environment, "/venv", "--ro-bind", self->options_.runner_folder,
                               "/runner", "--ro-bind", model_folder, "/model", "--bind", folder, "/run/r", "/venv/bin/python", "-I",
                               "/runner/runner.py", "--model", "/model", "--socket", "/run/r/s.sock"});
    } else {
      args = {self->options_.python_environment + "/bin/python",
              "-I",
              self->options_.runner_folder + "/runner.py",
              "--model",
              model_folder,
              "--socket",
              folder + "/s.sock"};
    }
    Child child = spawn_child(args, filter);
    if (filter >= 0) ::close(filter);
    if (child.pid < 0) return fail(Errc::unavailable, "runner_unreachable", "The runner's process could not be started.");
    auto runner = std::make_shared<ProcessRunner>(child, folder, self->pool_);
    KT_CHECK(runner->wait_ready(self->options_.start_timeout_ms));
    return std::shared_ptr<inference::Runner>(runner);
  };
  co_return co_await run_on(pool_, work);
}

}  // namespace kontor::runner_process
