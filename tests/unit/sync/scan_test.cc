// A list is read window by window while it changes, and each window says whether something can have
// been missed.
#include "engine/core/sync/scan.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WallTime kScanNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);

/// A provider's list by the second at which each item began, which changes between two requests.
class MovingList {
 public:
  explicit MovingList(ScanShape shape, unsigned seed = 1) : shape_(shape), random_(seed) {}

  std::string Add(WallTime at) {
    const std::string key = std::to_string(++last_key_);
    items_.emplace(std::pair(at, last_key_), key);
    return key;
  }

  void Remove(const std::string& key) {
    std::erase_if(items_, [&](const auto& item) { return item.second == key; });
  }

  void RemoveAny() {
    if (items_.empty()) return;
    const auto index = static_cast<std::ptrdiff_t>(Below(items_.size()));
    items_.erase(std::next(items_.begin(), index));
  }

  std::size_t Below(std::size_t bound) { return random_() % bound; }

  std::vector<std::string> KeysIn(const Window& window) const {
    std::vector<std::string> keys;
    for (const auto& [place, key] : items_) {
      if (!shape_.windowed || window.Holds(place.first)) keys.push_back(key);
    }
    return keys;
  }

  /// As the provider answers a request.
  ScanPage Read(const Window& window, int page) {
    ++requests;
    const std::vector<std::string> found = KeysIn(window);
    const auto first =
        static_cast<std::size_t>(page - 1) * static_cast<std::size_t>(shape_.per_page);
    const std::size_t end =
        std::min(found.size(), first + static_cast<std::size_t>(shape_.per_page));
    ScanPage seen;
    for (std::size_t i = first; i < end; ++i) seen.keys.push_back(found[i]);
    if (counts) seen.total = static_cast<std::int64_t>(found.size()) + counts_too_many;
    seen.more = end < found.size();
    return seen;
  }

  bool counts = true;
  std::int64_t counts_too_many = 0;
  int requests = 0;

 private:
  const ScanShape shape_;
  std::mt19937 random_;
  std::map<std::pair<WallTime, int>, std::string> items_;
  int last_key_ = 0;
};

ScanShape Windows(std::int64_t comfortable = 1000, std::int64_t most = 0) {
  return {.windowed = true,
          .most = most,
          .per_page = 10,
          .reach = Millis(0),
          .comfortable = comfortable};
}

ScanShape Whole() {
  ScanShape shape = Windows();
  shape.windowed = false;
  return shape;
}

/// Reads to the end; `between` is what happens before each request.
template <typename Between>
std::vector<WindowReceipt> Scan(const ScanShape& shape, MovingList& list, const Window& wanted,
                                Between between) {
  std::vector<WindowReceipt> receipts;
  ScanPosition position = BeginScan(shape, wanted, wanted.to + hours(1)).position;
  WindowReading reading;
  while (!position.windows.empty() && list.requests < 10'000) {
    between();
    const ScanPage page = list.Read(position.windows.back(), reading.page);
    if (auto receipt = AfterPage(shape, page, position, reading))
      receipts.push_back(*std::move(receipt));
  }
  return receipts;
}

std::vector<WindowReceipt> ScanQuietly(const ScanShape& shape, MovingList& list) {
  return Scan(shape, list, {kScanNoon, kScanNoon + hours(1)}, [] {});
}

std::int64_t ReadBy(const std::vector<WindowReceipt>& receipts) {
  std::int64_t read = 0;
  for (const WindowReceipt& receipt : receipts) read += receipt.read;
  return read;
}

TEST(Scan, ProvesAListThatKeepsStill) {
  MovingList list(Windows());
  for (int i = 0; i < 25; ++i) list.Add(kScanNoon + seconds(i));
  const auto receipts = ScanQuietly(Windows(), list);
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_TRUE(receipts[0].proven);
  EXPECT_EQ(receipts[0].read, 25);
  EXPECT_EQ(receipts[0].counted, 25);
  EXPECT_EQ(list.requests, 3);
}

TEST(Scan, ProvesAnEmptyWindow) {
  MovingList list(Windows());
  const auto receipts = ScanQuietly(Windows(), list);
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_TRUE(receipts[0].proven);
  EXPECT_EQ(list.requests, 1);
}

TEST(Scan, CutsAWindowWithMoreThanCanBeRead) {
  const ScanShape shape = Windows(/*comfortable=*/1000, /*most=*/40);
  MovingList list(shape);
  for (int i = 0; i < 200; ++i) list.Add(kScanNoon + seconds(18 * i));
  const auto receipts = ScanQuietly(shape, list);
  EXPECT_GT(receipts.size(), 4U);
  EXPECT_EQ(ReadBy(receipts), 200);
  WallTime next = kScanNoon;
  for (const WindowReceipt& receipt : receipts) {
    EXPECT_TRUE(receipt.proven);
    EXPECT_EQ(receipt.window.from, next) << "oldest first, and no second between them";
    next = receipt.window.to + seconds(1);
  }
  EXPECT_EQ(next, kScanNoon + hours(1) + seconds(1));
}

TEST(Scan, CutsIntoWindowsThatCostLittleToReadAgain) {
  const ScanShape shape = Windows(/*comfortable=*/60);
  MovingList list(shape);
  for (int i = 0; i < 200; ++i) list.Add(kScanNoon + seconds(18 * i));
  const auto receipts = ScanQuietly(shape, list);
  EXPECT_THAT(receipts, SizeIs(4));
  EXPECT_EQ(list.requests, 1 + 21) << "one to see how many there are";
}

/// The answer of a list with an item each minute.
ScanPage EveryMinute(const ScanShape& shape, const Window& window, int page) {
  const auto minute = [](WallTime when) {
    return std::chrono::duration_cast<std::chrono::minutes>(when - kScanNoon).count();
  };
  const bool on_the_minute = std::chrono::floor<std::chrono::minutes>(window.from) == window.from;
  const std::int64_t first = minute(window.from) + (on_the_minute ? 0 : 1);
  const std::int64_t end = minute(window.to) + 1;
  const std::int64_t from = first + std::int64_t{page - 1} * shape.per_page;
  const std::int64_t to = std::min(end, from + shape.per_page);
  ScanPage seen;
  for (std::int64_t i = from; i < to; ++i) seen.keys.push_back(std::to_string(i));
  seen.total = end - first;
  seen.more = to < end;
  return seen;
}

TEST(Scan, ReadsTwoHundredThousandWithoutEverHoldingMoreThanAWindow) {
  constexpr std::int64_t kVeryMany = 200'000;
  ScanShape shape = Windows(/*comfortable=*/2'000, /*most=*/10'000);
  shape.per_page = 50;
  const Window wanted{kScanNoon, kScanNoon + std::chrono::minutes(kVeryMany) - seconds(1)};
  ScanPosition position = BeginScan(shape, wanted, wanted.to + hours(1)).position;
  WindowReading reading;
  std::int64_t requests = 0;
  std::int64_t read = 0;
  while (!position.windows.empty()) {
    ++requests;
    const ScanPage page = EveryMinute(shape, position.windows.back(), reading.page);
    const auto receipt = AfterPage(shape, page, position, reading);
    ASSERT_LE(reading.keys.size(), 2'000U);
    ASSERT_LE(position.windows.size(), 100U) << "the position is stored with every window";
    if (!receipt) continue;
    EXPECT_TRUE(receipt->proven);
    read += receipt->read;
  }
  EXPECT_EQ(read, kVeryMany);
  EXPECT_LE(requests, kVeryMany / shape.per_page + 400) << "little is asked for more than once";
}

TEST(Scan, SaysHowManyASingleSecondHidesBehindTheWall) {
  const ScanShape shape = Windows(/*comfortable=*/1000, /*most=*/40);
  MovingList list(shape);
  for (int i = 0; i < 55; ++i) list.Add(kScanNoon);
  std::int64_t hidden = 0;
  bool all_proven = true;
  for (const WindowReceipt& receipt : ScanQuietly(shape, list)) {
    hidden += receipt.behind_wall;
    all_proven = all_proven && receipt.proven;
  }
  EXPECT_EQ(hidden, 15);
  EXPECT_FALSE(all_proven);
}

TEST(Scan, ReadsAWindowAgainFromWhichSomethingWentAway) {
  MovingList list(Windows());
  std::vector<std::string> keys;
  for (int i = 0; i < 25; ++i) keys.push_back(list.Add(kScanNoon + seconds(i)));
  int request = 0;
  const auto receipts = Scan(Windows(), list, {kScanNoon, kScanNoon + hours(1)}, [&] {
    if (++request == 2) list.Remove(keys[3]);
  });
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_TRUE(receipts[0].proven);
  EXPECT_EQ(receipts[0].attempts, 2);
  EXPECT_TRUE(receipts[0].keys.contains(keys[10])) << "it moved to the page that had been read";
}

TEST(Scan, GivesUpProvingAListThatNeverKeepsStillAndSaysSo) {
  MovingList list(Windows());
  for (int i = 0; i < 60; ++i) list.Add(kScanNoon + seconds(i));
  const auto receipts =
      Scan(Windows(), list, {kScanNoon, kScanNoon + hours(1)}, [&] { list.RemoveAny(); });
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_FALSE(receipts[0].proven);
  EXPECT_EQ(receipts[0].attempts, 3);
}

TEST(Scan, BelievesNoCountThatTheListDoesNotGive) {
  MovingList list(Windows());
  list.counts_too_many = 3;
  for (int i = 0; i < 12; ++i) list.Add(kScanNoon + seconds(i));
  const auto receipts = ScanQuietly(Windows(), list);
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_FALSE(receipts[0].proven);
  EXPECT_EQ(receipts[0].counted, 15);
  EXPECT_EQ(receipts[0].read, 12);
  EXPECT_EQ(receipts[0].attempts, 2) << "it shows the same, and would again";
}

TEST(Scan, ReadsAListWithoutWindowsTwiceWhereItHasPages) {
  MovingList list(Whole());
  for (int i = 0; i < 25; ++i) list.Add(kScanNoon + seconds(i));
  const auto receipts = ScanQuietly(Whole(), list);
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_TRUE(receipts[0].proven);
  EXPECT_EQ(list.requests, 6);
  MovingList small(Whole());
  small.Add(kScanNoon);
  EXPECT_TRUE(ScanQuietly(Whole(), small).at(0).proven);
  EXPECT_EQ(small.requests, 1) << "one answer is of one moment";
}

TEST(Scan, IsNotFooledWhereOneIsAddedAndOneGoesAway) {
  MovingList list(Whole());
  std::vector<std::string> keys;
  for (int i = 0; i < 20; ++i) keys.push_back(list.Add(kScanNoon + seconds(i)));
  int request = 0;
  const auto receipts = Scan(Whole(), list, {kScanNoon, kScanNoon + hours(1)}, [&] {
    if (++request != 2) return;
    list.Remove(keys[3]);
    list.Add(kScanNoon + hours(2));
  });
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_TRUE(receipts[0].proven);
  EXPECT_TRUE(receipts[0].keys.contains(keys[10])) << "which the first reading missed";
}

/// What was in the window from before the first request on, and still is.
void ExpectNothingMissed(const std::vector<WindowReceipt>& receipts,
                         const std::vector<std::string>& before, const MovingList& list) {
  for (const WindowReceipt& receipt : receipts) {
    if (!receipt.proven) continue;
    for (const std::string& key : list.KeysIn(receipt.window)) {
      const bool was_there = std::ranges::find(before, key) != before.end();
      EXPECT_TRUE(!was_there || receipt.keys.contains(key)) << key << " was missed";
    }
  }
}

TEST(ScanProperty, AProvenWindowMissedNothingWhateverWentAwayMeanwhile) {
  int proven = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    const ScanShape shape = Windows(/*comfortable=*/40, /*most=*/100);
    MovingList list(shape, seed);
    const std::size_t items = list.Below(250);
    for (std::size_t i = 0; i < items; ++i)
      list.Add(kScanNoon + seconds(static_cast<std::int64_t>(list.Below(3600))));
    const auto before = list.KeysIn({kScanNoon, kScanNoon + hours(1)});
    const std::size_t restless = 2 + list.Below(10);
    const auto receipts = Scan(shape, list, {kScanNoon, kScanNoon + hours(1)}, [&] {
      if (list.Below(restless) == 0) list.RemoveAny();
      if (list.Below(3) == 0) list.Add(kScanNoon + hours(1) + seconds(1));
    });
    ExpectNothingMissed(receipts, before, list);
    for (const WindowReceipt& receipt : receipts) proven += receipt.proven ? 1 : 0;
  }
  EXPECT_GT(proven, 300) << "or this shows nothing";
}

TEST(ScanProperty, AProvenListWithoutWindowsMissedNothingEither) {
  int proven = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    MovingList list(Whole(), seed);
    list.counts = seed % 2 == 0;
    const std::size_t items = list.Below(60);
    for (std::size_t i = 0; i < items; ++i)
      list.Add(kScanNoon + seconds(static_cast<std::int64_t>(i)));
    const auto before = list.KeysIn({});
    const std::size_t restless = 3 + list.Below(10);
    auto later = kScanNoon + hours(2);
    const auto receipts = Scan(Whole(), list, {kScanNoon, kScanNoon + hours(1)}, [&] {
      if (list.Below(restless) == 0) list.RemoveAny();
      if (list.Below(restless) == 0) list.Add(later += seconds(1));
    });
    ASSERT_THAT(receipts, SizeIs(1));
    ExpectNothingMissed(receipts, before, list);
    proven += receipts[0].proven ? 1 : 0;
  }
  EXPECT_GT(proven, 60) << "or this shows nothing";
}

TEST(ScanBegin, EndsBeforeTheSecondInWhichItBegins) {
  const ScanBegin begin =
      BeginScan(Windows(), {kScanNoon, kScanNoon + hours(9)}, kScanNoon + hours(1) + Millis(250));
  EXPECT_THAT(begin.position.windows,
              ElementsAre(Window{kScanNoon, kScanNoon + hours(1) - seconds(1)}));
  EXPECT_FALSE(begin.unreachable);
}

TEST(ScanBegin, SaysWhatTheProviderDoesNotTellAnyMore) {
  ScanShape shape = Windows();
  shape.reach = hours(24);
  const ScanBegin begin = BeginScan(shape, {kScanNoon - hours(48), kScanNoon}, kScanNoon);
  EXPECT_THAT(begin.position.windows,
              ElementsAre(Window{kScanNoon - hours(24), kScanNoon - seconds(1)}));
  EXPECT_EQ(begin.unreachable, (Window{kScanNoon - hours(48), kScanNoon - hours(24) - seconds(1)}));
  const ScanBegin gone =
      BeginScan(shape, {kScanNoon - hours(72), kScanNoon - hours(48)}, kScanNoon);
  EXPECT_THAT(gone.position.windows, IsEmpty());
}

TEST(ScanPosition, SurvivesARestart) {
  const ScanPosition position{
      {{kScanNoon, kScanNoon + hours(1)}, {kScanNoon - hours(1), kScanNoon}}};
  EXPECT_EQ(ScanPositionFrom(ToJson(position)), position);
  EXPECT_FALSE(ScanPositionFrom(Json::object()));
  EXPECT_FALSE(ScanPositionFrom(Json{{"windows", {1}}}));
}

TEST(Changes, AreReadUntilTheyAreKnown) {
  ChangesReading reading;
  ScanPage page{{"9", "8"}, 40, true};
  EXPECT_EQ(AfterChanges(Windows(), page, false, reading), ChangesStep::kReadOn);
  EXPECT_EQ(reading.page, 2);
  EXPECT_EQ(AfterChanges(Windows(), page, true, reading), ChangesStep::kComplete);
  ChangesReading last;
  page.more = false;
  EXPECT_EQ(AfterChanges(Windows(), page, false, last), ChangesStep::kComplete);
}

TEST(Changes, GoBackWhereSomethingWentAwayAndTheRestMovedForward) {
  ChangesReading reading;
  reading.page = 5;
  reading.last_total = 100;
  const ScanPage page{{"9"}, 88, true};
  EXPECT_EQ(AfterChanges(Windows(), page, true, reading), ChangesStep::kReadOn);
  EXPECT_EQ(reading.page, 3) << "twelve are two pages of ten";
}

TEST(Changes, AreTooManyAtTheWall) {
  ChangesReading reading;
  reading.page = 4;
  const ScanPage page{{"9"}, 100, true};
  EXPECT_EQ(AfterChanges(Windows(/*comfortable=*/1000, /*most=*/40), page, false, reading),
            ChangesStep::kTooMany);
}

}  // namespace
}  // namespace sb::core::sync
