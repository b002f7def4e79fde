#pragma once

#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/core/sync/proof.h"
#include "engine/ports/sync_store.h"

namespace sb::ports {

using SyncProofId = Id<struct SyncProofTag>;

/// The receipt of a comparison, as it is kept.
struct SyncProof {
  SyncProofId id;
  Slot slot = 0;
  AccountId account;
  SyncId sync;
  core::sync::VerifyReceipt receipt;

  bool operator==(const SyncProof&) const = default;
};

/// So many receipts of a sync are kept.
inline constexpr int kProofsKept = 100;

/// Receipts of comparisons of tables with their provider. Blocking; thread-safe; fails besides with
/// kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class SyncProofStore {
 public:
  virtual ~SyncProofStore() = default;

  /// Keeps it, and forgets those of its sync that are older than its newest `most`. The same again
  /// changes nothing.
  virtual Status Keep(const SyncProof& proof, int most) = 0;
  /// kNotFound SYNC_PROOF_NOT_FOUND.
  virtual Result<SyncProof> Get(AccountId account, SyncProofId id) = 0;
  /// Newest first.
  virtual Result<std::vector<SyncProof>> List(Slot slot, AccountId account, SyncId sync,
                                              int limit) = 0;
};

}  // namespace sb::ports
