#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/encoding.h"
#include "engine/runtime/intake.h"
#include "tests/support/fake_action_catalog.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/memory_spool.h"
#include "tests/support/no_surroundings.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// An inbox whose database can be away.
class InboxThatGoesAway : public testing::MemoryInboxStore {
 public:
  using MemoryInboxStore::MemoryInboxStore;

  Result<std::vector<bool>> Append(const std::vector<ports::InboxItem>& items) override {
    if (away) return Unavailable("DATABASE_UNAVAILABLE", "the database is away");
    return MemoryInboxStore::Append(items);
  }

  bool away = false;
};

/// No run is made in these stories.
class NoPerformer : public ports::ActionPerformer {
 public:
  void Perform(ports::ActionCall, Done) override {}

  void ReadBack(ports::ActionCall, WallTime, ReadBackDone) override {}
};

class Spooling : public ::testing::Test {
 protected:
  void Start() {
    intake_.SetSlots(SlotSet({17}));
    intake_.Start();
  }

  void Deliver(const std::string& body) {
    ports::InboxItem item;
    item.slot = 17;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(clock_.Now());
    item.dedupe = Sha256(body);
    item.event = "io.aircall.call.ended";
    item.received_at = clock_.Now();
    item.body = body;
    intake_.Accept(std::move(item), {}, [this](const Result<bool>& stored) {
      answers_.push_back(stored.ok() ? (*stored ? "new" : "duplicate") : stored.error().code);
    });
    executor_.RunReady();
  }

  std::vector<std::string> InInbox() {
    std::vector<std::string> bodies;
    for (const auto& [id, item] : database_.inbox) bodies.push_back(item.body);
    return bodies;
  }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::MemoryDatabase database_;
  InboxThatGoesAway inbox_{database_};
  testing::MemoryAccountStore accounts_;
  testing::MemoryRunStore runs_{database_};
  testing::MemorySpool spool_;
  testing::SeededRandom random_;
  Metrics metrics_;
  IdGenerator ids_{7};
  adapters::jq::JqExpressions expressions_;
  std::unique_ptr<connector::Library> connectors_ =
      std::move(connector::Library::Load({}, {}, expressions_)).value();
  support::FakeActionCatalog actions_ = support::FakeActionCatalog::Aircall();
  NoPerformer performer_;
  Watchers watchers_;
  CommitWriter commits_{{runs_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  testing::NoSurroundings surroundings_;
  RunTable table_{{expressions_, actions_, performer_, commits_, watchers_, clock_, executor_,
                   metrics_, 14s, [](const ports::RunKey&) {}, performer_, surroundings_}};
  Intake intake_{{inbox_, accounts_, *connectors_, expressions_, clock_, executor_, executor_, ids_,
                  table_, metrics_, &spool_}};
  std::vector<std::string> answers_;
};

TEST_F(Spooling, TakesDeliveriesWhileTheDatabaseIsAwayAndStoresThemWhenItIsBack) {
  Start();
  inbox_.away = true;
  Deliver("one");
  Deliver("two");
  EXPECT_THAT(answers_, ElementsAre("new", "new"));
  EXPECT_TRUE(database_.inbox.empty());
  executor_.AdvanceBy(5s);
  EXPECT_FALSE(spool_.IsEmpty()) << "still away";
  inbox_.away = false;
  executor_.AdvanceBy(1s);
  EXPECT_THAT(InInbox(), ElementsAre("one", "two"));
  EXPECT_TRUE(spool_.IsEmpty());
}

TEST_F(Spooling, StoresADeliveryOnceThatCameBeforeAndDuringTheOutage) {
  Start();
  Deliver("one");
  inbox_.away = true;
  Deliver("one");
  inbox_.away = false;
  executor_.AdvanceBy(1s);
  EXPECT_THAT(InInbox(), ElementsAre("one"));
}

TEST_F(Spooling, GoesOnWithWhatAnEarlierProcessLeft) {
  inbox_.away = true;
  Deliver("left behind");
  inbox_.away = false;
  Start();
  executor_.AdvanceBy(1s);
  EXPECT_THAT(InInbox(), ElementsAre("left behind"));
}

TEST_F(Spooling, RefusesWhenThereIsNoRoomEither) {
  inbox_.away = true;
  spool_.full = true;
  Deliver("one");
  EXPECT_THAT(answers_, ElementsAre("DATABASE_UNAVAILABLE"));
}

TEST_F(Spooling, LeavesNewDeliveriesTheirDirectWay) {
  Start();
  inbox_.away = true;
  Deliver("spooled");
  inbox_.away = false;
  Deliver("direct");
  EXPECT_THAT(InInbox(), ElementsAre("direct"));
  executor_.AdvanceBy(1s);
  EXPECT_THAT(InInbox(), UnorderedElementsAre("spooled", "direct"));
}

}  // namespace
}  // namespace sb::runtime
