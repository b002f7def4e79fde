#include "engine/api/sync_calls.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "engine/accounts/replications.h"
#include "engine/accounts/sync_verifier.h"
#include "engine/api/account_reach.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/api/request_id.h"
#include "engine/api/sync_finder.h"
#include "engine/api/sync_mapping.h"
#include "engine/api/two_way_calls.h"
#include "engine/api/workflow_mapping.h"
#include "engine/connector/connector.h"
#include "engine/core/sync/replication.h"
#include "engine/core/twoway/definition.h"
#include "engine/ports/clock.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_proof_store.h"
#include "engine/syncs/two_way_syncs.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::sync::Replication;
using core::sync::ReplicationOutcome;

constexpr int kUsualFindings = 50;
constexpr int kMostFindings = 1000;
constexpr int kUsualProofs = 10;
constexpr std::int64_t kUsualSample = 100;
constexpr int kMostVerifiedStreams = 100;
constexpr std::size_t kLongestRecord = 200;
constexpr std::size_t kLongestSkipWord = 64;

/// `given`, 0 standing for `usual`; nothing when it is out of bounds.
std::optional<int> LimitFrom(int given, int usual, int most) {
  if (given == 0) return usual;
  if (given < 0 || given > most) return {};
  return given;
}

Failure WrongLimit(int most) {
  return WrongField("limit", "takes 1 to " + std::to_string(most) + ", or 0 for the usual number");
}

ReplicationOutcome ReadReplication(const Dependencies& deps, const std::string& source) {
  return core::sync::ParseReplication(source, deps.connectors, deps.clock.Now(), &deps.expressions);
}

/// The sync as it would be stored.
v1::Sync SyncToBe(const ports::Account& account, const Replication& replication,
                  const std::string& schema) {
  v1::Sync proto;
  proto.set_account(ToText(account.id));
  proto.set_kind(v1::Sync::KIND_REPLICATION);
  proto.set_namespace_(replication.head.workspace);
  proto.set_name(replication.head.name);
  proto.set_version(replication.head.version);
  proto.set_connection(replication.into.connection);
  proto.set_schema(schema);
  return proto;
}

/// A schema without the account in its name may hold another tenant's tables, whatever tenant has
/// a sync there now.
Status MayUseSchema(const Caller& caller, const Replication& replication) {
  const bool own = replication.into.schema.find("{account}") != std::string::npos;
  if (own || caller.ReachesAllTenants()) return {};
  return Forbidden("SYNC_SCHEMA_NOT_OWN",
                   "an API key of some tenants only can use a schema that has {account} in its "
                   "name, such as tables_{account}");
}

std::optional<WallTime> TimeFrom(bool given, const google::protobuf::Timestamp& timestamp) {
  if (!given) return {};
  return WallTime(std::chrono::seconds(timestamp.seconds()) +
                  std::chrono::milliseconds(timestamp.nanos() / 1'000'000));
}

Outcome ReadVerifyOptions(const v1::VerifySyncRequest& request, accounts::VerifyOptions& options) {
  if (request.streams_size() > kMostVerifiedStreams)
    return WrongField("streams", "takes at most 100 streams; leave it out for all of them");
  options.streams.assign(request.streams().begin(), request.streams().end());
  switch (request.depth()) {
    case v1::SyncVerification::DEPTH_UNSPECIFIED:
    case v1::SyncVerification::DEPTH_COUNTS:
      options.depth = core::sync::ProofDepth::kCounts;
      break;
    case v1::SyncVerification::DEPTH_SAMPLE:
      options.depth = core::sync::ProofDepth::kSample;
      break;
    case v1::SyncVerification::DEPTH_ALL:
      options.depth = core::sync::ProofDepth::kAll;
      break;
    default:
      return WrongField("depth", "takes DEPTH_COUNTS, DEPTH_SAMPLE or DEPTH_ALL");
  }
  if (request.sample() < 0 || request.sample() > accounts::kLargestSample)
    return WrongField("sample", "takes 1 to 100000 rows, or 0: 100");
  options.sample = request.sample() == 0 ? kUsualSample : request.sample();
  constexpr std::int64_t kEndOfTime = 253'402'300'799;  // the last second of 9999
  const auto is_time = [&](const google::protobuf::Timestamp& time) {
    return time.seconds() >= 0 && time.seconds() <= kEndOfTime;
  };
  if (!is_time(request.from_time())) return WrongField("from_time", "takes 1970 to 9999");
  if (!is_time(request.until_time())) return WrongField("until_time", "takes 1970 to 9999");
  options.from = TimeFrom(request.has_from_time(), request.from_time());
  options.until = TimeFrom(request.has_until_time(), request.until_time());
  return {};
}

/// The titles of an account's syncs, by id.
Result<std::map<ports::SyncId, std::string>> TitlesOf(const Dependencies& deps, AccountId account) {
  const auto syncs = deps.syncs.List(account);
  if (!syncs.ok()) return syncs.error();
  std::map<ports::SyncId, std::string> titles;
  for (const ports::Sync& sync : *syncs) titles[sync.id] = SyncTitle(sync);
  return titles;
}

}  // namespace

// ---- Definitions

Outcome PlanSyncInto(const Dependencies& deps, const Caller& caller,
                     const v1::PlanSyncRequest& request, const std::function<bool()>& abandoned,
                     v1::PlanSyncResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& account = std::get<ports::Account>(found);
  if (core::twoway::IsTwoWay(request.source()))
    return PlanTwoWayInto(deps, caller, account, request, abandoned, response);
  const ReplicationOutcome outcome = ReadReplication(deps, request.source());
  for (const Diagnostic& error : outcome.errors)
    *response.add_diagnostics() = ToProto(error, v1::Diagnostic::SEVERITY_ERROR);
  if (!outcome.replication) return {};
  if (Status may = MayUseSchema(caller, *outcome.replication); !may.ok()) return may.error();
  const auto plan = deps.replications.Plan(account, *outcome.replication);
  if (!plan.ok()) return plan.error();
  *response.mutable_sync() = SyncToBe(account, *outcome.replication, plan->schema);
  *response.mutable_plan() = ToProto(plan->tables);
  return {};
}

Outcome DeploySyncInto(const Dependencies& deps, const Caller& caller,
                       const v1::DeploySyncRequest& request, v1::DeploySyncResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& account = std::get<ports::Account>(found);
  if (core::twoway::IsTwoWay(request.source()))
    return DeployTwoWayInto(deps, caller, account, request, response);
  if (auto wrong = CheckRequestId(request.request_id())) return wrong;
  const ReplicationOutcome outcome = ReadReplication(deps, request.source());
  if (!outcome.replication) return WrongSync(outcome.errors);
  if (Status may = MayUseSchema(caller, *outcome.replication); !may.ok()) return may.error();
  const auto plan = deps.replications.Check(account, *outcome.replication, request.source());
  if (!plan.ok()) return plan.error();
  *response.mutable_plan() = ToProto(plan->tables);
  if (request.validate_only()) {
    *response.mutable_sync() = SyncToBe(account, *outcome.replication, plan->schema);
    return {};
  }
  auto sync = deps.replications.Deploy(account, *outcome.replication, request.source());
  if (!sync.ok()) return sync.error();
  if (request.start()) {
    sync = deps.replications.SetState(account.id, sync->id, ports::SyncState::kRunning);
    if (!sync.ok()) return sync.error();
  }
  *response.mutable_sync() = ToProto(*sync);
  response.mutable_sync()->set_source(sync->definition);
  return {};
}

// ---- Syncs

Outcome SetSyncState(const Dependencies& deps, const Caller& caller, const std::string& account,
                     const std::string& sync, ports::SyncState state, v1::Sync& response) {
  auto found = FindSync(deps, caller, account, sync);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& target = std::get<FoundSync>(found);
  const auto changed = target.sync.kind == ports::SyncKind::kTwoWay
                           ? deps.two_way.SetState(target.account.id, target.sync.id, state)
                           : deps.replications.SetState(target.account.id, target.sync.id, state);
  if (!changed.ok()) return changed.error();
  response = ToProto(*changed);
  return {};
}

Outcome GetSyncInto(const Dependencies& deps, const Caller& caller,
                    const v1::GetSyncRequest& request, v1::GetSyncResponse& response) {
  auto found = FindSync(deps, caller, request.account(), request.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& sync = std::get<FoundSync>(found).sync;
  auto proto = SyncWithProgress(deps, sync);
  if (!proto.ok()) return proto.error();
  *response.mutable_sync() = *std::move(proto);
  response.mutable_sync()->set_source(sync.definition);
  return {};
}

Outcome ListSyncsInto(const Dependencies& deps, const Caller& caller,
                      const v1::ListSyncsRequest& request, v1::ListSyncsResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto syncs = deps.syncs.List(std::get<ports::Account>(found).id);
  if (!syncs.ok()) return syncs.error();
  for (const ports::Sync& sync : *syncs) *response.add_syncs() = ToProto(sync);
  return {};
}

Outcome ApproveDeletesInto(const Dependencies& deps, const Caller& caller,
                           const v1::ApproveDeletesRequest& request,
                           v1::ApproveDeletesResponse& response) {
  auto found = FindSync(deps, caller, request.account(), request.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& sync = std::get<FoundSync>(found).sync;
  auto place = FindSyncStream(deps, sync, request.stream());
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  const Status approved = deps.replications.ApproveDeletes(sync, request.stream());
  if (!approved.ok()) return approved.error();
  const auto proto = SyncWithProgress(deps, sync);
  if (!proto.ok()) return proto.error();
  for (const v1::SyncStreamProgress& stream : proto->streams()) {
    if (stream.stream() == request.stream()) *response.mutable_stream() = stream;
  }
  return {};
}

// ---- Comparisons

Outcome VerifySyncInto(const Dependencies& deps, const Caller& caller,
                       const v1::VerifySyncRequest& request,
                       const std::function<bool(v1::VerifySyncResponse)>& send) {
  auto found = FindReplication(deps, caller, request.account(), request.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& target = std::get<FoundSync>(found);
  accounts::VerifyOptions options;
  if (auto wrong = ReadVerifyOptions(request, options)) return wrong;
  const auto proof = deps.sync_verifier.Verify(target.account, target.sync, options,
                                               [&](const accounts::VerifyProgress& progress) {
                                                 v1::VerifySyncResponse message;
                                                 *message.mutable_progress() = ToProto(progress);
                                                 return send(std::move(message));
                                               });
  if (!proof.ok()) return proof.error();
  v1::VerifySyncResponse last;
  *last.mutable_receipt() = ToProto(*proof, true);
  send(std::move(last));
  return {};
}

Outcome ListVerificationsInto(const Dependencies& deps, const Caller& caller,
                              const v1::ListSyncVerificationsRequest& request,
                              v1::ListSyncVerificationsResponse& response) {
  auto found = FindReplication(deps, caller, request.account(), request.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto limit = LimitFrom(request.limit(), kUsualProofs, ports::kProofsKept);
  if (!limit) return WrongLimit(ports::kProofsKept);
  const auto& sync = std::get<FoundSync>(found).sync;
  const auto proofs = deps.sync_proofs.List(sync.slot, sync.account, sync.id, *limit);
  if (!proofs.ok()) return proofs.error();
  for (const ports::SyncProof& proof : *proofs)
    *response.add_verifications() = ToProto(proof, false);
  return {};
}

Outcome GetVerificationInto(const Dependencies& deps, const Caller& caller,
                            const v1::GetSyncVerificationRequest& request,
                            v1::GetSyncVerificationResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto id = ParseSyncProofId(request.verification());
  if (!id) {
    return WrongField("verification", "must be the id of a receipt, such as prf_01hv3k7q8s0g");
  }
  const auto proof = deps.sync_proofs.Get(std::get<ports::Account>(found).id, *id);
  if (!proof.ok()) return proof.error();
  *response.mutable_verification() = ToProto(*proof, true);
  return {};
}

// ---- Findings

namespace {

/// The stream of a sync that a request names.
template <typename Request>
std::variant<ports::SyncPlace, Failure> PlaceIn(const Dependencies& deps, const Caller& caller,
                                                const Request& request) {
  auto found = FindSync(deps, caller, request.account(), request.sync());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  return FindSyncStream(deps, std::get<FoundSync>(found).sync, request.stream());
}

}  // namespace

Outcome ListSyncReceiptsInto(const Dependencies& deps, const Caller& caller,
                             const v1::ListSyncReceiptsRequest& request,
                             v1::ListSyncReceiptsResponse& response) {
  auto place = PlaceIn(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  const auto limit = LimitFrom(request.limit(), kUsualFindings, kMostFindings);
  if (!limit) return WrongLimit(kMostFindings);
  const auto receipts = deps.sync_ledger.Receipts(std::get<ports::SyncPlace>(place), *limit);
  if (!receipts.ok()) return receipts.error();
  for (const ports::SyncReceipt& receipt : *receipts) *response.add_receipts() = ToProto(receipt);
  return {};
}

Outcome ListSyncRejectsInto(const Dependencies& deps, const Caller& caller,
                            const v1::ListSyncRejectsRequest& request,
                            v1::ListSyncRejectsResponse& response) {
  auto place = PlaceIn(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&place)) return std::move(*failure);
  const auto limit = LimitFrom(request.limit(), kUsualFindings, kMostFindings);
  if (!limit) return WrongLimit(kMostFindings);
  const auto rejects = deps.sync_ledger.Rejected(std::get<ports::SyncPlace>(place), *limit);
  if (!rejects.ok()) return rejects.error();
  for (const ports::SyncReject& reject : *rejects) *response.add_rejects() = ToProto(reject);
  return {};
}

Outcome ListSkipsInto(const Dependencies& deps, const Caller& caller,
                      const v1::ListSkipsRequest& request, v1::ListSkipsResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& account = std::get<ports::Account>(found);
  if (request.code().size() > kLongestSkipWord) return WrongField("code", "takes at most 64 bytes");
  if (request.rule().size() > kLongestSkipWord) return WrongField("rule", "takes at most 64 bytes");
  const std::string scope =
      "skips\n" + request.account() + "\n" + request.code() + "\n" + request.rule();
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  auto titles = TitlesOf(deps, account.id);
  if (!titles.ok()) return titles.error();
  const auto skips = deps.skips.List(account.slot, account.id, request.code(), request.rule(),
                                     std::get<ports::PageRequest>(page));
  if (!skips.ok()) return skips.error();
  for (const ports::SkippedRecord& skip : skips->items)
    *response.add_skips() = ToProto(skip, (*titles)[skip.sync]);
  response.set_next_page_token(MakePageToken(skips->next_before, scope));
  return {};
}

Outcome ExplainRecordInto(const Dependencies& deps, const Caller& caller,
                          const v1::ExplainRecordRequest& request,
                          v1::ExplainRecordResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  if (request.record().empty() || request.record().size() > kLongestRecord)
    return WrongField("record", "must be the provider's id of a record, of at most 200 bytes");
  const auto answers = deps.replications.Why(std::get<ports::Account>(found), request.record());
  if (!answers.ok()) return answers.error();
  for (const core::sync::ImportAnswer& answer : *answers)
    *response.add_explanations() = ToProto(answer);
  return {};
}

}  // namespace sb::api
