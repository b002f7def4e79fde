#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

/// What the inbox knows of one account's events: to tell what is missing from what came. Reads
/// only. Blocking; thread-safe; fails with kUnavailable DATABASE_UNAVAILABLE.
class DeliveryHistory {
 public:
  virtual ~DeliveryHistory() = default;

  /// When the newest delivery of the provider itself arrived; nothing when there is none.
  virtual Result<std::optional<WallTime>> LastDelivery(AccountId account) = 0;
  /// Which of these occurrences (InboxItem::occurrence) were told since `received_from`, by a
  /// delivery or recovered.
  virtual Result<std::set<std::string>> Told(AccountId account,
                                             const std::vector<std::string>& occurrences,
                                             WallTime received_from) = 0;
  /// How many events of the account were recovered since then.
  virtual Result<std::int64_t> CountRecovered(AccountId account, WallTime received_from) = 0;
};

}  // namespace sb::ports
