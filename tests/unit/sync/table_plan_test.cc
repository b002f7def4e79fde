// What tables a destination needs, and what of it an existing one lacks.
#include "engine/core/sync/table_plan.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::sync {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Column Named(const std::string& name, ColumnType type) {
  Column column;
  column.name = name;
  column.type = type;
  return column;
}

Stream Owners() {
  Stream stream;
  stream.name = "owners";
  stream.singular = "owner";
  stream.key = {"id"};
  stream.columns = {Named("id", ColumnType::kBigint), Named("name", ColumnType::kText)};
  return stream;
}

Stream Boxes() {
  Stream stream;
  stream.name = "boxes";
  stream.title = "Boxes";
  stream.singular = "box";
  stream.key = {"id"};
  stream.columns = {Named("id", ColumnType::kBigint), Named("owner_id", ColumnType::kBigint)};
  stream.relations = {{"owner_id", "owners"}};
  ChildTable stamps;
  stamps.table = "stamps";
  stamps.key = {"position"};
  stamps.columns = {Named("code", ColumnType::kText)};
  stream.children = {stamps};
  return stream;
}

std::vector<std::string> NamesOfColumns(const WantedTable& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  return names;
}

/// As if the destination had been made by us.
ExistingTable AsMade(const WantedTable& wanted) {
  ExistingTable table{wanted.name, {}, wanted.key, wanted.references};
  for (const TableColumn& column : wanted.columns)
    table.columns.push_back({column.name, column.type, ToString(column.type), column.required});
  return table;
}

class TablePlans : public ::testing::Test {
 protected:
  const Stream owners_ = Owners();
  const Stream boxes_ = Boxes();
  const std::vector<WantedTable> wanted_ = WantedTables({&owners_, &boxes_});
  std::vector<ExistingTable> existing_ = {AsMade(wanted_[0]), AsMade(wanted_[1]),
                                          AsMade(wanted_[2])};

  ExistingTable& boxes_there() { return existing_[1]; }

  TablePlan Plan() const { return PlanTables(wanted_, existing_); }
};

TEST_F(TablePlans, WantATableForEachStreamAndItsParts) {
  ASSERT_THAT(wanted_, SizeIs(3));
  EXPECT_THAT(NamesOfColumns(wanted_[1]), ElementsAre("id", "owner_id", "raw", "_hash",
                                                      "_synced_at", "_read_at", "_deleted_at"));
  EXPECT_THAT(wanted_[1].references,
              ElementsAre(TableReference{{"owner_id"}, "owners", {"id"}, false}));
  EXPECT_THAT(NamesOfColumns(wanted_[2]), ElementsAre("box_id", "position", "code"));
  EXPECT_THAT(wanted_[2].key, ElementsAre("box_id", "position"));
  EXPECT_THAT(wanted_[2].references,
              ElementsAre(TableReference{{"box_id"}, "boxes", {"id"}, true}));
  EXPECT_EQ(wanted_[2].columns[0].type, ColumnType::kBigint) << "as the key that it refers to";
}

TEST_F(TablePlans, ReferOnlyToTablesThatAreThere) {
  EXPECT_THAT(WantedTables({&boxes_})[0].references, IsEmpty());
}

TEST_F(TablePlans, GiveAStreamOfOneObjectAKey) {
  Stream company;
  company.name = "company";
  company.columns = {Named("name", ColumnType::kText)};
  const auto tables = WantedTables({&company});
  EXPECT_THAT(tables[0].key, ElementsAre("_only"));
  EXPECT_EQ(tables[0].columns[0].name, "_only");
}

TEST_F(TablePlans, MakeEverythingWhereThereIsNothing) {
  existing_.clear();
  const TablePlan plan = Plan();
  EXPECT_THAT(plan.create, SizeIs(3));
  EXPECT_THAT(plan.create[1].references, IsEmpty()) << "the table may not be there yet";
  EXPECT_THAT(plan.refer, SizeIs(2));
  EXPECT_THAT(plan.conflicts, IsEmpty());
}

TEST_F(TablePlans, ChangeNothingWhereAllIsThere) {
  EXPECT_TRUE(Plan().changes_nothing());
  EXPECT_THAT(Plan().conflicts, IsEmpty());
}

TEST_F(TablePlans, AddAColumnAndDropNone) {
  std::erase_if(boxes_there().columns,
                [](const ExistingColumn& each) { return each.name == "owner_id"; });
  boxes_there().columns.push_back({"note_of_a_colleague", ColumnType::kText, "text", false});
  boxes_there().references.clear();
  const TablePlan plan = Plan();
  ASSERT_THAT(plan.add, SizeIs(1));
  EXPECT_EQ(plan.add[0].table, "boxes");
  EXPECT_EQ(plan.add[0].column.name, "owner_id");
  EXPECT_THAT(plan.refer, SizeIs(1));
  EXPECT_THAT(plan.conflicts, IsEmpty());
}

TEST_F(TablePlans, RefuseAColumnOfAnotherType) {
  boxes_there().columns[1].type = ColumnType::kText;
  boxes_there().columns[1].type_name = "character varying(20)";
  const TablePlan plan = Plan();
  ASSERT_THAT(plan.conflicts, SizeIs(1));
  EXPECT_EQ(plan.conflicts[0].table, "boxes");
  EXPECT_EQ(plan.conflicts[0].column, "owner_id");
  EXPECT_THAT(plan.conflicts[0].reason, HasSubstr("character varying(20)"));
  boxes_there().columns[1].type.reset();
  EXPECT_THAT(Plan().conflicts, SizeIs(1)) << "a type that none of ours is";
  boxes_there().columns[1].type = ColumnType::kNumeric;
  EXPECT_THAT(Plan().conflicts, IsEmpty()) << "which takes every whole number";
}

TEST_F(TablePlans, RefuseAnotherPrimaryKeyAndColumnsThatNobodyFills) {
  boxes_there().key = {"uuid"};
  boxes_there().columns.push_back({"uuid", std::nullopt, "uuid", true});
  const TablePlan plan = Plan();
  EXPECT_THAT(plan.conflicts, Contains(Field(&TableConflict::reason, HasSubstr("(id)"))));
  EXPECT_THAT(plan.conflicts, Contains(Field(&TableConflict::column, "uuid")));
}

// ---- Views ----

Stream StreamWithAView() {
  Stream stream;
  stream.name = "news";
  stream.singular = "news";
  stream.key = {"id"};
  for (const char* name : {"id", "kind", "said"}) {
    Column column;
    column.name = name;
    stream.columns.push_back(column);
  }
  stream.views = {{"good_news", "kind", "good", "What is glad"}};
  return stream;
}

TEST(TableViews, ShowTheRowsOfOneValueWithoutItsColumn) {
  const Stream stream = StreamWithAView();
  TablePlan plan;
  PlanViews(WantedViews({&stream}), {}, plan);
  ASSERT_EQ(plan.views.size(), 1U);
  EXPECT_EQ(
      plan.views[0],
      (WantedView{
          "good_news", "news", {"id", "said", "_synced_at"}, "kind", "good", "What is glad"}));
  EXPECT_FALSE(plan.changes_nothing());
}

TEST(TableViews, AreLeftAsTheyAreAndTakeNoOthersName) {
  const Stream stream = StreamWithAView();
  ExistingTable there{"good_news", {}, {}, {}};
  for (const char* name : {"id", "said", "_synced_at"})
    there.columns.push_back({name, ColumnType::kText, "text", false});
  TablePlan same;
  PlanViews(WantedViews({&stream}), {there}, same);
  EXPECT_TRUE(same.changes_nothing());
  EXPECT_TRUE(same.conflicts.empty());

  there.key = {"id"};
  TablePlan other;
  PlanViews(WantedViews({&stream}), {there}, other);
  ASSERT_EQ(other.conflicts.size(), 1U);
  EXPECT_EQ(other.conflicts[0].table, "good_news");
}

}  // namespace
}  // namespace sb::core::sync
