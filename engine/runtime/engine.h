#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/workflow/decide.h"
#include "engine/core/workflow/run.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/quota_report.h"

namespace sb::runtime {

/// What a watcher is told: the facts of one commit, and the run after them.
struct RunNews {
  RunId id;
  std::vector<core::workflow::Fact> facts;
  core::workflow::Run run;
  int seq = 0;         ///< The newest journal row of these facts.
  bool whole = false;  ///< The facts are all of the run's: it was read from its journal.
};

/// Ends a watch when it goes away. Any thread.
class Watch {
 public:
  virtual ~Watch() = default;
};

/// What the doors (gRPC, edge, accounts) may ask of the running engine. Thread-safe; calls return
/// at once and answer through `done` on an engine thread, which it must not block.
class Engine {
 public:
  virtual ~Engine() = default;

  struct StartRequest {
    AccountId account;
    WorkflowId workflow;
    Json input = Json::object();
    std::string request_id;  ///< The same id again answers with the first run; empty: none.
    /// What sort of start it is: ids of one sort never meet those of another.
    std::string sort = "request";
    EventId event = {};             ///< Of a replay: the event whose work is done.
    std::string retried_from = {};  ///< Of a retry: the run that is done again, "run_...".
    std::optional<core::workflow::TakenOver> taken_over = {};  ///< Then `input` plays no part.
  };

  /// Answers once the run is stored. kNotFound ACCOUNT_NOT_FOUND, WORKFLOW_NOT_FOUND; kUnavailable
  /// ENGINE_STOPPING.
  virtual void StartRun(StartRequest request, std::function<void(Result<RunId>)> done) = 0;

  struct StartedRun {
    RunId run;
    bool is_new = true;  ///< False: an earlier request with the same id had started it.
  };

  using StartedRuns = std::vector<Result<StartedRun>>;
  /// Starts many runs in one commit and answers once they are stored, one answer for each request
  /// in its order, with the errors of StartRun.
  virtual void StartRuns(std::vector<StartRequest> requests,
                         std::function<void(StartedRuns)> done) = 0;
  /// kNotFound RUN_NOT_FOUND; kConflict RUN_FINISHED.
  virtual void CancelRun(RunId id, std::string reason, std::function<void(Status)> done) = 0;
  /// Holds a run until it is resumed; what is under way may end. kNotFound RUN_NOT_FOUND; kConflict
  /// RUN_NOT_RUNNING: it has finished or is held already.
  virtual void SuspendRun(RunId id, std::string reason, std::function<void(Status)> done) = 0;
  /// Continues a parked or suspended run. kNotFound RUN_NOT_FOUND; kConflict RUN_NOT_PARKED.
  virtual void ResumeRun(RunId id, std::function<void(Status)> done) = 0;

  /// Calls `news` after every commit of the run from now on. Read the run from the store after this
  /// call: what is missed before is there, what comes later is told.
  virtual std::unique_ptr<Watch> WatchRun(RunId id, std::function<void(const RunNews&)> news) = 0;

  /// How the quota of the account's company stands, and what of `run` (may be none) waits for it,
  /// as the instance knows that spends it. kNotFound ACCOUNT_NOT_FOUND; kUnavailable
  /// OWNER_UNAVAILABLE, ENGINE_STOPPING.
  virtual void ReadQuota(AccountId account, RunId run,
                         std::function<void(Result<QuotaReport>)> done) = 0;

  /// Stores a delivery; answers once it is durable. True: it was new. `data` is what the event
  /// carries, where the caller has read the body already: it saves reading it again.
  virtual void AcceptEvent(ports::InboxItem item, std::optional<Json> data,
                           std::function<void(Result<bool>)> done) = 0;

  /// Workflows or their enablement changed: reads them again and blocks until they are in force.
  /// Not on an engine thread.
  virtual void WorkflowsChanged() = 0;
  /// An account was connected, reconnected or changed state: its parked work may go on.
  virtual void AccountChanged(AccountId id) = 0;
};

}  // namespace sb::runtime
