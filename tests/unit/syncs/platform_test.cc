// The platform as a side: what it pushes and answers, and what a sync reads and writes meanwhile.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/syncs/platform_records.h"
#include "engine/syncs/platform_side.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_platform_record_store.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::MatchBy;
using ports::RecordChange;
using ports::RecordChangeKind;
using ports::RecordChangeState;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

class PlatformStory : public ::testing::Test {
 protected:
  PushOutcome Push(const std::string& key, Json fields,
                   std::optional<std::int64_t> expected = std::nullopt) {
    RecordPush push;
    push.key = key;
    push.fields = std::move(fields);
    push.expected_version = expected;
    return Push(push);
  }

  PushOutcome Push(const RecordPush& push) {
    const auto answer = records_.Push(place_, {push}, "", "");
    EXPECT_THAT(answer, IsOk());
    return answer.value().records.front().outcome;
  }

  PushOutcome PushDeletion(const std::string& key) {
    RecordPush push;
    push.key = key;
    push.deleted = true;
    return Push(push);
  }

  ports::SideWrite Write(const std::string& key, Json values, Json expected = Json::object()) {
    ports::SideWrite write;
    write.op_key = "op-" + std::to_string(++writes_);
    write.key = key;
    write.values = std::move(values);
    write.expected = std::move(expected);
    return write;
  }

  std::string Create(Json values) {
    const auto written = side_.Create(Write("", std::move(values)), Lane::kSync);
    EXPECT_THAT(written, IsOk());
    return written.value().record.value().key;
  }

  std::vector<RecordChange> Waiting() { return store_.WaitingSince(place_, 0, 100).value(); }

  Json FieldsOf(const std::string& key) {
    const auto record = side_.Read(key, Lane::kSync);
    EXPECT_THAT(record, IsOk());
    return record.value() ? record.value()->native : Json();
  }

  Status Done(const RecordChange& change, const std::string& own_key = "") {
    const auto answer = records_.Acknowledge(place_, change.id, {true, own_key, ""});
    return answer.ok() ? Status() : Status(answer.error());
  }

  Status Refuse(const RecordChange& change) {
    const auto answer =
        records_.Acknowledge(place_, change.id, {false, "", "the tariff is closed"});
    return answer.ok() ? Status() : Status(answer.error());
  }

  testing::FakeClock clock_;
  testing::MemoryPlatformRecordStore store_{clock_};
  const ports::PlatformPlace place_{3, AccountId(1001), "contact"};
  PlatformRecords records_{{store_, clock_}};
  std::int64_t ids_ = 0;
  int writes_ = 0;
  PlatformSide side_{{store_, clock_, [this] { return ++ids_; }}, place_, "aircall_id"};
};

// ---- What the platform pushes

TEST_F(PlatformStory, WhatIsPushedIsReadFoundAndTold) {
  const std::string before = side_.Changes("", 10).value().next;
  EXPECT_EQ(Push("c-1", {{"name", "Ada"}, {"phone", "01 42 68 53 00"}, {"aircall_id", 41}}),
            PushOutcome::kStored);
  EXPECT_EQ(Push("c-1", {{"name", "Ada"}}), PushOutcome::kUnchanged);
  EXPECT_EQ(FieldsOf("c-1").at("name"), "Ada");
  EXPECT_THAT(side_.Find({MatchBy::kPhone, "+33142685300"}, Lane::kSync).value(), SizeIs(1));
  EXPECT_THAT(side_.Find({MatchBy::kExternalKey, "41"}, Lane::kSync).value(), SizeIs(1));
  const auto changes = side_.Changes(before, 10).value();
  ASSERT_THAT(changes.hints, SizeIs(1));
  EXPECT_EQ(changes.hints.front().key, "c-1");
  EXPECT_EQ(changes.hints.front().record->native.at("name"), "Ada");
  EXPECT_THAT(side_.Changes(changes.next, 10).value().hints, IsEmpty());
}

TEST_F(PlatformStory, FieldsThatAreNotPushedStayAndNullClears) {
  Push("c-1", {{"name", "Ada"}, {"note", "x"}});
  EXPECT_EQ(Push("c-1", {{"note", nullptr}}), PushOutcome::kStored);
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada"}}));
}

TEST_F(PlatformStory, PushesMayOvertakeEachOther) {
  RecordPush newer;
  newer.key = "c-1";
  newer.fields = {{"name", "Ada L"}};
  newer.changed_at = clock_.Now();
  RecordPush older = newer;
  older.fields = {{"name", "Ada"}};
  older.changed_at = clock_.Now() - std::chrono::seconds(5);
  EXPECT_EQ(Push(newer), PushOutcome::kStored);
  EXPECT_EQ(Push(older), PushOutcome::kStale);
  EXPECT_EQ(FieldsOf("c-1").at("name"), "Ada L");
}

TEST_F(PlatformStory, APushThatToldNothingNewWasTheNewestAllTheSame) {
  RecordPush push{"c-1", {{"name", "Ada"}}, false, clock_.Now(), {}};
  Push(push);
  push.changed_at = clock_.Now() + std::chrono::seconds(10);
  EXPECT_EQ(Push(push), PushOutcome::kUnchanged);
  RecordPush overtaken{"c-1", {{"name", "Bo"}}, false, clock_.Now() + std::chrono::seconds(5), {}};
  EXPECT_EQ(Push(overtaken), PushOutcome::kStale);
  EXPECT_EQ(FieldsOf("c-1").at("name"), "Ada");
}

TEST_F(PlatformStory, ADeletionThatOvertakesTheCreationStands) {
  RecordPush deletion{"c-1", Json::object(), true, clock_.Now(), {}};
  EXPECT_EQ(Push(deletion), PushOutcome::kUnchanged);
  RecordPush creation{"c-1", {{"name", "Ada"}}, false, clock_.Now() - std::chrono::seconds(5), {}};
  EXPECT_EQ(Push(creation), PushOutcome::kStale);
  EXPECT_EQ(FieldsOf("c-1"), Json()) << "it was deleted before it was heard of";
}

TEST_F(PlatformStory, ADeletionThatIsToldIsGoneForSure) {
  Push("c-1", {{"name", "Ada"}});
  EXPECT_FALSE(side_.IsGone("c-1", Lane::kSync).value());
  EXPECT_FALSE(side_.IsGone("c-9", Lane::kSync).value()) << "nobody said so";
  EXPECT_EQ(PushDeletion("c-1"), PushOutcome::kStored);
  EXPECT_EQ(PushDeletion("c-1"), PushOutcome::kUnchanged);
  EXPECT_TRUE(side_.IsGone("c-1", Lane::kSync).value());
}

TEST_F(PlatformStory, OneBatchMayHoldARecordTwice) {
  RecordPush first{"c-1", {{"name", "Ada"}, {"note", "x"}}, false, {}, {}};
  RecordPush second{"c-1", {{"note", "y"}}, false, {}, {}};
  ASSERT_THAT(records_.Push(place_, {first, second}, "", ""), IsOk());
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada"}, {"note", "y"}}));
}

TEST_F(PlatformStory, InABatchNobodyCanExpectWhatAPushBeforeItMakes) {
  const RecordPush fresh{"c-1", {{"name", "Ada"}}, false, {}, 0};
  const RecordPush again{"c-1", {{"name", "Bo"}}, false, {}, 0};
  const auto made = records_.Push(place_, {fresh, again}, "", "");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->records[0].outcome, PushOutcome::kStored);
  EXPECT_EQ(made->records[1].outcome, PushOutcome::kMoved) << "it is there by now";
  EXPECT_EQ(FieldsOf("c-1").at("name"), "Ada");
}

TEST_F(PlatformStory, ABatchThatDeletesAndMakesARecordAnewBeginsFromNothing) {
  Push("c-1", {{"name", "Ada"}, {"note", "x"}});
  ASSERT_THAT(side_.Delete(Write("c-1", {}), Lane::kSync), IsOk());
  const RecordPush edit{"c-1", {{"note", "y"}}, false, {}, {}};
  const RecordPush deletion{"c-1", Json::object(), true, {}, {}};
  const RecordPush anew{"c-1", {{"name", "Bo"}}, false, {}, {}};
  ASSERT_THAT(records_.Push(place_, {edit, deletion, anew}, "", ""), IsOk());
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Bo"}}));
}

TEST_F(PlatformStory, ARequestIsDealtWithOnce) {
  const RecordPush push{"c-1", {{"name", "Ada"}}, false, {}, {}};
  ASSERT_THAT(records_.Push(place_, {push}, "batch-1", "digest"), IsOk());
  Push("c-1", {{"name", "Ada L"}});
  const auto again = records_.Push(place_, {push}, "batch-1", "digest");
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->records.front().outcome, PushOutcome::kStored);
  EXPECT_EQ(FieldsOf("c-1").at("name"), "Ada L");
  EXPECT_THAT(records_.Push(place_, {push}, "batch-1", "another"),
              FailsWith(ErrorKind::kInvalid, "REQUEST_ID_REUSED"));
}

// ---- What a sync changes

TEST_F(PlatformStory, AnUpdateCountsAtOnceAndIsGivenToThePlatform) {
  Push("c-1", {{"name", "Ada"}, {"note", "x"}});
  const auto write = Write("c-1", {{"name", "Ada L"}, {"note", nullptr}}, {{"name", "Ada"}});
  ASSERT_THAT(side_.Update(write, Lane::kSync), IsOk());
  ASSERT_THAT(side_.Update(write, Lane::kSync), IsOk());
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada L"}}));
  ASSERT_THAT(Waiting(), SizeIs(1)) << "the same write has its effect once";
  EXPECT_EQ(Waiting().front().before, Json({{"name", "Ada"}, {"note", "x"}}));
  const auto moved = side_.Update(Write("c-1", {{"name", "Bo"}}, {{"name", "Ada"}}), Lane::kSync);
  EXPECT_TRUE(moved.value().moved);
}

TEST_F(PlatformStory, APushFromBeforeAWaitingChangeTakesNothingBack) {
  Push("c-1", {{"name", "Ada"}, {"company", "Engines"}});
  ASSERT_THAT(side_.Update(Write("c-1", {{"name", "Ada L"}}), Lane::kSync), IsOk());
  EXPECT_EQ(Push("c-1", {{"name", "Ada"}, {"company", "Babbage & Co"}}), PushOutcome::kStored);
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada L"}, {"company", "Babbage & Co"}}));
  const auto record = store_.Get(place_, "c-1").value().value();
  EXPECT_EQ(Push("c-1", {{"name", "Ada"}}, record.version - 1), PushOutcome::kMoved);
  EXPECT_EQ(Push("c-1", {{"name", "Ada"}}, record.version), PushOutcome::kStored)
      << "who has seen the change means it";
  EXPECT_EQ(FieldsOf("c-1").at("name"), "Ada");
}

TEST_F(PlatformStory, ARefusedUpdateIsTakenBackAndHinted) {
  Push("c-1", {{"name", "Ada"}, {"tariff", "S"}});
  ASSERT_THAT(side_.Update(Write("c-1", {{"name", "Ada L"}, {"tariff", "M"}}), Lane::kSync),
              IsOk());
  ASSERT_THAT(side_.Update(Write("c-1", {{"tariff", "L"}}), Lane::kSync), IsOk());
  const auto waiting = Waiting();
  const std::string before = side_.Changes("", 10).value().next;
  ASSERT_THAT(Refuse(waiting[0]), IsOk());
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada"}, {"tariff", "L"}}));
  EXPECT_THAT(side_.Changes(before, 10).value().hints, SizeIs(1));
  ASSERT_THAT(Refuse(waiting[1]), IsOk());
  EXPECT_EQ(FieldsOf("c-1").at("tariff"), "S") << "what the platform has, not what it refused";
  ASSERT_THAT(Refuse(waiting[1]), IsOk()) << "the same answer again";
  EXPECT_THAT(Done(waiting[1]), FailsWith(ErrorKind::kConflict, "RECORD_CHANGE_SETTLED"));
}

TEST_F(PlatformStory, WhatWasRefusedStandsInNoLaterChange) {
  Push("c-1", {{"name", "Ada"}, {"tariff", "S"}});
  ASSERT_THAT(side_.Update(Write("c-1", {{"tariff", "M"}}), Lane::kSync), IsOk());
  ASSERT_THAT(side_.Update(Write("c-1", {{"name", "Ada L"}}), Lane::kSync), IsOk());
  ASSERT_THAT(side_.Delete(Write("c-1", {}), Lane::kSync), IsOk());
  const auto waiting = Waiting();
  ASSERT_THAT(Refuse(waiting[0]), IsOk());
  EXPECT_EQ(Waiting()[0].record, Json({{"name", "Ada L"}, {"tariff", "S"}}));
  ASSERT_THAT(Refuse(waiting[2]), IsOk());
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada L"}, {"tariff", "S"}}))
      << "it comes back as the platform has it";
}

TEST_F(PlatformStory, WhatNoPushCouldHoldIsRefusedToTheSync) {
  const std::string novel(64 * 1024, 'x');
  EXPECT_THAT(side_.Create(Write("", {{"note", novel}}), Lane::kSync),
              FailsWith(ErrorKind::kInvalid, "RECORD_TOO_LARGE"));
  Push("c-1", {{"name", "Ada"}});
  EXPECT_THAT(side_.Update(Write("c-1", {{"note", novel}}), Lane::kSync),
              FailsWith(ErrorKind::kInvalid, "RECORD_TOO_LARGE"));
  EXPECT_EQ(Push("c-1", {{"note", novel}}), PushOutcome::kTooLarge);
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada"}}));
  EXPECT_THAT(Waiting(), IsEmpty());
}

TEST_F(PlatformStory, ACreationKeepsItsKeyAndLearnsThePlatforms) {
  const auto write = Write("", {{"name", "Ada"}, {"note", nullptr}});
  const auto made = side_.Create(write, Lane::kSync).value().record.value();
  EXPECT_EQ(side_.Create(write, Lane::kSync).value().record.value(), made);
  EXPECT_EQ(side_.FindCreated(write, Lane::kSync).value(), made);
  ASSERT_THAT(Waiting(), SizeIs(1));
  ASSERT_THAT(Done(Waiting().front(), "c-7"), IsOk());
  EXPECT_EQ(Push("c-7", {{"name", "Ada L"}}), PushOutcome::kStored);
  EXPECT_EQ(FieldsOf(made.key).at("name"), "Ada L");
  EXPECT_EQ(store_.Count(place_).value(), 1);
}

TEST_F(PlatformStory, ARecordThatWasPushedBeforeItsCreationWasAcknowledgedIsTheSame) {
  const std::string key = Create({{"name", "Ada"}});
  clock_.Advance(std::chrono::seconds(1));
  Push("c-7", {{"name", "Ada"}, {"tariff", "S"}});
  ASSERT_THAT(Done(Waiting().front(), "c-7"), IsOk());
  EXPECT_EQ(FieldsOf(key), Json({{"name", "Ada"}, {"tariff", "S"}}));
  EXPECT_EQ(store_.Count(place_).value(), 1);
  EXPECT_FALSE(side_.IsGone("c-7", Lane::kSync).value()) << "nothing was deleted";
  EXPECT_EQ(Push("c-7", {{"tariff", "M"}}), PushOutcome::kStored);
  EXPECT_EQ(FieldsOf(key).at("tariff"), "M");
}

TEST_F(PlatformStory, ASyncThatMetTheRecordBeforeThatLetsGoOfIt) {
  Create({{"name", "Ada"}});
  Push("c-7", {{"name", "Ada"}});
  const std::string before = side_.Changes("", 10).value().next;
  ASSERT_THAT(Done(Waiting().front(), "c-7"), IsOk());
  EXPECT_THAT(side_.Read("c-7", Lane::kSync), FailsWith(ErrorKind::kInvalid, ports::kCreateRefused))
      << "its link ends, and nothing is deleted on the other side";
  const auto hints = side_.Changes(before, 10).value().hints;
  EXPECT_THAT(hints, SizeIs(2)) << "of both keys";
}

TEST_F(PlatformStory, ACreationThatWasDeletedBeforeItWasAcknowledgedIsGone) {
  const std::string key = Create({{"name", "Ada"}});
  Push("c-7", {{"name", "Ada"}});
  PushDeletion("c-7");
  ASSERT_THAT(Done(Waiting().front(), "c-7"), IsOk());
  EXPECT_TRUE(side_.IsGone(key, Lane::kSync).value());
}

TEST_F(PlatformStory, ACreationIsNotTakenForAnOlderRecord) {
  Push("c-1", {{"name", "Someone else"}});
  clock_.Advance(std::chrono::seconds(1));
  Create({{"name", "Ada"}});
  EXPECT_THAT(Done(Waiting().front(), "c-1"), FailsWith(ErrorKind::kConflict, "RECORD_KEY_TAKEN"));
}

TEST_F(PlatformStory, ARefusedCreationNeverWas) {
  const std::string key = Create({{"name", "Ada"}});
  const RecordChange change = Waiting().front();
  ASSERT_THAT(Refuse(change), IsOk());
  const auto read = side_.Read(key, Lane::kSync);
  EXPECT_THAT(read, FailsWith(ErrorKind::kInvalid, ports::kCreateRefused));
  EXPECT_THAT(read.error().message, HasSubstr("the tariff is closed"));
  EXPECT_FALSE(side_.IsGone(key, Lane::kSync).value()) << "or the other record would be deleted";
  ASSERT_THAT(Done(change, "c-7"), IsOk()) << "the platform changed its mind";
  EXPECT_EQ(FieldsOf(key), Json({{"name", "Ada"}}));
}

TEST_F(PlatformStory, ADeletionCountsAtOnceAndMayBeRefused) {
  Push("c-1", {{"name", "Ada"}});
  EXPECT_THAT(side_.Delete(Write("c-1", {}, {{"name", "Bo"}}), Lane::kSync),
              FailsWith(ErrorKind::kConflict, "LINK_RECORD_MOVED"));
  ASSERT_THAT(side_.Delete(Write("c-1", {}, {{"name", "Ada"}}), Lane::kSync), IsOk());
  EXPECT_TRUE(side_.IsGone("c-1", Lane::kSync).value());
  EXPECT_EQ(Push("c-1", {{"name", "Ada"}}), PushOutcome::kUnchanged) << "it does not know yet";
  ASSERT_THAT(Refuse(Waiting().front()), IsOk());
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada"}}));
}

TEST_F(PlatformStory, AnEditBeforeADeletionWins) {
  Push("c-1", {{"name", "Ada"}, {"note", "x"}});
  ASSERT_THAT(side_.Delete(Write("c-1", {}), Lane::kSync), IsOk());
  const RecordChange deletion = Waiting().front();
  EXPECT_EQ(Push("c-1", {{"note", "call her back"}}), PushOutcome::kStored);
  EXPECT_EQ(FieldsOf("c-1"), Json({{"name", "Ada"}, {"note", "call her back"}}));
  EXPECT_THAT(Waiting(), IsEmpty());
  EXPECT_THAT(Done(deletion), FailsWith(ErrorKind::kConflict, "RECORD_CHANGE_SETTLED"));
}

}  // namespace
}  // namespace sb::syncs
