#pragma once

#include <functional>

namespace sb::ports {

/// Wakes the other instances on the same database, perhaps: nothing may depend on a ring that
/// arrives, it only spares waiting for the next look. Thread-safe.
class Doorbell {
 public:
  virtual ~Doorbell() = default;

  /// There is something to look at. Returns at once; rings close to each other become one.
  virtual void Ring() = 0;
  /// `rung` is called, on a thread of the doorbell, when another instance rang; it must not block.
  /// Once, before the first Ring.
  virtual void Listen(std::function<void()> rung) = 0;
};

}  // namespace sb::ports
