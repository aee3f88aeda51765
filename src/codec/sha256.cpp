#include "codec/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace kontor::codec {
namespace {
const EVP_MD* algorithm() {
  static EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  KT_ASSERT(md);
  return md;
}
}  // namespace

struct Sha256::State {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(ctx); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  KT_ASSERT(state_->ctx && EVP_DigestInit_ex(state_->ctx, algorithm(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
void Sha256::update(std::string_view data) { KT_ASSERT(EVP_DigestUpdate(state_->ctx, data.data(), data.size()) == 1); }
Hash Sha256::finish() {
  Hash h;
  KT_ASSERT(EVP_DigestFinal_ex(state_->ctx, h.bytes.data(), nullptr) == 1);
  return h;
}

Hash sha256(std::string_view data) {
  Hash h;
  KT_ASSERT(EVP_Digest(data.data(), data.size(), h.bytes.data(), nullptr, algorithm(), nullptr) == 1);
  return h;
}
std::string sha256_hex(std::string_view data) { return sha256(data).hex(); }

std::string hmac_sha256(std::string_view key, std::string_view data) {
  unsigned char out[32];
  unsigned length = 0;
  KT_ASSERT(HMAC(algorithm(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()), data.size(),
                 out, &length));
  KT_ASSERT(length == 32);
  return {reinterpret_cast<char*>(out), 32};
}

}  // namespace kontor::codec
