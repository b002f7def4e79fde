// Somebody tries links and deliveries, one after the other.

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/edge/door_world.h"

namespace sb {
namespace {

using ::testing::HasSubstr;
using testing::HttpAnswer;

edge::Door::Settings BehindAProxy() {
  edge::Door::Settings settings;
  settings.listener.proxies = core::TrustedProxies({*core::Network::Parse("127.0.0.0/8")});
  return settings;
}

class WrongSecrets : public ::testing::Test, protected testing::DoorWorld {
 protected:
  WrongSecrets() : DoorWorld(BehindAProxy()) {}

  static std::string From(const std::string& client) {
    return "X-Forwarded-For: " + client + "\r\n";
  }

  HttpAnswer Open(const std::string& link, const std::string& client) {
    return Browse("/connect/" + link, From(client));
  }

  HttpAnswer Deliver(const std::string& hook, const std::string& token, const std::string& client) {
    const Json event = {{"resource", "call"},
                        {"event", "call.ended"},
                        {"timestamp", 1790700231},
                        {"token", token},
                        {"data", {{"id", 4190000017}}}};
    return Ask("POST", "/webhooks/aircall/" + hook, From(client), event.dump());
  }

  void GuessLinks(const std::string& client) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(Open("guess" + std::to_string(i), client).status, 404);
  }
};

TEST_F(WrongSecrets, MakeTheirSenderWaitAndNobodyElse) {
  const std::string link = NewLink();
  GuessLinks("198.51.100.7");
  const HttpAnswer refused = Open("guess", "198.51.100.7");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.Header("retry-after"), "6");
  EXPECT_THAT(refused.body, HasSubstr("Too many wrong links"));
  EXPECT_EQ(Open(link, "198.51.100.8").status, 200);
  clock.Advance(std::chrono::seconds(6));
  EXPECT_EQ(Open(link, "198.51.100.7").status, 200);
}

TEST_F(WrongSecrets, AreCountedForWhoeverTheProxySawAndNotForWhoTheyClaimToBe) {
  for (int i = 0; i < 10; ++i) Open("guess", "203.0.113." + std::to_string(i) + ", 198.51.100.7");
  EXPECT_EQ(Open("guess", "203.0.113.99, 198.51.100.7").status, 429);
  EXPECT_EQ(Browse("/connect/guess", From("203.0.113.98") + From("198.51.100.7")).status, 429)
      << "a proxy that adds a header of its own behind the client's";
}

TEST_F(WrongSecrets, TellAProgramWhenToTryAgain) {
  GuessLinks("198.51.100.7");
  const HttpAnswer refused = Ask("GET", "/connect/guess", From("198.51.100.7"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("LOGIN_LIMITED"));
}

TEST_F(WrongSecrets, OfDeliveriesNeverHoldUpARightOneOfTheSameSender) {
  const ports::Account account = *ConnectByOAuth();
  const std::string& hook = account.webhook.hook_id;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Deliver(hook, "guess", "198.51.100.7").status, 401);
  EXPECT_EQ(Deliver(hook, "guess", "198.51.100.7").status, 429);
  EXPECT_EQ(Deliver("no-such-hook", "guess", "198.51.100.7").status, 429);
  EXPECT_EQ(Deliver(hook, far_side.hooks().at(0).token, "198.51.100.7").status, 200);
  EXPECT_THAT(metrics.Text(),
              HasSubstr(R"(switchboard_failed_logins_total{door="http",outcome="limited"} 2)"));
}

}  // namespace
}  // namespace sb
