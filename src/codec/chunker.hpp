// Content-defined chunking: cuts a byte stream where a rolling gear hash of the last 64 bytes has 16 zero top bits.
// Sizes in bytes: every chunk but the last has 8192..131072.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace kontor::codec {

inline constexpr std::size_t min_chunk = 8192;
inline constexpr std::size_t max_chunk = 131072;

// Length of the first chunk of `data`, or 0 if `data` ends before a boundary (then it is a chunk only at the end of the stream).
// The first `scanned` bytes are known to hold no boundary.
std::size_t next_boundary(std::string_view data, std::size_t scanned = 0);

// The same over a stream that arrives in pieces; holds back at most one chunk.
class Chunker {
 public:
  using Emit = std::function<void(std::string_view chunk)>;  // valid during the call
  void feed(std::string_view data, const Emit& emit);
  void finish(const Emit& emit);  // the rest, if any

 private:
  std::string held_;
};

}  // namespace kontor::codec
