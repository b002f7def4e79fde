#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using core::sync::ReadingKind;
using ports::Sync;
using ports::SyncKind;
using ports::SyncPlace;
using ports::SyncReceipt;
using ports::SyncReject;
using ports::SyncState;
using ports::SyncStream;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kSyncSlot = 17;

template <typename World>
class SyncStoreContract : public ::testing::Test {
 protected:
  Sync Warehouse(const std::string& name = "warehouse", std::int64_t account = 1001) {
    Sync sync;
    sync.id = ids_.Next<ports::SyncTag>(kStoryTime);
    sync.slot = kSyncSlot;
    sync.account = AccountId(account);
    sync.workspace = "acme";
    sync.name = name;
    sync.version = "1.0.0";
    sync.definition = "sync: { name: '" + name + "' }\n";
    sync.schema = name;
    sync.created_at = kStoryTime;
    return sync;
  }

  SyncStream StreamOf(const Sync& sync, const std::string& name, WallTime due_at = kStoryTime) {
    SyncStream stream;
    stream.slot = sync.slot;
    stream.account = sync.account;
    stream.sync = sync.id;
    stream.stream = name;
    stream.due_at = due_at;
    return stream;
  }

  void Start(Sync sync) {
    sync.state = SyncState::kRunning;
    ASSERT_THAT(syncs_.Save(sync), IsOk());
  }

  std::vector<SyncStream> Streams(const Sync& sync) {
    return syncs_.Streams(sync.slot, sync.account, sync.id).value();
  }

  std::vector<std::string> DueAt(WallTime now, std::vector<Slot> slots = {3, kSyncSlot}) {
    std::vector<std::string> names;
    const auto due = syncs_.Due(slots, now, 10);
    for (const SyncStream& stream : due.value()) names.push_back(stream.stream);
    return names;
  }

  World world_;
  ports::SyncStore& syncs_ = world_.syncs;
  ports::SyncLedger& ledger_ = world_.sync_ledger;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(SyncStoreContract, Worlds, WorldNames);

TYPED_TEST(SyncStoreContract, GivesBackASyncAsItWasOpened) {
  const Sync sync = this->Warehouse();
  const SyncStream calls = this->StreamOf(sync, "calls");
  ASSERT_THAT(this->syncs_.Open(sync, {this->StreamOf(sync, "users"), calls}), IsOk());
  EXPECT_EQ(this->syncs_.Get(sync.account, sync.id).value(), sync);
  ASSERT_THAT(this->Streams(sync), SizeIs(2));
  EXPECT_EQ(this->Streams(sync)[0], calls);
  EXPECT_THAT(this->syncs_.Get(AccountId(1002), sync.id),
              FailsWith(ErrorKind::kNotFound, "SYNC_NOT_FOUND"));
}

TYPED_TEST(SyncStoreContract, TakesANameOfAnAccountAndASchemaOnce) {
  Sync sync = this->Warehouse();
  ASSERT_THAT(this->syncs_.Open(sync, {}), IsOk());
  Sync again = this->Warehouse();
  again.schema = "elsewhere";
  EXPECT_THAT(this->syncs_.Open(again, {}), FailsWith(ErrorKind::kConflict, "SYNC_EXISTS"));
  Sync other = this->Warehouse("warehouse", 1002);
  EXPECT_THAT(this->syncs_.Open(other, {}), FailsWith(ErrorKind::kConflict, "SYNC_SCHEMA_TAKEN"));
  other.connection = "another-database";
  EXPECT_THAT(this->syncs_.Open(other, {}), IsOk());
  sync.state = SyncState::kDeleted;
  ASSERT_THAT(this->syncs_.Save(sync), IsOk());
  EXPECT_THAT(this->syncs_.Open(again, {}), IsOk()) << "the name is free again";
}

TYPED_TEST(SyncStoreContract, ListsWhatIsNotDeleted) {
  const Sync b = this->Warehouse("b");
  const Sync a = this->Warehouse("a");
  Sync gone = this->Warehouse("gone");
  for (const Sync& each : {b, a, gone}) ASSERT_THAT(this->syncs_.Open(each, {}), IsOk());
  gone.state = SyncState::kDeleted;
  ASSERT_THAT(this->syncs_.Save(gone), IsOk());
  EXPECT_THAT(this->syncs_.List(a.account).value(), ElementsAre(a, b));
  EXPECT_THAT(this->syncs_.List(AccountId(1002)).value(), IsEmpty());
}

TYPED_TEST(SyncStoreContract, ChangesASyncOnlyAsItWasRead) {
  Sync sync = this->Warehouse();
  ASSERT_THAT(this->syncs_.Open(sync, {}), IsOk());
  Sync mine = sync;
  mine.version = "1.1.0";
  mine.definition = "new";
  mine.reason = "DELETES_BRAKED";
  EXPECT_EQ(this->syncs_.Save(mine).value(), 1);
  EXPECT_THAT(this->syncs_.Save(sync), FailsWith(ErrorKind::kConflict, "SYNC_MOVED"));
  const Sync stored = this->syncs_.Get(sync.account, sync.id).value();
  EXPECT_EQ(stored.version, "1.1.0");
  EXPECT_EQ(stored.definition, "new");
  EXPECT_EQ(stored.reason, "DELETES_BRAKED");
  EXPECT_EQ(stored.step, 1);
}

TYPED_TEST(SyncStoreContract, KeepsTheCheckpointOfAReading) {
  const Sync sync = this->Warehouse();
  SyncStream calls = this->StreamOf(sync, "calls");
  ASSERT_THAT(this->syncs_.Open(sync, {calls}), IsOk());
  calls.known_until = kStoryTime;
  calls.asked_at = kStoryTime + minutes(1);
  calls.reading = ports::SyncReading{
      {ReadingKind::kTail, {kStoryTime - hours(6), kStoryTime}},
      kStoryTime,
      false,
      {{{kStoryTime - hours(3), kStoryTime}, {kStoryTime - hours(6), kStoryTime - hours(4)}}}};
  calls.requests = 7;
  calls.written = 350;
  calls.rejected = 1;
  calls.due_at = kStoryTime + minutes(15);
  calls.error = "STREAM_UNREADABLE";
  EXPECT_EQ(this->syncs_.SaveStream(calls).value(), 1);
  EXPECT_THAT(this->syncs_.SaveStream(calls), FailsWith(ErrorKind::kConflict, "SYNC_MOVED"));
  calls.step = 1;
  EXPECT_THAT(this->Streams(sync), ElementsAre(calls));
  calls.reading.reset();
  EXPECT_EQ(this->syncs_.SaveStream(calls).value(), 2);
  EXPECT_FALSE(this->Streams(sync)[0].reading);
}

TYPED_TEST(SyncStoreContract, AddsStreamsThatANewVersionHas) {
  const Sync sync = this->Warehouse();
  SyncStream calls = this->StreamOf(sync, "calls");
  ASSERT_THAT(this->syncs_.Open(sync, {calls}), IsOk());
  calls.written = 9;
  ASSERT_THAT(this->syncs_.AddStreams({calls, this->StreamOf(sync, "users")}), IsOk());
  ASSERT_THAT(this->Streams(sync), SizeIs(2));
  EXPECT_EQ(this->Streams(sync)[0].written, 0) << "it was there";
}

TYPED_TEST(SyncStoreContract, SaysWhatIsDueOfRunningSyncsOfOurSlots) {
  const Sync sync = this->Warehouse();
  ASSERT_THAT(this->syncs_.Open(sync, {this->StreamOf(sync, "calls", kStoryTime + minutes(2)),
                                       this->StreamOf(sync, "users", kStoryTime + minutes(1)),
                                       this->StreamOf(sync, "tags", kStoryTime + hours(1))}),
              IsOk());
  EXPECT_THAT(this->DueAt(kStoryTime + minutes(2)), IsEmpty()) << "it is paused";
  this->Start(sync);
  EXPECT_THAT(this->DueAt(kStoryTime + minutes(2)), ElementsAre("users", "calls"));
  EXPECT_THAT(this->DueAt(kStoryTime + minutes(2), {3}), IsEmpty());
}

TYPED_TEST(SyncStoreContract, KeepsAReceiptForEachWindow) {
  const SyncPlace place{kSyncSlot, AccountId(1001), ports::SyncId(1), "calls"};
  const SyncReceipt morning{{kStoryTime, kStoryTime + hours(1)}, 40, 40, true, 0, 1, kStoryTime};
  SyncReceipt noon{{kStoryTime + hours(1), kStoryTime + hours(2)}, {}, 7, false, 3, 2, kStoryTime};
  ASSERT_THAT(this->ledger_.Receive(place, morning), IsOk());
  ASSERT_THAT(this->ledger_.Receive(place, noon), IsOk());
  noon.proven = true;
  ASSERT_THAT(this->ledger_.Receive(place, noon), IsOk());
  EXPECT_THAT(this->ledger_.Receipts(place, 10).value(), ElementsAre(noon, morning));
  EXPECT_THAT(this->ledger_.Receipts(place, 1).value(), ElementsAre(noon));
  const SyncReceipt day{{kStoryTime, kStoryTime + hours(5)}, 60, 60, true, 0, 1, kStoryTime};
  ASSERT_THAT(this->ledger_.Receive(place, day), IsOk());
  EXPECT_THAT(this->ledger_.Receipts(place, 10).value(), ElementsAre(day)) << "which covers both";
}

TYPED_TEST(SyncStoreContract, KeepsNoReceiptOfAReadingThatWasCutElsewhere) {
  const SyncPlace place{kSyncSlot, AccountId(1001), ports::SyncId(1), "calls"};
  const auto receipt = [](int from, int to) {
    const core::sync::Window window{kStoryTime + hours(from), kStoryTime + hours(to)};
    return SyncReceipt{window, 40, 40, true, 0, 1, kStoryTime};
  };
  for (const SyncReceipt& each : {receipt(0, 4), receipt(5, 9)})
    ASSERT_THAT(this->ledger_.Receive(place, each), IsOk());
  ASSERT_THAT(this->ledger_.Receive(place, receipt(2, 6)), IsOk());
  EXPECT_THAT(this->ledger_.Receipts(place, 10).value(), ElementsAre(receipt(2, 6), receipt(0, 4)))
      << "the first hours were not read again";
  ASSERT_THAT(this->ledger_.Receive(place, receipt(7, 10)), IsOk());
  EXPECT_THAT(this->ledger_.Receipts(place, 10).value(),
              ElementsAre(receipt(7, 10), receipt(2, 6), receipt(0, 4)));
}

TYPED_TEST(SyncStoreContract, KeepsWhatBecameNoRow) {
  const SyncPlace place{kSyncSlot, AccountId(1001), ports::SyncId(1), "calls"};
  const SyncReject first{"7", "SYNC_OBJECT_TOO_LARGE", "large", kStoryTime};
  const SyncReject again{"7", "SYNC_OBJECT_TOO_LARGE", "larger", kStoryTime + hours(1)};
  const SyncReject other{"", "SYNC_OBJECT_WITHOUT_KEY", "no key", kStoryTime};
  ASSERT_THAT(this->ledger_.Reject(place, {first, other}), IsOk());
  ASSERT_THAT(this->ledger_.Reject(place, {again}), IsOk());
  EXPECT_THAT(this->ledger_.Rejected(place, 10).value(), ElementsAre(again, other));
  EXPECT_THAT(this->ledger_.RejectsOf(place, "7").value(), ElementsAre(again));
  EXPECT_THAT(this->ledger_.RejectsOf(place, "8").value(), IsEmpty());
}

TYPED_TEST(SyncStoreContract, RemembersWhatWasNamedUntilItIsRead) {
  const Sync sync = this->Warehouse();
  const SyncStream stream = this->StreamOf(sync, "notes", kStoryTime + hours(24));
  ASSERT_THAT(this->syncs_.Open(sync, {stream}), IsOk());
  const SyncPlace place{sync.slot, sync.account, sync.id, "notes"};
  const auto named = [](const char* key, WallTime at, int tries = 0) {
    return ports::SyncNamed{key, at, tries, at};
  };
  EXPECT_EQ(this->ledger_.NextNamed(place).value(), std::nullopt);
  ASSERT_THAT(
      this->ledger_.Name(place, {named("2", kStoryTime + minutes(1)), named("1", kStoryTime)}),
      IsOk());
  EXPECT_EQ(this->Streams(sync)[0].due_at, kStoryTime) << "it looks now";
  EXPECT_THAT(this->syncs_.SaveStream(stream), FailsWith(ErrorKind::kConflict, "SYNC_MOVED"))
      << "whoever has it in hand has not seen what was named";
  EXPECT_THAT(this->ledger_.Named(place, kStoryTime, 10).value(),
              ElementsAre(named("1", kStoryTime)));
  EXPECT_EQ(this->ledger_.NextNamed(place).value(), kStoryTime);
  const auto due = this->ledger_.Named(place, kStoryTime + hours(1), 10).value();
  ASSERT_THAT(due, SizeIs(2));
  ASSERT_THAT(this->ledger_.Name(place, {named("1", kStoryTime + minutes(5))}), IsOk());
  ports::SyncNamed later = due[1];
  later.tries = 1;
  later.due_at = kStoryTime + hours(2);
  ASSERT_THAT(this->ledger_.Unname(place, {due[0]}, {later}), IsOk());
  EXPECT_THAT(this->ledger_.Named(place, kStoryTime + hours(1), 10).value(),
              ElementsAre(named("1", kStoryTime + minutes(5))))
      << "it was named again while it was read";
  EXPECT_THAT(this->ledger_.Named(place, kStoryTime + hours(3), 10).value(),
              ElementsAre(named("1", kStoryTime + minutes(5)), later));
}

TYPED_TEST(SyncStoreContract, RemembersSuspectsFromTheFirstTimeOn) {
  const SyncPlace place{kSyncSlot, AccountId(1001), ports::SyncId(1), "calls"};
  ASSERT_THAT(this->ledger_.Suspect(place, {{"1", kStoryTime}, {"2", kStoryTime}}, {}), IsOk());
  ASSERT_THAT(this->ledger_.Suspect(place, {{"2", kStoryTime + hours(1)}}, {"1"}), IsOk());
  EXPECT_THAT(this->ledger_.Suspects(place).value(),
              ElementsAre(core::sync::Suspect{"2", kStoryTime}));
  const SyncPlace elsewhere{kSyncSlot, AccountId(1001), ports::SyncId(1), "users"};
  EXPECT_THAT(this->ledger_.Suspects(elsewhere).value(), IsEmpty());
}

// ---- What events have told

TYPED_TEST(SyncStoreContract, GivesTheSyncsThatRunInTheSlotsThatAreAskedFor) {
  const Sync running = this->Warehouse("running");
  const Sync paused = this->Warehouse("paused");
  for (const Sync& sync : {running, paused}) ASSERT_THAT(this->syncs_.Open(sync, {}), IsOk());
  this->Start(running);
  const auto found = this->syncs_.Running({3, kSyncSlot}, SyncKind::kReplication);
  ASSERT_THAT(found, IsOk());
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->at(0).id, running.id);
  EXPECT_EQ(found->at(0).definition, running.definition);
  EXPECT_THAT(this->syncs_.Running({3}, SyncKind::kReplication).value(), IsEmpty());
  EXPECT_THAT(this->syncs_.Running({}, SyncKind::kReplication).value(), IsEmpty());
}

TYPED_TEST(SyncStoreContract, TellsTwoWaySyncsFromReplications) {
  const Sync replication = this->Warehouse();
  Sync contacts = this->Warehouse("contacts");
  contacts.kind = SyncKind::kTwoWay;
  contacts.schema = "two-way/1001/acme/contacts";
  for (const Sync& sync : {replication, contacts}) {
    ASSERT_THAT(this->syncs_.Open(sync, {}), IsOk());
    this->Start(sync);
  }
  const auto running = this->syncs_.Running({kSyncSlot}, SyncKind::kTwoWay);
  ASSERT_THAT(running, IsOk());
  ASSERT_THAT(*running, SizeIs(1));
  EXPECT_EQ(running->at(0).id, contacts.id);
  EXPECT_EQ(running->at(0).kind, SyncKind::kTwoWay);
  EXPECT_EQ(this->syncs_.Get(replication.account, replication.id).value().kind,
            SyncKind::kReplication);
  EXPECT_THAT(this->syncs_.List(replication.account).value(), SizeIs(2)) << "of both kinds";
  EXPECT_THAT(this->DueAt(kStoryTime + hours(1)), IsEmpty()) << "it has no streams";
}

TYPED_TEST(SyncStoreContract, GivesANameToOneSyncWhicheverItsKind) {
  ASSERT_THAT(this->syncs_.Open(this->Warehouse("contacts"), {}), IsOk());
  Sync second = this->Warehouse("contacts");
  second.kind = SyncKind::kTwoWay;
  second.schema = "two-way/1001/acme/contacts";
  EXPECT_THAT(this->syncs_.Open(second, {}), FailsWith(ErrorKind::kConflict, "SYNC_EXISTS"));
}

TYPED_TEST(SyncStoreContract, RemembersDeletedSyncsWhoseSidesAreNotClearYet) {
  Sync sync = this->Warehouse("contacts");
  sync.kind = SyncKind::kTwoWay;
  sync.schema = "two-way/1001/acme/contacts";
  ASSERT_THAT(this->syncs_.Open(sync, {}), IsOk());
  Sync replication = this->Warehouse();
  ASSERT_THAT(this->syncs_.Open(replication, {}), IsOk());
  EXPECT_THAT(this->syncs_.Left({kSyncSlot}, 10).value(), IsEmpty());
  for (Sync* const each : {&sync, &replication}) {
    each->state = SyncState::kDeleted;
    each->reason = ports::kSyncSideLeft;
    each->step = this->syncs_.Save(*each).value();
  }
  EXPECT_THAT(this->syncs_.Left({3, kSyncSlot}, 10).value(), ElementsAre(sync));
  EXPECT_THAT(this->syncs_.Left({3}, 10).value(), IsEmpty()) << "of other slots";
  EXPECT_THAT(this->syncs_.Left({kSyncSlot}, 0).value(), IsEmpty());
  sync.reason.clear();
  ASSERT_THAT(this->syncs_.Save(sync), IsOk());
  EXPECT_THAT(this->syncs_.Left({kSyncSlot}, 10).value(), IsEmpty());
}

TYPED_TEST(SyncStoreContract, MovesOnInTheEventsFromWhereItWas) {
  Sync sync = this->Warehouse();
  sync.heard = {5, 1, 0};
  ASSERT_THAT(this->syncs_.Open(sync, {}), IsOk());
  const ports::FeedPosition behind{8, 9'000'000'000'000'000'001, 0};
  ASSERT_THAT(this->syncs_.SaveHeard(sync, behind), IsOk());
  EXPECT_EQ(this->syncs_.Get(sync.account, sync.id)->heard, behind);
  EXPECT_THAT(this->syncs_.SaveHeard(sync, {9, 1, 0}),
              FailsWith(ErrorKind::kConflict, "SYNC_MOVED"))
      << "somebody else was faster";
  ASSERT_THAT(this->syncs_.Save(sync), IsOk());
  EXPECT_EQ(this->syncs_.Get(sync.account, sync.id)->heard, behind) << "Save leaves it as it is";
  EXPECT_THAT(this->syncs_.SaveHeard(this->Warehouse("other"), behind),
              FailsWith(ErrorKind::kConflict, "SYNC_MOVED"));
}

}  // namespace
}  // namespace sb::testing
