#include "engine/adapters/system/command_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matchers.h"

namespace sb {
namespace {

using adapters::system::OutputOf;
using testing::FailsWith;
using testing::IsOk;

constexpr Millis kPatience = std::chrono::seconds(20);

TEST(CommandOutput, IsWhatTheCommandWrites) {
  const auto output = OutputOf("printf 'one\\n'; printf two; echo three >&2", kPatience, 100);
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->Reveal(), "one\ntwo");
}

TEST(CommandOutput, CommandsHaveNoInputToWaitFor) {
  EXPECT_EQ(OutputOf("cat; echo end", kPatience, 100)->Reveal(), "end\n");
}

TEST(CommandOutput, IsNotTakenFromACommandThatFails) {
  for (const char* command : {"echo half; exit 3", "echo half; kill -9 $$", "no-such-program"}) {
    EXPECT_THAT(OutputOf(command, kPatience, 100),
                FailsWith(ErrorKind::kUnavailable, "PROCESS_FAILED"))
        << command;
  }
}

TEST(CommandOutput, HasALimit) {
  EXPECT_THAT(OutputOf("printf 12345", kPatience, 5), IsOk());
  EXPECT_THAT(OutputOf("printf 123456", kPatience, 5),
              FailsWith(ErrorKind::kUnavailable, "PROCESS_FAILED"));
  EXPECT_THAT(OutputOf("yes", kPatience, 5), FailsWith(ErrorKind::kUnavailable, "PROCESS_FAILED"));
}

TEST(CommandOutput, HasATimeAfterWhichTheCommandAndItsChildrenAreKilled) {
  EXPECT_THAT(OutputOf("sleep 60", Millis(50), 5),
              FailsWith(ErrorKind::kUnavailable, "PROCESS_TIMED_OUT"));
  EXPECT_THAT(OutputOf("sleep 60 | cat", Millis(50), 5),
              FailsWith(ErrorKind::kUnavailable, "PROCESS_TIMED_OUT"));
  EXPECT_THAT(OutputOf("exec >&-; sleep 60", Millis(50), 5),
              FailsWith(ErrorKind::kUnavailable, "PROCESS_TIMED_OUT"));
}

}  // namespace
}  // namespace sb
