#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/credential_verdict.h"
#include "engine/ports/executor.h"
#include "engine/ports/http_client.h"
#include "engine/ports/run_store.h"
#include "engine/ports/vault.h"
#include "engine/runtime/account_lanes.h"
#include "engine/runtime/commit_writer.h"
#include "engine/runtime/slot_set.h"

namespace sb::runtime {

/// Performs connector actions through the lanes and the quota of their account.
///
/// All state lives on the engine's thread; loading an account and its credential happens on the
/// pool, sending on the HTTP client's thread. Public methods are thread-safe.
class ActionRunner : public ports::ActionPerformer {
 public:
  struct Dependencies {
    ports::AccountStore& accounts;
    ports::RunStore& runs;
    ports::Vault& vault;
    ports::HttpClient& http;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    ports::Executor& home;
    ports::Executor& pool;
    CommitWriter& commits;
    Metrics& metrics;
    Millis request_timeout = std::chrono::seconds(10);
    Millis start_window = std::chrono::seconds(2);  ///< From a stored intent to the first byte.
    /// Whether this instance may still act for its slots (its heartbeats are answered). On any
    /// thread.
    std::function<bool()> may_act;
    /// What to make of a refused credential. The account's lanes hold until it is answered.
    ports::CredentialQuestion credential_refused;
  };

  explicit ActionRunner(Dependencies dependencies);
  ~ActionRunner() override;

  void Perform(ports::ActionCall call, Done done) override;
  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override;

  // Slots come and go; all on the engine's thread.

  /// Starts nothing more for the accounts of these slots: what waits is answered with kCancelled
  /// SLOT_MOVED, and what comes later likewise.
  void Close(const std::vector<Slot>& slots);
  /// Whether a request for these slots is under way.
  bool IsSending(const SlotSet& slots) const;
  /// Whether what these slots have spent is being stored.
  bool IsRecording(const SlotSet& slots) const;
  /// Forgets what it knows of the accounts of closed slots: another instance spends their quota
  /// now.
  void DropClosed();
  void Open(const std::vector<Slot>& slots);

  /// Answers everything that waits with kCancelled ENGINE_STOPPING, and what comes later likewise.
  /// On the engine's thread.
  void Stop();

  /// The account or its credential changed: it is loaded anew before its next request.
  void Forget(AccountId account);

 private:
  struct Entry;

  /// A job that the provider refused, until it is known why.
  struct Refused {
    LaneJob job;
    Error error;
  };

  void Accept(ports::ActionCall call, Done done);
  void Load(AccountId account, Entry& entry);
  void OnLoaded(AccountId account, Result<std::unique_ptr<AccountLanes>> loaded);
  Result<std::unique_ptr<AccountLanes>> LoadLanes(AccountId account);
  void Enqueue(Entry& entry, ports::ActionCall call, Done done, bool refused_before = false);
  Result<LaneJob> Prepare(const AccountLanes& lanes, ports::ActionCall call);
  void Pump(AccountId account);
  void StoreRecord(AccountId account, AccountLanes& lanes);
  void Begin(AccountId account, LaneJob job);
  void Send(AccountId account, LaneJob job);
  void OnAnswer(AccountId account, LaneJob job, Result<ports::HttpResponse> answer);
  void Finish(AccountId account, const LaneJob& job, Result<Json> result);
  void OnRefusal(AccountId account, LaneJob job, const Error& error);
  void AskAboutCredential(AccountId account, std::int64_t generation);
  void OnVerdict(AccountId account, std::int64_t generation, ports::CredentialVerdict verdict);
  void TryAgain(AccountId account, std::vector<Refused> refused);
  void KeepAsking(AccountId account, std::int64_t generation, std::vector<Refused> refused);
  Entry& EntryOf(AccountId account);
  bool IsClosed(const Entry& entry) const;
  bool MayAct() const;

  Dependencies deps_;
  std::map<AccountId, std::unique_ptr<Entry>> entries_;
  SlotSet closed_;
  bool stopped_ = false;
};

}  // namespace sb::runtime
