// What clients are told of syncs, of what was found, and of comparisons.
#include "engine/api/sync_mapping.h"

#include <gmock/gmock.h>

#include "tests/support/fake_clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::SyncState;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Progress = v1::SyncStreamProgress;

constexpr WallTime kSyncBegin = testing::kStoryTime;

accounts::StreamStanding Calls() {
  accounts::StreamStanding standing;
  standing.at.stream = "calls";
  standing.at.written = 1234;
  standing.at.requests = 30;
  standing.at.due_at = kSyncBegin;
  standing.live = true;
  return standing;
}

accounts::StreamStanding CallsBeingRead() {
  auto standing = Calls();
  ports::SyncReading reading;
  reading.begun_at = kSyncBegin;
  reading.position.windows = {{kSyncBegin, kSyncBegin + hours(1)}, {kSyncBegin, kSyncBegin}};
  standing.at.reading = reading;
  core::sync::ReadingProgress progress;
  progress.done = 0.452;
  progress.read = 900;
  progress.rows_per_second = 12.5;
  progress.items_left = 1100;
  progress.ends_at = kSyncBegin + minutes(5);
  standing.reading = progress;
  return standing;
}

TEST(SyncMapping, AStreamWaitsIsReadAndIsLive) {
  EXPECT_EQ(ToProto(Calls(), SyncState::kRunning, 0).state(), Progress::STATE_WAITING);
  EXPECT_EQ(ToProto(CallsBeingRead(), SyncState::kRunning, 0).state(), Progress::STATE_READING);
  auto read_again = CallsBeingRead();
  read_again.lag = minutes(3);
  const auto live = ToProto(read_again, SyncState::kRunning, 0);
  EXPECT_EQ(live.state(), Progress::STATE_LIVE);
  EXPECT_EQ(live.lag_ms(), 180'000);
  EXPECT_EQ(ToProto(read_again, SyncState::kPaused, 0).state(), Progress::STATE_WAITING);
}

TEST(SyncMapping, EventsAreThereAtOnce) {
  auto events = Calls();
  events.at.stream = "events";
  events.unlisted = true;
  EXPECT_EQ(ToProto(events, SyncState::kRunning, 0).state(), Progress::STATE_LIVE);
}

TEST(SyncMapping, AReadingSaysHowFarItIs) {
  const auto proto = ToProto(CallsBeingRead(), SyncState::kRunning, 0);
  EXPECT_EQ(proto.reading().done_permille(), 452);
  EXPECT_EQ(proto.reading().windows_left(), 2);
  EXPECT_EQ(proto.reading().rows_read(), 900);
  EXPECT_EQ(proto.reading().rows_left(), 1100);
  EXPECT_EQ(proto.reading().requests_left(), -1);
  EXPECT_TRUE(proto.reading().has_estimated_end_time());
  EXPECT_EQ(proto.rows_written(), 1234);
  EXPECT_EQ(proto.lag_ms(), -1);
  EXPECT_FALSE(proto.has_known_until_time());
}

TEST(SyncMapping, WhatHindersAStreamComesWithWhatToDo) {
  auto hindered = Calls();
  hindered.at.error = "ACCOUNT_NEEDS_REAUTH";
  const auto proto = ToProto(hindered, SyncState::kRunning, 0);
  EXPECT_EQ(proto.state(), Progress::STATE_FAILING);
  EXPECT_THAT(proto.error_help(), HasSubstr("connect the account again"));
  EXPECT_THAT(SyncErrorHelp("SOMETHING_NEW"), HasSubstr("docs/errors.md"));
  EXPECT_THAT(SyncErrorHelp(""), IsEmpty());
}

TEST(SyncMapping, ABrakedStreamSaysHowManyRowsWaitUntilSomebodyApproves) {
  auto braked = Calls();
  braked.lag = minutes(1);
  braked.at.error = accounts::kDeletesBraked;
  const auto held = ToProto(braked, SyncState::kRunning, 250);
  EXPECT_EQ(held.state(), Progress::STATE_HELD);
  EXPECT_EQ(held.held_deletes(), 250);
  braked.at.error = accounts::kDeletesApproved;
  const auto approved = ToProto(braked, SyncState::kRunning, 250);
  EXPECT_EQ(approved.state(), Progress::STATE_LIVE);
  EXPECT_EQ(approved.held_deletes(), 0);
  EXPECT_THAT(approved.error_code(), IsEmpty());
}

TEST(SyncMapping, APlanNamesWhatWouldBeMadeAndWhatIsInTheWay) {
  using core::sync::ColumnType;
  core::sync::TablePlan plan;
  plan.create.push_back({"tags", "Tags", {{"id", ColumnType::kBigint, true, ""}}, {"id"}, {}});
  plan.add.push_back({"users", {"email", ColumnType::kText, false, "Where to write to"}});
  plan.refer.push_back({"call_tags", {{"tag_id"}, "tags", {"id"}, false}});
  plan.conflicts.push_back({"calls", "id", "it is text, and bigint is needed"});
  const auto proto = ToProto(plan);
  EXPECT_EQ(proto.new_tables(0).columns(0).type(), "bigint");
  EXPECT_THAT(proto.new_tables(0).key(), ElementsAre("id"));
  EXPECT_EQ(proto.new_columns(0).table(), "users");
  EXPECT_EQ(proto.new_columns(0).comment(), "Where to write to");
  EXPECT_THAT(proto.new_references(), ElementsAre("call_tags(tag_id) -> tags(id)"));
  EXPECT_EQ(proto.conflicts(0).column(), "id");
}

TEST(SyncMapping, AWindowThatTheProviderDoesNotCountSaysSo) {
  ports::SyncReceipt receipt;
  receipt.window = {kSyncBegin, kSyncBegin + hours(1)};
  receipt.read = 7;
  EXPECT_EQ(ToProto(receipt).counted(), -1);
  receipt.counted = 7;
  receipt.proven = true;
  EXPECT_EQ(ToProto(receipt).counted(), 7);
  EXPECT_TRUE(ToProto(receipt).proven());
}

TEST(SyncMapping, AReceiptHasItsVerdictAndItsWindowsOnlyWhereTheyAreWanted) {
  core::sync::StreamProof calls;
  calls.stream = "calls";
  calls.windows.resize(2);
  calls.sum.missing = 1;
  calls.sum.gone = 2;
  calls.missing = {"4190000017"};
  calls.differing.push_back({"4190000018", {"duration"}});
  ports::SyncProof proof;
  proof.id = ports::SyncProofId(42);
  proof.receipt.streams.push_back(calls);
  proof.receipt.depth = core::sync::ProofDepth::kAll;
  core::sync::Conclude(proof.receipt);
  const auto proto = ToProto(proof, true);
  EXPECT_EQ(proto.verdict(), v1::SyncVerification::VERDICT_DIFFERS);
  EXPECT_EQ(proto.depth(), v1::SyncVerification::DEPTH_ALL);
  EXPECT_EQ(ParseSyncProofId(proto.id()), ports::SyncProofId(42));
  EXPECT_TRUE(proto.streams(0).differs());
  EXPECT_EQ(proto.streams(0).sum().gone(), 2);
  EXPECT_THAT(proto.streams(0).missing(), ElementsAre("4190000017"));
  EXPECT_THAT(proto.streams(0).differing(0).columns(), ElementsAre("duration"));
  EXPECT_EQ(proto.streams(0).windows_size(), 2);
  EXPECT_EQ(ToProto(proof, false).streams(0).windows_size(), 0);
  EXPECT_FALSE(ParseSyncProofId("rec_01hv3k7q8s0g"));
}

}  // namespace
}  // namespace sb::api
