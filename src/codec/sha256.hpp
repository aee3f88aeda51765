// SHA-256 of a few pieces of text in one go: derived ids, trade-log leaves, content hashes of small things.
#pragma once
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace kontor {

using Digest = std::array<unsigned char, 32>;

// Hash of the concatenation.
Digest sha256(std::initializer_list<std::string_view> pieces);
inline Digest sha256(std::string_view bytes) { return sha256({bytes}); }
inline std::string_view bytes_of(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }
Digest digest_of(std::string_view bytes32);  // must be 32 bytes
std::string sha256_hex(std::string_view bytes);

}  // namespace kontor
