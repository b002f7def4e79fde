#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::InboxItem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Slot kDeadLetterSlot = 17;

template <typename World>
class DeadLetterContract : public ::testing::Test {
 protected:
  EventId Buried(const std::string& dedupe, const std::string& type = "io.aircall.call.ended") {
    InboxItem item;
    item.slot = kDeadLetterSlot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(kStoryTime);
    item.dedupe = dedupe;
    item.event = type;
    item.received_at = kStoryTime;
    item.body = "{}";
    EXPECT_THAT(world_.inbox.Append({item}), IsOk());
    EXPECT_THAT(world_.inbox.Postpone(kDeadLetterSlot, item.id, 3, kStoryTime), IsOk());
    EXPECT_THAT(world_.inbox.Bury(kDeadLetterSlot, item.id, "WEBHOOK_UNREADABLE: no JSON"), IsOk());
    return item.id;
  }

  std::vector<EventId> Listed(const ports::EventFilter& filter = {}) {
    std::vector<EventId> ids;
    const auto letters = world_.dead_letters.List(filter, {});
    for (const ports::DeadLetter& letter : letters->items) ids.push_back(letter.item.id);
    return ids;
  }

  std::size_t PendingCount() {
    return world_.inbox.Pending({kDeadLetterSlot}, kStoryTime, 10)->size();
  }

  World world_;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(DeadLetterContract, Worlds, WorldNames);

TYPED_TEST(DeadLetterContract, ShowsWhatWasBuriedAndWhy) {
  const EventId id = this->Buried("a");
  const auto letter = this->world_.dead_letters.Get(id);
  ASSERT_THAT(letter, IsOk());
  EXPECT_EQ(letter->item.id, id);
  EXPECT_EQ(letter->item.body, "{}");
  EXPECT_EQ(letter->tries, 3);
  EXPECT_EQ(letter->reason, "WEBHOOK_UNREADABLE: no JSON");
}

TYPED_TEST(DeadLetterContract, ListsNewestFirstWhatAFilterFinds) {
  const EventId first = this->Buried("a");
  const EventId second = this->Buried("b", "unreadable");
  EXPECT_THAT(this->Listed(), ElementsAre(second, first));
  ports::EventFilter filter;
  filter.types.Only({"unreadable"});
  EXPECT_THAT(this->Listed(filter), ElementsAre(second));
  EXPECT_EQ(this->world_.dead_letters.List({}, {0, 1})->next_before, second.number());
}

TYPED_TEST(DeadLetterContract, MakesARevivedOnePendingAsIfNew) {
  const EventId id = this->Buried("a");
  ASSERT_EQ(this->PendingCount(), 0U);
  ASSERT_THAT(this->world_.dead_letters.Revive(id), IsOk());
  const auto pending = this->world_.inbox.Pending({kDeadLetterSlot}, kStoryTime, 10);
  ASSERT_EQ(pending->size(), 1U);
  EXPECT_EQ(pending->front().tries, 0);
  EXPECT_THAT(this->Listed(), IsEmpty());
}

TYPED_TEST(DeadLetterContract, ForgetsADiscardedOneButNotTheEvent) {
  const EventId id = this->Buried("a");
  ASSERT_THAT(this->world_.dead_letters.Discard(id), IsOk());
  EXPECT_THAT(this->Listed(), IsEmpty());
  EXPECT_EQ(this->PendingCount(), 0U);
  EXPECT_THAT(this->world_.inbox.Get(id), IsOk());
}

TYPED_TEST(DeadLetterContract, SaysWhenThereIsNoSuchLetter) {
  const auto unknown = FailsWith(ErrorKind::kNotFound, "DEAD_LETTER_NOT_FOUND");
  EXPECT_THAT(this->world_.dead_letters.Get(EventId(404)), unknown);
  EXPECT_THAT(this->world_.dead_letters.Revive(EventId(404)), unknown);
  EXPECT_THAT(this->world_.dead_letters.Discard(EventId(404)), unknown);
}

}  // namespace
}  // namespace sb::testing
