#include <gmock/gmock.h>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(CommandLine, TeachesEveryCommandWithAnExample) {
  CommandHouse shell;
  const std::vector<std::pair<std::string, std::vector<std::string>>> commands = {
      {"account", {"connect", "list", "get", "check", "disconnect"}},
      {"workflow", {"validate", "deploy", "enable", "disable", "list", "get"}},
      {"run", {"start", "list", "get", "watch", "cancel", "resume"}},
      {"event", {"list", "get"}},
      {"action", {"call"}},
      {"erasure", {"person", "get", "list"}},
      {"sync",
       {"plan", "deploy", "start", "pause", "resume", "delete", "list", "status", "watch", "verify",
        "receipts", "receipt", "windows", "rejects", "skips", "why", "approve-deletes", "schema"}},
      {"connector", {"list", "show", "validate"}}};
  for (const auto& [noun, verbs] : commands) {
    for (const std::string& verb : verbs) {
      const auto help = shell.Run({noun, verb, "--help"});
      EXPECT_EQ(help.exit_code, kOk) << noun << " " << verb;
      EXPECT_THAT(help.out, HasSubstr("Example:\n  switchboard " + noun + " " + verb));
      EXPECT_THAT(help.err, IsEmpty());
    }
  }
}

TEST(CommandLine, ShowsItsNounsAndHowItEnds) {
  CommandHouse shell;
  const auto help = shell.Run({"--help"});
  EXPECT_EQ(help.exit_code, kOk);
  for (const std::string part : {"account", "workflow", "run", "event", "action", "connector",
                                 "Exit status", "--data-dir"}) {
    EXPECT_THAT(help.out, HasSubstr(part));
  }
}

TEST(CommandLine, TellsItsVersion) {
  CommandHouse shell;
  const auto version = shell.Run({"--version"});
  EXPECT_EQ(version.exit_code, kOk);
  EXPECT_THAT(version.out, ::testing::MatchesRegex("switchboard [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLine, PointsToTheHelpOfTheCommandThatWasMisused) {
  CommandHouse shell;
  const std::vector<std::pair<std::vector<std::string>, std::string>> misuses = {
      {{}, "`switchboard --help`"},
      {{"acount"}, "`switchboard --help`"},
      {{"account"}, "`switchboard account --help`"},
      {{"account", "get"}, "`switchboard account get --help`"},
      {{"account", "list", "--limit", "0"}, "`switchboard account list --help`"},
      {{"account", "list", "-o", "xml"}, "`switchboard account list --help`"},
      {{"run", "start", "acme/note"}, "`switchboard run start --help`"}};
  for (const auto& [arguments, hint] : misuses) {
    const auto result = shell.Run(arguments);
    EXPECT_EQ(result.exit_code, kUsage);
    EXPECT_THAT(result.err, HasSubstr("error: "));
    EXPECT_THAT(result.err, HasSubstr(hint));
    EXPECT_THAT(result.out, IsEmpty());
  }
}

TEST(CommandLine, ShowsConnectorsAndTheirActions) {
  CommandHouse shell;
  EXPECT_THAT(shell.Run({"connector", "list"}).out, HasSubstr("aircall"));
  EXPECT_THAT(shell.Run({"connector", "show", "aircall"}).out,
              HasSubstr("aircall.contacts.search"));
  const auto action = shell.Run({"connector", "show", "aircall.contacts.search"});
  EXPECT_THAT(action.out, HasSubstr("input:"));
  EXPECT_THAT(action.out, HasSubstr("phone_number"));
  const auto unknown = shell.Run({"connector", "show", "aircall.contacts.serch"});
  EXPECT_EQ(unknown.exit_code, kRefused);
  EXPECT_THAT(unknown.err, HasSubstr("ACTION_UNKNOWN"));
}

TEST(CommandLine, ListsEventsAndShowsWhatTheySay) {
  CommandHouse shell;
  const auto event = shell.house.AddEvent(shell.house.AddAccount("acme"));
  shell.house.clock.Advance(std::chrono::minutes(5));
  const auto list = shell.Run({"event", "list"});
  EXPECT_THAT(list.out, HasSubstr(ToText(event)));
  EXPECT_THAT(list.out, HasSubstr("ago"));
  EXPECT_THAT(shell.Run({"event", "get", ToText(event)}).out, HasSubstr("id: 4190000017"));
  EXPECT_EQ(shell.Run({"event", "get", ToText(event), "-o", "json"}).json()["data"]["id"],
            4190000017);
}

TEST(CommandLine, FitsTablesIntoTheTerminalAndPaintsOnlyThere) {
  CommandHouse shell;
  shell.house.AddAccount(
      "acme", "The Very Long Name Of A Company That Makes Instruments And Sells Them Abroad");
  EXPECT_THAT(shell.Run({"account", "list"}).out, HasSubstr("Sells Them Abroad"));
  shell.width = 80;
  shell.colours = true;
  const auto result = shell.Run({"account", "list"});
  EXPECT_THAT(result.out, Not(HasSubstr("Sells Them Abroad")));
  EXPECT_THAT(result.out, HasSubstr("\x1b[32mACTIVE\x1b[0m"));
}

}  // namespace
}  // namespace sb::app::cli
