#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/onward_store.h"

namespace sb::adapters::postgres {

/// eng.destination.
class PostgresDestinationStore : public ports::DestinationStore {
 public:
  explicit PostgresDestinationStore(Database& database) : database_(database) {}

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
  Database& database_;
};

/// eng.onward_delivery and eng.onward_feed.
class PostgresDeliveryStore : public ports::DeliveryStore {
 public:
  explicit PostgresDeliveryStore(Database& database) : database_(database) {}

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
  Database& database_;
};

}  // namespace sb::adapters::postgres
