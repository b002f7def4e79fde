#pragma once

#include <map>
#include <mutex>

#include "engine/base/ids.h"
#include "engine/ports/clock.h"
#include "engine/runtime/engine.h"

namespace sb::app {

/// Requests in a minute that background work of an account may make, as its quota stands: what is
/// known is kept for a minute. Thread-safe; blocks for a moment, not on a thread of the engine.
class AccountPace {
 public:
  AccountPace(runtime::Engine& engine, const ports::Clock& clock)
      : engine_(engine), clock_(clock) {}

  /// 0: not known now.
  double Of(AccountId account);

 private:
  struct Known {
    double per_minute = 0;
    WallTime at;
  };

  double Ask(AccountId account);

  runtime::Engine& engine_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::map<AccountId, Known> known_;
};

}  // namespace sb::app
