// Runs that take turns, while their engines are killed: at no moment do two with the same key
// work, each gets its turn, and in the order of their start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/fleet.h"
#include "tests/support/live/eventually.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTurns = R"(
document:
  dsl: '1.0.3'
  namespace: fleet
  name: turns
  version: '1.0.0'
  metadata: { switchboard: { concurrency: { key: '${ .who }' } } }
do:
  - work: { wait: PT0.4S }
  - more: { wait: PT0.4S }
)";

/// When each run began and ended its work.
constexpr const char* kWork =
    "(select run_id, min(f->'input'->>'who') as who, "
    "min((f->>'at')::bigint) filter (where f->>'is' = 'turn_taken') as began, "
    "max((f->>'at')::bigint) filter (where f->>'is' = 'run_succeeded') as ended "
    "from eng.journal, json_array_elements(facts) f group by run_id)";

class KillTurns : public ::testing::Test {
 protected:
  void SetUp() override {
    fleet_.SetPublicUrl("http://127.0.0.1:1");
    fleet_.StartAll();
    accounts_ = fleet_.ConnectAll();
    fleet_.SwitchOn(kTurns, "fleet/turns");
  }

  void Start(int instance, const std::string& who) {
    fleet_.CliJson(instance, {"run", "start", "fleet/turns", "--account", accounts_[0], "--input",
                              R"({"who": ")" + who + "\"}"});
  }

  int Ended() { return std::stoi(fleet_.Ask("select count(*) from eng.run_done")); }

  Fleet fleet_{{.instances = 2, .time_to_live = 2}};
  std::vector<std::string> accounts_;
};

TEST_F(KillTurns, NoTwoRunsWithTheSameKeyWorkAtOnce) {
  constexpr int kRuns = 10;
  for (int i = 0; i < kRuns; ++i) Start(i % 2, i % 3 == 0 ? "ada" : "bob");
  for (int kill = 0; kill < 3; ++kill) {
    const int before = Ended();
    ASSERT_TRUE(Eventually(40s, [&] { return Ended() > before; })) << fleet_.LogOf(0);
    if (kill != 1) fleet_.Kill(0);
    if (kill != 2) fleet_.Kill(1);
    fleet_.Revive();
  }
  ASSERT_TRUE(Eventually(60s, [&] { return Ended() == kRuns; })) << fleet_.LogOf(0);
  EXPECT_EQ(fleet_.Ask("select count(*) from eng.run_done where status <> 'SUCCEEDED'"), "0");
  const std::string pairs = " from " + std::string(kWork) + " a join " + kWork +
                            " b on a.who = b.who and a.run_id < b.run_id where ";
  EXPECT_EQ(fleet_.Ask("select count(*)" + pairs + "b.began < a.ended and a.began < b.ended"), "0");
  EXPECT_EQ(fleet_.Ask("select count(*)" + pairs + "b.began < a.began"), "0");
  EXPECT_EQ(fleet_.Ask("select count(*) from eng.turn"), "0");
}

}  // namespace
}  // namespace sb::live
