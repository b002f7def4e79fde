#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/ports/gap_store.h"

namespace sb::accounts {

/// Sees what whoever looks after webhooks sees. Thread-safe; blocks.
class WebhookWitness {
 public:
  virtual ~WebhookWitness() = default;

  /// The account's webhook is not as it was left. Told before it is repaired, so that it is not
  /// forgotten that events were missed: where this fails, nothing is repaired.
  virtual Status FoundWrong(const ports::Account& account, ports::GapReason reason) = 0;
  /// The provider was asked for these events, by its own names. `account` is as it was before.
  /// `asked_at`: before it was asked, since an event may follow at once.
  virtual void Subscribed(const ports::Account& account, const std::vector<std::string>& events,
                          WallTime asked_at) = 0;
};

}  // namespace sb::accounts
