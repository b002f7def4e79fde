// Engines that start runs by the clock are killed with SIGKILL right when they do: no time is used
// twice, none is passed over, and what was missed meanwhile is made up for once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/fleet.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTick = R"(
document: { dsl: '1.0.3', namespace: fleet, name: tick, version: '1.0.0' }
schedule: { every: PT1S }
do:
  - tell: { set: { due: '${ $workflow.input.due }' } }
)";

constexpr const char* kAgain = R"(
document: { dsl: '1.0.3', namespace: fleet, name: again, version: '1.0.0' }
schedule: { after: PT1S }
do:
  - pause: { wait: PT1S }
)";

/// The runs of the ticking workflow, by the time for which they were started.
constexpr const char* kTicks =
    "(select (j.facts->0->'input'->>'due')::timestamptz as due from eng.journal j "
    "join (select run_id, workflow_id from eng.run union all "
    "select run_id, workflow_id from eng.run_done) r using (run_id) "
    "join eng.workflow w using (workflow_id) where w.name = 'tick' and j.seq = 1) t";

class KillSchedule : public ::testing::Test {
 protected:
  void SetUp() override {
    fleet_.SetPublicUrl("http://127.0.0.1:1");
    fleet_.StartAll();
    accounts_ = fleet_.ConnectAll();
  }

  std::string AskTicks(const std::string& what) {
    return fleet_.Ask("select " + what + " from " + kTicks);
  }

  int Ticks() { return std::stoi(AskTicks("count(*)")); }

  int Runs(const std::string& name) {
    return std::stoi(fleet_.Ask(
        "select count(*) from (select workflow_id from eng.run union all select workflow_id from "
        "eng.run_done) r join eng.workflow using (workflow_id) where name = '" +
        name + "'"));
  }

  Fleet fleet_{{.instances = 2, .time_to_live = 2}};
  std::vector<std::string> accounts_;
};

TEST_F(KillSchedule, NoTimeIsUsedTwiceAndNoneIsPassedOver) {
  fleet_.SwitchOn(kTick, "fleet/tick");
  constexpr int kKills = 4;
  for (int kill = 0; kill < kKills; ++kill) {
    const int before = Ticks();
    ASSERT_TRUE(Eventually(40s, [&] { return Ticks() >= before + 2; })) << fleet_.LogOf(0);
    // One of the two owns the account: both get their turn, also both at once.
    if (kill != 1) fleet_.Kill(0);
    if (kill != 2) fleet_.Kill(1);
    // Whatever was stored last: the schedule stands where its newest run is.
    EXPECT_EQ(fleet_.Ask("select count(*) from eng.schedule s where "
                         "date_trunc('milliseconds', s.last_at) is distinct from "
                         "(select max(due) from " +
                         std::string(kTicks) + ")"),
              "0");
    fleet_.Revive();
  }
  const int before = Ticks();
  ASSERT_TRUE(Eventually(40s, [&] { return Ticks() >= before + 3; })) << fleet_.LogOf(0);
  fleet_.StartAll();
  fleet_.CliJson(0, {"workflow", "disable", "fleet/tick", "--all-accounts"});
  ASSERT_TRUE(
      Eventually(20s, [&] { return fleet_.Ask("select count(*) from eng.schedule") == "0"; }));
  EXPECT_EQ(AskTicks("count(*) - count(distinct due)"), "0");
  const std::string steps =
      "count(*) filter (where step > interval '1 second') from (select due - lag(due) over (order "
      "by "
      "due) as step from " +
      std::string(kTicks) + ") s";
  EXPECT_LE(std::stoi(fleet_.Ask("select " + steps)), kKills)
      << "times were passed over while an engine was there";
}

TEST_F(KillSchedule, AfterCountsFromTheEndOfARunThatAnotherInstanceFinds) {
  fleet_.SwitchOn(kAgain, "fleet/again");
  ASSERT_TRUE(Eventually(40s, [&] { return Runs("again") >= 2; })) << fleet_.LogOf(0);
  fleet_.Kill(0);
  fleet_.Kill(1);
  const int before = Runs("again");
  fleet_.StartAll();
  EXPECT_TRUE(Eventually(40s, [&] { return Runs("again") >= before + 2; })) << fleet_.LogOf(0);
  EXPECT_EQ(fleet_.Ask("select count(*) > 1 from eng.run"), "f") << "one after the other";
}

TEST_F(KillSchedule, TheCommandLineTellsWhenAWorkflowRunsNext) {
  const auto next = [&] {
    return TextMember(fleet_.CliJson(1, {"workflow", "get", "fleet/tick"}), "next_run_time");
  };
  fleet_.SwitchOn(kTick, "fleet/tick");
  EXPECT_TRUE(Eventually(20s, [&] { return !next().empty(); }));
  EXPECT_THAT(fleet_.Cli(0, {"workflow", "list"}).out, ::testing::HasSubstr("NEXT RUN"));
  fleet_.CliJson(0, {"workflow", "disable", "fleet/tick", "--all-accounts"});
  EXPECT_TRUE(Eventually(20s, [&] { return next().empty(); }));
}

}  // namespace
}  // namespace sb::live
