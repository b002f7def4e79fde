#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "connectors/aircall/sandbox/world/clock.h"
#include "connectors/aircall/sandbox/world/switches.h"

namespace sb::aircall::sandbox {

/// How a company's requests are counted. The shape of the real window is not documented.
enum class RateShape {
  kFixed,    ///< A counter that its first request opens and that restarts after a minute.
  kSliding,  ///< The requests of the last 60 seconds.
  kBucket,   ///< Tokens that drip back evenly.
};

struct RateRules {
  int limit = 120;  ///< Requests a minute; 0: none.
  RateShape shape = RateShape::kFixed;
  int neighbour = 0;      ///< Requests a minute that somebody else in the company makes.
  bool blocking = false;  ///< Whoever passes the limit is shut out for a minute (a doc page).

  static RateRules From(const Switches& switches);
};

/// The request allowance of a company, all its keys and apps together. Guarded by its owner.
class RateLimit {
 public:
  static constexpr Seconds kLength{60};

  struct Standing {
    bool admitted = true;
    int limit = 0;  ///< 0: no limit.
    int remaining = 0;
    WallTime reset;  ///< When the counter restarts, or the next request would pass.
  };

  /// Counts one request.
  Standing Count(const RateRules& rules, WallTime now);
  /// The same without counting.
  Standing Look(const RateRules& rules, WallTime now) const;

  /// Refuses everything until then, whatever is left.
  void Storm(WallTime until) { shut_until_ = until; }

  void Clear() { *this = {}; }

 private:
  bool Admit(const RateRules& rules, WallTime at);
  bool AdmitFixed(const RateRules& rules, WallTime at);
  bool AdmitSliding(const RateRules& rules, WallTime at);
  bool AdmitFromBucket(const RateRules& rules, WallTime at);
  void LetNeighbourAsk(const RateRules& rules, WallTime now);
  int Remaining(const RateRules& rules, WallTime now) const;
  WallTime ResetOf(const RateRules& rules, WallTime now) const;

  int used_ = 0;
  std::optional<WallTime> window_ends_;
  std::deque<WallTime> log_;
  double tokens_ = 0;
  std::optional<WallTime> filled_at_;
  std::optional<WallTime> neighbour_next_;
  std::optional<WallTime> shut_until_;
};

}  // namespace sb::aircall::sandbox
