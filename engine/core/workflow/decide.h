#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/event/event.h"
#include "engine/core/workflow/catalog.h"
#include "engine/core/workflow/expressions.h"
#include "engine/core/workflow/model.h"
#include "engine/core/workflow/run.h"

namespace sb::core::workflow {

// ---- Inputs: everything that can move a run. A duplicate or late one changes nothing.
// ---------------------------

/// What a run takes over from one that failed: its history up to the failure, and the task that
/// failed, which is entered anew.
struct TakenOver {
  std::vector<Fact> facts;
  std::string from;  ///< The ref of that task.
};

struct Start {
  Json input;
  std::string retried_from = {};             ///< Of a retry: the run that it does again, "run_...".
  int depth = 0;                             ///< How many runs stand above this one.
  std::optional<TakenOver> taken_over = {};  ///< Then `input` plays no part.
  /// The first of the events that the run gathers before it begins; likewise.
  std::optional<event::CloudEvent> gathers = {};
};

/// A call's turn has come: quota and credential are there, and its request leaves as soon as the
/// intent is stored. For mutating calls only; it comes again when the provider has answered 429.
struct CallAdmitted {
  std::string ref;
  int attempt = 1;
};

struct CallOutcome {
  std::string ref;
  int attempt = 1;
  Result<Json> result;
};

/// `result` holds the output that the lost answer would have given, or nothing when the effect is
/// not there.
struct ReadBackOutcome {
  std::string ref;
  int attempt = 1;
  int round = 1;
  Result<std::optional<Json>> result;
};

/// A timer, retry, read-back or deadline of this task has come due; of the run itself when empty.
struct Due {
  std::string ref;
};

/// An event of the run's account. A run that listens for it, or gathers it, consumes it; any other
/// ignores it.
struct EventArrived {
  event::CloudEvent event;
};

/// The event that the task emitted is stored.
struct EventStored {
  std::string ref;
};

/// The run that the task wanted is made.
struct ChildRunStarted {
  std::string ref;
  RunId child;
};

/// The run that the task waits for has ended: its output, or why there is none.
struct ChildRunEnded {
  std::string ref;
  Json output;
  std::optional<TaskError> error;
};

/// What a run is parked with when a client holds it.
inline constexpr const char* kSuspended = "RUN_SUSPENDED";

/// Hold the run, because a client wants it or because something is wrong with the run itself:
/// nothing of it starts until it is resumed. What is under way may end, and is kept.
struct Suspend {
  std::string reason;
  std::string code = kSuspended;
};

/// Continue a parked or suspended run: its account works again, or a person said so.
struct Resume {};

struct Cancel {
  std::string reason;
};

/// The run's turn has come: it has a place among those with the same key.
struct TurnGranted {};

using Input =
    std::variant<Start, CallAdmitted, CallOutcome, ReadBackOutcome, Due, EventArrived, EventStored,
                 ChildRunStarted, ChildRunEnded, Suspend, Resume, Cancel, TurnGranted>;

// ---- Effects: what the world must do once the facts are stored.
// -------------------------------------------------

/// Put the call into its lane.
struct PerformCall {
  std::string ref;
  CallRequested request;
};

/// The intent is stored: let the admitted request leave.
struct SendCall {
  std::string ref;
  int attempt = 1;
};

/// Look whether the request whose answer was lost took effect.
struct PerformReadBack {
  std::string ref;
  int round = 1;
  CallRequested request;
  WallTime requested_at;
};

struct WakeAt {
  std::string ref;
  WallTime due;
};

/// Store this event in the account's inbox, once however often this is asked for; then EventStored.
struct StoreEvent {
  EventEmitted emission;
};

/// Make the run, once however often this is asked for, and say what becomes of it.
struct StartChild {
  ChildWanted wanted;
  int depth = 1;  ///< How many runs stand above the child.
};

/// The run that was made for this task is no longer waited for: cancel it.
struct CancelChild {
  std::string ref;
};

/// Put the run in line with those of the same key; TurnGranted when it is its turn.
struct AskTurn {};

using Effect = std::variant<PerformCall, SendCall, PerformReadBack, WakeAt, StoreEvent, StartChild,
                            CancelChild, AskTurn>;

/// Everything one input causes. The facts are stored in one commit, or not at all; then the effects
/// start.
struct Decision {
  std::vector<Fact> facts;
  std::vector<Effect> effects;
};

/// What a decision may look at besides the run. Borrowed for the call.
struct DecideContext {
  const Workflow& workflow;
  const Expressions& expressions;
  const ActionCatalog& actions;
  RunId run_id;
  AccountId account_id;
  WallTime now;
};

/// After so many tasks and rounds a run's state is written down as a whole.
inline constexpr int kStepsPerSnapshot = 2000;
/// A loop that decides this many facts at one go pauses until they are stored.
inline constexpr std::size_t kFactsPerCommit = 2000;
/// A run enters at most this many tasks, repeats included, past rounds of loops aside: what goes on
/// longer is a mistake in the definition.
inline constexpr int kMaxTasksEntered = 10'000;
/// A run started by a run started by a run ...: deeper than this is a mistake in the definitions.
inline constexpr int kMaxRunDepth = 10;
/// Attempts of one call before the task fails with a communication error, unless the workflow says
/// otherwise or retries by itself.
inline constexpr int kMaxCallFailures = 5;

/// What `input` makes of `run`. Pure: the same arguments give the same decision, jitter included
/// (it derives from run id, task and attempt). A Due that comes too early is answered with a new
/// WakeAt and no fact.
Decision Decide(const DecideContext& context, const Run& run, const Input& input);

/// The same, leaving `run` as the facts make it: saves the copy and the fold where the caller wants
/// both.
Decision DecideAndApply(const DecideContext& context, Run& run, const Input& input);

/// What a new run can take over from a failed one with these facts, so that what was done before is
/// not done again. Nothing when it did not fail, failed outside of any task, or while other tasks
/// were under way beside the one that failed. `retried_from` is the failed run, "run_...".
std::optional<TakenOver> TakeOver(std::vector<Fact> facts, const std::string& retried_from);

/// What a run loaded from its journal is waiting for: timers to set again and requests that may or
/// may not have been made. A mutating request whose intent is stored without an outcome comes back
/// as a CallOutcome of kind kInDoubt that the caller feeds to Decide once the old request cannot be
/// under way any more; one without an intent, a read and a look-up are simply performed again.
struct Unfinished {
  std::vector<Effect> effects;
  std::vector<CallOutcome> in_doubt;
};

Unfinished FindUnfinished(const Run& run);

/// What the world must do, or do again, for this task to go on. `depth` is its run's.
std::vector<Effect> EffectsAwaited(const TaskState& task, int depth);
/// The earliest moment at which the task wants to be told Due; nothing when it waits for none.
std::optional<WallTime> EarliestDue(const TaskState& task);

}  // namespace sb::core::workflow
