#include "engine/core/quota/forecast.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace sb::core::quota {
namespace {

// Some minutes of a usual quota: long enough to see floors at work, short enough for any thread.
constexpr int kRehearsed = 500;
// Steps without a grant are few; this only bounds what a mistake could cost.
constexpr int kMostSteps = 10 * kRehearsed;
constexpr double kMinuteSeconds = 60;

std::size_t IndexOf(Lane lane) {
  return static_cast<std::size_t>(lane);
}

/// A copy of the quota is spent in quick motion.
class Rehearsal {
 public:
  Rehearsal(const Limiter& limiter, const Backlog& backlog, WallTime now)
      : limiter_(limiter), backlog_(backlog), now_(now) {
    limiter_.OnAnswered({}, now_);  // A probe that is under way will be answered, let us hope.
  }

  LaneTimes Run() {
    Mark();
    for (int steps = 0; steps < kMostSteps && granted_ < kRehearsed && Left() > 0; ++steps) {
      if (!GrantOne()) now_ = NextChance();
      if (granted_ == kRehearsed / 2 && marked_at_grant_ == 0) Mark();
    }
    if (Left() > 0) Extrapolate();
    return empty_at_;
  }

 private:
  int Left() const { return std::accumulate(backlog_.begin(), backlog_.end(), 0); }

  bool GrantOne() {
    for (std::size_t lane = 0; lane < backlog_.size(); ++lane) {
      int& waiting = backlog_.at(lane);
      if (waiting == 0 || !limiter_.TryTake(static_cast<Lane>(lane), backlog_, now_)) continue;
      limiter_.OnAnswered({}, now_);
      ++granted_;
      if (--waiting == 0) empty_at_.at(lane) = now_;
      return true;
    }
    return false;
  }

  WallTime NextChance() const {
    WallTime next = WallTime::max();
    for (std::size_t lane = 0; lane < backlog_.size(); ++lane) {
      if (backlog_.at(lane) == 0) continue;
      next = std::min(next, limiter_.NextChance(static_cast<Lane>(lane), backlog_, now_));
    }
    return std::max(next, now_ + std::chrono::microseconds(1));
  }

  void Mark() {
    marked_at_ = now_;
    marked_at_grant_ = granted_;
    marked_ = backlog_;
  }

  // A lane goes on at its own pace, and faster once the more urgent ones are empty.
  void Extrapolate() {
    const int granted = std::max(1, granted_ - marked_at_grant_);
    const double seconds = std::chrono::duration<double>(now_ - marked_at_).count();
    // A large quota can give all that was rehearsed at once; it cannot go on like that.
    const double each = std::max(seconds / granted, kMinuteSeconds / limiter_.Allowance());
    double before = 0;
    for (std::size_t lane = 0; lane < backlog_.size(); ++lane) {
      if (backlog_.at(lane) == 0) continue;
      before += backlog_.at(lane);
      double left = before * each;
      const int own = marked_.at(lane) - backlog_.at(lane);
      if (own > 0 && seconds > 0) left = std::min(left, backlog_.at(lane) * seconds / own);
      empty_at_.at(lane) = now_ + std::chrono::duration_cast<std::chrono::microseconds>(
                                      std::chrono::duration<double>(left));
    }
  }

  Limiter limiter_;
  Backlog backlog_;
  WallTime now_;
  int granted_ = 0;
  WallTime marked_at_;  ///< Since when the pace is taken.
  int marked_at_grant_ = 0;
  Backlog marked_{};
  LaneTimes empty_at_;
};

}  // namespace

LaneTimes ForecastEmpty(const Limiter& limiter, const Backlog& backlog, WallTime now) {
  return Rehearsal(limiter, backlog, now).Run();
}

WallTime ForecastTurn(const Limiter& limiter, Lane lane, int ahead, const Backlog& backlog,
                      WallTime now) {
  Backlog until = backlog;
  until.at(IndexOf(lane)) = ahead + 1;
  return ForecastEmpty(limiter, until, now).at(IndexOf(lane)).value_or(now);
}

}  // namespace sb::core::quota
