// What the door writes down: routes and outcomes, and nothing that opens anything. A program of its
// own, because the log leaves out repeats of a name and these tests want to see every line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/log.h"
#include "tests/integration/edge/door_world.h"

namespace sb {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t start = text.find(before);
  if (start == std::string::npos) return {};
  const std::size_t from = start + before.size();
  return text.substr(from, text.find(after, from) - from);
}

class AccessLog : public ::testing::Test, protected testing::DoorWorld {
 protected:
  /// Everything that `story` writes to standard error, at the finest level.
  template <typename Story>
  std::string LogOf(Story story) {
    ::testing::internal::CaptureStderr();
    Log::SetLevel(LogLevel::kDebug);
    story();
    door.Stop();  // the last line is written by then
    Log::SetLevel(LogLevel::kInfo);
    return ::testing::internal::GetCapturedStderr();
  }

  static void ExpectNoneOf(const std::vector<std::string>& secrets, const std::string& log) {
    for (const std::string& secret : secrets) {
      EXPECT_GE(secret.size(), 3U);
      EXPECT_THAT(log, Not(HasSubstr(secret)));
    }
  }
};

TEST_F(AccessLog, NamesTheRouteOfADeliveryButNoTokenHookOrNumber) {
  const auto account = ConnectByOAuth();
  const std::string hook = account->webhook.hook_id;
  const std::string token = far_side.hooks().at(0).token;
  Json event = {{"resource", "call"},
                {"event", "call.ended"},
                {"timestamp", 1790700231},
                {"token", token},
                {"data", {{"id", 4190000017}, {"raw_digits", "+1 617-555-0142"}}}};
  const std::string log = LogOf([&] {
    Ask("POST", "/webhooks/aircall/" + hook, "", event.dump());
    event["token"] = "wr0ng-token";
    Ask("POST", "/webhooks/aircall/" + hook, "", event.dump());
    Ask("POST", "/webhooks/aircall/" + hook, "", "unreadable +1 617-555-0142");
    Ask("GET", "/webhooks/aircall/" + hook + "?key=qu3ry",
        "Cookie: sb_x=c00kie\r\nAuthorization: Bearer b3arer\r\n");
  });
  EXPECT_THAT(log, AllOf(HasSubstr(R"("route":"/webhooks/{connector}/{hook}")"),
                         HasSubstr(R"("status":401)")));
  ExpectNoneOf({hook, token, "wr0ng-token", "617-555", "qu3ry", "c00kie", "b3arer"}, log);
}

TEST_F(AccessLog, NamesTheStepsOfAConnectLinkButNothingThatOpensIt) {
  const std::string token = NewLink();
  std::string state;
  std::string cookie;
  std::string code;
  const std::string log = LogOf([&] {
    const std::string proof =
        Between(Browse("/connect/" + token).body, "name=\"proof\" value=\"", "\"");
    Submit("/connect/" + token + "/key",
           "proof=" + proof + "&api_id=" + far_side.key().id + "&api_token=wr0ng-secret");
    const auto leaving = Submit("/connect/" + token + "/oauth", "proof=" + proof);
    state = Between(leaving.Header("location") + "&", "state=", "&");
    cookie = Between(leaving.Header("set-cookie"), "=", ";");
    code = far_side.Consent(leaving.Header("location"));
    Browse("/oauth/callback?code=" + code + "&state=" + state,
           "Cookie: " + Between(leaving.Header("set-cookie"), "", ";") + "\r\n");
    Browse("/oauth/callback?code=c0de&state=st8&error=tr0uble");
  });
  EXPECT_THAT(log, AllOf(HasSubstr("/connect/{token}/oauth"), HasSubstr("account.connected")));
  std::vector<std::string> hidden = far_side.Secrets();
  hidden.insert(hidden.end(),
                {token, state, cookie, code, "wr0ng-secret", "c0de", "st8", "tr0uble"});
  ExpectNoneOf(hidden, log);
}

}  // namespace
}  // namespace sb
