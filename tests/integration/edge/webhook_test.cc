// A provider's deliveries, good and bad.

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "tests/integration/edge/door_world.h"

namespace sb {
namespace {

using ports::Account;
using ::testing::AllOf;
using testing::DoorWorld;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpConnection;
using ::testing::Not;

edge::Door::Settings ImpatientHooks() {
  edge::Door::Settings settings;
  settings.webhook_patience = Millis(100);
  return settings;
}

class Delivery : public ::testing::Test, protected DoorWorld {
 protected:
  explicit Delivery(edge::Door::Settings settings = {})
      : DoorWorld(settings), account_(*ConnectByOAuth()) {}

  std::string Token() { return far_side.hooks().at(0).token; }

  std::string Path() const { return "/webhooks/aircall/" + account_.webhook.hook_id; }

  Json Event(std::int64_t call = 4190000017) {
    return {{"resource", "call"},
            {"event", "call.ended"},
            {"timestamp", 1790700231},
            {"token", Token()},
            {"data", {{"id", call}, {"direction", "inbound"}, {"raw_digits", "+1 617-555-0142"}}}};
  }

  HttpAnswer Deliver(const std::string& body) {
    return Ask("POST", Path(), "Content-Type: application/json\r\n", body);
  }

  HttpAnswer Deliver(const Json& event) { return Deliver(event.dump()); }

  void ExpectResult(const std::string& result, int count) {
    EXPECT_THAT(metrics.Text(), HasSubstr("switchboard_webhooks_total{result=\"" + result + "\"} " +
                                          std::to_string(count) + "\n"));
  }

  Account account_;
};

TEST_F(Delivery, IsStoredWithWhatItIsAbout) {
  const HttpAnswer answer = Deliver(Event());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"accepted":true})");
  ASSERT_EQ(engine.items().size(), 1U);
  const ports::InboxItem item = engine.items()[0];
  EXPECT_EQ(item.account, account_.id);
  EXPECT_EQ(item.slot, account_.slot);
  EXPECT_EQ(item.event, "io.aircall.call.ended");
  EXPECT_EQ(item.entity, "calls");
  EXPECT_EQ(item.entity_id, "4190000017");
  EXPECT_EQ(item.source, ports::InboxSource::kWebhook);
  EXPECT_EQ(item.received_at, clock.Now());
  EXPECT_FALSE(item.id.IsNone());
  EXPECT_EQ(item.dedupe.size(), 32U);
  EXPECT_EQ(item.occurrence.size(), 32U) << "a call ends once";
  EXPECT_THAT(item.body, AllOf(HasSubstr("4190000017"), Not(HasSubstr(Token()))));
  ExpectResult("accepted", 1);
}

TEST_F(Delivery, IsAnsweredTheSameWhenItComesAgain) {
  ASSERT_EQ(Deliver(Event()).status, 200);
  const HttpAnswer again = Deliver(Event());
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, R"({"accepted":true})");
  EXPECT_EQ(engine.items().size(), 1U);
  ExpectResult("duplicate", 1);
}

TEST_F(Delivery, IsAnsweredOnlyOnceItIsDurable) {
  engine.HoldAnswers(true);
  HttpConnection sender(address);
  const std::string body = Event().dump();
  sender.Send("POST " + Path() + " HTTP/1.1\r\nHost: d\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(engine.AwaitItems(1));
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("switchboard_webhooks_total{")));
  engine.Release();
  EXPECT_EQ(sender.Receive().status, 200);
}

TEST_F(Delivery, OfAnEventNobodyHeardOfIsStoredAllTheSame) {
  Json event = Event();
  event["event"] = "call.teleported";
  EXPECT_EQ(Deliver(event).status, 200);
  EXPECT_EQ(engine.items().at(0).event, "io.aircall.call.teleported");
}

TEST_F(Delivery, ThatCannotBeReadIsKeptAndAnswered) {
  for (const char* body :
       {"", "nope", "[1,2", "[]", R"({"hello":"world"})", "\xff\xfe\x00garbage"}) {
    EXPECT_EQ(Deliver(std::string(body)).status, 200) << body;
  }
  const auto items = engine.items();
  ASSERT_EQ(items.size(), 6U);
  for (const ports::InboxItem& item : items) EXPECT_EQ(item.event, "unreadable");
  EXPECT_EQ(items[1].body, "nope");
  ExpectResult("unreadable", 6);
}

TEST_F(Delivery, WithAWrongTokenIsRefused) {
  for (const Json& token :
       {Json("guess"), Json(""), Json(nullptr), Json(42), Json(Token() + "x")}) {
    Json event = Event();
    event["token"] = token;
    const HttpAnswer answer = Deliver(event);
    EXPECT_EQ(answer.status, 401) << token;
    EXPECT_THAT(answer.body, HasSubstr("WEBHOOK_TOKEN_WRONG"));
  }
  EXPECT_TRUE(engine.items().empty());
  ExpectResult("wrong_token", 5);
}

TEST_F(Delivery, WithAnotherAccountsTokenIsRefused) {
  const auto other = connections.ConnectWithKey({"globex", "aircall", GoodKey()});
  ASSERT_TRUE(other.ok());
  Json event = Event();
  event["token"] = far_side.hooks().at(1).token;
  EXPECT_EQ(Deliver(event).status, 401);
}

TEST_F(Delivery, ToAnUnknownWebhookIsNotFound) {
  EXPECT_EQ(Ask("POST", "/webhooks/aircall/guess", "", Event().dump()).status, 404);
  EXPECT_EQ(Ask("POST", "/webhooks/fax/" + account_.webhook.hook_id, "", Event().dump()).status,
            404);
  ExpectResult("unknown_hook", 2);
}

TEST_F(Delivery, ToADisconnectedAccountIsGone) {
  ASSERT_EQ(Deliver(Event()).status, 200);
  const std::string body = Event(2).dump();
  ASSERT_TRUE(connections.Disconnect(account_.id).ok());
  door.AccountChanged(account_.id);
  EXPECT_EQ(Deliver(body).status, 410);
  ExpectResult("disconnected", 1);
}

TEST_F(Delivery, WithTheTokenOfANewWebhookIsTakenAlthoughTheOldOneIsRemembered) {
  ASSERT_EQ(Deliver(Event()).status, 200);
  Account changed = *accounts.Get(account_.id);
  changed.webhook.token_hash = Sha256("new-token");
  ASSERT_TRUE(accounts.Update(changed).ok());
  Json event = Event(2);
  event["token"] = "new-token";
  EXPECT_EQ(Deliver(event).status, 200);
}

TEST_F(Delivery, BeforeTheTokenIsKnownIsAskedForAgain) {
  Account connecting = *accounts.Get(account_.id);
  connecting.state = ports::AccountState::kConnecting;
  connecting.webhook.token_hash.clear();
  ASSERT_TRUE(accounts.Update(connecting).ok());
  const HttpAnswer answer = Deliver(Event());
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.Header("retry-after"), "");
}

TEST_F(Delivery, ToAnAccountThatNeedsReauthIsTaken) {
  Account out = *accounts.Get(account_.id);
  out.state = ports::AccountState::kNeedsReauth;
  ASSERT_TRUE(accounts.Update(out).ok());
  EXPECT_EQ(Deliver(Event()).status, 200);
}

TEST_F(Delivery, ThatCannotBeStoredIsAskedForAgain) {
  engine.FailWith(Unavailable("DATABASE_UNAVAILABLE", "the database at /run/x is away"));
  const HttpAnswer answer = Deliver(Event());
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, AllOf(HasSubstr("TRY_AGAIN"), Not(HasSubstr("/run/x"))));
  ExpectResult("failed", 1);
  engine.FailWith({});
  EXPECT_EQ(Deliver(Event()).status, 200);
}

TEST_F(Delivery, OfNearlyTheLimitIsTaken) {
  Json event = Event();
  event["data"]["notes"] = std::string(1'000'000, 'n');
  EXPECT_EQ(Deliver(event).status, 200);
  EXPECT_EQ(engine.items().size(), 1U);
}

TEST_F(Delivery, OfTenMegabytesIsRefusedAndTheDoorStaysOpen) {
  Json event = Event();
  event["data"]["notes"] = std::string(10'000'000, 'n');
  EXPECT_EQ(Deliver(event).status, 413);
  EXPECT_EQ(Deliver(Event()).status, 200);
}

TEST_F(Delivery, OfDeeplyNestedJsonDoesNoHarm) {
  EXPECT_EQ(Deliver(std::string(500'000, '[')).status, 200);
  EXPECT_EQ(engine.items().at(0).event, "unreadable");
}

TEST_F(Delivery, FromManySendersAtOnceLosesNothing) {
  constexpr int kSenders = 8;
  constexpr int kEach = 50;
  std::atomic<int> taken = 0;
  std::vector<std::thread> senders;
  senders.reserve(kSenders);
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      HttpConnection connection(address);
      for (int i = 0; i < kEach; ++i) {
        if (connection.Ask("POST", Path(), "", Event(s * 1000 + i).dump()).status == 200) ++taken;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(taken, kSenders * kEach);
  EXPECT_EQ(engine.items().size(), static_cast<std::size_t>(kSenders * kEach));
}

class HurriedDelivery : public Delivery {
 protected:
  HurriedDelivery() : Delivery(ImpatientHooks()) {}
};

TEST_F(HurriedDelivery, IsAskedForAgainWhenTheEngineDoesNotAnswerInTime) {
  engine.HoldAnswers(true);
  const HttpAnswer answer = Deliver(Event());
  EXPECT_EQ(answer.status, 503);
  ExpectResult("late", 1);
  engine.Release();  // too late: nobody is waiting
  engine.HoldAnswers(false);
  EXPECT_EQ(Deliver(Event(2)).status, 200);
}

}  // namespace
}  // namespace sb
