#include "tests/support/memory_onward_store.h"

#include <algorithm>

namespace sb::testing {

using ports::Delivery;
using ports::DeliveryState;
using ports::Destination;
using ports::DestinationId;

namespace {

/// As one that was just put in place.
Delivery FreshDelivery(Delivery delivery, std::int64_t place) {
  delivery.place = place;
  delivery.state = DeliveryState::kPending;
  delivery.tries = 0;
  delivery.alone = false;
  delivery.first_tried_at.reset();
  delivery.tried_at.reset();
  delivery.status = 0;
  delivery.reason.clear();
  return delivery;
}

}  // namespace

bool MemoryDestinationStore::IsNameTaken(const Destination& destination) const {
  return std::ranges::any_of(onward_.destinations, [&](const auto& entry) {
    const Destination& other = entry.second;
    return other.id != destination.id && other.account == destination.account &&
           other.name == destination.name;
  });
}

Status MemoryDestinationStore::Create(const Destination& destination) {
  const std::lock_guard lock(onward_.mutex);
  if (onward_.destinations.contains(destination.id) || IsNameTaken(destination))
    return Conflict("DESTINATION_EXISTS", "the account has a destination of this name already");
  Destination fresh = destination;
  fresh.step = 0;
  onward_.destinations[destination.id] = fresh;
  return {};
}

Result<Destination> MemoryDestinationStore::Get(DestinationId id) {
  const std::lock_guard lock(onward_.mutex);
  const auto found = onward_.destinations.find(id);
  if (found == onward_.destinations.end())
    return NotFound("DESTINATION_NOT_FOUND", "there is no such destination");
  return found->second;
}

Result<std::vector<Destination>> MemoryDestinationStore::List(AccountId account) {
  const std::lock_guard lock(onward_.mutex);
  std::vector<Destination> of_account;
  for (const auto& [id, destination] : onward_.destinations) {
    if (destination.account == account) of_account.push_back(destination);
  }
  std::ranges::sort(of_account, {}, &Destination::name);
  return of_account;
}

Result<std::vector<Destination>> MemoryDestinationStore::All() {
  const std::lock_guard lock(onward_.mutex);
  std::vector<Destination> all;
  for (const auto& [id, destination] : onward_.destinations) all.push_back(destination);
  return all;
}

bool MemoryDestinationStore::HasDue(DestinationId id, WallTime now) const {
  return std::ranges::any_of(onward_.deliveries, [&](const auto& entry) {
    const Delivery& delivery = entry.second;
    return delivery.destination == id && delivery.state == DeliveryState::kPending &&
           delivery.due_at <= now;
  });
}

Result<std::vector<Destination>> MemoryDestinationStore::Due(const std::vector<Slot>& slots,
                                                             WallTime now,
                                                             const std::set<DestinationId>& without,
                                                             int limit) {
  const std::lock_guard lock(onward_.mutex);
  std::vector<Destination> due;
  for (const auto& [id, destination] : onward_.destinations) {
    const bool ours = std::ranges::count(slots, destination.slot) > 0 && !without.contains(id);
    const bool may = destination.state == ports::DestinationState::kActive &&
                     (!destination.not_before || *destination.not_before <= now);
    if (ours && may && HasDue(id, now) && static_cast<int>(due.size()) < limit)
      due.push_back(destination);
  }
  return due;
}

Result<int> MemoryDestinationStore::Save(const Destination& destination) {
  const std::lock_guard lock(onward_.mutex);
  if (IsNameTaken(destination))
    return Conflict("DESTINATION_EXISTS", "the account has a destination of this name already");
  const auto found = onward_.destinations.find(destination.id);
  if (found == onward_.destinations.end() || found->second.step != destination.step)
    return Conflict("DESTINATION_MOVED", "somebody else changed this destination");
  Destination saved = destination;
  saved.sink = found->second.sink;
  saved.created_at = found->second.created_at;
  ++saved.step;
  found->second = saved;
  return saved.step;
}

Status MemoryDestinationStore::Delete(DestinationId id) {
  const std::lock_guard lock(onward_.mutex);
  if (onward_.destinations.erase(id) == 0)
    return NotFound("DESTINATION_NOT_FOUND", "there is no such destination");
  std::erase_if(onward_.deliveries, [id](const auto& entry) { return entry.first.first == id; });
  return {};
}

Result<std::optional<ports::FeedPosition>> MemoryDeliveryStore::Position() {
  const std::lock_guard lock(onward_.mutex);
  return onward_.position;
}

Status MemoryDeliveryStore::Enqueue(const std::vector<Delivery>& deliveries,
                                    const ports::FeedPosition& position) {
  const std::lock_guard lock(onward_.mutex);
  for (const Delivery& delivery : deliveries) {
    if (!onward_.destinations.contains(delivery.destination)) continue;
    onward_.deliveries.try_emplace({delivery.destination, delivery.event},
                                   FreshDelivery(delivery, ++onward_.last_place));
  }
  if (!onward_.position || *onward_.position < position) onward_.position = position;
  return {};
}

Result<int> MemoryDeliveryStore::Replay(const std::vector<Delivery>& deliveries) {
  const std::lock_guard lock(onward_.mutex);
  int replayed = 0;
  for (const Delivery& delivery : deliveries) {
    if (!onward_.destinations.contains(delivery.destination)) continue;
    const auto key = std::pair(delivery.destination, delivery.event);
    const auto known = onward_.deliveries.find(key);
    if (known != onward_.deliveries.end() && known->second.state == DeliveryState::kPending)
      continue;
    onward_.deliveries[key] = FreshDelivery(delivery, ++onward_.last_place);
    ++replayed;
  }
  return replayed;
}

std::vector<Delivery> MemoryDeliveryStore::InPlace(DestinationId destination) const {
  std::vector<Delivery> in_place;
  for (const auto& [key, delivery] : onward_.deliveries) {
    if (delivery.destination == destination) in_place.push_back(delivery);
  }
  std::ranges::sort(in_place, {}, &Delivery::place);
  return in_place;
}

Result<std::vector<ports::DueDelivery>> MemoryDeliveryStore::Due(const Destination& destination,
                                                                 WallTime now, int limit) {
  const std::lock_guard lock(onward_.mutex);
  std::set<std::string> held_up;
  std::vector<ports::DueDelivery> due;
  for (const Delivery& delivery : InPlace(destination.id)) {
    if (delivery.state != DeliveryState::kPending) continue;
    if (delivery.due_at > now) {
      if (!delivery.order_key.empty()) held_up.insert(delivery.order_key);
      continue;
    }
    if (held_up.contains(delivery.order_key) || static_cast<int>(due.size()) >= limit) continue;
    due.push_back({delivery, {}});
    const std::lock_guard database_lock(database_.mutex);
    const auto item = database_.inbox.find(delivery.event);
    if (item != database_.inbox.end()) due.back().item = item->second;
  }
  return due;
}

Status MemoryDeliveryStore::Note(const std::vector<Delivery>& deliveries) {
  const std::lock_guard lock(onward_.mutex);
  for (const Delivery& delivery : deliveries) {
    const auto known = onward_.deliveries.find({delivery.destination, delivery.event});
    const bool same = known != onward_.deliveries.end() && known->second.place == delivery.place &&
                      known->second.state == DeliveryState::kPending;
    if (same) known->second = delivery;
  }
  return {};
}

Result<ports::Page<Delivery>> MemoryDeliveryStore::List(const ports::DeliveryFilter& filter,
                                                        const ports::PageRequest& page) {
  const std::lock_guard lock(onward_.mutex);
  std::vector<Delivery> found = InPlace(filter.destination);
  std::erase_if(found, [&](const Delivery& delivery) {
    return (filter.state && delivery.state != *filter.state) ||
           (page.before > 0 && delivery.place >= page.before);
  });
  std::ranges::reverse(found);
  ports::Page<Delivery> listed;
  const auto size = static_cast<std::size_t>(page.size);
  if (found.size() > size) {
    found.resize(size);
    listed.next_before = found.back().place;
  }
  listed.items = std::move(found);
  return listed;
}

Result<std::map<DeliveryState, std::int64_t>> MemoryDeliveryStore::Count(
    DestinationId destination) {
  const std::lock_guard lock(onward_.mutex);
  std::map<DeliveryState, std::int64_t> counts;
  for (const Delivery& delivery : InPlace(destination)) ++counts[delivery.state];
  return counts;
}

}  // namespace sb::testing
