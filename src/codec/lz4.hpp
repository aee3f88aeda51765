// The compression schemes of chunks: none, one LZ4 frame, or bytes regrouped by four and then one LZ4 frame.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kontor::codec {

enum class Scheme : unsigned char { none = 0, lz4 = 1, bg4_lz4 = 2 };

// One frame, readable by every decoder: no block checksums, no dictionary.
std::string lz4_compress(std::string_view raw);
// Exactly one frame that yields exactly out.size() bytes and ends where `frame` ends. Errors: malformed.
Status lz4_decompress(std::string_view frame, std::span<char> out);

// Group k holds the bytes whose index is k modulo 4; groups follow each other.
void group_by_4(std::string_view raw, std::span<char> out);
void ungroup_by_4(std::string_view grouped, std::span<char> out);

// Errors: malformed. `payload` as stored, out.size() = uncompressed length.
Status decompress(Scheme scheme, std::string_view payload, std::span<char> out);

}  // namespace kontor::codec
