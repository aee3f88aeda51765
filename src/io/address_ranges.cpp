#include "io/address_ranges.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/text.hpp"

namespace kontor::io {
namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr int mapped_bits = 96;  // ::ffff:0:0/96

std::optional<Bytes> parse_numeric(std::string_view text) {
  Bytes out{};
  std::string z(text);
  if (inet_pton(AF_INET6, z.c_str(), out.data()) == 1) return out;
  out = {};
  out[10] = out[11] = 0xFF;
  if (inet_pton(AF_INET, z.c_str(), out.data() + 12) == 1) return out;
  return std::nullopt;
}

bool is_v4(const Bytes& a) {
  static constexpr Bytes prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::memcmp(a.data(), prefix.data(), mapped_bits / 8) == 0;
}

std::string show(const Bytes& a) {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_v4(a))
    inet_ntop(AF_INET, a.data() + 12, text, sizeof text);
  else
    inet_ntop(AF_INET6, a.data(), text, sizeof text);
  return text;
}

void clear_after(Bytes& a, int bits) {
  for (int i = 0; i < 16; ++i) {
    int kept = std::clamp(bits - i * 8, 0, 8);
    auto& byte = a[static_cast<std::size_t>(i)];
    byte = static_cast<std::uint8_t>(byte & (0xFF00u >> kept));
  }
}

// Some proxies write the port as well: 192.0.2.7:5332, [2001:db8::1]:5332.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') == std::string_view::npos ? 0 : text.find(']') - 1);
  std::size_t colon = text.find(':');
  return colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos ? text.substr(0, colon) : text;
}

}  // namespace

Result<AddressRanges> AddressRanges::parse(const std::vector<std::string>& texts) {
  AddressRanges out;
  for (const auto& text : texts) {
    std::size_t slash = text.find('/');
    auto base = parse_numeric(std::string_view(text).substr(0, slash));
    int width = text.find(':') == std::string::npos ? 32 : 128;
    std::optional<std::uint64_t> bits = slash == std::string::npos ? static_cast<std::uint64_t>(width) : parse_u64(text.substr(slash + 1));
    if (!base || !bits || *bits > static_cast<std::uint64_t>(width))
      return fail(Errc::invalid, "bad_address", fmt::format("'{}' is neither an IP address nor a range like 10.0.0.0/8.", text));
    Range range{*base, static_cast<int>(*bits) + (128 - width)};
    clear_after(range.base, range.bits);
    out.ranges_.push_back(range);
  }
  return out;
}

bool AddressRanges::contains(std::string_view numeric) const {
  auto address = parse_numeric(numeric);
  return address && std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
           Bytes masked = *address;
           clear_after(masked, range.bits);
           return masked == range.base;
         });
}

std::string sender(std::string_view peer, const std::vector<std::string_view>& forwarded_for, const AddressRanges& proxies) {
  std::string found(peer);
  if (!proxies.contains(peer)) return found;
  for (auto field = forwarded_for.rbegin(); field != forwarded_for.rend(); ++field) {
    auto hops = split(*field, ',');
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      auto address = parse_numeric(without_port(trim(*hop)));
      if (!address) return found;
      found = show(*address);
      if (!proxies.contains(found)) return found;
    }
  }
  return found;
}

std::string counted_as(std::string_view numeric) {
  auto address = parse_numeric(numeric);
  if (!address) return std::string(numeric);
  if (!is_v4(*address)) clear_after(*address, 64);
  return show(*address);
}

}  // namespace kontor::io
