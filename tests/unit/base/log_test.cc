#include "engine/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace sb {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;

/// What `write` sends to standard error, line by line.
template <typename Write>
std::vector<Json> LinesOf(Write write) {
  ::testing::internal::CaptureStderr();
  write();
  std::istringstream text(::testing::internal::GetCapturedStderr());
  std::vector<Json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(*ParseJson(line));
  return lines;
}

TEST(Log, WritesOneJsonLineWithItsFields) {
  const auto lines = LinesOf([] {
    Log::Info("test.happened",
              {{"text", "a \"quoted\" \xff"}, {"count", 7}, {"ratio", 0.5}, {"yes", true}});
  });
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(lines[0]["event"], "test.happened");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["text"], "a \"quoted\" \xEF\xBF\xBD");
  EXPECT_EQ(lines[0]["count"], 7);
  EXPECT_EQ(lines[0]["ratio"], 0.5);
  EXPECT_EQ(lines[0]["yes"], true);
  EXPECT_TRUE(lines[0].contains("time"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const auto lines = LinesOf([] {
    Log::SetLevel(LogLevel::kWarn);
    Log::Debug("test.quiet");
    Log::Info("test.quiet");
    Log::Warn("test.loud");
    Log::Error("test.louder");
    Log::SetLevel(LogLevel::kOff);
    Log::Error("test.silent");
    Log::SetLevel(LogLevel::kInfo);
  });
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0]["event"], "test.loud");
  EXPECT_EQ(lines[1]["level"], "error");
}

TEST(Log, ThinsRepeatsAndSaysHowOften) {
  const auto lines = LinesOf([] {
    for (int i = 0; i < 1000; ++i) Log::Info("test.repeated");
  });
  EXPECT_THAT(lines.size(), Lt(150))
      << "at most two minutes' worth, should the minute turn meanwhile";
  EXPECT_TRUE(lines.back().contains("repeats_this_minute") || lines.size() > 70);
}

TEST(LogLevel, ReadsItsNames) {
  EXPECT_EQ(*ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(*ParseLogLevel("info"), LogLevel::kInfo);
  EXPECT_EQ(*ParseLogLevel("warn"), LogLevel::kWarn);
  EXPECT_EQ(*ParseLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(*ParseLogLevel("off"), LogLevel::kOff);
  const auto wrong = ParseLogLevel("loud");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, "CONFIG_LOG_LEVEL");
  EXPECT_THAT(wrong.error().message, HasSubstr("debug, info, warn, error or off"));
}

}  // namespace
}  // namespace sb
