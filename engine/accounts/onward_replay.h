#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/clock.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/onward_store.h"

namespace sb::accounts {

/// Which events are to go to a destination once more.
struct OnwardReplayWish {
  ports::TimeRange received;       ///< Of the events.
  core::onward::EventChoice only;  ///< Of those that the destination takes; as it is made: all.
  bool dead_only = false;          ///< Those that are dead letters of the destination.
  int most = 10'000;
  bool dry_run = false;  ///< Only count.
};

struct OnwardReplayed {
  int events = 0;     ///< That fit the wish.
  bool more = false;  ///< There were more than `most`: the latest were taken.
};

/// Puts past events in place for a destination again, oldest first, behind what waits: those that
/// were delivered, that are dead, and that came before the destination was made. Events that wait
/// already stay where they are. `connector`: of the account, or null. Safe to repeat. Blocks. Fails
/// as the stores and Expressions do.
Result<OnwardReplayed> ReplayOnward(const ports::Destination& destination,
                                    const OnwardReplayWish& wish, ports::InboxStore& inbox,
                                    ports::DeliveryStore& deliveries,
                                    const connector::Connector* connector,
                                    const core::workflow::Expressions& expressions,
                                    const ports::Clock& clock);

}  // namespace sb::accounts
