#include "engine/app/account_pace.h"

#include <algorithm>
#include <future>
#include <memory>

namespace sb::app {
namespace {

constexpr Millis kPaceKept = std::chrono::minutes(1);
constexpr Millis kPacePatience = std::chrono::seconds(2);
/// Of the quota; the rest is held for what people and events wait for.
constexpr double kBackgroundShare = 0.6;

}  // namespace

double AccountPace::Of(AccountId account) {
  const WallTime now = clock_.Now();
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(account);
    if (known != known_.end() && now - known->second.at < kPaceKept)
      return known->second.per_minute;
  }
  const double per_minute = Ask(account);
  const std::lock_guard lock(mutex_);
  known_[account] = {per_minute, now};
  return per_minute;
}

double AccountPace::Ask(AccountId account) {
  // The answer may come after nobody waits for it any more.
  const auto answer = std::make_shared<std::promise<double>>();
  std::future<double> waiting = answer->get_future();
  engine_.ReadQuota(account, RunId(), [answer](const Result<runtime::QuotaReport>& report) {
    answer->set_value(report.ok() ? std::max(report->limit - report->foreign, 1) * kBackgroundShare
                                  : 0);
  });
  if (waiting.wait_for(kPacePatience) != std::future_status::ready) return 0;
  return waiting.get();
}

}  // namespace sb::app
