#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/stream_fetcher.h"
#include "engine/core/sync/proof.h"
#include "engine/core/sync/replication.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_proof_store.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

using core::sync::ProofDepth;
using core::sync::VerifyReceipt;

/// So many rows of a stream a sample has at most.
inline constexpr std::int64_t kLargestSample = 100'000;

/// What is to be compared, and how closely.
struct VerifyOptions {
  std::vector<std::string> streams = {};  ///< Names; empty: all of the sync.
  ProofDepth depth = ProofDepth::kCounts;
  std::int64_t sample = 100;  ///< Rows for each stream; counts with ProofDepth::kSample only.
  std::optional<WallTime> from = {};  ///< Of streams with windows; nothing: the start of the sync.
  /// The end, likewise; nothing: now. Where both are given, digests of receipts can be compared.
  std::optional<WallTime> until = {};
};

/// How far a comparison is.
struct VerifyProgress {
  std::string stream;
  int stream_index = 0;  ///< From 0.
  int streams = 0;
  core::sync::Window window;          ///< What was looked at last.
  std::optional<std::int64_t> total;  ///< Objects of the stream, where the provider counts them.
  core::sync::WindowProof so_far;     ///< The sum of the stream's windows that are done.
  std::int64_t requests = 0;          ///< Of all streams.
};

/// Compares the tables of a sync with its provider and writes a receipt. Reads only, through the
/// same lists and the same lane as the sync itself; tables may be written all the while. Memory is
/// that of one window. Thread-safe; blocks, for as long as its requests take.
class SyncVerifier {
 public:
  struct Dependencies {
    ConnectionDependencies world;
    ports::SyncProofStore& proofs;
    ports::SkipLedger& skips;
    /// See Replications::Dependencies.
    std::function<ports::RowSink*(const std::string& connection)> sink_of;
  };

  explicit SyncVerifier(Dependencies dependencies);

  /// `tell` is called before each request, on this thread; false: stop here. The receipt is
  /// then INCONCLUSIVE. A stream that cannot be read on account of an error says so in its proof
  /// (StreamProof::error), and the others are gone on with.
  ///
  /// The receipt is stored (SyncProofStore) before it is returned. Fails with kNotFound
  /// SYNC_NOT_FOUND (the sync was deleted), SYNC_STREAM_NOT_CHOSEN (the sync has no such stream),
  /// SYNC_CONNECTION_NOT_FOUND; kInvalid SYNC_VERIFY_INVALID (sample, from, until),
  /// SYNC_UNREADABLE; kUnavailable ACCOUNT_NEEDS_REAUTH; and as SyncProofStore.
  Result<ports::SyncProof> Verify(const ports::Account& account, const ports::Sync& sync,
                                  const VerifyOptions& options,
                                  const std::function<bool(const VerifyProgress&)>& tell);

 private:
  struct Work;

  VerifyReceipt Compare(const Work& work, WallTime now) const;
  /// See ComparisonScene::left_out.
  std::function<Result<std::set<std::string>>(const std::vector<std::string>&)> LeftOutBy(
      const ports::Sync& sync, const core::sync::StreamChoice& choice) const;

  Dependencies deps_;
  StreamFetcher fetcher_;
};

}  // namespace sb::accounts
