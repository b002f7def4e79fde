#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/ports/onward_store.h"
#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DestinationCommand : public ::testing::Test {
 protected:
  DestinationCommand() {
    EXPECT_EQ(shell_
                  .Run({"secret", "set", "hook", "--tenant", "acme"},
                       "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                  .exit_code,
              kOk);
  }

  CommandHouse::Result Add() {
    return shell_.Run({"destination", "add", "--account", account_, "--sink", "http", "--name",
                       "hook", "--set", "url=https://receiver.example/hook", "--secret",
                       "signing_secret=hook", "--events", "io.aircall.call.*", "--number", "7",
                       "-o", "json"});
  }

  CommandHouse shell_;
  std::string account_ = ToText(shell_.house.AddAccount("acme", "Lumen Tools"));
};

TEST_F(DestinationCommand, IsMadeShownAndListed) {
  const auto added = Add();
  ASSERT_EQ(added.exit_code, kOk) << added.err;
  const std::string id = added.json()["id"];
  const auto shown = shell_.Run({"destination", "get", id});
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr("https://receiver.example/hook"), HasSubstr("the secret hook"),
                    HasSubstr("io.aircall.call.*"), HasSubstr("ACTIVE")));
  EXPECT_THAT(shell_.Run({"destination", "list", account_}).out, HasSubstr(id));
  EXPECT_THAT(shell_.Run({"destination", "sinks"}).out,
              AllOf(HasSubstr("segment"), HasSubstr("write_key")));
}

TEST_F(DestinationCommand, WithoutAPersonItSaysWhatIsMissing) {
  const auto added = shell_.Run({"destination", "add", "--account", account_});
  EXPECT_EQ(added.exit_code, kUsage);
  EXPECT_THAT(added.err, HasSubstr("--sink"));
  EXPECT_EQ(shell_
                .Run({"destination", "add", "--account", account_, "--sink", "http", "--name", "x",
                      "--set", "url"})
                .exit_code,
            kUsage);
}

TEST_F(DestinationCommand, IsChangedInWhatIsNamed) {
  const std::string id = Add().json()["id"];
  const auto changed = shell_.Run(
      {"destination", "update", id, "--all-numbers", "--set", "mode=binary", "-o", "json"});
  ASSERT_EQ(changed.exit_code, kOk) << changed.err;
  const auto stored = shell_.house.destinations.All().value();
  ASSERT_THAT(stored, SizeIs(1));
  EXPECT_TRUE(stored[0].choice.numbers.empty());
  EXPECT_THAT(stored[0].choice.types, SizeIs(1)) << "was not named";
  EXPECT_EQ(stored[0].settings["mode"], "binary");
  EXPECT_EQ(stored[0].settings["url"], "https://receiver.example/hook");
}

TEST_F(DestinationCommand, IsTriedPausedResumedReplayedAndDeleted) {
  const std::string id = Add().json()["id"];
  shell_.house.http.SetWorld([](const ports::HttpRequest&) {
    return ports::HttpResponse{204, {}, ""};
  });
  EXPECT_THAT(shell_.Run({"destination", "test", id}).out, HasSubstr("taken"));
  shell_.house.http.SetWorld({});
  const auto untaken = shell_.Run({"destination", "test", id});
  EXPECT_EQ(untaken.exit_code, kRefused);
  EXPECT_THAT(untaken.out, HasSubstr("HTTP_UNREACHABLE"));
  EXPECT_THAT(shell_.Run({"destination", "pause", id}).out, HasSubstr("PAUSED"));
  EXPECT_THAT(shell_.Run({"destination", "resume", id}).out, HasSubstr("ACTIVE"));
  shell_.house.AddEvent(*ParseAccountId(account_));
  EXPECT_THAT(shell_.Run({"destination", "replay", id, "--dry-run"}).out,
              HasSubstr("1 events would go again"));
  EXPECT_EQ(shell_.Run({"destination", "replay", id, "--from", "yesterday"}).exit_code, kUsage);
  EXPECT_EQ(shell_.Run({"destination", "replay", id}).exit_code, kOk);
  EXPECT_THAT(shell_.Run({"destination", "deliveries", id}).out,
              AllOf(HasSubstr("PENDING"), HasSubstr("io.aircall.call.ended")));
  EXPECT_EQ(shell_.Run({"destination", "delete", id}).exit_code, kOk);
  EXPECT_EQ(shell_.Run({"destination", "get", id}).exit_code, kRefused);
}

TEST_F(DestinationCommand, APersonIsAskedStepByStep) {
  std::string asked;
  shell_.ask_hidden = [&asked](const std::string& prompt) {
    asked += prompt;
    return std::string("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
  };
  shell_.house.performer.Play([](ports::ActionCall, ports::ActionPerformer::Done done) {
    done(Json{{"numbers", {{{"id", 7}, {"name", "Support"}}, {{"id", 8}, {"name", "Sales"}}}},
              {"meta", {{"next_page_link", nullptr}}}});
  });
  // The account, the sink, its address, its mode, the secret, no token, the name, events, numbers.
  const auto added = shell_.Run(
      {"destination", "add"}, "1\nhttp\nhttps://receiver.example/hook\n\nnew-hook\n\n\n1,3-4\n2\n");
  ASSERT_EQ(added.exit_code, kOk) << added.err;
  EXPECT_THAT(added.err,
              AllOf(HasSubstr("Lumen Tools"), HasSubstr("Signing secret"), HasSubstr("call.ended"),
                    HasSubstr("Sales"), HasSubstr("switchboard destination test dst_")));
  EXPECT_THAT(asked, HasSubstr("value"));
  const auto stored = shell_.house.destinations.All().value();
  ASSERT_THAT(stored, SizeIs(1));
  EXPECT_EQ(ToText(stored[0].account), account_);
  EXPECT_EQ(stored[0].name, "http");
  EXPECT_EQ(stored[0].settings["url"], "https://receiver.example/hook");
  EXPECT_EQ(stored[0].settings["mode"], "structured");
  EXPECT_EQ(stored[0].secrets.at("signing_secret"), "new-hook");
  EXPECT_THAT(stored[0].secrets, SizeIs(1));
  EXPECT_THAT(stored[0].choice.types, SizeIs(3));
  EXPECT_THAT(stored[0].choice.numbers, ElementsAre("8"));
  EXPECT_TRUE(*shell_.house.secrets.Find("acme", "new-hook"));
}

}  // namespace
}  // namespace sb::app::cli
