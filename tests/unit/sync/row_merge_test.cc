// Whatever order tellings of an object come in, and however often, the row is the same in the end.
#include "engine/core/sync/row_merge.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::sync {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr WallTime kMergeNoon =
    std::chrono::sys_days(std::chrono::June / 1 / 2026) + std::chrono::hours(12);

/// A call's id, its status (which all tell) and its price (which events do not), and notes on it.
Stream PricedCalls() {
  Stream stream;
  stream.name = "calls";
  stream.key = {"id"};
  Column id;
  id.name = "id";
  Column status;
  status.name = "status";
  Column price;
  price.name = "price";
  price.in_events = false;
  stream.columns = {id, status, price};
  ChildTable notes;
  notes.table = "notes";
  stream.children = {notes};
  return stream;
}

MappedRow Row(const std::string& status, Cell price, const std::string& note) {
  MappedRow row;
  row.cells = {"1", status, std::move(price)};
  row.raw = status + "/" + note;
  row.hash = row.raw;
  row.children.push_back({Cells{note}});
  return row;
}

Telling ReadAt(WallTime at) {
  return {Teller::kRead, at};
}

Telling ToldAt(WallTime at) {
  return {Teller::kEvent, at};
}

StoredRow Merge(std::optional<StoredRow> stored, const MappedRow& row, const Telling& telling) {
  return MergeRow(PricedCalls(), std::move(stored), row, telling);
}

TEST(RowMerge, TakesTheNewestTelling) {
  StoredRow row = Merge({}, Row("ringing", {}, "a"), ToldAt(kMergeNoon));
  row = Merge(row, Row("done", {}, "b"), ToldAt(kMergeNoon + seconds(5)));
  row = Merge(row, Row("answered", {}, "c"), ToldAt(kMergeNoon + seconds(3)));
  EXPECT_THAT(row.cells, ElementsAre("1", "done", std::nullopt));
  EXPECT_EQ(row.raw, "done/b");
  EXPECT_EQ(row.children[0][0][0], "b");
  EXPECT_EQ(row.synced_at, kMergeNoon + seconds(5));
  EXPECT_EQ(row.read_at, std::nullopt);
}

TEST(RowMerge, KeepsWhatEventsLackFromTheNewestRead) {
  StoredRow row = Merge({}, Row("done", "12", "a"), ReadAt(kMergeNoon));
  row = Merge(row, Row("tagged", {}, "b"), ToldAt(kMergeNoon + seconds(5)));
  EXPECT_THAT(row.cells, ElementsAre("1", "tagged", "12"));
  row = Merge(row, Row("done", "13", "a"), ReadAt(kMergeNoon + seconds(3)));
  EXPECT_THAT(row.cells, ElementsAre("1", "tagged", "13"))
      << "older than the event, newer as a read";
}

TEST(RowMerge, MarksWhatIsGoneUntilItIsToldOfAgain) {
  const Stream stream = PricedCalls();
  StoredRow row = Merge({}, Row("done", "12", "a"), ReadAt(kMergeNoon));
  row = MergeDeletion(row, stream, row.cells, kMergeNoon + seconds(5));
  EXPECT_EQ(row.deleted_at, kMergeNoon + seconds(5));
  EXPECT_THAT(row.cells, ElementsAre("1", "done", "12")) << "it is marked, not emptied";
  row = Merge(row, Row("old", "12", "a"), ReadAt(kMergeNoon + seconds(4)));
  EXPECT_TRUE(row.deleted_at) << "a page from before does not bring it back";
  row = Merge(row, Row("new", "12", "a"), ReadAt(kMergeNoon + seconds(6)));
  EXPECT_FALSE(row.deleted_at);
}

TEST(RowMerge, KnowsOfADeletionBeforeItKnowsTheObject) {
  const StoredRow row = MergeDeletion({}, PricedCalls(), {"1", {}, {}}, kMergeNoon);
  EXPECT_THAT(row.cells, ElementsAre("1", std::nullopt, std::nullopt));
  EXPECT_EQ(row.synced_at, std::nullopt);
  EXPECT_EQ(row.deleted_at, kMergeNoon);
}

TEST(RowMerge, PutsEventsOfOneSecondInTheirOrderAndAfterReadsOfIt) {
  EXPECT_LT(EventInstant(kMergeNoon, 3), EventInstant(kMergeNoon, 4));
  EXPECT_LT(EventInstant(kMergeNoon, 5'000), kMergeNoon + seconds(1));
  EXPECT_GT(EventInstant(kMergeNoon, 0), kMergeNoon + milliseconds(900));
}

/// One thing that happened, as it is told.
struct Said {
  bool deletion = false;
  MappedRow row;
  Telling telling;
};

std::vector<Said> ManySayings(std::mt19937& random) {
  std::vector<Said> sayings;
  const std::size_t count = 2 + random() % 7;
  for (std::size_t i = 0; i < count; ++i) {
    Said said;
    said.deletion = random() % 5 == 0;
    const bool read = random() % 2 == 0;
    // Reads never share an instant; events of one second may.
    const WallTime second = kMergeNoon + seconds(random() % 4);
    said.telling = read ? ReadAt(second + milliseconds(i)) : ToldAt(EventInstant(second, 0));
    const std::string state = "state " + std::to_string(random() % 3);
    said.row = Row(state, read ? Cell(std::to_string(i)) : Cell(), state);
    sayings.push_back(std::move(said));
  }
  return sayings;
}

StoredRow MergeAll(const std::vector<Said>& sayings) {
  const Stream stream = PricedCalls();
  std::optional<StoredRow> row;
  for (const Said& said : sayings) {
    row = said.deletion ? MergeDeletion(row, stream, said.row.cells, said.telling.at)
                        : MergeRow(stream, row, said.row, said.telling);
  }
  return row.value_or(StoredRow());
}

TEST(RowMergeProperty, OrderAndRepetitionDoNotMatter) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<Said> sayings = ManySayings(random);
    const StoredRow once = MergeAll(sayings);
    std::vector<Said> twice = sayings;
    twice.insert(twice.end(), sayings.begin(), sayings.end());
    std::shuffle(twice.begin(), twice.end(), random);
    ASSERT_EQ(MergeAll(twice), once);
  }
}

}  // namespace
}  // namespace sb::core::sync
