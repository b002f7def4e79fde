#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/core/gaps/blind_window.h"

namespace sb::core::sync {

using gaps::Window;

/// How one list of a provider lets itself be read.
struct ScanShape {
  bool windowed = false;  ///< A window chooses; otherwise there is only all of it.
  std::int64_t most = 0;  ///< So many items of a window can be read at most; 0: there is no wall.
  int per_page = 50;
  Millis reach{0};  ///< So far back the list tells anything; 0: for ever.
  /// A window with more is cut, so that reading one again costs little.
  std::int64_t comfortable = 2'000;

  bool operator==(const ScanShape&) const = default;
};

/// The position of a reading that survives a restart: what is still to be read, the last first.
/// Everything before it has been stored. None: the end.
struct ScanPosition {
  std::vector<Window> windows;

  bool operator==(const ScanPosition&) const = default;
};

Json ToJson(const ScanPosition& position);
/// Nothing when it was not made by ToJson.
std::optional<ScanPosition> ScanPositionFrom(const Json& json);

/// Where a reading begins, and what of it the provider does not tell any more.
struct ScanBegin {
  ScanPosition position;
  std::optional<Window> unreachable;
};

/// The reading of `wanted`, begun at `now`. Its end lies before the second of `now`: nothing can be
/// added to a window while it is read.
ScanBegin BeginScan(const ScanShape& shape, const Window& wanted, WallTime now);

/// One reading of the window at hand, from its first page. In memory only: after a restart it
/// begins anew.
struct WindowReading {
  int page = 1;
  int attempt = 1;
  std::optional<std::int64_t> first_total;
  std::optional<std::int64_t> last_total;
  std::set<std::string> keys;
  bool repeated = false;  ///< `before` and `total_before` are those of the attempt before.
  std::set<std::string> before;
  std::optional<std::int64_t> total_before;
};

/// What a page showed.
struct ScanPage {
  std::vector<std::string> keys;      ///< Of all its items, also those that could not be mapped.
  std::optional<std::int64_t> total;  ///< Items of the window, where the provider counts them.
  bool more = false;                  ///< Another page follows.
};

/// A window that was read to its end.
struct WindowReceipt {
  Window window;
  std::optional<std::int64_t> counted;  ///< By the provider, at the end.
  std::int64_t read = 0;                ///< Different keys.
  /// Nothing that was there all the while was missed. Only a proven window proves absence.
  bool proven = false;
  std::int64_t behind_wall = 0;  ///< Items of a single second that cannot be read.
  int attempts = 1;
  std::set<std::string> keys;

  bool operator==(const WindowReceipt&) const = default;
};

/// Cuts the window at hand (position.windows.back()) where it has more items, `total`, than are
/// comfortable. False: it has not, or cannot be cut.
bool CutIfTooLarge(const ScanShape& shape, std::int64_t total, ScanPosition& position);

/// Goes on after a page of the window that is being read (position.windows.back()). The items of
/// every page may be stored. A receipt: that window is finished and taken off the position.
///
/// A window that has more items than can be read is cut. One whose pages moved while it was read is
/// read again, twice at most. It is proven
/// - where the list counts: when the first and the last page count the same, and so many different
///   keys were read. Nothing is added to a window (see BeginScan), and what is missed is missed
///   because something before it went away;
/// - otherwise, when there was one page, or when a second reading shows all that the first one did:
///   nothing that was read had gone away before the second, so that nothing was missed by the
///   first.
std::optional<WindowReceipt> AfterPage(const ScanShape& shape, const ScanPage& page,
                                       ScanPosition& position, WindowReading& reading);

/// One reading of newest changes first, until what comes is older than what is known.
struct ChangesReading {
  int page = 1;
  int steps_back = 0;
  std::optional<std::int64_t> last_total;
};

enum class ChangesStep {
  kReadOn,    ///< Read page `reading.page` next.
  kComplete,  ///< All changes since then were read.
  kTooMany,   ///< The wall, or pages that do not keep still: read all windows instead.
};

/// Goes on after a page of changes. `past`: it reached what is older. Where the count fell,
/// something went away and what followed moved forward: it is read from where that may be now. What
/// changes while it is read moves to the front and is found by the next reading, if that goes back
/// to where this one began.
ChangesStep AfterChanges(const ScanShape& shape, const ScanPage& page, bool past,
                         ChangesReading& reading);

}  // namespace sb::core::sync
