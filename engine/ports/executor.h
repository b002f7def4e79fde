#pragma once

#include <functional>

#include "engine/base/time.h"

namespace sb::ports {

/// Runs tasks. A serial executor (a reactor's) runs them one at a time, in order; a pool runs
/// several at once. Thread-safe. Tasks must not throw.
class Executor {
 public:
  virtual ~Executor() = default;

  virtual void Post(std::function<void()> task) = 0;
  /// Runs `task` at `when` or a little later; at once when that has passed. Dropped if the executor
  /// stops first.
  virtual void PostAt(WallTime when, std::function<void()> task) = 0;

  /// Runs `task` and returns when it has run. Not from one of its own tasks.
  virtual void RunAndWait(std::function<void()> task);
  /// Holds up the calling task, which is one of its own, for so long.
  virtual void Pause(Millis time);
};

}  // namespace sb::ports
