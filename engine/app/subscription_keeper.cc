#include "engine/app/subscription_keeper.h"

#include "engine/base/log.h"

namespace sb::app {
namespace {

constexpr Millis kRoutine = std::chrono::hours(1);
constexpr Millis kAfterFailure = std::chrono::seconds(30);

}  // namespace

void SubscriptionKeeper::Start() {
  Ring();
  LookAgainIn(kRoutine);
}

void SubscriptionKeeper::Ring() {
  again_ = true;
  if (!looking_.exchange(true)) pool_.Post([this] { Look(); });
}

void SubscriptionKeeper::Look() {
  bool all_good = true;
  while (again_.exchange(false) && !stopped_) all_good = RunOnce();
  looking_ = false;
  if (again_ && !stopped_) return Ring();  // somebody rang between the last look and this line
  if (!all_good && !stopped_) pool_.PostAt(clock_.Now() + kAfterFailure, [this] { Ring(); });
}

void SubscriptionKeeper::LookAgainIn(Millis pause) {
  pool_.PostAt(clock_.Now() + pause, [this, pause] {
    if (stopped_) return;
    Ring();
    LookAgainIn(pause);
  });
}

bool SubscriptionKeeper::RunOnce() {
  bool all_good = true;
  ports::PageRequest page;
  page.size = 200;
  while (!stopped_) {
    const auto accounts = accounts_.List({}, page);
    if (!accounts.ok()) {
      Log::Warn("subscriptions.unread", {{"code", accounts.error().code}});
      return false;
    }
    for (const ports::Account& account : accounts->items) {
      if (!ports::Works(account.state) || !is_ours_(account)) continue;
      const Status refreshed = connections_.RefreshSubscription(account.id);
      if (refreshed.ok()) continue;
      all_good = false;
      Log::Warn("subscription.failed",
                {{"account", ToText(account.id)}, {"code", refreshed.error().code}});
    }
    if (accounts->next_before == 0) break;
    page.before = accounts->next_before;
  }
  return all_good;
}

}  // namespace sb::app
