#include "engine/accounts/sync_verifier.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/accounts/stored_replication.h"
#include "engine/accounts/stream_comparison.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using core::sync::Replication;
using core::sync::StreamChoice;
using core::sync::StreamProof;
using core::sync::Window;

Status CheckVerifyOptions(const VerifyOptions& options) {
  const bool sampled = options.depth == ProofDepth::kSample;
  if (sampled && (options.sample < 1 || options.sample > kLargestSample)) {
    return Invalid("SYNC_VERIFY_INVALID",
                   "a sample has 1 to " + std::to_string(kLargestSample) + " rows of a stream");
  }
  if (options.from && options.until && *options.from > *options.until)
    return Invalid("SYNC_VERIFY_INVALID", "it begins after its end");
  return {};
}

/// Those of the definition that were asked for, in its order.
Result<std::vector<StreamChoice>> ChosenToVerify(const Replication& replication,
                                                 const std::vector<std::string>& names) {
  if (names.empty()) return replication.streams;
  std::vector<StreamChoice> chosen;
  for (const StreamChoice& choice : replication.streams) {
    if (std::ranges::find(names, choice.stream) != names.end()) chosen.push_back(choice);
  }
  for (const std::string& name : names) {
    const bool known = std::ranges::any_of(
        chosen, [&](const StreamChoice& choice) { return choice.stream == name; });
    if (!known) return NotFound("SYNC_STREAM_NOT_CHOSEN", "the sync has no stream '" + name + "'");
  }
  return chosen;
}

VerifyReceipt OpenReceipt(const ports::Sync& sync, const VerifyOptions& options, WallTime now) {
  VerifyReceipt receipt;
  receipt.sync = sync.name;
  receipt.version = sync.version;
  receipt.schema = sync.schema;
  receipt.depth = options.depth;
  receipt.sample = options.depth == ProofDepth::kSample ? options.sample : 0;
  receipt.from = options.from;
  receipt.until = options.until;
  receipt.begun_at = now;
  return receipt;
}

/// What is wanted of a stream.
Window WantedWindow(const Replication& replication, const StreamChoice& choice,
                    const VerifyOptions& options, WallTime now) {
  const WallTime start = choice.start.value_or(replication.start.value_or(WallTime()));
  return {std::max(start, options.from.value_or(start)),
          std::min(now, options.until.value_or(now))};
}

}  // namespace

/// What one comparison needs for all its streams.
struct SyncVerifier::Work {
  const ports::Sync& sync;
  const VerifyOptions& options;
  const std::function<bool(const VerifyProgress&)>& tell;
  const Replication& replication;
  const std::map<std::string, core::sync::Stream>& known;
  PerformAction perform;
  ports::RowSink& sink;
  std::vector<StreamChoice> chosen;
};

SyncVerifier::SyncVerifier(Dependencies dependencies)
    : deps_(std::move(dependencies)), fetcher_(deps_.world.expressions, deps_.world.clock) {}

Result<ports::SyncProof> SyncVerifier::Verify(
    const ports::Account& account, const ports::Sync& sync, const VerifyOptions& options,
    const std::function<bool(const VerifyProgress&)>& tell) {
  if (sync.state == ports::SyncState::kDeleted || sync.account != account.id)
    return NotFound("SYNC_NOT_FOUND", "there is no such sync");
  if (Status fits = CheckVerifyOptions(options); !fits.ok()) return fits.error();
  if (!ports::Works(account.state))
    return Unavailable("ACCOUNT_NEEDS_REAUTH", "the account does not work; connect it again");
  const WallTime now = deps_.world.clock.Now();
  const auto replication = ReadStoredReplication(sync, deps_.world.connectors, now);
  if (!replication.ok()) return replication.error();
  auto chosen = ChosenToVerify(*replication, options.streams);
  if (!chosen.ok()) return chosen.error();
  const auto connector = FindConnector(deps_.world.connectors, replication->from);
  if (!connector.ok()) return connector.error();
  ports::RowSink* sink = deps_.sink_of(sync.connection);
  if (sink == nullptr) {
    return NotFound("SYNC_CONNECTION_NOT_FOUND",
                    "this server has no connection '" + sync.connection + "'");
  }
  const Work work{
      sync,
      options,
      tell,
      *replication,
      *deps_.world.connectors.FindStreams(replication->from),
      ForAccount(deps_.world.actions, **connector, account.id, core::quota::Lane::kBackfill),
      *sink,
      *std::move(chosen)};
  ports::SyncProof proof;
  proof.id = deps_.world.ids.Next<ports::SyncProofTag>(now);
  proof.slot = sync.slot;
  proof.account = sync.account;
  proof.sync = sync.id;
  proof.receipt = Compare(work, now);
  if (Status kept = deps_.proofs.Keep(proof, ports::kProofsKept); !kept.ok()) return kept.error();
  Log::Info("sync.verified", {{"account", ToText(account.id)},
                              {"sync", sync.name},
                              {"verdict", core::sync::ToString(proof.receipt.verdict)}});
  return proof;
}

std::function<Result<std::set<std::string>>(const std::vector<std::string>&)>
SyncVerifier::LeftOutBy(const ports::Sync& sync, const StreamChoice& choice) const {
  const ports::SyncPlace place{sync.slot, sync.account, sync.id, choice.stream};
  return [this, place](const std::vector<std::string>& keys) {
    return deps_.skips.Skipped(place, keys);
  };
}

VerifyReceipt SyncVerifier::Compare(const Work& work, WallTime now) const {
  VerifyReceipt receipt = OpenReceipt(work.sync, work.options, now);
  for (const StreamChoice& choice : work.chosen) {
    if (receipt.stopped) break;
    const auto stream = work.known.find(choice.stream);
    // What no list shows cannot be compared with one.
    if (stream == work.known.end() || stream->second.list.action.empty()) continue;
    std::int64_t requests = 0;
    for (const StreamProof& each : receipt.streams) requests += each.requests;
    const auto index = static_cast<int>(receipt.streams.size());
    const ComparisonScene scene{
        stream->second,
        work.sync.schema,
        WantedWindow(work.replication, choice, work.options, now),
        work.options.depth,
        receipt.sample,
        work.replication.deletes,
        work.perform,
        work.sink,
        [&](const Window& window, std::optional<std::int64_t> total, const StreamProof& so_far) {
          return work.tell({choice.stream, index, static_cast<int>(work.chosen.size()), window,
                            total, so_far.sum, requests + so_far.requests});
        },
        choice.only.empty() ? nullptr : LeftOutBy(work.sync, choice)};
    StreamComparison comparison(fetcher_, deps_.world.clock, scene);
    receipt.streams.push_back(comparison.Run());
    receipt.stopped = comparison.stopped();
  }
  receipt.ended_at = deps_.world.clock.Now();
  core::sync::Conclude(receipt);
  return receipt;
}

}  // namespace sb::accounts
