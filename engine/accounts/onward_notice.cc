#include "engine/accounts/onward_notice.h"

#include <algorithm>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/connector/sinks.h"
#include "engine/runtime/cloud_event.h"

namespace sb::accounts {
namespace {

using ports::Delivery;
using ports::Destination;
using ports::InboxItem;

constexpr int kOnwardEventsPerPage = 200;
/// How often a place without news is written down: so much is read again by the next process.
constexpr Millis kBetweenOnwardSaves = std::chrono::minutes(1);
constexpr const char* kUnreadableEvent = "unreadable";

}  // namespace

Result<bool> GoesTo(const Destination& destination, const InboxItem& item,
                    const connector::Connector* connector,
                    const core::workflow::Expressions& expressions) {
  // What made no sense says nothing to others, either: it stays in the inbox, to be looked at.
  if (item.event == kUnreadableEvent || item.account != destination.account) return false;
  if (!destination.choice.TakesType(item.event)) return false;
  if (destination.choice.numbers.empty()) return true;
  const auto event = runtime::ToCloudEvent(item, connector);
  if (!event.ok()) return true;
  const auto about = connector::ReadAbout(connector, *event, expressions);
  if (about.ok()) return destination.choice.TakesNumber(about->number);
  if (about.error().kind == ErrorKind::kUnavailable) return about.error();
  Log::Warn("onward.number_unread", {{"event_id", ToText(item.id)}, {"code", about.error().code}});
  return true;
}

Delivery DeliveryOf(const Destination& destination, const InboxItem& item, WallTime now) {
  Delivery delivery;
  delivery.slot = destination.slot;
  delivery.account = destination.account;
  delivery.destination = destination.id;
  delivery.event = item.id;
  delivery.type = item.event;
  if (!item.entity_id.empty()) delivery.order_key = Sha256(ports::SubjectOf(item));
  delivery.due_at = now;
  return delivery;
}

std::vector<std::string> OnwardEvents(const connector::Connector& connector,
                                      const Destination& destination) {
  std::vector<std::string> types;
  if (destination.choice.types.empty() && !connector.onward_types.empty())
    return connector.onward_types;
  for (const connector::EventKind& kind : connector.events) {
    if (!kind.ours && destination.choice.TakesType(kind.type)) types.push_back(kind.type);
  }
  return types;
}

Result<bool> OnwardNotice::RunOnce() {
  const auto position = Position();
  if (!position.ok()) return position.error();
  if (!*position) return false;
  // Before the page: a destination that is made meanwhile takes nothing of before.
  const auto destinations = deps_.destinations.All();
  if (!destinations.ok()) return destinations.error();
  if (destinations->empty()) {
    if (saved_at_ && deps_.clock.Now() - *saved_at_ < kBetweenOnwardSaves) return false;
    const auto end = deps_.feed.End();
    if (!end.ok()) return end.error();
    const Status skipped = Save({}, *end);
    return skipped.ok() ? Result<bool>(false) : Result<bool>(skipped.error());
  }
  const auto page = deps_.feed.Events(**position, kOnwardEventsPerPage);
  if (!page.ok()) return page.error();
  const auto deliveries = DeliveriesFor(page->items, *destinations);
  if (!deliveries.ok()) return deliveries.error();
  const bool due = !saved_at_ || deps_.clock.Now() - *saved_at_ >= kBetweenOnwardSaves;
  if (page->items.empty() && !due) return false;
  if (Status saved = Save(*deliveries, page->next); !saved.ok()) return saved.error();
  if (!deliveries->empty()) deps_.placed();
  return page->more;
}

/// The first time it begins at the end: nobody has asked for anything of before.
Result<std::optional<ports::FeedPosition>> OnwardNotice::Position() {
  auto stored = deps_.deliveries.Position();
  if (!stored.ok() || *stored) return stored;
  const auto end = deps_.feed.End();
  if (!end.ok()) return end.error();
  if (Status saved = Save({}, *end); !saved.ok()) return saved.error();
  return std::optional(*end);
}

Result<std::vector<Delivery>> OnwardNotice::DeliveriesFor(
    const std::vector<InboxItem>& items, const std::vector<Destination>& destinations) {
  std::vector<Delivery> deliveries;
  for (const InboxItem& item : items) {
    for (const Destination& destination : destinations) {
      if (destination.account != item.account || item.received_at < destination.since) continue;
      const auto connector = ConnectorOf(item.account);
      if (!connector.ok()) return connector.error();
      const auto goes = GoesTo(destination, item, *connector, deps_.expressions);
      if (!goes.ok()) return goes.error();
      if (*goes) deliveries.push_back(DeliveryOf(destination, item, deps_.clock.Now()));
    }
  }
  return deliveries;
}

Result<const connector::Connector*> OnwardNotice::ConnectorOf(AccountId id) {
  const auto known = connectors_.find(id);
  if (known != connectors_.end()) return known->second;
  const auto account = deps_.accounts.Get(id);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  const connector::Connector* connector =
      account.ok() ? deps_.connectors.FindConnector(account->connector) : nullptr;
  connectors_[id] = connector;
  return connector;
}

Status OnwardNotice::Save(const std::vector<Delivery>& deliveries,
                          const ports::FeedPosition& position) {
  Status saved = deps_.deliveries.Enqueue(deliveries, position);
  if (saved.ok()) saved_at_ = deps_.clock.Now();
  return saved;
}

}  // namespace sb::accounts
