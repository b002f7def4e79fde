// The engine is killed with SIGKILL while a service that a workflow calls has the request and has
// not answered yet. After the start that follows, what may be repeated is repeated, and what may
// not is not.
#include <atomic>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/contract/http/raw_server.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::RawServer;
using ::testing::SizeIs;

std::string Definition(const std::string& method, const std::string& setting) {
  return R"(
document: { dsl: '1.0.3', namespace: story, name: order, version: '1.0.0' }
do:
  - attempt:
      try:
        - order:
            call: http
            with: { method: )" +
         method + R"(, endpoint: http://shop.example/orders }
            metadata: { switchboard: { )" +
         setting + R"( } }
      catch: { as: problem, do: [ { tell: { set: { caught: '${ $problem.title }' } } } ] }
)";
}

class KillHttp : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    Serve({});
    account_ = system_.ConnectWithKey();
  }

  void Serve(std::vector<std::string> more) {
    more.insert(more.end(), {"--http-resolve", "shop.example=" + shop_.Url("")});
    system_.StartServe(more);
  }

  /// One run whose request is at the shop when the engine dies, and what becomes of it.
  std::string StateAfterTheKill(const std::string& method, const std::string& setting,
                                const std::string& awaited) {
    const auto file = system_.folder() / "order.yaml";
    std::ofstream(file) << Definition(method, setting);
    system_.Cli({"workflow", "deploy", file.string()});
    run_ = TextMember(system_.Cli({"run", "start", "story/order", "--account", account_}), "id");
    EXPECT_TRUE(shop_.AwaitRequests(1)) << system_.ServeLog();
    system_.KillServe();
    Serve({"--request-timeout", "1"});
    std::string state;
    Eventually(40s, [&] {
      state = TextMember(system_.Cli({"run", "get", run_}), "state");
      return state == awaited;
    });
    return state;
  }

  Json Output() {
    const Json output = system_.Cli({"run", "get", run_}).at("output");
    return output.is_string() ? Json::parse(output.get<std::string>()) : output;
  }

  std::string Run() { return DumpJson(system_.Cli({"run", "get", run_})); }

  std::atomic<int> asked_ = 0;
  /// Keeps the first one waiting for good.
  RawServer shop_{[this](const std::string&) -> RawServer::Reaction {
    if (asked_++ == 0) return {"", RawServer::After::kHang};
    return {testing::HttpAnswer(200, R"({"order": 17})"), RawServer::After::kClose};
  }};
  LiveSystem system_;
  std::string account_;
  std::string run_;
};

std::string KeyOf(const std::string& request) {
  const std::size_t at = request.find("Idempotency-Key:");
  return at == std::string::npos ? "" : request.substr(at, request.find('\r', at) - at);
}

TEST_F(KillHttp, AReadIsRepeated) {
  EXPECT_EQ(StateAfterTheKill("get", "lane: live", "STATE_SUCCEEDED"), "STATE_SUCCEEDED") << Run();
  EXPECT_THAT(shop_.requests(), SizeIs(2));
  EXPECT_EQ(Output().at("order"), 17);
}

TEST_F(KillHttp, AWriteWaitsForAPerson) {
  EXPECT_EQ(StateAfterTheKill("post", "lane: live", "STATE_PARKED"), "STATE_PARKED") << Run();
  EXPECT_THAT(Run(), HasSubstr("OUTCOME_UNKNOWN"));
  EXPECT_THAT(shop_.requests(), SizeIs(1)) << "it was sent again";
}

TEST_F(KillHttp, AWriteThatShallRaiseIsCaught) {
  EXPECT_EQ(StateAfterTheKill("post", "on_unknown_outcome: raise", "STATE_SUCCEEDED"),
            "STATE_SUCCEEDED")
      << Run();
  EXPECT_EQ(Output().at("caught"), "CALL_INTERRUPTED");
  EXPECT_THAT(shop_.requests(), SizeIs(1)) << "it was sent again";
}

TEST_F(KillHttp, AWriteWithAKeyIsRepeatedWithTheSameKey) {
  EXPECT_EQ(StateAfterTheKill("post", "idempotency_key: true", "STATE_SUCCEEDED"),
            "STATE_SUCCEEDED")
      << Run();
  const auto requests = shop_.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_NE(KeyOf(requests[0]), "");
  EXPECT_EQ(KeyOf(requests[0]), KeyOf(requests[1]));
}

}  // namespace
}  // namespace sb::live
