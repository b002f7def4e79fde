#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/core/workflow/decide.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/black_box.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/runtime/commit_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/slot_set.h"
#include "engine/runtime/surroundings.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

/// Who follows which run. Thread-safe.
class Watchers {
 public:
  std::unique_ptr<Watch> Add(RunId id, std::function<void(const RunNews&)> news);
  void Tell(const RunNews& news);
  bool Anyone(RunId id) const;
  std::vector<RunId> Watched() const;

 private:
  using Callback = std::function<void(const RunNews&)>;
  struct Followed;
  class Registration;

  mutable std::mutex mutex_;
  std::int64_t next_ = 0;
  std::map<RunId, std::map<std::int64_t, std::shared_ptr<Followed>>>
      callbacks_;  // shared with a Tell under way
};

/// A run about to be made.
struct Creation {
  ports::NewRun run;
  SharedWorkflow workflow;
  Json input;
  std::string retried_from = {};  ///< Of a retry: the run that it does again, "run_...".
  int depth = 0;                  ///< How many runs stand above it.
  std::optional<core::workflow::TakenOver> taken_over = {};  ///< Then `input` plays no part.
  std::optional<ports::ScheduleChange> schedule = {};        ///< Moves on in the same commit.
  /// An event of those that start the run together. A run of this workflow that gathers takes it if
  /// it can; otherwise this run is made, unless the event cannot be the first.
  std::optional<core::event::CloudEvent> gathers = {};
};

/// What comes due within this time is kept in memory; what waits longer is in the database only.
inline constexpr Millis kNear = std::chrono::seconds(60);

/// The live runs of this instance: every input of a run comes here, is decided, stored, and only
/// then has effects. One input at a time per run: while a commit is under way the next ones wait in
/// line. Engine's thread only.
class RunTable {
 public:
  struct Dependencies {
    const core::workflow::Expressions& expressions;
    const core::workflow::ActionCatalog& actions;
    ports::ActionPerformer& performer;
    CommitWriter& commits;
    Watchers& watchers;
    const ports::Clock& clock;
    ports::Executor& home;
    Metrics& metrics;
    /// How long after its intent a request of a dead process may still be under way: start window,
    /// request timeout, and a margin.
    Millis settle_after;
    /// A run's stored history and ours have parted: it must be loaded anew.
    std::function<void(const ports::RunKey&)> reload;
    /// Performs HTTP and OpenAPI calls.
    ports::ActionPerformer& requests;
    Surroundings& surroundings;
    /// A run that had been parked because the engine died of it goes on: its count begins anew.
    std::function<void(RunId)> forgive = {};
    ports::BlackBox* black_box = nullptr;  ///< Null: nobody wants to know what a crash was about.
    IdGenerator* ids = nullptr;            ///< For events of runs; null: there are none.
    /// Whether a workflow that is on for the account wants events of this type.
    std::function<bool(AccountId, const std::string& type)> wants_lifecycle = {};
    std::function<void()> events_stored = {};  ///< The inbox has something new.
  };

  explicit RunTable(Dependencies dependencies);
  ~RunTable();

  /// Makes runs, or hands the event to those that gather it, and marks the event that caused them
  /// as handled, all in one commit. `done` is told which were rejected because their trigger had
  /// fired before; it fails with kUnavailable RUN_BUSY, and nothing has changed, when one that
  /// gathers is being stored.
  void Create(std::vector<Creation> creations, std::optional<ports::HandledEvent> handled,
              std::function<void(Result<ports::CommitReceipt>)> done);
  /// Takes over a run from its journal and starts what it waits for. One of which the engine died
  /// three times is parked instead, as RUN_POISONED.
  Status Adopt(const ports::StoredRun& stored, SharedWorkflow workflow);
  /// Hands an input to a run; a run that is not live ignores it. `decided` is told whether it
  /// changed anything, once that is stored; it fails with kUnavailable SLOT_MOVED when the run goes
  /// to another owner first.
  void Give(RunId id, core::workflow::Input input, std::function<void(Result<bool>)> decided = {});

  /// Lets go of the run if nothing of it is under way and it merely waits for an instant that is
  /// far, or for a person; or if its slot is closed. It is fetched again for the next input.
  void LetGoWhenIdle(RunId id);

  /// Begins to give up the runs of these slots: nothing new is started, and each is let go as soon
  /// as what is being stored is stored and what is under way is answered.
  void Close(const std::vector<Slot>& slots);
  /// Whether a run of these slots is still here.
  bool Holds(const SlotSet& slots) const;
  /// Lets go of closed runs whose requests are still under way: their owner will find them in
  /// doubt. Those whose commit is under way stay until it is answered.
  void Abandon();
  /// These slots are ours again.
  void Open(const std::vector<Slot>& slots);
  /// Runs of the account that listen for events.
  std::vector<RunId> ListeningRunsOf(AccountId account);
  /// Tells `ended` when this live run has ended. Not told when the table lets go of the run.
  void WhenEnded(RunId id, std::function<void(const core::workflow::Run&)> ended);

  /// Lets go of all runs; the journal has them.
  void Clear();

  bool IsLive(RunId id) const { return runs_.contains(id); }

  /// Null when not live.
  const core::workflow::Run* Find(RunId id) const;

  std::size_t size() const { return runs_.size(); }

 private:
  struct LiveRun;
  struct Pending;
  struct Begun;

  LiveRun& Insert(const ports::NewRun& run, SharedWorkflow workflow);
  std::set<RunId> GatheringRunsOf(const ports::NewRun& like);
  bool IsBusy(const Creation& creation);
  std::optional<Begun> Join(const Creation& creation, CommitUnit& unit);
  std::optional<Begun> Begin(Creation creation, CommitUnit& unit);
  void OnCreated(std::vector<Begun>& begun, const Result<ports::CommitReceipt>& result);
  void MakeRoom(const Creation& creation);
  core::workflow::DecideContext ContextOf(const LiveRun& live) const;
  void OnSettled(RunId id, const core::workflow::CallOutcome& outcome);
  void TellInterrupted(const LiveRun& live);
  void ParkPoisoned(const LiveRun& live, int crashes);
  core::workflow::Decision DecideNoted(const LiveRun& live, core::workflow::Run& run,
                                       const core::workflow::Input& input) const;
  void Advance(RunId id);
  void Commit(LiveRun& live, core::workflow::Decision decision, core::workflow::Run after,
              Pending cause);
  void AddToUnit(const LiveRun& live, const core::workflow::Run& after,
                 const std::vector<core::workflow::Fact>& facts, CommitUnit& unit) const;
  void AddLifecycle(const LiveRun& live, const core::workflow::Run& after,
                    const std::vector<core::workflow::Fact>& facts,
                    const std::vector<ports::JournalRow>& rows, CommitUnit& unit) const;
  bool WantsLifecycle(AccountId account, const std::string& type) const;
  void Write(CommitUnit unit);
  void OnCommitted(RunId id, const core::workflow::Decision& decision, core::workflow::Run after,
                   int seq);
  void OnRefused(RunId id, const Error& error);
  void NoteWhetherItListens(const LiveRun& live);
  void StartEffects(LiveRun& live, const std::vector<core::workflow::Effect>& effects);
  void Start(LiveRun& live, const core::workflow::PerformCall& effect);
  void Start(LiveRun& live, const core::workflow::SendCall& effect);
  void Start(LiveRun& live, const core::workflow::PerformReadBack& effect);
  void Start(LiveRun& live, const core::workflow::WakeAt& effect);
  void Start(LiveRun& live, const core::workflow::StoreEvent& effect);
  void Start(LiveRun& live, const core::workflow::StartChild& effect);
  void Start(LiveRun& live, const core::workflow::CancelChild& effect);
  void Start(LiveRun& live, const core::workflow::AskTurn& effect);
  void CancelChildrenOf(LiveRun& live);
  ports::ActionPerformer& PerformerOf(const core::workflow::CallRequested& request);
  void OnAdmitted(RunId id, const std::string& ref, int attempt, std::function<void(bool)> go);
  void OnAnswered(RunId id, core::workflow::Input outcome, bool nothing_happened);
  void Finish(LiveRun& live);
  bool IsClosed(const LiveRun& live) const;
  bool IsResting(const LiveRun& live) const;

  Dependencies deps_;
  std::map<RunId, std::unique_ptr<LiveRun>> runs_;
  SlotSet closed_;
  std::map<AccountId, std::set<RunId>> listening_;
  std::map<std::pair<AccountId, WorkflowId>, std::set<RunId>> gathering_;
};

}  // namespace sb::runtime
