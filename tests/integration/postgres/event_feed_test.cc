#include <gmock/gmock.h>

#include "engine/adapters/postgres/postgres_event_feed.h"
#include "engine/adapters/postgres/postgres_inbox_store.h"
#include "tests/integration/postgres/sessions.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class EventFeedOnPostgres : public ::testing::Test {
 protected:
  EventId Store(const std::string& dedupe) {
    ports::InboxItem item;
    item.slot = 17;
    item.account = AccountId(1001);
    item.id = ids_.Next<EventTag>(kStoryTime);
    item.dedupe = dedupe;
    item.event = "io.aircall.call.ended";
    item.received_at = kStoryTime;
    EXPECT_THAT(inbox_.Append({item}), IsOk());
    return item.id;
  }

  TestDatabase test_database_;
  adapters::postgres::Database database_{test_database_.settings()};
  adapters::postgres::PostgresInboxStore inbox_{database_};
  adapters::postgres::PostgresEventFeed feed_{database_};
  IdGenerator ids_{1};
};

// The mistake this guards against: remembering the highest id, and losing what a slower transaction
// stores below it.
TEST_F(EventFeedOnPostgres, HoldsLaterCommitsBackUntilAnEarlierTransactionIsDecided) {
  const auto begin = feed_.End().value();
  OpenTransaction slow(test_database_.url());
  slow.Run("select pg_current_xact_id()");
  slow.Run(
      "insert into eng.inbox (slot, account_id, event_id, dedupe, source, event, entity, "
      "entity_id, received_at, body) select 17, 1001, " +
      std::to_string(ids_.Next<EventTag>(kStoryTime).number()) +
      ", 'slow', 1, 'io.aircall.call.ended', '', '', now(), '{}'");
  const EventId fast = Store("fast");

  const auto before = feed_.Events(begin, 10);
  ASSERT_THAT(before, IsOk());
  EXPECT_THAT(before->items, IsEmpty()) << "the slow one may still come before it";

  slow.Commit();
  const auto after = feed_.Events(before->next, 10);
  ASSERT_THAT(after->items, SizeIs(2));
  EXPECT_EQ(after->items[1].id, fast);
}

TEST_F(EventFeedOnPostgres, GoesOnWhenTheSlowTransactionGaveUp) {
  const auto begin = feed_.End().value();
  OpenTransaction slow(test_database_.url());
  slow.Run("select pg_current_xact_id()");
  const EventId fast = Store("fast");
  EXPECT_THAT(feed_.Events(begin, 10)->items, IsEmpty());
  slow.Rollback();
  const auto page = feed_.Events(begin, 10);
  ASSERT_THAT(page->items, SizeIs(1));
  EXPECT_EQ(page->items[0].id, fast);
}

}  // namespace
}  // namespace sb::testing
