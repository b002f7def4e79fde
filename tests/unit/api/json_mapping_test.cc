#include "engine/api/json_mapping.h"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb::api {
namespace {

TEST(JsonMapping, BringsEveryKindOfValueThereAndBack) {
  const Json json = {{"null", nullptr}, {"yes", true},
                     {"text", "Zoë"},   {"whole", 4190000017},
                     {"part", 0.25},    {"list", Json::array({1, "two", Json::object()})},
                     {"negative", -7},  {"empty", Json::array()}};
  EXPECT_EQ(ToJson(ToStruct(json)), json);
}

TEST(JsonMapping, MakesWholeNumbersIntegersAgainAsSchemasAskForThem) {
  const Json back = ToJson(ToValue(Json(4190000017)));
  EXPECT_TRUE(back.is_number_integer());
  EXPECT_FALSE(ToJson(ToValue(Json(0.5))).is_number_integer());
}

TEST(JsonMapping, ReadsNumbersThatJsonCannotWriteAsNull) {
  google::protobuf::Value value;
  value.set_number_value(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(ToJson(value).is_null());
  value.set_number_value(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(ToJson(value).is_null());
}

TEST(JsonMapping, MakesAnEmptyStructOfWhatIsNoObject) {
  EXPECT_EQ(ToStruct(Json::array({1})).fields_size(), 0);
}

TEST(JsonMapping, ReadsAValueWithoutAKindAsNull) {
  EXPECT_TRUE(ToJson(google::protobuf::Value()).is_null());
}

TEST(JsonMapping, KeepsMicrosecondsOfAnInstant) {
  const WallTime when(std::chrono::microseconds(1'780'000'000'123'456));
  const auto timestamp = ToTimestamp(when);
  EXPECT_EQ(timestamp.seconds(), 1'780'000'000);
  EXPECT_EQ(timestamp.nanos(), 123'456'000);
}

TEST(JsonMapping, KeepsTheNanosecondsOfAnInstantBefore1970Positive) {
  const auto timestamp = ToTimestamp(WallTime(std::chrono::microseconds(-1)));
  EXPECT_EQ(timestamp.seconds(), -1);
  EXPECT_EQ(timestamp.nanos(), 999'999'000);
}

TEST(JsonMapping, BringsDurationsThereAndBack) {
  EXPECT_EQ(ToMillis(ToDuration(Millis(90'250))), Millis(90'250));
}

TEST(JsonMapping, CutsADurationThatNoClockCouldHold) {
  google::protobuf::Duration duration;
  duration.set_seconds(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ToMillis(duration), std::chrono::seconds(315'576'000'000));
}

}  // namespace
}  // namespace sb::api
