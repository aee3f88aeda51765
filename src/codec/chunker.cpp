#include "codec/chunker.hpp"

#include <algorithm>
#include <cstring>

#include "codec/gear_table.hpp"

namespace kontor::codec {
namespace {

constexpr std::uint64_t mask = 0xFFFF000000000000;
constexpr std::size_t window = 64;  // a byte's influence has left the word after this many steps

// First position p in [from, end) whose hash has the mask's bits zero, plus one; 0 if there is none. `from` >= window.
std::size_t scan(const unsigned char* d, std::size_t from, std::size_t end) {
  std::uint64_t h = 0;
  for (std::size_t i = from - window; i < from; ++i) h = (h << 1) + gear_table[d[i]];
  for (std::size_t i = from; i < end; ++i) {
    h = (h << 1) + gear_table[d[i]];
    if ((h & mask) == 0) return i + 1;
  }
  return 0;
}

// The same for a block of four equal lanes at once: the hash at a position depends on the 64 bytes up to it only, so the lanes are
// independent, and four dependency chains run in the time of one. The answer is the first hit of the first lane that has one.
constexpr std::size_t lane = 2048;

std::size_t scan4(const unsigned char* d, std::size_t from) {
  std::uint64_t h[4] = {0, 0, 0, 0};
  const unsigned char* p[4];
  for (int k = 0; k < 4; ++k) {
    p[k] = d + from + k * lane;
    for (std::size_t i = 0; i < window; ++i)
      h[k] = (h[k] << 1) + gear_table[p[k][static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(window)]];
  }
  std::size_t hit[4] = {lane, lane, lane, lane};
  std::uint64_t h0 = h[0], h1 = h[1], h2 = h[2], h3 = h[3];
  for (std::size_t i = 0; i < lane; ++i) {
    h0 = (h0 << 1) + gear_table[p[0][i]];
    h1 = (h1 << 1) + gear_table[p[1][i]];
    h2 = (h2 << 1) + gear_table[p[2][i]];
    h3 = (h3 << 1) + gear_table[p[3][i]];
    if (((h0 & mask) == 0) | ((h1 & mask) == 0) | ((h2 & mask) == 0) | ((h3 & mask) == 0)) [[unlikely]] {
      if ((h0 & mask) == 0) return from + i + 1;  // nothing before this in lane 0
      if ((h1 & mask) == 0) hit[1] = std::min(hit[1], i);
      if ((h2 & mask) == 0) hit[2] = std::min(hit[2], i);
      if ((h3 & mask) == 0) hit[3] = std::min(hit[3], i);
    }
  }
  for (int k = 1; k < 4; ++k)
    if (hit[k] < lane) return from + k * lane + hit[k] + 1;
  return 0;
}

}  // namespace

std::size_t next_boundary(std::string_view data, std::size_t scanned) {
  if (data.size() < min_chunk) return 0;
  auto* d = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t end = std::min(data.size(), max_chunk);
  std::size_t at = std::max(min_chunk - 1, scanned);  // a boundary after the byte at index 8191 is the first allowed
  while (at + 4 * lane <= end) {
    if (std::size_t b = scan4(d, at)) return b;
    at += 4 * lane;
  }
  if (at < end)
    if (std::size_t b = scan(d, at, end)) return b;
  return data.size() >= max_chunk ? max_chunk : 0;
}

void Chunker::feed(std::string_view data, const Emit& emit) {
  if (!held_.empty()) {
    // Complete the chunk that is held back; of the held bytes none is a boundary.
    std::size_t old = held_.size();
    held_.append(data.substr(0, max_chunk - old));
    std::size_t b = next_boundary(held_, old);
    if (b == 0) return;  // then all of data was appended: with max_chunk bytes there is always a boundary
    emit(std::string_view(held_).substr(0, b));
    data.remove_prefix(b - old);
    held_.clear();
  }
  while (!data.empty()) {
    std::size_t b = next_boundary(data);
    if (b == 0) break;
    emit(data.substr(0, b));
    data.remove_prefix(b);
  }
  held_.append(data);
}

void Chunker::finish(const Emit& emit) {
  if (!held_.empty()) emit(held_);
  held_.clear();
}

}  // namespace kontor::codec
