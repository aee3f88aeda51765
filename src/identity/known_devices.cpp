#include "identity/known_devices.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"

namespace kontor::identity {

std::string KnownDevices::seal(std::string_view device, std::string_view party) const {
  return base64url(codec::hmac_sha256(key_, "kontor device 1\n" + std::string(party) + "\n" + std::string(device)));
}

std::string KnownDevices::issue(std::string_view party) const {
  std::string device = base64url(random_bytes(16));
  return device + "." + seal(device, party);
}

std::optional<std::string> KnownDevices::recognise(std::string_view mark, std::string_view party) const {
  std::size_t dot = mark.find('.');
  if (dot == std::string_view::npos || mark.size() > 200) return std::nullopt;
  std::string_view device = mark.substr(0, dot);
  if (!constant_time_equal(mark.substr(dot + 1), seal(device, party))) return std::nullopt;
  return std::string(device);
}

}  // namespace kontor::identity
