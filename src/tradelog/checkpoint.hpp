// Signed notes over size and root of the log (C2SP signed-note and tlog-checkpoint, Ed25519), and the self-contained proof file.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/hash.hpp"

namespace kontor::tradelog {

using codec::Hash;

struct Checkpoint {
  std::string origin;
  std::int64_t size = 0;
  Hash root;
  std::string body() const;  // the three lines that are signed
};

class Signer {  // any thread
 public:
  // `seed`: 32 bytes. `name`: origin and key name in one.
  Signer(std::string name, std::string_view seed);
  ~Signer();
  Signer(Signer&&) noexcept;
  const std::string& name() const { return name_; }
  std::string public_key() const { return public_; }  // 32 bytes
  std::string key_id() const;                         // 4 bytes
  std::string verifier_key() const;                   // name+hexid+base64(0x01 || public key)
  std::string sign(const Checkpoint& c) const;        // the whole note

 private:
  struct Key;
  std::string name_, public_;
  std::unique_ptr<Key> key_;
};

// Errors: malformed, forbidden ("signature_invalid": no line of that key, or a wrong one).
Result<Checkpoint> open_note(std::string_view note, std::string_view verifier_key);
// Without looking at signatures; for notes we wrote ourselves.
Result<Checkpoint> parse_note(std::string_view note);

// c2sp.org/tlog-proof@v1
std::string proof_file(std::int64_t index, const std::vector<Hash>& inclusion, std::string_view note);

}  // namespace kontor::tradelog
