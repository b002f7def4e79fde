#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/onward_store.h"

namespace sb::accounts {

/// Whether an event goes to a destination, whatever its time. `connector` is that of its account;
/// null where it is not known. Fails as Expressions do where they could not be asked; an event that
/// cannot be read is about no number.
Result<bool> GoesTo(const ports::Destination& destination, const ports::InboxItem& item,
                    const connector::Connector* connector,
                    const core::workflow::Expressions& expressions);

/// Its delivery, due at `now`.
ports::Delivery DeliveryOf(const ports::Destination& destination, const ports::InboxItem& item,
                           WallTime now);

/// Types of the connector's events that a destination takes: the provider must be asked for them.
std::vector<std::string> OnwardEvents(const connector::Connector& connector,
                                      const ports::Destination& destination);

/// Follows the events of all accounts in the order of commits, and puts a delivery in place for
/// each destination that an event goes to, in the commit that moves the position on. For one caller
/// at a time; another instance does no harm. Blocks.
class OnwardNotice {
 public:
  struct Dependencies {
    ports::DestinationStore& destinations;
    ports::DeliveryStore& deliveries;
    ports::AccountStore& accounts;
    ports::EventFeed& feed;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    std::function<void()> placed;  ///< Told when there is something to send.
  };

  explicit OnwardNotice(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Looks at one page of events. True: there is more at once.
  Result<bool> RunOnce();

 private:
  Result<std::optional<ports::FeedPosition>> Position();
  Result<std::vector<ports::Delivery>> DeliveriesFor(
      const std::vector<ports::InboxItem>& items,
      const std::vector<ports::Destination>& destinations);
  /// Null: not known.
  Result<const connector::Connector*> ConnectorOf(AccountId account);
  Status Save(const std::vector<ports::Delivery>& deliveries, const ports::FeedPosition& position);

  Dependencies deps_;
  std::optional<WallTime> saved_at_;
  std::map<AccountId, const connector::Connector*> connectors_;  ///< An account keeps its own.
};

}  // namespace sb::accounts
