#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "engine/base/time.h"
#include "engine/ports/record_side.h"
#include "engine/ports/sync_store.h"

namespace sb::syncs {

/// Records that hints told whole, for the half minute in which they may spare a read. Where two
/// tellings of a record differ nobody knows which one is newer, and it is read. In memory; at most
/// kMostHeard of them. Thread-safe.
class HeardRecords {
 public:
  static constexpr std::size_t kMostHeard = 10'000;
  static constexpr Millis kHeardFor = std::chrono::seconds(30);

  /// `record` empty: the record was told of, but not what is in it.
  void Put(ports::SyncId sync, core::twoway::Side side, const std::string& key,
           std::optional<ports::SideRecord> record, WallTime at);
  /// What was told last, at most once. `first_at`: of the hint that is worked on; where that is
  /// older, something else was told before (perhaps to a process that is gone), and the record is
  /// read.
  std::optional<ports::SideRecord> Take(ports::SyncId sync, core::twoway::Side side,
                                        const std::string& key, WallTime first_at, WallTime now);

 private:
  using At = std::tuple<ports::SyncId, core::twoway::Side, std::string>;

  struct Heard {
    std::optional<ports::SideRecord> record;
    WallTime at;
  };

  std::mutex mutex_;
  std::map<At, Heard> heard_;
};

}  // namespace sb::syncs
