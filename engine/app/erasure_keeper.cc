#include "engine/app/erasure_keeper.h"

namespace sb::app {
namespace {

/// Until what waits is looked at again, and what another instance was asked for is seen.
constexpr Millis kBetweenLooks = std::chrono::seconds(2);

}  // namespace

void ErasureKeeper::Start() {
  Ring();
  LookLater();
}

void ErasureKeeper::Ring() {
  if (stopped_ || !is_ours_() || working_.exchange(true)) return;
  pool_.Post([this] { Work(); });
}

void ErasureKeeper::Work() {
  if (!stopped_ && erasures_.RunOnce() == accounts::Erasures::Pace::kMore)
    return pool_.Post([this] { Work(); });
  working_ = false;
}

void ErasureKeeper::LookLater() {
  pool_.PostAt(clock_.Now() + kBetweenLooks, [this] {
    if (stopped_) return;
    Ring();
    LookLater();
  });
}

}  // namespace sb::app
