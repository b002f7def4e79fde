#include "engine/app/settling_keeper.h"

#include "engine/base/log.h"

namespace sb::app {
namespace {

constexpr Millis kBetweenSettlings = std::chrono::seconds(5);
constexpr Millis kAfterHinderedLook = std::chrono::seconds(30);

}  // namespace

void SettlingKeeper::Start() {
  deps_.pool.Post([this] { Search(); });
}

void SettlingKeeper::Search() {
  if (stopped_) return;
  const auto due = deps_.settlings.Due(Busy());
  if (!due.ok()) Log::Warn("settling.unreadable", {{"code", due.error().code}});
  std::map<AccountId, std::deque<ports::Settling>> by_account;
  if (due.ok()) {
    for (const ports::Settling& settling : *due) by_account[settling.account].push_back(settling);
  }
  for (auto& [account, settlings] : by_account) {
    const std::lock_guard lock(mutex_);
    if (!under_way_.insert(account).second) continue;
    deps_.pool.Post([this, left = std::move(settlings)] { Work(left); });
  }
  deps_.pool.PostAt(deps_.clock.Now() + kBetweenSettlings, [this] { Search(); });
}

// One record, then the others have the thread.
void SettlingKeeper::Work(std::deque<ports::Settling> left) {
  using Pace = accounts::Settlings::Pace;
  const AccountId account = left.front().account;
  const Pace pace = stopped_ ? Pace::kLater : deps_.settlings.Step(std::move(left.front()));
  left.pop_front();
  if (pace == Pace::kDone && !left.empty())
    return deps_.pool.Post([this, left = std::move(left)] { Work(left); });
  const std::lock_guard lock(mutex_);
  under_way_.erase(account);
  if (pace == Pace::kLater) not_before_[account] = deps_.clock.Now() + kAfterHinderedLook;
}

std::set<AccountId> SettlingKeeper::Busy() {
  const std::lock_guard lock(mutex_);
  const WallTime now = deps_.clock.Now();
  std::erase_if(not_before_, [now](const auto& entry) { return entry.second <= now; });
  std::set<AccountId> busy = under_way_;
  for (const auto& [account, when] : not_before_) busy.insert(account);
  return busy;
}

}  // namespace sb::app
