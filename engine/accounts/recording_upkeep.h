#pragma once

#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/media_store.h"
#include "engine/ports/recording_store.h"

namespace sb::accounts {

/// Lets recordings go: those whose time is over, and the files of all that are erased. A file is
/// erased after its row says so, and noted as erased after that, so that it is erased again where a
/// process died in between. By one instance at a time; another one does no harm. Thread-safe;
/// blocks.
class RecordingUpkeep {
 public:
  struct Dependencies {
    ports::RecordingStore& recordings;
    ports::MediaStore& media;
    const ports::Clock& clock;
    Metrics& metrics;
  };

  explicit RecordingUpkeep(const Dependencies& dependencies) : deps_(dependencies) {}

  /// Ends what is over and erases the files that have to go. True: there is more at once.
  Result<bool> RunOnce();

 private:
  Dependencies deps_;
};

}  // namespace sb::accounts
