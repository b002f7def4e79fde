// `switchboard sync`, as a data engineer uses it.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using std::chrono::minutes;
using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::WarehouseSync;

class SyncCommand : public ::testing::Test {
 protected:
  CommandHouse::Result Sync(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "sync");
    arguments.insert(arguments.end(), {"--account", account_});
    return shell_.Run(arguments);
  }

  void Deploy() {
    const auto deployed =
        Sync({"deploy", shell_.File("warehouse.yaml", WarehouseSync()), "--start"});
    ASSERT_EQ(deployed.exit_code, kOk) << deployed.err << deployed.out;
  }

  /// Users are complete, teams are being hindered, tags wait.
  void Progress() {
    const ports::Sync sync = shell_.house.syncs.List(id_).value().front();
    const auto streams = shell_.house.syncs.Streams(sync.slot, sync.account, sync.id).value();
    for (ports::SyncStream stream : streams) {
      if (stream.stream == "users") {
        stream.known_until = stream.whole_at = shell_.house.clock.Now() - minutes(3);
        stream.written = 12345;
      }
      if (stream.stream == "teams") stream.error = "SYNC_DESTINATION_FULL";
      EXPECT_TRUE(shell_.house.syncs.SaveStream(stream).ok());
    }
  }

  /// All streams are.
  void BeLive() {
    const ports::Sync sync = shell_.house.syncs.List(id_).value().front();
    const auto streams = shell_.house.syncs.Streams(sync.slot, sync.account, sync.id).value();
    for (ports::SyncStream stream : streams) {
      stream.known_until = stream.whole_at = shell_.house.clock.Now();
      EXPECT_TRUE(shell_.house.syncs.SaveStream(stream).ok());
    }
  }

  CommandHouse shell_;
  AccountId id_ = shell_.house.AddAccount("acme", "Lumen Tools");
  const std::string account_ = ToText(id_);
};

TEST_F(SyncCommand, APlanListsTheTablesAndDeploysNothing) {
  const auto plan = Sync({"plan", shell_.File("warehouse.yaml", WarehouseSync())});
  EXPECT_EQ(plan.exit_code, kOk) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("acme/warehouse:1.0.0"), HasSubstr("NEW TABLE"),
                              HasSubstr("team_members"), HasSubstr("foreign keys")));
  EXPECT_THAT(Sync({"list"}).out, HasSubstr("no syncs"));
}

TEST_F(SyncCommand, AFaultIsShownAsCompilersDo) {
  std::string faulty = WarehouseSync();
  faulty.replace(faulty.find("teams"), 5, "teems");
  const std::string file = shell_.File("faulty.yaml", faulty);
  for (const std::string verb : {"plan", "deploy"}) {
    const auto refused = Sync({verb, file});
    EXPECT_EQ(refused.exit_code, kRefused) << verb;
    EXPECT_THAT(refused.out, HasSubstr(file + ":4:")) << verb;
    EXPECT_THAT(refused.out, HasSubstr("SYNC_STREAM_UNKNOWN")) << verb;
  }
}

TEST_F(SyncCommand, ADeploymentSaysHowToStartIt) {
  const auto deployed = Sync({"deploy", shell_.File("warehouse.yaml", WarehouseSync())});
  EXPECT_EQ(deployed.exit_code, kOk) << deployed.err;
  EXPECT_THAT(deployed.out, AllOf(HasSubstr("PAUSED"), HasSubstr("switchboard sync start")));
  EXPECT_THAT(Sync({"start", "warehouse"}).out, HasSubstr("acme/warehouse runs"));
  EXPECT_THAT(Sync({"list"}).out, HasSubstr("RUNNING"));
}

TEST_F(SyncCommand, TheStatusNamesWhatHindersAndFitsTheTerminal) {
  Deploy();
  Progress();
  shell_.width = 80;
  const auto status = Sync({"status", "acme/warehouse"});
  EXPECT_EQ(status.exit_code, kOk) << status.err;
  EXPECT_THAT(status.out, AllOf(HasSubstr("12,345"), HasSubstr("live"), HasSubstr("failing"),
                                HasSubstr("3 min"), HasSubstr("requests a minute are used")));
  EXPECT_THAT(status.out, HasSubstr("teams: SYNC_DESTINATION_FULL: make room"));
  EXPECT_EQ(Sync({"status", "warehouse", "-o", "json"}).json()["streams"][2]["rows_written"],
            "12345");
}

TEST_F(SyncCommand, AWatchTellsLinesAndEndsWhenItIsLive) {
  Deploy();
  BeLive();
  const auto watch = Sync({"watch", "warehouse", "--until", "live"});
  EXPECT_EQ(watch.exit_code, kOk) << watch.err;
  EXPECT_THAT(watch.out, AllOf(HasSubstr("users live"), Not(HasSubstr("["))));
}

TEST_F(SyncCommand, AWatchDrawsBarsOnATerminal) {
  Deploy();
  BeLive();
  shell_.width = 100;
  const auto watch = Sync({"watch", "warehouse", "--until", "live"});
  EXPECT_EQ(watch.exit_code, kOk) << watch.err;
  EXPECT_THAT(watch.out, HasSubstr("users  [########################]  100 %  live  0 rows"));
}

TEST_F(SyncCommand, ADifferenceIsExitStatusOne) {
  Deploy();
  shell_.house.performer.Play(
      [](const ports::ActionCall& call, const ports::ActionPerformer::Done& done) {
        const Json tag = {{"id", 1}, {"name", "VIP"}};
        if (call.action.find("tags.get") != std::string::npos) return done(tag);
        done(Json{{"tags", {tag}}, {"meta", {{"total", 1}, {"next_page_link", nullptr}}}});
      });
  const auto verified = Sync({"verify", "warehouse", "--stream", "tags", "--counts"});
  EXPECT_EQ(verified.exit_code, kRefused) << verified.err;
  EXPECT_THAT(verified.out, AllOf(HasSubstr("DIFFERS"), HasSubstr("tags"), HasSubstr("digest")));
  const auto receipts = Sync({"receipts", "warehouse", "-o", "json"}).json();
  const std::string id = receipts["verifications"][0]["id"];
  EXPECT_THAT(Sync({"receipt", id}).out, HasSubstr("DIFFERS"));
}

TEST_F(SyncCommand, OneWayOfComparingAtATime) {
  EXPECT_EQ(Sync({"verify", "warehouse", "--all", "--sample", "10"}).exit_code, kUsage);
  EXPECT_EQ(Sync({"verify", "warehouse", "--from", "yesterday"}).exit_code, kUsage);
}

TEST_F(SyncCommand, WhyIsALine) {
  Deploy();
  const auto why = Sync({"why", "4190000017"});
  EXPECT_EQ(why.exit_code, kOk) << why.err;
  EXPECT_THAT(why.out, HasSubstr("4190000017"));
  EXPECT_EQ(std::count(why.out.begin(), why.out.end(), '\n'), 1);
}

TEST_F(SyncCommand, AnEndIsAskedForAndLeavesTheTables) {
  Deploy();
  EXPECT_EQ(Sync({"delete", "warehouse"}).exit_code, kRefused);
  EXPECT_THAT(Sync({"list"}).out, HasSubstr("acme/warehouse"));
  const auto deleted = Sync({"delete", "warehouse", "--yes"});
  EXPECT_EQ(deleted.exit_code, kOk) << deleted.err;
  EXPECT_THAT(deleted.out, HasSubstr("its tables stay"));
  EXPECT_THAT(Sync({"list"}).out, HasSubstr("no syncs"));
}

TEST_F(SyncCommand, NothingIsApprovedThatIsNotHeld) {
  Deploy();
  const auto refused = Sync({"approve-deletes", "warehouse", "users"});
  EXPECT_EQ(refused.exit_code, kRefused);
  EXPECT_THAT(refused.err, HasSubstr("SYNC_DELETES_NOT_HELD"));
}

TEST_F(SyncCommand, EmptyListsSaySo) {
  Deploy();
  EXPECT_THAT(Sync({"windows", "warehouse", "--stream", "users"}).out, HasSubstr("no window"));
  EXPECT_THAT(Sync({"rejects", "warehouse", "--stream", "users"}).out, HasSubstr("quarantined"));
  EXPECT_THAT(Sync({"skips"}).out, HasSubstr("no rule"));
  EXPECT_THAT(Sync({"receipts", "warehouse"}).out, HasSubstr("never compared"));
}

TEST_F(SyncCommand, ListsAreThereForSpreadsheetsAndNothingElse) {
  Deploy();
  EXPECT_THAT(Sync({"skips", "-o", "csv"}).out, HasSubstr("sync,stream,record,code,rule,reason,"));
  EXPECT_THAT(Sync({"windows", "warehouse", "--stream", "users", "-o", "csv"}).out,
              HasSubstr("from_time,to_time,counted,read,"));
  EXPECT_THAT(Sync({"status", "warehouse", "-o", "csv"}).err, HasSubstr("-o csv is for"));
}

TEST_F(SyncCommand, TheShippedReplicationCanBePlanned) {
  const auto plan = Sync({"plan", "replications/aircall-to-postgres.yaml"});
  EXPECT_EQ(plan.exit_code, kOk) << plan.out << plan.err;
  EXPECT_THAT(plan.out, AllOf(HasSubstr("calls"), HasSubstr("call_participants")));
}

TEST_F(SyncCommand, TheSchemaIsPrinted) {
  const auto schema = shell_.Run({"sync", "schema"});
  EXPECT_EQ(schema.exit_code, kOk) << schema.err;
  EXPECT_EQ(schema.json()["title"], "A sync of Switchboard");
}

}  // namespace
}  // namespace sb::app::cli
