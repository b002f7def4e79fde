// The engine is killed with SIGKILL in the middle of a run and started again. The run must end, and
// Aircall must show each write once.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

/// When the engine dies: while the sandbox holds this request back (so that it takes effect after
/// the death), or right after it has taken effect (so that its answer may or may not have been
/// stored).
struct Moment {
  const char* name;
  const char* method;
  const char* path;
  bool held_back;
};

void PrintTo(const Moment& moment, std::ostream* out) {
  *out << moment.name;
}

class Kill : public ::testing::TestWithParam<Moment> {
 protected:
  static constexpr const char* kCaller = "+16175550199";

  void SetUp() override {
    system_.StartSandbox();
    system_.StartServe({"--request-timeout", "1"});
    system_.ConnectWithKey();
    system_.SwitchOn("workflows/missed-call-follow-up.yaml", "switchboard/missed-call-follow-up");
  }

  void HoldBack(const Moment& moment) {
    system_.Control("POST", "faults",
                    {{"match", {{"method", moment.method}, {"path_regex", moment.path}}},
                     {"action", "delay"},
                     {"delay_ms", 3000},
                     {"times", 1}});
  }

  bool IsStruck() {
    const Json faults = system_.Control("GET", "faults");
    const Json& list = Member(faults, "faults");
    return std::any_of(list.begin(), list.end(),
                       [](const Json& fault) { return Member(fault, "struck") == 1; }) ||
           list.empty();
  }

  bool WasSeen(const Moment& moment) { return CountOf(moment.method, moment.path) > 0; }

  /// Answered requests of a kind that took effect.
  long CountOf(const std::string& method, const std::string& path_part) {
    const Json log = system_.Control("GET", "requests");
    const Json& list = Member(log, "requests");
    return std::count_if(list.begin(), list.end(), [&](const Json& entry) {
      const Json& status = Member(entry, "status");
      return TextMember(entry, "method") == method &&
             TextMember(entry, "path").find(path_part) != std::string::npos && status.is_number() &&
             status.get<int>() < 300;
    });
  }

  std::string StatusOfTheRun() {
    const Json runs = system_.Cli({"run", "list"});
    const Json& list = Member(runs, "runs");
    return list.size() == 1 ? TextMember(list[0], "state") : std::to_string(list.size()) + " runs";
  }

  LiveSystem system_;
};

TEST_P(Kill, LeavesARunThatEndsWithEveryWriteDoneOnce) {
  const Moment& moment = GetParam();
  if (moment.held_back) HoldBack(moment);
  const std::int64_t call = system_.MissedCallFrom(kCaller);
  ASSERT_TRUE(Eventually(20s, [&] { return moment.held_back ? IsStruck() : WasSeen(moment); }))
      << system_.ServeLog();

  system_.KillServe();
  system_.StartServe({"--request-timeout", "1"});

  ASSERT_TRUE(Eventually(40s, [&] { return StatusOfTheRun() == "STATE_SUCCEEDED"; }))
      << StatusOfTheRun() << "\n"
      << system_.ServeLog();
  const Json stored = Member(system_.Aircall("/v1/calls/" + std::to_string(call)), "call");
  EXPECT_EQ(Member(stored, "comments").size(), 1U) << stored;
  EXPECT_EQ(Member(stored, "tags").size(), 1U) << stored;
  EXPECT_EQ(CountOf("POST", "/comments"), 1) << "the comment was sent more than once";
  EXPECT_EQ(CountOf("POST", "/tags"), 1) << "the tag was sent more than once";
  const Json found = system_.Aircall("/v1/contacts/search?phone_number=%2B16175550199");
  EXPECT_EQ(Member(found, "contacts").size(), 1U) << found;
}

INSTANTIATE_TEST_SUITE_P(
    AtEveryMoment, Kill,
    ::testing::Values(Moment{"WhileReading", "GET", "/v1/contacts/search", true},
                      Moment{"WhileTheContactIsUnderWay", "POST", "/v1/contacts$", true},
                      Moment{"WhileTheCommentIsUnderWay", "POST", "/comments", true},
                      Moment{"RightAfterTheCommentTookEffect", "POST", "/comments", false},
                      Moment{"WhileTheTagIsUnderWay", "POST", "/tags", true}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace sb::live
