#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/accounts/replications.h"
#include "engine/accounts/sync_verifier.h"
#include "engine/base/json.h"
#include "engine/core/sync/import_rules.h"
#include "engine/core/sync/table_plan.h"
#include "engine/ports/skip_ledger.h"
#include "engine/ports/sync_proof_store.h"
#include "engine/ports/sync_store.h"
#include "switchboard/v1/sync.pb.h"

namespace sb::api {

/// Without source and streams.
switchboard::v1::Sync ToProto(const ports::Sync& sync);
/// "acme/calls"
std::string SyncTitle(const ports::Sync& sync);

/// The form of definitions of a kind, or where none is given of both: the word `between` tells a
/// two-way sync.
Json SyncSchemaOf(switchboard::v1::Sync::Kind kind, Json replication, Json two_way);

/// How a stream of a sync stands. `held`: rows that the delete brake may hold back.
switchboard::v1::SyncStreamProgress ToProto(const accounts::StreamStanding& standing,
                                            ports::SyncState state, std::int64_t held);
/// What to do about a stream's error, in a sentence.
std::string SyncErrorHelp(const std::string& code);

switchboard::v1::SyncTablePlan ToProto(const core::sync::TablePlan& plan);
switchboard::v1::SyncReceipt ToProto(const ports::SyncReceipt& receipt);
switchboard::v1::SyncReject ToProto(const ports::SyncReject& reject);
/// `sync`: its title.
switchboard::v1::Skip ToProto(const ports::SkippedRecord& record, const std::string& sync);
switchboard::v1::RecordExplanation ToProto(const core::sync::ImportAnswer& answer);

/// "prf_..." The reverse gives nothing for any other text.
std::string ToText(ports::SyncProofId id);
std::optional<ports::SyncProofId> ParseSyncProofId(const std::string& text);

/// `whole`: with windows and examples.
switchboard::v1::SyncVerification ToProto(const ports::SyncProof& proof, bool whole);
switchboard::v1::SyncVerificationProgress ToProto(const accounts::VerifyProgress& progress);

}  // namespace sb::api
