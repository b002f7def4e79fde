#include <gmock/gmock.h>

#include "engine/adapters/crypto/sodium_vault.h"
#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class KeyCommands : public ::testing::Test {
 protected:
  KeyCommands() {
    const auto old = adapters::crypto::SodiumKeys::Create({testing::OldVaultKey()}).value();
    const adapters::crypto::SodiumVault before(old, shell_.house.data_keys);
    EXPECT_TRUE(before.Seal(Secret("x"), ports::SecretContext("acme", "token")).ok());
    old_id_ = old.ids().front();
  }

  testing::CommandHouse shell_;
  std::string old_id_;
};

TEST_F(KeyCommands, ListShowsIdsAndUse) {
  const auto listed = shell_.Run({"keys", "list"});
  EXPECT_EQ(listed.exit_code, kOk) << listed.err;
  EXPECT_THAT(listed.out, AllOf(HasSubstr(old_id_), HasSubstr("wraps what is new"),
                                HasSubstr("new: keys rotate")));
}

TEST_F(KeyCommands, RotateSaysHowManyAndThatTheOldKeyMayGo) {
  const auto rotated = shell_.Run({"keys", "rotate"});
  EXPECT_EQ(rotated.exit_code, kOk) << rotated.err;
  EXPECT_THAT(rotated.out, AllOf(HasSubstr("1 of 1 re-wrapped"),
                                 HasSubstr("nothing needs key " + old_id_ + " any more")));
  EXPECT_THAT(shell_.Run({"keys", "rotate"}).out, HasSubstr("0 of 0 re-wrapped"));
}

TEST_F(KeyCommands, RotateDrawsAtATerminalAndTellsScriptsLineByLine) {
  shell_.width = 100;
  EXPECT_THAT(shell_.Run({"keys", "rotate"}).err, HasSubstr("100 %  1 of 1\n"));
  const auto lines = shell_.Run({"keys", "rotate", "-o", "json"});
  EXPECT_THAT(lines.out, AllOf(HasSubstr("\"finished\":true"), Not(HasSubstr("re-wrapped"))));
}

}  // namespace
}  // namespace sb::app::cli
