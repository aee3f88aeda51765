#include "base/ids.hpp"

#include <sys/random.h>

#include <array>
#include <mutex>

#include "base/random.hpp"

namespace kontor {

namespace {
// Straight from the system.
void fill(std::span<unsigned char> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t n = getrandom(out.data() + done, out.size() - done, 0);
    KT_ASSERT(n > 0 || errno == EINTR);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}
}  // namespace

// Small amounts come from a stock per thread, because a call of the system costs more than what it is asked for. Nothing is given twice.
void random_bytes(std::span<unsigned char> out) {
  static thread_local std::array<unsigned char, 512> stock;
  static thread_local std::size_t left = 0;
  if (out.size() > stock.size() / 4) return fill(out);
  if (out.size() > left) {
    fill(stock);
    left = stock.size();
  }
  unsigned char* from = stock.data() + (stock.size() - left);
  std::copy_n(from, out.size(), out.data());
  std::fill_n(from, out.size(), static_cast<unsigned char>(0));  // keys are made of these: they do not stay here
  left -= out.size();
}
std::string random_bytes(std::size_t n) {
  std::string s(n, '\0');
  random_bytes(std::span(reinterpret_cast<unsigned char*>(s.data()), n));
  return s;
}
std::uint64_t random_u64() {
  std::uint64_t v;
  random_bytes(std::span(reinterpret_cast<unsigned char*>(&v), sizeof v));
  return v;
}

namespace {
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
struct State {
  std::mutex mutex;
  std::uint64_t ms = 0;
  unsigned __int128 random = 0;  // 80 bits
};
}  // namespace

std::string new_id(std::string_view prefix, Time now) {
  static State state;
  std::uint64_t ms = static_cast<std::uint64_t>(now.ms()) & 0xFFFF'FFFF'FFFFull;
  unsigned __int128 value;
  {
    std::lock_guard lock(state.mutex);
    if (ms == state.ms) {
      state.random += 1 + (random_u64() & 0xFFFF'FFFFull);  // stays increasing inside the millisecond
    } else {
      unsigned char bytes[10];
      random_bytes(bytes);
      state.random = 0;
      bytes[0] &= 0x7F;  // head room, so that the increments above cannot leave 80 bits
      for (unsigned char b : bytes) state.random = state.random << 8 | b;
      state.ms = ms;
    }
    value = static_cast<unsigned __int128>(ms) << 80 | (state.random & ((static_cast<unsigned __int128>(1) << 80) - 1));
  }
  std::string out(prefix);
  out.resize(prefix.size() + 26);
  for (int i = 25; i >= 0; --i) {
    out[prefix.size() + static_cast<std::size_t>(i)] = alphabet[static_cast<std::size_t>(value & 31)];
    value >>= 5;
  }
  return out;
}

std::string new_object_id(Time now) {
  unsigned char bytes[12];
  random_bytes(bytes);
  std::uint32_t s = static_cast<std::uint32_t>(now.seconds());
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<unsigned char>(s >> (24 - 8 * i));
  std::string out;
  for (unsigned char b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

bool is_id(std::string_view text, std::string_view prefix) {
  if (text.size() != prefix.size() + 26 || !text.starts_with(prefix)) return false;
  for (char c : text.substr(prefix.size()))
    if (alphabet.find(c) == std::string_view::npos) return false;
  return true;
}

}  // namespace kontor
