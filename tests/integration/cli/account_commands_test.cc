#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(AccountCommands, ConnectPrintsALinkForPeople) {
  CommandHouse shell;
  const auto result = shell.Run({"account", "connect", "--tenant", "acme"});
  EXPECT_EQ(result.exit_code, kOk);
  EXPECT_THAT(result.out, HasSubstr("http://switchboard.test/connect/"));
}

TEST(AccountCommands, ConnectPrintsALinkForScripts) {
  CommandHouse shell;
  const auto json = shell.Run({"account", "connect", "--tenant", "acme", "-o", "json"}).json();
  EXPECT_THAT(json["url"].get<std::string>(), StartsWith("http://switchboard.test/connect/"));
  EXPECT_THAT(json["session"].get<std::string>(), StartsWith("con_"));
  EXPECT_EQ(json["expire_time"], "2026-06-01T09:30:00.000Z");
  EXPECT_EQ(json.size(), 3U);
}

TEST(AccountCommands, HistoryTellsHowAnAccountCameToItsState) {
  CommandHouse shell;
  const auto account = shell.house.AddAccount("acme", "Lumen Tools");
  ASSERT_TRUE(
      shell.house.book->Note(account, {accounts::Cause::kGrantTakenBack, "they left"}).ok());
  const auto shown = shell.Run({"account", "history", ToText(account)});
  EXPECT_EQ(shown.exit_code, kOk);
  EXPECT_THAT(shown.out, AllOf(HasSubstr("REVOKED"), HasSubstr("GRANT_TAKEN_BACK"),
                               HasSubstr("customer"), HasSubstr("they left")));
  const auto json = shell.Run({"account", "history", ToText(account), "-o", "json"}).json();
  EXPECT_EQ(json["changes"][0]["to"], "STATE_REVOKED");
}

TEST(AccountCommands, GapsTellWhatWasMissedAndRecovered) {
  CommandHouse shell;
  ports::Gap gap;
  gap.account = shell.house.AddAccount("acme", "Lumen Tools");
  EXPECT_EQ(shell.Run({"account", "gaps", ToText(gap.account)}).out, "no gaps\n");
  gap.slot = shell.house.accounts.Get(gap.account)->slot;
  gap.found_at = gap.from = shell.house.clock.Now();
  gap.id = shell.house.ids.Next<ports::GapTag>(gap.found_at);
  gap.reason = ports::GapReason::kSilent;
  ASSERT_TRUE(shell.house.gaps.Open(gap).value());
  gap.state = ports::GapState::kClosed;
  gap.to = gap.closed_at = gap.found_at;
  gap.recovered = 37;
  ASSERT_TRUE(shell.house.gaps.Save(gap).ok());
  const auto shown = shell.Run({"account", "gaps", ToText(gap.account)});
  EXPECT_EQ(shown.exit_code, kOk);
  EXPECT_THAT(shown.out, AllOf(HasSubstr(ToText(gap.id)), HasSubstr("SILENT"), HasSubstr("CLOSED"),
                               HasSubstr("37")));
  const auto json = shell.Run({"account", "gaps", ToText(gap.account), "-o", "json"}).json();
  EXPECT_EQ(json["gaps"][0]["recovered_count"], "37");
}

/// The session whose link was printed: "session": "con_..."
SessionId SessionIn(const std::string& printed) {
  const std::string key = "\"session\": \"";
  const auto begin = printed.find(key) + key.size();
  return ParseSessionId(printed.substr(begin, printed.find('"', begin) - begin)).value();
}

TEST(AccountCommands, ConnectWaitsForTheBrowserAndShowsTheAccount) {
  CommandHouse shell;
  const auto account = shell.house.AddAccount("acme", "Lumen Tools");
  int pauses = 0;
  shell.on_pause = [&](const std::string& printed) {
    if (++pauses == 3) {
      EXPECT_TRUE(shell.house.sessions.Finish(SessionIn(printed), account, "").ok());
    }
  };
  const auto result = shell.Run({"account", "connect", "--tenant", "acme", "--wait", "-o", "json"});
  EXPECT_EQ(result.exit_code, kOk);
  EXPECT_THAT(result.out, HasSubstr("Lumen Tools"));
  EXPECT_EQ(pauses, 3);
}

TEST(AccountCommands, ConnectSaysWhyTheBrowserCameBackWithNothing) {
  CommandHouse shell;
  shell.on_pause = [&](const std::string& printed) {
    EXPECT_TRUE(
        shell.house.sessions.Finish(SessionIn(printed), AccountId(), "you said no at Aircall")
            .ok());
  };
  const auto result = shell.Run({"account", "connect", "--tenant", "acme", "--wait", "-o", "json"});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("you said no at Aircall"));
}

TEST(AccountCommands, ConnectStopsWaitingWhenTheLinkHasExpired) {
  CommandHouse shell;
  shell.on_pause = [&](const std::string&) { shell.house.clock.Advance(std::chrono::minutes(10)); };
  const auto result = shell.Run({"account", "connect", "--tenant", "acme", "--wait"});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("SESSION_EXPIRED"));
}

TEST(AccountCommands, ConnectTakesTheSecretFromStandardInputOnly) {
  CommandHouse shell;
  std::vector<std::string> sent;
  shell.house.http.SetWorld(
      [&sent](const ports::HttpRequest& request) -> Result<ports::HttpResponse> {
        for (const auto& [name, value] : request.headers) sent.push_back(value);
        ports::HttpResponse response;
        response.status = 403;
        return response;
      });
  const auto result =
      shell.Run({"account", "connect", "--api-id", "my-id", "--api-token-stdin"}, "my-token\n");
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, AllOf(HasSubstr("CREDENTIAL_REFUSED"), Not(HasSubstr("my-token"))));
  // "my-id:my-token" in base 64: what was read is what was sent, without the line's end.
  EXPECT_THAT(sent, ::testing::Contains(HasSubstr("bXktaWQ6bXktdG9rZW4=")));
}

TEST(AccountCommands, ConnectTakesTheKeyOfAnyConnectorByItsFields) {
  CommandHouse shell;
  const auto connect = [&shell](const std::string& key) {
    return shell.Run({"account", "connect", "--credential", "-"}, key);
  };
  const auto refused = connect(R"({"api_id": "my-id", "api_token": ""})");
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.err, HasSubstr("CREDENTIAL_FIELD_MISSING"));
  for (const char* wrong : {"my-token", "[]", "{}", R"({"api_id": 7})"}) {
    const auto misused = connect(wrong);
    EXPECT_EQ(misused.exit_code, kUsage) << wrong;
    EXPECT_THAT(misused.err, AllOf(HasSubstr("JSON object"), Not(HasSubstr("my-token"))));
  }
}

TEST(AccountCommands, ConnectTellsWhyASecretIsNotTakenFromTheCommandLine) {
  CommandHouse shell;
  const auto result = shell.Run({"account", "connect", "--api-id", "my-id"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("not on the command line"));
  EXPECT_EQ(shell.Run({"account", "connect", "--api-token-stdin"}, "x").exit_code, kUsage);
}

TEST(AccountCommands, ListShowsAccountsAndHowLongTheyHaveBeenThere) {
  CommandHouse shell;
  EXPECT_THAT(shell.Run({"account", "list"}).out, HasSubstr("switchboard account connect"));
  const auto id = shell.house.AddAccount("acme", "Lumen Tools");
  shell.house.clock.Advance(std::chrono::hours(72));
  EXPECT_THAT(shell.Run({"account", "list"}).out,
              AllOf(HasSubstr(ToText(id)), HasSubstr("Lumen Tools"), HasSubstr("ACTIVE"),
                    HasSubstr("3 days ago")));
}

TEST(AccountCommands, ListGoesOnWhereItEnded) {
  CommandHouse shell;
  for (int i = 0; i < 3; ++i) shell.house.AddAccount("acme");
  const auto first = shell.Run({"account", "list", "--limit", "2", "-o", "json"}).json();
  EXPECT_EQ(first["accounts"].size(), 2U);
  const auto rest =
      shell.Run({"account", "list", "--page-token", first["next_page_token"], "-o", "json"}).json();
  EXPECT_EQ(rest["accounts"].size(), 1U);
  EXPECT_EQ(rest["next_page_token"], "");
  EXPECT_THAT(shell.Run({"account", "list", "--limit", "2"}).err, HasSubstr("--page-token"));
}

TEST(AccountCommands, GetShowsOneAccountInEveryFormat) {
  CommandHouse shell;
  const std::string id = ToText(shell.house.AddAccount("acme", "Lumen Tools"));
  EXPECT_THAT(shell.Run({"account", "get", id}).out,
              AllOf(HasSubstr("company"), HasSubstr("Lumen Tools")));
  const auto json = shell.Run({"account", "get", id, "-o", "json"}).json();
  EXPECT_EQ(json["id"], id);
  EXPECT_EQ(json["state"], "STATE_ACTIVE");
  EXPECT_THAT(shell.Run({"account", "get", id, "-o", "yaml"}).out,
              HasSubstr("state: STATE_ACTIVE"));
}

TEST(AccountCommands, GetSaysThatAnAccountDoesNotExistAndWhatToDo) {
  CommandHouse shell;
  const auto result = shell.Run({"account", "get", ToText(AccountId(1))});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err,
              AllOf(StartsWith("error: there is no account"), HasSubstr("code: ACCOUNT_NOT_FOUND"),
                    HasSubstr("hint: `switchboard account list`")));
  EXPECT_EQ(result.out, "");
}

TEST(AccountCommands, CheckEndsWithOneWhenTheAccountDoesNotWork) {
  CommandHouse shell;
  const std::string id = ToText(shell.house.AddAccount("acme"));
  shell.house.performer.Play(
      [](const ports::ActionCall&, const ports::ActionPerformer::Done& done) {
        done(Unauthorized("AIRCALL_UNAUTHORIZED", "Aircall refused the key"));
      });
  const auto result = shell.Run({"account", "check", id});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.out, HasSubstr("problem"));
}

TEST(AccountCommands, DisconnectShowsThatItIsDone) {
  CommandHouse shell;
  const std::string id = ToText(shell.house.AddAccount("acme"));
  EXPECT_THAT(shell.Run({"account", "disconnect", id}).out, HasSubstr("DISCONNECTED"));
}

}  // namespace
}  // namespace sb::app::cli
