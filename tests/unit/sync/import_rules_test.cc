// Who comes into a table, who stays outside, and what he is told.
#include "engine/core/sync/import_rules.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "tests/support/matchers.h"

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using ::testing::SizeIs;

constexpr WallTime kDoorTime = std::chrono::sys_days(std::chrono::June / 15 / 2026) + hours(12);

/// Parcels, with two rules.
Stream DoorStream() {
  Stream stream;
  stream.name = "parcels";
  stream.key = {"id"};
  Column id;
  id.name = "id";
  id.type = ColumnType::kBigint;
  Column sent;
  sent.name = "sent_at";
  sent.type = ColumnType::kTimestamp;
  sent.from.path = {"sent_at"};
  stream.columns = {id, sent};
  stream.window_at = Source{{"sent_at"}, {}};
  stream.rules = {{"weight", "At most so heavy", LimitType::kBytes, false, ".weight <= $limit",
                   R"("it weighs \(.weight), and \($limit) is allowed")"},
                  {"addressed", "It has an address", LimitType::kNone, false,
                   ".address | length > 0", "null | tostring | empty"}};
  return stream;
}

std::vector<ImportVerdict> JudgeAll(const ImportFilter& filter, const std::vector<Json>& objects) {
  static const adapters::jq::JqExpressions expressions;
  const auto verdicts = JudgeObjects(DoorStream(), filter, objects, kDoorTime, expressions);
  EXPECT_THAT(verdicts, IsOk());
  return verdicts.ok() ? *verdicts : std::vector<ImportVerdict>();
}

ImportFilter WeightOf(int most) {
  ImportFilter filter;
  filter.rules = {{"weight", most}};
  return filter;
}

ImportFilter WhenOf(const std::string& when) {
  ImportFilter filter;
  filter.when = when;
  return filter;
}

TEST(ImportRules, LetEverythingInWhereThereAreNone) {
  EXPECT_THAT(JudgeAll({}, {Json{{"id", 1}}, Json(7)}),
              ElementsAre(ImportVerdict(), ImportVerdict()));
}

TEST(ImportRules, SayWhyWithTheValuesThatDecided) {
  const auto verdicts = JudgeAll(WeightOf(10), {{{"weight", 10}}, {{"weight", 11}}});
  EXPECT_THAT(verdicts,
              ElementsAre(ImportVerdict(),
                          ImportVerdict{kRuleNotMet, "weight", "it weighs 11, and 10 is allowed"}));
}

TEST(ImportRules, CountInTheOrderOfTheDefinition) {
  ImportFilter filter = WeightOf(10);
  filter.rules.push_back({"addressed", {}});
  filter.when = ".id == 1";
  const auto verdicts = JudgeAll(filter, {{{"id", 1}, {"weight", 11}, {"address", "x"}},
                                          {{"id", 2}, {"weight", 9}, {"address", "x"}},
                                          {{"id", 1}, {"weight", 9}, {"address", "x"}}});
  ASSERT_THAT(verdicts, SizeIs(3));
  EXPECT_EQ(verdicts[0].rule, "weight");
  EXPECT_EQ(verdicts[1].code, kWhenNotMet);
  EXPECT_EQ(verdicts[1].rule, "when");
  EXPECT_TRUE(verdicts[2].passes());
}

TEST(ImportRules, ThatFailLeaveOneOutAndLetTheOthersBe) {
  const auto verdicts =
      JudgeAll(WhenOf(".label | startswith(\"a\")"),
               {{{"label", 7}}, {{"label", "ab"}}, {{"label", "b"}}, Json("no object")});
  ASSERT_THAT(verdicts, SizeIs(4));
  EXPECT_EQ(verdicts[0].code, kRuleFailed);
  EXPECT_THAT(verdicts[0].reason, Not(HasSubstr("7"))) << "an error may hold anything";
  EXPECT_TRUE(verdicts[1].passes());
  EXPECT_EQ(verdicts[2].code, kWhenNotMet);
  EXPECT_EQ(verdicts[3].code, kRuleFailed);
}

TEST(ImportRules, TakeOnlyTrueForYes) {
  EXPECT_EQ(JudgeAll(WhenOf(".label"), {{{"label", "yes"}}})[0].code, kRuleFailed);
  EXPECT_EQ(JudgeAll(WhenOf("empty"), {{{"label", "yes"}}})[0].code, kWhenNotMet);
  EXPECT_EQ(JudgeAll(WhenOf(".label # a remark"), {{{"label", true}}})[0].code, "");
  EXPECT_EQ(JudgeAll(WhenOf("true, false"), {{{"label", "yes"}}})[0].code, "");
}

TEST(ImportRules, ThatNeverEndLeaveOutOnlyWhatTheyNeverEndWith) {
  const auto verdicts =
      JudgeAll(WhenOf("if .id == 1 then last(range(1000000000)) > 0 else true end"),
               {{{"id", 1}}, {{"id", 2}}});
  ASSERT_THAT(verdicts, SizeIs(2));
  EXPECT_EQ(verdicts[0].code, kRuleFailed);
  EXPECT_TRUE(verdicts[1].passes());
}

TEST(ImportRules, ThatNobodyHasAnyMoreLetNothingIn) {
  ImportFilter filter;
  filter.rules = {{"colour", {}}};
  EXPECT_EQ(JudgeAll(filter, {{{"id", 1}}})[0].code, kRuleFailed);
}

TEST(ImportRules, WhoseReasonIsNoTextHaveFailed) {
  ImportFilter filter;
  filter.rules = {{"addressed", {}}};
  EXPECT_EQ(JudgeAll(filter, {{{"address", ""}}})[0].code, kRuleFailed);
}

TEST(ImportRules, SeeWhatTimeItIs) {
  const auto now = kDoorTime.time_since_epoch() / std::chrono::microseconds(1'000'000);
  const auto verdicts = JudgeAll(WhenOf("$now == .at"), {{{"at", now}}, {{"at", now - 1}}});
  EXPECT_TRUE(verdicts[0].passes());
  EXPECT_FALSE(verdicts[1].passes());
}

TEST(ImportRules, CutALongReasonWhereACharacterEnds) {
  std::string label;
  for (int i = 0; i < 200; ++i) label += "\u00e9";
  Stream stream = DoorStream();
  stream.rules = {{"never", "Never", LimitType::kNone, false, "false", ".label + \"\\n\""}};
  ImportFilter filter;
  filter.rules = {{"never", {}}};
  const adapters::jq::JqExpressions expressions;
  const auto verdicts =
      JudgeObjects(stream, filter, {{{"label", "x" + label}}}, kDoorTime, expressions);
  ASSERT_THAT(verdicts, IsOk());
  EXPECT_EQ((*verdicts)[0].reason.size(), 299U);
}

TEST(ImportRules, CompileTheirExpression) {
  const adapters::jq::JqExpressions expressions;
  EXPECT_THAT(CheckWhen(WhenOf(".a and $now > 0"), expressions), IsOk());
  EXPECT_THAT(CheckWhen({}, expressions), IsOk());
  EXPECT_THAT(CheckWhen(WhenOf("true) | (true"), expressions),
              FailsWith(ErrorKind::kInvalid, "EXPRESSION_MALFORMED"));
  EXPECT_THAT(CheckWhen(WhenOf("$limits"), expressions),
              FailsWith(ErrorKind::kInvalid, "EXPRESSION_MALFORMED"));
}

/// The limit as rules see it; "none": it is none.
Json LimitOf(LimitType type, const Json& written) {
  auto limit = ReadLimit(type, written);
  return limit ? *std::move(limit) : Json("none");
}

TEST(ReadLimit, UnderstandsWhatPeopleWrite) {
  EXPECT_EQ(LimitOf(LimitType::kDuration, "P14D"), Json(14 * 86'400));
  EXPECT_EQ(LimitOf(LimitType::kBytes, "200 MB"), Json(200'000'000));
  EXPECT_EQ(LimitOf(LimitType::kBytes, "200MiB"), Json(200LL << 20));
  EXPECT_EQ(LimitOf(LimitType::kBytes, "1 GiB"), Json(1LL << 30));
  EXPECT_EQ(LimitOf(LimitType::kBytes, 1024), Json(1024));
  EXPECT_EQ(LimitOf(LimitType::kTexts, Json::array({"a", "b"})), Json::array({"a", "b"}));
}

TEST(ReadLimit, RefusesWhatIsNone) {
  EXPECT_EQ(LimitOf(LimitType::kNone, "P14D"), Json("none"));
  for (const char* duration : {"two weeks", "PT0S", ""})
    EXPECT_EQ(LimitOf(LimitType::kDuration, duration), Json("none")) << duration;
  EXPECT_EQ(LimitOf(LimitType::kDuration, 14), Json("none"));
  for (const char* size : {"", "many", "-1 MB", "0", "1.5 MB", "999999999999 GB"})
    EXPECT_EQ(LimitOf(LimitType::kBytes, size), Json("none")) << size;
  EXPECT_EQ(LimitOf(LimitType::kBytes, -1), Json("none"));
  EXPECT_EQ(LimitOf(LimitType::kTexts, "a"), Json("none"));
  EXPECT_EQ(LimitOf(LimitType::kTexts, Json::array()), Json("none"));
  EXPECT_EQ(LimitOf(LimitType::kTexts, Json::array({"a", ""})), Json("none"));
  EXPECT_EQ(LimitOf(LimitType::kTexts, Json::array({7})), Json("none"));
}

// ---- The first import

TEST(FirstImportCap, LetsNobodyInBeforeItIsKnownWhoIsNewest) {
  const ImportVerdict verdict = JudgeByCap(200, /*surveys=*/true, {}, kDoorTime, "7");
  EXPECT_EQ(verdict.code, kFirstImportCap);
  EXPECT_THAT(verdict.reason, HasSubstr("the newest 200"));
}

TEST(FirstImportCap, IsALineAfterwards) {
  const ImportLine line{kDoorTime, "7"};
  EXPECT_FALSE(JudgeByCap(200, false, line, kDoorTime - seconds(1), "9").passes());
  EXPECT_FALSE(JudgeByCap(200, false, line, kDoorTime, "6").passes()) << "of the same second";
  EXPECT_TRUE(JudgeByCap(200, false, line, kDoorTime, "7").passes());
  EXPECT_TRUE(JudgeByCap(200, false, line, kDoorTime + seconds(1), "1").passes());
  EXPECT_THAT(JudgeByCap(200, false, line, kDoorTime - hours(1), "9").reason,
              HasSubstr("2026-06-15T12:00:00.000Z"));
}

TEST(FirstImportCap, IsNoneWhereFewerWereThere) {
  EXPECT_TRUE(JudgeByCap(200, /*surveys=*/false, {}, WallTime(), "7").passes());
}

TEST(FirstImportCap, TakesWhatHasNoTimeForTheOldest) {
  EXPECT_EQ(AgeOf(DoorStream(), {"1", {}}), WallTime());
  EXPECT_EQ(AgeOf(DoorStream(), {"1", "2026-06-15T12:00:00.000Z"}), kDoorTime);
}

// ---- Why

TEST(ImportAnswer, IsOneLine) {
  ImportAnswer answer;
  answer.key = "4190";
  EXPECT_EQ(Sentence(answer), "4190 was never seen: no list and no event has told of it");
  answer.sync = "acme/coaching";
  answer.stream = "calls";
  answer.kind = ImportAnswer::Kind::kImported;
  EXPECT_EQ(Sentence(answer), "calls 4190 is imported by acme/coaching");
  answer.kind = ImportAnswer::Kind::kSkipped;
  answer.code = kRuleNotMet;
  answer.rule = "recording_present";
  answer.reason = "it has no recording";
  answer.looks = 3;
  answer.at = kDoorTime;
  EXPECT_EQ(Sentence(answer),
            "calls 4190 is not imported by acme/coaching: RULE_NOT_MET (recording_present): it has "
            "no recording; looked at 3 times, last 2026-06-15T12:00:00.000Z");
}

}  // namespace
}  // namespace sb::core::sync
