// Argon2id through libsodium. Slow on purpose: run on a worker pool.
#pragma once
#include <string>
#include <string_view>

namespace kontor::identity {
std::string hash_password(std::string_view password);
bool password_matches(std::string_view hash, std::string_view password);
}  // namespace kontor::identity
