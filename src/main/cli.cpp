// The command line (kontor --help). Commands other than `serve` are one request to the control socket of the server that holds the data
// folder; where none runs, the program opens the folder itself for the length of the command.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <thread>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "io/unix_call.hpp"
#include "main/app.hpp"
#include "main/backup.hpp"

namespace kontor::app {
namespace {

int complain(const Error& e, bool json) {
  if (json)
    std::cout << JsonWriter().begin_object().field("code", e.code).field("message", e.message).end_object().text() << std::endl;
  else
    std::cerr << "kontor: " << e.message << std::endl;
  return 1;
}

std::string read_secret() {
  std::string line;
  std::getline(std::cin, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

// --public-url is what addresses are put together from: scheme and authority, kept without the slash that people write after them.
CLI::Validator origin() {
  auto check = [](std::string& text) -> std::string {
    while (text.ends_with('/')) text.pop_back();
    std::string_view rest = text;
    for (std::string_view scheme : {"https://", "http://"})
      if (rest.starts_with(scheme)) {
        rest.remove_prefix(scheme.size());
        if (!rest.empty() && rest.find_first_of("/?#@ \t\\") == std::string_view::npos) return {};
        break;
      }
    return fmt::format("wants http:// or https:// with a host and no path, for instance https://models.example.com, not '{}'", text);
  };
  return CLI::Validator(check, "URL", "origin");
}

// One request to the folder's server, or to a server of our own that lives for this one request. A server that is starting or ending holds
// the folder and does not answer: it gets a moment.
Result<Json> ask(const Settings& settings, std::string_view target, const std::string& body) {
  std::error_code ec;
  std::string folder = std::filesystem::weakly_canonical(settings.data, ec).string();
  std::unique_ptr<App> own;
  Settings quiet = settings;
  quiet.listen.clear();
  quiet.threads = 1;
  Result<io::UnixAnswer> answer;
  for (auto until = std::chrono::steady_clock::now() + std::chrono::seconds(15);;
       std::this_thread::sleep_for(std::chrono::milliseconds(20))) {
    answer = io::call_unix(DataFolder::control_socket(folder), "POST", target, body);
    if (answer) break;
    if (answer.error().code != "not_running") return Unexpected(answer.error());
    auto started = App::start(quiet);
    if (started) {
      own = std::move(*started);
      answer = io::call_unix(own->control_socket(), "POST", target, body);
      if (!answer) return Unexpected(answer.error());
      break;
    }
    if (started.error().code != "folder_in_use" || std::chrono::steady_clock::now() > until) return Unexpected(started.error());
  }
  if (own) own->stop();
  KT_TRY(Json parsed, Json::parse(answer->body));
  if (answer->status >= 400) return fail(Errc::invalid, parsed.text_or("code", "error"), parsed.text_or("message", "The server refused."));
  return parsed;
}

// As a shell reads it back.
std::string as_word(const std::string& text) {
  if (text.find_first_of(" \t'\"()&;$*?#<>|\\`![]{}~") == std::string::npos) return text;
  std::string out = "'";
  for (char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

int serve(Settings settings) {
  // Signals are taken by this thread alone; the mask is inherited by all that start later.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto app = App::start(settings);
  if (!app) return complain(app.error(), false);
  std::cout << "Kontor is ready at " << (*app)->url() << std::endl;
  if (!(*app)->has_operator()) {
    std::string data = as_word(settings.data);
    std::cout << "There is no operator yet. Make one and a token for it:\n"
              << "  build/kontor user add NAME --admin --password-stdin --data " << data << "\n"
              << "  build/kontor token create NAME --role admin --data " << data << "\n"
              << "Then use the token with the tools you know: HF_ENDPOINT=" << (*app)->url() << " HF_TOKEN=hf_... hf auth whoami"
              << std::endl;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  log::info("draining", {{"signal", std::to_string(signal)}});
  (*app)->stop();
  return 0;
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App cli{"Kontor: a self-hosted AI model marketplace"};
  cli.require_subcommand(1);
  Settings settings;
  bool json = false;
  auto common = [&](CLI::App* c) {
    c->add_option("--data", settings.data, "data folder")->capture_default_str();
    c->add_flag("--json", json, "answer in JSON");
    c->add_option("--db", settings.back_ends.db, "sqlite:FILE or postgres://...; remembered in the data folder");
    c->add_option("--objects", settings.back_ends.objects, "file:DIR; remembered in the data folder");
  };
  int status = 0;
  auto finish = [&](const Result<Json>& r, const std::function<void(const Json&)>& say) {
    if (!r) {
      status = complain(r.error(), json);
      return;
    }
    if (json)
      std::cout << r->dump() << std::endl;
    else
      say(*r);
  };

  auto* serve_cmd = cli.add_subcommand("serve", "Run the server");
  common(serve_cmd);
  serve_cmd->add_option("--listen", settings.listen, "address:port")->capture_default_str();
  serve_cmd->add_option("--threads", settings.threads, "event loops (default: one per core)");
  serve_cmd->add_option("--public-url", settings.public_url, "how clients reach this server, for instance https://models.example.com")
      ->transform(origin());
  serve_cmd->add_option("--tls-cert", settings.tls_cert, "PEM file with the certificate chain");
  serve_cmd->add_option("--tls-key", settings.tls_key, "PEM file with the private key");
  serve_cmd->add_option("--allow-address", settings.allow_addresses,
                        "private address or range that webhooks and input files may use, for instance 127.0.0.1 or 10.1.0.0/16");
  serve_cmd->add_option("--trusted-proxy", settings.trusted_proxies,
                        "address or range of a proxy in front, which says in X-Forwarded-For who called, for instance 127.0.0.1");
  serve_cmd->add_option("--signup", settings.signup, "who may sign up: open, invite or closed (default: kontor.toml, else invite)")
      ->check(CLI::IsMember({"open", "invite", "closed"}));
  serve_cmd->add_flag("--test-clock", settings.test_clock, "business time can be moved (loopback only)");
  serve_cmd->add_flag("--insecure-runners", settings.insecure_runners, "run models without a sandbox where none works");
  serve_cmd->add_option("--runner-idle", settings.runner_idle_s, "seconds without a call after which a model's process ends")
      ->check(CLI::Range(1, 7 * 86'400))
      ->capture_default_str();
  serve_cmd->add_option("--output-life", settings.output_life_s, "seconds for which the files that a model answered with can be read")
      ->check(CLI::Range(1, 30 * 86'400))
      ->capture_default_str();
  serve_cmd->add_option("--web-dir", settings.web_dir, "take scripts and styles of the pages from this folder (for work on them)");
  serve_cmd->add_flag("--log-requests", settings.log_requests, "log every request");
  serve_cmd->callback([&] {
    if (settings.tls_cert.empty() != settings.tls_key.empty()) {
      status = complain({Errc::invalid, "invalid", "--tls-cert and --tls-key go together.", {}}, json);
      return;
    }
    if (!settings.trusted_proxies.empty() && settings.public_url.empty()) {
      status = complain({Errc::invalid, "invalid", "--trusted-proxy goes with --public-url: the address that callers use.", {}}, json);
      return;
    }
    status = serve(settings);
  });

  struct {
    std::string name, full_name, email, user, role = "read", label, value, visibility = "public", amount, currency, reference;
    int days = 14;
    bool admin = false, password_stdin = false;
    std::vector<std::string> members;
  } a;

  auto* user = cli.add_subcommand("user", "People")->require_subcommand(1);
  auto* user_add = user->add_subcommand("add", "Make a user");
  common(user_add);
  user_add->add_option("name", a.name)->required();
  user_add->add_option("--full-name", a.full_name);
  user_add->add_option("--email", a.email);
  user_add->add_flag("--admin", a.admin, "an operator of the marketplace");
  user_add->add_flag("--password-stdin", a.password_stdin, "first line of standard input is the password");
  user_add->callback([&] {
    JsonWriter w;
    w.begin_object().field("name", a.name).field("full_name", a.full_name).field("email", a.email).field("admin", a.admin);
    if (a.password_stdin) w.field("password", read_secret());
    finish(ask(settings, "/users", w.end_object().text()),
           [&](const Json& r) { std::cout << "user " << r.text_or("name") << " " << r.text_or("id") << std::endl; });
  });

  auto* org = cli.add_subcommand("org", "Organisations")->require_subcommand(1);
  auto* org_add = org->add_subcommand("add", "Make an organisation");
  common(org_add);
  org_add->add_option("name", a.name)->required();
  org_add->add_option("--full-name", a.full_name);
  org_add->add_option("--member", a.members, "USER:ROLE, role read, contributor, write or admin");
  org_add->add_option("--default-visibility", a.visibility, "of new repositories")->check(CLI::IsMember({"public", "private"}));
  org_add->callback([&] {
    JsonWriter w;
    w.begin_object()
        .field("name", a.name)
        .field("full_name", a.full_name)
        .field("default_visibility", a.visibility)
        .key("members")
        .begin_array();
    for (auto& m : a.members) {
      std::size_t colon = m.rfind(':');
      w.begin_object()
          .field("user", m.substr(0, colon))
          .field("role", colon == std::string::npos ? "write" : m.substr(colon + 1))
          .end_object();
    }
    w.end_array().end_object();
    finish(ask(settings, "/organisations", w.text()),
           [&](const Json& r) { std::cout << "organisation " << r.text_or("name") << " " << r.text_or("id") << std::endl; });
  });

  auto* token = cli.add_subcommand("token", "Access tokens")->require_subcommand(1);
  auto* token_create = token->add_subcommand("create", "Make a token; the last line printed is the token");
  common(token_create);
  token_create->add_option("user", a.user)->required();
  token_create->add_option("--role", a.role)->check(CLI::IsMember({"read", "write", "admin"}))->capture_default_str();
  token_create->add_option("--name", a.label);
  token_create->add_option("--value", a.value, "import this token; - reads it from standard input");
  token_create->callback([&] {
    JsonWriter w;
    w.begin_object().field("user", a.user).field("role", a.role).field("name", a.label);
    if (!a.value.empty()) w.field("value", a.value == "-" ? read_secret() : a.value);
    finish(ask(settings, "/tokens", w.end_object().text()), [&](const Json& r) { std::cout << r.text_or("token") << std::endl; });
  });

  auto* invite = cli.add_subcommand("invite", "Make an invitation to sign up; the last line printed is its code");
  common(invite);
  invite->add_option("--days", a.days, "how long it is good for")->check(CLI::Range(1, 365))->capture_default_str();
  invite->callback([&] {
    JsonWriter w;
    w.begin_object().field("days", a.days).end_object();
    finish(ask(settings, "/invites", w.text()), [&](const Json& r) { std::cout << r.text_or("code") << std::endl; });
  });

  auto* wallet = cli.add_subcommand("wallet", "Wallets")->require_subcommand(1);
  auto* topup = wallet->add_subcommand("topup", "Book a bank transfer that has arrived");
  common(topup);
  topup->add_option("user", a.user)->required();
  topup->add_option("amount", a.amount, "decimal, for instance 200.00")->required();
  topup->add_option("currency", a.currency)->required();
  topup->add_option("--reference", a.reference, "the bank's reference")->required();
  topup->callback([&] {
    JsonWriter w;
    w.begin_object()
        .field("user", a.user)
        .field("amount", a.amount)
        .field("currency", a.currency)
        .field("reference", a.reference)
        .end_object();
    finish(ask(settings, "/top_ups", w.text()), [&](const Json& r) {
      std::cout << "booked " << a.amount << " " << a.currency << " for " << a.user << " " << r.text_or("id") << std::endl;
    });
  });

  auto* verify = cli.add_subcommand("verify", "Check everything stored; exit status 0 only if all holds");
  common(verify);
  verify->callback([&] {
    auto r = ask(settings, "/verify", "{}");
    finish(r, [&](const Json& j) {
      for (auto& f : *j.find("faults")->array())
        std::cout << f.text_or("item") << " (" << f.text_or("where") << "): " << f.text_or("problem") << std::endl;
      std::cout << "checked " << j.integer_at("checked").value_or(0) << " objects, " << j.find("faults")->array()->size() << " faults"
                << std::endl;
    });
    if (r && !r->find("faults")->array()->empty()) status = 1;
  });

  bool dry_run = false, copy = false;
  double grace_hours = 0;
  std::string place;
  auto size = [](const Json& j) { return fmt::format("{:.1f} MiB", static_cast<double>(j.integer_at("bytes").value_or(0)) / (1 << 20)); };

  auto* gc = cli.add_subcommand("gc", "Remove stored bytes that nothing refers to any more");
  common(gc);
  gc->add_flag("--dry-run", dry_run, "count only, remove nothing");
  gc->add_option("--grace", grace_hours,
                 "hours that nothing may have relied on a chunk store; at least the 192 that clients may remember it");
  gc->callback([&] {
    auto body = JsonWriter()
                    .begin_object()
                    .field("dry_run", dry_run)
                    .field("grace_seconds", static_cast<std::int64_t>(grace_hours * 3600))
                    .end_object()
                    .text();
    finish(ask(settings, "/gc", body), [&](const Json& j) {
      auto n = [&](const char* key) { return j.integer_at(key).value_or(0); };
      std::cout << (dry_run ? "would remove " : "removed ") << n("files") << " files nobody holds, " << n("xorbs") << " xorbs, "
                << n("bodies") << " left-over bodies, " << n("packs") << " packs, " << n("prediction_files")
                << " prediction files: " << size(j) << std::endl;
    });
  });

  auto* backup = cli.add_subcommand("backup", "Copy the whole data folder, also while the server runs (SQLite)");
  common(backup);
  backup->add_option("folder", place, "a folder that does not exist yet")->required();
  backup->add_flag("--copy", copy, "copy objects also where hard links are possible");
  backup->callback([&] {
    std::error_code ec;
    std::string target = std::filesystem::absolute(place, ec).lexically_normal().string();
    auto body = JsonWriter().begin_object().field("target", target).field("link", !copy).end_object().text();
    finish(ask(settings, "/backup", body), [&](const Json& j) {
      std::cout << "backed up to " << target << ": " << j.integer_at("objects").value_or(0) << " objects ("
                << j.integer_at("linked").value_or(0) << " as hard links), " << size(j) << std::endl;
    });
  });

  auto* restore = cli.add_subcommand("restore", "Put a backup into a new data folder; check it with verify");
  common(restore);
  restore->add_option("folder", place, "what backup made")->required();
  restore->callback([&] {
    auto done = restore_backup(place, settings.data);
    auto as_json = [](const BackedUp& b) {
      return Json::parse(JsonWriter()
                             .begin_object()
                             .field("objects", static_cast<std::int64_t>(b.objects))
                             .field("bytes", static_cast<std::int64_t>(b.bytes))
                             .end_object()
                             .text());
    };
    finish(done ? as_json(*done) : Result<Json>(Unexpected(done.error())), [&](const Json& j) {
      std::cout << "restored into " << settings.data << ": " << j.integer_at("objects").value_or(0) << " objects, " << size(j) << std::endl;
    });
  });

  CLI11_PARSE(cli, argc, argv);
  return status;
}

}  // namespace kontor::app

int main(int argc, char** argv) { return kontor::app::run(argc, argv); }
