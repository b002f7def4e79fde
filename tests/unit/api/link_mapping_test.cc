// What clients are told of two-way syncs, their links and conflicts.
#include "engine/api/link_mapping.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_mapping.h"
#include "engine/api/sync_mapping.h"
#include "tests/support/fake_clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::SyncState;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Progress = v1::TwoWayProgress;

constexpr WallTime kLinkBegin = testing::kStoryTime;

SideNames Names() {
  return {"aircall", "crm"};
}

syncs::TwoWayStanding Live() {
  syncs::TwoWayStanding standing;
  standing.progress.first_done = true;
  standing.counts.active = 12;
  return standing;
}

Progress Told(const syncs::TwoWayStanding& standing, SyncState state = SyncState::kRunning) {
  return ToProto(standing, state, Names(), kLinkBegin);
}

TEST(TwoWayMapping, ThePhaseIsWhatMattersMost) {
  auto standing = Live();
  EXPECT_EQ(Told(standing).phase(), Progress::PHASE_LIVE);
  standing.comparing = true;
  EXPECT_EQ(Told(standing).phase(), Progress::PHASE_COMPARING);
  standing.deletes_held_b = true;
  EXPECT_EQ(Told(standing).phase(), Progress::PHASE_HELD);
  standing.progress.first_done = false;
  EXPECT_EQ(Told(standing).phase(), Progress::PHASE_FIRST);
  standing.progress.error = "LINK_PRIVILEGE_MISSING";
  EXPECT_EQ(Told(standing).phase(), Progress::PHASE_FAILING);
  EXPECT_THAT(Told(standing).error_help(), HasSubstr("grant"));
  EXPECT_EQ(Told(standing, SyncState::kPaused).phase(), Progress::PHASE_PAUSED);
}

TEST(TwoWayMapping, ItIsSettledWhenNothingWaits) {
  auto standing = Live();
  EXPECT_TRUE(IsSettled(Told(standing)));
  EXPECT_EQ(Told(standing).lag_ms(), -1);
  standing.counts.waiting = 1;
  standing.seconds_behind = 2.5;
  standing.minutes_left = 3;
  EXPECT_FALSE(IsSettled(Told(standing)));
  EXPECT_EQ(Told(standing).lag_ms(), 2500);
  EXPECT_EQ(Told(standing).estimated_end_time().seconds(),
            ToTimestamp(kLinkBegin + minutes(3)).seconds());
  EXPECT_FALSE(IsSettled(Told(Live(), SyncState::kPaused)));
}

TEST(TwoWayMapping, AReadingTellsWhenItsSideWillBeThrough) {
  auto standing = Live();
  standing.comparing = true;
  EXPECT_FALSE(Told(standing).scan().has_estimated_end_time()) << "nobody knows";
  standing.side_minutes_left = 3;
  EXPECT_EQ(Told(standing).scan().estimated_end_time().seconds(),
            ToTimestamp(kLinkBegin + minutes(3)).seconds());
}

TEST(TwoWayMapping, AComparisonOfSidesThatAreTheSameKeepsNobodyWaiting) {
  auto standing = Live();
  standing.comparing = true;
  EXPECT_TRUE(IsSettled(Told(standing)));
  standing.counts.waiting = 1;
  EXPECT_FALSE(IsSettled(Told(standing))) << "it found a difference";
  standing = Live();
  standing.comparing = true;
  standing.progress.first_done = false;
  EXPECT_FALSE(IsSettled(Told(standing))) << "the first reading is none";
}

TEST(TwoWayMapping, ADefinitionThatCannotBeReadSaysSo) {
  const auto told = HinderedProgress(
      Invalid("SYNC_UNREADABLE", "deploy a version that can be read"), SyncState::kRunning, {});
  EXPECT_EQ(told.phase(), Progress::PHASE_FAILING);
  EXPECT_EQ(told.error_code(), "SYNC_UNREADABLE");
  EXPECT_FALSE(IsSettled(told));
}

TEST(TwoWayMapping, ASamplePutsBothSidesBesideWhatWouldStand) {
  syncs::PlanSample sample;
  sample.what = "update";
  sample.key_a = "1";
  sample.key_b = "c1";
  sample.a = {{"first_name", "Ada"}, {"company_name", "Old"}};
  sample.b = {{"company_name", "New"}, {"information", "VIP"}};
  sample.target = {{"first_name", "Ada"}, {"company_name", "New"}};
  core::twoway::Loss loss;
  loss.field = "company_name";
  loss.rule = "newest";
  sample.losses = {loss};
  core::twoway::Loss ask;
  ask.field = "information";
  sample.asks = {ask};
  syncs::LinkPlan plan;
  plan.samples = {sample};
  plan.minutes = 1.2;
  plan.whole = false;
  plan.flagged = {{"PHONE_UNREADABLE", 3}};
  const auto told = ToProto(plan, Names());
  EXPECT_EQ(told.minutes(), 2) << "rounded up";
  EXPECT_TRUE(told.cut());
  EXPECT_EQ(told.flag_counts(0).fields(), 3);
  ASSERT_THAT(told.samples(), SizeIs(1));
  EXPECT_EQ(told.samples(0).what(), v1::LinkSample::WHAT_UPDATE);
  ASSERT_THAT(told.samples(0).fields(), SizeIs(3));
  const auto& company = told.samples(0).fields(0);
  EXPECT_EQ(company.a().string_value(), "Old");
  EXPECT_EQ(company.result().string_value(), "New");
  EXPECT_EQ(company.rule(), "newest");
  const auto& information = told.samples(0).fields(2);
  EXPECT_TRUE(information.asks());
  EXPECT_TRUE(information.result().has_null_value());
  EXPECT_TRUE(information.a().has_null_value());
}

TEST(TwoWayMapping, WhatCannotBeMadeIsCountedAndSaysWhy) {
  syncs::PlanSample sample;
  sample.what = "refused";
  sample.key_b = "c1";
  sample.code = "LINK_VALUE_MISSING";
  syncs::LinkPlan plan;
  plan.refused = 1;
  plan.samples = {sample};
  const auto told = ToProto(plan, Names());
  EXPECT_EQ(told.refused(), 1);
  EXPECT_EQ(told.samples(0).what(), v1::LinkSample::WHAT_REFUSED);
  EXPECT_EQ(told.samples(0).code(), "LINK_VALUE_MISSING");
}

TEST(TwoWayMapping, WhatIsInTheWayNamesItsSideAndIsNotTakenForAdvice) {
  syncs::LinkPlan plan;
  plan.problems_b = {{"LINK_PRIVILEGE_MISSING", "company", "let the owner run: GRANT ..."},
                     {"LINK_INDEX_MISSING", "updated_at", "make an index", true}};
  const auto told = ToProto(plan, Names());
  ASSERT_THAT(told.problems(), SizeIs(2));
  EXPECT_EQ(told.problems(0).side(), "crm");
  EXPECT_FALSE(told.problems(0).advice());
  EXPECT_TRUE(told.problems(1).advice());
}

TEST(LinkMapping, HistoriesTellValuesBeforeAndAfter) {
  ports::LinkEntry entry;
  entry.at = kLinkBegin;
  entry.what = "edited_b";
  entry.detail = {{"company_name", {"Old", nullptr}}};
  const auto told = ToProto(entry, Names());
  EXPECT_EQ(told.side(), "crm");
  ASSERT_THAT(told.changes(), SizeIs(1));
  EXPECT_EQ(told.changes(0).field(), "company_name");
  EXPECT_EQ(told.changes(0).before().string_value(), "Old");
  EXPECT_TRUE(told.changes(0).after().has_null_value());
}

TEST(LinkMapping, ACodeOrAnAnswerIsNoChangeOfAField) {
  ports::LinkEntry entry;
  entry.what = "parked";
  entry.reason = "it goes to and fro";
  entry.detail = {{"code", "LINK_FLIPS"}};
  EXPECT_THAT(ToProto(entry, Names()).changes(), IsEmpty());
  EXPECT_EQ(ToProto(entry, Names()).code(), "LINK_FLIPS");
  entry.what = "linked";
  entry.reason = "by ops";
  entry.detail = {{"choice", "link:c1"}};
  EXPECT_THAT(ToProto(entry, Names()).changes(), IsEmpty());
  EXPECT_EQ(ToProto(entry, Names()).reason(), "by ops: link:c1");
}

TEST(LinkMapping, ARecordThatWaitedBeforeItWasLinkedIsNotToldToBeWithoutLink) {
  ports::LinkConflict conflict;
  conflict.code = "LINK_AMBIGUOUS";
  conflict.key = "1";
  syncs::RecordExplanation record;
  record.key = "1";
  record.conflicts = {conflict};
  EXPECT_EQ(StoryWithoutLink(record, Names()).sentence(),
            "record 1 of aircall has no link and waits for a person");
  record.conflicts[0].open = false;
  record.conflicts[0].resolution = "link:c1";
  record.links.emplace_back();
  EXPECT_EQ(StoryWithoutLink(record, Names()).sentence(),
            "record 1 of aircall waited for a person before it was linked");
  record.links[0].link.standing = ports::LinkStanding::kEnded;
  EXPECT_EQ(StoryWithoutLink(record, Names()).sentence(), "record 1 of aircall has no link");
}

TEST(LinkMapping, ALinkTellsWhatWasAgreedOnlyWhereItIsAskedFor) {
  ports::Link link;
  link.state.key_a = "1";
  link.state.agreed.emplace().base = {{"first_name", "Ada"}};
  link.standing = ports::LinkStanding::kParked;
  link.reason = "it goes to and fro";
  EXPECT_FALSE(ToProto(link, false).has_agreed());
  EXPECT_EQ(ToProto(link, true).agreed().fields().at("first_name").string_value(), "Ada");
  EXPECT_EQ(ToProto(link, false).state(), v1::Link::STATE_PARKED);
  EXPECT_EQ(SentenceOf(link, Names()),
            "aircall 1 and crm (none yet) wait for a person: it goes to and fro");
}

TEST(LinkMapping, AConflictSaysHowItCanBeAnsweredWithoutItsValues) {
  ports::LinkConflict conflict;
  conflict.key = "1";
  conflict.code = "LINK_FIELD_ASKS";
  conflict.field = "company_name";
  conflict.a = "Secret & Co";
  EXPECT_THAT(SentenceOf(conflict, Names()), HasSubstr("aircall and crm have company_name"));
  EXPECT_THAT(SentenceOf(conflict, Names()), Not(HasSubstr("Secret")));
  EXPECT_EQ(ToProto(conflict, Names()).a().string_value(), "Secret & Co");
  conflict.code = "LINK_AMBIGUOUS";
  conflict.field = "";
  conflict.rivals = {"c1", "c2"};
  EXPECT_THAT(SentenceOf(conflict, Names()), HasSubstr("2 records of crm fit record 1 of aircall"));
  EXPECT_THAT(ToProto(conflict, Names()).rivals(), ElementsAre("c1", "c2"));
  conflict.open = false;
  conflict.resolution = "gone";
  EXPECT_THAT(SentenceOf(conflict, Names()), HasSubstr("answered itself"));
}

TEST(SyncSchema, IsOfBothKindsWithoutMixingTheirParts) {
  const Json replication = {{"properties", {{"sync", {{"$ref", "#/$defs/head"}}}}},
                            {"$defs", {{"head", {{"type", "object"}}}}}};
  const Json two_way = {{"properties", {{"between", {{"$ref", "#/$defs/head"}}}}},
                        {"$defs", {{"head", {{"type", "string"}}}}}};
  EXPECT_EQ(SyncSchemaOf(v1::Sync::KIND_TWO_WAY, replication, two_way), two_way);
  const Json both = SyncSchemaOf(v1::Sync::KIND_UNSPECIFIED, replication, two_way);
  EXPECT_EQ(both["then"]["properties"]["between"]["$ref"], "#/$defs/two_way_head");
  EXPECT_EQ(both["else"]["properties"]["sync"]["$ref"], "#/$defs/replication_head");
  EXPECT_EQ(both["$defs"]["two_way_head"]["type"], "string");
  EXPECT_EQ(both["$defs"]["replication_head"]["type"], "object");
}

}  // namespace
}  // namespace sb::api
