#pragma once

#include <utility>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/missed_events.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/webhook_witness.h"
#include "engine/ports/delivery_history.h"
#include "engine/ports/gap_store.h"

namespace sb::accounts {

/// Looks whether the webhooks of accounts are as they were left, and whether they tell. Repairs
/// nothing: it tells its witness. Thread-safe; blocks.
class WebhookWatch {
 public:
  struct Dependencies {
    ConnectionDependencies world;
    ports::GapStore& gaps;
    ports::DeliveryHistory& deliveries;
    WebhookWitness& witness;
    /// So long nothing has come when it is looked whether anything happened.
    Millis quiet = std::chrono::minutes(15);
  };

  explicit WebhookWatch(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// One look, at the cost of one request in the background lane; of a second one where nothing has
  /// come for a while. Nothing is done for an account that does not work or has no webhook. Fails
  /// as the requests do.
  Status Look(AccountId id);

 private:
  Status LookAt(const ports::Account& account, const connector::Connector& connector);
  /// Whether something that happened in the window was not told.
  Result<bool> IsSilent(const ports::Account& account, const connector::Connector& connector,
                        const Provider& provider, const ProviderSpec& spec,
                        const ports::WebhookWatch& watch, const core::gaps::Window& window) const;
  Result<bool> AnyUntold(const ports::Account& account, const connector::Connector& connector,
                         const connector::RecoveryList& list,
                         const std::vector<connector::RecoveryRecord>& records,
                         const MissedRules& rules) const;

  Dependencies deps_;
};

}  // namespace sb::accounts
