#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/ports/ownership_store.h"
#include "engine/runtime/action_runner.h"
#include "engine/runtime/commit_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/run_table.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

/// The engine of one instance: registers, claims slots, takes over their runs, and works until it
/// is stopped or fenced. All decisions happen on `home`, one after the other; blocking work goes to
/// `pool`.
class LocalEngine : public Engine {
 public:
  struct Dependencies {
    ports::OwnershipStore& ownership;
    ports::AccountStore& accounts;
    ports::WorkflowStore& workflows;
    ports::InboxStore& inbox;
    ports::RunStore& runs;
    ports::Vault& vault;
    ports::HttpClient& http;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    ports::Random& random;
    IdGenerator& ids;
    ports::Executor& home;
    ports::Executor& pool;
    Metrics& metrics;
    std::function<void(AccountId)> credential_refused;  ///< On `home`; must not block.
    std::function<void(Millis)> clock_offset;  ///< Told at Start: the database's time minus ours.
    /// Another incarnation has taken over, or the heartbeat stayed unanswered: the process must
    /// end.
    std::function<void(std::string reason)> lost;
    ports::DeliverySpool* spool = nullptr;  ///< Where deliveries wait for a database that is away.
  };

  struct Settings {
    InstanceId instance;
    Millis request_timeout = std::chrono::seconds(10);
    Millis start_window = std::chrono::seconds(2);
    Millis settle_margin = std::chrono::seconds(2);
    Millis heartbeat_interval = std::chrono::seconds(2);
    Millis time_to_live = std::chrono::seconds(12);
  };

  LocalEngine(Dependencies dependencies, Settings settings);
  ~LocalEngine() override;

  /// Registers, claims the slots and loads what they hold. Blocks; not on `home`.
  Status Start();
  /// Starts nothing new, stores what is decided, gives the slots back. Blocks; not on `home`. Safe
  /// twice.
  void Stop();

  ports::ActionPerformer& actions() { return action_runner_; }

  /// CloudEvents types that the workflows which are on for an account listen to, sorted.
  /// Thread-safe; blocks.
  Result<std::vector<std::string>> WantedEvents(AccountId account);

  void StartRun(StartRequest request, std::function<void(Result<RunId>)> done) override;
  void CancelRun(RunId id, std::string reason, std::function<void(Status)> done) override;
  void ResumeRun(RunId id, std::function<void(Status)> done) override;
  std::unique_ptr<Watch> WatchRun(RunId id, std::function<void(const RunNews&)> news) override;
  void AcceptEvent(ports::InboxItem item, std::function<void(Result<bool>)> done) override;
  void WorkflowsChanged() override;
  void AccountChanged(AccountId id) override;

 private:
  Status LoadRuns(const std::vector<Slot>& slots);
  void AdoptOnHome(const ports::StoredRun& stored, SharedWorkflow workflow);
  void Reload(const ports::RunKey& key);
  void Beat();
  void BeatLater();
  bool MayAct() const;
  void BeginRun(const StartRequest& request, Result<ports::Account> account,
                Result<SharedWorkflow> workflow, std::function<void(Result<RunId>)> done);
  void AnswerFirstRun(const ports::NewRun& duplicate, std::function<void(Result<RunId>)> done);
  void GiveOrExplain(RunId id, core::workflow::Input input, Error refusal,
                     std::function<void(Status)> done);

  Dependencies deps_;
  Settings settings_;
  std::atomic<std::int64_t> incarnation_ = 0;
  std::atomic<std::int64_t> last_beat_us_ =
      0;  ///< When the last answered heartbeat was sent, Unix microseconds.
  std::atomic<bool> stopped_ = false;
  std::mutex workflows_mutex_;  ///< One change is in force before the next is read.
  Watchers watchers_;
  WorkflowBook book_;
  CommitWriter commits_;
  ActionRunner action_runner_;
  RunTable runs_;
  Intake intake_;
};

}  // namespace sb::runtime
