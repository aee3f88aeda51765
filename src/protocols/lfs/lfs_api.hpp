// The Git LFS wire. Both "{name}.git" and "{name}", with and without "datasets/" and "spaces/" before them.
#pragma once
#include <string>

#include "content/content.hpp"
#include "content/grant.hpp"
#include "repository/access.hpp"
#include "server/exchange.hpp"

namespace kontor::lfs {

using server::Exchange;
using Answer = Task<Result<http::Response>>;

inline constexpr std::size_t batch_objects = 1000;         // in one batch
inline constexpr std::int64_t action_seconds = 12 * 3600;  // life of an action's address: a queue of large uploads is worked off slowly

// How a client of this repository uploads by Xet instead: the header map of an LFS action.
struct XetOffer {
  std::string refresh_url, token, cas_url;
  std::int64_t expires = 0;
};

class LfsApi {  // any thread
 public:
  struct Services {  // all outlive the api
    content::Content& content;
    repository::Access& access;
    const content::GrantSigner& signer;
    const Clock& wall;
    // Makes a Xet write token for a repository; empty where Xet is not served.
    std::function<XetOffer(const Exchange& x, const repository::Repository& repository)> xet_offer;
  };
  explicit LfsApi(Services s) : s_(std::move(s)) {}
  server::Surface surface();  // the api outlives it

 private:
  Answer batch(Exchange& x, repository::Kind kind);
  Answer verify(Exchange& x, repository::Kind kind);
  Answer upload(Exchange& x);
  Answer download(Exchange& x);
  std::string action_url(const Exchange& x, const repository::Repository& repo, std::string_view purpose, std::string_view oid,
                         std::uint64_t size);

  Services s_;
};

http::Response error_response(const Error& e, const Exchange& x);

}  // namespace kontor::lfs
