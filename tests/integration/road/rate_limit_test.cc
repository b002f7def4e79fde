// Aircall refuses requests as too many. That fails no task and is no attempt of one: the run waits
// its time, and does its work.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

/// No `try` and no `retry`: whatever failed would fail the run.
constexpr const char* kAsksOnce = R"(
document: { dsl: '1.0.3', namespace: acme, name: asks, version: '1.0.0' }
do:
  - company: { call: aircall.company.get }
)";

class TooManyRequests : public ::testing::Test {
 protected:
  TooManyRequests() {
    system_.StartSandbox();
    system_.StartServe();
    account_ = system_.ConnectWithKey();
    std::ofstream(system_.folder() / "asks.yaml") << kAsksOnce;
    system_.Cli({"workflow", "deploy", system_.folder() / "asks.yaml"});
  }

  /// So many requests for the company are refused, and the next one is answered.
  void RefuseAsTooMany(int times) {
    system_.Control("POST", "faults",
                    {{"match", {{"method", "GET"}, {"path_regex", "^/v1/company$"}}},
                     {"action", "status"},
                     {"status", 429},
                     {"times", times}});
  }

  std::size_t RefusedSoFar() {
    const Json log = system_.Control("GET", "requests?path=/v1/company");
    std::size_t refused = 0;
    for (const Json& request : Member(log, "requests"))
      refused += Member(request, "status") == 429 ? 1 : 0;
    return refused;
  }

  static Json TaskOf(const Json& run, const std::string& name) {
    for (const Json& task : Member(run, "tasks")) {
      if (TextMember(task, "name") == name) return task;
    }
    return {};
  }

  LiveSystem system_;
  std::string account_;
};

TEST_F(TooManyRequests, FailNoTaskAndAreNoAttempts) {
  RefuseAsTooMany(2);
  const Json started = system_.Cli({"run", "start", "acme/asks", "--account", account_});
  const std::string id = TextMember(started, "id");
  Json run;
  ASSERT_TRUE(Eventually(
      150s,
      [&] {
        run = system_.Cli({"run", "get", id});
        return TextMember(run, "state") != "STATE_RUNNING";
      },
      500ms))
      << run << system_.ServeLog();
  EXPECT_EQ(TextMember(run, "state"), "STATE_SUCCEEDED") << run;
  EXPECT_EQ(RefusedSoFar(), 2U);
  const Json task = TaskOf(run, "company");
  EXPECT_EQ(Member(task, "attempt"), 1) << task;
  ASSERT_THAT(Member(task, "attempts"), SizeIs(1)) << task;
  EXPECT_EQ(TextMember(task.at("attempts").at(0), "outcome"), "OUTCOME_SUCCEEDED");
}

}  // namespace
}  // namespace sb::live
