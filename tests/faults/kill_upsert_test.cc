// The engine is killed with SIGKILL while the contact that an upsert makes is under way to Aircall,
// where it arrives long after the next engine has begun. Meanwhile somebody else asks for the same
// contact. There must be one of it.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr const char* kKnown = R"(
document: { dsl: '1.0.3', namespace: story, name: known, version: '1.0.0' }
do:
  - know:
      call: aircall.contacts.upsert
      with: { phone_numbers: [ { label: Work, value: '${ $workflow.input.phone }' } ] }
)";

/// Longer than it takes until a new owner may make what it does not find (settles).
constexpr int kOnTheWayMs = 15'000;

class KillUpsert : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    system_.StartServe({"--request-timeout", "1"});
    account_ = system_.ConnectWithKey();
    const auto file = system_.folder() / "known.yaml";
    std::ofstream(file) << kKnown;
    system_.Cli({"workflow", "deploy", file.string()});
  }

  void Start(const std::string& phone) {
    system_.Cli({"run", "start", "story/known", "--account", account_, "--input",
                 R"({"phone": ")" + phone + "\"}"});
  }

  bool IsStruck() {
    const Json faults = system_.Control("GET", "faults");
    const Json& list = Member(faults, "faults");
    return std::any_of(list.begin(), list.end(),
                       [](const Json& fault) { return Member(fault, "struck") == 1; }) ||
           list.empty();
  }

  std::size_t Succeeded() {
    const Json runs = system_.Cli({"run", "list"});
    const Json& list = Member(runs, "runs");
    return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [](const Json& run) {
      return TextMember(run, "state") == "STATE_SUCCEEDED";
    }));
  }

  LiveSystem system_;
  std::string account_;
};

TEST_F(KillUpsert, TwoCallsAcrossADeathMakeOneContact) {
  system_.Control("POST", "faults",
                  {{"match", {{"method", "POST"}, {"path_regex", "/v1/contacts$"}}},
                   {"action", "delay"},
                   {"delay_ms", kOnTheWayMs},
                   {"times", 1}});
  Start("+16175550199");
  ASSERT_TRUE(Eventually(20s, [&] { return IsStruck(); })) << system_.ServeLog();

  system_.KillServe();
  system_.StartServe({"--request-timeout", "1"});
  Start("+1 617-555-0199");

  ASSERT_TRUE(Eventually(100s, [&] { return Succeeded() == 2; })) << system_.ServeLog();
  const Json found = system_.Aircall("/v1/contacts/search?phone_number=%2B16175550199");
  EXPECT_EQ(Member(found, "contacts").size(), 1U) << found;
}

}  // namespace
}  // namespace sb::live
