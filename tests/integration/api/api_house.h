#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "engine/accounts/check_up.h"
#include "engine/accounts/connections.h"
#include "engine/accounts/erasures.h"
#include "engine/accounts/key_rotation.h"
#include "engine/accounts/onward_delivery.h"
#include "engine/accounts/recording_links.h"
#include "engine/accounts/replications.h"
#include "engine/accounts/reports.h"
#include "engine/accounts/sync_verifier.h"
#include "engine/adapters/crypto/sodium_keys.h"
#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/adapters/system/worker_pool.h"
#include "engine/api/api_server.h"
#include "engine/api/tenant_token.h"
#include "engine/base/metrics.h"
#include "engine/connector/connector.h"
#include "engine/ports/action_performer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/named_secrets.h"
#include "engine/syncs/platform_records.h"
#include "engine/syncs/sync_scene.h"
#include "engine/syncs/two_way_syncs.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"
#include "tests/support/glass_vault.h"
#include "tests/support/memory_account_history.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_api_key_store.h"
#include "tests/support/memory_application_store.h"
#include "tests/support/memory_data_key_store.h"
#include "tests/support/memory_dead_letter_store.h"
#include "tests/support/memory_early_value_store.h"
#include "tests/support/memory_erasure_store.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_gap_store.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_onward_store.h"
#include "tests/support/memory_platform_record_store.h"
#include "tests/support/memory_recording_store.h"
#include "tests/support/memory_refresh_store.h"
#include "tests/support/memory_row_sink.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/memory_schedule_store.h"
#include "tests/support/memory_secret_store.h"
#include "tests/support/memory_session_store.h"
#include "tests/support/memory_skip_ledger.h"
#include "tests/support/memory_sync_proof_store.h"
#include "tests/support/memory_sync_store.h"
#include "tests/support/memory_workflow_store.h"
#include "tests/support/seeded_random.h"

namespace sb::testing {

/// An engine that does what the test says: runs move by Tell only. Thread-safe.
class ScriptedEngine : public runtime::Engine {
 public:
  ScriptedEngine(MemoryDatabase& database, ports::WorkflowStore& workflows, IdGenerator& ids,
                 const FakeClock& clock)
      : database_(database), workflows_(workflows), ids_(ids), clock_(clock) {}

  /// Stores facts of a run and tells its watchers, as a commit would.
  void Tell(RunId id, const std::vector<core::workflow::FactBody>& facts);
  /// Tells the watchers of a run all that its journal holds, as when another instance works on it.
  void TellWhole(RunId id);
  /// How many clients watch the run.
  int WatcherCount(RunId id) const;

  int workflow_changes() const { return workflow_changes_; }

  std::string cancel_reason() const;
  /// The next StartRun fails.
  void FailNextStart(Error error);

  void StartRun(StartRequest request, std::function<void(Result<RunId>)> done) override;
  void StartRuns(std::vector<StartRequest> requests,
                 std::function<void(StartedRuns)> done) override;
  void CancelRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void SuspendRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void ResumeRun(RunId id, std::function<void(Status)> done) override;
  std::unique_ptr<runtime::Watch> WatchRun(
      RunId id, std::function<void(const runtime::RunNews&)> news) override;
  void AcceptEvent(ports::InboxItem item, std::optional<Json> data,
                   std::function<void(Result<bool>)> done) override;

  void ReadQuota(AccountId account, RunId run,
                 std::function<void(Result<runtime::QuotaReport>)> done) override;
  /// What ReadQuota answers for the account; without it: a fresh quota.
  void StandAt(const runtime::QuotaReport& report);
  /// ... or that it fails.
  void FailQuota(AccountId account, Error error);

  void WorkflowsChanged() override { ++workflow_changes_; }

  void AccountChanged(AccountId) override {}

 private:
  class Watcher;

  struct Watched {
    std::mutex mutex;
    std::map<int, std::pair<RunId, std::function<void(const runtime::RunNews&)>>> watchers;
    int next = 0;
  };

  std::optional<core::workflow::Run> StateOf(RunId id) const;
  void Tell(const runtime::RunNews& news);

  MemoryDatabase& database_;
  ports::WorkflowStore& workflows_;
  IdGenerator& ids_;
  const FakeClock& clock_;
  std::shared_ptr<Watched> watched_ =
      std::make_shared<Watched>();  // shared: a watch may outlive the engine
  std::atomic<int> workflow_changes_{0};
  mutable std::mutex mutex_;
  std::string cancel_reason_;
  std::optional<Error> start_failure_;
  std::map<std::string, RunId> by_request_;
  std::map<AccountId, Result<runtime::QuotaReport>> quotas_;
};

/// Performs actions as the test says. Without a script the answer is the input.
class ScriptedPerformer : public ports::ActionPerformer {
 public:
  using Script = std::function<void(ports::ActionCall, Done)>;

  void Play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }

  void Perform(ports::ActionCall call, Done done) override {
    Script script;
    {
      const std::lock_guard lock(mutex_);
      script = script_;
    }
    if (script) return script(std::move(call), std::move(done));
    done(call.input);
  }

  void ReadBack(ports::ActionCall, WallTime, ReadBackDone done) override {
    done(std::optional<Json>());
  }

 private:
  std::mutex mutex_;
  Script script_;
};

/// The keys that the house was given.
inline Secret NewVaultKey() {
  return Secret(std::string(32, 'n'));
}

inline Secret OldVaultKey() {
  return Secret(std::string(32, 'o'));
}

/// A server on a free port over memory stores, with the real connector of Aircall and nobody at its
/// other end.
class ApiHouse {
 public:
  explicit ApiHouse(int threads = 4, std::size_t queue = 64);
  ~ApiHouse();

  /// A new key, of all tenants where none is named; the text to call with.
  std::string AddKey(ports::Role role, const std::string& tenant = "");
  std::string AddKey(ports::Role role, const ports::TenantScope& scope);
  AccountId AddAccount(const std::string& tenant, const std::string& company = "Lumen Tools");
  /// Deploys a workflow of this name, past the API.
  WorkflowId AddWorkflow(const std::string& name = "note", const std::string& version = "1.0.0");
  RunId AddRun(AccountId account, WorkflowId workflow);
  EventId AddEvent(AccountId account, const std::string& type = "io.aircall.call.ended");
  void StopEverything();
  /// What a server of this house stands on.
  api::Dependencies Things();

  /// Goes on with what is being erased until nothing more can be done.
  void Erase() {
    while (erasures->RunOnce() == accounts::Erasures::Pace::kMore) {
    }
  }

  /// A context that carries the key; ten seconds at most, so that a fault cannot hang the suite.
  std::unique_ptr<grpc::ClientContext> With(const std::string& key) const;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  std::string address() const { return server->address(); }

  FakeClock clock;
  const core::workflow::Expressions& expressions;
  adapters::system::SystemTimeZones zones;
  IdGenerator ids{1};
  Metrics metrics;
  SeededRandom random;
  MemoryDatabase database;
  MemoryAccountStore accounts;
  MemoryAccountHistory account_history{accounts};
  MemoryRefreshStore refreshes{accounts, clock};
  MemorySessionStore sessions;
  MemoryApplicationStore applications{accounts};
  MemoryWorkflowStore workflows;
  MemoryRunStore runs{database};
  MemoryScheduleStore schedules{database, accounts};
  MemoryInboxStore inbox{database};
  MemoryDeadLetterStore dead_letters{database};
  MemoryErasureStore erasure_store{database, accounts};
  MemoryGapStore gaps;
  MemoryRecordingStore recordings;
  MemorySyncStore syncs;
  MemorySyncLedger sync_ledger{&syncs};
  MemorySyncProofStore sync_proofs;
  MemorySkipLedger skips;
  MemoryRowSink tables{&syncs};
  MemoryOnward onward;
  MemoryDestinationStore destinations{onward};
  MemoryDeliveryStore deliveries{onward, database};
  MemoryEventFeed feed{database};
  MemoryApiKeyStore keys;
  MemorySecretStore secrets;
  FakeHttpClient http;
  GlassVault vault;
  MemoryDataKeyStore data_keys;
  MemoryEarlyValueStore early_values{accounts, secrets};
  adapters::crypto::SodiumKeys vault_keys =
      adapters::crypto::SodiumKeys::Create({NewVaultKey(), OldVaultKey()}).value();
  accounts::KeyRotation key_rotation{{data_keys, early_values, vault_keys, vault}};
  api::TenantTokens tokens{Secret("a key for tests")};
  accounts::RecordingLinks recording_links{Secret("a key for tests")};
  ScriptedPerformer performer;
  ScriptedEngine engine{database, workflows, ids, clock};
  std::atomic<int> enablement_changes{0};
  std::atomic<int> sync_changes{0};
  std::atomic<int> onward_changes{0};
  runtime::NamedSecrets named_secrets{{accounts, secrets, vault, expressions}};
  std::unique_ptr<adapters::system::WorkerPool> pool;
  std::unique_ptr<connector::Library> library;
  std::unique_ptr<accounts::AccountBook> book;
  std::unique_ptr<accounts::TokenRefresher> refresher;
  std::unique_ptr<accounts::CredentialCare> care;
  std::unique_ptr<accounts::Connections> connections;
  std::unique_ptr<accounts::CheckUp> check_up;
  std::unique_ptr<accounts::Erasures> erasures;
  std::unique_ptr<accounts::Replications> replications;
  std::unique_ptr<accounts::SyncVerifier> sync_verifier;
  FakeLinkStore links{clock};
  MemoryPlatformRecordStore record_store{clock};
  syncs::PlatformRecords platform_records{{record_store, clock}};
  FakeRecordSide aircall_contacts{ContactsSide(), clock};  ///< Side A of every two-way sync.
  FakeRecordSide customers{CustomersSide(), clock};        ///< Side B of every two-way sync.
  std::unique_ptr<syncs::SceneBook> scenes;
  std::unique_ptr<syncs::TwoWaySyncs> two_way;
  MemorySyncStore report_syncs;
  MemoryRowSink report_tables;
  std::unique_ptr<accounts::Reports> reports;
  std::unique_ptr<accounts::OnwardDelivery> onward_delivery;
  std::unique_ptr<api::ApiServer> server;

 private:
  void BuildReplications(const accounts::ConnectionDependencies& world);
  void BuildTwoWay();
  static FakeRecordSide::Options ContactsSide();
  static FakeRecordSide::Options CustomersSide();

  std::shared_ptr<grpc::Channel> channel_;
  int key_count_ = 0;
};

/// The YAML of a workflow that notes something at a call.
std::string NoteWorkflow(const std::string& name = "note", const std::string& version = "1.0.0");

/// The YAML of a sync that keeps users, teams and tags in tables of the account's own.
std::string WarehouseSync(const std::string& version = "1.0.0");

/// The YAML of a two-way sync between contacts and a table, "aircall" and "crm"; conflicts of
/// company_name are asked.
std::string CustomersSync(const std::string& version = "1.0.0");

/// The `reason` of a refused call's ErrorInfo; empty when there is none.
std::string ReasonOf(const grpc::Status& status);

}  // namespace sb::testing
