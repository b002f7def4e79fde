#include <gmock/gmock.h>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kPerson = {"erasure", "person",  "--tenant",
                                          "acme",    "--phone", "+33 6 12 34 56 78"};

std::vector<std::string> With(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(ErasureCommands, APersonIsErasedAfterAYes) {
  CommandHouse shell;
  shell.house.AddAccount("acme");
  const auto result = shell.Run(kPerson, "y\n");
  EXPECT_EQ(result.exit_code, kOk) << result.err;
  EXPECT_THAT(result.err, HasSubstr("erase this person? It cannot be undone. [y/N]"));
  EXPECT_THAT(result.out, AllOf(HasSubstr("a person"), HasSubstr("DONE")));
  EXPECT_THAT(shell.Run({"erasure", "list"}).out, HasSubstr("a person"));
}

TEST(ErasureCommands, NothingIsErasedWithoutAYes) {
  CommandHouse shell;
  const auto result = shell.Run(kPerson, "n\n");
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("nothing was done"));
  EXPECT_THAT(shell.house.erasure_store.List("", {})->items, IsEmpty());
  EXPECT_EQ(shell.Run(With(kPerson, {"-o", "json"})).exit_code, kUsage);
}

TEST(ErasureCommands, ADryRunAsksNothing) {
  CommandHouse shell;
  const auto result = shell.Run(With(kPerson, {"--dry-run", "-o", "json"}));
  EXPECT_EQ(result.exit_code, kOk) << result.err;
  EXPECT_EQ(result.json()["validate_only"], true);
}

TEST(ErasureCommands, ErasingAnAccountAsksFirst) {
  CommandHouse shell;
  const std::string id = ToText(shell.house.AddAccount("acme"));
  EXPECT_EQ(shell.Run({"account", "disconnect", id, "--erase"}, "n\n").exit_code, kRefused);
  EXPECT_THAT(shell.Run({"account", "get", id}).out, HasSubstr("ACTIVE"));
  const auto erased = shell.Run({"account", "disconnect", id, "--erase", "--yes"});
  EXPECT_EQ(erased.exit_code, kOk) << erased.err;
  EXPECT_THAT(erased.out, AllOf(HasSubstr("an account"), HasSubstr("DONE")));
  EXPECT_THAT(shell.Run({"account", "get", id}).out, HasSubstr("DISCONNECTED"));
}

}  // namespace
}  // namespace sb::app::cli
