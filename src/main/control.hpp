// The owner's door: what the command line asks of a running server, over control.sock (mode 0600). No credentials: the socket is the right.
#pragma once
#include <functional>
#include <memory>

#include "content/content.hpp"
#include "identity/accounts.hpp"
#include "repository/repositories.hpp"
#include "server/exchange.hpp"

namespace kontor::app {

using FaultReport = std::function<void(std::string item, std::string where, std::string problem)>;

struct ControlServices {
  identity::Accounts& accounts;
  content::Content& content;
  repository::Repositories& repositories;
  Executor& pool;
  // Money's part of the commands; set when the market is there.
  std::function<Task<Result<std::string>>(std::string user, std::string amount, std::string currency, std::string reference)> top_up;
  std::vector<std::function<Result<std::uint64_t>(const FaultReport&)>> more_checks;
  // Clean-up and backup, which exclude each other; JSON of what was done.
  std::function<Task<Result<std::string>>(std::int64_t grace_seconds, bool dry_run)> collect;
  std::function<Task<Result<std::string>>(std::string target, bool link)> backup;
};

std::unique_ptr<server::Surface> make_control(ControlServices& services);

}  // namespace kontor::app
