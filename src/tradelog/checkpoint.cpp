#include "tradelog/checkpoint.hpp"

#include <openssl/evp.h>

#include "base/text.hpp"
#include "codec/sha256.hpp"

namespace kontor::tradelog {
namespace {
constexpr std::string_view dash = "\xE2\x80\x94 ";  // em dash and a blank, as signed-note wants

std::string id_of(std::string_view name, std::string_view public_key) {
  std::string data(name);
  data += '\n';
  data += '\x01';
  data += public_key;
  return std::string(codec::sha256(data).view().substr(0, 4));
}

bool verify(std::string_view public_key, std::string_view signature, std::string_view message) {
  EVP_PKEY* key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(public_key.data()), public_key.size());
  if (!key) return false;
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  bool ok = EVP_DigestVerifyInit(ctx, nullptr, nullptr, nullptr, key) == 1 &&
            EVP_DigestVerify(ctx, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                             reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(ctx);
  EVP_PKEY_free(key);
  return ok;
}
Unexpected broken() { return fail(Errc::malformed, "note_malformed", "This is no signed checkpoint."); }
}  // namespace

std::string Checkpoint::body() const { return origin + "\n" + std::to_string(size) + "\n" + base64(root.view()) + "\n"; }

struct Signer::Key {
  EVP_PKEY* key = nullptr;
  ~Key() { EVP_PKEY_free(key); }
};

Signer::Signer(std::string name, std::string_view seed) : name_(std::move(name)), key_(std::make_unique<Key>()) {
  KT_ASSERT(seed.size() == 32);
  key_->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size());
  unsigned char out[32];
  std::size_t n = sizeof out;
  KT_ASSERT(key_->key && EVP_PKEY_get_raw_public_key(key_->key, out, &n) == 1 && n == 32);
  public_.assign(reinterpret_cast<char*>(out), 32);
}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;

std::string Signer::key_id() const { return id_of(name_, public_); }
std::string Signer::verifier_key() const { return name_ + "+" + to_hex(key_id()) + "+" + base64("\x01" + public_); }

std::string Signer::sign(const Checkpoint& c) const {
  std::string body = c.body();
  unsigned char signature[64];
  std::size_t n = sizeof signature;
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  bool ok = EVP_DigestSignInit(ctx, nullptr, nullptr, nullptr, key_->key) == 1 &&
            EVP_DigestSign(ctx, signature, &n, reinterpret_cast<const unsigned char*>(body.data()), body.size()) == 1;
  EVP_MD_CTX_free(ctx);
  KT_ASSERT(ok && n == 64);
  return body + "\n" + std::string(dash) + name_ + " " + base64(key_id() + std::string(reinterpret_cast<char*>(signature), 64)) + "\n";
}

Result<Checkpoint> parse_note(std::string_view note) {
  auto lines = split(note, '\n');
  if (lines.size() < 5 || !lines[3].empty() || lines[0].empty()) return broken();
  auto size = parse_u64(lines[1]);
  auto hash = from_base64(lines[2]);
  if (!size || *size > (std::uint64_t{1} << 62) || !hash || hash->size() != 32 || (lines[1].size() > 1 && lines[1][0] == '0'))
    return broken();
  return Checkpoint{std::string(lines[0]), static_cast<std::int64_t>(*size), Hash::from_bytes(*hash)};
}

Result<Checkpoint> open_note(std::string_view note, std::string_view verifier_key) {
  KT_TRY(Checkpoint c, parse_note(note));
  std::size_t a = verifier_key.find('+');
  std::size_t b = a == std::string_view::npos ? a : verifier_key.find('+', a + 1);
  if (b == std::string_view::npos) return fail(Errc::malformed, "key_malformed", "This is no verifier key.");
  std::string_view name = verifier_key.substr(0, a);
  auto key = from_base64(verifier_key.substr(b + 1));
  if (!key || key->size() != 33 || (*key)[0] != 1) return fail(Errc::malformed, "key_malformed", "This is no Ed25519 verifier key.");
  std::string public_key = key->substr(1), id = id_of(name, public_key);
  if (to_hex(id) != verifier_key.substr(a + 1, b - a - 1))
    return fail(Errc::malformed, "key_malformed", "The verifier key's id does not fit.");
  std::size_t blank = note.find("\n\n");
  std::string_view body = note.substr(0, blank + 1);
  for (std::string_view line : split(note.substr(blank + 2), '\n')) {
    if (!line.starts_with(dash)) continue;
    line.remove_prefix(dash.size());
    std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.substr(0, space) != name) continue;
    auto signature = from_base64(line.substr(space + 1));
    if (!signature || signature->size() != 68 || signature->substr(0, 4) != id) continue;
    if (verify(public_key, std::string_view(*signature).substr(4), body)) return c;
    break;
  }
  return fail(Errc::forbidden, "signature_invalid", "The checkpoint is not signed by this key.");
}

std::string proof_file(std::int64_t index, const std::vector<Hash>& inclusion, std::string_view note) {
  std::string out = "c2sp.org/tlog-proof@v1\nindex " + std::to_string(index) + "\n";
  for (const Hash& h : inclusion) out += base64(h.view()) + "\n";
  out += "\n";
  out += note;
  return out;
}

}  // namespace kontor::tradelog
