#include <gmock/gmock.h>

#include "engine/base/encoding.h"
#include "switchboard/v1/recording.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::RecordingState;
using ports::Role;
using testing::ReasonOf;
using ::testing::SizeIs;
using ::testing::StartsWith;

class RecordingCalls : public ::testing::Test {
 protected:
  grpc::Status SetPolicy(const v1::RecordingPolicy& policy) {
    v1::SetRecordingPolicyRequest request;
    *request.mutable_policy() = policy;
    return stub_->SetRecordingPolicy(house_.With(key_).get(), request, &set_);
  }

  v1::RecordingPolicy Wanted(v1::RecordingPolicy::Keep keep) {
    v1::RecordingPolicy policy;
    policy.set_account(ToText(account_));
    policy.set_keep(keep);
    return policy;
  }

  ports::Recording Add(const std::string& call, RecordingState state) {
    ports::Recording recording;
    recording.created_at = house_.clock.Now();
    recording.id = house_.ids.Next<ports::RecordingTag>(recording.created_at);
    recording.account = account_;
    recording.call = call;
    recording.due_at = recording.created_at;
    EXPECT_TRUE(house_.recordings.Want(recording).ok());
    if (state == RecordingState::kWanted) return recording;
    recording.state = state;
    recording.kept_at = recording.created_at;
    recording.size = 13;
    recording.sha256 = Sha256("what was said");
    EXPECT_TRUE(house_.recordings.Save(recording).ok());
    return recording;
  }

  grpc::Status Link(ports::RecordingId recording, int life_seconds) {
    v1::CreateRecordingLinkRequest request;
    request.set_recording(ports::ToText(recording));
    request.set_life_seconds(life_seconds);
    return stub_->CreateRecordingLink(house_.With(key_).get(), request, &link_);
  }

  testing::ApiHouse house_;
  std::string key_ = house_.AddKey(Role::kOperator, "acme");
  std::string viewer_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  std::unique_ptr<v1::RecordingService::Stub> stub_ =
      v1::RecordingService::NewStub(house_.channel());
  v1::SetRecordingPolicyResponse set_;
  v1::CreateRecordingLinkResponse link_;
};

TEST_F(RecordingCalls, APolicyIsSetAndReadAndTheProviderAskedForItsEvents) {
  v1::GetRecordingPolicyRequest request;
  request.set_account(ToText(account_));
  v1::GetRecordingPolicyResponse got;
  ASSERT_TRUE(stub_->GetRecordingPolicy(house_.With(viewer_).get(), request, &got).ok());
  EXPECT_EQ(got.policy().keep(), v1::RecordingPolicy::KEEP_NONE);

  v1::RecordingPolicy policy = Wanted(v1::RecordingPolicy::KEEP_VOICEMAILS);
  policy.set_retain_days(90);
  ASSERT_TRUE(SetPolicy(policy).ok());
  EXPECT_EQ(set_.policy().max_bytes(), 209715200);
  EXPECT_EQ(house_.enablement_changes, 1);
  ASSERT_TRUE(stub_->GetRecordingPolicy(house_.With(viewer_).get(), request, &got).ok());
  EXPECT_EQ(got.policy().keep(), v1::RecordingPolicy::KEEP_VOICEMAILS);
  EXPECT_EQ(got.policy().retain_days(), 90);
}

TEST_F(RecordingCalls, APolicyThatMeansNothingIsRefused) {
  EXPECT_EQ(ReasonOf(SetPolicy(Wanted(v1::RecordingPolicy::KEEP_UNSPECIFIED))), "FIELD_INVALID");
  v1::RecordingPolicy policy = Wanted(v1::RecordingPolicy::KEEP_BOTH);
  policy.set_retain_days(4000);
  EXPECT_EQ(ReasonOf(SetPolicy(policy)), "FIELD_INVALID");
  policy.set_retain_days(1);
  policy.set_max_bytes(-1);
  EXPECT_EQ(ReasonOf(SetPolicy(policy)), "FIELD_INVALID");
  policy.set_account("acc_nobody");
  EXPECT_EQ(ReasonOf(SetPolicy(policy)), "FIELD_INVALID");
}

TEST_F(RecordingCalls, RecordingsAreListedAndRead) {
  const auto wanted = Add("1", RecordingState::kWanted);
  const auto kept = Add("2", RecordingState::kKept);
  v1::ListRecordingsRequest request;
  request.set_account(ToText(account_));
  v1::ListRecordingsResponse listed;
  ASSERT_TRUE(stub_->ListRecordings(house_.With(viewer_).get(), request, &listed).ok());
  ASSERT_THAT(listed.recordings(), SizeIs(2));
  EXPECT_EQ(listed.recordings(0).id(), ports::ToText(kept.id));
  EXPECT_EQ(listed.recordings(0).sha256(), ToHex(Sha256("what was said")));
  EXPECT_EQ(listed.recordings(1).state(), v1::Recording::STATE_WANTED);
  EXPECT_TRUE(listed.recordings(1).has_due_time());
  request.set_state(v1::Recording::STATE_KEPT);
  ASSERT_TRUE(stub_->ListRecordings(house_.With(viewer_).get(), request, &listed).ok());
  EXPECT_THAT(listed.recordings(), SizeIs(1));

  v1::GetRecordingRequest one;
  one.set_recording(ports::ToText(wanted.id));
  v1::GetRecordingResponse got;
  ASSERT_TRUE(stub_->GetRecording(house_.With(viewer_).get(), one, &got).ok());
  EXPECT_EQ(got.recording().call(), "1");
  one.set_recording("rec_nothing");
  EXPECT_EQ(ReasonOf(stub_->GetRecording(house_.With(viewer_).get(), one, &got)), "FIELD_INVALID");
}

TEST_F(RecordingCalls, ALinkIsMadeToWhatIsKeptForAWhile) {
  const auto kept = Add("1", RecordingState::kKept);
  ASSERT_TRUE(Link(kept.id, 600).ok());
  EXPECT_THAT(link_.url(),
              StartsWith("https://switchboard.example/recordings/" + ports::ToText(kept.id) + "?"));
  const auto now = std::chrono::floor<std::chrono::seconds>(house_.clock.Now());
  EXPECT_EQ(link_.expire_time().seconds(), now.time_since_epoch().count() + 600);
  EXPECT_EQ(ReasonOf(Link(kept.id, 604801)), "FIELD_INVALID");
  EXPECT_EQ(ReasonOf(Link(kept.id, -1)), "FIELD_INVALID");
  const grpc::Status refused = Link(Add("2", RecordingState::kWanted).id, 0);
  EXPECT_EQ(ReasonOf(refused), "RECORDING_NOT_KEPT");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(RecordingCalls, WhoOnlyLooksGetsNoLink) {
  v1::CreateRecordingLinkRequest request;
  request.set_recording(ports::ToText(Add("1", RecordingState::kKept).id));
  const grpc::Status refused =
      stub_->CreateRecordingLink(house_.With(viewer_).get(), request, &link_);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace sb::api
