#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::Settling;
using ports::SettlingState;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kSettlingSlot = 17;

template <typename World>
class SettlingStoreContract : public ::testing::Test {
 protected:
  Settling Ended(const std::string& record, std::int64_t account = 1001,
                 Slot slot = kSettlingSlot) {
    Settling settling;
    settling.id = ids_.Next<ports::SettlingTag>(kStoryTime);
    settling.slot = slot;
    settling.account = AccountId(account);
    settling.key = Sha256(record);
    settling.entity = "call";
    settling.subject = "calls";
    settling.record = record;
    settling.ended_at = kStoryTime;
    settling.seen_at = kStoryTime;
    settling.content = Sha256("as it ended");
    settling.due_at = kStoryTime + minutes(30);
    return settling;
  }

  std::optional<Settling> Stored(const Settling& settling) {
    return settlings_.Find(settling.slot, settling.account, settling.key).value();
  }

  std::vector<std::string> DueAt(WallTime now, const std::set<AccountId>& without = {}) {
    std::vector<std::string> records;
    const auto due = settlings_.Due({3, kSettlingSlot}, now, without, 10);
    for (const Settling& each : due.value()) records.push_back(each.record);
    return records;
  }

  World world_;
  ports::SettlingStore& settlings_ = world_.settlings;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(SettlingStoreContract, Worlds, WorldNames);

TYPED_TEST(SettlingStoreContract, GivesBackARecordAsItWasBegun) {
  const Settling settling = this->Ended("42");
  ASSERT_TRUE(this->settlings_.Open(settling).value());
  const auto stored = this->Stored(settling);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->id, settling.id);
  EXPECT_EQ(stored->key, settling.key);
  EXPECT_EQ(stored->entity, "call");
  EXPECT_EQ(stored->subject, "calls");
  EXPECT_EQ(stored->record, "42");
  EXPECT_EQ(stored->state, SettlingState::kWaiting);
  EXPECT_EQ(stored->ended_at, kStoryTime);
  EXPECT_EQ(stored->seen_at, kStoryTime);
  EXPECT_EQ(stored->content, settling.content);
  EXPECT_EQ(stored->due_at, settling.due_at);
  EXPECT_EQ(stored->confirmed_by, EventId());
  EXPECT_EQ(stored->looks, 0);
  EXPECT_EQ(stored->step, 0);
  EXPECT_FALSE(this->Stored(this->Ended("43")));
}

TYPED_TEST(SettlingStoreContract, HasEachRecordOfAnAccountOnce) {
  ASSERT_TRUE(this->settlings_.Open(this->Ended("42")).value());
  EXPECT_FALSE(this->settlings_.Open(this->Ended("42")).value());
  EXPECT_TRUE(this->settlings_.Open(this->Ended("42", 1002)).value());
}

TYPED_TEST(SettlingStoreContract, BeginsNoRecordAnewThatHasSettled) {
  Settling settling = this->Ended("42");
  ASSERT_TRUE(this->settlings_.Open(settling).value());
  settling.state = SettlingState::kSettled;
  settling.due_at.reset();
  ASSERT_THAT(this->settlings_.Save(settling), IsOk());
  EXPECT_FALSE(this->settlings_.Open(this->Ended("42")).value());
  EXPECT_THAT(this->DueAt(kStoryTime + hours(999)), IsEmpty());
}

TYPED_TEST(SettlingStoreContract, StoresWhatIsKnownOfIt) {
  Settling settling = this->Ended("42");
  ASSERT_TRUE(this->settlings_.Open(settling).value());
  settling.state = SettlingState::kConfirmed;
  settling.confirmed_by = EventId(77);
  settling.seen_at = kStoryTime + minutes(5);
  settling.content = Sha256("with its cost");
  settling.due_at = kStoryTime + minutes(6);
  settling.looks = 2;
  ASSERT_EQ(this->settlings_.Save(settling).value(), 1);
  const auto stored = this->Stored(settling);
  EXPECT_EQ(stored->state, SettlingState::kConfirmed);
  EXPECT_EQ(stored->confirmed_by, EventId(77));
  EXPECT_EQ(stored->seen_at, settling.seen_at);
  EXPECT_EQ(stored->content, settling.content);
  EXPECT_EQ(stored->due_at, settling.due_at);
  EXPECT_EQ(stored->looks, 2);
  EXPECT_EQ(stored->step, 1);
}

TYPED_TEST(SettlingStoreContract, LetsNobodyGoOnFromWhereSomebodyElseHasMovedOn) {
  Settling settling = this->Ended("42");
  ASSERT_TRUE(this->settlings_.Open(settling).value());
  ASSERT_THAT(this->settlings_.Save(settling), IsOk());
  EXPECT_THAT(this->settlings_.Save(settling), FailsWith(ErrorKind::kConflict, "SETTLING_MOVED"));
  EXPECT_THAT(this->settlings_.Save(this->Ended("43")),
              FailsWith(ErrorKind::kConflict, "SETTLING_MOVED"))
      << "there is no such record";
}

TYPED_TEST(SettlingStoreContract, KnowsWhatIsDueLongestDueFirst) {
  Settling later = this->Ended("later");
  later.due_at = kStoryTime + minutes(40);
  ASSERT_TRUE(this->settlings_.Open(later).value());
  ASSERT_TRUE(this->settlings_.Open(this->Ended("sooner")).value());
  ASSERT_TRUE(this->settlings_.Open(this->Ended("of others", 1001, 18)).value());
  ASSERT_TRUE(this->settlings_.Open(this->Ended("hindered", 1002)).value());
  EXPECT_THAT(this->DueAt(kStoryTime + minutes(29)), IsEmpty());
  EXPECT_THAT(this->DueAt(kStoryTime + minutes(40), {AccountId(1002)}),
              ElementsAre("sooner", "later"));
  EXPECT_THAT(this->DueAt(kStoryTime + minutes(40)), SizeIs(3));
}

TYPED_TEST(SettlingStoreContract, GivesNoMoreThanAskedFor) {
  for (const char* record : {"1", "2", "3"})
    ASSERT_TRUE(this->settlings_.Open(this->Ended(record)).value());
  EXPECT_THAT(this->settlings_.Due({kSettlingSlot}, kStoryTime + hours(1), {}, 2).value(),
              SizeIs(2));
}

}  // namespace
}  // namespace sb::testing
