// Port of the gate: turns what a request presents into a Caller.
#pragma once
#include <optional>
#include <string>

#include "base/task.hpp"
#include "identity/caller.hpp"

namespace kontor::identity {

class Authenticator {  // any thread
 public:
  virtual ~Authenticator() = default;
  // Errors: unauthenticated (unknown, expired), unavailable.
  virtual Task<Result<Caller>> by_token(std::string token) = 0;
  // `csrf`: value of the header on a request that changes something; nullopt on safe methods. Errors: as above; forbidden ("csrf").
  virtual Task<Result<Caller>> by_session(std::string cookie, std::optional<std::string> csrf) = 0;
};

}  // namespace kontor::identity
