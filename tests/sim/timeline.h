#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>

#include "tests/support/fake_clock.h"

namespace sb::sim {

/// Time that passes only from one event to the next, and a seed that decides everything else: which
/// of two simultaneous events comes first, how long things take, what goes wrong. For one thread.
class Timeline {
 public:
  using Event = std::function<void()>;

  explicit Timeline(std::uint64_t seed) : dice_(seed) {}

  testing::FakeClock& clock() { return clock_; }

  WallTime Now() const { return clock_.Now(); }

  void At(WallTime when, Event event);

  void After(std::chrono::microseconds time, Event event) { At(Now() + time, std::move(event)); }

  /// Runs work that may Wait: where it does, time goes on without it.
  void Run(Event work);
  /// Comes back when so much time has passed. From work that Run runs.
  void Wait(std::chrono::microseconds time);

  /// Lets everything happen that is due by `end`.
  void RunUntil(WallTime end);

  /// 0 .. sides - 1.
  int Roll(int sides);

  bool Chance(int percent) { return Roll(100) < percent; }

  Millis Between(Millis shortest, Millis longest);

 private:
  struct Fiber;

  void Resume(const std::shared_ptr<Fiber>& fiber);

  std::shared_ptr<Fiber> current_;  ///< Shared with the event that resumes it.
  std::mt19937_64 dice_;
  testing::FakeClock clock_;
  std::multimap<std::pair<WallTime, std::uint64_t>, Event> events_;  ///< Ties are broken by dice.
};

}  // namespace sb::sim
