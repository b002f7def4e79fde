#include "connectors/aircall/sandbox/rate_window.h"

namespace sb::aircall::sandbox {

RateWindow::Standing RateWindow::Count(WallTime now) {
  if (limit_ == 0) return {};
  if (!ends_at_ || now >= *ends_at_) {
    used_ = 0;
    // Whole seconds, so that the announced Reset is the very moment the counter restarts.
    ends_at_ = std::chrono::ceil<Seconds>(now + kLength);
  }
  const bool admitted = used_ < limit_;
  if (admitted) ++used_;
  return {admitted, limit_, limit_ - used_, UnixSeconds(*ends_at_)};
}

RateWindow::Standing RateWindow::Look(WallTime now) const {
  if (limit_ == 0) return {};
  const bool open = ends_at_ && now < *ends_at_;
  if (!open) return {true, limit_, limit_, UnixSeconds(now + kLength)};
  return {used_ < limit_, limit_, limit_ - used_, UnixSeconds(*ends_at_)};
}

}  // namespace sb::aircall::sandbox
