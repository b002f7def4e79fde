#include <gmock/gmock.h>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SecretCommands : public ::testing::Test {
 protected:
  std::string Stored(const std::string& name) {
    const auto found = shell_.house.secrets.Find("acme", name);
    if (!found.ok() || !*found) return "none";
    const auto context = ports::SecretContext("acme", name);
    return shell_.house.vault.Open((*found)->sealed, context).value().Reveal();
  }

  testing::CommandHouse shell_;
};

TEST_F(SecretCommands, SetTakesTheValueFromStandardInputAndNeverShowsIt) {
  const auto set = shell_.Run({"secret", "set", "petstore", "--tenant", "acme"}, "s3cret\n");
  EXPECT_EQ(set.exit_code, kOk) << set.err;
  EXPECT_EQ(Stored("petstore"), "s3cret");
  EXPECT_THAT(set.out + set.err, AllOf(HasSubstr("petstore"), Not(HasSubstr("s3cret"))));
  const auto listed = shell_.Run({"secret", "list", "--tenant", "acme"});
  EXPECT_THAT(listed.out, AllOf(HasSubstr("petstore"), Not(HasSubstr("s3cret"))));
}

TEST_F(SecretCommands, SetTakesNoValueFromTheCommandLine) {
  EXPECT_EQ(shell_.Run({"secret", "set", "petstore", "s3cret", "--tenant", "acme"}).exit_code,
            kUsage);
  const auto empty = shell_.Run({"secret", "set", "petstore", "--tenant", "acme"}, "\n");
  EXPECT_EQ(empty.exit_code, kUsage);
  EXPECT_THAT(empty.err, HasSubstr("no value was given"));
  EXPECT_EQ(Stored("petstore"), "none");
}

TEST_F(SecretCommands, DeleteDeletesAndSaysWhenThereIsNothing) {
  ASSERT_EQ(shell_.Run({"secret", "set", "petstore", "--tenant", "acme"}, "x").exit_code, kOk);
  EXPECT_THAT(shell_.Run({"secret", "delete", "petstore", "--tenant", "acme"}).out,
              HasSubstr("deleted"));
  const auto again = shell_.Run({"secret", "delete", "petstore", "--tenant", "acme"});
  EXPECT_EQ(again.exit_code, kRefused);
  EXPECT_THAT(again.err, HasSubstr("SECRET_NOT_FOUND"));
}

}  // namespace
}  // namespace sb::app::cli
