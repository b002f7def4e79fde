#include "engine/api/filter.h"

#include <gmock/gmock.h>

#include "tests/support/fake_clock.h"

namespace sb::api {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<FilterField> kFields = {
    {"state", {Compare::kEqual, Compare::kNotEqual}},
    {"create_time", {Compare::kLess, Compare::kAtMost, Compare::kGreater, Compare::kAtLeast}},
    {"note", {Compare::kHas}}};

std::vector<Condition> Read(const std::string& filter) {
  const auto read = ParseFilter(filter, kFields);
  const auto* failure = std::get_if<Failure>(&read);
  EXPECT_EQ(failure, nullptr) << failure->error.message;
  return failure != nullptr ? std::vector<Condition>() : std::get<std::vector<Condition>>(read);
}

std::string Refusal(const std::string& filter) {
  const auto read = ParseFilter(filter, kFields);
  const auto* failure = std::get_if<Failure>(&read);
  if (failure == nullptr) return "accepted";
  EXPECT_EQ(failure->error.code, "FILTER_INVALID");
  return failure->error.message;
}

TEST(Filter, IsEmptyWithoutConditions) {
  EXPECT_THAT(Read(""), IsEmpty());
  EXPECT_THAT(Read(" \n"), IsEmpty());
}

TEST(Filter, JoinsConditionsByAnd) {
  const auto conditions =
      Read("state=FAILED AND create_time >= 2026-06-01T00:00:00Z AND note:gone");
  ASSERT_THAT(conditions, SizeIs(3));
  EXPECT_EQ(conditions[0].field, "state");
  EXPECT_EQ(conditions[0].compare, Compare::kEqual);
  EXPECT_EQ(conditions[0].value, "FAILED");
  EXPECT_EQ(conditions[1].compare, Compare::kAtLeast);
  EXPECT_EQ(conditions[1].value, "2026-06-01T00:00:00Z");
  EXPECT_EQ(conditions[1].column, 18);
  EXPECT_EQ(conditions[2].compare, Compare::kHas);
}

TEST(Filter, TakesQuotedValuesWithEverythingInThem) {
  EXPECT_EQ(Read(R"(note:"two words")")[0].value, "two words");
  EXPECT_EQ(Read(R"(note : 'it\'s (so)')")[0].value, "it's (so)");
  EXPECT_EQ(Read(R"(note:"a AND b" AND state != FAILED)")[1].value, "FAILED");
}

TEST(Filter, SaysWhichFieldsThereAreAndWhichWasMeant) {
  EXPECT_THAT(Refusal("stat = FAILED"),
              AllOf(HasSubstr("column 1"), HasSubstr("did you mean state"),
                    HasSubstr("fields: state, create_time, note")));
}

TEST(Filter, SaysHowAFieldIsCompared) {
  EXPECT_THAT(Refusal("state > FAILED"), AllOf(HasSubstr("column 7"), HasSubstr("= !=")));
  EXPECT_THAT(Refusal("state"), HasSubstr("= !="));
  EXPECT_THAT(Refusal("state ="), HasSubstr("a value must follow"));
}

TEST(Filter, SaysWhatIsNotSupported) {
  EXPECT_THAT(Refusal("state = FAILED OR note:x"), AllOf(HasSubstr("column 16"), HasSubstr("OR")));
  EXPECT_THAT(Refusal("(state = FAILED)"), HasSubstr("parentheses"));
  EXPECT_THAT(Refusal("NOT state = FAILED"), HasSubstr("!="));
  EXPECT_THAT(Refusal("-state = FAILED"), HasSubstr("!="));
  EXPECT_THAT(Refusal("state = FAILED note:x"), HasSubstr("AND must stand between"));
  EXPECT_THAT(Refusal("state = FAILED AND "), HasSubstr("must follow AND"));
  EXPECT_THAT(Refusal("AND state = FAILED"), HasSubstr("before AND"));
  EXPECT_THAT(Refusal("note:\"open"), HasSubstr("closing"));
}

TEST(Filter, IsBounded) {
  EXPECT_THAT(Refusal(std::string(2001, ' ')), HasSubstr("2000 bytes"));
  std::string many = "note:x";
  for (int i = 0; i < 20; ++i) many += " AND note:x";
  EXPECT_THAT(Refusal(many), HasSubstr("20 conditions"));
}

TEST(Filter, ComparesTimesToTheMillisecond) {
  const auto range = [](const std::string& filter) {
    ports::TimeRange narrowed;
    for (const Condition& condition : Read(filter))
      EXPECT_FALSE(Narrow(narrowed, condition)) << filter;
    return narrowed;
  };
  const WallTime nine = testing::kStoryTime;  // 2026-06-01T09:00:00Z
  EXPECT_EQ(range("create_time >= 2026-06-01T09:00:00Z").from, nine);
  EXPECT_EQ(range("create_time > 2026-06-01T09:00:00Z").from, nine + Millis(1));
  EXPECT_EQ(range("create_time < 2026-06-01T11:00:00+02:00").before, nine);
  EXPECT_EQ(range("create_time <= 2026-06-01T09:00:00Z").before, nine + Millis(1));
  EXPECT_EQ(range("create_time >= 2026-06-01").from, nine - std::chrono::hours(9));
  EXPECT_EQ(range("create_time > 2026-06-01 AND create_time >= 2026-06-01T09:00:00Z").from, nine);
}

TEST(Filter, SaysWhatATimeLooksLike) {
  ports::TimeRange range;
  const auto failure = Narrow(range, Read("create_time > yesterday")[0]);
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->error.message, HasSubstr("2026-06-01T09:00:00Z"));
}

}  // namespace
}  // namespace sb::api
