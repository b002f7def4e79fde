#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
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
#include "engine/runtime/company_quota.h"
#include "engine/runtime/quota_report.h"
#include "engine/runtime/slot_set.h"
#include "engine/runtime/upserts.h"

namespace sb::runtime {

/// Performs connector actions through the lanes of their account and the quota of its company.
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
    /// Reads national spellings of phone numbers; null: only the international form is read.
    const core::personal::PhoneNumbers* phones = nullptr;
    /// Requests under way at once, of all accounts: beyond it companies have their turns.
    int most_in_flight = 512;
  };

  explicit ActionRunner(Dependencies dependencies);
  ~ActionRunner() override;

  void Perform(ports::ActionCall call, Done done) override;
  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override;
  void NoteInterrupted(ports::ActionCall call, WallTime requested_at) override;

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
  /// NoteInterrupted has been told of all that the last owner of these slots left under way.
  void Settled(const std::vector<Slot>& slots);

  /// Answers everything that waits with kCancelled ENGINE_STOPPING, and what comes later likewise.
  /// On the engine's thread.
  void Stop();

  /// The account or its credential changed: it is loaded anew before its next request.
  void Forget(AccountId account);
  /// Other accounts of this one's company were connected or have gone: its quota may have to be
  /// shared out anew.
  void ShareAnew(const ports::Account& account);

  /// How the quota of the account's company stands, and what of `run` (may be none) waits for it.
  /// Blocks nobody; `done` is called on any thread. kInvalid CONNECTOR_UNKNOWN, kCancelled
  /// SLOT_MOVED, and what the stores say.
  void Report(const ports::Account& account, RunId run,
              std::function<void(Result<QuotaReport>)> done);

 private:
  struct Entry;
  struct Lookup;

  /// What the pool has read of an account.
  struct Loaded {
    std::unique_ptr<AccountLanes> lanes;
    QuotaKey key;
    core::quota::Limiter::Settings settings;
    core::quota::Limiter limiter;  ///< As stored: for the first account of its company here.
    bool recorded = false;         ///< ... and whether it was stored at all.
  };

  /// A job that the provider refused, until it is known why.
  struct Refused {
    LaneJob job;
    Error error;
  };

  void LookUp(std::shared_ptr<Lookup> lookup, const connector::Action& action, int page);
  void OnLookedUp(const std::shared_ptr<Lookup>& lookup, const connector::Action& action, int page,
                  const Result<Json>& output);
  void BeginUpsert(const Entry& entry, const connector::Action& action, ports::ActionCall call,
                   Done done);
  void NoteDoubt(const ports::ActionCall& call, WallTime requested_at);
  std::optional<WallTime> OursSince(Slot slot) const;
  Result<Json> PlainInput(const AccountLanes& lanes, const connector::Action& action,
                          Json input) const;
  ports::ActionCall AsSent(ports::ActionCall call, const connector::Action& action) const;
  void Hand(ports::ActionCall call, Done done);
  void Accept(ports::ActionCall call, Done done);
  void LoadAnew(AccountId account, Entry& entry);
  void Drop(const SlotSet& slots);
  void Load(AccountId account, Entry& entry);
  void OnLoaded(AccountId account, Result<Loaded> loaded);
  Result<Loaded> LoadAccount(AccountId account);
  Result<Loaded> LoadQuota(const ports::Account& account);
  void Adopt(Entry& entry, Loaded loaded);
  void Leave(AccountId account, Entry& entry);
  void Enqueue(Entry& entry, ports::ActionCall call, Done done, bool refused_before = false);
  Result<LaneJob> Prepare(const AccountLanes& lanes, ports::ActionCall call);
  void Pump(AccountId account);
  void Pump(CompanyQuota& quota);
  bool SendNext(CompanyQuota& quota);
  void StoreRecord(CompanyQuota& quota);
  void Landed(Entry& entry);
  void NotSent(AccountId account, const LaneJob& job);
  static void NoteRefusal(AccountId account, CompanyQuota& quota,
                          const core::quota::LimitFeedback& feedback, WallTime now,
                          std::int64_t grant);
  void Begin(AccountId account, LaneJob job);
  void Send(AccountId account, LaneJob job);
  void OnAnswer(AccountId account, LaneJob job, Result<ports::HttpResponse> answer);
  void Finish(AccountId account, const LaneJob& job, Result<Json> result);
  void OnRefusal(AccountId account, LaneJob job, const Error& error);
  void AskAboutCredential(AccountId account, std::int64_t generation);
  void OnVerdict(AccountId account, std::int64_t generation, ports::CredentialVerdict verdict);
  void TryAgain(AccountId account, std::vector<Refused> refused);
  void KeepAsking(AccountId account, std::int64_t generation, std::vector<Refused> refused);
  void ReportStored(const ports::Account& account, std::function<void(Result<QuotaReport>)> done);
  Entry& EntryOf(AccountId account);
  void Hold(AccountId account, const Entry& entry);
  bool IsClosed(const Entry& entry) const;
  bool MayAct() const;

  Dependencies deps_;
  std::map<AccountId, std::unique_ptr<Entry>> entries_;
  std::map<QuotaKey, std::unique_ptr<CompanyQuota>> quotas_;  ///< Until their slot is dropped.
  int in_flight_ = 0;
  core::quota::Stride<QuotaKey> turns_;  ///< Of companies for which there was no room.
  SlotSet closed_;
  std::map<Slot, WallTime> opened_;  ///< When a slot came to this instance.
  SlotSet unsettled_;                ///< Of them, those that Settled has not been told of.
  std::size_t unheard_ = 0;          ///< Interrupted calls whose account is being loaded.
  Upserts upserts_;
  bool stopped_ = false;
};

}  // namespace sb::runtime
