// The whole program put together: adapters, subjects, wires. Used by `serve` and by commands that find no server running.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "main/data_folder.hpp"

namespace kontor::app {

struct Settings {
  std::string listen = "127.0.0.1:8080";  // empty: no public listener (commands)
  std::string data = "kontor-data";
  int threads = 0;         // event loops; 0: one per core
  std::string public_url;  // scheme://host[:port] without a slash at its end; empty: from `listen`
  std::string tls_cert, tls_key;
  BackEnds back_ends;
  std::vector<std::string> allow_addresses;  // private addresses and ranges that webhooks and inputs may use
  std::vector<std::string> trusted_proxies;  // addresses and ranges whose X-Forwarded-For is believed
  std::string web_dir;                       // files of the pages from this folder instead of those built in
  std::string signup;                        // open | invite | closed; empty: what kontor.toml says, else invite
  bool test_clock = false;
  bool insecure_runners = false;
  std::int64_t runner_idle_s = 600;   // after its last call a runner ends
  std::int64_t output_life_s = 3600;  // how long what a model answered with files can be read
  bool log_requests = false;
};

class App {
 public:
  // Opens everything and listens. Errors: conflict, unavailable, with what to do.
  static Result<std::unique_ptr<App>> start(Settings settings);
  virtual ~App() = default;
  virtual const std::string& url() const = 0;
  virtual std::string control_socket() const = 0;
  virtual bool has_operator() = 0;
  // Drains for at most 10 s.
  virtual void stop() = 0;
};

}  // namespace kontor::app
