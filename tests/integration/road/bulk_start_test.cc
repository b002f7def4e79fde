// Many runs in one call, on the real engine and database.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using ::testing::SizeIs;

constexpr const char* kOneTask = R"(
document: { dsl: '1.0.3', namespace: acme, name: remember, version: '1.0.0' }
do:
  - remember: { set: { seen: '${ .n }' } }
)";

class BulkStart : public ::testing::Test {
 protected:
  BulkStart() {
    system_.StartSandbox();
    system_.StartServe();
    account_ = system_.ConnectWithKey();
    std::ofstream(system_.folder() / "remember.yaml") << kOneTask;
    system_.Cli({"workflow", "deploy", system_.folder() / "remember.yaml"});
  }

  Json Start(const std::string& inputs, const std::string& request_id) {
    std::vector<std::string> words = {"run",      "start", "acme/remember", "--account", account_,
                                      "--inputs", "-"};
    if (!request_id.empty()) words.insert(words.end(), {"--request-id", request_id});
    return system_.Cli(words, inputs).at("runs");
  }

  LiveSystem system_;
  std::string account_;
};

TEST_F(BulkStart, EndsEachRunWithItsOwnInputAndStartsNothingTwice) {
  const Json first = Start("{\"n\": 1}\n{\"n\": 2}\n{\"n\": 3}\n", "import");
  ASSERT_THAT(first, SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    const Json run = system_.Cli({"run", "get", first[i].at("run")});
    EXPECT_EQ(run.at("state"), "STATE_SUCCEEDED");
    EXPECT_EQ(run.at("output").at("seen"), i + 1);
  }

  // A line more than before: the known ones answer with their runs.
  const Json again = Start("{\"n\": 1}\n{\"n\": 2}\n{\"n\": 3}\n{\"n\": 4}\n", "import");
  ASSERT_THAT(again, SizeIs(4));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(again[i].at("run"), first[i].at("run"));
    EXPECT_EQ(again[i].at("existing"), true);
  }
  EXPECT_EQ(again[3].at("existing"), false);
  EXPECT_THAT(system_.Cli({"run", "list"}).at("runs"), SizeIs(4));
}

TEST_F(BulkStart, StartsEveryItemThatHasNoRequestId) {
  EXPECT_THAT(Start("{}\n{}\n", ""), SizeIs(2));
  EXPECT_THAT(Start("{}\n{}\n", ""), SizeIs(2));
  EXPECT_THAT(system_.Cli({"run", "list"}).at("runs"), SizeIs(4));
}

}  // namespace
}  // namespace sb::live
