#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/page.h"

namespace sb::ports {

/// An event that was given up (InboxStore::Bury).
struct DeadLetter {
  InboxItem item;
  int tries = 0;
  std::string reason;  ///< "CODE: for people"
  WallTime buried_at;
};

/// Events that could not be dealt with. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE or kInDoubt.
class DeadLetterStore {
 public:
  virtual ~DeadLetterStore() = default;

  /// Those of the newest events first.
  virtual Result<Page<DeadLetter>> List(const EventFilter& filter, const PageRequest& page) = 0;
  /// kNotFound DEAD_LETTER_NOT_FOUND.
  virtual Result<DeadLetter> Get(EventId id) = 0;
  /// Makes it pending again, as if it had never been tried. kNotFound DEAD_LETTER_NOT_FOUND.
  virtual Status Revive(EventId id) = 0;
  /// Forgets that it was given up; the event stays. kNotFound DEAD_LETTER_NOT_FOUND.
  virtual Status Discard(EventId id) = 0;
};

}  // namespace sb::ports
