// Sets of network addresses: "10.0.0.0/8", "::1", "192.0.2.7". An IPv4 address inside IPv6 (::ffff:a.b.c.d) is the IPv4 address.
// Immutable after parse: any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kontor::io {

class AddressRanges {
 public:
  AddressRanges() = default;
  // Errors: invalid ("bad_address"), naming the text that is no address and no range.
  static Result<AddressRanges> parse(const std::vector<std::string>& texts);
  bool empty() const { return ranges_.empty(); }
  bool contains(std::string_view numeric) const;  // false for text that is no address

 private:
  struct Range {
    std::array<std::uint8_t, 16> base;
    int bits;
  };
  std::vector<Range> ranges_;
};

// Who sent a request that came from `peer` (numeric): the peer itself or, where the peer is a trusted proxy, the last address in
// `forwarded_for` (X-Forwarded-For, all its fields in order) that is not one. What stands before it anybody can write.
std::string sender(std::string_view peer, const std::vector<std::string_view>& forwarded_for, const AddressRanges& proxies);

// What stands for one caller when callers are counted: an IPv4 address, or the /64 of an IPv6 address, of which each caller has all.
std::string counted_as(std::string_view numeric);

}  // namespace kontor::io
