#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/world/page.h"

namespace sb::aircall::sandbox {

/// Ids in the order of a time, then of the id: what a list needs to find a page without sorting.
/// New things come at the end, where adding is cheap. Guarded by its owner.
class TimeIndex {
 public:
  /// Positions from `first` up to, but without, `last`.
  struct Range {
    std::size_t first = 0;
    std::size_t last = 0;

    std::size_t size() const { return last - first; }
  };

  void Insert(WallTime at, std::int64_t id) {
    const Place place{at, id};
    const bool latest = places_.empty() || places_.back() < place;
    places_.insert(latest ? places_.end() : Find(place), place);
  }

  void Erase(WallTime at, std::int64_t id) {
    const Place place{at, id};
    const auto found = Find(place);
    if (found != places_.end() && *found == place) places_.erase(found);
  }

  std::int64_t IdAt(std::size_t position) const { return places_[position].second; }

  Range All() const { return {0, places_.size()}; }

  /// What the window of a list request leaves.
  Range Window(const ListQuery& query, WindowRule rule) const {
    if (query.unreadable_window) return {};
    Range range = All();
    if (query.from) {
      const std::int64_t skipped = rule == WindowRule::kAfterFrom ? 1 : 0;
      range.first = PositionOf(Bounded(*query.from) + skipped);
    }
    if (query.to) range.last = PositionOf(Bounded(*query.to) + 1);
    range.last = std::max(range.first, range.last);
    return range;
  }

  /// `range` without what happened at `when` or before.
  Range After(Range range, WallTime when) const {
    const auto first = std::lower_bound(places_.begin(), places_.end(),
                                        Place{when + std::chrono::microseconds(1), INT64_MIN});
    range.first = std::max(range.first, static_cast<std::size_t>(first - places_.begin()));
    range.last = std::max(range.first, range.last);
    return range;
  }

 private:
  using Place = std::pair<WallTime, std::int64_t>;

  /// Far beyond any call, and far from overflow.
  static std::int64_t Bounded(std::int64_t second) {
    return std::clamp<std::int64_t>(second, -100'000'000'000, 100'000'000'000);
  }

  std::vector<Place>::iterator Find(const Place& place) {
    return std::lower_bound(places_.begin(), places_.end(), place);
  }

  /// Of the first place at this second or later.
  std::size_t PositionOf(std::int64_t second) const {
    const Place place{FromUnixSeconds(second), INT64_MIN};
    return static_cast<std::size_t>(std::lower_bound(places_.begin(), places_.end(), place) -
                                    places_.begin());
  }

  std::vector<Place> places_;
};

/// The asked-for page of what stands in `range`. `find` turns an id into the object.
template <typename T, typename Find>
Page<T> TakeRange(const TimeIndex& index, TimeIndex::Range range, const ListQuery& query,
                  const Find& find) {
  Page<T> page;
  page.total = static_cast<std::int64_t>(range.size());
  const std::int64_t first = std::min((query.page - 1) * query.per_page, page.total);
  const std::int64_t last = std::min(first + query.per_page, page.total);
  for (std::int64_t i = first; i < last; ++i) {
    const auto step = static_cast<std::size_t>(i);
    page.items.push_back(
        find(index.IdAt(query.descending ? range.last - 1 - step : range.first + step)));
  }
  return page;
}

/// The same of those in `range` that fit; looks at each of them.
template <typename T, typename Find, typename Fits>
Page<T> TakeFitting(const TimeIndex& index, TimeIndex::Range range, const ListQuery& query,
                    const Find& find, const Fits& fits) {
  Page<T> page;
  const std::int64_t first = (query.page - 1) * query.per_page;
  for (std::size_t step = 0; step < range.size(); ++step) {
    const T* item = find(index.IdAt(query.descending ? range.last - 1 - step : range.first + step));
    if (!fits(*item)) continue;
    const std::int64_t place = page.total++;
    if (place >= first && place < first + query.per_page) page.items.push_back(item);
  }
  return page;
}

}  // namespace sb::aircall::sandbox
