// The engine is killed with SIGKILL while a receiver has an event and has not answered yet, and
// again while it hands on a heap of them. Every event arrives, those about the same thing in their
// order, and what was under way comes again under the same id. Likewise for a client that follows
// the events with a resume token.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "switchboard/v1/event.grpc.pb.h"
#include "tests/contract/http/raw_server.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

namespace v1 = switchboard::v1;
using namespace std::chrono_literals;
using testing::RawServer;
using ::testing::SizeIs;

constexpr const char* kSigningKey = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kFollowedType = "com.example.order.moved";

std::string HeaderIn(const std::string& request, const std::string& name) {
  const std::size_t at = request.find(name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 2;
  return request.substr(from, request.find('\r', from) - from);
}

std::string BodyIn(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

class KillOnward : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.Plant("the signing secret", kSigningKey);
    system_.StartSandbox();
    Serve();
    account_ = system_.ConnectWithKey();
  }

  void Serve() { system_.StartServe({"--http-resolve", "receiver.example=" + receiver_.Url("")}); }

  void AddHook() {
    const std::string tenant = TextMember(system_.Cli({"account", "get", account_}), "tenant");
    system_.Cli({"secret", "set", "hook", "--tenant", tenant}, std::string("whsec_") + kSigningKey);
    hook_ = TextMember(system_.Cli({"destination", "add", "--account", account_, "--sink", "http",
                                    "--name", "hook", "--set", "url=http://receiver.example/hook",
                                    "--secret", "signing_secret=hook", "--events", kFollowedType}),
                       "id");
  }

  /// An order moves on; `step` counts its moves.
  void Move(int order, int step) {
    system_.Cli({"event", "publish", "--account", account_, "--id",
                 std::to_string(order) + "-" + std::to_string(step), "--type", kFollowedType,
                 "--subject", "orders/" + std::to_string(order), "--data",
                 R"({"step": )" + std::to_string(step) + "}"});
  }

  bool AwaitDelivered(std::size_t count) {
    return Eventually(
        60s,
        [&] {
          const Json hook = system_.Cli({"destination", "get", hook_});
          return PlainText(Member(hook, "delivered")) == std::to_string(count);
        },
        200ms);
  }

  /// Every request is signed, and is what an earlier one of its id was.
  void ExpectHonestRequests() {
    std::map<std::string, std::string> body_of;
    for (const std::string& request : receiver_.requests()) {
      const std::string id = HeaderIn(request, "webhook-id");
      const std::string content =
          id + "." + HeaderIn(request, "webhook-timestamp") + "." + BodyIn(request);
      EXPECT_EQ(HeaderIn(request, "webhook-signature"),
                "v1," + ToBase64(HmacSha256(*FromBase64(kSigningKey), content)));
      const auto [first, is_new] = body_of.emplace(id, BodyIn(request));
      EXPECT_TRUE(is_new || first->second == BodyIn(request)) << id;
    }
  }

  /// The steps of each order as they came for the first time.
  std::map<std::string, std::vector<int>> StepsByOrder() {
    std::map<std::string, std::vector<int>> steps;
    std::set<std::string> seen;
    for (const std::string& request : receiver_.requests()) {
      if (!seen.insert(HeaderIn(request, "webhook-id")).second) continue;
      const Json event = Json::parse(BodyIn(request));
      steps[TextMember(event, "subject")].push_back(event.at("data").at("step").get<int>());
    }
    return steps;
  }

  std::atomic<int> asked_ = 0;
  std::atomic<int> hang_at_ = 0;  ///< This request is never answered.
  RawServer receiver_{[this](const std::string&) -> RawServer::Reaction {
    if (++asked_ == hang_at_) return {"", RawServer::After::kHang};
    return {testing::HttpAnswer(200, "{}"), RawServer::After::kClose};
  }};
  LiveSystem system_;
  std::string account_;
  std::string hook_;
};

TEST_F(KillOnward, NothingIsLostAndWhatWasUnderWayComesAgain) {
  AddHook();
  hang_at_ = 1;
  for (int step = 1; step <= 3; ++step) {
    Move(1, step);
    Move(2, step);
  }
  ASSERT_TRUE(receiver_.AwaitRequests(1)) << system_.ServeLog();
  system_.KillServe();
  Serve();
  ASSERT_TRUE(receiver_.AwaitRequests(4)) << system_.ServeLog();
  system_.KillServe();
  Serve();
  for (int step = 4; step <= 6; ++step) Move(1, step);
  ASSERT_TRUE(AwaitDelivered(9)) << system_.ServeLog();
  ExpectHonestRequests();
  const auto steps = StepsByOrder();
  EXPECT_EQ(steps.at("orders/1"), (std::vector<int>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(steps.at("orders/2"), (std::vector<int>{1, 2, 3}));
  const auto requests = receiver_.requests();
  EXPECT_EQ(HeaderIn(requests[0], "webhook-id"), HeaderIn(requests[1], "webhook-id"))
      << "the one that was never answered is tried first";
}

class KillFollowed : public KillOnward {
 protected:
  /// Follows until `count` events came; their ids as their publisher gave them are in `told_`.
  void Follow(std::size_t count) {
    std::ostringstream key;
    key << std::ifstream(system_.folder() / "data" / "admin.key").rdbuf();
    std::string text = key.str();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const auto stub = v1::EventService::NewStub(grpc::CreateChannel(
        TextMember(system_.serve(), "grpc"), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + text);
    context.set_deadline(std::chrono::system_clock::now() + 60s);
    v1::WatchEventsRequest request;
    request.set_filter(std::string("type = ") + kFollowedType);
    request.set_resume_token(token_);
    const auto stream = stub->WatchEvents(&context, request);
    v1::WatchEventsResponse response;
    while ((count == 0 || told_.size() < count) && stream->Read(&response)) {
      for (const v1::Event& event : response.events()) told_.push_back(event.id());
      token_ = response.resume_token();
      if (count == 0) break;
    }
    context.TryCancel();
  }

  std::string token_;
  std::vector<std::string> told_;
};

TEST_F(KillFollowed, AClientGoesOnBehindItsTokenWithoutLossOrRepetition) {
  Follow(0);  // a token of before anything
  ASSERT_NE(token_, "");
  for (int step = 1; step <= 3; ++step) Move(1, step);
  Follow(2);
  system_.KillServe();
  Serve();
  for (int step = 4; step <= 6; ++step) Move(1, step);
  Follow(6);
  EXPECT_THAT(told_, SizeIs(6));
  EXPECT_THAT(std::set<std::string>(told_.begin(), told_.end()), SizeIs(6));
}

}  // namespace
}  // namespace sb::live
