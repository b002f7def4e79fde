#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/recording_store.h"

namespace sb::adapters::postgres {

/// eng.recording, eng.recording_policy, eng.recording_feed and eng.recording_waste.
class PostgresRecordingStore : public ports::RecordingStore {
 public:
  explicit PostgresRecordingStore(Database& database) : database_(database) {}

  Result<ports::RecordingPolicy> Policy(AccountId account) override;
  Status SetPolicy(const ports::RecordingPolicy& policy) override;
  Result<std::vector<ports::RecordingPolicy>> Policies() override;
  Result<std::optional<ports::FeedPosition>> Position() override;
  Status SavePosition(const ports::FeedPosition& position) override;
  Result<bool> Want(const ports::Recording& recording) override;
  Result<ports::Recording> Get(ports::RecordingId id) override;
  Result<ports::Page<ports::Recording>> List(const ports::RecordingFilter& filter,
                                             const ports::PageRequest& page) override;
  Result<std::vector<ports::Recording>> Due(const std::vector<Slot>& slots, WallTime now,
                                            int limit) override;
  Result<int> Save(const ports::Recording& recording) override;
  Result<int> Expire(WallTime now, int limit) override;
  Result<std::vector<ports::RecordingWaste>> Waste(WallTime now, int limit) override;
  Status Wasted(const ports::RecordingWaste& waste) override;
  Result<bool> HasWaste(AccountId account) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
