#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "engine/base/time.h"
#include "engine/ports/record_side.h"
#include "engine/ports/sync_store.h"

namespace sb::syncs {

/// Records that hints told whole, which may spare a read. A telling can be overtaken by a later
/// one, so what it tells is only taken where that would have been noticed: it came within half a
/// minute, and nothing else was told of the record for as long. In memory; at most kMostHeard
/// records. Thread-safe.
class HeardRecords {
 public:
  static constexpr std::size_t kMostHeard = 10'000;
  static constexpr Millis kHeardFor = std::chrono::seconds(30);

  /// From now on this process hears all that is told of a sync; what was told before it may not
  /// know.
  void Follow(ports::SyncId sync, WallTime at);
  /// What was told at `at`: the record as it was at `as_of`. Empty: not what is in it. `as_of`
  /// empty: nobody knows when it was so.
  void Put(ports::SyncId sync, core::twoway::Side side, const std::string& key,
           std::optional<ports::SideRecord> record, std::optional<WallTime> as_of, WallTime at);
  /// What was told last, once. `first_at`: of the hint that is worked on; where that is older,
  /// something else was told before (perhaps to a process that is gone), and the record is read.
  std::optional<ports::SideRecord> Take(ports::SyncId sync, core::twoway::Side side,
                                        const std::string& key, WallTime first_at, WallTime now);

 private:
  using At = std::tuple<ports::SyncId, core::twoway::Side, std::string>;

  struct Heard {
    std::optional<ports::SideRecord> record;
    std::size_t content = 0;  ///< A hash of it; remains when it is taken.
    bool is_mixed = false;    ///< Different things were told.
    WallTime first_at;
    WallTime last_at;
  };

  bool MayBeOvertaken(ports::SyncId sync, std::optional<WallTime> as_of, WallTime at) const;
  void MakeRoom(WallTime at);

  std::mutex mutex_;
  std::map<At, Heard> heard_;
  std::map<ports::SyncId, WallTime> followed_since_;
  WallTime pruned_at_;
};

}  // namespace sb::syncs
