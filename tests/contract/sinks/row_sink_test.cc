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
#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/postgres_row_sink.h"
#include "engine/adapters/postgres/postgres_sync_store.h"
#include "engine/adapters/postgres/sink_sql.h"
#include "engine/core/sync/proof.h"
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

TYPED_TEST(RowSinkContract, MakesViewsAndLeavesOutWhatHasTheirNames) {
  this->Make();
  const std::vector<core::sync::AnalyticsView> views = {
      {"labels", "Labels", {"boxes"}, {}, "select label from boxes"},
      {"owners", "Not ours to make", {"owners"}, {}, "select 1 as one"},
      {"people", "People", {"owners"}, {"owners"}, "select one from owners"}};
  for (int round = 0; round < 2; ++round) {
    const auto made = this->world_.sink.MakeViews(kSchema, views);
    ASSERT_THAT(made, IsOk());
    EXPECT_THAT(made->made, ElementsAre("labels"));
    EXPECT_THAT(
        made->left_out,
        ElementsAre(
            core::sync::LeftOutView{"owners",
                                    "something of that name is there already, and is not "
                                    "ours"},
            core::sync::LeftOutView{"people", "it reads 'owners', which is left out itself"}));
  }
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

TYPED_TEST(RowSinkContract, KnowsWhichKeysItWasToldOf) {
  using ::testing::Pair;
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a", "77"), kSinkNoon);
  this->Tell(Teller::kRead, Box("2", "b"), kSinkNoon);
  this->Gone("2", kSinkNoon + seconds(5));
  const auto known = this->world_.sink.Known(kSchema, this->boxes_, {"1", "2", "3", "no number"});
  EXPECT_THAT(known.value(), ElementsAre(Pair("1", false), Pair("2", true)));
  EXPECT_THAT(this->world_.sink.Known(kSchema, this->owners_, {"77"}).value(), IsEmpty())
      << "known by reference only";
  EXPECT_THAT(this->world_.sink.Known(kSchema, this->boxes_, {}).value(), IsEmpty());
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

TYPED_TEST(RowSinkContract, CountsAndPagesTheRowsOfAWindow) {
  this->Make();
  for (int id = 1; id <= 7; ++id) {
    MappedRow box = Box(std::to_string(id), "a");
    if (id == 7) box.cells[3] = "2026-06-01T13:00:00.000Z";
    this->Tell(Teller::kRead, box, kSinkNoon + milliseconds(id));
  }
  this->Gone("6", kSinkNoon + seconds(1));
  const core::sync::Window window{kSinkNoon, kSinkNoon + seconds(59)};
  EXPECT_EQ(this->world_.sink.CountIn(kSchema, this->boxes_, window).value(), 5);
  std::vector<std::string> keys;
  std::string after;
  for (int pages = 1; pages <= 3; ++pages) {
    const auto marks = this->world_.sink.MarksIn(kSchema, this->boxes_, window, after, 2);
    ASSERT_THAT(marks, IsOk());
    EXPECT_THAT(*marks, SizeIs(pages < 3 ? 2 : 1));
    for (const ports::RowMark& mark : *marks) {
      keys.push_back(mark.key);
      EXPECT_EQ(mark.synced_at, kSinkNoon + milliseconds(std::stoi(mark.key)));
    }
    after = marks->back().key;
  }
  EXPECT_THAT(keys, UnorderedElementsAre("1", "2", "3", "4", "5"));
}

TYPED_TEST(RowSinkContract, GivesRowsBackWithTheirParts) {
  this->Make();
  MappedRow told = Box("4190000017", "a", "77");
  told.children[0].push_back(Cells{"stamp b"});
  this->Tell(Teller::kRead, told, kSinkNoon);
  this->Tell(Teller::kEvent, Box("2", "e"), kSinkNoon);
  this->Gone("2", kSinkNoon + seconds(5));
  const auto rows = this->world_.sink.RowsOf(kSchema, this->boxes_, {"4190000017", "2", "99"});
  ASSERT_THAT(rows, IsOk());
  ASSERT_THAT(*rows, SizeIs(2)) << "there is no 99";
  const bool in_order = rows->front().key == "4190000017";
  const core::sync::StoredRow& read = (*rows)[in_order ? 0 : 1].row;
  const core::sync::StoredRow& gone = (*rows)[in_order ? 1 : 0].row;
  EXPECT_EQ(core::sync::Match(this->boxes_, told, kSinkNoon, read), core::sync::RowMatch::kSame);
  EXPECT_EQ(read.synced_at, kSinkNoon);
  EXPECT_EQ(read.read_at, kSinkNoon);
  EXPECT_EQ(read.hash, "a");
  EXPECT_EQ(gone.deleted_at, kSinkNoon + seconds(5));
  EXPECT_EQ(gone.read_at, std::nullopt);
}

TYPED_TEST(RowSinkContract, GivesBackRowsThatAreKnownByReferenceAlone) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "a", "77"), kSinkNoon);
  const auto rows = this->world_.sink.RowsOf(kSchema, this->owners_, {"77"});
  ASSERT_THAT(rows, IsOk());
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_EQ(rows->front().row.synced_at, std::nullopt);
  EXPECT_EQ(this->world_.sink.CountIn(kSchema, this->owners_, {}).value(), 0);
}

TYPED_TEST(RowSinkContract, ReadsNoTableThatIsNotThere) {
  const auto is_changed = FailsWith(ErrorKind::kConflict, "SYNC_TABLES_CHANGED");
  EXPECT_THAT(this->world_.sink.CountIn(kSchema, this->boxes_, {}), is_changed);
  EXPECT_THAT(this->world_.sink.MarksIn(kSchema, this->boxes_, {}, "", 10), is_changed);
  EXPECT_THAT(this->world_.sink.RowsOf(kSchema, this->boxes_, {"1"}), is_changed);
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

/// The tables of boxes and their owners.
void MakeBoxes(PostgresSinkWorld& world) {
  const Stream owners = OwnersStream();
  const Stream boxes = BoxesStream();
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&owners, &boxes}), {});
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
}

TEST(PostgresRowSink, LeavesNothingHalfDone) {
  PostgresSinkWorld world;
  const Stream boxes = BoxesStream();
  MakeBoxes(world);
  world.test_database.Ask("drop table " + PostgresSinkWorld::In("stops"));
  SinkBatch batch;
  batch.rows = {{Box("1", "a"), kSinkNoon}};
  EXPECT_THAT(world.sink.Merge(kSchema, boxes, batch),
              FailsWith(ErrorKind::kConflict, "SYNC_TABLES_CHANGED"));
  EXPECT_EQ(world.Look(boxes, "1", "label"), "none") << "the parts belong to it";
}

TEST(PostgresRowSink, SaysThatAConstraintOfSomebodyElseRefusesARow) {
  PostgresSinkWorld world;
  const Stream boxes = BoxesStream();
  MakeBoxes(world);
  world.test_database.Ask("alter table " + PostgresSinkWorld::In("boxes") +
                          " add constraint no_salt check (label <> 'label salt')");
  SinkBatch batch;
  batch.rows = {{Box("1", "salt"), kSinkNoon}};
  const auto merged = world.sink.Merge(kSchema, boxes, batch);
  ASSERT_THAT(merged, FailsWith(ErrorKind::kInvalid, "SYNC_ROW_REFUSED"));
  EXPECT_THAT(merged.error().message, ::testing::HasSubstr("no_salt"));
  EXPECT_THAT(merged.error().message, ::testing::Not(::testing::HasSubstr("bug")));
  batch.rows = {{Box("1", "tea"), kSinkNoon}};
  EXPECT_THAT(world.sink.Merge(kSchema, boxes, batch), IsOk());
}

// ---- Views, and rows that are edited ----

TYPED_TEST(RowSinkContract, MakesViewsThatAreFoundAgain) {
  Stream boxes = this->boxes_;
  boxes.views = {{"cheap_boxes", "label", "cheap", "Boxes, the owners' own"}};
  core::sync::TablePlan plan = this->PlanFor({&this->owners_, &boxes});
  const auto wanted = core::sync::WantedViews({&boxes});
  core::sync::PlanViews(wanted, {}, plan);
  ASSERT_THAT(this->world_.sink.Prepare(kSchema, plan), IsOk());
  const auto existing = this->world_.sink.Describe(kSchema, {"cheap_boxes"});
  ASSERT_THAT(existing, IsOk());
  core::sync::TablePlan again;
  core::sync::PlanViews(wanted, *existing, again);
  EXPECT_TRUE(again.changes_nothing());
  EXPECT_THAT(again.conflicts, IsEmpty());
}

TYPED_TEST(RowSinkContract, EditsRowsOneAfterTheOther) {
  this->Make();
  for (const char* id : {"1", "2", "3"})
    this->Tell(Teller::kRead, Box(id, "of Ada", "7"), kSinkNoon);
  const auto tables = core::sync::WantedTables({&this->boxes_});
  std::vector<Json> seen;
  const ports::RowEdit hide = [&](Json& row) {
    seen.push_back(row);
    if (seen.size() == 2) return false;
    row["label"] = "[erased]";
    row["raw"] = Json{{"state", "[erased]"}};
    return true;
  };
  const auto first = this->world_.sink.Edit(kSchema, tables.at(0), {}, 2, hide);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->changed, 1);
  ASSERT_TRUE(first->behind);
  const auto last = this->world_.sink.Edit(kSchema, tables.at(0), *first->behind, 2, hide);
  ASSERT_THAT(last, IsOk());
  EXPECT_FALSE(last->behind);
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[0].at("label"), "label of Ada");
  EXPECT_EQ(seen[0].at("raw"), (Json{{"state", "of Ada"}}));
  EXPECT_FALSE(seen[0].contains("id")) << "keys are not for editing";
  EXPECT_EQ(this->world_.Look(this->boxes_, "1", "label"), "[erased]");
  EXPECT_EQ(this->world_.Look(this->boxes_, "2", "label"), "label of Ada");
  EXPECT_EQ(this->world_.Look(this->boxes_, "3", "label"), "[erased]");
  // The same telling changes nothing; a newer one counts.
  this->Tell(Teller::kRead, Box("1", "of Ada", "7"), kSinkNoon);
  EXPECT_EQ(this->world_.Look(this->boxes_, "1", "label"), "[erased]");
  this->Tell(Teller::kRead, Box("1", "of Bob", "7"), kSinkNoon + seconds(1));
  EXPECT_EQ(this->world_.Look(this->boxes_, "1", "label"), "label of Bob");
}

TYPED_TEST(RowSinkContract, EditsPartsAsWell) {
  this->Make();
  this->Tell(Teller::kRead, Box("1", "of Ada", "7"), kSinkNoon);
  const auto tables = core::sync::WantedTables({&this->boxes_});
  const auto stops =
      std::ranges::find(tables, std::string("stops"), &core::sync::WantedTable::name);
  ASSERT_NE(stops, tables.end());
  const auto edited = this->world_.sink.Edit(kSchema, *stops, {}, 10, [](Json& row) {
    row["town"] = "[erased]";
    return true;
  });
  ASSERT_THAT(edited, IsOk());
  EXPECT_EQ(edited->changed, 1);
  EXPECT_EQ(this->world_.Parts(this->boxes_, "1", 1), "[erased];");
}

TEST(PostgresRowSink, ReadsBackTheOneRowOfAStreamWithoutAKeyAndKeysOfSeveralColumns) {
  PostgresSinkWorld world;
  Stream company;
  company.name = "company";
  company.columns = {SinkColumnOf("name", ColumnType::kText)};
  Stream shelves;
  shelves.name = "shelves";
  shelves.key = {"hall", "number"};
  shelves.columns = {SinkColumnOf("hall", ColumnType::kText),
                     SinkColumnOf("number", ColumnType::kBigint)};
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&company, &shelves}), {});
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
  SinkBatch one;
  one.rows = {{MappedRow{{"Lumen"}, "{}", "h", {}}, kSinkNoon}};
  ASSERT_THAT(world.sink.Merge(kSchema, company, one), IsOk());
  EXPECT_EQ(world.sink.RowsOf(kSchema, company, {""}).value().at(0).row.cells[0], "Lumen");
  EXPECT_EQ(world.sink.MarksIn(kSchema, company, {}, "", 10).value().at(0).key, "");
  SinkBatch two;
  two.rows = {{MappedRow{{"A", "10"}, "{}", "h", {}}, kSinkNoon},
              {MappedRow{{"A", "9"}, "{}", "h", {}}, kSinkNoon},
              {MappedRow{{"B \"", "1"}, "{}", "h", {}}, kSinkNoon}};
  ASSERT_THAT(world.sink.Merge(kSchema, shelves, two), IsOk());
  const std::string last = core::sync::KeyOf(shelves, {"B \"", "1"});
  const auto first = world.sink.MarksIn(kSchema, shelves, {}, "", 2).value();
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(world.sink.MarksIn(kSchema, shelves, {}, first[1].key, 2).value().at(0).key, last);
  EXPECT_THAT(world.sink.RowsOf(kSchema, shelves, {last, first[0].key}).value(), SizeIs(2));
}

TEST(PostgresRowSink, ComparesWhatEveryTypeOfColumnGivesBack) {
  PostgresSinkWorld world;
  Stream samples;
  samples.name = "samples";
  samples.key = {"id"};
  samples.columns = {
      SinkColumnOf("id", ColumnType::kBigint),    SinkColumnOf("amount", ColumnType::kNumeric),
      SinkColumnOf("flag", ColumnType::kBoolean), SinkColumnOf("at", ColumnType::kTimestamp),
      SinkColumnOf("details", ColumnType::kJson), SinkColumnOf("note", ColumnType::kText)};
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&samples}), {});
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
  const MappedRow told{{"1", "1e+22", "false", "1999-12-31T23:59:59.999Z",
                        R"({"b":[1.0,1e3,null],"a":"\u00e9\n"})", "a 'quoted' \\ text"},
                       "{}",
                       "h",
                       {}};
  const MappedRow nulls{{"2", {}, {}, {}, {}, {}}, "{}", "h", {}};
  SinkBatch batch;
  batch.rows = {{told, kSinkNoon}, {nulls, kSinkNoon}};
  ASSERT_THAT(world.sink.Merge(kSchema, samples, batch), IsOk());
  for (const MappedRow& row : {told, nulls}) {
    const auto kept = world.sink.RowsOf(kSchema, samples, {*row.cells[0]});
    ASSERT_THAT(kept, IsOk());
    EXPECT_THAT(core::sync::DifferingColumns(samples, row, kept->at(0).row), IsEmpty());
  }
}

// ---- Destinations that are no good

TEST(PostgresRowSink, SaysThatADestinationIsDown) {
  adapters::postgres::Database nowhere({.url = "postgresql://nobody@127.0.0.1:1/nothing"});
  adapters::postgres::PostgresRowSink sink(nowhere);
  const Stream owners = OwnersStream();
  SinkBatch batch;
  batch.rows = {{Owner("1", "Ada"), kSinkNoon}};
  const auto is_down = FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE");
  EXPECT_THAT(sink.Describe(kSchema, {"owners"}), is_down);
  EXPECT_THAT(sink.Prepare(kSchema, {}), is_down);
  EXPECT_THAT(sink.Merge(kSchema, owners, batch), is_down);
  EXPECT_THAT(sink.RowsOf(kSchema, owners, {"1"}), is_down);
}

TEST(PostgresRowSink, SaysThatADestinationIsFullAndGoesOnOnceItIsNot) {
  PostgresSinkWorld world;
  const Stream owners = OwnersStream();
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&owners}), {});
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
  // What the server says when a disk is full, by its own code for it.
  world.test_database.Ask(
      "create function public.no_room() returns trigger language plpgsql as "
      "$$ begin raise exception 'could not extend file' using errcode = '53100'; end $$");
  world.test_database.Ask("create trigger no_room before insert on " +
                          PostgresSinkWorld::In("owners") +
                          " for each row execute function public.no_room()");
  SinkBatch batch;
  batch.rows = {{Owner("1", "Ada"), kSinkNoon}};
  EXPECT_THAT(world.sink.Merge(kSchema, owners, batch),
              FailsWith(ErrorKind::kUnavailable, "SYNC_DESTINATION_FULL"));
  world.test_database.Ask("drop trigger no_room on " + PostgresSinkWorld::In("owners"));
  EXPECT_EQ(world.sink.Merge(kSchema, owners, batch).value(), (SinkCounts{1, 0}));
}

/// Sessions of a user who may log in and nothing else.
adapters::postgres::DatabaseSettings OfAGuest(const TestDatabase& database) {
  PostgresCluster::Shared().Administer(
      "do $$ begin if not exists (select from pg_roles where rolname = 'sink_guest') then "
      "create role sink_guest login; end if; end $$");
  return {.url = database.url() + "&options=-c%20role%3Dsink_guest"};
}

TEST(PostgresRowSink, SaysWhichRightADestinationLacks) {
  PostgresSinkWorld world;
  const Stream owners = OwnersStream();
  const auto plan = core::sync::PlanTables(core::sync::WantedTables({&owners}), {});
  adapters::postgres::Database database(OfAGuest(world.test_database));
  adapters::postgres::PostgresRowSink guest(database);
  const auto is_forbidden = FailsWith(ErrorKind::kForbidden, "SYNC_DESTINATION_FORBIDDEN");
  EXPECT_THAT(guest.Prepare("of_a_guest", plan), is_forbidden) << "no schema can be made";
  ASSERT_THAT(world.sink.Prepare(kSchema, plan), IsOk());
  SinkBatch batch;
  batch.rows = {{Owner("1", "Ada"), kSinkNoon}};
  EXPECT_THAT(guest.Merge(kSchema, owners, batch), is_forbidden) << "the tables are another's";
  EXPECT_THAT(guest.RowsOf(kSchema, owners, {"1"}), is_forbidden);
  world.test_database.Ask("create schema of_a_guest authorization sink_guest");
  ASSERT_THAT(guest.Prepare("of_a_guest", plan), IsOk()) << "to own the schema is enough";
  EXPECT_EQ(guest.Merge("of_a_guest", owners, batch).value(), (SinkCounts{1, 0}));
}

}  // namespace
}  // namespace sb::testing
