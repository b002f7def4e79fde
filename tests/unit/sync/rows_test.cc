// Objects of a provider become rows: typed, with their parts, and one bad object spoils no other.
#include "engine/core/sync/rows.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"

namespace sb::core::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const workflow::Expressions& RowJq() {
  static const adapters::jq::JqExpressions expressions;
  return expressions;
}

Column Of(const std::string& name, ColumnType type, Source from) {
  Column column;
  column.name = name;
  column.type = type;
  column.from = std::move(from);
  return column;
}

Column Plain(const std::string& name, ColumnType type) {
  return Of(name, type, {{name}, {}});
}

/// A parcel service's parcels, with the stamps on them.
Stream Parcels() {
  Stream stream;
  stream.name = "parcels";
  stream.singular = "parcel";
  stream.key = {"id"};
  stream.columns = {Plain("id", ColumnType::kBigint), Plain("label", ColumnType::kText),
                    Of("owner_id", ColumnType::kBigint, {{"owner", "id"}, {}}),
                    Of("heavy", ColumnType::kBoolean, {{}, ".weight > 10"}),
                    Plain("sent_at", ColumnType::kTimestamp)};
  ChildTable stamps;
  stamps.table = "stamps";
  stamps.items = {{"stamps"}, {}};
  stamps.key = {"code"};
  stamps.columns = {Plain("code", ColumnType::kText), Plain("cents", ColumnType::kBigint)};
  ChildTable stops;
  stops.table = "stops";
  stops.items = {{}, ".route // \"\" | split(\",\")"};
  stops.key = {"position"};
  stops.columns = {Of("town", ColumnType::kText, {})};
  stream.children = {stamps, stops};
  stream.leave_out = {"link"};
  stream.known = {"id", "label", "owner", "weight", "sent_at", "stamps", "route", "link"};
  stream.derived = DerivedProgram(stream);
  return stream;
}

Json Parcel(int id) {
  return {{"id", id},
          {"label", "tea"},
          {"owner", {{"id", 7}, {"link", "https://a.example/1"}}},
          {"weight", 12},
          {"sent_at", 1'790'700'000},
          {"stamps", {{{"code", "a"}, {"cents", 80}}, {{"code", "b"}, {"cents", 20}}}},
          {"route", "Lyon,Paris"},
          {"link", "https://a.example/2"}};
}

MappedObjects MapAll(const std::vector<Json>& objects) {
  auto mapped = MapObjects(Parcels(), objects, RowJq());
  EXPECT_TRUE(mapped.ok());
  return mapped.ok() ? *std::move(mapped) : MappedObjects();
}

TEST(MapObjects, MakesARowWithItsParts) {
  const MappedObjects mapped = MapAll({Parcel(1)});
  ASSERT_THAT(mapped.rows, SizeIs(1));
  const MappedRow& row = mapped.rows[0];
  EXPECT_THAT(row.cells, ElementsAre("1", "tea", "7", "true", "2026-09-29T16:40:00.000Z"));
  ASSERT_THAT(row.children, SizeIs(2));
  EXPECT_THAT(row.children[0], ElementsAre(Cells{"a", "80"}, Cells{"b", "20"}));
  EXPECT_THAT(row.children[1], ElementsAre(Cells{"1", "Lyon"}, Cells{"2", "Paris"}));
  EXPECT_TRUE(mapped.drift.empty());
  EXPECT_EQ(KeyOf(Parcels(), row.cells), "1");
}

TEST(KeyOf, CanBeTurnedBack) {
  EXPECT_THAT(CellsOfKey(Parcels(), "17"),
              ElementsAre("17", std::nullopt, std::nullopt, std::nullopt, std::nullopt));
  Stream pairs = Parcels();
  pairs.key = {"id", "label"};
  const Cells cells = {"17", "tea", {}, {}, {}};
  EXPECT_EQ(KeyOf(pairs, cells), R"(["17","tea"])");
  EXPECT_EQ(CellsOfKey(pairs, KeyOf(pairs, cells)), cells);
}

TEST(MapObjects, CopiesNoLinkThatDiesNorAnySecret) {
  const MappedObjects mapped = MapAll({Parcel(1)});
  const Json raw = Json::parse(mapped.rows.at(0).raw);
  EXPECT_FALSE(raw.contains("link"));
  EXPECT_FALSE(raw["owner"].contains("link"));
  EXPECT_EQ(raw["weight"], 12);
  Json other = Parcel(1);
  other["link"] = "https://a.example/3";
  EXPECT_EQ(MapAll({other}).rows.at(0).hash, mapped.rows[0].hash) << "a new link is no change";
}

TEST(MapObjects, TakesWhatIsAbsentForNothing) {
  const MappedObjects mapped = MapAll({Json{{"id", 1}}});
  ASSERT_THAT(mapped.rows, SizeIs(1));
  EXPECT_THAT(mapped.rows[0].cells,
              ElementsAre("1", std::nullopt, std::nullopt, "false", std::nullopt));
  EXPECT_THAT(mapped.rows[0].children[0], IsEmpty());
}

TEST(MapObjects, RejectsAnObjectWithoutItsKeyAndTakesTheOthers) {
  Json keyless = Parcel(2);
  keyless.erase("id");
  const MappedObjects mapped = MapAll({Parcel(1), keyless, Parcel(3), Json("tea")});
  EXPECT_THAT(mapped.rows, SizeIs(2));
  ASSERT_THAT(mapped.rejected, SizeIs(2));
  EXPECT_EQ(mapped.rejected[0].index, 1U);
  EXPECT_EQ(mapped.rejected[0].code, "SYNC_OBJECT_WITHOUT_KEY");
  EXPECT_EQ(mapped.rejected[1].index, 3U);
  EXPECT_EQ(mapped.rejected[1].code, "SYNC_OBJECT_UNREADABLE");
}

TEST(MapObjects, FindsTheOneThatSpoilsAPage) {
  Json poisoned = Parcel(2);
  poisoned["route"] = 7;  // no text can be split out of it
  const MappedObjects mapped = MapAll({Parcel(1), poisoned, Parcel(3)});
  EXPECT_THAT(mapped.rows, SizeIs(2));
  ASSERT_THAT(mapped.rejected, SizeIs(1));
  EXPECT_EQ(mapped.rejected[0].index, 1U);
  EXPECT_EQ(mapped.rejected[0].code, "SYNC_OBJECT_UNREADABLE");
}

TEST(MapObjects, RejectsWhatIsTooLarge) {
  Json large = Parcel(2);
  large["label"] = std::string((1 << 20) + 1, 'x');
  const MappedObjects mapped = MapAll({large});
  ASSERT_THAT(mapped.rejected, SizeIs(1));
  EXPECT_EQ(mapped.rejected[0].code, "SYNC_OBJECT_TOO_LARGE");
  EXPECT_EQ(mapped.rejected[0].key, "2");
}

TEST(MapObjects, NoticesWhatTheStreamDoesNotKnow) {
  Json strange = Parcel(1);
  strange["colour"] = "red";
  strange["sent_at"] = "yesterday";
  strange["stamps"][0]["cents"] = "many";
  const MappedObjects mapped = MapAll({strange});
  EXPECT_THAT(mapped.drift.members, ElementsAre("colour"));
  EXPECT_THAT(mapped.drift.mistyped, ElementsAre("parcels.sent_at", "stamps.cents"));
  ASSERT_THAT(mapped.rows, SizeIs(1));
  EXPECT_EQ(mapped.rows[0].cells[4], std::nullopt);
  EXPECT_EQ(Json::parse(mapped.rows[0].raw)["colour"], "red") << "nothing is lost";
}

TEST(MapObjects, TakesAPartOnceThatIsThereTwice) {
  Json twice = Parcel(1);
  twice["stamps"][1]["code"] = "a";
  twice["stamps"].push_back({{"cents", 5}});
  const MappedObjects mapped = MapAll({twice});
  EXPECT_THAT(mapped.rows.at(0).children.at(0), ElementsAre(Cells{"a", "80"}));
  EXPECT_THAT(mapped.drift.mistyped, ElementsAre("stamps (key)"));
}

TEST(ToCell, ReadsTimesInEveryStyle) {
  const auto cell = [](const Json& value) { return ToCell(ColumnType::kTimestamp, value).cell; };
  EXPECT_EQ(cell(1'790'700'000), "2026-09-29T16:40:00.000Z");
  EXPECT_EQ(cell(1'790'700'000'250), "2026-09-29T16:40:00.250Z");
  EXPECT_EQ(cell("1790700000"), "2026-09-29T16:40:00.000Z");
  EXPECT_EQ(cell("2026-09-29T18:40:00+02:00"), "2026-09-29T16:40:00.000Z");
  EXPECT_EQ(cell(""), std::nullopt);
  EXPECT_TRUE(ToCell(ColumnType::kTimestamp, "").fits) << "no text is no time";
  EXPECT_FALSE(ToCell(ColumnType::kTimestamp, -1).fits);
  EXPECT_FALSE(ToCell(ColumnType::kTimestamp, true).fits);
}

TEST(ToCell, ReadsNumbersAlsoFromTexts) {
  EXPECT_EQ(ToCell(ColumnType::kBigint, 4'190'000'017).cell, "4190000017");
  EXPECT_EQ(ToCell(ColumnType::kBigint, "12").cell, "12");
  EXPECT_EQ(ToCell(ColumnType::kBigint, 12.0).cell, "12");
  EXPECT_FALSE(ToCell(ColumnType::kBigint, 12.5).fits);
  EXPECT_FALSE(ToCell(ColumnType::kBigint, std::uint64_t{1} << 63).fits);
  EXPECT_EQ(ToCell(ColumnType::kNumeric, "0.05").cell, "0.05");
  EXPECT_FALSE(ToCell(ColumnType::kNumeric, "1.2.3").fits);
  EXPECT_FALSE(ToCell(ColumnType::kNumeric, "1e9").fits);
  EXPECT_EQ(ToCell(ColumnType::kText, 7).cell, "7");
  EXPECT_FALSE(ToCell(ColumnType::kText, Json::object()).fits);
  EXPECT_FALSE(ToCell(ColumnType::kBoolean, "true").fits);
}

TEST(ToCell, KeepsOutWhatDatabasesRefuse) {
  EXPECT_EQ(ToCell(ColumnType::kText, std::string("a\0b", 3)).cell,
            "a\xEF\xBF\xBD"
            "b");
  const Json nested = {{"a", {std::string("\0", 1)}}};
  EXPECT_EQ(ToCell(ColumnType::kJson, nested).cell, "{\"a\":[\"\xEF\xBF\xBD\"]}");
  EXPECT_EQ(ToCell(ColumnType::kJson, Json("\\u0000")).cell, "\"\\\\u0000\"")
      << "which only looks like one";
}

}  // namespace
}  // namespace sb::core::sync
