#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "engine/ports/onward_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// What the two stores below share, as they share a database.
struct MemoryOnward {
  std::mutex mutex;
  std::map<ports::DestinationId, ports::Destination> destinations;
  std::map<std::pair<ports::DestinationId, EventId>, ports::Delivery> deliveries;
  std::optional<ports::FeedPosition> position;
  std::int64_t last_place = 0;
};

class MemoryDestinationStore : public ports::DestinationStore {
 public:
  explicit MemoryDestinationStore(MemoryOnward& onward) : onward_(onward) {}

  Status Create(const ports::Destination& destination) override;
  Result<ports::Destination> Get(ports::DestinationId id) override;
  Result<std::vector<ports::Destination>> List(AccountId account) override;
  Result<std::vector<ports::Destination>> All() override;
  Result<std::vector<ports::Destination>> Due(const std::vector<Slot>& slots, WallTime now,
                                              const std::set<ports::DestinationId>& without,
                                              int limit) override;
  Result<int> Save(const ports::Destination& destination) override;
  Status Delete(ports::DestinationId id) override;

 private:
  bool HasDue(ports::DestinationId id, WallTime now) const;
  bool IsNameTaken(const ports::Destination& destination) const;

  MemoryOnward& onward_;
};

class MemoryDeliveryStore : public ports::DeliveryStore {
 public:
  /// `database`: where the events are.
  MemoryDeliveryStore(MemoryOnward& onward, MemoryDatabase& database)
      : onward_(onward), database_(database) {}

  Result<std::optional<ports::FeedPosition>> Position() override;
  Status Enqueue(const std::vector<ports::Delivery>& deliveries,
                 const ports::FeedPosition& position) override;
  Result<int> Replay(const std::vector<ports::Delivery>& deliveries) override;
  Result<std::vector<ports::DueDelivery>> Due(const ports::Destination& destination, WallTime now,
                                              int limit) override;
  Status Note(const std::vector<ports::Delivery>& deliveries) override;
  Result<ports::Page<ports::Delivery>> List(const ports::DeliveryFilter& filter,
                                            const ports::PageRequest& page) override;
  Result<std::map<ports::DeliveryState, std::int64_t>> Count(
      ports::DestinationId destination) override;

 private:
  /// Those of a destination, in their places.
  std::vector<ports::Delivery> InPlace(ports::DestinationId destination) const;

  MemoryOnward& onward_;
  MemoryDatabase& database_;
};

}  // namespace sb::testing
