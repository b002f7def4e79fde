#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/ownership_store.h"
#include "engine/ports/random.h"

namespace sb::runtime {

/// One instance's place among those that share a database: its heartbeats, the slots that it owns,
/// what it must give back to newcomers, and what it takes over from the dead.
///
/// Its rounds block and run on `pulse`, an executor of its own: slow work of the engine must not
/// hold up a heartbeat. Public methods are thread-safe.
class Membership {
 public:
  struct Dependencies {
    ports::OwnershipStore& store;
    const ports::Clock& clock;
    ports::Random& random;
    ports::Executor& pulse;  ///< Serial, and used for nothing else.
    /// These slots are ours from now on. Call Settled once their work is under way. Must not block.
    std::function<void(std::vector<Slot>)> gained;
    /// These slots shall go to others: end their work, then call GiveBack. Must not block.
    std::function<void(std::vector<Slot>)> wanted_back;
    /// Told once: another incarnation holds our place, or we were given up for dead. Nothing that
    /// is in memory is true any more.
    std::function<void(std::string reason)> lost;
  };

  struct Settings {
    InstanceId instance;
    Millis heartbeat_interval = std::chrono::seconds(2);  ///< Less when `time_to_live` is short.
    Millis time_to_live = std::chrono::seconds(12);
  };

  struct Place {
    ports::Registration registration;
    std::vector<Slot> slots;  ///< Ours at once; call Settled for them, too.
  };

  Membership(Dependencies dependencies, Settings settings);

  /// Takes our place and the slots that are free. Blocks.
  Result<Place> Join();
  /// The rounds begin.
  void Start();

  /// Whether we may still start an effect or a commit: the last heartbeat that was answered was
  /// sent so lately that nobody can have declared us dead, and what we start now ends in time. A
  /// process that was suspended finds this false when it wakes.
  bool MayAct() const;

  void Settled(const std::vector<Slot>& slots);
  /// The work of these slots has ended and everything about them is stored.
  void GiveBack(std::vector<Slot> slots);

  /// Heartbeats go on, slots are neither claimed nor stolen any more.
  void StopClaiming() { claiming_ = false; }

  /// Ends the rounds and lets go of everything. Blocks; not on `pulse`.
  void Leave();

 private:
  enum class Hold { kGained, kSettled, kReturning };

  void Round();
  void RoundLater();
  bool Beat();
  void FenceTheDead();
  void Claim();
  void Balance();
  void Release(const std::vector<Slot>& slots);
  Millis Interval() const;

  const Dependencies deps_;
  const Settings settings_;
  std::atomic<std::int64_t> incarnation_ = 0;
  std::atomic<bool> claiming_ = true;
  std::atomic<bool> left_ = false;
  std::atomic<std::int64_t> last_beat_us_ = 0;  ///< SinceBoot when the last answered one was sent.
  // The rest belongs to `pulse`.
  std::optional<std::chrono::microseconds>
      unbroken_since_;  ///< Since when every heartbeat was answered in time.
  std::map<Slot, Hold> ours_;
};

}  // namespace sb::runtime
