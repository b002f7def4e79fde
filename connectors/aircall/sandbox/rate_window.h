#pragma once

#include <cstdint>
#include <optional>

#include "connectors/aircall/sandbox/clock.h"

namespace sb::aircall::sandbox {

/// The request allowance of a company, all its keys and apps together: a counter that restarts
/// every minute. The shape of the real window is not documented; this is the simplest reading.
class RateWindow {
 public:
  static constexpr Seconds kLength{60};

  struct Standing {
    bool admitted = true;
    int limit = 0;  ///< 0: no limit.
    int remaining = 0;
    std::int64_t reset = 0;  ///< Unix seconds.
  };

  /// `limit` requests a minute; 0 switches the limit off.
  explicit RateWindow(int limit) : limit_(limit) {}

  /// Counts one request. The first one after a window ran out opens the next.
  Standing Count(WallTime now);
  /// The same without counting.
  Standing Look(WallTime now) const;

  void Clear() { ends_at_.reset(); }

 private:
  int limit_;
  int used_ = 0;
  std::optional<WallTime> ends_at_;
};

}  // namespace sb::aircall::sandbox
