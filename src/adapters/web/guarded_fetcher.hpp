// inference::Fetcher on io::WebClient.
#pragma once
#include <fmt/format.h>

#include "inference/ports.hpp"
#include "io/web_client.hpp"

namespace kontor::web {

class GuardedFetcher final : public inference::Fetcher {
 public:
  GuardedFetcher(io::WebClient client, Executor& pool) : client_(std::move(client)), pool_(pool) {}
  Task<Result<std::string>> get(std::string url, std::size_t limit) override {
    io::WebRequest q;
    q.url = std::move(url);
    q.max_body = limit;
    auto* self = this;
    auto work = [=] { return self->client_.call(q); };
    KT_CO_TRY(io::WebAnswer a, co_await run_on(pool_, work));
    if (a.status != 200) co_return fail(Errc::invalid, "fetch_failed", fmt::format("The address answered with status {}.", a.status));
    co_return std::move(a.body);
  }
  Task<Result<int>> post(std::string url, std::string body, std::vector<std::pair<std::string, std::string>> headers,
                         int timeout_ms) override {
    io::WebRequest q;
    q.method = "POST";
    q.url = std::move(url);
    q.body = std::move(body);
    q.headers = std::move(headers);
    q.timeout_ms = timeout_ms;
    q.max_body = 64 * 1024;
    auto* self = this;
    auto work = [=] { return self->client_.call(q); };
    KT_CO_TRY(io::WebAnswer a, co_await run_on(pool_, work));
    co_return a.status;
  }
  std::optional<std::string> refuses(const std::string& url) override { return client_.refuses(url); }

 private:
  io::WebClient client_;
  Executor& pool_;
};

}  // namespace kontor::web
