#include "engine/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/matchers.h"

namespace sb::app {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(Configuration, KeepsThingsForDaysOrForever) {
  EXPECT_EQ(ParseRetention("30d").value(), std::chrono::days(30));
  EXPECT_EQ(ParseRetention("1d").value(), std::chrono::days(1));
  EXPECT_EQ(ParseRetention("forever").value(), std::nullopt);
  EXPECT_EQ(ParseRetention(ServeConfig().retain).value(), std::chrono::days(30));
}

TEST(Configuration, SaysHowLongThingsCanBeKept) {
  for (const char* text : {"", "30", "0d", "-1d", "30 d", "4w", "12345d", "for ever"}) {
    const auto retain = ParseRetention(text);
    ASSERT_THAT(retain, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << text;
    EXPECT_THAT(retain.error().message, HasSubstr("--retain is '" + std::string(text) + "'"));
  }
}

TEST(Configuration, IsCheckedAsAWhole) {
  ServeConfig config;
  config.data_dir = "/tmp";
  EXPECT_THAT(Validate(config), IsOk());
  config.retain = "soon";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

}  // namespace
}  // namespace sb::app
