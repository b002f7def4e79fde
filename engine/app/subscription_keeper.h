#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "engine/accounts/connections.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::app {

/// Keeps every active account's webhook at the events that its workflows want: at once when
/// workflows change, again after a failure, and every hour in case somebody else changed it.
/// Thread-safe.
class SubscriptionKeeper {
 public:
  SubscriptionKeeper(accounts::Connections& connections, ports::AccountStore& accounts,
                     const ports::Clock& clock, ports::Executor& pool,
                     std::function<bool(const ports::Account&)> is_ours)
      : connections_(connections),
        accounts_(accounts),
        clock_(clock),
        pool_(pool),
        is_ours_(std::move(is_ours)) {}

  void Start();
  /// Workflows changed: look now.
  void Ring();

  void Stop() { stopped_ = true; }

  /// Looks at every active account once; false when one of them could not be refreshed. Blocks.
  bool RunOnce();

 private:
  void Look();
  void LookAgainIn(Millis pause);

  accounts::Connections& connections_;
  ports::AccountStore& accounts_;
  const ports::Clock& clock_;
  ports::Executor& pool_;
  const std::function<bool(const ports::Account&)>
      is_ours_;  ///< Other instances look after the rest.
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> looking_ = false;
  std::atomic<bool> again_ = false;
};

}  // namespace sb::app
