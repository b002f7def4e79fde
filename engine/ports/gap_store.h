#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/gaps/walk.h"
#include "engine/ports/page.h"

namespace sb::ports {

using GapId = Id<struct GapTag>;

std::string ToText(GapId id);  ///< gap_..., as other ids (base/ids.h).
std::optional<GapId> ParseGapId(std::string_view text);

/// What was wrong with the webhook.
enum class GapReason : std::int16_t {
  kMissing = 1,   ///< It was not there any more.
  kInactive = 2,  ///< The provider, or somebody, had switched it off.
  kChanged = 3,   ///< It asked for other events, or led elsewhere.
  kSilent = 4     ///< It looked right, and events that happened were not told.
};

enum class GapState : std::int16_t {
  kWaiting = 1,   ///< For the webhook to be as it should: until then the gap grows.
  kReading = 2,   ///< What happened in it is being read again.
  kClosed = 3,    ///< Everything was read.
  kAbandoned = 4  ///< The account was disconnected before that.
};

/// "MISSING", "INACTIVE", "CHANGED", "SILENT".
const char* ToString(GapReason reason);

/// How far the reading has come.
struct GapPosition {
  int list = 0;  ///< Of the connector's lists.
  bool begun = false;
  core::gaps::WalkPosition walk = {};  ///< In that list.
  /// Only events of these lines are told to us; nothing: those of all.
  std::optional<std::vector<std::string>> numbers = {};

  bool operator==(const GapPosition&) const = default;
};

/// A time in which events of an account may not have been told, and once it is closed the receipt:
/// how many were missed, and how many of them have been recovered.
struct Gap {
  GapId id;
  Slot slot = 0;
  AccountId account;
  GapReason reason = GapReason::kMissing;
  GapState state = GapState::kWaiting;
  WallTime from;
  std::optional<WallTime> to;  ///< Nothing while it grows.
  std::int64_t recovered = 0;  ///< Events that were missed and are in the inbox now.
  std::int64_t open = 0;       ///< Records that the provider counts and does not give.
  std::int64_t records = 0;    ///< That were looked at.
  GapPosition position;
  int step = 0;  ///< Counts what was stored of it; the compare-and-set of Save.
  WallTime found_at;
  std::optional<WallTime> reading_at = {};
  std::optional<WallTime> closed_at = {};
  bool told = false;  ///< It has become an event of the account.

  std::int64_t missed() const { return recovered + open; }
};

/// What is known of an account's webhook.
struct WebhookWatch {
  AccountId account;
  std::optional<WallTime> good_at = {};    ///< When it was last seen to be as it should.
  std::optional<WallTime> probed_at = {};  ///< Up to when it is known that nothing was missed.
  /// Since when each event is asked for, by the provider's names: what happened before is nothing
  /// that was missed.
  std::map<std::string, WallTime> since = {};

  bool operator==(const WebhookWatch&) const = default;
};

/// Gaps and the watch over webhooks. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class GapStore {
 public:
  virtual ~GapStore() = default;

  /// False when the account has a gap that waits already: that one grows on. Repeating it is no
  /// error.
  virtual Result<bool> Open(const Gap& gap) = 0;
  /// Newest first.
  virtual Result<Page<Gap>> List(AccountId account, const PageRequest& page) = 0;
  /// Gaps of accounts of these slots that are not closed or have not been told, oldest first.
  virtual Result<std::vector<Gap>> Unfinished(const std::vector<Slot>& slots, int limit) = 0;
  /// Stores all of the gap but what Open did, and returns its new step. kConflict GAP_MOVED:
  /// somebody else went on with it.
  virtual Result<int> Save(const Gap& gap) = 0;

  /// As it is; a fresh one of an account that is not watched yet.
  virtual Result<WebhookWatch> Watch(AccountId account) = 0;
  /// Later times stand: neither is put back. `since` is replaced where it is not empty.
  virtual Status Note(Slot slot, const WebhookWatch& watch) = 0;
};

}  // namespace sb::ports
