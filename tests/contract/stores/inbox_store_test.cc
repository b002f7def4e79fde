#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::InboxItem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Slot kInboxSlot = 17;

template <typename World>
class InboxStoreContract : public ::testing::Test {
 protected:
  InboxItem Delivery(const std::string& dedupe) {
    InboxItem item;
    item.slot = kInboxSlot;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(kStoryTime);
    item.dedupe = dedupe;
    item.occurrence = "what happened: " + dedupe;
    item.event = "io.aircall.call.ended";
    item.entity = "calls";
    item.entity_id = "4190000017";
    item.occurred_at = kStoryTime - std::chrono::seconds(2);
    item.received_at = kStoryTime;
    item.body = std::string("{\"a\": \"\\\"}\0\xff", 14);
    return item;
  }

  std::vector<EventId> PendingIds(const std::vector<Slot>& slots, WallTime now = kStoryTime,
                                  int limit = 100) {
    std::vector<EventId> ids;
    const auto waiting = inbox_.Pending(slots, now, limit);
    for (const ports::PendingItem& pending : *waiting) ids.push_back(pending.item.id);
    return ids;
  }

  World world_;
  ports::InboxStore& inbox_ = world_.inbox;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(InboxStoreContract, Worlds, WorldNames);

TYPED_TEST(InboxStoreContract, GivesBackADeliveryAsItCame) {
  const InboxItem call = this->Delivery("a");
  ASSERT_THAT(this->inbox_.Append({call}), IsOk());

  const auto stored = this->inbox_.Get(call.id);

  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->slot, call.slot);
  EXPECT_EQ(stored->account, call.account);
  EXPECT_EQ(stored->id, call.id);
  EXPECT_EQ(stored->dedupe, call.dedupe);
  EXPECT_EQ(stored->occurrence, call.occurrence);
  EXPECT_EQ(stored->source, call.source);
  EXPECT_EQ(stored->event, call.event);
  EXPECT_EQ(stored->entity, call.entity);
  EXPECT_EQ(stored->entity_id, call.entity_id);
  EXPECT_EQ(stored->occurred_at, call.occurred_at);
  EXPECT_EQ(stored->received_at, call.received_at);
  EXPECT_EQ(stored->body, call.body);
}

TYPED_TEST(InboxStoreContract, StoresWhatNobodyCanReadToo) {
  InboxItem garbage = this->Delivery("garbage");
  garbage.event = std::string("bad\0 \xff\xc3 event", 13);
  garbage.entity.clear();
  garbage.entity_id = std::string("\0", 1);
  garbage.occurred_at.reset();
  garbage.body.clear();
  ASSERT_THAT(this->inbox_.Append({garbage}), IsOk());
  const auto stored = this->inbox_.Get(garbage.id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_FALSE(stored->occurred_at.has_value());
  EXPECT_EQ(stored->body, "");
}

TYPED_TEST(InboxStoreContract, StoresARepeatedDeliveryOnce) {
  const InboxItem first = this->Delivery("same");
  const InboxItem repeated = this->Delivery("same");
  EXPECT_THAT(this->inbox_.Append({first}).value(), ElementsAre(true));
  EXPECT_THAT(this->inbox_.Append({repeated, this->Delivery("other")}).value(),
              ElementsAre(false, true));
  EXPECT_THAT(this->inbox_.Get(repeated.id), FailsWith(ErrorKind::kNotFound, "EVENT_NOT_FOUND"));
  EXPECT_EQ(this->PendingIds({kInboxSlot}).size(), 2U);
}

TYPED_TEST(InboxStoreContract, StoresTwinsOfOneBatchOnce) {
  const InboxItem first = this->Delivery("same");
  const InboxItem twin = this->Delivery("same");
  EXPECT_THAT(this->inbox_.Append({first, twin}).value(), ElementsAre(true, false));
  EXPECT_THAT(this->PendingIds({kInboxSlot}), ElementsAre(first.id));
}

TYPED_TEST(InboxStoreContract, KeepsEqualDeliveriesOfTwoAccountsApart) {
  const InboxItem ours = this->Delivery("same");
  InboxItem theirs = this->Delivery("same");
  theirs.account = AccountId(1002);
  EXPECT_THAT(this->inbox_.Append({ours, theirs}).value(), ElementsAre(true, true));
}

TYPED_TEST(InboxStoreContract, TakesTheSameBatchAgainAfterALostAnswer) {
  const std::vector<InboxItem> batch = {this->Delivery("a"), this->Delivery("b")};
  ASSERT_THAT(this->inbox_.Append(batch), IsOk());
  EXPECT_THAT(this->inbox_.Append(batch).value(), ElementsAre(false, false));
  EXPECT_EQ(this->PendingIds({kInboxSlot}).size(), 2U);
}

TYPED_TEST(InboxStoreContract, TakesALateDeliveryOfWhatWasRecoveredForNoNewOne) {
  InboxItem recovered = this->Delivery("a");
  recovered.dedupe = recovered.occurrence;
  recovered.source = ports::InboxSource::kRecovered;
  EXPECT_THAT(this->inbox_.Append({recovered}).value(), ElementsAre(true));
  InboxItem again = recovered;
  again.id = this->ids_.template Next<EventTag>(kStoryTime);
  InboxItem theirs = this->Delivery("a");
  theirs.account = AccountId(1002);
  EXPECT_THAT(
      this->inbox_.Append({this->Delivery("a"), this->Delivery("b"), again, theirs}).value(),
      ElementsAre(false, true, false, true));
  EXPECT_EQ(this->inbox_.Get(recovered.id)->source, ports::InboxSource::kRecovered);
}

TYPED_TEST(InboxStoreContract, KeepsTwoDeliveriesThatTellOfTheSameInOtherWords) {
  InboxItem other_words = this->Delivery("b");
  other_words.occurrence = this->Delivery("a").occurrence;
  EXPECT_THAT(this->inbox_.Append({this->Delivery("a"), other_words}).value(),
              ElementsAre(true, true));
}

TYPED_TEST(InboxStoreContract, AppendsNothing) {
  EXPECT_THAT(this->inbox_.Append({}).value(), IsEmpty());
}

TYPED_TEST(InboxStoreContract, HandsOutWhatWaitsOldestFirstForTheSlotsAskedFor) {
  const InboxItem first = this->Delivery("a");
  InboxItem elsewhere = this->Delivery("b");
  elsewhere.slot = 18;
  const InboxItem last = this->Delivery("c");
  ASSERT_THAT(this->inbox_.Append({last, first, elsewhere}), IsOk());

  EXPECT_THAT(this->PendingIds({kInboxSlot}), ElementsAre(first.id, last.id));
  EXPECT_THAT(this->PendingIds({18, kInboxSlot}), ElementsAre(first.id, elsewhere.id, last.id));
  EXPECT_THAT(this->PendingIds({kInboxSlot}, kStoryTime, 1), ElementsAre(first.id));
  EXPECT_THAT(this->PendingIds({}), IsEmpty());
}

TYPED_TEST(InboxStoreContract, HoldsAPostponedItemBackUntilItsTime) {
  const InboxItem call = this->Delivery("a");
  ASSERT_THAT(this->inbox_.Append({call}), IsOk());
  const WallTime later = kStoryTime + std::chrono::seconds(4);
  ASSERT_THAT(this->inbox_.Postpone(kInboxSlot, call.id, 3, later), IsOk());

  EXPECT_THAT(this->PendingIds({kInboxSlot}, later - std::chrono::microseconds(1)), IsEmpty());
  const auto due = this->inbox_.Pending({kInboxSlot}, later, 10);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->front().tries, 3);
  EXPECT_EQ(due->front().item.body, call.body);
}

TYPED_TEST(InboxStoreContract, BuriesWhatFailsForGood) {
  const InboxItem call = this->Delivery("a");
  ASSERT_THAT(this->inbox_.Append({call}), IsOk());
  ASSERT_THAT(this->inbox_.Bury(kInboxSlot, call.id, "it was never JSON"), IsOk());
  EXPECT_THAT(this->PendingIds({kInboxSlot}, kStoryTime + std::chrono::hours(24)), IsEmpty());
  EXPECT_THAT(this->inbox_.Get(call.id), IsOk()) << "the bytes stay";
}

TYPED_TEST(InboxStoreContract, LeavesWhatIsNotPendingAlone) {
  const EventId unknown = this->ids_.template Next<EventTag>(kStoryTime);
  EXPECT_THAT(this->inbox_.Postpone(kInboxSlot, unknown, 1, kStoryTime), IsOk());
  EXPECT_THAT(this->inbox_.Bury(kInboxSlot, unknown, "twice"), IsOk());
  EXPECT_THAT(this->PendingIds({kInboxSlot}), IsEmpty());
}

TYPED_TEST(InboxStoreContract, ListsNewestFirstByAccountAndType) {
  const InboxItem ended = this->Delivery("a");
  InboxItem created = this->Delivery("b");
  created.event = "io.aircall.call.created";
  InboxItem theirs = this->Delivery("c");
  theirs.account = AccountId(1002);
  ASSERT_THAT(this->inbox_.Append({ended, created, theirs}), IsOk());

  const auto ids = [this](const ports::EventFilter& filter, const ports::PageRequest& page) {
    std::vector<EventId> found;
    const auto listed = this->inbox_.List(filter, page);
    for (const InboxItem& item : listed->items) found.push_back(item.id);
    return found;
  };
  EXPECT_THAT(ids({}, {}), ElementsAre(theirs.id, created.id, ended.id));
  ports::EventFilter ours;
  ours.accounts.Only({AccountId(1001)});
  EXPECT_THAT(ids(ours, {}), ElementsAre(created.id, ended.id));
  ports::EventFilter endings;
  endings.types.Only({"io.aircall.call.ended"});
  EXPECT_THAT(ids(endings, {}), ElementsAre(theirs.id, ended.id));
  EXPECT_THAT(ids({}, {theirs.id.number(), 1}), ElementsAre(created.id));
  EXPECT_EQ(this->inbox_.List({}, {0, 2})->next_before, created.id.number());
}

TYPED_TEST(InboxStoreContract, ListsWhatAFilterFinds) {
  InboxItem webhook = this->Delivery("a");
  webhook.entity = "calls";
  webhook.entity_id = "17";
  webhook.occurred_at = kStoryTime;
  InboxItem published = this->Delivery("b");
  published.source = ports::InboxSource::kApi;
  published.entity = published.entity_id = "";
  published.occurred_at.reset();
  ASSERT_THAT(this->inbox_.Append({webhook, published}), IsOk());
  const auto ids = [this](const ports::EventFilter& filter) {
    std::vector<EventId> found;
    const auto listed = this->inbox_.List(filter, {});
    for (const InboxItem& item : listed->items) found.push_back(item.id);
    return found;
  };

  ports::EventFilter filter;
  filter.sources.Only({ports::InboxSource::kApi});
  EXPECT_THAT(ids(filter), ElementsAre(published.id));
  filter = {};
  filter.sources.Except({ports::InboxSource::kApi});
  EXPECT_THAT(ids(filter), ElementsAre(webhook.id));
  filter = {};
  filter.subjects.Only({"calls/17"});
  EXPECT_THAT(ids(filter), ElementsAre(webhook.id));
  filter = {};
  filter.occurred.from = kStoryTime;
  EXPECT_THAT(ids(filter), ElementsAre(webhook.id));
  filter.occurred.from = kStoryTime + Millis(1);
  EXPECT_THAT(ids(filter), IsEmpty());
  filter = {};
  filter.received.before = TimeOfIdNumber(webhook.id.number());
  EXPECT_THAT(ids(filter), IsEmpty());
  filter = {};
  filter.received.from = TimeOfIdNumber(webhook.id.number());
  EXPECT_THAT(ids(filter), ElementsAre(published.id, webhook.id));
}

TYPED_TEST(InboxStoreContract, SaysWhenThereIsNoSuchEvent) {
  EXPECT_THAT(this->inbox_.Get(EventId(404)), FailsWith(ErrorKind::kNotFound, "EVENT_NOT_FOUND"));
}

TYPED_TEST(InboxStoreContract, CountsACrashAsSeveralTries) {
  const InboxItem item = this->Delivery("a");
  ASSERT_THAT(this->inbox_.Append({item}), IsOk());
  ASSERT_THAT(this->inbox_.CountCrash(item.slot, item.id, 3), IsOk());
  ASSERT_THAT(this->inbox_.CountCrash(item.slot, item.id, 3), IsOk());
  EXPECT_EQ(this->inbox_.Pending({item.slot}, kStoryTime, 10)->at(0).tries, 6);
  EXPECT_THAT(this->inbox_.CountCrash(item.slot, EventId(404), 3), IsOk());
}

}  // namespace
}  // namespace sb::testing
