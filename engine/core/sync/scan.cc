#include "engine/core/sync/scan.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::core::sync {
namespace {

using std::chrono::seconds;

constexpr int kScanAttempts = 3;
constexpr std::int64_t kMostPieces = 64;
/// A provider that always promises another page is not believed for ever.
constexpr int kMostPages = 100'000;
constexpr int kMostStepsBack = 10;

WallTime WholeSecond(WallTime when) {
  return std::chrono::floor<seconds>(when);
}

std::int64_t SecondsIn(const Window& window) {
  return std::chrono::duration_cast<seconds>(window.to - window.from).count() + 1;
}

/// Into pieces that share no second; the earliest is read first.
void Cut(const ScanShape& shape, std::int64_t total, std::vector<Window>& windows) {
  const Window whole = windows.back();
  const std::int64_t wanted = (total + shape.comfortable - 1) / shape.comfortable;
  const std::int64_t pieces =
      std::min({std::max<std::int64_t>(wanted, 2), kMostPieces, SecondsIn(whole)});
  const std::int64_t length = (SecondsIn(whole) + pieces - 1) / pieces;
  windows.pop_back();
  std::vector<Window> cut;
  for (WallTime from = whole.from; from <= whole.to; from += seconds(length))
    cut.push_back({from, std::min(whole.to, from + seconds(length - 1))});
  windows.insert(windows.end(), cut.rbegin(), cut.rend());
}

bool IsTooLarge(const ScanShape& shape, std::int64_t total, const Window& window) {
  const bool large = total > shape.comfortable || (shape.most > 0 && total > shape.most);
  return shape.windowed && large && SecondsIn(window) > 1;
}

bool IsAtWall(const ScanShape& shape, int page) {
  return page >= kMostPages ||
         (shape.most > 0 && std::int64_t{page + 1} * shape.per_page > shape.most);
}

bool CountsAgree(const WindowReading& reading) {
  return reading.first_total == reading.last_total &&
         (!reading.last_total ||
          *reading.last_total == static_cast<std::int64_t>(reading.keys.size()));
}

bool IsProven(const ScanShape& shape, const WindowReading& reading) {
  if (!CountsAgree(reading)) return false;
  if (reading.page == 1 || (shape.windowed && reading.last_total)) return true;
  return reading.repeated && std::ranges::includes(reading.keys, reading.before);
}

/// The attempt before showed the very same: another one will, too.
bool IsStuck(const WindowReading& reading) {
  return reading.repeated && reading.keys == reading.before &&
         reading.last_total == reading.total_before;
}

void ReadAgain(WindowReading& reading) {
  WindowReading next;
  next.attempt = reading.attempt + 1;
  next.repeated = true;
  next.before = std::move(reading.keys);
  next.total_before = reading.last_total;
  reading = std::move(next);
}

WindowReceipt ReceiptOf(const Window& window, bool proven, bool at_wall, WindowReading reading) {
  WindowReceipt receipt;
  receipt.window = window;
  receipt.counted = reading.last_total;
  receipt.read = static_cast<std::int64_t>(reading.keys.size());
  receipt.proven = proven;
  receipt.attempts = reading.attempt;
  if (at_wall)
    receipt.behind_wall = std::max<std::int64_t>(0, reading.last_total.value_or(0) - receipt.read);
  receipt.keys = std::move(reading.keys);
  return receipt;
}

}  // namespace

Json ToJson(const ScanPosition& position) {
  Json windows = Json::array();
  for (const Window& window : position.windows)
    windows.push_back(
        {window.from.time_since_epoch().count(), window.to.time_since_epoch().count()});
  return {{"windows", std::move(windows)}};
}

std::optional<ScanPosition> ScanPositionFrom(const Json& json) {
  const Json& windows = Member(json, "windows");
  if (!windows.is_array()) return {};
  ScanPosition position;
  for (const Json& window : windows) {
    const bool fits = window.is_array() && window.size() == 2 && window[0].is_number_integer() &&
                      window[1].is_number_integer();
    if (!fits) return {};
    const auto instant = [&](std::size_t at) {
      return WallTime(std::chrono::microseconds(window[at].get<std::int64_t>()));
    };
    position.windows.push_back({instant(0), instant(1)});
  }
  return position;
}

ScanBegin BeginScan(const ScanShape& shape, const Window& wanted, WallTime now) {
  const WallTime last = std::min(WholeSecond(wanted.to), WholeSecond(now) - seconds(1));
  ScanBegin begin;
  if (!shape.windowed) {
    begin.position.windows.push_back({WallTime(), last});
    return begin;
  }
  WallTime from = std::max(WallTime(), WholeSecond(wanted.from));
  if (shape.reach > Millis(0)) {
    const WallTime reached = WholeSecond(now - shape.reach);
    if (from < reached) {
      begin.unreachable = Window{from, reached - seconds(1)};
      from = reached;
    }
  }
  if (from <= last) begin.position.windows.push_back({from, last});
  return begin;
}

bool CutIfTooLarge(const ScanShape& shape, std::int64_t total, ScanPosition& position) {
  if (!IsTooLarge(shape, total, position.windows.back())) return false;
  Cut(shape, total, position.windows);
  return true;
}

std::optional<WindowReceipt> AfterPage(const ScanShape& shape, const ScanPage& page,
                                       ScanPosition& position, WindowReading& reading) {
  if (reading.page == 1) reading.first_total = page.total;
  reading.last_total = page.total;
  if (reading.page == 1 && page.total && CutIfTooLarge(shape, *page.total, position)) {
    reading = {};
    return {};
  }
  reading.keys.insert(page.keys.begin(), page.keys.end());
  const bool more = page.more && !page.keys.empty();
  const bool at_wall = more && IsAtWall(shape, reading.page);
  if (more && !at_wall) {
    ++reading.page;
    return {};
  }
  const bool proven = !at_wall && IsProven(shape, reading);
  if (!proven && !at_wall && reading.attempt < kScanAttempts && !IsStuck(reading)) {
    ReadAgain(reading);
    return {};
  }
  WindowReceipt receipt =
      ReceiptOf(position.windows.back(), proven, at_wall, std::exchange(reading, {}));
  position.windows.pop_back();
  return receipt;
}

ChangesStep AfterChanges(const ScanShape& shape, const ScanPage& page, bool past,
                         ChangesReading& reading) {
  const std::int64_t gone = reading.last_total.value_or(0) - page.total.value_or(0);
  const bool fell = page.total && gone > 0;
  reading.last_total = page.total;
  if (fell && reading.page > 1) {
    if (++reading.steps_back > kMostStepsBack) return ChangesStep::kTooMany;
    const std::int64_t pages = (gone + shape.per_page - 1) / shape.per_page;
    reading.page = static_cast<int>(std::max<std::int64_t>(1, reading.page - pages));
    return ChangesStep::kReadOn;
  }
  if (past || !page.more || page.keys.empty()) return ChangesStep::kComplete;
  if (IsAtWall(shape, reading.page)) return ChangesStep::kTooMany;
  ++reading.page;
  return ChangesStep::kReadOn;
}

}  // namespace sb::core::sync
