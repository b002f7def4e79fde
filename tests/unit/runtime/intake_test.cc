#include "engine/runtime/intake.h"

#include <algorithm>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/ConnectorFiles.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/base/encoding.h"
#include "engine/core/workflow/parser.h"
#include "tests/support/fake_action_catalog.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/no_surroundings.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kOnCallEnded = R"(
document: { dsl: '1.0.3', namespace: acme, name: note, version: '1.0.0' }
schedule: { on: { one: { with: { type: io.aircall.call.ended } } } }
do:
  - note: { set: { call: '${ .[0].data.id }' } }
)";

/// An inbox that knows how many events were read from it, and may answer with what it held before.
class WatchedInbox : public testing::MemoryInboxStore {
 public:
  using MemoryInboxStore::MemoryInboxStore;

  Result<std::vector<ports::PendingItem>> Pending(const std::vector<Slot>& slots, WallTime now,
                                                  int limit) override {
    auto found = stale ? *std::exchange(stale, std::nullopt)
                       : MemoryInboxStore::Pending(slots, now, limit).value();
    read += found.size();
    return found;
  }

  Status Postpone(Slot slot, EventId id, int tries, WallTime not_before) override {
    ++postponed;
    return MemoryInboxStore::Postpone(slot, id, tries, not_before);
  }

  std::size_t read = 0;
  int postponed = 0;
  std::optional<std::vector<ports::PendingItem>> stale;
};

class NoPerformer : public ports::ActionPerformer {
 public:
  void Perform(ports::ActionCall, Done) override {}

  void ReadBack(ports::ActionCall, WallTime, ReadBackDone) override {}
};

class IntakeStory : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};
  static constexpr Slot kSlot = 17;

  IntakeStory() {
    commits_.SetFence({kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation});
    SwitchOn(kOnCallEnded);
    intake_.SetSlots(SlotSet({3, kSlot}));
    intake_.Start();
    executor_.RunReady();
  }

  /// This workflow, and no other.
  void SwitchOn(const std::string& yaml) {
    auto outcome = core::workflow::ParseWorkflow(yaml, actions_, expressions_, zones_);
    EnabledWorkflow enabled;
    enabled.enablement.workflow = WorkflowId(501);
    enabled.enablement.all_accounts = true;
    enabled.workflow =
        std::make_shared<const core::workflow::Workflow>(std::move(*outcome.workflow));
    intake_.SetWorkflows({enabled});
  }

  std::ptrdiff_t Finished() const {
    return std::ranges::count_if(database_.runs,
                                 [](const auto& entry) { return entry.second.finished; });
  }

  void DeliverRemoval(ports::InboxSource source = ports::InboxSource::kWebhook) {
    DeliverOfCompany("io.aircall.integration.deleted", source);
  }

  /// Something has happened to the company's account at the provider.
  void DeliverOfCompany(const std::string& event, ports::InboxSource source) {
    ports::InboxItem item;
    item.slot = kSlot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = Sha256(event);
    item.source = source;
    item.event = event;
    item.received_at = clock_.Now();
    intake_.Accept(std::move(item), Json::object(),
                   [this](const Result<bool>& stored) { answered_ += stored.ok() ? 1 : 0; });
    executor_.RunReady();
  }

  /// A call has ended; the door has read the body, or has not.
  void Deliver(int call, bool read = true, Slot slot = kSlot) {
    ports::InboxItem item;
    item.slot = slot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = Sha256(std::to_string(call));
    item.event = "io.aircall.call.ended";
    item.received_at = clock_.Now();
    const Json data = {{"id", call}};
    intake_.Accept(std::move(item), read ? std::optional(data) : std::nullopt,
                   [this](const Result<bool>& stored) { answered_ += stored.ok() ? 1 : 0; });
  }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::MemoryDatabase database_;
  WatchedInbox inbox_{database_};
  testing::MemoryAccountStore accounts_;
  testing::MemoryRunStore runs_{database_};
  testing::MemoryOwnershipStore ownership_{database_, clock_};
  testing::SeededRandom random_;
  Metrics metrics_;
  IdGenerator ids_{7};
  adapters::jq::JqExpressions expressions_;
  adapters::system::SystemTimeZones zones_;
  std::unique_ptr<connector::Library> connectors_ =
      std::move(connector::Library::Load(embedded::ConnectorFiles(), {}, expressions_)).value();
  support::FakeActionCatalog actions_ = support::FakeActionCatalog::Aircall();
  NoPerformer performer_;
  Watchers watchers_;
  CommitWriter commits_{{runs_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  testing::NoSurroundings surroundings_;
  RunTable table_{{expressions_, actions_, performer_, commits_, watchers_, clock_, executor_,
                   metrics_, 14s, [](const ports::RunKey&) {}, performer_, surroundings_}};
  Intake intake_{{inbox_,
                  accounts_,
                  *connectors_,
                  expressions_,
                  clock_,
                  executor_,
                  executor_,
                  ids_,
                  table_,
                  metrics_,
                  nullptr,
                  {},
                  [this](AccountId) {
                    ++told_;
                    return taken_ ? Status() : Status(Unavailable("DATABASE_UNAVAILABLE", "away"));
                  },
                  nullptr,
                  [this](const ports::InboxItem& item, const Json& data) {
                    noted_.push_back(item.event + " " + DumpJson(data));
                    runs_when_noted_ = database_.runs.size();
                    return taken_ ? Status() : Status(Unavailable("DATABASE_UNAVAILABLE", "away"));
                  },
                  [this](AccountId account) { moved_.push_back(account); }}};
  int answered_ = 0;
  int told_ = 0;                    ///< That the customer removed us.
  bool taken_ = true;               ///< ... and it was understood.
  std::vector<std::string> noted_;  ///< What was told of records that may settle.
  std::size_t runs_when_noted_ = 0;
  std::vector<AccountId> moved_;  ///< Whose region was said to be another by now.
};

TEST_F(IntakeStory, StartsOneRunOfWhatIsToldTwiceInOtherWords) {
  for (const char* words : {"delivered", "recovered"}) {
    ports::InboxItem item;
    item.slot = kSlot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = Sha256(words);
    item.occurrence = Sha256("call 1 has ended");
    item.event = "io.aircall.call.ended";
    item.received_at = clock_.Now();
    intake_.Accept(std::move(item), Json{{"id", 1}}, [](const Result<bool>&) {});
    executor_.RunReady();
  }
  EXPECT_THAT(database_.inbox, SizeIs(2));
  EXPECT_THAT(database_.runs, SizeIs(1));
  EXPECT_THAT(database_.pending, IsEmpty());
}

TEST_F(IntakeStory, DealsWithADeliveryAfterItWasStoredWithoutReadingItAgain) {
  Deliver(1);
  executor_.RunReady();
  EXPECT_EQ(answered_, 1);
  EXPECT_THAT(database_.inbox, SizeIs(1));
  EXPECT_THAT(database_.runs, SizeIs(1));
  EXPECT_THAT(database_.pending, IsEmpty());
  EXPECT_EQ(inbox_.read, 0U);
}

TEST_F(IntakeStory, StartsNothingForADeliveryThatCameBefore) {
  Deliver(1);
  Deliver(1);
  executor_.RunReady();
  EXPECT_EQ(answered_, 2);
  EXPECT_THAT(database_.runs, SizeIs(1));
}

TEST_F(IntakeStory, ReadsWhatTheDoorHasNotRead) {
  Deliver(1, false);
  executor_.RunReady();
  EXPECT_EQ(inbox_.read, 1U);
}

TEST_F(IntakeStory, LeavesADeliveryOfAnotherInstanceToThatInstance) {
  Deliver(1, true, 18);
  executor_.RunReady();
  EXPECT_EQ(answered_, 1);
  EXPECT_THAT(database_.runs, IsEmpty());
  EXPECT_THAT(database_.pending, SizeIs(1));
}

TEST_F(IntakeStory, DealsOnceWithAnEventThatAPollHadReadBeforeItWasCleared) {
  Deliver(1);
  while (database_.inbox.empty()) executor_.RunOne();
  inbox_.stale = inbox_.Pending({kSlot}, clock_.Now(), 256).value();
  executor_.RunOne();  // it is taken up; its commit is about to be written
  intake_.Ring();
  executor_.RunReady();
  EXPECT_FALSE(inbox_.stale) << "the poll came";
  EXPECT_THAT(database_.pending, IsEmpty());
  EXPECT_THAT(metrics_.Text(), HasSubstr("switchboard_events_handled_total{runs=\"some\"} 1\n"));
  EXPECT_EQ(inbox_.postponed, 0) << "nor is it looked at again";
}

TEST_F(IntakeStory, TellsThatACustomerRemovedUsBeforeTheEventIsCleared) {
  DeliverRemoval();
  EXPECT_EQ(told_, 1);
  EXPECT_THAT(database_.pending, IsEmpty());
}

TEST_F(IntakeStory, TellsItAgainWhenItWasNotTaken) {
  taken_ = false;
  DeliverRemoval();
  EXPECT_EQ(told_, 1);
  EXPECT_THAT(database_.pending, SizeIs(1));
  EXPECT_EQ(inbox_.postponed, 1);
}

TEST_F(IntakeStory, BelievesNoClientThatSaysACustomerRemovedUs) {
  DeliverRemoval(ports::InboxSource::kApi);
  EXPECT_EQ(told_, 0);
}

constexpr const char* kOnSettled = R"(
document: { dsl: '1.0.3', namespace: acme, name: both, version: '1.0.0' }
schedule:
  on:
    any:
      - with: { type: io.aircall.call.ended }
      - with: { type: io.aircall.call.settled }
do:
  - note: { set: { call: '${ .[0].data.id }' } }
)";

TEST_F(IntakeStory, TellsHowARecordIsBeforeAWorkflowSeesTheEvent) {
  SwitchOn(kOnSettled);
  Deliver(1);
  executor_.RunReady();
  EXPECT_THAT(noted_, ::testing::ElementsAre("io.aircall.call.ended {\"id\":1}"));
  EXPECT_EQ(runs_when_noted_, 0U);
  EXPECT_THAT(database_.runs, SizeIs(1));
  EXPECT_THAT(database_.pending, IsEmpty());
}

TEST_F(IntakeStory, TellsItAgainWhereItCouldNotBeNoted) {
  SwitchOn(kOnSettled);
  taken_ = false;
  Deliver(1);
  executor_.RunReady();
  EXPECT_THAT(database_.runs, IsEmpty());
  EXPECT_THAT(database_.pending, SizeIs(1));
  EXPECT_EQ(inbox_.postponed, 1);
}

TEST_F(IntakeStory, TellsNothingOfRecordsWhereNoWorkflowWantsToKnow) {
  Deliver(1);
  executor_.RunReady();
  EXPECT_THAT(noted_, IsEmpty());
  EXPECT_THAT(database_.runs, SizeIs(1));
}

TEST_F(IntakeStory, TellsThatLinesHaveComeOrGone) {
  DeliverOfCompany("io.aircall.number.created", ports::InboxSource::kWebhook);
  EXPECT_THAT(moved_, ::testing::ElementsAre(AccountId(1001)));
  DeliverOfCompany("io.aircall.number.deleted", ports::InboxSource::kApi);
  DeliverOfCompany("io.aircall.number.opened", ports::InboxSource::kWebhook);
  EXPECT_THAT(moved_, SizeIs(1))
      << "what a client says is not the provider's, an open line none more";
  EXPECT_THAT(database_.pending, IsEmpty());
}

TEST_F(IntakeStory, DealsWithWhatHappenedFirstFirst) {
  SwitchOn(kOnSettled);
  const auto tell = [this](const std::string& event, const std::string& call, Millis after) {
    ports::InboxItem item;
    item.slot = kSlot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = Sha256(event + call);
    item.event = "io.aircall." + event;
    item.entity = "calls";
    item.entity_id = call;
    item.occurred_at = clock_.Now() + after;
    item.received_at = clock_.Now();
    intake_.Accept(std::move(item), Json(call), [](const Result<bool>&) {});
  };
  tell("call.tagged", "1", 40s);
  tell("call.ended", "2", 30s);
  tell("call.ended", "1", 30s);
  tell("call.voicemail_left", "1", 30s);  // in the same second, and later in the life of a call
  tell("call.hungup", "1", 0s);
  executor_.RunReady();
  EXPECT_THAT(noted_, ::testing::ElementsAre(
                          "io.aircall.call.hungup \"1\"", "io.aircall.call.ended \"2\"",
                          "io.aircall.call.ended \"1\"", "io.aircall.call.voicemail_left \"1\"",
                          "io.aircall.call.tagged \"1\""));
  EXPECT_THAT(database_.pending, IsEmpty());
}

/// Late, twice, or both: deliveries of what has happened already.
TEST_F(IntakeStory, IsNotChangedByWhatComesLateOrTwice) {
  Deliver(1);
  executor_.RunReady();
  const auto runs = database_.runs;
  for (int days = 0; days < 3; ++days) {
    clock_.Advance(24h);
    Deliver(1);
    executor_.RunReady();
  }
  EXPECT_EQ(answered_, 4) << "the provider is told that each has arrived";
  EXPECT_THAT(database_.inbox, SizeIs(1));
  EXPECT_EQ(database_.runs.size(), runs.size());
}

constexpr const char* kByThree = R"(
document: { dsl: '1.0.3', namespace: acme, name: three, version: '1.0.0' }
schedule: { on: { any: [ { with: { type: io.aircall.call.ended } } ], until: '${ length >= 3 }' } }
do:
  - note: { set: { calls: '${ map(.data.id) }' } }
)";

TEST_F(IntakeStory, GathersEventsThatComeAtOnceIntoOneRunAfterTheOther) {
  SwitchOn(kByThree);
  for (int call = 1; call <= 7; ++call) Deliver(call);
  executor_.RunReady();
  EXPECT_THAT(database_.pending, IsEmpty());
  EXPECT_THAT(database_.runs, SizeIs(3)) << "two whole ones, and one that waits for more";
  EXPECT_EQ(Finished(), 2);
  for (int call = 8; call <= 9; ++call) Deliver(call);
  executor_.RunReady();
  EXPECT_THAT(database_.runs, SizeIs(3));
  EXPECT_EQ(Finished(), 3);
}

TEST_F(IntakeStory, StoresAnEventWithTheRunThatGathersItOrNotAtAll) {
  SwitchOn(kByThree);
  Deliver(1);
  executor_.RunReady();
  runs_.FailNext(Unavailable("DATABASE_UNAVAILABLE", "it is away"));
  Deliver(2);
  executor_.RunReady();
  clock_.Advance(1min);
  executor_.RunReady();
  EXPECT_THAT(database_.pending, IsEmpty());
  EXPECT_THAT(database_.runs, SizeIs(1)) << "the second belongs to the first";
}

TEST_F(IntakeStory, LeavesWhatIsTooMuchToHoldToTheInboxAndGetsToItAsSoonAsThereIsRoom) {
  constexpr int kFlood = 1500;
  for (int call = 0; call < kFlood; ++call) Deliver(call);
  executor_.RunReady();
  EXPECT_EQ(answered_, kFlood);
  EXPECT_GT(inbox_.read, 0U) << "not all of them were held";
  // Those were read by the connector of their account, which this story has none of.
  EXPECT_EQ(database_.runs.size() + database_.pending.size(), static_cast<std::size_t>(kFlood));
}

}  // namespace
}  // namespace sb::runtime
