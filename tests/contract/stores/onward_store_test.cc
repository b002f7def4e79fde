#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::Delivery;
using ports::DeliveryState;
using ports::Destination;
using ports::DestinationId;
using ports::DestinationState;
using ports::FeedPosition;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kDestinationSlot = 17;

template <typename World>
class OnwardStoreContract : public ::testing::Test {
 protected:
  Destination Made(const std::string& name, std::int64_t account = 1001) {
    Destination destination;
    destination.id = ids_.Next<ports::DestinationTag>(kStoryTime);
    destination.slot = kDestinationSlot;
    destination.account = AccountId(account);
    destination.name = name;
    destination.sink = "http";
    destination.settings = {{"url", "https://receiver.example/hook"}};
    destination.secrets = {{"signing_secret", "hook"}};
    destination.choice = {{"io.aircall.call.*"}, {"7", "8"}};
    destination.since = kStoryTime;
    destination.created_at = kStoryTime;
    EXPECT_THAT(destinations_.Create(destination), IsOk());
    return destination;
  }

  Delivery Of(const Destination& destination, std::int64_t event, const std::string& about = "") {
    Delivery delivery;
    delivery.slot = destination.slot;
    delivery.account = destination.account;
    delivery.destination = destination.id;
    delivery.event = EventId(event);
    delivery.type = "io.aircall.call.ended";
    if (!about.empty()) delivery.order_key = Sha256(about);
    delivery.due_at = kStoryTime;
    return delivery;
  }

  std::vector<std::int64_t> Due(const Destination& destination, WallTime now = kStoryTime,
                                int limit = 100) {
    std::vector<std::int64_t> events;
    const auto due = deliveries_.Due(destination, now, limit);
    for (const ports::DueDelivery& each : due.value())
      events.push_back(each.delivery.event.number());
    return events;
  }

  Delivery Stored(const Destination& destination, std::int64_t event) {
    const auto listed = deliveries_.List({destination.id, {}}, {0, 100}).value();
    for (const Delivery& delivery : listed.items) {
      if (delivery.event == EventId(event)) return delivery;
    }
    ADD_FAILURE() << "there is no delivery of event " << event;
    return {};
  }

  void Note(Delivery delivery, DeliveryState state, WallTime due = kStoryTime) {
    delivery.state = state;
    delivery.due_at = due;
    delivery.tries += 1;
    ASSERT_THAT(deliveries_.Note({delivery}), IsOk());
  }

  World world_;
  ports::DestinationStore& destinations_ = world_.destinations;
  ports::DeliveryStore& deliveries_ = world_.onward_deliveries;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(OnwardStoreContract, Worlds, WorldNames);

TYPED_TEST(OnwardStoreContract, GivesBackADestinationAsItWasMade) {
  const Destination made = this->Made("hook");
  const auto read = this->destinations_.Get(made.id).value();
  EXPECT_EQ(read.account, made.account);
  EXPECT_EQ(read.slot, made.slot);
  EXPECT_EQ(read.name, "hook");
  EXPECT_EQ(read.sink, "http");
  EXPECT_EQ(read.settings, made.settings);
  EXPECT_EQ(read.secrets, made.secrets);
  EXPECT_EQ(read.choice, made.choice);
  EXPECT_EQ(read.state, DestinationState::kActive);
  EXPECT_EQ(read.since, kStoryTime);
  EXPECT_EQ(read.created_at, kStoryTime);
  EXPECT_FALSE(read.not_before);
  EXPECT_EQ(read.step, 0);
  EXPECT_THAT(this->destinations_.Get(DestinationId(4242)),
              FailsWith(ErrorKind::kNotFound, "DESTINATION_NOT_FOUND"));
}

TYPED_TEST(OnwardStoreContract, HasOneDestinationOfANameForAnAccount) {
  const Destination hook = this->Made("hook");
  Destination other = hook;
  other.id = DestinationId(hook.id.number() + 1);
  EXPECT_EQ(this->destinations_.Create(other).error().code, "DESTINATION_EXISTS");
  this->Made("hook", 1002);
  Destination second = this->Made("second");
  second.name = "hook";
  EXPECT_EQ(this->destinations_.Save(second).error().code, "DESTINATION_EXISTS");
}

TYPED_TEST(OnwardStoreContract, ListsThoseOfAnAccountByName) {
  this->Made("segment");
  this->Made("hook");
  this->Made("another", 1002);
  const auto listed = this->destinations_.List(AccountId(1001)).value();
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].name, "hook");
  EXPECT_EQ(listed[1].name, "segment");
  EXPECT_THAT(this->destinations_.All().value(), SizeIs(3));
}

TYPED_TEST(OnwardStoreContract, SavesADestinationOnceForEachReading) {
  Destination hook = this->Made("hook");
  hook.state = DestinationState::kStopped;
  hook.reason = "ONWARD_UNWANTED";
  hook.failures = 3;
  hook.not_before = kStoryTime + minutes(1);
  hook.choice = {};
  hook.secrets.clear();
  EXPECT_EQ(this->destinations_.Save(hook).value(), 1);
  const auto read = this->destinations_.Get(hook.id).value();
  EXPECT_EQ(read.state, DestinationState::kStopped);
  EXPECT_EQ(read.reason, "ONWARD_UNWANTED");
  EXPECT_EQ(read.failures, 3);
  EXPECT_EQ(read.not_before, kStoryTime + minutes(1));
  EXPECT_EQ(read.choice, core::onward::EventChoice());
  EXPECT_TRUE(read.secrets.empty());
  EXPECT_EQ(this->destinations_.Save(hook).error().code, "DESTINATION_MOVED");
}

TYPED_TEST(OnwardStoreContract, FindsDestinationsThatHaveSomethingToSend) {
  Destination hook = this->Made("hook");
  this->Made("idle");
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 1)}, {5, 1, 0}), IsOk());
  const auto due = [&](std::vector<Slot> slots, std::set<DestinationId> without = {}) {
    return this->destinations_.Due(slots, kStoryTime, without, 10).value().size();
  };
  EXPECT_EQ(due({3, kDestinationSlot}), 1U);
  EXPECT_EQ(due({3}), 0U);
  EXPECT_EQ(due({kDestinationSlot}, {hook.id}), 0U);
  hook.not_before = kStoryTime + seconds(1);
  hook.step = this->destinations_.Save(hook).value();
  EXPECT_EQ(due({kDestinationSlot}), 0U);
  hook.not_before.reset();
  hook.state = DestinationState::kPaused;
  ASSERT_THAT(this->destinations_.Save(hook), IsOk());
  EXPECT_EQ(due({kDestinationSlot}), 0U);
}

TYPED_TEST(OnwardStoreContract, TakesADestinationAwayWithAllThatWaitsForIt) {
  const Destination hook = this->Made("hook");
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 1)}, {5, 1, 0}), IsOk());
  ASSERT_THAT(this->destinations_.Delete(hook.id), IsOk());
  EXPECT_THAT(this->destinations_.Delete(hook.id),
              FailsWith(ErrorKind::kNotFound, "DESTINATION_NOT_FOUND"));
  EXPECT_THAT(this->deliveries_.List({hook.id, {}}, {})->items, IsEmpty());
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 2)}, {6, 1, 0}), IsOk());
  EXPECT_THAT(this->deliveries_.List({hook.id, {}}, {})->items, IsEmpty()) << "it is gone";
}

TYPED_TEST(OnwardStoreContract, PutsDeliveriesInTheirOrderAndEachOnce) {
  const Destination hook = this->Made("hook");
  EXPECT_FALSE(this->deliveries_.Position().value());
  // Not in the order of their ids: that of the reader counts.
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 9), this->Of(hook, 2), this->Of(hook, 5)},
                                        {7, 5, 0}),
              IsOk());
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 2), this->Of(hook, 1)}, {6, 1, 0}), IsOk());
  EXPECT_THAT(this->Due(hook), ElementsAre(9, 2, 5, 1));
  EXPECT_EQ(this->deliveries_.Position().value(), (FeedPosition{7, 5, 0}))
      << "a reader that is behind moves nothing back";
}

TYPED_TEST(OnwardStoreContract, HoldsBackWhatIsBehindSomethingOfTheSameThing) {
  const Destination hook = this->Made("hook");
  ASSERT_THAT(this->deliveries_.Enqueue(
                  {this->Of(hook, 1, "calls/1"), this->Of(hook, 2, "calls/2"),
                   this->Of(hook, 3, "calls/1"), this->Of(hook, 4), this->Of(hook, 5)},
                  {7, 5, 0}),
              IsOk());
  this->Note(this->Stored(hook, 1), DeliveryState::kPending, kStoryTime + minutes(1));
  this->Note(this->Stored(hook, 4), DeliveryState::kPending, kStoryTime + minutes(1));
  EXPECT_THAT(this->Due(hook), ElementsAre(2, 5)) << "4 and 5 are about nothing single";
  EXPECT_THAT(this->Due(hook, kStoryTime + minutes(1)), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(this->Due(hook, kStoryTime + minutes(1), 2), ElementsAre(1, 2));
  this->Note(this->Stored(hook, 1), DeliveryState::kDead);
  EXPECT_THAT(this->Due(hook), ElementsAre(2, 3, 5));
}

TYPED_TEST(OnwardStoreContract, ADueDeliveryBringsItsEventAsLongAsThatIsKept) {
  const Destination hook = this->Made("hook");
  ports::InboxItem item;
  item.slot = kDestinationSlot;
  item.account = hook.account;
  item.id = this->ids_.template Next<EventTag>(kStoryTime);
  item.dedupe = Sha256("once");
  item.event = "io.aircall.call.ended";
  item.entity = "calls";
  item.entity_id = "42";
  item.received_at = kStoryTime;
  item.body = R"({"id": 42})";
  ASSERT_THAT(this->world_.inbox.Append({item}), IsOk());
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, item.id.number()), this->Of(hook, 4242)},
                                        {7, 5, 0}),
              IsOk());
  const auto due = this->deliveries_.Due(hook, kStoryTime, 10).value();
  ASSERT_THAT(due, SizeIs(2));
  ASSERT_TRUE(due[0].item);
  EXPECT_EQ(due[0].item->id, item.id);
  EXPECT_EQ(due[0].item->body, item.body);
  EXPECT_EQ(due[0].item->entity_id, "42");
  EXPECT_FALSE(due[1].item);
}

TYPED_TEST(OnwardStoreContract, NotesHowADeliveryStands) {
  const Destination hook = this->Made("hook");
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 1, "calls/1")}, {7, 5, 0}), IsOk());
  Delivery delivery = this->Stored(hook, 1);
  delivery.tries = 2;
  delivery.alone = true;
  delivery.due_at = kStoryTime + minutes(5);
  delivery.first_tried_at = kStoryTime;
  delivery.tried_at = kStoryTime + minutes(1);
  delivery.status = 503;
  delivery.reason = "ONWARD_NOT_TAKEN";
  ASSERT_THAT(this->deliveries_.Note({delivery}), IsOk());
  const Delivery read = this->Stored(hook, 1);
  EXPECT_EQ(read.state, DeliveryState::kPending);
  EXPECT_EQ(read.tries, 2);
  EXPECT_TRUE(read.alone);
  EXPECT_EQ(read.due_at, kStoryTime + minutes(5));
  EXPECT_EQ(read.first_tried_at, kStoryTime);
  EXPECT_EQ(read.tried_at, kStoryTime + minutes(1));
  EXPECT_EQ(read.status, 503);
  EXPECT_EQ(read.reason, "ONWARD_NOT_TAKEN");
  EXPECT_EQ(read.type, "io.aircall.call.ended");
  EXPECT_EQ(read.order_key, Sha256("calls/1"));
}

TYPED_TEST(OnwardStoreContract, WhatIsReplayedGoesToTheEndAsIfItWereNew) {
  const Destination hook = this->Made("hook");
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 1), this->Of(hook, 2), this->Of(hook, 3)},
                                        {7, 5, 0}),
              IsOk());
  const Delivery old = this->Stored(hook, 1);
  this->Note(old, DeliveryState::kDead);
  // 1 is dead, 2 waits, 4 never was.
  EXPECT_EQ(
      this->deliveries_.Replay({this->Of(hook, 4), this->Of(hook, 1), this->Of(hook, 2)}).value(),
      2);
  EXPECT_THAT(this->Due(hook), ElementsAre(2, 3, 4, 1));
  EXPECT_EQ(this->Stored(hook, 1).tries, 0);
  this->Note(old, DeliveryState::kDelivered);
  EXPECT_EQ(this->Stored(hook, 1).state, DeliveryState::kPending)
      << "what is told of its old place does not count";
}

TYPED_TEST(OnwardStoreContract, ListsTheLogAndCountsIt) {
  const Destination hook = this->Made("hook");
  ASSERT_THAT(this->deliveries_.Enqueue({this->Of(hook, 1), this->Of(hook, 2), this->Of(hook, 3)},
                                        {7, 5, 0}),
              IsOk());
  this->Note(this->Stored(hook, 2), DeliveryState::kDead);
  const auto first = this->deliveries_.List({hook.id, {}}, {0, 2}).value();
  ASSERT_THAT(first.items, SizeIs(2));
  EXPECT_EQ(first.items[0].event, EventId(3));
  ASSERT_NE(first.next_before, 0);
  const auto rest = this->deliveries_.List({hook.id, {}}, {first.next_before, 2}).value();
  ASSERT_THAT(rest.items, SizeIs(1));
  EXPECT_EQ(rest.items[0].event, EventId(1));
  EXPECT_EQ(rest.next_before, 0);
  const auto dead = this->deliveries_.List({hook.id, DeliveryState::kDead}, {}).value();
  ASSERT_THAT(dead.items, SizeIs(1));
  EXPECT_EQ(dead.items[0].event, EventId(2));
  auto counts = this->deliveries_.Count(hook.id).value();
  EXPECT_EQ(counts[DeliveryState::kPending], 2);
  EXPECT_EQ(counts[DeliveryState::kDead], 1);
}

}  // namespace
}  // namespace sb::testing
