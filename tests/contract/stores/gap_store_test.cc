#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::Gap;
using ports::GapReason;
using ports::GapState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr Slot kGapSlot = 17;

template <typename World>
class GapStoreContract : public ::testing::Test {
 protected:
  Gap Found(std::int64_t account = 1001, Slot slot = kGapSlot) {
    Gap gap;
    gap.id = ids_.Next<ports::GapTag>(kStoryTime);
    gap.slot = slot;
    gap.account = AccountId(account);
    gap.reason = GapReason::kInactive;
    gap.from = kStoryTime - hours(3);
    gap.found_at = kStoryTime;
    return gap;
  }

  Gap Opened(std::int64_t account = 1001, Slot slot = kGapSlot) {
    const Gap gap = Found(account, slot);
    EXPECT_TRUE(gaps_.Open(gap).value());
    return gap;
  }

  Gap Stored(const Gap& gap) {
    const auto page = gaps_.List(gap.account, {});
    for (const Gap& each : page->items) {
      if (each.id == gap.id) return each;
    }
    ADD_FAILURE() << "there is no such gap";
    return {};
  }

  World world_;
  ports::GapStore& gaps_ = world_.gaps;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(GapStoreContract, Worlds, WorldNames);

TYPED_TEST(GapStoreContract, GivesBackAGapAsItWasFound) {
  const Gap gap = this->Opened();
  const Gap stored = this->Stored(gap);
  EXPECT_EQ(stored.slot, gap.slot);
  EXPECT_EQ(stored.account, gap.account);
  EXPECT_EQ(stored.reason, GapReason::kInactive);
  EXPECT_EQ(stored.state, GapState::kWaiting);
  EXPECT_EQ(stored.from, gap.from);
  EXPECT_FALSE(stored.to);
  EXPECT_EQ(stored.found_at, kStoryTime);
  EXPECT_EQ(stored.position, gap.position);
  EXPECT_EQ(stored.step, 0);
  EXPECT_FALSE(stored.told);
}

TYPED_TEST(GapStoreContract, LetsOneGapOfAnAccountWait) {
  Gap first = this->Opened();
  EXPECT_FALSE(this->gaps_.Open(this->Found()).value());
  EXPECT_FALSE(this->gaps_.Open(first).value()) << "nor the same one twice";
  EXPECT_TRUE(this->gaps_.Open(this->Found(1002)).value());
  first.state = GapState::kReading;
  first.to = kStoryTime;
  ASSERT_THAT(this->gaps_.Save(first), IsOk());
  EXPECT_TRUE(this->gaps_.Open(this->Found()).value()) << "that one grows no more";
  EXPECT_THAT(this->gaps_.List(AccountId(1001), {})->items, SizeIs(2));
}

TYPED_TEST(GapStoreContract, StoresHowFarTheReadingHasCome) {
  Gap gap = this->Opened();
  gap.state = GapState::kReading;
  gap.to = kStoryTime + minutes(1);
  gap.reading_at = kStoryTime + minutes(1);
  gap.recovered = 37;
  gap.open = 2;
  gap.records = 120;
  gap.position.list = 1;
  gap.position.begun = true;
  gap.position.walk = {
      {{kStoryTime - hours(2), kStoryTime}, {kStoryTime - hours(3), kStoryTime}}, 4, 150, 170};
  gap.position.numbers = {"1400001", "1400002"};
  ASSERT_EQ(this->gaps_.Save(gap).value(), 1);
  const Gap stored = this->Stored(gap);
  EXPECT_EQ(stored.state, GapState::kReading);
  EXPECT_EQ(stored.to, gap.to);
  EXPECT_EQ(stored.reading_at, gap.reading_at);
  EXPECT_EQ(stored.recovered, 37);
  EXPECT_EQ(stored.open, 2);
  EXPECT_EQ(stored.missed(), 39);
  EXPECT_EQ(stored.records, 120);
  EXPECT_EQ(stored.position, gap.position);
  EXPECT_EQ(stored.step, 1);
}

TYPED_TEST(GapStoreContract, LetsNobodyGoOnFromWhereSomebodyElseHasMovedOn) {
  Gap gap = this->Opened();
  Gap late = gap;
  gap.state = GapState::kReading;
  gap.to = kStoryTime;
  ASSERT_THAT(this->gaps_.Save(gap), IsOk());
  EXPECT_THAT(this->gaps_.Save(late), FailsWith(ErrorKind::kConflict, "GAP_MOVED"));
  EXPECT_THAT(this->gaps_.Save(this->Found()), FailsWith(ErrorKind::kConflict, "GAP_MOVED"))
      << "there is no such gap";
}

TYPED_TEST(GapStoreContract, KnowsWhatIsToBeSeenToOldestFirst) {
  Gap closed = this->Opened();
  closed.state = GapState::kClosed;
  closed.to = closed.closed_at = kStoryTime;
  closed.step = this->gaps_.Save(closed).value();
  const Gap waiting = this->Opened(1002);
  this->Opened(1003, 18);
  const auto ids = [this](const std::vector<Slot>& slots, int limit) {
    std::vector<ports::GapId> found;
    const auto unfinished = this->gaps_.Unfinished(slots, limit);
    for (const Gap& gap : *unfinished) found.push_back(gap.id);
    return found;
  };
  EXPECT_THAT(ids({kGapSlot}, 10), ElementsAre(closed.id, waiting.id)) << "until it has been told";
  EXPECT_THAT(ids({kGapSlot}, 1), ElementsAre(closed.id));
  EXPECT_THAT(ids({}, 10), IsEmpty());
  closed.told = true;
  ASSERT_THAT(this->gaps_.Save(closed), IsOk());
  EXPECT_THAT(ids({kGapSlot}, 10), ElementsAre(waiting.id));
}

TYPED_TEST(GapStoreContract, ListsNewestFirstInPages) {
  Gap first = this->Opened();
  first.state = GapState::kReading;
  first.to = kStoryTime;
  ASSERT_THAT(this->gaps_.Save(first), IsOk());
  const Gap second = this->Opened();
  const auto page = this->gaps_.List(AccountId(1001), {0, 1});
  ASSERT_THAT(page->items, SizeIs(1));
  EXPECT_EQ(page->items[0].id, second.id);
  const auto rest = this->gaps_.List(AccountId(1001), {page->next_before, 1});
  ASSERT_THAT(rest->items, SizeIs(1));
  EXPECT_EQ(rest->items[0].id, first.id);
  EXPECT_EQ(rest->next_before, 0);
}

TYPED_TEST(GapStoreContract, RemembersWhatWasSeenOfAWebhook) {
  EXPECT_EQ(this->gaps_.Watch(AccountId(1001)).value(),
            ports::WebhookWatch{.account = AccountId(1001)});
  ASSERT_THAT(this->gaps_.Note(kGapSlot, {.account = AccountId(1001), .good_at = kStoryTime}),
              IsOk());
  ASSERT_THAT(this->gaps_.Note(kGapSlot, {.account = AccountId(1001),
                                          .good_at = kStoryTime - seconds(5),
                                          .probed_at = kStoryTime + seconds(7),
                                          .since = {{"call.ended", kStoryTime}}}),
              IsOk());
  ASSERT_THAT(this->gaps_.Note(kGapSlot, {.account = AccountId(1001)}), IsOk());
  const auto watch = this->gaps_.Watch(AccountId(1001));
  EXPECT_EQ(watch->good_at, kStoryTime) << "a late note puts nothing back";
  EXPECT_EQ(watch->probed_at, kStoryTime + seconds(7));
  EXPECT_THAT(watch->since, ElementsAre(Pair("call.ended", kStoryTime)));
}

template <typename World>
class DeliveryHistoryContract : public ::testing::Test {
 protected:
  ports::InboxItem Item(const std::string& dedupe, const std::string& occurrence,
                        WallTime received_at = kStoryTime) {
    ports::InboxItem item;
    item.slot = kGapSlot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(received_at);
    item.dedupe = dedupe;
    item.occurrence = occurrence;
    item.event = "io.aircall.call.ended";
    item.received_at = received_at;
    return item;
  }

  ports::InboxItem Recovered(const std::string& occurrence) {
    ports::InboxItem item = Item(occurrence, occurrence);
    item.source = ports::InboxSource::kRecovered;
    return item;
  }

  World world_;
  ports::InboxStore& inbox_ = world_.inbox;
  ports::DeliveryHistory& deliveries_ = world_.deliveries;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(DeliveryHistoryContract, Worlds, WorldNames);

TYPED_TEST(DeliveryHistoryContract, KnowsWhenTheLastDeliveryCame) {
  EXPECT_FALSE(this->deliveries_.LastDelivery(AccountId(1001)).value());
  ports::InboxItem published = this->Item("c", "", kStoryTime + minutes(9));
  published.source = ports::InboxSource::kApi;
  ASSERT_THAT(this->inbox_.Append(
                  {this->Item("a", "1"), this->Item("b", "2", kStoryTime + minutes(1)), published}),
              IsOk());
  EXPECT_EQ(this->deliveries_.LastDelivery(AccountId(1001)).value(), kStoryTime + minutes(1));
  EXPECT_FALSE(this->deliveries_.LastDelivery(AccountId(1002)).value());
}

TYPED_TEST(DeliveryHistoryContract, KnowsWhatWasTold) {
  // The oldest first: an id is never older than the one before it.
  ASSERT_THAT(this->inbox_.Append({this->Item("c", "3", kStoryTime - hours(2)),
                                   this->Item("a", "1"), this->Recovered("2")}),
              IsOk());
  const auto told = [this](WallTime from) {
    return this->deliveries_.Told(AccountId(1001), {"1", "2", "3", "4"}, from).value();
  };
  EXPECT_THAT(told(kStoryTime - hours(1)), ElementsAre("1", "2"));
  EXPECT_THAT(told(kStoryTime - hours(3)), ElementsAre("1", "2", "3"));
  EXPECT_THAT(this->deliveries_.Told(AccountId(1002), {"1"}, kStoryTime - hours(3)).value(),
              IsEmpty());
  EXPECT_THAT(this->deliveries_.Told(AccountId(1001), {}, kStoryTime - hours(3)).value(),
              IsEmpty());
}

TYPED_TEST(DeliveryHistoryContract, CountsWhatWasRecovered) {
  ASSERT_THAT(this->inbox_.Append({this->Item("a", "1"), this->Recovered("2"), this->Recovered("3"),
                                   this->Recovered("2")}),
              IsOk());
  EXPECT_EQ(this->deliveries_.CountRecovered(AccountId(1001), kStoryTime).value(), 2);
  EXPECT_EQ(this->deliveries_.CountRecovered(AccountId(1001), kStoryTime + minutes(1)).value(), 0);
}

}  // namespace
}  // namespace sb::testing
