// Writes that may be repeated: the first final answer is stored in the commit that did the work (marketplace.md 22). Answers that
// changed nothing (errors) are not stored: the work is simply tried again.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/storage.hpp"
#include "market/store.hpp"

namespace kontor::market {

struct Answer {
  int status = 200;
  std::string body;
  bool replayed = false;
};

struct IdempotentRequest {
  std::string key;           // header, 1-255 printable ASCII; empty: none was sent
  std::string caller;        // party id
  std::string request_hash;  // SHA-256 of method, path and body

  static IdempotentRequest make(std::string_view key, std::string_view caller, std::string_view method, std::string_view path,
                                std::string_view body);
};

// Errors: malformed (bad key), invalid ("idempotency_mismatch"), and those of `work`.
Status check_key(std::string_view key, bool required);
Result<Answer> once(UnitOfWork& unit, IdempotencyStore& store, const IdempotentRequest& request, Time now,
                    const std::function<Result<Answer>(UnitOfWork&)>& work);

}  // namespace kontor::market
