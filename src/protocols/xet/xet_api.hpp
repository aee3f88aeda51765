// The Xet wire: CAS, data addresses, token routes.
#pragma once
#include <atomic>
#include <string>

#include "content/content.hpp"
#include "content/grant.hpp"
#include "repository/access.hpp"
#include "server/exchange.hpp"

namespace kontor::xet {

using content::Hash;
using server::Exchange;
using Answer = Task<Result<http::Response>>;

inline constexpr std::int64_t token_seconds = 3600;      // life of an access token
inline constexpr std::int64_t data_seconds = 3600;       // life of a data address
inline constexpr std::uint64_t shard_budget = 96 << 20;  // bytes of shards in memory at once; above: 503, which clients retry

// An access token and where to use it; also handed out by the LFS batch.
struct AccessToken {
  std::string token;
  std::int64_t expires = 0;  // Unix seconds
  std::string cas_url;
};
AccessToken make_token(const content::GrantSigner& signer, std::string_view party, std::string_view repository_id, bool write, Time now,
                       std::string_view public_url);

class XetApi {  // any thread
 public:
  struct Services {  // all outlive the api
    content::Content& content;
    repository::Access& access;
    const content::GrantSigner& signer;
    const Clock& wall;
  };
  explicit XetApi(Services s) : s_(s) {}

  // /cas/... and /v1/telemetry. The api outlives the surface.
  server::Surface cas_surface();
  // /api/{kind}s/{ns}/{name}/xet-{read,write}-token/{rev}, with the Hub's error shape.
  server::Surface token_surface(server::ErrorMapper hub_errors);

 private:
  // Who a bearer token speaks for, the repository opened anew. Errors: unauthenticated, forbidden, payment_required.
  struct Bearer {
    content::Grant grant;
    repository::Repository repository;
    content::Scope scope;
  };
  Task<Result<Bearer>> bearer(Exchange& x, bool write);

  // uploads.cpp
  Answer put_xorb(Exchange& x);
  Answer head_xorb(Exchange& x);
  Answer ask_grant(Exchange& x);
  Answer put_shard(Exchange& x);
  Answer put_shard_streaming(Exchange& x);
  // Room for one shard body, given back when dropped. Errors: unavailable.
  class Room {
   public:
    Room(std::atomic<std::uint64_t>& used, std::uint64_t bytes) : used_(&used, [bytes](auto* u) { u->fetch_sub(bytes); }) {}

   private:
    std::shared_ptr<std::atomic<std::uint64_t>> used_;
  };
  Result<Room> room_for_shard(const Exchange& x);
  // reads.cpp
  Answer reconstruct(Exchange& x, bool v2);
  Answer reconstruct_many(Exchange& x);
  Answer query_chunk(Exchange& x);
  Answer head_file(Exchange& x);
  std::string data_url(const Exchange& x, const Bearer& who, const Hash& xorb, std::span<const content::FetchRange> ranges);
  std::string fetch_info(const Exchange& x, const Bearer& who, const std::map<Hash, std::vector<content::FetchRange>>& fetch);
  // data.cpp
  Answer data(Exchange& x);
  // xet_api.cpp
  Answer give_token(Exchange& x, repository::Kind kind, bool write);

  Services s_;
  std::atomic<std::uint64_t> shard_bytes_{0};
};

// Errors: malformed.
Result<Hash> hash_param(const Exchange& x, std::string_view name);
Status prefix_param(const Exchange& x);  // only "default" and "default-merkledb"
http::Response error_response(const Error& e, const Exchange& x);

}  // namespace kontor::xet
