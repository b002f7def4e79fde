#include "engine/adapters/postgres/array_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using adapters::postgres::ArrayText;
using adapters::postgres::BytesText;
using adapters::postgres::CleanText;
using adapters::postgres::ParseBytesText;
using adapters::postgres::ParseTimeText;
using adapters::postgres::Planning;
using adapters::postgres::Statement;
using adapters::postgres::TimeText;

/// What the database makes of an array of that type, as JSON.
Json AsTheDatabaseReadsIt(const ArrayText& array, const std::string& type) {
  const TestDatabase test_database(TestDatabase::Schema::kEmpty);
  adapters::postgres::Database database(test_database.settings());
  const std::string sql = "select to_json($1::" + type + "[]) as value";
  const auto rows = database.Read({"test", sql.c_str(), Planning::kEachTime},
                                  adapters::postgres::Params().Array(array));
  if (!rows.ok()) return rows.error().message;
  return adapters::postgres::JsonOf(rows->front(), "value");
}

TEST(ArrayText, KeepsEveryText) {
  ArrayText array;
  Json expected = Json::array();
  for (const std::string text :
       {"plain", "", "NULL", "null", "a,b", "{x}", "\"quoted\"", "back\\slash", "\\\"", " edge ",
        "new\nline\ttab", "Zoë 📞", "\\x00"}) {
    array.AddText(text);
    expected.push_back(text);
  }
  array.AddNull();
  expected.push_back(nullptr);
  EXPECT_EQ(AsTheDatabaseReadsIt(array, "text"), expected);
}

TEST(ArrayText, KeepsEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  ArrayText array;
  array.AddBytes(all);
  array.AddBytes("");
  const Json read = AsTheDatabaseReadsIt(array, "bytea");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(ParseBytesText(read[0].get<std::string>()), all);
  EXPECT_EQ(ParseBytesText(read[1].get<std::string>()), "");
}

TEST(ArrayText, KeepsNumbersFlagsAndNulls) {
  ArrayText numbers;
  numbers.AddNumber(0);
  numbers.AddNumberOrNull(INT64_MAX);
  numbers.AddNumberOrNull(std::nullopt);
  numbers.AddNumber(INT64_MIN);
  EXPECT_EQ(AsTheDatabaseReadsIt(numbers, "bigint"), (Json{0, INT64_MAX, nullptr, INT64_MIN}));
  ArrayText flags;
  flags.AddFlag(true);
  flags.AddFlag(false);
  EXPECT_EQ(AsTheDatabaseReadsIt(flags, "boolean"), (Json{true, false}));
  EXPECT_EQ(AsTheDatabaseReadsIt(ArrayText(), "smallint"), Json::array());
}

TEST(ArrayText, KeepsTimesToTheMicrosecond) {
  const WallTime time = kStoryTime + std::chrono::microseconds(1);
  ArrayText array;
  array.AddTime(time);
  array.AddTimeOrNull(std::nullopt);
  array.AddTimeOrNull(WallTime());
  const Json read = AsTheDatabaseReadsIt(array, "timestamptz");
  EXPECT_EQ(read, (Json{"2026-06-01T09:00:00.000001+00:00", nullptr, "1970-01-01T00:00:00+00:00"}));
}

TEST(CleanText, ReplacesOnlyWhatADatabaseCannotHold) {
  EXPECT_EQ(CleanText("Zoë 📞"), "Zoë 📞");
  EXPECT_EQ(CleanText(std::string("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(CleanText("a\xff"
                      "b\xc3"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(TimeText, ReadsWhatItWritesAndWhatPostgresWrites) {
  for (const WallTime time :
       {kStoryTime, kStoryTime + std::chrono::microseconds(250'123), WallTime(),
        WallTime(std::chrono::sys_days(std::chrono::December / 31 / 1999)) -
            std::chrono::microseconds(1)}) {
    EXPECT_EQ(ParseTimeText(TimeText(time)), time);
  }
  EXPECT_EQ(ParseTimeText("2026-06-01 09:00:00+00"), kStoryTime);
  EXPECT_EQ(ParseTimeText("2026-06-01 09:00:00.25+00"),
            kStoryTime + std::chrono::milliseconds(250));
}

TEST(TimeText, ReadsNothingElse) {
  for (const char* text :
       {"", "2026-06-01", "2026-06-01 09:00:00", "2026-06-01 09:00:00+02", "2026-13-01 09:00:00+00",
        "2026-06-01 09:00:00.+00", "2026-06-01 09:00:00.1234567+00", "infinity",
        "abcd-06-01 09:00:00+00"}) {
    EXPECT_EQ(ParseTimeText(text), std::nullopt) << text;
  }
}

TEST(BytesText, ReadsNothingButItsOwnForm) {
  EXPECT_EQ(BytesText(std::string("\0\xff", 2)), "\\x00ff");
  for (const char* text : {"", "00ff", "\\x0", "\\xzz"})
    EXPECT_EQ(ParseBytesText(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sb::testing
