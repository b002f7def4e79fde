#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/ports/sync_store.h"

namespace sb::testing {

/// Syncs in memory. Keeps the contract of PostgresSyncStore.
class MemorySyncStore : public ports::SyncStore {
 public:
  Status Open(const ports::Sync& sync, const std::vector<ports::SyncStream>& streams) override;
  Result<ports::Sync> Get(AccountId account, ports::SyncId id) override;
  Result<std::vector<ports::Sync>> List(AccountId account) override;
  Result<int> Save(const ports::Sync& sync) override;
  Result<std::vector<ports::SyncStream>> Streams(Slot slot, AccountId account,
                                                 ports::SyncId sync) override;
  Status AddStreams(const std::vector<ports::SyncStream>& streams) override;
  Result<int> SaveStream(const ports::SyncStream& stream) override;
  Result<std::vector<ports::Sync>> Running(const std::vector<Slot>& slots,
                                           ports::SyncKind kind) override;
  Result<std::vector<ports::Sync>> Left(const std::vector<Slot>& slots, int limit) override;
  Status SaveHeard(const ports::Sync& sync, const ports::FeedPosition& heard) override;
  Result<std::vector<ports::SyncStream>> Due(const std::vector<Slot>& slots, WallTime now,
                                             int limit) override;

  /// The stream looks no later than `at`; whoever has it in hand finds that it has moved.
  void Wake(ports::SyncId sync, const std::string& stream, WallTime at);

 private:
  std::mutex mutex_;
  std::map<ports::SyncId, ports::Sync> syncs_;
  std::map<std::pair<ports::SyncId, std::string>, ports::SyncStream> streams_;
};

/// Findings in memory. Keeps the contract of PostgresSyncLedger.
class MemorySyncLedger : public ports::SyncLedger {
 public:
  /// With `syncs` it has streams look again when something is named.
  explicit MemorySyncLedger(MemorySyncStore* syncs = nullptr) : syncs_(syncs) {}

  Status Receive(const ports::SyncPlace& place, const ports::SyncReceipt& receipt) override;
  Result<std::vector<ports::SyncReceipt>> Receipts(const ports::SyncPlace& place,
                                                   int limit) override;
  Status Reject(const ports::SyncPlace& place,
                const std::vector<ports::SyncReject>& rejects) override;
  Result<std::vector<ports::SyncReject>> Rejected(const ports::SyncPlace& place,
                                                  int limit) override;
  Result<std::vector<ports::SyncReject>> RejectsOf(const ports::SyncPlace& place,
                                                   const std::string& key) override;
  Status Suspect(const ports::SyncPlace& place, const std::vector<core::sync::Suspect>& watch,
                 const std::vector<std::string>& clear) override;
  Result<std::vector<core::sync::Suspect>> Suspects(const ports::SyncPlace& place) override;
  Status Name(const ports::SyncPlace& place, const std::vector<ports::SyncNamed>& named) override;
  Result<std::vector<ports::SyncNamed>> Named(const ports::SyncPlace& place, WallTime now,
                                              int limit) override;
  Result<std::optional<WallTime>> NextNamed(const ports::SyncPlace& place) override;
  Status Unname(const ports::SyncPlace& place, const std::vector<ports::SyncNamed>& done,
                const std::vector<ports::SyncNamed>& later) override;

 private:
  using At = std::pair<ports::SyncId, std::string>;

  static At Of(const ports::SyncPlace& place) { return {place.sync, place.stream}; }

  MemorySyncStore* const syncs_;
  std::mutex mutex_;
  std::map<At, std::map<std::string, ports::SyncNamed>> named_;
  std::map<At, std::vector<ports::SyncReceipt>> receipts_;
  std::map<At, std::map<std::pair<std::string, std::string>, ports::SyncReject>> rejects_;
  std::map<At, std::map<std::string, core::sync::Suspect>> suspects_;
};

}  // namespace sb::testing
