// A list is read page by page and window by window, and what it counts and does not give is
// noticed.
#include "engine/core/gaps/walk.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::gaps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WallTime kNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);

/// A provider's list of records by the second at which each began.
class Shelf {
 public:
  explicit Shelf(ListShape shape) : shape_(shape) {}

  void Add(WallTime at, int count = 1) {
    for (int i = 0; i < count; ++i) records_.push_back(at);
    std::ranges::sort(records_);
  }

  PageSeen Read(const WalkPosition& at) {
    const Window& window = at.windows.back();
    std::vector<WallTime> found;
    for (const WallTime record : records_) {
      if (window.Holds(record)) found.push_back(record);
    }
    if (shape_.newest_first) std::ranges::reverse(found);
    const auto first = static_cast<std::size_t>((at.page - 1) * shape_.per_page);
    const auto end = std::min(found.size(), first + static_cast<std::size_t>(shape_.per_page));
    PageSeen seen;
    for (std::size_t i = first; i < end; ++i) {
      ++seen.items;
      last_read_.push_back(found[i]);
      seen.past = seen.past || (shape_.newest_first && found[i] < since_);
    }
    seen.total = counts_wrongly ? static_cast<std::int64_t>(found.size()) + 3
                                : static_cast<std::int64_t>(found.size());
    seen.more = end < found.size();
    ++pages_;
    return seen;
  }

  /// Walks to the end; the records that were used, and those that could not be had.
  std::int64_t Walk(const Window& gap) {
    since_ = gap.from;
    std::int64_t unreadable = 0;
    WalkPosition at = Begin(shape_, gap);
    while (!at.windows.empty() && pages_ < 1000) {
      last_read_.clear();
      const WalkStep step = After(shape_, at, Read(at));
      if (step.use_items) used_.insert(used_.end(), last_read_.begin(), last_read_.end());
      unreadable += step.unreadable;
      at = step.next;
    }
    return unreadable;
  }

  const std::vector<WallTime>& used() const { return used_; }

  int pages() const { return pages_; }

  bool counts_wrongly = false;

 private:
  const ListShape shape_;
  WallTime since_;
  std::vector<WallTime> records_;
  std::vector<WallTime> last_read_;
  std::vector<WallTime> used_;
  int pages_ = 0;
};

ListShape OldestFirst(std::int64_t most = 0) {
  return {.newest_first = false, .reach_back = Millis(0), .most = most, .per_page = 10};
}

ListShape NewestFirst(std::int64_t most = 0) {
  return {.newest_first = true, .reach_back = Millis(0), .most = most, .per_page = 10};
}

TEST(Walk, ReadsAllPagesOfTheWindow) {
  Shelf shelf(OldestFirst());
  for (int i = 0; i < 25; ++i) shelf.Add(kNoon + seconds(i));
  shelf.Add(kNoon - seconds(1));
  shelf.Add(kNoon + hours(2));
  EXPECT_EQ(shelf.Walk({kNoon, kNoon + hours(1)}), 0);
  EXPECT_THAT(shelf.used(), SizeIs(25));
  EXPECT_EQ(shelf.pages(), 3);
}

TEST(Walk, BeginsEarlierForWhatMayHaveBegunBeforeTheGap) {
  ListShape shape = OldestFirst();
  shape.reach_back = hours(4);
  const WalkPosition begin = Begin(shape, {kNoon, kNoon + hours(1)});
  EXPECT_THAT(begin.windows, ElementsAre(Window{kNoon - hours(4), kNoon + hours(1)}));
}

TEST(Walk, HalvesAWindowWithMoreThanCanBeRead) {
  Shelf shelf(OldestFirst(/*most=*/40));
  for (int i = 0; i < 100; ++i) shelf.Add(kNoon + seconds(36 * i));
  EXPECT_EQ(shelf.Walk({kNoon, kNoon + hours(1)}), 0);
  ASSERT_THAT(shelf.used(), SizeIs(100)) << "each once";
  EXPECT_EQ(std::set<WallTime>(shelf.used().begin(), shelf.used().end()).size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(shelf.used())) << "the earlier half comes first";
}

TEST(Walk, SaysHowManyASingleSecondHidesBehindTheWall) {
  Shelf shelf(OldestFirst(/*most=*/40));
  shelf.Add(kNoon, 55);
  shelf.Add(kNoon + seconds(10), 5);
  EXPECT_EQ(shelf.Walk({kNoon, kNoon + hours(1)}), 15);
  EXPECT_THAT(shelf.used(), SizeIs(45));
}

TEST(Walk, NoticesRecordsThatAreCountedAndNotGiven) {
  Shelf shelf(OldestFirst());
  shelf.counts_wrongly = true;
  shelf.Add(kNoon, 12);
  EXPECT_EQ(shelf.Walk({kNoon, kNoon + hours(1)}), 3);
}

TEST(Walk, ReadsChangesUntilTheyAreOlderThanTheGap) {
  Shelf shelf(NewestFirst(/*most=*/1000));
  for (int i = 0; i < 100; ++i) shelf.Add(kNoon + seconds(60 * i));
  EXPECT_EQ(shelf.Walk({kNoon + seconds(60 * 85), kNoon + hours(3)}), 0);
  EXPECT_EQ(shelf.pages(), 2);
  EXPECT_THAT(shelf.used(), SizeIs(20));
}

TEST(Walk, HalvesOnlyWhereChangesGoOnUpToTheWall) {
  Shelf shelf(NewestFirst(/*most=*/30));
  for (int i = 0; i < 100; ++i) shelf.Add(kNoon + seconds(60 * i));
  EXPECT_EQ(shelf.Walk({kNoon + seconds(60 * 50), kNoon + hours(3)}), 0);
  std::set<WallTime> of_the_gap;
  for (const WallTime each : shelf.used()) {
    if (each >= kNoon + seconds(60 * 50)) of_the_gap.insert(each);
  }
  EXPECT_THAT(of_the_gap, SizeIs(50));
}

TEST(Walk, EndsWhereThereIsNothing) {
  Shelf shelf(OldestFirst(/*most=*/40));
  EXPECT_EQ(shelf.Walk({kNoon, kNoon + hours(1)}), 0);
  EXPECT_THAT(shelf.used(), IsEmpty());
  EXPECT_EQ(shelf.pages(), 1);
}

}  // namespace
}  // namespace sb::core::gaps
