#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/gaps/blind_window.h"

namespace sb::core::gaps {

/// How one list of a provider lets itself be read.
struct ListShape {
  /// Newest change first, over all there is: read until what comes is older than the gap.
  /// Otherwise the window chooses, and all pages of it are read.
  bool newest_first = false;
  /// Objects that began so long before the gap may have had events in it.
  Millis reach_back{0};
  std::int64_t most = 0;  ///< So many items of a window can be read at most; 0: there is no wall.
  int per_page = 50;
};

/// Where the reading of one list stands. What is before it has been dealt with.
struct WalkPosition {
  std::vector<Window> windows;  ///< Still to be read; the last one is being read. None: the end.
  int page = 1;                 ///< Of that window, from 1.
  std::int64_t read = 0;        ///< Items of that window so far.
  std::int64_t total = 0;       ///< As its first page told; 0: not told.

  bool operator==(const WalkPosition&) const = default;
};

/// What a page showed.
struct PageSeen {
  std::int64_t items = 0;
  std::optional<std::int64_t> total;  ///< Items of the window, where the provider counts them.
  bool more = false;                  ///< Another page follows.
  bool past = false;                  ///< Newest first: it reached what is older than the gap.
};

/// What follows from a page.
struct WalkStep {
  WalkPosition next;
  bool use_items = true;        ///< False: the window was halved, its halves bring them.
  std::int64_t unreadable = 0;  ///< Items that the provider counts and does not give.
};

/// Where to begin. `gap` is the time whose events are looked for.
WalkPosition Begin(const ListShape& shape, const Window& gap);

/// Goes on after a page of the window that is being read. A window with more items than can be
/// read is halved, down to single seconds, so that the pages of every window come to an end and
/// can be compared with its total.
WalkStep After(const ListShape& shape, const WalkPosition& at, const PageSeen& seen);

}  // namespace sb::core::gaps
