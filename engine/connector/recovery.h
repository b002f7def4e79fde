#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/connector/connector.h"

namespace sb::connector {

/// One record of a list that tells what webhooks did not.
struct RecoveryRecord {
  Json data;                                ///< As a webhook would carry it.
  Json number;                              ///< The id of the line it belongs to; null: to none.
  std::vector<std::vector<WallTime>> told;  ///< Of each event of the list: when it happened.
};

/// One page of such a list, understood.
struct RecoveryPage {
  std::vector<RecoveryRecord> records;
  core::gaps::PageSeen seen;  ///< `past` only says whether a record is older than `since`.
};

/// The input of the list's action. Fails as Expressions do.
Result<Json> RecoveryInput(const RecoveryList& list, const core::gaps::Window& window, int page,
                           const core::workflow::Expressions& expressions);

/// Understands the output of the list's action. `since`: where the gap begins. Fails as Expressions
/// do, and with kUnavailable RECOVERY_UNREADABLE when the output is not what the connector's rules
/// describe.
Result<RecoveryPage> ReadRecoveryPage(const RecoveryList& list, const Json& output, int page,
                                      WallTime since,
                                      const core::workflow::Expressions& expressions);

/// A recovered event in the form of the provider's own deliveries, so that it goes the way of
/// those: its body and its occurrence are those of a delivery, and only its data may differ. Fails
/// as ReadWebhook.
Result<IncomingEvent> ComposeDelivery(const Connector& connector, const RecoveryList& list,
                                      const RecoveredEvent& event, WallTime at, const Json& data);

}  // namespace sb::connector
