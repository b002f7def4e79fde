// What reaches the door over the wire: whole, broken, too large, too slow.

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/integration/edge/door_world.h"

namespace sb {
namespace {

using ::testing::AllOf;
using testing::AskOnce;
using testing::DoorWorld;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpConnection;
using ::testing::Not;

std::string CodeOf(const HttpAnswer& answer) {
  const Json body = Json::parse(answer.body, nullptr, false);
  return body.is_discarded() ? "not JSON: " + answer.body
                             : body.value("/error/code"_json_pointer, "");
}

class Door : public ::testing::Test, protected DoorWorld {};

TEST_F(Door, SaysThatItIsAlive) {
  const HttpAnswer answer = Ask("GET", "/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":"ok"})");
}

TEST_F(Door, SaysWhetherItIsReadyAndWhyNot) {
  EXPECT_EQ(Ask("GET", "/readyz").status, 200);
  reasons = {"the database cannot be reached"};
  const HttpAnswer answer = Ask("GET", "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(Json::parse(answer.body),
            Json({{"ready", false}, {"reasons", {"the database cannot be reached"}}}));
}

TEST_F(Door, ShowsItsMetrics) {
  Ask("GET", "/healthz");
  const HttpAnswer answer = Ask("GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              HasSubstr("switchboard_http_requests_total{route=\"/healthz\",status=\"200\"} 1"));
}

TEST_F(Door, ShowsAPageAboutItselfAndItsIcon) {
  EXPECT_THAT(Browse("/").body, HasSubstr("This is a Switchboard server"));
  EXPECT_EQ(Browse("/favicon.ico").Header("content-type"), "image/svg+xml");
  EXPECT_EQ(Browse("/assets/style.css").status, 200);
}

TEST_F(Door, AnswersUnknownAddressesToEachInItsLanguage) {
  const HttpAnswer program = Ask("GET", "/nothing");
  EXPECT_EQ(program.status, 404);
  EXPECT_EQ(CodeOf(program), "PAGE_UNKNOWN");
  const HttpAnswer person = Browse("/nothing");
  EXPECT_EQ(person.status, 404);
  EXPECT_THAT(person.body, HasSubstr("There is nothing here"));
  for (const char* odd : {"/connect", "/connect/a/b", "/webhooks/aircall", "/webhooks/a/b/c",
                          "/assets/none.css", "//", "/oauth"}) {
    EXPECT_EQ(Ask("GET", odd).status, 404) << odd;
  }
}

TEST_F(Door, SaysWhichMethodAnAddressTakes) {
  for (const char* path : {"/webhooks/aircall/h1", "/connect/t/oauth", "/connect/t/key"}) {
    const HttpAnswer answer = Ask("GET", path);
    EXPECT_EQ(answer.status, 405) << path;
    EXPECT_EQ(answer.Header("allow"), "POST");
    EXPECT_EQ(CodeOf(answer), "METHOD_NOT_ALLOWED");
  }
  for (const char* path :
       {"/connect/t", "/oauth/callback", "/healthz", "/readyz", "/metrics", "/"}) {
    EXPECT_EQ(Ask("POST", path).status, 405) << path;
  }
}

TEST_F(Door, AnswersHeadWithoutABody) {
  HttpConnection connection(address);
  const HttpAnswer head = connection.Ask("HEAD", "/healthz");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), "15");
  EXPECT_EQ(connection.Ask("GET", "/healthz").body.size(), 15U);
}

TEST_F(Door, KeepsTheConnectionForTheNextRequest) {
  HttpConnection connection(address);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(connection.Ask("GET", "/healthz").status, 200);
}

TEST_F(Door, AnswersRequestsThatCameAtOnceOneByOne) {
  HttpConnection connection(address);
  connection.Send(
      "GET /healthz HTTP/1.1\r\nHost: d\r\n\r\nGET /nothing HTTP/1.1\r\nHost: d\r\n\r\n");
  EXPECT_EQ(connection.Receive().status, 200);
  EXPECT_EQ(connection.Receive().status, 404);
}

TEST_F(Door, EndsTheConnectionWhenTheClientAsksForIt) {
  HttpConnection connection(address);
  EXPECT_EQ(connection.Ask("GET", "/healthz", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(connection.IsClosedByPeer());
}

TEST_F(Door, RefusesWhatIsNoHttp) {
  for (const char* junk : {"GARBAGE\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                           "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    HttpConnection connection(address);
    connection.Send(junk);
    const HttpAnswer answer = connection.Receive();
    EXPECT_TRUE(answer.status == 400 || answer.status == 0) << junk << answer.status;
    EXPECT_TRUE(connection.IsClosedByPeer());
  }
  EXPECT_EQ(Ask("GET", "/healthz").status, 200);
}

TEST_F(Door, RefusesAHeaderThatIsTooLarge) {
  const HttpAnswer answer = Ask("GET", "/healthz", "X-Long: " + std::string(20'000, 'x') + "\r\n");
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(CodeOf(answer), "HEADER_TOO_LARGE");
  EXPECT_EQ(Ask("GET", "/healthz", "X-Long: " + std::string(10'000, 'x') + "\r\n").status, 200);
}

TEST_F(Door, RefusesABodyThatIsTooLargeAndTheClientSeesTheAnswer) {
  const HttpAnswer answer =
      Ask("POST", "/webhooks/aircall/h1", "", std::string(10 * 1024 * 1024, 'x'));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(CodeOf(answer), "BODY_TOO_LARGE");
  EXPECT_TRUE(engine.items().empty());
}

TEST_F(Door, RefusesABodyThatGrowsTooLargeInChunks) {
  HttpConnection connection(address);
  connection.Send(
      "POST /webhooks/aircall/h1 HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 40 && connection.Send(chunk); ++i) {
  }
  EXPECT_EQ(connection.Receive().status, 413);
}

TEST_F(Door, TellsAClientThatWaitsToGoOn) {
  HttpConnection connection(address);
  connection.Send(
      "POST /webhooks/aircall/none HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\nExpect: "
      "100-continue\r\n\r\n");
  EXPECT_EQ(connection.Receive().status, 100);
  connection.Send("{}");
  EXPECT_EQ(connection.Receive().status, 404);
}

TEST_F(Door, TellsAClientThatWaitsWithTooMuchToSaveItsBreath) {
  HttpConnection connection(address);
  connection.Send(
      "POST /webhooks/aircall/none HTTP/1.1\r\nHost: d\r\nContent-Length: 99000000\r\nExpect: "
      "100-continue\r\n\r\n");
  EXPECT_EQ(connection.Receive().status, 413);
}

edge::Door::Settings Impatient() {
  edge::Door::Settings settings;
  settings.listener.header_timeout = settings.listener.body_timeout =
      settings.listener.idle_timeout = Millis(100);
  return settings;
}

TEST(SlowClient, IsLeftInItsHeader) {
  DoorWorld world(Impatient());
  HttpConnection slow(world.address);
  slow.Send("GET /healthz HTT");
  EXPECT_TRUE(slow.IsClosedByPeer());
  EXPECT_EQ(world.Ask("GET", "/healthz").status, 200);
}

TEST(SlowClient, IsLeftInItsBody) {
  DoorWorld world(Impatient());
  HttpConnection slow(world.address);
  slow.Send("POST /webhooks/aircall/h1 HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_TRUE(slow.IsClosedByPeer());
}

TEST(SlowClient, IsLeftBetweenRequests) {
  DoorWorld world(Impatient());
  HttpConnection idle(world.address);
  EXPECT_EQ(idle.Ask("GET", "/healthz").status, 200);
  EXPECT_TRUE(idle.IsClosedByPeer());
}

TEST(ManyClients, AreTurnedAwayAboveTheLimit) {
  edge::Door::Settings settings;
  settings.listener.max_connections = 1;
  DoorWorld world(settings);
  HttpConnection first(world.address);
  ASSERT_EQ(first.Ask("GET", "/healthz").status, 200);
  EXPECT_TRUE(HttpConnection(world.address).IsClosedByPeer());
  EXPECT_EQ(first.Ask("GET", "/healthz").status, 200);
}

class Listening : public ::testing::Test, protected DoorWorld {
 protected:
  Result<std::string> Listen(const std::string& where) {
    edge::Door second(
        {connections, accounts, engine, testing::ShippedConnectors(), workers, clock, ids, metrics,
         [this] { return public_url; }, [] { return std::vector<std::string>(); }},
        {});
    return second.Start(where);
  }

  void ExpectError(const std::string& where, ErrorKind kind, const std::string& code) {
    const auto bound = Listen(where);
    ASSERT_FALSE(bound.ok()) << where;
    EXPECT_EQ(bound.error().kind, kind) << where;
    EXPECT_EQ(bound.error().code, code) << where;
    EXPECT_THAT(bound.error().message, HasSubstr(where));
  }
};

TEST_F(Listening, AtAPortInUseSaysSoAndWhatToDo) {
  ExpectError(address, ErrorKind::kUnavailable, "ADDRESS_IN_USE");
  EXPECT_THAT(Listen(address).error().message, HasSubstr("choose another port"));
}

TEST_F(Listening, AtAnAddressOfAnotherMachineSaysSo) {
  ExpectError("192.0.2.1:0", ErrorKind::kUnavailable, "ADDRESS_UNAVAILABLE");
}

TEST_F(Listening, NeedsAnAddressWithAPort) {
  for (const char* bad : {"", "8080", ":8080", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999",
                          "::1:8080", "nobody.invalid:80"}) {
    ExpectError(bad, ErrorKind::kInvalid, "LISTEN_ADDRESS_INVALID");
  }
}

TEST_F(Listening, TakesNamesAndAnyFreePort) {
  const auto bound = Listen("localhost:0");
  ASSERT_TRUE(bound.ok());
  EXPECT_THAT(*bound, Not(HasSubstr(":0")));
}

TEST(Stopping, AnswersWhatIsUnderWayAndTakesNothingMore) {
  DoorWorld world;
  const auto account = world.ConnectByOAuth();
  world.engine.HoldAnswers(true);
  HttpConnection sender(world.address);
  sender.Send("POST /webhooks/aircall/" + account->webhook.hook_id +
              " HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\nnope");
  ASSERT_TRUE(world.engine.AwaitItems(1));
  std::thread stopping([&] { world.door.Stop(); });
  world.engine.Release();
  EXPECT_EQ(sender.Receive().status, 200);
  EXPECT_TRUE(sender.IsClosedByPeer());
  stopping.join();
  EXPECT_EQ(AskOnce(world.address, "GET", "/healthz").status, 0);
  world.door.Stop();
}

TEST(Stopping, DoesNotWaitForEverForAnEngineThatDoesNotAnswer) {
  edge::Door::Settings settings;
  settings.listener.grace = Millis(50);
  DoorWorld world(settings);
  const auto account = world.ConnectByOAuth();
  world.engine.HoldAnswers(true);
  HttpConnection sender(world.address);
  sender.Send("POST /webhooks/aircall/" + account->webhook.hook_id +
              " HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\nnope");
  ASSERT_TRUE(world.engine.AwaitItems(1));
  world.door.Stop();
  world.engine.Release();  // an answer after the end is dropped
  EXPECT_EQ(sender.Receive().status, 0);
}

}  // namespace
}  // namespace sb
