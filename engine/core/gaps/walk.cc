#include "engine/core/gaps/walk.h"

#include <algorithm>

namespace sb::core::gaps {
namespace {

using std::chrono::seconds;

WallTime SecondOf(WallTime when) {
  return std::chrono::floor<seconds>(when);
}

bool CanBeHalved(const Window& window) {
  return window.to - window.from >= seconds(1);
}

/// Into two that share no second; the earlier one is read first.
void Halve(std::vector<Window>& windows) {
  const Window whole = windows.back();
  const WallTime middle = SecondOf(whole.from + (whole.to - whole.from) / 2);
  windows.back() = {middle + seconds(1), whole.to};
  windows.push_back({whole.from, middle});
}

bool IsAllThereIs(const WalkPosition& at) {
  return at.windows.size() == 1 && at.windows.back().from == WallTime();
}

WalkPosition NextWindow(std::vector<Window> windows) {
  windows.pop_back();
  return {std::move(windows), 1, 0, 0};
}

}  // namespace

WalkPosition Begin(const ListShape& shape, const Window& gap) {
  // The window of such a list is about something else than the change: all of it may have changed.
  const WallTime from =
      shape.newest_first ? WallTime() : std::max(WallTime(), gap.from - shape.reach_back);
  return {{{SecondOf(from), SecondOf(gap.to)}}, 1, 0, 0};
}

WalkStep After(const ListShape& shape, const WalkPosition& at, const PageSeen& seen) {
  WalkPosition now = at;
  if (at.page == 1) now.total = seen.total.value_or(0);
  now.read += seen.items;
  const bool at_wall = shape.most > 0 && std::int64_t{at.page + 1} * shape.per_page > shape.most;
  const bool too_many = shape.most > 0 && now.total > shape.most;
  const bool ends = !seen.more || seen.past;
  // All there is may be far more than what has changed: it is tried before it is halved.
  const bool is_tried = shape.newest_first && IsAllThereIs(at);
  const bool halve = is_tried ? at_wall && !ends : at.page == 1 && too_many;
  if (halve && CanBeHalved(at.windows.back())) {
    Halve(now.windows);
    return {{std::move(now.windows), 1, 0, 0}, is_tried, 0};
  }
  if (!ends && !at_wall) {
    ++now.page;
    return {std::move(now), true, 0};
  }
  const std::int64_t unreadable = seen.past ? 0 : std::max<std::int64_t>(0, now.total - now.read);
  return {NextWindow(std::move(now.windows)), true, unreadable};
}

}  // namespace sb::core::gaps
