#pragma once

#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

/// What an instance is once it has registered.
struct Registration {
  std::int64_t incarnation = 0;
  Millis clock_offset{0};  ///< Database time minus ours.
};

/// Instances, and which of them owns which slots. Blocking; thread-safe. Fails besides with
/// kUnavailable DATABASE_UNAVAILABLE or kInDoubt.
class OwnershipStore {
 public:
  virtual ~OwnershipStore() = default;

  /// Takes the instance's place with a new incarnation: earlier ones of the same id are fenced by
  /// this very call, and the slots they owned are free. The caller proves by a lock on its data
  /// directory that none of them lives.
  virtual Result<Registration> Register(InstanceId instance, int writers, WallTime now) = 0;
  /// False when this incarnation was fenced: stop everything and register anew.
  virtual Result<bool> Heartbeat(InstanceId instance, std::int64_t incarnation) = 0;
  /// Claims free slots up to the fair share of the live instances; returns all that this instance
  /// owns. kConflict WRITER_FENCED when the incarnation was fenced.
  virtual Result<std::vector<Slot>> ClaimSlots(InstanceId instance, std::int64_t incarnation) = 0;
  /// How many slots each live instance may own at most: whoever has more gives some back.
  virtual Result<int> FairShare() = 0;
  /// Gives slots back, so that others may claim them. The caller has stored everything that
  /// concerns them and will write nothing more. Slots that it does not own stay as they are.
  virtual Status ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                              const std::vector<Slot>& slots) = 0;
  /// Fences instances whose heartbeat is older than `time_to_live` and frees their slots; how many.
  virtual Result<int> FenceDead(InstanceId self, Millis time_to_live) = 0;
  /// Lets go of everything, at a clean stop.
  virtual Status Release(InstanceId instance, std::int64_t incarnation) = 0;
};

}  // namespace sb::ports
