#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using ports::FeedPosition;
using ports::InboxItem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename World>
class EventFeedContract : public ::testing::Test {
 protected:
  EventId Store(const std::string& dedupe) {
    InboxItem item;
    item.slot = 17;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(kStoryTime);
    item.dedupe = dedupe;
    item.event = "io.aircall.call.ended";
    item.received_at = kStoryTime;
    EXPECT_THAT(world_.inbox.Append({item}), IsOk());
    return item.id;
  }

  /// Reads on from `position_`.
  std::vector<EventId> Events(int limit = 100) {
    const auto page = world_.feed.Events(position_, limit);
    EXPECT_THAT(page, IsOk());
    position_ = page->next;
    more_ = page->more;
    std::vector<EventId> ids;
    for (const InboxItem& item : page->items) ids.push_back(item.id);
    return ids;
  }

  World world_;
  IdGenerator ids_{1};
  FeedPosition position_;
  bool more_ = false;
};

TYPED_TEST_SUITE(EventFeedContract, Worlds, WorldNames);

TYPED_TEST(EventFeedContract, TellsEventsInTheOrderInWhichTheyWereStoredAndEachOnce) {
  const EventId first = this->Store("a");
  const EventId second = this->Store("b");
  EXPECT_THAT(this->Events(), ElementsAre(first, second));
  EXPECT_THAT(this->Events(), IsEmpty());
  const EventId third = this->Store("c");
  EXPECT_THAT(this->Events(), ElementsAre(third));
}

TYPED_TEST(EventFeedContract, TellsOnlyOfTheAccountsAndTypesThatAreAskedFor) {
  const EventId ended = this->Store("a");
  InboxItem other;
  other.slot = 17;
  other.account = AccountId(1002);
  other.id = this->ids_.template Next<EventTag>(kStoryTime);
  other.dedupe = "b";
  other.event = "io.aircall.call.ended";
  other.received_at = kStoryTime;
  ASSERT_THAT(this->world_.inbox.Append({other}), IsOk());
  const auto mine =
      this->world_.feed.EventsOf({AccountId(1001)}, {"io.aircall.call.ended"}, {}, 100);
  ASSERT_THAT(mine, IsOk());
  ASSERT_EQ(mine->items.size(), 1U);
  EXPECT_EQ(mine->items[0].id, ended);
  const auto others =
      this->world_.feed.EventsOf({AccountId(1001)}, {"io.aircall.call.tagged"}, {}, 100);
  ASSERT_THAT(others, IsOk());
  EXPECT_THAT(others->items, IsEmpty());
  const auto behind =
      this->world_.feed.EventsOf({AccountId(1001)}, {"io.aircall.call.ended"}, others->next, 100);
  ASSERT_THAT(behind, IsOk());
  EXPECT_THAT(behind->items, IsEmpty()) << "what was passed over counts as told";
}

TYPED_TEST(EventFeedContract, GoesOnWhereAFullPageEnded) {
  const EventId first = this->Store("a");
  const EventId second = this->Store("b");
  const EventId third = this->Store("c");
  EXPECT_THAT(this->Events(2), ElementsAre(first, second));
  EXPECT_TRUE(this->more_);
  EXPECT_THAT(this->Events(2), ElementsAre(third));
  EXPECT_FALSE(this->more_);
}

TYPED_TEST(EventFeedContract, BeginsBehindWhatIsThereWhenAskedTo) {
  this->Store("a");
  this->position_ = this->world_.feed.End().value();
  const EventId late = this->Store("b");
  EXPECT_THAT(this->Events(), ElementsAre(late));
}

TYPED_TEST(EventFeedContract, TellsTheJournalOfRunsWithTheirWorkflow) {
  RunStory story;
  const ports::WriterFence fence{
      InstanceId(1), 0, this->world_.ownership.Register(InstanceId(1), 1, kStoryTime)->incarnation};
  const FeedPosition begin = this->world_.feed.End().value();
  ports::CommitBatch started = story.Batch();
  const ports::RunKey key = story.NewKey();
  RunStory::Start(started, key, "call 1");
  ASSERT_THAT(this->world_.runs.Commit(fence, started), IsOk());
  ports::CommitBatch ended = story.Batch();
  RunStory::End(ended, key, 2, 3);
  ASSERT_THAT(this->world_.runs.Commit(fence, ended), IsOk());

  const auto two = this->world_.feed.Journal(begin, 2);
  ASSERT_THAT(two, IsOk());
  ASSERT_EQ(two->items.size(), 2U);
  EXPECT_TRUE(two->more);
  EXPECT_EQ(two->items[0].row.key, key);
  EXPECT_EQ(two->items[0].row.seq, 1);
  EXPECT_EQ(two->items[0].row.facts, started.journal[0].facts);
  EXPECT_EQ(two->items[0].workflow, RunStory::kWorkflow);
  const auto rest = this->world_.feed.Journal(two->next, 2);
  ASSERT_EQ(rest->items.size(), 1U);
  EXPECT_EQ(rest->items[0].row.seq, 3);
  EXPECT_EQ(rest->items[0].workflow, RunStory::kWorkflow) << "also of a run that has ended";
  EXPECT_THAT(this->world_.feed.Journal(rest->next, 2)->items, IsEmpty());
}

}  // namespace
}  // namespace sb::testing
