#pragma once

#include <cstdint>

#include "engine/base/ids.h"

namespace sb::ports {

/// Remembers what was being decided, where the end of the process does not reach it: whoever comes
/// back after a crash learns which run or event it happened in. Cheap enough for every decision.
/// Used on one thread.
class BlackBox {
 public:
  virtual ~BlackBox() = default;

  enum class Subject : std::int32_t {
    kNothing = 0,
    kRun = 1,
    kEvent = 2,
    kSchedule = 3,  ///< A run was being made by the clock.
  };

  struct Note {
    Subject subject = Subject::kNothing;
    Slot slot = 0;
    std::int64_t id = 0;  ///< A RunId or an EventId; of a schedule the WorkflowId.
  };

  virtual void Begin(const Note& note) = 0;
  virtual void End() = 0;
  /// What the process before this one was at when it ended; kNothing when it was idle.
  virtual Note Last() const = 0;
};

}  // namespace sb::ports
