// The system calls a runner may not make, as a BPF program for bubblewrap's --seccomp.
#pragma once
#include "base/result.hpp"

namespace kontor::runner_process {
// A file descriptor (memory file, at its beginning) that holds the program; the caller closes it. Errors: unavailable.
Result<int> seccomp_filter();
}  // namespace kontor::runner_process
