// Marks of browsers in which somebody has signed in.
#include "identity/known_devices.hpp"

#include <gtest/gtest.h>

namespace kontor::identity {

TEST(KnownDevices, AMarkIsGoodForItsPartyAndKeyOnly) {
  KnownDevices devices(std::string(32, 'k')), same(std::string(32, 'k')), others(std::string(32, 'o'));
  std::string mark = devices.issue("anna"), second = devices.issue("anna");
  auto device = devices.recognise(mark, "anna");
  ASSERT_TRUE(device);
  EXPECT_EQ(same.recognise(mark, "anna"), device) << "a restart forgets no device";
  EXPECT_NE(devices.recognise(second, "anna"), device);
  EXPECT_FALSE(devices.recognise(mark, "bert"));
  EXPECT_FALSE(others.recognise(mark, "anna"));
}

TEST(KnownDevices, NoMarkCanBeMade) {
  KnownDevices devices(std::string(32, 'k'));
  std::string mark = devices.issue("anna"), second = devices.issue("anna");
  std::string crossed = mark.substr(0, mark.find('.')) + second.substr(second.find('.'));
  for (const std::string& wrong : {std::string(), std::string("."), mark.substr(0, mark.find('.')), mark.substr(0, mark.size() - 1),
                                   mark + "A", crossed, std::string(1000, 'A') + ".A"})
    EXPECT_FALSE(devices.recognise(wrong, "anna")) << wrong;
  // What anna's mark says cannot be read as another name's: "an" + "na\n...".
  EXPECT_FALSE(devices.recognise("na\n" + mark, "an"));
}

}  // namespace kontor::identity
