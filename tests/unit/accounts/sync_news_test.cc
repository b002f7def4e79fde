// What events tell reaches the tables at once, in every sync that wants it, and again where a
// process died before it had noted how far it was.
#include "engine/accounts/sync_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/personal/redactor.h"
#include "tests/unit/accounts/replication_world.h"

namespace sb::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class SyncNewsStory : public ReplicationWorld, public ::testing::Test {
 protected:
  /// Until nothing is left to hear.
  void Hear(const std::string& connection = "") {
    ASSERT_THAT(news.Refresh(), IsOk());
    for (int pages = 0; pages < 100; ++pages) {
      const auto more = news.RunOnce(connection);
      ASSERT_THAT(more, IsOk());
      if (!*more) return;
    }
    FAIL() << "the news never end";
  }

  void Call() {
    call_ = PlaceCall();
    Arrive();
  }

  std::string call_;
};

TEST_F(SyncNewsStory, ACallIsInTheTableOnceItsEventsAreInTheInbox) {
  const auto sync = Start("warehouse", "[calls]");
  Call();
  Hear();
  const auto row = Row(sync, "calls", call_);
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->synced_at);
  EXPECT_FALSE(row->read_at) << "told by its events alone";
}

TEST_F(SyncNewsStory, TheOlderEventsAreForThoseWhoWantEventsThemselves) {
  Call();
  const auto calls = Start("calls", "[calls]");
  const auto all = Start("everything", "[calls, events]");
  Hear();
  EXPECT_FALSE(Row(calls, "calls", call_)) << "its first reading will show it";
  EXPECT_TRUE(Row(all, "calls", call_));
  for (const EventId event : events) {
    const auto row = Row(all, "events", ToText(event));
    ASSERT_TRUE(row);
    EXPECT_TRUE(row->synced_at);
  }
}

TEST_F(SyncNewsStory, ANewVersionWithEventsHearsWhatTheInboxHas) {
  Start("warehouse", "[calls]");
  Call();
  Hear();
  const auto wider = Start("warehouse", "[calls, events]", "", "1.1.0");
  Hear();
  for (const EventId event : events) EXPECT_TRUE(Row(wider, "events", ToText(event)));
}

TEST_F(SyncNewsStory, AProcessThatDiesBeforeItNotesHowFarItWasTellsAgain) {
  const auto sync = Start("warehouse", "[calls, events]");
  Call();
  const auto stored = syncs.Get(account.id, sync.id).value().heard;
  Hear();
  const auto before = Row(sync, "calls", call_);
  const auto further = syncs.Get(account.id, sync.id).value();
  EXPECT_NE(further.heard, stored);
  ASSERT_THAT(syncs.SaveHeard(further, stored), IsOk());
  accounts::SyncNews next{{replications, syncs, feed, clock, metrics}};
  ASSERT_THAT(next.Refresh(), IsOk());
  ASSERT_THAT(next.RunOnce(""), IsOk());
  EXPECT_EQ(Row(sync, "calls", call_), before);
}

TEST_F(SyncNewsStory, ADestinationThatIsDownLosesNothingAndHoldsUpNobody) {
  const auto here = Start("here", "[calls]");
  const auto there = Start("there", "[calls]", "moon");
  Hear();
  Hear("moon");
  moon.failure = Unavailable("DATABASE_UNAVAILABLE", "down");
  Call();
  Hear("moon");
  Hear();
  EXPECT_TRUE(Row(here, "calls", call_));
  EXPECT_FALSE(Row(there, "calls", call_));
  moon.failure.reset();
  Hear("moon");
  EXPECT_FALSE(Row(there, "calls", call_)) << "it is given a little time";
  clock.Advance(seconds(3));
  Hear("moon");
  EXPECT_TRUE(Row(there, "calls", call_));
  EXPECT_THAT(metrics.Text(),
              ::testing::HasSubstr("switchboard_sync_errors_total{code=\"DATABASE_UNAVAILABLE\"}"));
}

TEST_F(SyncNewsStory, WhatHappensWhileASyncIsPausedIsMadeUpFor) {
  const auto sync = Start("warehouse", "[calls]");
  Hear();
  ASSERT_THAT(replications.SetState(account.id, sync.id, ports::SyncState::kPaused), IsOk());
  Call();
  Hear();
  EXPECT_FALSE(Row(sync, "calls", call_));
  ASSERT_THAT(replications.SetState(account.id, sync.id, ports::SyncState::kRunning), IsOk());
  Hear();
  EXPECT_TRUE(Row(sync, "calls", call_));
}

TEST_F(SyncNewsStory, AnEventThatIsHollowIsSetAsideAndHoldsUpNoOther) {
  const auto sync = Start("warehouse", "[calls]");
  ports::InboxItem hollow;
  hollow.slot = account.slot;
  hollow.account = account.id;
  hollow.id = ids.Next<EventTag>(clock.Now());
  hollow.dedupe = "hollow";
  hollow.event = "io.aircall.call.ended";
  hollow.occurred_at = clock.Now();
  hollow.received_at = clock.Now();
  hollow.body =
      R"({"resource": "call", "event": "call.ended", "timestamp": 1790700000, "data": {}})";
  ASSERT_THAT(inbox.Append({hollow}), IsOk());
  Call();
  Hear();
  EXPECT_TRUE(Row(sync, "calls", call_));
  const auto rejected = ledger.Rejected({sync.slot, account.id, sync.id, "calls"}, 10).value();
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].code, "SYNC_OBJECT_WITHOUT_KEY");
}

// ---- What is asked of the provider

TEST_F(SyncNewsStory, RunningSyncsAskForTheEventsOfTheirStreams) {
  EXPECT_THAT(replications.WantedEvents(account).value(), IsEmpty());
  const auto sync = Start("warehouse", "[calls, users]");
  EXPECT_EQ(changes, 2) << "it was deployed, and started";
  const auto types = replications.WantedEvents(account).value();
  EXPECT_THAT(types, Contains("io.aircall.call.ended"));
  EXPECT_THAT(types, Contains("io.aircall.user.created.v2"));
  EXPECT_THAT(types, Not(Contains("io.aircall.contact.updated")));
  ASSERT_THAT(replications.SetState(account.id, sync.id, ports::SyncState::kPaused), IsOk());
  EXPECT_THAT(replications.WantedEvents(account).value(), IsEmpty());
  EXPECT_EQ(changes, 3);
}

// ---- A person, and an account, that go

TEST_F(SyncNewsStory, APersonIsTakenOutOfTheTables) {
  const auto sync = Start("warehouse", "[calls, events]");
  Call();
  Hear();
  const auto phone = core::personal::ReadPhoneNumber("+16175550142").value();
  const core::personal::Redactor redactor({{phone}, {}});
  const auto counted = replications.Forget(account.id, redactor, /*count_only=*/true);
  ASSERT_THAT(counted, IsOk());
  EXPECT_GE(*counted, 2) << "the call, and what told of it";
  const std::string before = Row(sync, "calls", call_)->raw;
  EXPECT_THAT(before, Not(::testing::HasSubstr("[erased]")));
  ASSERT_THAT(replications.Forget(account.id, redactor, false), IsOk());
  const auto row = Row(sync, "calls", call_);
  EXPECT_THAT(row->raw, ::testing::HasSubstr("[erased]"));
  EXPECT_THAT(replications.Forget(account.id, redactor, false).value(), 0);
}

TEST_F(SyncNewsStory, AnAccountThatIsDisconnectedPausesItsSyncs) {
  const auto sync = Start("warehouse", "[calls]");
  ports::Account gone = Stored(account.id);
  gone.state = ports::AccountState::kDisconnected;
  ASSERT_THAT(accounts.Update(gone), IsOk());
  auto due = replications.Due(10).value();
  ASSERT_FALSE(due.empty());
  EXPECT_EQ(replications.Step(due[0]), accounts::Replications::Pace::kRest);
  const auto paused = syncs.Get(account.id, sync.id).value();
  EXPECT_EQ(paused.state, ports::SyncState::kPaused);
  EXPECT_EQ(paused.reason, "ACCOUNT_DISCONNECTED");
}

// ---- How far it is

TEST_F(SyncNewsStory, SaysHowFarEachStreamIs) {
  const auto sync = Start("warehouse", "[calls, events]");
  auto standing = replications.Standing(sync).value();
  ASSERT_EQ(standing.size(), 2U);
  EXPECT_EQ(standing[0].at.stream, "calls");
  EXPECT_TRUE(standing[0].live);
  EXPECT_FALSE(standing[0].lag);
  auto due = replications.Due(10).value();
  for (ports::SyncStream& each : due) {
    while (replications.Step(each) == accounts::Replications::Pace::kMore) {
    }
  }
  clock.Advance(minutes(1));
  standing = replications.Standing(sync).value();
  ASSERT_TRUE(standing[0].lag);
  EXPECT_GE(*standing[0].lag, Millis(minutes(1)));
  EXPECT_FALSE(standing[0].reading);
  EXPECT_FALSE(standing[1].lag) << "events are never read";
}

}  // namespace
}  // namespace sb::testing
