// SHA-256 and HMAC-SHA-256 (OpenSSL, the algorithm fetched once per process).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "codec/hash.hpp"

namespace kontor::codec {

class Sha256 {  // incremental; one thread at a time
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view data);
  Hash finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash sha256(std::string_view data);
std::string sha256_hex(std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes

}  // namespace kontor::codec
