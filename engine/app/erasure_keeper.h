#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "engine/accounts/erasures.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::app {

/// Goes on with erasures while there are any, batch by batch, so that others have the pool's thread
/// in between. By one instance for all. Thread-safe.
class ErasureKeeper {
 public:
  ErasureKeeper(accounts::Erasures& erasures, const ports::Clock& clock, ports::Executor& pool,
                std::function<bool()> is_ours)
      : erasures_(erasures), clock_(clock), pool_(pool), is_ours_(std::move(is_ours)) {}

  /// Looks from now on: what a process that ended has left goes on.
  void Start();
  /// Something was asked for: look now.
  void Ring();

  void Stop() { stopped_ = true; }

 private:
  void Work();
  void LookLater();

  accounts::Erasures& erasures_;
  const ports::Clock& clock_;
  ports::Executor& pool_;
  const std::function<bool()> is_ours_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> working_ = false;
};

}  // namespace sb::app
