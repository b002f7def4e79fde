#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "engine/ports/sync_proof_store.h"

namespace sb::testing {

/// Receipts of comparisons in memory. Keeps the contract of PostgresSyncProofStore.
class MemorySyncProofStore : public ports::SyncProofStore {
 public:
  Status Keep(const ports::SyncProof& proof, int most) override {
    const std::lock_guard lock(mutex_);
    auto& proofs = proofs_[Key(proof.slot, proof.account, proof.sync)];
    proofs.try_emplace(proof.id, proof);
    while (proofs.size() > static_cast<std::size_t>(most)) proofs.erase(proofs.begin());
    return {};
  }

  Result<ports::SyncProof> Get(AccountId account, ports::SyncProofId id) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, proofs] : proofs_) {
      const auto found = proofs.find(id);
      if (found != proofs.end() && found->second.account == account) return found->second;
    }
    return NotFound("SYNC_PROOF_NOT_FOUND", "there is no such receipt");
  }

  Result<std::vector<ports::SyncProof>> List(Slot slot, AccountId account, ports::SyncId sync,
                                             int limit) override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::SyncProof> newest;
    for (const auto& [id, proof] : proofs_[Key(slot, account, sync)]) newest.push_back(proof);
    std::ranges::reverse(newest);
    if (newest.size() > static_cast<std::size_t>(limit))
      newest.resize(static_cast<std::size_t>(limit));
    return newest;
  }

 private:
  using Key = std::tuple<Slot, AccountId, ports::SyncId>;

  std::mutex mutex_;
  std::map<Key, std::map<ports::SyncProofId, ports::SyncProof>> proofs_;
};

}  // namespace sb::testing
