#include <filesystem>

#include <gmock/gmock.h>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FindingTheServer, GoesByTheDataDirectory) {
  CommandHouse shell;
  EXPECT_EQ(shell.Run({"account", "list"}).exit_code, kOk);
  shell.variables.clear();
  EXPECT_EQ(shell.Run({"--data-dir", shell.data_dir.path().string(), "account", "list"}).exit_code,
            kOk);
  EXPECT_EQ(shell.Run({"account", "list", "--data-dir", shell.data_dir.path().string()}).exit_code,
            kOk);
}

TEST(FindingTheServer, AsksWhetherItRunsWhenTheDirectoryDoesNotSay) {
  CommandHouse shell;
  std::filesystem::remove(shell.data_dir.path() / "endpoints.json");
  const auto result = shell.Run({"account", "list"});
  EXPECT_EQ(result.exit_code, kUnreachable);
  EXPECT_THAT(result.err, HasSubstr("error: cannot tell where the server is"));
  EXPECT_THAT(result.err, HasSubstr("is `switchboard serve` running with this data directory"));
  EXPECT_THAT(result.err, HasSubstr(shell.data_dir.path().string()));
}

TEST(FindingTheServer, AsksWhetherItRunsWhenThereIsNoKey) {
  CommandHouse shell;
  std::filesystem::remove(shell.data_dir.path() / "admin.key");
  const auto result = shell.Run({"account", "list"});
  EXPECT_EQ(result.exit_code, kUnreachable);
  EXPECT_THAT(result.err, HasSubstr("admin.key"));
}

TEST(FindingTheServer, SaysThatNobodyAnswers) {
  CommandHouse shell;
  shell.house.StopEverything();
  const auto result = shell.Run({"account", "list"});
  EXPECT_EQ(result.exit_code, kUnreachable);
  EXPECT_THAT(result.err, HasSubstr("cannot reach the server at " + shell.house.address()));
}

TEST(FindingTheServer, PrefersWhatIsSaidOnTheCommandLine) {
  CommandHouse shell;
  shell.variables = {{"SWITCHBOARD_ENDPOINT", "127.0.0.1:1"}, {"SWITCHBOARD_API_KEY", "sbk_wrong"}};
  const std::string key_file = shell.File("key", shell.house.AddKey(ports::Role::kViewer) + "\n");
  const auto result = shell.Run(
      {"account", "list", "--endpoint", shell.house.address(), "--api-key-file", key_file});
  EXPECT_EQ(result.exit_code, kOk) << result.err;
}

TEST(FindingTheServer, TakesAddressAndKeyFromTheEnvironment) {
  CommandHouse shell;
  shell.variables = {{"SWITCHBOARD_ENDPOINT", shell.house.address()},
                     {"SWITCHBOARD_API_KEY", shell.house.AddKey(ports::Role::kViewer)}};
  EXPECT_EQ(shell.Run({"account", "list"}).exit_code, kOk);
}

TEST(FindingTheServer, NeverShowsAKeyThatIsRefused) {
  CommandHouse shell;
  shell.variables["SWITCHBOARD_API_KEY"] = "sbk_secret_but_wrong";
  const auto result = shell.Run({"account", "list"});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("code: API_KEY_UNKNOWN"));
  EXPECT_THAT(result.err, HasSubstr("hint: "));
  EXPECT_THAT(result.err + result.out, Not(HasSubstr("secret_but_wrong")));
}

TEST(FindingTheServer, SaysWhichKeyFileCannotBeRead) {
  CommandHouse shell;
  const auto result = shell.Run({"account", "list", "--api-key-file", "/nowhere/key"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/key"));
}

}  // namespace
}  // namespace sb::app::cli
