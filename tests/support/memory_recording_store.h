#pragma once

#include <map>
#include <mutex>

#include "engine/ports/recording_store.h"

namespace sb::testing {

/// What is to be looked for once more is never due here.
class MemoryRecordingStore : public ports::RecordingStore {
 public:
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
  struct Wanted {
    ports::RecordingWaste waste;
    bool again = false;  ///< Once more, later.
    bool tried = false;
  };

  void Erase(ports::Recording& recording);

  std::mutex mutex_;
  std::map<ports::RecordingId, ports::Recording> recordings_;
  std::map<AccountId, ports::RecordingPolicy> policies_;
  std::optional<ports::FeedPosition> position_;
  std::map<ports::RecordingId, Wanted> waste_;
};

}  // namespace sb::testing
