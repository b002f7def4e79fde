// What a person may get wrong, said to the real program: each gets one clear sentence, and nothing
// breaks.
#include <httplib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class BadInput : public ::testing::Test {
 protected:
  /// `switchboard serve` that is expected to refuse to start.
  Ended Serve(const std::vector<std::string>& options,
              const std::string& http_listen = "127.0.0.1:0") {
    Command command{{std::string(SB_BIN_DIR) + "/switchboard", "serve", "--grpc-listen",
                     "127.0.0.1:0", "--http-listen", http_listen},
                    {},
                    {}};
    command.words.insert(command.words.end(), options.begin(), options.end());
    return RunToEnd(command);
  }

  std::string DataDir() const { return (system_.folder() / "data").string(); }

  LiveSystem system_;
};

TEST_F(BadInput, AnUnreachableDatabaseIsNamedWithoutItsPassword) {
  const Ended ended = Serve(
      {"--data-dir", DataDir(), "--database-url", "postgresql://me:hunter2@127.0.0.1:1/none"});
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.err, HasSubstr("DATABASE_UNAVAILABLE"));
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("hunter2")));
}

TEST_F(BadInput, AWrongFlagSaysWhatItTakes) {
  const Ended ended = Serve({"--data-dir", DataDir(), "--public-url", "switchboard.example.com"});
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("--public-url"), HasSubstr("https://")));
}

TEST_F(BadInput, ClearTextBeyondThisMachineIsRefusedUnlessItIsAskedFor) {
  const Ended ended = Serve({"--data-dir", DataDir()}, "0.0.0.0:0");
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("CONFIG_CLEAR_TEXT"), HasSubstr("--http-tls-cert"),
                               HasSubstr("--insecure-listen")));
}

TEST_F(BadInput, AUsedPortAndAUsedDataDirectoryAreTold) {
  system_.StartSandbox();
  system_.StartServe();
  const Ended same_directory = Serve({"--data-dir", DataDir()});
  EXPECT_EQ(same_directory.exit_status, 1);
  EXPECT_THAT(same_directory.err, HasSubstr("DATA_DIRECTORY_IN_USE"));

  const Ended same_port = Serve({"--data-dir", (system_.folder() / "other").string()},
                                TextMember(system_.serve(), "http"));
  EXPECT_EQ(same_port.exit_status, 1);
  EXPECT_THAT(same_port.err, HasSubstr("ADDRESS_IN_USE"));
}

TEST_F(BadInput, AFileOfSomebodyElseIsNoDataDirectory) {
  const Ended ended = Serve({"--data-dir", "/dev/null"});
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.err, HasSubstr("DATA_DIRECTORY_"));
}

TEST_F(BadInput, TheApiRefusesWhatItCannotUseAndSaysWhy) {
  system_.StartSandbox();
  system_.StartServe();
  const Ended unknown_account = system_.TryCli({"account", "get", "acc_0000000000001"});
  EXPECT_EQ(unknown_account.exit_status, 1);
  EXPECT_THAT(unknown_account.err, HasSubstr("ACCOUNT_NOT_FOUND"));

  const Ended wrong_key = system_.TryCli(
      {"account", "connect", "--tenant", "acme", "--api-id", "nobody", "--api-token-stdin"},
      "nothing");
  EXPECT_EQ(wrong_key.exit_status, 1);
  EXPECT_THAT(wrong_key.err, AllOf(HasSubstr("CREDENTIAL_REFUSED"), Not(HasSubstr("nothing was"))));

  const std::string account = system_.ConnectWithKey();
  const Ended unknown_action =
      system_.TryCli({"action", "call", "aircall.contacts.serch", "--account", account});
  EXPECT_EQ(unknown_action.exit_status, 1);
  EXPECT_THAT(unknown_action.err, HasSubstr("ACTION_UNKNOWN"));
}

TEST_F(BadInput, AWorkflowWithMistakesIsRefusedWithLineAndColumn) {
  system_.StartSandbox();
  system_.StartServe();
  const Ended ended =
      system_.TryCli({"workflow", "validate", "/dev/stdin"},
                     "document: { dsl: '1.0.3', namespace: acme, name: typo, version: '1.0.0' }\n"
                     "do:\n"
                     "  - find: { call: aircall.contacts.serch, with: { email: a@b.example } }\n"
                     "  - sum: { set: { x: '${ .a + }' } }\n");
  EXPECT_EQ(ended.exit_status, 1);
  const std::string said = ended.out + ended.err;
  EXPECT_THAT(said, AllOf(HasSubstr(":3:"), HasSubstr("aircall.contacts.search"), HasSubstr(":4:"),
                          HasSubstr("WORKFLOW_EXPRESSION_INVALID")));
}

TEST_F(BadInput, StrangeDeliveriesBreakNothingAndLeaveNoSecretInTheLog) {
  system_.StartSandbox();
  system_.StartServe();
  system_.ConnectWithKey();
  const Json hook = Member(system_.Aircall("/v1/webhooks"), "webhooks")[0];
  const std::string url = TextMember(hook, "url");
  const std::string path = url.substr(url.find('/', 8));
  httplib::Client door(TextMember(system_.serve(), "public_url"));

  const auto post = [&](const std::string& to, const std::string& body) {
    const auto answer = door.Post(to, body, "application/json");
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(post(path, "this is no JSON"), 200)
      << "kept aside, so that Aircall does not switch the webhook off";
  EXPECT_EQ(
      post(
          path,
          R"({"resource":"call","event":"call.ended","timestamp":1,"token":"forged","data":{"id":1}})"),
      401);
  EXPECT_EQ(post(path.substr(0, path.rfind('/')) + "/unknown", "{}"), 404);
  const int huge = post(path, std::string(10 << 20, 'x'));
  EXPECT_TRUE(huge == 413 || huge == 0)
      << huge;  // the door may close while the rest is still being sent
  EXPECT_EQ(door.Get("/healthz")->status, 200);

  system_.MissedCallFrom("+16175550166");
  EXPECT_THAT(system_.ServeLog(), AllOf(Not(HasSubstr(TextMember(system_.sandbox(), "api_token"))),
                                        Not(HasSubstr(TextMember(hook, "token"))),
                                        Not(HasSubstr("6175550166")), Not(HasSubstr("forged"))));
}

}  // namespace
}  // namespace sb::live
