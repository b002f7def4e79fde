#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr InstanceId kAsker(1);
constexpr InstanceId kOwner(2);
constexpr Slot kCommandSlot = 17;

/// A door asks, an owner takes.
template <typename World>
class CommandStoreContract : public ::testing::Test {
 protected:
  ports::Command Ask(std::int64_t id) {
    ports::Command command;
    command.slot = kCommandSlot;
    command.id = ports::CommandId(id);
    command.account = AccountId(1001);
    command.kind = ports::CommandKind::kCancelRun;
    command.asker = kAsker;
    command.body = {{"reason", "a \"quoted\" word, and \\ this"}};
    command.asked_at = kStoryTime;
    command.expires_at = kStoryTime + 30s;
    EXPECT_THAT(commands_.Ask({command}), IsOk());
    return command;
  }

  std::vector<ports::Command> Take(std::int64_t incarnation = 1, Millis after = 1s) {
    return commands_.Take(kOwner, incarnation, {3, kCommandSlot}, kStoryTime + after, 10).value();
  }

  World world_;
  ports::CommandStore& commands_ = world_.commands;
};

TYPED_TEST_SUITE(CommandStoreContract, Worlds, WorldNames);

TYPED_TEST(CommandStoreContract, BringsACommandToTheOwnerAndItsAnswerBack) {
  const ports::Command asked = this->Ask(1);
  const auto taken = this->Take();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].id, asked.id);
  EXPECT_EQ(taken[0].account, asked.account);
  EXPECT_EQ(taken[0].kind, asked.kind);
  EXPECT_EQ(taken[0].body, asked.body);
  EXPECT_EQ(taken[0].expires_at, asked.expires_at);
  EXPECT_EQ(taken[0].takes, 1);
  EXPECT_THAT(this->commands_.Answers(kAsker).value(), IsEmpty());

  ASSERT_THAT(this->commands_.Answer({kCommandSlot, asked.id, {{"ok", true}}}), IsOk());

  const auto answers = this->commands_.Answers(kAsker).value();
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].answer, (Json{{"ok", true}}));
  EXPECT_THAT(this->commands_.Answers(kOwner).value(), IsEmpty()) << "it is the asker's";
  ASSERT_THAT(this->commands_.Discard(answers), IsOk());
  EXPECT_THAT(this->commands_.Answers(kAsker).value(), IsEmpty());
}

TYPED_TEST(CommandStoreContract, HandsACommandOutOnce) {
  this->Ask(1);
  EXPECT_THAT(this->Take(), SizeIs(1));
  EXPECT_THAT(this->Take(), IsEmpty());
}

TYPED_TEST(CommandStoreContract, IsAskedOnceHoweverOftenItIsRepeated) {
  const ports::Command asked = this->Ask(1);
  EXPECT_THAT(this->commands_.Ask({asked}), IsOk()) << "after a lost answer";
  EXPECT_THAT(this->Take(), SizeIs(1));
}

TYPED_TEST(CommandStoreContract, TakesOverWhatADeadOwnerTook) {
  this->Ask(1);
  ASSERT_THAT(this->Take(1), SizeIs(1));
  const auto again = this->Take(2);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].takes, 2) << "the next owner must know that it may have been done";
}

TYPED_TEST(CommandStoreContract, LeavesWhatIsOfOtherSlots) {
  this->Ask(1);
  EXPECT_THAT(this->commands_.Take(kOwner, 1, {18}, kStoryTime, 10).value(), IsEmpty());
}

TYPED_TEST(CommandStoreContract, ForgetsThatItWasTakenWhenItIsPutBack) {
  this->Ask(1);
  ASSERT_THAT(this->Take(), SizeIs(1));
  ASSERT_THAT(this->commands_.PutBack(kOwner, 0, kCommandSlot, ports::CommandId(1)), IsOk());
  EXPECT_THAT(this->Take(), IsEmpty()) << "an earlier incarnation has no say";
  ASSERT_THAT(this->commands_.PutBack(kOwner, 1, kCommandSlot, ports::CommandId(1)), IsOk());
  const auto again = this->Take();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].takes, 1);
}

TYPED_TEST(CommandStoreContract, IsNotTakenOnceItHasExpired) {
  this->Ask(1);
  EXPECT_THAT(this->Take(1, 31s), IsEmpty());
  EXPECT_EQ(*this->commands_.RemoveExpired(kStoryTime + 29s), 0);
  EXPECT_EQ(*this->commands_.RemoveExpired(kStoryTime + 31s), 1);
}

TYPED_TEST(CommandStoreContract, CanBeWithdrawnUntilItIsTaken) {
  this->Ask(1);
  this->Ask(2);
  EXPECT_TRUE(*this->commands_.Withdraw(kCommandSlot, ports::CommandId(1)));
  const auto taken = this->Take();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].id, ports::CommandId(2));
  EXPECT_FALSE(*this->commands_.Withdraw(kCommandSlot, ports::CommandId(2)));
  EXPECT_FALSE(*this->commands_.Withdraw(kCommandSlot, ports::CommandId(404)));
}

}  // namespace
}  // namespace sb::testing
