// Browsers in which somebody has signed in before. Their wrong passwords are counted apart, so that strangers who try a name cannot shut
// its owner out. The mark is a cookie that nobody else can make; it opens nothing by itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kontor::identity {

class KnownDevices {  // any thread
 public:
  // `key`: at least 32 random bytes, kept with the installation's secrets.
  explicit KnownDevices(std::string key) : key_(std::move(key)) {}
  // Letters, digits, '-', '_' and '.' only.
  std::string issue(std::string_view party) const;
  // Which device it is, if this mark was issued for `party`.
  std::optional<std::string> recognise(std::string_view mark, std::string_view party) const;

 private:
  std::string seal(std::string_view device, std::string_view party) const;
  std::string key_;
};

}  // namespace kontor::identity
