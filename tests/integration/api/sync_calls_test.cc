// A sync from its plan to its end, as a client calls it.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "switchboard/v1/sync.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using grpc::StatusCode;
using ports::Role;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReasonOf;
using ::testing::SizeIs;
using testing::WarehouseSync;

class SyncCalls : public ::testing::Test {
 protected:
  grpc::Status Plan(const std::string& source) {
    v1::PlanSyncRequest request;
    request.set_account(ToText(account_));
    request.set_source(source);
    plan_.Clear();
    return stub_->PlanSync(house_.With(viewer_).get(), request, &plan_);
  }

  grpc::Status Deploy(const std::string& source = WarehouseSync(), bool start = false) {
    v1::DeploySyncRequest request;
    request.set_account(ToText(account_));
    request.set_source(source);
    request.set_start(start);
    deployed_.Clear();
    return stub_->DeploySync(house_.With(key_).get(), request, &deployed_);
  }

  template <typename Request>
  Request About(const std::string& sync = "warehouse") {
    Request request;
    request.set_account(ToText(account_));
    request.set_sync(sync);
    return request;
  }

  v1::Sync Get() {
    v1::GetSyncResponse response;
    const auto status =
        stub_->GetSync(house_.With(viewer_).get(), About<v1::GetSyncRequest>(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.sync();
  }

  /// A stream as it is stored.
  ports::SyncStream Stored(const std::string& name) {
    const ports::Sync sync = house_.syncs.List(account_).value().front();
    const auto streams = house_.syncs.Streams(sync.slot, sync.account, sync.id).value();
    for (const ports::SyncStream& each : streams) {
      if (each.stream == name) return each;
    }
    ADD_FAILURE() << "the sync has no stream " << name;
    return {};
  }

  void Brake(const std::string& name) {
    ports::SyncStream stream = Stored(name);
    stream.error = accounts::kDeletesBraked;
    stream.whole_at = stream.known_until = house_.clock.Now();
    EXPECT_TRUE(house_.syncs.SaveStream(stream).ok());
    EXPECT_TRUE(house_.sync_ledger
                    .Suspect({stream.slot, stream.account, stream.sync, stream.stream},
                             {{"1", house_.clock.Now()}, {"2", house_.clock.Now()}}, {})
                    .ok());
  }

  testing::ApiHouse house_;
  std::string key_ = house_.AddKey(Role::kOperator, "acme");
  std::string viewer_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  std::unique_ptr<v1::SyncService::Stub> stub_ = v1::SyncService::NewStub(house_.channel());
  v1::PlanSyncResponse plan_;
  v1::DeploySyncResponse deployed_;
};

TEST_F(SyncCalls, APlanSaysWhatWouldBeMadeAndMakesNothing) {
  ASSERT_TRUE(Plan(WarehouseSync()).ok());
  EXPECT_THAT(plan_.diagnostics(), IsEmpty());
  EXPECT_THAT(plan_.sync().schema(), HasSubstr(ToText(account_)));
  EXPECT_THAT(plan_.plan().new_tables(), Not(IsEmpty()));
  EXPECT_THAT(house_.syncs.List(account_).value(), IsEmpty());
  ASSERT_TRUE(Plan(WarehouseSync()).ok());
  EXPECT_THAT(plan_.plan().new_tables(), Not(IsEmpty()));
}

TEST_F(SyncCalls, AFaultyDefinitionIsShownWithLineAndColumnAndNotDeployed) {
  std::string faulty = WarehouseSync();
  faulty.replace(faulty.find("teams"), 5, "teems");
  ASSERT_TRUE(Plan(faulty).ok());
  ASSERT_THAT(plan_.diagnostics(), SizeIs(1));
  EXPECT_EQ(plan_.diagnostics(0).code(), "SYNC_STREAM_UNKNOWN");
  EXPECT_EQ(plan_.diagnostics(0).line(), 4);
  const grpc::Status refused = Deploy(faulty);
  EXPECT_EQ(refused.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(refused), "SYNC_INVALID");
}

TEST_F(SyncCalls, ADeploymentMakesTablesOnceAndStartsOnlyWhereItIsToldTo) {
  ASSERT_TRUE(Deploy().ok());
  EXPECT_EQ(deployed_.sync().state(), v1::Sync::STATE_PAUSED);
  EXPECT_EQ(deployed_.sync().source(), WarehouseSync());
  ASSERT_TRUE(Deploy().ok());
  EXPECT_THAT(deployed_.plan().new_tables(), IsEmpty());
  EXPECT_THAT(house_.syncs.List(account_).value(), SizeIs(1));
  ASSERT_TRUE(Deploy(WarehouseSync("1.1.0"), true).ok());
  EXPECT_EQ(deployed_.sync().state(), v1::Sync::STATE_RUNNING);
  EXPECT_EQ(deployed_.sync().version(), "1.1.0");
  EXPECT_GT(house_.sync_changes, 0);
}

TEST_F(SyncCalls, AVersionNeverChanges) {
  ASSERT_TRUE(Deploy().ok());
  const grpc::Status refused = Deploy(WarehouseSync() + "  every: PT30M\n");
  EXPECT_EQ(refused.error_code(), StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(refused), "SYNC_VERSION_EXISTS");
}

TEST_F(SyncCalls, ACheckStoresNothing) {
  v1::DeploySyncRequest request;
  request.set_account(ToText(account_));
  request.set_source(WarehouseSync());
  request.set_validate_only(true);
  ASSERT_TRUE(stub_->DeploySync(house_.With(key_).get(), request, &deployed_).ok());
  EXPECT_THAT(deployed_.plan().new_tables(), Not(IsEmpty()));
  EXPECT_THAT(house_.syncs.List(account_).value(), IsEmpty());
}

TEST_F(SyncCalls, AKeyOfOneTenantNeedsASchemaOfTheAccountsOwn) {
  std::string shared = WarehouseSync();
  const std::string own = "'aircall_{account}'";
  shared.replace(shared.find(own), own.size(), "aircall");
  EXPECT_EQ(ReasonOf(Deploy(shared)), "SYNC_SCHEMA_NOT_OWN");
  EXPECT_EQ(ReasonOf(Plan(shared)), "SYNC_SCHEMA_NOT_OWN");
  key_ = house_.AddKey(Role::kOperator);
  EXPECT_TRUE(Deploy(shared).ok());
}

TEST_F(SyncCalls, ASyncIsStartedPausedResumedAndEnded) {
  ASSERT_TRUE(Deploy().ok());
  v1::StartSyncResponse started;
  ASSERT_TRUE(
      stub_->StartSync(house_.With(key_).get(), About<v1::StartSyncRequest>(), &started).ok());
  EXPECT_EQ(started.sync().state(), v1::Sync::STATE_RUNNING);
  v1::PauseSyncResponse paused;
  ASSERT_TRUE(
      stub_->PauseSync(house_.With(key_).get(), About<v1::PauseSyncRequest>(), &paused).ok());
  EXPECT_EQ(paused.sync().state(), v1::Sync::STATE_PAUSED);
  v1::ResumeSyncResponse resumed;
  ASSERT_TRUE(stub_
                  ->ResumeSync(house_.With(key_).get(),
                               About<v1::ResumeSyncRequest>("acme/warehouse"), &resumed)
                  .ok());
  EXPECT_EQ(resumed.sync().state(), v1::Sync::STATE_RUNNING);
  v1::DeleteSyncResponse deleted;
  ASSERT_TRUE(
      stub_->DeleteSync(house_.With(key_).get(), About<v1::DeleteSyncRequest>(), &deleted).ok());
  v1::GetSyncResponse gone;
  EXPECT_EQ(
      ReasonOf(stub_->GetSync(house_.With(viewer_).get(), About<v1::GetSyncRequest>(), &gone)),
      "SYNC_NOT_FOUND");
}

TEST_F(SyncCalls, WhoOnlyLooksChangesNothing) {
  ASSERT_TRUE(Deploy().ok());
  v1::StartSyncResponse started;
  EXPECT_EQ(stub_->StartSync(house_.With(viewer_).get(), About<v1::StartSyncRequest>(), &started)
                .error_code(),
            StatusCode::PERMISSION_DENIED);
}

TEST_F(SyncCalls, ASyncShowsItsStreams) {
  ASSERT_TRUE(Deploy(WarehouseSync(), true).ok());
  ports::SyncStream users = Stored("users");
  users.known_until = users.whole_at = house_.clock.Now();
  users.written = 12;
  ASSERT_TRUE(house_.syncs.SaveStream(users).ok());
  const v1::Sync sync = Get();
  ASSERT_THAT(sync.streams(), SizeIs(3));
  EXPECT_EQ(sync.streams(2).stream(), "users");
  EXPECT_EQ(sync.streams(2).state(), v1::SyncStreamProgress::STATE_LIVE);
  EXPECT_EQ(sync.streams(2).rows_written(), 12);
  EXPECT_EQ(sync.streams(0).state(), v1::SyncStreamProgress::STATE_WAITING);
}

TEST_F(SyncCalls, HeldDeletesAreApprovedOnceAndOnlyWhereTheyAreHeld) {
  ASSERT_TRUE(Deploy(WarehouseSync(), true).ok());
  auto request = About<v1::ApproveDeletesRequest>();
  request.set_stream("users");
  v1::ApproveDeletesResponse response;
  const grpc::Status early = stub_->ApproveDeletes(house_.With(key_).get(), request, &response);
  EXPECT_EQ(early.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(early), "SYNC_DELETES_NOT_HELD");
  Brake("users");
  EXPECT_EQ(Get().streams(2).state(), v1::SyncStreamProgress::STATE_HELD);
  EXPECT_EQ(Get().streams(2).held_deletes(), 2);
  ASSERT_TRUE(stub_->ApproveDeletes(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.stream().state(), v1::SyncStreamProgress::STATE_LIVE);
  EXPECT_FALSE(Stored("users").whole_at) << "it is to be read whole again";
  EXPECT_TRUE(stub_->ApproveDeletes(house_.With(key_).get(), request, &response).ok());
  request.set_stream("numbers");
  EXPECT_EQ(ReasonOf(stub_->ApproveDeletes(house_.With(key_).get(), request, &response)),
            "SYNC_STREAM_NOT_CHOSEN");
}

TEST_F(SyncCalls, WhoeverWatchesUntilItIsLiveIsToldAndLetGo) {
  ASSERT_TRUE(Deploy(WarehouseSync(), true).ok());
  for (const std::string name : {"users", "teams", "tags"}) {
    ports::SyncStream stream = Stored(name);
    stream.known_until = stream.whole_at = house_.clock.Now();
    ASSERT_TRUE(house_.syncs.SaveStream(stream).ok());
  }
  auto request = About<v1::WatchSyncRequest>();
  request.set_until_live(true);
  const auto context = house_.With(viewer_);
  const auto watch = stub_->WatchSync(context.get(), request);
  v1::WatchSyncResponse message;
  ASSERT_TRUE(watch->Read(&message));
  EXPECT_TRUE(message.live());
  EXPECT_THAT(message.sync().streams(), SizeIs(3));
  EXPECT_FALSE(watch->Read(&message));
  EXPECT_TRUE(watch->Finish().ok());
}

TEST_F(SyncCalls, AWatchEndsWithItsSync) {
  ASSERT_TRUE(Deploy(WarehouseSync(), true).ok());
  const auto context = house_.With(viewer_);
  const auto watch = stub_->WatchSync(context.get(), About<v1::WatchSyncRequest>());
  v1::WatchSyncResponse message;
  ASSERT_TRUE(watch->Read(&message));
  EXPECT_FALSE(message.live());
  v1::DeleteSyncResponse deleted;
  ASSERT_TRUE(
      stub_->DeleteSync(house_.With(key_).get(), About<v1::DeleteSyncRequest>(), &deleted).ok());
  while (watch->Read(&message)) {
  }
  EXPECT_EQ(message.sync().state(), v1::Sync::STATE_DELETED);
  EXPECT_TRUE(watch->Finish().ok());
}

TEST_F(SyncCalls, WhatWasReadAndWhatBecameNoRowIsListed) {
  ASSERT_TRUE(Deploy().ok());
  const ports::SyncStream users = Stored("users");
  const ports::SyncPlace place{users.slot, users.account, users.sync, users.stream};
  ports::SyncReceipt receipt;
  receipt.window = {WallTime(), house_.clock.Now()};
  receipt.counted = receipt.read = 12;
  receipt.proven = true;
  receipt.read_at = house_.clock.Now();
  ASSERT_TRUE(house_.sync_ledger.Receive(place, receipt).ok());
  ASSERT_TRUE(house_.sync_ledger
                  .Reject(place, {{"7", "SYNC_OBJECT_TOO_LARGE", "it has 2 MiB", receipt.read_at}})
                  .ok());
  auto windows = About<v1::ListSyncReceiptsRequest>();
  windows.set_stream("users");
  v1::ListSyncReceiptsResponse receipts;
  ASSERT_TRUE(stub_->ListSyncReceipts(house_.With(viewer_).get(), windows, &receipts).ok());
  ASSERT_THAT(receipts.receipts(), SizeIs(1));
  EXPECT_EQ(receipts.receipts(0).counted(), 12);
  auto quarantine = About<v1::ListSyncRejectsRequest>();
  quarantine.set_stream("users");
  v1::ListSyncRejectsResponse rejects;
  ASSERT_TRUE(stub_->ListSyncRejects(house_.With(viewer_).get(), quarantine, &rejects).ok());
  ASSERT_THAT(rejects.rejects(), SizeIs(1));
  EXPECT_EQ(rejects.rejects(0).code(), "SYNC_OBJECT_TOO_LARGE");
  quarantine.set_limit(1001);
  EXPECT_EQ(ReasonOf(stub_->ListSyncRejects(house_.With(viewer_).get(), quarantine, &rejects)),
            "FIELD_INVALID");
}

TEST_F(SyncCalls, ARecordThatARuleLeftOutIsListedAndExplained) {
  ASSERT_TRUE(Deploy().ok());
  const ports::SyncStream users = Stored("users");
  ports::Skip skip;
  skip.key = "456";
  skip.code = core::sync::kRuleNotMet;
  skip.rule = "max_age";
  skip.reason = "it began 30 days ago; 14 are allowed";
  skip.at = house_.clock.Now();
  ASSERT_TRUE(
      house_.skips.Enter({users.slot, users.account, users.sync, users.stream}, {skip}).ok());
  v1::ListSkipsRequest list;
  list.set_account(ToText(account_));
  v1::ListSkipsResponse skips;
  ASSERT_TRUE(stub_->ListSkips(house_.With(viewer_).get(), list, &skips).ok());
  ASSERT_THAT(skips.skips(), SizeIs(1));
  EXPECT_EQ(skips.skips(0).sync(), "acme/warehouse");
  EXPECT_EQ(skips.skips(0).rule(), "max_age");
  v1::ExplainRecordRequest why;
  why.set_account(ToText(account_));
  why.set_record("456");
  v1::ExplainRecordResponse answer;
  ASSERT_TRUE(stub_->ExplainRecord(house_.With(viewer_).get(), why, &answer).ok());
  ASSERT_THAT(answer.explanations(), SizeIs(1));
  EXPECT_EQ(answer.explanations(0).kind(), v1::RecordExplanation::KIND_SKIPPED);
  EXPECT_THAT(answer.explanations(0).sentence(), HasSubstr("14 are allowed"));
  why.set_record("457");
  ASSERT_TRUE(stub_->ExplainRecord(house_.With(viewer_).get(), why, &answer).ok());
  EXPECT_EQ(answer.explanations(0).kind(), v1::RecordExplanation::KIND_NEVER_SEEN);
}

TEST_F(SyncCalls, WhatRulesLeftOutIsListedPageByPage) {
  ASSERT_TRUE(Deploy().ok());
  const ports::SyncStream users = Stored("users");
  for (const char* key : {"1", "2", "3"}) {
    ports::Skip skip;
    skip.key = key;
    skip.code = core::sync::kRuleNotMet;
    skip.rule = "max_age";
    skip.at = house_.clock.Now();
    ASSERT_TRUE(
        house_.skips.Enter({users.slot, users.account, users.sync, users.stream}, {skip}).ok());
  }
  v1::ListSkipsRequest list;
  list.set_account(ToText(account_));
  list.set_page_size(2);
  v1::ListSkipsResponse first;
  ASSERT_TRUE(stub_->ListSkips(house_.With(viewer_).get(), list, &first).ok());
  ASSERT_THAT(first.skips(), SizeIs(2));
  EXPECT_EQ(first.skips(0).record(), "3");
  list.set_page_token(first.next_page_token());
  v1::ListSkipsResponse last;
  ASSERT_TRUE(stub_->ListSkips(house_.With(viewer_).get(), list, &last).ok());
  ASSERT_THAT(last.skips(), SizeIs(1));
  EXPECT_EQ(last.skips(0).record(), "1");
  EXPECT_EQ(last.next_page_token(), "");
  list.set_rule("recording_present");
  EXPECT_EQ(ReasonOf(stub_->ListSkips(house_.With(viewer_).get(), list, &last)),
            "PAGE_TOKEN_INVALID")
      << "it is of another list";
}

TEST_F(SyncCalls, AComparisonEndsWithAReceiptThatIsKept) {
  ASSERT_TRUE(Deploy().ok());
  house_.performer.Play(
      [](const ports::ActionCall& call, const ports::ActionPerformer::Done& done) {
        const Json tag = {{"id", 1}, {"name", "VIP"}};
        if (call.action.find("tags.get") != std::string::npos) return done(tag);
        done(Json{{"tags", {tag}}, {"meta", {{"total", 1}, {"next_page_link", nullptr}}}});
      });
  auto request = About<v1::VerifySyncRequest>();
  request.add_streams("tags");
  const auto context = house_.With(key_);
  const auto stream = stub_->VerifySync(context.get(), request);
  v1::VerifySyncResponse message;
  v1::SyncVerification receipt;
  while (stream->Read(&message)) {
    if (message.has_receipt()) receipt = message.receipt();
  }
  const grpc::Status ended = stream->Finish();
  ASSERT_TRUE(ended.ok()) << ended.error_message();
  EXPECT_EQ(receipt.verdict(), v1::SyncVerification::VERDICT_DIFFERS) << receipt.reason();
  v1::ListSyncVerificationsResponse listed;
  ASSERT_TRUE(stub_
                  ->ListSyncVerifications(house_.With(viewer_).get(),
                                          About<v1::ListSyncVerificationsRequest>(), &listed)
                  .ok());
  ASSERT_THAT(listed.verifications(), SizeIs(1));
  EXPECT_EQ(listed.verifications(0).id(), receipt.id());
  v1::GetSyncVerificationRequest get;
  get.set_account(ToText(account_));
  get.set_verification(receipt.id());
  v1::GetSyncVerificationResponse got;
  ASSERT_TRUE(stub_->GetSyncVerification(house_.With(viewer_).get(), get, &got).ok());
  EXPECT_EQ(got.verification().digest(), receipt.digest());
}

TEST_F(SyncCalls, AComparisonThatMeansNothingIsRefused) {
  ASSERT_TRUE(Deploy().ok());
  const auto reason = [&](const v1::VerifySyncRequest& request) {
    const auto context = house_.With(key_);
    const auto stream = stub_->VerifySync(context.get(), request);
    v1::VerifySyncResponse message;
    while (stream->Read(&message)) {
    }
    return ReasonOf(stream->Finish());
  };
  auto request = About<v1::VerifySyncRequest>();
  request.set_sample(-1);
  EXPECT_EQ(reason(request), "FIELD_INVALID");
  request = About<v1::VerifySyncRequest>();
  request.mutable_from_time()->set_seconds(-1);
  EXPECT_EQ(reason(request), "FIELD_INVALID");
  request = About<v1::VerifySyncRequest>();
  request.add_streams("calls");
  EXPECT_EQ(reason(request), "SYNC_STREAM_NOT_CHOSEN");
}

TEST_F(SyncCalls, TheFormOfDefinitionsKnowsTheStreams) {
  v1::GetSyncSchemaResponse response;
  ASSERT_TRUE(
      stub_->GetSyncSchema(house_.With(viewer_).get(), v1::GetSyncSchemaRequest(), &response).ok());
  EXPECT_THAT(response.schema(), HasSubstr("user_availability"));
}

}  // namespace
}  // namespace sb::api
