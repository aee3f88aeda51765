// Telling callers: signed POSTs to the address that a prediction named, tried again for a while.
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "inference/inference.hpp"

namespace kontor::inference {

namespace {
Task<void> deliver(Inference* inference, Fetcher& fetcher, Timers& timers, const Clock& wall, std::string url, std::string party,
                   std::string body, bool final) {
  auto secret = co_await inference->webhook_secret(party);
  if (!secret) co_return;
  std::string key = from_base64(std::string_view(*secret).substr(6)).value_or("");
  std::string id = new_id("msg_", wall.now());
  std::int64_t pause_ms = 1000;
  for (int attempt = 0; attempt < (final ? 8 : 1); ++attempt, pause_ms *= 2) {
    std::string at = std::to_string(wall.now().seconds());
    std::string signature = "v1," + base64(codec::hmac_sha256(key, id + "." + at + "." + body));
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", "application/json"}, {"webhook-id", id}, {"webhook-timestamp", at}, {"webhook-signature", signature}};
    auto status = co_await fetcher.post(url, body, headers, 10'000);
    if (status && *status >= 200 && *status < 300) co_return;
    if (!status && status.error().code == "fetch_refused") co_return;
    // In small steps: the program's end does not wait for the next attempt, which would be the next program's.
    for (std::int64_t left = pause_ms; left > 0; left -= 250) {
      if (inference->stopping()) co_return;
      std::int64_t step = std::min<std::int64_t>(left, 250);
      Callback<int>::Start pause = [&timers, step](std::function<void(int)> done) { timers.after(step, [done] { done(0); }); };
      (void)co_await Callback<int>(std::move(pause));
    }
  }
}
}  // namespace

Task<void> Inference::notify(Prediction p, std::string event) {
  if (p.webhook.empty() || !render_) co_return;
  if (!p.webhook_events.empty() && std::find(p.webhook_events.begin(), p.webhook_events.end(), event) == p.webhook_events.end()) co_return;
  start_detached(deliver(this, s_.fetcher, s_.timers, s_.wall, p.webhook, p.caller, render_(p), event == "completed"));
}

Task<Result<std::string>> Inference::webhook_secret(std::string party) {
  // Standard base64 without '+' and '/' keeps every client's parsing happy.
  std::string fresh;
  do fresh = base64(random_bytes(24));
  while (fresh.find_first_of("+/") != std::string::npos);
  fresh = "whsec_" + fresh;
  auto* self = this;
  auto body = [=](UnitOfWork& u) { return self->s_.store.webhook_secret(u, party, fresh); };
  co_return co_await s_.storage.write(body);
}

}  // namespace kontor::inference
