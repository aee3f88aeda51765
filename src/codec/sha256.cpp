#include "codec/sha256.hpp"

#include <openssl/evp.h>

#include "base/result.hpp"
#include "base/text.hpp"

namespace kontor {
namespace {
// Fetching the algorithm costs more than hashing a short message: once per process, one context per thread.
struct Context {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(ctx); }
};
const EVP_MD* algorithm() {
  static EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}
}  // namespace

Digest sha256(std::initializer_list<std::string_view> pieces) {
  static thread_local Context context;
  Digest out;
  unsigned int n = 0;
  bool ok = EVP_DigestInit_ex2(context.ctx, algorithm(), nullptr) == 1;
  for (std::string_view p : pieces) ok = ok && EVP_DigestUpdate(context.ctx, p.data(), p.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(context.ctx, out.data(), &n) == 1;
  KT_ASSERT(ok && n == out.size());
  return out;
}

Digest digest_of(std::string_view bytes32) {
  KT_ASSERT(bytes32.size() == 32);
  Digest d;
  std::copy(bytes32.begin(), bytes32.end(), reinterpret_cast<char*>(d.data()));
  return d;
}

std::string sha256_hex(std::string_view bytes) { return to_hex(bytes_of(sha256(bytes))); }

}  // namespace kontor
