// Two or three engines on one database, nobody dies: slots move, and every door of every instance
// answers for every account.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/fleet.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNote = R"(
document: { dsl: '1.0.3', namespace: fleet, name: note, version: '1.0.0' }
do:
  - add:
      call: aircall.contacts.create
      with:
        first_name: Ada
        phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ]
)";

constexpr const char* kPatience = R"(
document: { dsl: '1.0.3', namespace: fleet, name: patience, version: '1.0.0' }
do:
  - rest: { wait: { minutes: 10 } }
)";

constexpr const char* kFragile = R"(
document: { dsl: '1.0.3', namespace: fleet, name: fragile, version: '1.0.0' }
do:
  - add:
      call: aircall.contacts.create
      with:
        first_name: Grace
        phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ]
  - give: { raise: { error: { type: 'https://fleet.example/errors/broken', status: 500 } } }
)";

class Instances : public ::testing::Test {
 protected:
  void SetUp() override {
    fleet_.SetPublicUrl("http://127.0.0.1:1");
    fleet_.StartAll();
    accounts_ = fleet_.ConnectAll();
    fleet_.SwitchOn(kNote, "fleet/note");
    fleet_.SwitchOn(kPatience, "fleet/patience");
  }

  bool SlotsAre(const std::string& counts) {
    return Eventually(30s, [&] {
      return fleet_.Ask(
                 "select string_agg(n::text, ' ' order by n desc) from (select count(*) n "
                 "from eng.slot group by instance_id) s") == counts;
    });
  }

  std::string StateOf(const std::string& run, int instance) {
    return TextMember(fleet_.CliJson(instance, {"run", "get", run}), "state");
  }

  std::string Start(int instance, const std::string& workflow, const std::string& input,
                    const std::string& request) {
    const Json run = fleet_.CliJson(instance, {"run", "start", workflow, "--account", accounts_[0],
                                               "--input", input, "--request-id", request});
    return TextMember(run, "id");
  }

  Fleet fleet_{{.instances = 3}};
  std::vector<std::string> accounts_;
};

TEST_F(Instances, ShareTheSlotsAndPassThemOn) {
  EXPECT_TRUE(SlotsAre("342 342 340")) << "each that came has got its share";
  EXPECT_EQ(fleet_.Stop(1), 0);
  EXPECT_TRUE(SlotsAre("512 512")) << "what one gave back at its end";
  fleet_.Kill(2);
  EXPECT_TRUE(SlotsAre("1024")) << "what one left when it died";
  fleet_.StartAll();
  EXPECT_TRUE(SlotsAre("342 342 340"));
}

TEST_F(Instances, AnswerAtEveryDoorForEveryAccount) {
  ASSERT_TRUE(SlotsAre("342 342 340"));
  for (int i = 0; i < fleet_.size(); ++i) {
    const std::string phone = "+1617555020" + std::to_string(i);
    const std::string run = Start(i, "fleet/note", R"({"phone": ")" + phone + R"("})", phone);
    EXPECT_EQ(Start((i + 1) % 3, "fleet/note", R"({"phone": ")" + phone + R"("})", phone), run)
        << "the same request at another door is the same run";
    EXPECT_EQ(fleet_.Cli((i + 2) % 3, {"run", "watch", run}).exit_status, 0) << "seen to its end";

    const std::string waiting = Start(i, "fleet/patience", "{}", "wait " + phone);
    const Ended resumed = fleet_.Cli((i + 1) % 3, {"run", "resume", waiting});
    EXPECT_NE(resumed.err.find("RUN_NOT_PARKED"), std::string::npos) << resumed.err;
    fleet_.CliJson((i + 2) % 3, {"run", "cancel", waiting});
    EXPECT_EQ(StateOf(waiting, i), "STATE_CANCELLED");

    const Json found =
        fleet_.CliJson(i, {"action", "call", "aircall.contacts.search", "--account", accounts_[0],
                           "--input", R"({"phone_number": ")" + phone + R"("})"});
    EXPECT_NE(DumpJson(found).find(phone), std::string::npos) << found;
  }
}

TEST_F(Instances, RetryFromTheFailedTaskAtEveryDoor) {
  ASSERT_TRUE(SlotsAre("342 342 340"));
  fleet_.SwitchOn(kFragile, "fleet/fragile");
  const std::string phone = "+16175550299";
  const std::string failed =
      Start(0, "fleet/fragile", R"({"phone": ")" + phone + R"("})", "broken");
  EXPECT_NE(fleet_.Cli(0, {"run", "watch", failed}).exit_status, 0);
  for (int i = 0; i < fleet_.size(); ++i) {
    const Json retry = fleet_.CliJson(i, {"run", "retry", failed, "--from-failed-task",
                                          "--request-id", "again " + std::to_string(i)});
    const std::string run = TextMember(retry, "id");
    ASSERT_TRUE(Eventually(20s, [&] { return StateOf(run, i) == "STATE_FAILED"; })) << retry;
    EXPECT_EQ(TextMember(fleet_.CliJson(i, {"run", "get", run}), "retried_from"), failed);
  }
  const Json found =
      fleet_.CliJson(0, {"action", "call", "aircall.contacts.search", "--account", accounts_[0],
                         "--input", R"({"phone_number": ")" + phone + R"("})"});
  EXPECT_EQ(Member(found, "contacts").size(), 1U)
      << "what was done before is not done again: " << found;
}

TEST_F(Instances, RefuseAnotherVaultKeyAndNone) {
  const auto start_a_stranger = [this](std::map<std::string, std::string> environment) {
    return RunToEnd({{std::string(SB_BIN_DIR) + "/switchboard", "serve", "--data-dir",
                      fleet_.folder() / "stranger", "--database-url", fleet_.database_url(),
                      "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"},
                     std::move(environment),
                     {}});
  };
  const Ended with_another = start_a_stranger({{"SWITCHBOARD_VAULT_KEY", std::string(64, 'a')}});
  EXPECT_EQ(with_another.exit_status, 1);
  EXPECT_NE(with_another.err.find("VAULT_KEY_DIFFERENT"), std::string::npos) << with_another.err;
  const Ended with_none = start_a_stranger({});
  EXPECT_EQ(with_none.exit_status, 1);
  EXPECT_NE(with_none.err.find("VAULT_KEY_MISSING"), std::string::npos) << with_none.err;
}

TEST_F(Instances, EndWithAStatusThatAsksForAnotherStartWhenTheyWereGivenUpForDead) {
  ASSERT_TRUE(SlotsAre("342 342 340"));
  fleet_.Freeze(0);
  EXPECT_TRUE(SlotsAre("512 512"));
  fleet_.Thaw(0);
  EXPECT_TRUE(Eventually(20s, [this] { return !fleet_.IsRunning(0); }));
  EXPECT_NE(fleet_.LogOf(0).find("instance.lost"), std::string::npos);
  EXPECT_EQ(fleet_.Stop(0), 75);
  fleet_.StartAll();
  EXPECT_TRUE(SlotsAre("342 342 340"));
}

TEST(OneInstance, ForgetsOldDaysWhenItStarts) {
  Fleet fleet({.instances = 1});
  fleet.SetPublicUrl("http://127.0.0.1:1");
  fleet.StartAll();
  fleet.Execute("select eng.ensure_partitions('2026-01-01', '2026-01-03')");
  EXPECT_EQ(fleet.Stop(0), 0);
  fleet.StartAll();
  EXPECT_TRUE(Eventually(20s, [&] {
    return fleet.Ask("select count(*) from pg_class where relname ~ '_202601'") == "0";
  })) << fleet.LogOf(0);
}

}  // namespace
}  // namespace sb::live
