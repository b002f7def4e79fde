#pragma once

#include <functional>
#include <string>

#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/core/peers/network.h"

namespace sb::accounts {
class CheckUp;
class Connections;
class Erasures;
class KeyRotation;
class OnwardDelivery;
class RecordingLinks;
class Replications;
class SyncVerifier;
class Reports;
}  // namespace sb::accounts

namespace sb::connector {
class Library;
}

namespace sb::core::schedule {
class TimeZones;
}

namespace sb::core::workflow {
class Expressions;
}

namespace sb::ports {
class AccountHistory;
class AccountStore;
class ActionPerformer;
class ApiKeyStore;
class Clock;
class DeadLetterStore;
class DeliveryStore;
class DestinationStore;
class ErasureStore;
class EventFeed;
class GapStore;
class InboxStore;
class PlatformRecordStore;
class Random;
class RecordingStore;
class RunStore;
class ScheduleStore;
class SecretStore;
class SessionStore;
class SkipLedger;
class SyncLedger;
class SyncProofStore;
class SyncStore;
class Vault;
class WorkflowStore;
}  // namespace sb::ports

namespace sb::runtime {
class Engine;
}

namespace sb::syncs {
class PlatformRecords;
class TwoWaySyncs;
}  // namespace sb::syncs

namespace sb::api {

class TenantTokens;

/// What the API stands on. Everything is borrowed and outlives the ApiServer.
struct Dependencies {
  ports::AccountStore& accounts;
  ports::AccountHistory& account_history;
  ports::SessionStore& sessions;
  ports::WorkflowStore& workflows;
  ports::RunStore& runs;
  ports::ScheduleStore& schedules;
  ports::InboxStore& inbox;
  ports::DeadLetterStore& dead_letters;
  ports::EventFeed& feed;
  ports::ApiKeyStore& api_keys;
  ports::SecretStore& secrets;
  ports::Vault& vault;
  accounts::KeyRotation& key_rotation;
  runtime::Engine& engine;
  accounts::Connections& connections;
  accounts::CheckUp& check_up;
  accounts::Erasures& erasures;
  ports::ErasureStore& erasure_store;
  ports::GapStore& gaps;
  ports::RecordingStore& recordings;
  const accounts::RecordingLinks& recording_links;
  accounts::Replications& replications;
  accounts::SyncVerifier& sync_verifier;
  syncs::TwoWaySyncs& two_way;
  syncs::PlatformRecords& platform_records;
  ports::PlatformRecordStore& record_store;
  ports::SyncStore& syncs;
  ports::SyncLedger& sync_ledger;
  ports::SyncProofStore& sync_proofs;
  ports::SkipLedger& skips;
  accounts::Reports& reports;
  ports::DestinationStore& destinations;
  ports::DeliveryStore& deliveries;
  accounts::OnwardDelivery& onward;
  /// Something may go onward now. Does not block.
  std::function<void()> on_onward_changed;
  ports::ActionPerformer& actions;
  const connector::Library& connectors;
  const core::workflow::Expressions& expressions;
  const core::schedule::TimeZones& zones;
  const ports::Clock& clock;
  ports::Random& random;
  IdGenerator& ids;
  Metrics& metrics;
  const TenantTokens& tenant_tokens;
  core::TrustedProxies proxies;  ///< Whose x-forwarded-for is believed.
  /// Hands a task to a bounded pool of threads that may block; false: the pool is full, and the
  /// task is dropped. A task that was taken must run, also while the program stops: a call waits
  /// for it.
  std::function<bool(std::function<void()>)> post;
  /// Workflows were enabled or disabled, other recordings are kept, or events go elsewhere:
  /// webhooks may have to carry other events. Called on a pool thread.
  std::function<void()> on_enablement_changed;
  /// "https://switchboard.example": where the HTTP door is for the world.
  std::function<std::string()> public_url;
};

}  // namespace sb::api
