#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {
namespace {

std::chrono::microseconds Scaled(std::chrono::microseconds span, double factor) {
  using Exact = std::chrono::duration<double, std::micro>;
  return std::chrono::duration_cast<std::chrono::microseconds>(Exact(span) * factor);
}

}  // namespace

ShiftedClock::ShiftedClock(const Clock& real)
    : real_(real), real_start_(real.Now()), own_start_(real_start_) {}

WallTime ShiftedClock::Now() const {
  const std::lock_guard lock(mutex_);
  return NowLocked();
}

void ShiftedClock::Advance(std::chrono::microseconds by) {
  const std::lock_guard lock(mutex_);
  own_start_ += by;
}

void ShiftedClock::SetSpeed(double speed) {
  const std::lock_guard lock(mutex_);
  own_start_ = NowLocked();
  real_start_ = real_.Now();
  speed_ = speed;
}

double ShiftedClock::speed() const {
  const std::lock_guard lock(mutex_);
  return speed_;
}

std::chrono::microseconds ShiftedClock::RealSpan(std::chrono::microseconds span) const {
  return Scaled(span, 1 / speed());
}

WallTime ShiftedClock::NowLocked() const {
  return own_start_ + Scaled(real_.Now() - real_start_, speed_);
}

}  // namespace sb::aircall::sandbox
