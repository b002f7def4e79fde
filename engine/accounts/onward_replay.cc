#include "engine/accounts/onward_replay.h"

#include <algorithm>
#include <utility>

#include "engine/accounts/onward_notice.h"

namespace sb::accounts {
namespace {

using ports::Delivery;
using ports::Destination;

constexpr int kReplayPage = 500;

/// What was found so far, the latest first.
struct ReplayFound {
  std::vector<Delivery> deliveries;
  OnwardReplayed result;

  /// False: there is no room.
  bool Take(Delivery delivery, const OnwardReplayWish& wish) {
    if (result.events >= wish.most) {
      result.more = true;
      return false;
    }
    ++result.events;
    deliveries.push_back(std::move(delivery));
    return true;
  }
};

Status FindDead(const Destination& destination, const OnwardReplayWish& wish,
                ports::DeliveryStore& store, WallTime now, ReplayFound& found) {
  const ports::DeliveryFilter filter{destination.id, ports::DeliveryState::kDead};
  for (ports::PageRequest request{0, kReplayPage};;) {
    auto page = store.List(filter, request);
    if (!page.ok()) return page.error();
    for (Delivery& delivery : page->items) {
      // The id of an event says when it came.
      const WallTime received = TimeOfIdNumber(delivery.event.number());
      if (!wish.received.Includes(received) || !wish.only.TakesType(delivery.type)) continue;
      delivery.due_at = now;
      if (!found.Take(std::move(delivery), wish)) return {};
    }
    if (page->next_before == 0) return {};
    request.before = page->next_before;
  }
}

Status FindEvents(const Destination& destination, const OnwardReplayWish& wish,
                  ports::InboxStore& inbox, const connector::Connector* connector,
                  const core::workflow::Expressions& expressions, WallTime now,
                  ReplayFound& found) {
  ports::EventFilter filter;
  filter.accounts.Only({destination.account});
  filter.received = wish.received;
  for (ports::PageRequest request{0, kReplayPage};;) {
    const auto page = inbox.List(filter, request);
    if (!page.ok()) return page.error();
    for (const ports::InboxItem& item : page->items) {
      if (!wish.only.TakesType(item.event)) continue;
      const auto goes = GoesTo(destination, item, connector, expressions);
      if (!goes.ok()) return goes.error();
      if (*goes && !found.Take(DeliveryOf(destination, item, now), wish)) return {};
    }
    if (page->next_before == 0) return {};
    request.before = page->next_before;
  }
}

}  // namespace

Result<OnwardReplayed> ReplayOnward(const Destination& destination, const OnwardReplayWish& wish,
                                    ports::InboxStore& inbox, ports::DeliveryStore& deliveries,
                                    const connector::Connector* connector,
                                    const core::workflow::Expressions& expressions,
                                    const ports::Clock& clock) {
  ReplayFound found;
  const Status looked = wish.dead_only ? FindDead(destination, wish, deliveries, clock.Now(), found)
                                       : FindEvents(destination, wish, inbox, connector,
                                                    expressions, clock.Now(), found);
  if (!looked.ok()) return looked.error();
  if (wish.dry_run) return found.result;
  std::ranges::reverse(found.deliveries);
  for (std::size_t from = 0; from < found.deliveries.size(); from += kReplayPage) {
    const std::size_t until = std::min(found.deliveries.size(), from + kReplayPage);
    const auto put =
        deliveries.Replay({found.deliveries.begin() + static_cast<std::ptrdiff_t>(from),
                           found.deliveries.begin() + static_cast<std::ptrdiff_t>(until)});
    if (!put.ok()) return put.error();
  }
  return found.result;
}

}  // namespace sb::accounts
