#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/time.h"

namespace sb::ports {

/// Which part of a list to read: items older than `before` (an id; 0 starts at the newest), newest
/// first.
struct PageRequest {
  std::int64_t before = 0;
  int size = 50;  ///< 1 to 1000.
};

/// Which ids a list is of: all, only these, or all but these.
template <typename Id>
struct Choice {
  std::vector<Id> ids;
  enum class Mode { kAll, kOnly, kExcept } mode = Mode::kAll;

  bool Includes(const Id& id) const {
    if (mode == Mode::kAll) return true;
    return (std::find(ids.begin(), ids.end(), id) != ids.end()) == (mode == Mode::kOnly);
  }

  /// Leaves only what is also among `others`.
  void Only(const std::vector<Id>& others) {
    std::vector<Id> both;
    for (const Id& id : others) {
      if (Includes(id)) both.push_back(id);
    }
    ids = std::move(both);
    mode = Mode::kOnly;
  }

  /// Leaves these out.
  void Except(const std::vector<Id>& others) {
    if (mode == Mode::kOnly) {
      std::erase_if(ids, [&](const Id& id) {
        return std::find(others.begin(), others.end(), id) != others.end();
      });
    } else {
      ids.insert(ids.end(), others.begin(), others.end());
      mode = Mode::kExcept;
    }
  }
};

/// From `from` on, and before `before`.
struct TimeRange {
  std::optional<WallTime> from;
  std::optional<WallTime> before;

  bool Includes(WallTime when) const {
    return (!from || when >= *from) && (!before || when < *before);
  }
};

template <typename Item>
struct Page {
  std::vector<Item> items;
  std::int64_t next_before = 0;  ///< 0: this was the last page.
};

}  // namespace sb::ports
