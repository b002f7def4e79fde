// The engine is killed with SIGKILL while it renews an access token, and started again. The account
// must go on working, and must never have been taken for dead.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

/// What happens to the renewal during which the engine dies.
struct Moment {
  const char* name;
  const char* fault;  ///< As the sandbox calls it; "": none, it is killed right after the answer.
};

void PrintTo(const Moment& moment, std::ostream* out) {
  *out << moment.name;
}

class KillRefresh : public ::testing::TestWithParam<Moment> {
 protected:
  static constexpr int kKills = 2;

  void SetUp() override {
    system_.StartSandbox({"--set", "oauth.tokens=expiring", "--set", "oauth.token_seconds=8",
                          "--set", "rate.limit=0"});
    system_.StartServe();
    account_ = system_.ConnectWithOAuth();
    ASSERT_NE(account_, "") << system_.ServeLog();
  }

  void SpoilTheNextRenewal(const std::string& fault) {
    system_.Control("POST", "faults",
                    {{"match", {{"method", "POST"}, {"path_regex", "/v1/oauth/token"}}},
                     {"action", fault},
                     {"delay_ms", fault == "delay" ? 2000 : 0},
                     {"times", 1}});
  }

  bool IsStruck() {
    const Json faults = system_.Control("GET", "faults");
    const Json& list = Member(faults, "faults");
    return std::any_of(list.begin(), list.end(),
                       [](const Json& fault) { return Member(fault, "struck") == 1; }) ||
           list.empty();
  }

  long Renewals() {
    const Json log = system_.Control("GET", "requests");
    const Json& list = Member(log, "requests");
    return std::count_if(list.begin(), list.end(), [](const Json& entry) {
      return TextMember(entry, "path") == "/v1/oauth/token" && Member(entry, "status") == 200;
    });
  }

  std::string State() { return TextMember(system_.Cli({"account", "get", account_}), "state"); }

  bool Works() {
    return system_.TryCli({"action", "call", "aircall.ping", "--account", account_}).exit_status ==
           0;
  }

  LiveSystem system_;
  std::string account_;
};

TEST_P(KillRefresh, LeavesTheAccountWorking) {
  for (int i = 0; i < kKills; ++i) {
    const long before = Renewals();
    const std::string fault = GetParam().fault;
    if (!fault.empty()) SpoilTheNextRenewal(fault);
    ASSERT_TRUE(Eventually(20s, [&] { return fault.empty() ? Renewals() > before : IsStruck(); }))
        << system_.ServeLog();
    system_.KillServe();
    const long renewals = Renewals();
    system_.StartServe();
    ASSERT_TRUE(Eventually(30s, [&] { return Renewals() > renewals; })) << system_.ServeLog();
    ASSERT_TRUE(Eventually(20s, [&] { return State() == "STATE_ACTIVE"; })) << State() << "\n"
                                                                            << system_.ServeLog();
    EXPECT_TRUE(Works()) << system_.ServeLog();
  }
  const Json history = system_.Cli({"account", "history", account_});
  for (const Json& change : Member(history, "changes")) {
    EXPECT_NE(TextMember(change, "to"), "STATE_NEEDS_REAUTH") << history;
  }
}

INSTANTIATE_TEST_SUITE_P(AtEveryMoment, KillRefresh,
                         ::testing::Values(Moment{"BeforeItIsSent", "drop_before"},
                                           Moment{"WhileItIsUnderWay", "delay"},
                                           Moment{"WhenItsAnswerIsLost", "drop_after"},
                                           Moment{"WhenItsAnswerCame", ""}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace sb::live
