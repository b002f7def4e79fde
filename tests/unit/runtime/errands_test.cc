#include "engine/runtime/errands.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/manual_executor.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_command_store.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Slot kErrandSlot = 17;
constexpr AccountId kAccount{1001};

/// Forgets to store answers when told to.
class ForgetfulStore : public testing::MemoryCommandStore {
 public:
  using MemoryCommandStore::MemoryCommandStore;

  Status Answer(const ports::CommandAnswer& answer) override {
    if (failures > 0) {
      --failures;
      return Unavailable("DATABASE_UNAVAILABLE", "no database");
    }
    return MemoryCommandStore::Answer(answer);
  }

  int failures = 0;
};

/// The errands of one instance.
struct Side {
  Side(int number, testing::MemoryDatabase& database, testing::ManualExecutor& executor,
       testing::FakeClock& clock)
      : store(database),
        ids(number),
        errands({store,
                 clock,
                 executor,
                 executor,
                 ids,
                 [this](const ports::Command& command, const Errands::Reply& reply) {
                   carried_out.push_back(TextMember(command.body, "what"));
                   takes.push_back(command.takes);
                   if (answer) reply(*answer);
                 },
                 {}},
                {.instance = InstanceId(number)}) {
    errands.Start(number);
  }

  ForgetfulStore store;
  IdGenerator ids;
  std::vector<std::string> carried_out;
  std::vector<int> takes;
  std::optional<Result<Json>> answer = Result<Json>(Json{{"done", true}});
  Errands errands;
};

class ErrandsStory : public ::testing::Test {
 protected:
  void Ask(const std::string& what) {
    door_.errands.Ask(kErrandSlot, kAccount, ports::CommandKind::kCancelRun, {{"what", what}},
                      [this](const Result<Json>& result) { answers_.push_back(result); });
  }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::MemoryDatabase database_;
  Side door_{1, database_, executor_, clock_};
  Side owner_{2, database_, executor_, clock_};
  std::vector<Result<Json>> answers_;
};

TEST_F(ErrandsStory, BringAnAnswerFromTheOwner) {
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  Ask("this");
  executor_.AdvanceBy(1s);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(*answers_[0], (Json{{"done", true}}));
  EXPECT_THAT(owner_.carried_out, ElementsAre("this"));
  EXPECT_THAT(door_.carried_out, IsEmpty());
  EXPECT_TRUE(database_.commands.empty()) << "nothing is left behind";
}

TEST_F(ErrandsStory, BringTheOwnersRefusalWhole) {
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  Error refusal = RateLimited("TOO_MUCH", "later", 7s);
  owner_.answer = Result<Json>(refusal);
  Ask("this");
  executor_.AdvanceBy(1s);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error(), refusal);
}

TEST_F(ErrandsStory, FollowASlotThatMovesMeanwhile) {
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  owner_.answer = Result<Json>(Unavailable("SLOT_MOVED", "it goes elsewhere"));
  Ask("this");
  executor_.AdvanceBy(300ms);
  EXPECT_THAT(answers_, IsEmpty());
  owner_.errands.SetSlots(SlotSet());
  door_.errands.SetSlots(SlotSet({kErrandSlot}));
  executor_.AdvanceBy(1s);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_THAT(answers_[0], testing::IsOk());
  EXPECT_THAT(door_.takes, ElementsAre(1)) << "nothing had been done about it";
}

TEST_F(ErrandsStory, TellTheNextOwnerThatTheFirstMayHaveDoneIt) {
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  owner_.answer.reset();  // it dies over it
  Ask("this");
  executor_.AdvanceBy(1s);
  ASSERT_THAT(owner_.carried_out, ElementsAre("this"));
  door_.errands.SetSlots(SlotSet({kErrandSlot}));
  executor_.AdvanceBy(1s);
  EXPECT_THAT(door_.takes, ElementsAre(2));
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(ErrandsStory, SayThatNothingWasDoneWhenNobodyTookThem) {
  Ask("this");
  executor_.AdvanceBy(29s);
  EXPECT_THAT(answers_, IsEmpty());
  executor_.AdvanceBy(2s);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_THAT(answers_[0], testing::FailsWith(ErrorKind::kUnavailable, "OWNER_UNAVAILABLE"));
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  executor_.AdvanceBy(1min);
  EXPECT_THAT(owner_.carried_out, IsEmpty()) << "and nothing is done later";
}

TEST_F(ErrandsStory, SayThatNobodyKnowsWhenTheOwnerStaysSilent) {
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  owner_.answer.reset();
  Ask("this");
  executor_.AdvanceBy(4min);
  EXPECT_THAT(answers_, IsEmpty()) << "a call may wait long for its quota";
  executor_.AdvanceBy(2min);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_THAT(answers_[0], testing::FailsWith(ErrorKind::kInDoubt, "OWNER_SILENT"));
}

TEST_F(ErrandsStory, AnswerOnceTheDatabaseIsBack) {
  owner_.errands.SetSlots(SlotSet({kErrandSlot}));
  owner_.store.failures = 3;
  Ask("this");
  executor_.AdvanceBy(1s);
  EXPECT_THAT(answers_, IsEmpty());
  executor_.AdvanceBy(3s);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_THAT(owner_.carried_out, ElementsAre("this"));
}

TEST_F(ErrandsStory, AnswerWhoeverWaitsWhenTheEngineStops) {
  Ask("this");
  executor_.AdvanceBy(1s);
  door_.errands.Stop();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_THAT(answers_[0], testing::FailsWith(ErrorKind::kInDoubt, "OWNER_SILENT"));
}

}  // namespace
}  // namespace sb::runtime
