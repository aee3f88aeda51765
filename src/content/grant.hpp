// Signed permissions that clients bring back: Xet access tokens, addresses of stored bytes, LFS actions. Stateless: what was granted is in
// the text, and a key that all nodes share proves it. A grant says who may try what until when; whether the party still may is asked
// again at every use.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kontor::content {

struct Grant {
  std::string purpose;  // "xet", "data", "lfs_put", "lfs_get": a grant for one is none for another
  std::string repository_id;
  std::string party;  // empty: anonymous
  bool write = false;
  std::string object;        // what it is about, in the purpose's own words; no line ends
  std::int64_t expires = 0;  // Unix seconds, wall clock
};

class GrantSigner {  // any thread
 public:
  // `key`: at least 32 random bytes, kept with the installation's secrets.
  explicit GrantSigner(std::string key);
  // Letters, digits, '-', '_' and '.' only.
  std::string seal(const Grant& grant) const;
  // Errors: unauthenticated ("bad_grant": not one of ours, or for another purpose), forbidden ("grant_expired").
  Result<Grant> open(std::string_view text, std::string_view purpose, Time now) const;

 private:
  std::string key_;
};

}  // namespace kontor::content
