#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using core::recordings::Kind;
using ports::Recording;
using ports::RecordingFilter;
using ports::RecordingPolicy;
using ports::RecordingState;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kRecordingSlot = 17;

template <typename World>
class RecordingStoreContract : public ::testing::Test {
 protected:
  Recording Told(const std::string& call, std::int64_t account = 1001,
                 Kind kind = Kind::kRecording) {
    Recording recording;
    recording.id = ids_.Next<ports::RecordingTag>(kStoryTime);
    recording.slot = kRecordingSlot;
    recording.account = AccountId(account);
    recording.call = call;
    recording.kind = kind;
    recording.party = "+33612345678";
    recording.event = EventId(7);
    recording.told_at = kStoryTime - minutes(1);
    recording.due_at = kStoryTime;
    recording.created_at = kStoryTime;
    return recording;
  }

  Recording Wanted(const std::string& call, std::int64_t account = 1001) {
    const Recording recording = Told(call, account);
    EXPECT_TRUE(recordings_.Want(recording).value());
    return recording;
  }

  Recording Kept(const std::string& call, std::optional<WallTime> erase_at = {},
                 std::int64_t account = 1001) {
    Recording recording = Wanted(call, account);
    recording.state = RecordingState::kFetching;
    recording.attempts = 1;
    recording.step = recordings_.Save(recording).value();
    recording.state = RecordingState::kKept;
    recording.size = 12;
    recording.sha256 = Sha256("what was said");
    recording.content_type = "audio/mpeg";
    recording.kept_at = kStoryTime;
    recording.erase_at = erase_at;
    recording.step = recordings_.Save(recording).value();
    return recording;
  }

  RecordingPolicy Keeping(std::int64_t account, bool recordings, int retain_days = 0) {
    RecordingPolicy policy;
    policy.slot = kRecordingSlot;
    policy.account = AccountId(account);
    policy.rules.recordings = recordings;
    policy.rules.retain_days = retain_days;
    policy.since = kStoryTime;
    return policy;
  }

  std::vector<std::string> DueCalls(WallTime now, const std::vector<Slot>& slots = {17}) {
    std::vector<std::string> calls;
    const auto due = recordings_.Due(slots, now, 10);
    EXPECT_THAT(due, IsOk());
    for (const Recording& recording : *due) calls.push_back(recording.call);
    return calls;
  }

  World world_;
  ports::RecordingStore& recordings_ = world_.recordings;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(RecordingStoreContract, Worlds, WorldNames);

TYPED_TEST(RecordingStoreContract, WantsEachCallAndKindOnceForEver) {
  const Recording first = this->Wanted("4190000017");
  EXPECT_FALSE(this->recordings_.Want(this->Told("4190000017")).value());
  EXPECT_TRUE(this->recordings_.Want(this->Told("4190000017", 1001, Kind::kVoicemail)).value());
  EXPECT_TRUE(this->recordings_.Want(this->Told("4190000017", 1002)).value());
  Recording erased = this->recordings_.Get(first.id).value();
  erased.state = RecordingState::kErased;
  erased.erased_at = kStoryTime;
  ASSERT_THAT(this->recordings_.Save(erased), IsOk());
  EXPECT_FALSE(this->recordings_.Want(this->Told("4190000017")).value());
}

TYPED_TEST(RecordingStoreContract, GivesBackWhatWasStored) {
  const Recording kept = this->Kept("4190000017", kStoryTime + days(90));
  const auto stored = this->recordings_.Get(kept.id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->slot, kRecordingSlot);
  EXPECT_EQ(stored->account, kept.account);
  EXPECT_EQ(stored->call, "4190000017");
  EXPECT_EQ(stored->kind, Kind::kRecording);
  EXPECT_EQ(stored->party, "+33612345678");
  EXPECT_EQ(stored->event, EventId(7));
  EXPECT_EQ(stored->told_at, kStoryTime - minutes(1));
  EXPECT_EQ(stored->state, RecordingState::kKept);
  EXPECT_EQ(stored->attempts, 1);
  EXPECT_EQ(stored->size, 12);
  EXPECT_EQ(stored->sha256, Sha256("what was said"));
  EXPECT_EQ(stored->content_type, "audio/mpeg");
  EXPECT_EQ(stored->kept_at, kStoryTime);
  EXPECT_EQ(stored->erase_at, kStoryTime + days(90));
  EXPECT_EQ(stored->erased_at, std::nullopt);
  EXPECT_EQ(stored->step, 2);
  EXPECT_EQ(stored->created_at, kStoryTime);
  EXPECT_THAT(this->recordings_.Get(ports::RecordingId(5)),
              FailsWith(ErrorKind::kNotFound, "RECORDING_NOT_FOUND"));
}

TYPED_TEST(RecordingStoreContract, LetsOnlyOneGoOn) {
  Recording recording = this->Wanted("4190000017");
  recording.state = RecordingState::kFetching;
  ASSERT_THAT(this->recordings_.Save(recording), IsOk());
  EXPECT_THAT(this->recordings_.Save(recording),
              FailsWith(ErrorKind::kConflict, "RECORDING_MOVED"));
}

TYPED_TEST(RecordingStoreContract, GivesWhatIsDueOfTheseSlots) {
  Recording later = this->Told("2");
  later.due_at = kStoryTime + hours(1);
  ASSERT_TRUE(this->recordings_.Want(later).value());
  this->Wanted("1");
  this->Kept("3");
  EXPECT_THAT(this->DueCalls(kStoryTime), ElementsAre("1"));
  EXPECT_THAT(this->DueCalls(kStoryTime + hours(1)), ElementsAre("1", "2"));
  EXPECT_THAT(this->DueCalls(kStoryTime, {16, 18}), IsEmpty());
}

TYPED_TEST(RecordingStoreContract, GivesWhatAProcessHadBegun) {
  Recording begun = this->Wanted("1");
  begun.state = RecordingState::kFetching;
  ASSERT_THAT(this->recordings_.Save(begun), IsOk());
  EXPECT_THAT(this->DueCalls(kStoryTime), ElementsAre("1"));
}

TYPED_TEST(RecordingStoreContract, ListsTheNewestFirst) {
  const Recording first = this->Wanted("1");
  const Recording second = this->Kept("2");
  this->Wanted("3", 1002);
  RecordingFilter filter;
  filter.account = AccountId(1001);
  const auto all = this->recordings_.List(filter, {});
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(all->items, SizeIs(2));
  EXPECT_EQ(all->items[0].id, second.id);
  EXPECT_EQ(all->items[1].id, first.id);
  const auto page = this->recordings_.List(filter, {.before = 0, .size = 1});
  EXPECT_THAT(page->items, SizeIs(1));
  EXPECT_EQ(page->next_before, second.id.number());
  filter.state = RecordingState::kKept;
  EXPECT_THAT(this->recordings_.List(filter, {})->items, SizeIs(1));
  filter.call = "1";
  EXPECT_THAT(this->recordings_.List(filter, {})->items, IsEmpty());
}

TYPED_TEST(RecordingStoreContract, KeepsPoliciesAndTheirBeginning) {
  const auto none = this->recordings_.Policy(AccountId(1001));
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->rules.KeepsAnything());
  EXPECT_EQ(none->since, std::nullopt);

  ASSERT_THAT(this->recordings_.SetPolicy(this->Keeping(1001, true, 90)), IsOk());
  RecordingPolicy next = this->Keeping(1001, true, 30);
  next.rules.voicemails = true;
  next.rules.most_bytes = 1000;
  next.since = kStoryTime + hours(1);
  ASSERT_THAT(this->recordings_.SetPolicy(next), IsOk());
  const auto stored = this->recordings_.Policy(AccountId(1001));
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->rules, next.rules);
  EXPECT_EQ(stored->since, kStoryTime) << "it kept something before";

  ASSERT_THAT(this->recordings_.SetPolicy(this->Keeping(1002, false)), IsOk());
  const auto keeping = this->recordings_.Policies();
  ASSERT_THAT(keeping, IsOk());
  ASSERT_THAT(*keeping, SizeIs(1));
  EXPECT_EQ(keeping->at(0).account, AccountId(1001));
  EXPECT_EQ(keeping->at(0).slot, kRecordingSlot);

  RecordingPolicy anew = this->Keeping(1002, true);
  anew.since = kStoryTime + hours(2);
  ASSERT_THAT(this->recordings_.SetPolicy(anew), IsOk());
  EXPECT_EQ(this->recordings_.Policy(AccountId(1002))->since, kStoryTime + hours(2));
}

TYPED_TEST(RecordingStoreContract, ANewPolicySaysHowLongIsKeptWhatIsKept) {
  const Recording kept = this->Kept("1");
  ASSERT_THAT(this->recordings_.SetPolicy(this->Keeping(1001, false, 30)), IsOk());
  EXPECT_EQ(this->recordings_.Get(kept.id)->erase_at, kStoryTime + days(30));
  ASSERT_THAT(this->recordings_.SetPolicy(this->Keeping(1001, false, 0)), IsOk());
  EXPECT_EQ(this->recordings_.Get(kept.id)->erase_at, std::nullopt);
}

TYPED_TEST(RecordingStoreContract, RemembersHowFarEventsWereLookedAt) {
  EXPECT_EQ(this->recordings_.Position().value(), std::nullopt);
  ASSERT_THAT(this->recordings_.SavePosition({5, 6, 0}), IsOk());
  ASSERT_THAT(this->recordings_.SavePosition({7, 8, 9}), IsOk());
  EXPECT_EQ(this->recordings_.Position().value(), (ports::FeedPosition{7, 8, 0}));
}

TYPED_TEST(RecordingStoreContract, WhatIsOverLeavesATombstoneAndItsFileAsWaste) {
  const Recording over = this->Kept("1", kStoryTime + days(1));
  const Recording stays = this->Kept("2", kStoryTime + days(3));
  this->Kept("3");
  EXPECT_EQ(this->recordings_.Expire(kStoryTime + days(2), 10).value(), 1);
  EXPECT_EQ(this->recordings_.Expire(kStoryTime + days(2), 10).value(), 0);
  const auto tombstone = this->recordings_.Get(over.id);
  EXPECT_EQ(tombstone->state, RecordingState::kErased);
  EXPECT_EQ(tombstone->reason, "RETENTION");
  EXPECT_EQ(tombstone->erased_at, kStoryTime + days(2));
  EXPECT_EQ(tombstone->sha256, "");
  EXPECT_EQ(tombstone->party, "");
  EXPECT_EQ(this->recordings_.Get(stays.id)->state, RecordingState::kKept);

  EXPECT_TRUE(this->recordings_.HasWaste(AccountId(1001)).value());
  EXPECT_TRUE(this->recordings_.HasWaste(AccountId()).value());
  EXPECT_FALSE(this->recordings_.HasWaste(AccountId(1002)).value());
  const WallTime far = kStoryTime + days(10000);  // the database has a clock of its own
  const auto waste = this->recordings_.Waste(far, 10);
  ASSERT_THAT(*waste, SizeIs(1));
  EXPECT_EQ(waste->at(0).recording, over.id);
  EXPECT_EQ(waste->at(0).account, over.account);
  ASSERT_THAT(this->recordings_.Wasted(waste->at(0)), IsOk());
  ASSERT_THAT(this->recordings_.Wasted(waste->at(0)), IsOk());
  EXPECT_FALSE(this->recordings_.HasWaste(AccountId()).value());
  EXPECT_THAT(*this->recordings_.Waste(far, 10), IsEmpty());
}

TYPED_TEST(RecordingStoreContract, WhatWasBeingFetchedCountsAsGoneAfterOneLook) {
  Recording begun = this->Wanted("1");
  begun.state = RecordingState::kFetching;
  begun.step = this->recordings_.Save(begun).value();
  begun.state = RecordingState::kErased;
  begun.erased_at = kStoryTime;
  ASSERT_THAT(this->recordings_.Save(begun), IsOk());
  ASSERT_TRUE(this->recordings_.HasWaste(AccountId(1001)).value());
  ASSERT_THAT(this->recordings_.Wasted({kRecordingSlot, begun.account, begun.id}), IsOk());
  EXPECT_FALSE(this->recordings_.HasWaste(AccountId(1001)).value());
}

TYPED_TEST(RecordingStoreContract, WhatWasNeverFetchedLeavesNoWaste) {
  Recording wanted = this->Wanted("1");
  wanted.state = RecordingState::kErased;
  wanted.erased_at = kStoryTime;
  ASSERT_THAT(this->recordings_.Save(wanted), IsOk());
  EXPECT_FALSE(this->recordings_.HasWaste(AccountId()).value());
}

}  // namespace
}  // namespace sb::testing
