#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "switchboard/v1/account.grpc.pb.h"
#include "switchboard/v1/workflow.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using grpc::StatusCode;
using ports::Role;
using testing::ApiHouse;
using ::testing::HasSubstr;
using testing::ReasonOf;

grpc::Status List(const ApiHouse& house, grpc::ClientContext& context) {
  v1::ListAccountsResponse response;
  return v1::AccountService::NewStub(house.channel())->ListAccounts(&context, {}, &response);
}

TEST(Admission, RefusesACallWithoutAKey) {
  ApiHouse house;
  const auto status = List(house, *house.With(""));
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "API_KEY_MISSING");
}

TEST(Admission, RefusesAKeyThatNobodyMade) {
  ApiHouse house;
  const auto status = List(house, *house.With("sbk_guessed"));
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "API_KEY_UNKNOWN");
  EXPECT_EQ(status.error_message().find("guessed"), std::string::npos)
      << "an error must not repeat the key";
}

TEST(Admission, RefusesWhatTheRoleDoesNotAllow) {
  ApiHouse house;
  const auto stub = v1::AccountService::NewStub(house.channel());
  v1::CreateConnectSessionRequest request;
  request.set_tenant("acme");
  v1::CreateConnectSessionResponse response;
  const auto status =
      stub->CreateConnectSession(house.With(house.AddKey(Role::kViewer)).get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "ROLE_INSUFFICIENT");
}

TEST(Admission, LetsAnOperatorDeployNothing) {
  ApiHouse house;
  v1::DeployWorkflowRequest request;
  request.set_source(testing::NoteWorkflow());
  v1::DeployWorkflowResponse response;
  const auto stub = v1::WorkflowService::NewStub(house.channel());
  const auto status =
      stub->DeployWorkflow(house.With(house.AddKey(Role::kOperator)).get(), request, &response);
  EXPECT_EQ(ReasonOf(status), "ROLE_INSUFFICIENT");
}

/// Occupies every thread of a pool until it goes.
class Blocker {
 public:
  Blocker(adapters::system::WorkerPool& pool, int tasks) {
    for (int i = 0; i < tasks; ++i) {
      pool.Post([gate = gate_, this] {
        ++running_;
        gate.wait();
      });
    }
  }

  ~Blocker() { Release(); }

  Blocker(const Blocker&) = delete;
  Blocker& operator=(const Blocker&) = delete;

  void Release() {
    if (!released_) release_.set_value();
    released_ = true;
  }

  int running() const { return running_; }

 private:
  std::promise<void> release_;
  std::shared_future<void> gate_{release_.get_future().share()};
  std::atomic<int> running_{0};
  bool released_ = false;
};

TEST(Admission, RefusesCallsAboveWhatTheQueueHoldsAndSaysWhenToTryAgain) {
  ApiHouse house(/*threads=*/1, /*queue=*/1);
  const std::string key = house.AddKey(Role::kViewer);
  Blocker blocker(*house.pool, 1);
  while (blocker.running() == 0) std::this_thread::yield();
  while (house.pool->TryPost([] {})) {
  }
  const auto status = List(house, *house.With(key));
  blocker.Release();
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "SERVER_BUSY");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::RetryInfo retry;
  ASSERT_EQ(details.details_size(), 2);
  ASSERT_TRUE(details.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
}

/// What the client gave up reaches the server before what it sends after that on the same
/// connection.
void LetTheServerHearOfIt(const ApiHouse& house) {
  const auto stub = grpc::health::v1::Health::NewStub(house.channel());
  grpc::health::v1::HealthCheckResponse response;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(stub->Check(house.With("").get(), {}, &response).ok());
}

TEST(Admission, AnswersACallerWhoseDeadlinePassedAndDoesNotWorkForThem) {
  ApiHouse house(/*threads=*/1, /*queue=*/8);
  const std::string key = house.AddKey(Role::kOperator);
  Blocker blocker(*house.pool, 1);
  const auto context = house.With(key);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::CreateConnectSessionRequest request;
  request.set_tenant("acme");
  v1::CreateConnectSessionResponse response;
  const auto status = v1::AccountService::NewStub(house.channel())
                          ->CreateConnectSession(context.get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  LetTheServerHearOfIt(house);
  blocker.Release();
  house.StopEverything();
  EXPECT_THAT(house.metrics.Text(),
              HasSubstr(R"(switchboard_grpc_requests_total{code="CANCELLED",)"
                        R"(method="AccountService/CreateConnectSession"} 1)"));
}

TEST(Admission, SlowsDownWhoTriesOneWrongKeyAfterTheOther) {
  ApiHouse house;
  const std::string key = house.AddKey(Role::kViewer);
  EXPECT_TRUE(List(house, *house.With(key)).ok());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(ReasonOf(List(house, *house.With("sbk_guess_" + std::to_string(i)))),
              "API_KEY_UNKNOWN");
  const auto refused = List(house, *house.With("sbk_guess_more"));
  EXPECT_EQ(refused.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "LOGIN_LIMITED");
  house.clock.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(List(house, *house.With(key)).ok()) << "a key that was good is served all the same";
  house.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(ReasonOf(List(house, *house.With("sbk_guess_more"))), "API_KEY_UNKNOWN");
  EXPECT_EQ(ReasonOf(List(house, *house.With("sbk_guess_more"))), "LOGIN_LIMITED");
  house.StopEverything();
  EXPECT_THAT(house.metrics.Text(),
              HasSubstr(R"(switchboard_failed_logins_total{door="grpc",outcome="limited"} 2)"));
}

TEST(Admission, CountsCallsByMethodAndCode) {
  ApiHouse house;
  EXPECT_TRUE(List(house, *house.With(house.AddKey(Role::kViewer))).ok());
  house.StopEverything();
  EXPECT_THAT(
      house.metrics.Text(),
      HasSubstr(
          R"(switchboard_grpc_requests_total{code="OK",method="AccountService/ListAccounts"} 1)"));
}

}  // namespace
}  // namespace sb::api
