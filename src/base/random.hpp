// Random bytes from the kernel; never seeded, never predictable. Tests that need repeatable randomness carry their own generator.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace kontor {
void random_bytes(std::span<unsigned char> out);
std::string random_bytes(std::size_t n);
std::uint64_t random_u64();
}  // namespace kontor
