#include "engine/core/sync/progress.h"

#include <algorithm>
#include <cmath>

namespace sb::core::sync {
namespace {

using Length = WallTime::duration;

double ExactSeconds(Length time) {
  return std::chrono::duration<double>(time).count();
}

Length LengthOf(const Window& window) {
  return std::max(Length(0), window.to - window.from);
}

WallTime TimeAfter(WallTime now, double seconds) {
  // Nobody waits for longer, and a double may hold anything.
  constexpr double kLongest = 10.0 * 365 * 24 * 3600;
  return now + Millis(std::llround(std::clamp(seconds, 0.0, kLongest) * 1000));
}

/// How long it was worked on it. Windows differ by what is in them, pauses by far more.
double SecondsAtWork(const ReadingFacts& facts, WallTime now) {
  constexpr double kNoPause = 600;
  constexpr double kMuchLonger = 10;
  std::vector<WallTime> ends = facts.finished;
  std::ranges::sort(ends);
  ends.push_back(now);
  std::vector<double> spans;
  WallTime begin = facts.begun_at;
  for (const WallTime end : ends) {
    spans.push_back(std::max(0.0, ExactSeconds(end - begin)));
    begin = std::max(begin, end);
  }
  std::vector<double> sorted = spans;
  std::ranges::sort(sorted);
  const double usual = sorted[(sorted.size() - 1) / 2];
  const double longest = std::max(kNoPause, usual * kMuchLonger);
  double seconds = 0;
  for (const double span : spans) seconds += span > longest ? usual : span;
  return seconds;
}

}  // namespace

ReadingProgress ProgressAt(const ReadingFacts& facts, WallTime now) {
  ReadingProgress progress;
  progress.read = facts.read;
  const Length whole = LengthOf(facts.whole);
  Length left{0};
  for (const Window& window : facts.left) left += LengthOf(window);
  left = std::min(left, whole);
  if (facts.left.empty())
    progress.done = 1;
  else if (whole > Length(0))
    progress.done = ExactSeconds(whole - left) / ExactSeconds(whole);
  const double elapsed = SecondsAtWork(facts, now);
  if (elapsed > 0) progress.rows_per_second = static_cast<double>(facts.read) / elapsed;
  // Before the first of them nothing can be foretold.
  if (progress.done <= 0 || facts.read == 0) return progress;
  const double items =
      std::round(static_cast<double>(facts.read) / progress.done * (1 - progress.done));
  progress.items_left = std::llround(items);
  // Each window costs a request, even where nothing is in it.
  const double requests =
      std::ceil(items / std::max(1, facts.per_page)) + static_cast<double>(facts.left.size());
  progress.requests_left = facts.left.empty() ? 0 : std::llround(requests);
  progress.ends_at = TimeAfter(now, elapsed / progress.done * (1 - progress.done));
  return progress;
}

Window WholeOf(const ScanShape& shape, const Window& wanted, WallTime begun_at) {
  Window whole{wanted.from, std::min(wanted.to, begun_at)};
  if (shape.reach > Millis(0)) whole.from = std::max(whole.from, begun_at - shape.reach);
  whole.from = std::min(whole.from, whole.to);
  return whole;
}

std::optional<Millis> LagAt(const StreamProgress& progress, WallTime now) {
  if (!progress.known_until) return {};
  return std::max(Millis(0), std::chrono::floor<Millis>(now - *progress.known_until));
}

}  // namespace sb::core::sync
