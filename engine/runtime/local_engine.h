#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/ports/command_store.h"
#include "engine/ports/doorbell.h"
#include "engine/ports/ownership_store.h"
#include "engine/runtime/action_runner.h"
#include "engine/runtime/commit_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/errands.h"
#include "engine/runtime/http_caller.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/membership.h"
#include "engine/runtime/run_table.h"
#include "engine/runtime/scheduler.h"
#include "engine/runtime/slot_set.h"
#include "engine/runtime/turnstile.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

/// The engine of one instance: takes its place among the others, works for the slots that it owns,
/// and asks their owners for the rest, until it is stopped or fenced. All decisions happen on
/// `home`, one after the other; blocking work goes to `pool`.
class LocalEngine : public Engine, public ports::ActionPerformer {
 public:
  struct Dependencies {
    ports::OwnershipStore& ownership;
    ports::CommandStore& commands;
    ports::AccountStore& accounts;
    ports::WorkflowStore& workflows;
    ports::InboxStore& inbox;
    ports::RunStore& runs;
    ports::ScheduleStore& schedules;
    ports::SecretStore& secrets;
    ports::Vault& vault;
    ports::HttpClient& http;
    ports::HttpClient& open_http;  ///< For requests whose address a workflow chooses.
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const core::schedule::TimeZones& zones;
    const ports::Clock& clock;
    ports::Random& random;
    IdGenerator& ids;
    ports::Executor& home;
    ports::Executor& pool;
    ports::Executor& pulse;  ///< For heartbeats alone; serial.
    ports::Doorbell& doorbell;
    Metrics& metrics;
    ports::CredentialQuestion credential_refused;
    std::function<void(Millis)> clock_offset;  ///< Told at Start: the database's time minus ours.
    /// Another incarnation has taken over, or we were silent for too long: the process must end.
    std::function<void(std::string reason)> lost;
    /// What was changed through another instance; on the pool.
    std::function<void()> workflows_changed;
    std::function<void(AccountId)> account_changed;
    std::function<void()> slots_gained;                 ///< On the pool.
    std::function<Status(AccountId)> grant_taken_back;  ///< See Intake.
    ports::BlackBox* black_box = nullptr;               ///< Null: crashes are not counted.
    ports::DeliverySpool* spool = nullptr;  ///< Where deliveries wait for a database that is away.
    const core::personal::PhoneNumbers* phones = nullptr;  ///< See ActionRunner.
    std::function<Status(const ports::InboxItem&, const Json&)> note_record = {};  ///< See Intake.
    std::function<void(AccountId)> region_changed = {};                            ///< Likewise.
  };

  struct Settings {
    InstanceId instance;
    Millis request_timeout = std::chrono::seconds(10);
    Millis start_window = std::chrono::seconds(2);
    Millis settle_margin = std::chrono::seconds(2);
    Millis heartbeat_interval = std::chrono::seconds(2);
    Millis time_to_live = std::chrono::seconds(12);
    Millis drain_time = std::chrono::seconds(10);    ///< Of a slot that goes to another instance.
    Millis look_interval = std::chrono::seconds(1);  ///< For what other instances changed.
    Millis due_interval = std::chrono::seconds(20);  ///< For waiting runs; well below kNear.
    Millis watch_interval{500};                      ///< For watched runs that live elsewhere.
  };

  LocalEngine(Dependencies dependencies, Settings settings);
  ~LocalEngine() override;

  /// Registers, claims the slots that are free and loads what they hold. Blocks; not on `home`.
  Status Start();
  /// Starts nothing new, stores what is decided, gives the slots back. Blocks; not on `home`. Safe
  /// twice.
  void Stop();

  /// For the doors: calls of accounts that other instances own are made there.
  ports::ActionPerformer& actions() { return *this; }

  /// CloudEvents types that the workflows which are on for an account listen to, sorted.
  /// Thread-safe; blocks.
  Result<std::vector<std::string>> WantedEvents(AccountId account);

  /// Whether this instance works for the slot. Thread-safe.
  bool Owns(Slot slot) const;
  std::vector<Slot> OwnedSlots() const;

  void StartRun(StartRequest request, std::function<void(Result<RunId>)> done) override;
  void StartRuns(std::vector<StartRequest> requests,
                 std::function<void(StartedRuns)> done) override;
  void CancelRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void SuspendRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void ResumeRun(RunId id, std::function<void(Status)> done) override;
  std::unique_ptr<Watch> WatchRun(RunId id, std::function<void(const RunNews&)> news) override;
  void ReadQuota(AccountId account, RunId run,
                 std::function<void(Result<QuotaReport>)> done) override;
  void AcceptEvent(ports::InboxItem item, std::optional<Json> data,
                   std::function<void(Result<bool>)> done) override;
  void WorkflowsChanged() override;
  void AccountChanged(AccountId id) override;

  void Perform(ports::ActionCall call, ports::ActionPerformer::Done done) override;
  void ReadBack(ports::ActionCall call, WallTime requested_at, ReadBackDone done) override;

 private:
  struct Beginning;
  struct Starting;

  void Lose(const std::string& reason);

  // Slots come and go.
  void Acquire(std::vector<Slot> slots);
  Status LoadRuns(const std::vector<Slot>& slots);
  void AdoptOnHome(const ports::StoredRun& stored, SharedWorkflow workflow);
  void Settle(const std::vector<Slot>& slots);
  void Drain(std::vector<Slot> slots, std::function<void()> drained);
  void AwaitQuiet(const std::vector<Slot>& slots, std::chrono::microseconds deadline,
                  const std::function<void()>& drained);
  void TellSlots();
  Status CountLastCrash();
  bool OwnsAll() const;
  void Reload(const ports::RunKey& key);

  // Runs that wait in the database come back when something is for them.
  using Fetched = std::function<void(Status)>;
  void Fetch(RunId id, Fetched then);
  void Give(RunId id, core::workflow::Input input, std::function<void(Result<bool>)> done);
  void OnFetched(RunId id, const Result<ports::StoredRun>& stored);
  void FetchDueLater();
  void FetchDue(const std::vector<Slot>& slots);
  Status FetchTogether(const std::vector<RunId>& ids);
  void ResumeParked(AccountId account);

  // What others changed.
  void LookLater();
  void Look();
  Status ReadWorkflows();
  void AccountChangedHere(AccountId id);
  void LookAtWatchedLater();
  void LookAtWatched(const std::vector<RunId>& ids);

  // Runs, here or elsewhere.
  Result<Beginning> Prepare(const StartRequest& request, const Result<ports::Account>& account);
  void BeginAll(const std::shared_ptr<Starting>& starting);
  void Begin(Beginning beginning, std::function<void(Result<RunId>)> done);
  void BeginHere(const Beginning& beginning, std::function<void(Result<RunId>)> done);
  void AnswerFirstRun(const ports::NewRun& duplicate, std::function<void(Result<RunId>)> done);
  void Order(ports::CommandKind kind, RunId id, const std::string& reason,
             std::function<void(Status)> done);
  void OrderHere(ports::CommandKind kind, RunId id, const std::string& reason,
                 std::function<void(Status)> done);
  void OrderStored(ports::CommandKind kind, RunId id, const std::string& reason,
                   std::function<void(Status)> done);
  void OrderElsewhere(ports::CommandKind kind, RunId id, const std::string& reason,
                      std::function<void(Status)> done);
  void PerformElsewhere(Slot slot, const ports::ActionCall& call,
                        ports::ActionPerformer::Done done);
  void CarryOut(const ports::Command& command, const Errands::Reply& reply);
  Result<core::workflow::TakenOver> TakeOverFrom(const std::string& failed);
  void CarryOutStart(const ports::Command& command, const Errands::Reply& reply);
  void CarryOutOrder(const ports::Command& command, const Errands::Reply& reply);
  void CarryOutCall(const ports::Command& command, const Errands::Reply& reply);
  void CarryOutQuota(const ports::Command& command, const Errands::Reply& reply);
  void ReadQuotaElsewhere(const ports::Account& account, RunId run,
                          std::function<void(Result<QuotaReport>)> done);

  Dependencies deps_;
  Settings settings_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> lost_ = false;  ///< Nothing in memory is true any more.
  std::mutex workflows_mutex_;      ///< One change is in force before the next is read.
  mutable std::mutex owned_mutex_;
  SlotSet owned_;                    ///< Changed on `home` only.
  std::int64_t workflows_seen_ = 0;  ///< By Look, one at a time.
  std::int64_t accounts_seen_ = 0;
  std::map<RunId, std::vector<Fetched>>
      fetching_;  ///< On `home`: one look at the database for all who want the run.
  std::map<RunId, int> watched_seq_;  ///< By LookAtWatched, one at a time.
  Watchers watchers_;
  WorkflowBook book_;
  Membership membership_;
  CommitWriter commits_;
  ActionRunner action_runner_;
  HttpCaller http_caller_;
  RunTable runs_;
  Turnstile turnstile_;
  InstanceSurroundings surroundings_;
  Intake intake_;
  Scheduler scheduler_;
  Errands errands_;
};

}  // namespace sb::runtime
