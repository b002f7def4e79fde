#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/inbox_store.h"

namespace sb::ports {

/// Deliveries that were spooled together.
struct SpooledGroup {
  std::string name;  ///< Names the group to Forget.
  std::vector<InboxItem> items;
};

/// Where deliveries wait while the database is away, so that a provider that switches off webhooks
/// which answer badly still gets its 200. Lasts over a crash of the process and of the machine; it
/// is bounded. Blocking; thread-safe.
class DeliverySpool {
 public:
  virtual ~DeliverySpool() = default;

  /// Durable once it returns. Fails with kUnavailable SPOOL_FULL or FILE_UNWRITABLE; then nothing
  /// is kept.
  virtual Status Keep(const std::vector<InboxItem>& items) = 0;
  /// Whether nothing waits. Cheap: asked every second.
  virtual bool IsEmpty() const = 0;
  /// The group that was kept first; nothing when none waits. Groups that cannot be read are put
  /// aside, where a person finds them, and passed over.
  virtual std::optional<SpooledGroup> Oldest() = 0;
  /// The group is in the database. Idempotent.
  virtual void Forget(const std::string& name) = 0;
};

}  // namespace sb::ports
