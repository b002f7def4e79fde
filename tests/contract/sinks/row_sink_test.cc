// Tables of a destination: made and widened, filled in any order, never spoilt by what comes late.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/postgres_row_sink.h"
#include "engine/adapters/postgres/postgres_sync_store.h"
#include "engine/adapters/postgres/sink_sql.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_sync_store.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using core::sync::Cell;
using core::sync::Cells;
using core::sync::ChildTable;
using core::sync::Column;
using core::sync::ColumnType;
using core::sync::DeletePolicy;
using core::sync::MappedRow;
using core::sync::Stream;
using core::sync::Teller;
using ports::SinkBatch;
using ports::SinkCounts;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr WallTime kSinkNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);
constexpr const char* kSchema = "parcel service";  // a name that wants quotes

Column SinkColumnOf(const std::string& name, ColumnType type, bool in_events = true) {
  Column column;
  column.name = name;
  column.type = type;
  column.from.path = {name};
  column.in_events = in_events;
  return column;
}

Stream OwnersStream() {
  Stream stream;
  stream.name = "owners";
  stream.title = "People";
  stream.singular = "owner";
  stream.key = {"id"};
  stream.columns = {SinkColumnOf("id", ColumnType::kBigint),
                    SinkColumnOf("name", ColumnType::kText)};
  return stream;
}

/// Boxes with their owner, stamps (which events carry) and stops (which they do not).
Stream BoxesStream() {
  Stream stream;
  stream.name = "boxes";
  stream.title = "Boxes, the owners' own";
  stream.singular = "box";
  stream.key = {"id"};
  stream.columns = {SinkColumnOf("id", ColumnType::kBigint),
                    SinkColumnOf("label", ColumnType::kText),
                    SinkColumnOf("price", ColumnType::kNumeric, false),
                    SinkColumnOf("sent_at", ColumnType::kTimestamp),
                    SinkColumnOf("owner_id", ColumnType::kBigint)};
  stream.relations = {{"owner_id", "owners"}};
  stream.shape.windowed = true;
  stream.window_at = core::sync::Source{{"sent_at"}, {}};
  ChildTable stamps;
  stamps.table = "stamps";
  stamps.key = {"code"};
  stamps.columns = {SinkColumnOf("code", ColumnType::kText)};
  ChildTable stops;
  stops.table = "stops";
  stops.key = {"position"};
  stops.in_events = false;
  stops.columns = {SinkColumnOf("town", ColumnType::kText)};
  stream.children = {stamps, stops};
  return stream;
}

/// What is told of a box; `state` makes tellings differ.
MappedRow Box(const std::string& id, const std::string& state, Cell owner = {}) {
  MappedRow row;
  row.cells = {id, "label " + state, "12", "2026-06-01T12:00:00.000Z", std::move(owner)};
  row.raw = "{\"state\": \"" + state + "\"}";
  row.hash = state;
  row.children.push_back({Cells{"stamp " + state}});
  row.children.push_back({Cells{"1", "town " + state}});
  return row;
}

MappedRow Owner(const std::string& id, const std::string& name) {
  MappedRow row;
  row.cells = {id, name};
  row.raw = "{}";
  row.hash = name;
  return row;
}

// ---- The worlds ----

struct MemorySinkWorld {
  MemorySyncStore syncs;
  MemoryRowSink sink{&syncs};

  /// A column of a row; "none" where there is no row, "null" where it is null.
  std::string Look(const Stream& stream, const std::string& key, const std::string& column) {
    const auto row = sink.Row(kSchema, stream.name, key);
    if (!row) return "none";
    if (column == "_deleted_at") return row->deleted_at ? "set" : "null";
    if (column == "_synced_at") return row->synced_at ? "set" : "null";
    for (std::size_t i = 0; i < row->cells.size(); ++i) {
      if (stream.columns[i].name == column) return row->cells[i].value_or("null");
    }
    return "null";
  }

  /// The first column of the parts of a row, joined.
  std::string Parts(const Stream& stream, const std::string& key, std::size_t child) {
    const auto row = sink.Row(kSchema, stream.name, key);
    std::string parts;
    if (!row || row->children.size() <= child) return parts;
    for (const Cells& part : row->children[child]) parts += part.back().value_or("null") + ";";
    return parts;
  }
};

struct PostgresSinkWorld {
  TestDatabase test_database;
  adapters::postgres::Database database{test_database.settings()};
  adapters::postgres::PostgresSyncStore syncs{database};
  adapters::postgres::PostgresRowSink sink{database,
                                           adapters::postgres::PostgresRowSink::Home::kEngine};

  static std::string In(const std::string& table) {
    return adapters::postgres::TableName(kSchema, table);
  }

  std::string Look(const Stream& stream, const std::string& key, const std::string& column) {
    const bool instant = column.starts_with('_');
    const std::string shown =
        instant ? "case when " + column + " is null then 'null' else 'set' end"
                : "coalesce(" + adapters::postgres::QuotedName(column) + "::text, 'null')";
    return test_database.Ask("select coalesce((select " + shown + " from " + In(stream.name) +
                             " where id = " + key + "), 'none')");
  }

  std::string Parts(const Stream& stream, const std::string& key, std::size_t child) {
    const ChildTable& part = stream.children[child];
    return test_database.Ask("select coalesce(string_agg(" + part.columns.back().name +
                             " || ';', '' order by 1), '') from " + In(part.table) + " where " +
                             stream.singular + "_id = " + key);
  }
};

template <typename World>
class RowSinkContract : public ::testing::Test {
 protected:
  core::sync::TablePlan PlanFor(const std::vector<const Stream*>& streams) {
    const auto wanted = core::sync::WantedTables(streams);
    std::vector<std::string> names;
    for (const auto& table : wanted) names.push_back(table.name);
    const auto existing = world_.sink.Describe(kSchema, names);
    EXPECT_THAT(existing, IsOk());
    return core::sync::PlanTables(wanted, *existing);
  }

  void Make() { ASSERT_THAT(world_.sink.Prepare(kSchema, PlanFor({&owners_, &boxes_})), IsOk()); }

  SinkCounts Tell(Teller by, const MappedRow& row, WallTime at) {
    SinkBatch batch;
    batch.by = by;
    batch.rows = {{row, at}};
    batch.beside = {"owners"};
    return Merge(batch);
  }

  SinkCounts Merge(const SinkBatch& batch) {
    const auto counts = world_.sink.Merge(kSchema, boxes_, batch);
    EXPECT_THAT(counts, IsOk());
    return counts.ok() ? *counts : SinkCounts();
  }

  void Gone(const std::string& id, WallTime at, DeletePolicy policy = DeletePolicy::kMark) {
    SinkBatch batch;
    batch.gone = {{{id, {}, {}, {}, {}}, at}};
    batch.deletes = policy;
    Merge(batch);
  }

  std::string Look(const std::string& id, const std::string& column) {
    return world_.Look(boxes_, id, column);
  }

  World world_;
  const Stream owners_ = OwnersStream();
  const Stream boxes_ = BoxesStream();
};

class SinkNames {
 public:
  template <typename World>
  static std::string GetName(int /*index*/) {
    return std::is_same_v<World, MemorySinkWorld> ? "Memory" : "Postgres";
  }
};

using SinkWorlds = ::testing::Types<MemorySinkWorld, PostgresSinkWorld>;
TYPED_TEST_SUITE(RowSinkContract, SinkWorlds, SinkNames);

TYPED_TEST(RowSinkContract, MakesTablesThatNeedNothingMoreAfterwards) {
  EXPECT_THAT(this->PlanFor({&this->owners_, &this->boxes_}).create, SizeIs(4));
  this->Make();
  const auto plan = this->PlanFor({&this->owners_, &this->boxes_});
  EXPECT_TRUE(plan.changes_nothing());
  EXPECT_THAT(plan.conflicts, IsEmpty());
}

TYPED_TEST(RowSinkContract, AddsAColumnToATableWithRows) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a"), kSinkNoon);
  Stream wider = this->boxes_;
  wider.columns.push_back(SinkColumnOf("colour", ColumnType::kText));
  const auto plan = this->PlanFor({&this->owners_, &wider});
  EXPECT_THAT(plan.add, SizeIs(1));
  ASSERT_THAT(this->world_.sink.Prepare(kSchema, plan), IsOk());
  EXPECT_TRUE(this->PlanFor({&this->owners_, &wider}).changes_nothing());
  EXPECT_EQ(this->Look("1", "label"), "label a");
}

TYPED_TEST(RowSinkContract, SaysThatTablesAreNotAsPlanned) {
  SinkBatch batch;
  batch.rows = {{Box("1", "a"), kSinkNoon}};
  EXPECT_THAT(this->world_.sink.Merge(kSchema, this->boxes_, batch),
              FailsWith(ErrorKind::kConflict, "SYNC_TABLES_CHANGED"));
}

TYPED_TEST(RowSinkContract, KeepsARowWithItsParts) {
  this->Make();
  EXPECT_EQ(this->Tell(Teller::kRead, Box("4190000017", "a"), kSinkNoon), (SinkCounts{1, 0}));
  EXPECT_EQ(this->Look("4190000017", "label"), "label a");
  EXPECT_EQ(this->Look("4190000017", "price"), "12");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "4190000017", 0), "stamp a;");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "4190000017", 1), "town a;");
}

TYPED_TEST(RowSinkContract, LetsNothingOldStandAgainstTheNew) {
  this->Make();
  this->Tell(Teller::kEvent, Box("1", "b"), kSinkNoon + seconds(5));
  EXPECT_EQ(this->Tell(Teller::kEvent, Box("1", "a"), kSinkNoon), (SinkCounts{0, 1}));
  EXPECT_EQ(this->Look("1", "label"), "label b");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "1", 0), "stamp b;");
  EXPECT_EQ(this->Tell(Teller::kEvent, Box("1", "b"), kSinkNoon + seconds(5)), (SinkCounts{0, 1}))
      << "told again";
}

TYPED_TEST(RowSinkContract, TakesWhatEventsLackFromTheNewestRead) {
  this->Make();
  this->Tell(Teller::kEvent, Box("1", "e"), kSinkNoon + seconds(5));
  EXPECT_EQ(this->Look("1", "price"), "null");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "1", 1), "");
  this->Tell(Teller::kRead, Box("1", "r"), kSinkNoon);
  EXPECT_EQ(this->Look("1", "price"), "12");
  EXPECT_EQ(this->Look("1", "label"), "label e");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "1", 0), "stamp e;");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "1", 1), "town r;");
}

TYPED_TEST(RowSinkContract, PutsInWhatRowsReferTo) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a", "77"), kSinkNoon);
  EXPECT_EQ(this->world_.Look(this->owners_, "77", "_synced_at"), "null") << "known by reference";
  SinkBatch owners;
  owners.rows = {{Owner("77", "Ada"), kSinkNoon - hours(1)}};
  ASSERT_THAT(this->world_.sink.Merge(kSchema, this->owners_, owners), IsOk());
  EXPECT_EQ(this->world_.Look(this->owners_, "77", "name"), "Ada");
  EXPECT_EQ(this->world_.Look(this->owners_, "77", "_synced_at"), "set");
  EXPECT_THAT(this->world_.sink.KeysIn(kSchema, this->owners_, {}).value(), ElementsAre("77"));
}

TYPED_TEST(RowSinkContract, MarksWhatIsGoneAndBringsItBack) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a"), kSinkNoon);
  this->Gone("1", kSinkNoon + seconds(5));
  EXPECT_EQ(this->Look("1", "_deleted_at"), "set");
  EXPECT_EQ(this->Look("1", "label"), "label a");
  this->Tell(Teller::kRead, Box("1", "b"), kSinkNoon + seconds(4));
  EXPECT_EQ(this->Look("1", "_deleted_at"), "set") << "a page from before";
  this->Tell(Teller::kRead, Box("1", "c"), kSinkNoon + seconds(6));
  EXPECT_EQ(this->Look("1", "_deleted_at"), "null");
  this->Gone("1", kSinkNoon + seconds(5));
  EXPECT_EQ(this->Look("1", "_deleted_at"), "null") << "told late";
}

TYPED_TEST(RowSinkContract, RemembersADeletionThatComesFirst) {
  this->Make();
  this->Gone("1", kSinkNoon + seconds(5));
  this->Tell(Teller::kRead, Box("1", "a"), kSinkNoon);
  EXPECT_EQ(this->Look("1", "_deleted_at"), "set");
}

TYPED_TEST(RowSinkContract, RemovesOrKeepsWhereThatIsThePolicy) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a"), kSinkNoon);
  this->Gone("1", kSinkNoon + seconds(5), DeletePolicy::kKeep);
  EXPECT_EQ(this->Look("1", "_deleted_at"), "null");
  this->Gone("1", kSinkNoon - seconds(5), DeletePolicy::kRemove);
  EXPECT_EQ(this->Look("1", "label"), "label a") << "it was told of later";
  this->Gone("1", kSinkNoon + seconds(5), DeletePolicy::kRemove);
  EXPECT_EQ(this->Look("1", "label"), "none");
  EXPECT_EQ(this->world_.Parts(this->boxes_, "1", 0), "");
}

TYPED_TEST(RowSinkContract, TakesAnObjectOnceThatABatchHasTwice) {
  this->Make();
  SinkBatch batch;
  batch.rows = {{Box("1", "new"), kSinkNoon + seconds(1)},
                {Box("1", "old"), kSinkNoon},
                {Box("2", "a"), kSinkNoon}};
  EXPECT_EQ(this->Merge(batch), (SinkCounts{2, 0}));
  EXPECT_EQ(this->Look("1", "label"), "label new");
}

TYPED_TEST(RowSinkContract, StoresTheCheckpointWithItsRows) {
  this->Make();
  ports::Sync sync;
  sync.id = ports::SyncId(1);
  sync.slot = 17;
  sync.account = AccountId(1001);
  sync.created_at = kSinkNoon;
  ports::SyncStream at;
  at.slot = sync.slot;
  at.account = sync.account;
  at.sync = sync.id;
  at.stream = "boxes";
  at.due_at = kSinkNoon;
  ASSERT_THAT(this->world_.syncs.Open(sync, {at}), IsOk());
  SinkBatch batch;
  batch.rows = {{Box("1", "a"), kSinkNoon}};
  batch.checkpoint = at;
  batch.checkpoint->written = 1;
  EXPECT_EQ(this->Merge(batch).step, 1);
  EXPECT_EQ(this->world_.syncs.Streams(17, sync.account, sync.id).value().at(0).written, 1);
  batch.rows = {{Box("2", "a"), kSinkNoon}};
  EXPECT_THAT(this->world_.sink.Merge(kSchema, this->boxes_, batch),
              FailsWith(ErrorKind::kConflict, "SYNC_MOVED"));
  EXPECT_EQ(this->Look("2", "label"), "none") << "a former owner writes no rows either";
}

TYPED_TEST(RowSinkContract, KnowsWhichRowsAreInAWindow) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a"), kSinkNoon);
  MappedRow later = Box("2", "a");
  later.cells[3] = "2026-06-01T12:00:01.500Z";
  this->Tell(Teller::kRead, later, kSinkNoon);
  MappedRow gone = Box("3", "a");
  this->Tell(Teller::kRead, gone, kSinkNoon);
  this->Gone("3", kSinkNoon + seconds(1));
  const auto keys = [&](WallTime from, WallTime to) {
    return this->world_.sink.KeysIn(kSchema, this->boxes_, {from, to}).value();
  };
  EXPECT_THAT(keys(kSinkNoon, kSinkNoon), ElementsAre("1"));
  EXPECT_THAT(keys(kSinkNoon, kSinkNoon + seconds(1)), UnorderedElementsAre("1", "2"))
      << "the last second belongs to it";
  EXPECT_THAT(keys(kSinkNoon + seconds(1), kSinkNoon + hours(1)), ElementsAre("2"));
}

/// The row that every order of these tellings gives.
using Story = std::vector<std::pair<Teller, std::pair<MappedRow, WallTime>>>;

Story ManyTellings(std::mt19937& random) {
  Story story;
  for (int i = 0; i < 8; ++i) {
    const bool read = random() % 2 == 0;
    const std::string state = std::to_string(random() % 4);
    const WallTime second = kSinkNoon + seconds(random() % 3);
    MappedRow row = Box("1", state);
    row.cells[2] = read ? Cell(std::to_string(i)) : Cell();
    const WallTime at = read ? second + milliseconds(i) : core::sync::EventInstant(second, 0);
    story.push_back({read ? Teller::kRead : Teller::kEvent, {std::move(row), at}});
  }
  return story;
}

TYPED_TEST(RowSinkContract, EndsWithTheRowOfTheModelWhateverTheOrder) {
  this->Make();
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Story story = ManyTellings(random);
    const std::string id = std::to_string(seed);
    std::optional<core::sync::StoredRow> model;
    for (auto& [by, told] : story) {
      told.first.cells[0] = id;
      model = core::sync::MergeRow(this->boxes_, model, told.first, {by, told.second});
    }
    std::shuffle(story.begin(), story.end(), random);
    for (const auto& [by, told] : story) this->Tell(by, told.first, told.second);
    EXPECT_EQ(this->Look(id, "label"), model->cells[1].value_or("null"));
    EXPECT_EQ(this->Look(id, "price"), model->cells[2].value_or("null"));
    EXPECT_EQ(this->world_.Parts(this->boxes_, id, 0),
              model->children[0].empty() ? "" : *model->children[0][0][0] + ";");
    EXPECT_EQ(this->world_.Parts(this->boxes_, id, 1),
              model->children[1].empty() ? "" : *model->children[1][0][1] + ";");
  }
}

TEST(PostgresRowSink, RefusesATableThatSomebodyElseMade) {
  PostgresSinkWorld world;
  const Stream owners = OwnersStream();
  world.test_database.Ask("create schema " + adapters::postgres::QuotedName(kSchema));
  world.test_database.Ask("create table " + PostgresSinkWorld::In("owners") +
                          " (id bigint primary key, name varchar(20), born date not null)");
  const auto wanted = core::sync::WantedTables({&owners});
  const auto existing = world.sink.Describe(kSchema, {"owners"});
  ASSERT_THAT(existing, IsOk());
  const auto plan = core::sync::PlanTables(wanted, *existing);
  std::vector<std::string> columns;
  for (const auto& conflict : plan.conflicts) columns.push_back(conflict.column);
  EXPECT_THAT(columns, UnorderedElementsAre("name", "born"));
}

TEST(PostgresRowSink, KeepsTheOneRowOfAStreamWithoutAKey) {
  PostgresSinkWorld world;
  Stream company;
  company.name = "company";
  company.columns = {SinkColumnOf("name", ColumnType::kText)};
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&company}), {});
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
  for (const char* name : {"Lumen", "Lumen Tools"}) {
    MappedRow row;
    row.cells = {name};
    row.raw = "{}";
    row.hash = name;
    SinkBatch batch;
    batch.rows = {{row, kSinkNoon + seconds(std::string(name).size())}};
    ASSERT_THAT(world.sink.Merge(kSchema, company, batch), IsOk());
  }
  EXPECT_EQ(world.test_database.Ask("select string_agg(name, ',') from " +
                                    PostgresSinkWorld::In("company")),
            "Lumen Tools");
}

TEST(PostgresRowSink, LeavesNothingHalfDone) {
  PostgresSinkWorld world;
  const Stream owners = OwnersStream();
  const Stream boxes = BoxesStream();
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&owners, &boxes}), {});
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
  world.test_database.Ask("drop table " + PostgresSinkWorld::In("stops"));
  SinkBatch batch;
  batch.rows = {{Box("1", "a"), kSinkNoon}};
  EXPECT_THAT(world.sink.Merge(kSchema, boxes, batch),
              FailsWith(ErrorKind::kConflict, "SYNC_TABLES_CHANGED"));
  EXPECT_EQ(world.Look(boxes, "1", "label"), "none") << "the parts belong to it";
}

}  // namespace
}  // namespace sb::testing
