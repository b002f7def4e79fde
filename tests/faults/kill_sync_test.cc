// A company is being copied into tables while it goes on phoning, and the engine is killed again
// and again. In the end the tables say what the provider says, each row once (I18).
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/live/replica.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr int kCallsBefore = 160;  ///< Four pages of the list.
constexpr int kKills = 5;

class KillSync : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox({"--rate-limit", "0"});
    for (int i = 0; i < kCallsBefore; ++i) Phone(i);
    Serve();
    account_ = system_.ConnectWithKey();
  }

  void Serve() { system_.StartServe({"--database-url", database_.url()}); }

  void Phone(int i) {
    const Json call = {{"direction", "inbound"},
                       {"from", "+3361234" + std::to_string(5000 + i)},
                       {"answered", i % 2 == 0},
                       {"ended_lag_seconds", 0}};
    system_.Control("POST", "calls", call);
  }

  /// Lists take long enough to be killed in.
  void SlowDown() {
    system_.Control("POST", "faults",
                    {{"match", {{"method", "GET"}, {"path_regex", "^/v1/(calls|contacts)"}}},
                     {"action", "delay"},
                     {"delay_ms", 400},
                     {"times", 0}});
  }

  /// Until the syncs have asked so many times in all, as far as their positions tell.
  bool AwaitRequests(int wanted) {
    return Eventually(
        60s,
        [&] {
          return std::stoi(database_.Ask(
                     "select coalesce(sum(requests), 0) || '' from eng.sync_stream")) >= wanted;
        },
        50ms);
  }

  bool AwaitSameCalls(Replica& replica) {
    return Eventually(
        60s, [&] { return replica.CallsInTable() == replica.CallsAtProvider(); }, 1s);
  }

  testing::TestDatabase database_;
  LiveSystem system_;
  std::string account_;
};

TEST_F(KillSync, LeavesTablesThatSayWhatTheProviderSays) {
  Replica replica(system_, account_, database_);
  SlowDown();
  replica.Start();
  for (int kill = 0; kill < kKills; ++kill) {
    ASSERT_TRUE(AwaitRequests(kill + 1)) << system_.ServeLog();
    Phone(1000 + kill);  // heard, or not any more
    system_.KillServe();
    Phone(2000 + kill);  // while nobody listens
    Serve();
  }
  system_.Control("DELETE", "faults");
  ASSERT_TRUE(replica.IsLive()) << system_.ServeLog();
  Phone(3000);
  ASSERT_TRUE(AwaitSameCalls(replica)) << replica.CallsInTable() << "\n\n"
                                       << replica.CallsAtProvider() << system_.ServeLog();
  for (const char* list : {"contacts", "users", "numbers", "tags", "teams"})
    EXPECT_EQ(replica.IdsInTable(list), replica.IdsAtProvider(list)) << list;
  EXPECT_EQ(replica.Ask("select count(*) || '' from calls"),
            replica.Ask("select count(distinct id) || '' from calls"));
  // Each event of the inbox that the table is for stands in it, once.
  const std::string in_table = "select count(*) || '' from events";
  const std::string in_inbox =
      "select count(*) || '' from eng.inbox where source <> 2 and event in (select type from "
      "events)";
  EXPECT_TRUE(Eventually(
      20s, [&] { return replica.Ask(in_table) == replica.Ask(in_inbox); }, 200ms));
}

}  // namespace
}  // namespace sb::live
