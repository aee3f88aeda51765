#include "market/idempotency.hpp"

#include "codec/sha256.hpp"

namespace kontor::market {

IdempotentRequest IdempotentRequest::make(std::string_view key, std::string_view caller, std::string_view method, std::string_view path,
                                          std::string_view body) {
  IdempotentRequest r{std::string(key), std::string(caller), {}};
  if (key.empty()) return r;
  std::string text(method);
  text += '\n';
  text += path;
  text += '\n';
  text += body;
  r.request_hash = codec::sha256(text).view();
  return r;
}

Status check_key(std::string_view key, bool required) {
  if (key.empty()) {
    if (required)
      return fail(Errc::malformed, "idempotency_key_required",
                  "Send an Idempotency-Key header (1 to 255 printable characters), so that a repeat has no second effect.");
    return {};
  }
  bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c > 31 && c < 127; });
  if (key.size() > 255 || !printable)
    return fail(Errc::malformed, "malformed", "Idempotency-Key must be 1 to 255 printable ASCII characters.");
  return {};
}

Result<Answer> once(UnitOfWork& unit, IdempotencyStore& store, const IdempotentRequest& request, Time now,
                    const std::function<Result<Answer>(UnitOfWork&)>& work) {
  if (request.key.empty()) return work(unit);
  auto digest = codec::sha256(request.caller + "\n" + request.key);
  std::string_view key = digest.view().substr(0, 16);
  auto found = store.find(unit, key);
  if (!found) {
    if (unit.reads_together()) (void)work(unit);  // for what it looks up
    return Unexpected(found.error());
  }
  auto& known = *found;
  if (known) {
    if (known->request_hash != request.request_hash)
      return fail(Errc::invalid, "idempotency_mismatch", "This Idempotency-Key was used for another request: choose a new key.");
    return Answer{known->status, std::move(known->body), true};
  }
  KT_TRY(Answer answer, work(unit));
  KT_CHECK(store.put(unit, key, {request.request_hash, answer.status, answer.body}, now));
  return answer;
}

}  // namespace kontor::market
