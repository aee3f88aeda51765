// RunnerHost on child processes.
#pragma once
#include <memory>
#include <string>

#include "inference/ports.hpp"

namespace kontor::runner_process {

struct HostOptions {
  std::string python_environment;  // folder of the virtual environment
  std::string runner_folder;       // workers/runner
  std::string run_folder;          // where sockets are made: its own alone, emptied at start and removed at the end
  bool insecure = false;           // run without a sandbox where none works
  std::int64_t address_space_bytes = 4ll << 30;
  int cpu_seconds = 3600;
  int start_timeout_ms = 30'000;
};

class ProcessHost final : public inference::RunnerHost {
 public:
  // `pool`: threads that may block for the length of a call, one per runner that works.
  ProcessHost(HostOptions options, Executor& pool);
  ~ProcessHost() override;
  Task<Result<std::shared_ptr<inference::Runner>>> start(std::string model_folder) override;
  // "sandbox" or "none", with why; found out once at construction.
  const std::string& level() const { return level_; }

 private:
  HostOptions options_;
  Executor& pool_;
  bool sandbox_works_ = false;
  std::string level_, missing_;
};

// Looks for the runner and its environment in the folders above `executable`. Empty strings: not found.
std::pair<std::string, std::string> find_runner(const std::string& executable);

}  // namespace kontor::runner_process
