#include <future>

#include <gmock/gmock.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "switchboard/v1/run.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using grpc::StatusCode;
using ports::Role;
using testing::ApiHouse;
using ::testing::HasSubstr;
using testing::ReasonOf;
using ::testing::StartsWith;

TEST(ApiServer, TellsWhichFreePortItGot) {
  ApiHouse house;
  EXPECT_THAT(house.address(), StartsWith("127.0.0.1:"));
  EXPECT_NE(house.address(), "127.0.0.1:0");
}

/// A second server that stands on the same things as the house's own.
Status StartAnother(ApiHouse& house, const std::string& listen) {
  Dependencies things = house.Things();
  things.post = [](const std::function<void()>&) { return false; };
  ApiServer another(std::move(things));
  return another.Start(listen);
}

TEST(ApiServer, SaysThatAPortIsTakenInsteadOfSharingIt) {
  ApiHouse house;
  const auto started = StartAnother(house, house.address());
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "ADDRESS_IN_USE");
  EXPECT_THAT(started.error().message, HasSubstr(house.address()));
}

TEST(ApiServer, SaysThatAnAddressIsNone) {
  ApiHouse house;
  for (const std::string listen :
       {"", "7700", "localhost", "localhost:", "localhost:port", "localhost:70000"}) {
    const auto started = StartAnother(house, listen);
    ASSERT_FALSE(started.ok()) << listen;
    EXPECT_EQ(started.error().code, "LISTEN_ADDRESS_INVALID") << listen;
  }
}

TEST(ApiServer, TellsItsHealthWithoutAKey) {
  ApiHouse house;
  const auto stub = grpc::health::v1::Health::NewStub(house.channel());
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(stub->Check(house.With("").get(), {}, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST(ApiServer, RefusesMessagesAboveFourMebibytes) {
  ApiHouse house;
  v1::CallActionRequest request;
  request.set_action(std::string(5 * 1024 * 1024, 'x'));
  v1::CallActionResponse response;
  const auto status =
      v1::RunService::NewStub(house.channel())
          ->CallAction(house.With(house.AddKey(Role::kOperator)).get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST(ApiServer, DoesNotHangOnAnActionWhoseAnswerNeverComesAndSaysThatItMayHaveHappened) {
  ApiHouse house(/*threads=*/1);
  const std::string key = house.AddKey(Role::kOperator);
  std::promise<ports::ActionPerformer::Done> waiting;
  house.performer.Play([&](const ports::ActionCall&, ports::ActionPerformer::Done done) {
    waiting.set_value(std::move(done));
  });
  v1::CallActionRequest request;
  request.set_account(ToText(house.AddAccount("acme")));
  request.set_action("aircall.calls.comment");
  auto call = std::async(std::launch::async, [&] {
    v1::CallActionResponse response;
    return v1::RunService::NewStub(house.channel())
        ->CallAction(house.With(key).get(), request, &response);
  });
  const auto done = waiting.get_future().get();
  std::promise<void>
      handed_over;  // the one thread of the pool gets here once the handler has returned
  house.pool->Post([&handed_over] { handed_over.set_value(); });
  handed_over.get_future().wait();
  house.server->Stop(Millis(50));
  const auto status = call.get();
  EXPECT_EQ(status.error_code(), StatusCode::UNKNOWN);
  EXPECT_EQ(ReasonOf(status), "API_STOPPING");
  done(Json::object());  // too late: nothing happens
}

TEST(ApiServer, MayBeStoppedTwiceAndUnstarted) {
  ApiHouse house;
  house.server->Stop(Millis(0));
  house.server->Stop(Millis(0));
}

}  // namespace
}  // namespace sb::api
