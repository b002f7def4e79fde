#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/workflow/catalog.h"

namespace sb::core::workflow {

/// A failure as the language knows it (DSL 1.0.3, "Error"): what `catch` filters on and clients
/// see.
struct TaskError {
  std::string type;  ///< URI, e.g. "https://serverlessworkflow.io/spec/1.0.0/errors/communication"
  int status = 500;
  std::string title;
  std::string detail;
  std::string instance;  ///< JSON pointer of the task in the definition.

  bool operator==(const TaskError&) const = default;
};

/// The error as expressions and clients see it; empty title and detail are left out.
Json ToJson(const TaskError& error);

// ---- Facts: what happened to a run, in order. The journal holds these and nothing else.
// ------------------------

struct RunStarted {
  Json input;  ///< As it came: `$workflow.input`.
  std::optional<Json>
      flow;  ///< What flows into the first task, where the workflow's `input.from` changed it.
  std::string retried_from = {};  ///< The run that this one does again: "run_..."; mostly empty.
  int depth = 0;         ///< How many runs stand above this one, each started by a `run` task.
  bool gathers = false;  ///< It waits for several events before it begins (`schedule.on`).
};

/// All the events are there that the run is started by; they are its input.
struct InputGathered {
  std::optional<Json> flow;  ///< As of RunStarted.
};

struct TaskEntered {
  std::string ref;  ///< Where the task stands: "/do/1/note", with "#3" behind a loop's pointer for
                    ///< its 4th round.
  std::string name;
  std::string kind;           ///< "call", "set", ...
  std::optional<Json> input;  ///< Only where `input.from` changed it; else it is what flowed in.
};

/// A round of a loop, or another try of a `try`, begins: its children are entered below
/// "<ref>#<round>".
struct RoundStarted {
  std::string ref;
  int round = 0;
  std::optional<Json> items;  ///< In a loop's first round: what it goes through.
};

/// A call is wanted. It waits in its lane; nothing has been sent.
struct CallRequested {
  std::string ref;
  int attempt = 1;
  std::string action;  ///< With version: "aircall.calls.comment:1.0.0".
  Json input;
  EffectClass effect = EffectClass::kRead;
  std::string op_key;  ///< Stable across the attempts of one entry of the task.

  bool operator==(const CallRequested&) const = default;
};

/// The intent of a mutating call: from here on its request may be under way. Again after a 429, for
/// the same attempt.
struct CallStarted {
  std::string ref;
  int attempt = 1;
  std::string op_key;
};

/// What became of a request. Output on success, else the error; kInDoubt means nobody knows.
struct CallEnded {
  std::string ref;
  int attempt = 1;
  Json output;
  std::optional<Error> error;
};

/// An unknown outcome is being looked up; `round` counts from 1.
struct ReadBackPlanned {
  std::string ref;
  int attempt = 1;
  int round = 1;
  WallTime due;
};

/// What the look-up found. `found` with the output that the lost answer would have given.
struct ReadBackEnded {
  std::string ref;
  int attempt = 1;
  int round = 1;
  bool found = false;
  Json output;
  std::optional<Error> error;  ///< The look-up itself failed.
};

struct RetryPlanned {
  std::string ref;
  int next_attempt = 2;
  WallTime due;
  std::string reason;  ///< The code of the error that is retried.
};

struct TimerSet {
  std::string ref;
  WallTime due;
};

/// What the task waited for (`due`) has come.
struct TimerFired {
  std::string ref;
};

/// A `try` has caught this error of its children; its `catch.do`, if any, follows.
struct ErrorCaught {
  std::string ref;
  TaskError error;
};

struct TaskCompleted {
  std::string ref;
  std::optional<Json>
      output;  ///< Where it differs from what the task yields of itself (TaskState::flow).
  std::optional<Json> context;  ///< The new `$context`, where `export` changed it.
  bool skipped = false;         ///< Its `if` was false.
  std::string then;             ///< "continue", "exit", "end" or a task's name.
};

struct TaskFailed {
  std::string ref;
  TaskError error;
};

/// The run waits for a person or for the account; nothing is attempted until it is resumed.
struct RunParked {
  std::string code;
  std::string reason;
  std::string ref;  ///< The task that goes on when the run is resumed; empty: the run is held as
                    ///< a whole, and nothing of it moves until then.
};

struct RunResumed {};

struct RunSucceeded {
  std::optional<Json>
      output;  ///< Where the workflow's `output.as` changed what its last task left.
};

struct RunFailed {
  TaskError error;
};

struct RunCancelled {
  std::string reason;
};

/// A task's time is limited: it, or the current round of its `try` (`of_round`), ends as a failure
/// at `due`. The ref of the run itself is empty.
struct DeadlineSet {
  std::string ref;
  WallTime due;
  bool of_round = false;
};

/// Everything below this task is given up: another branch has won, or its time is over.
struct TasksCancelled {
  std::string ref;
};

/// The outcome of a request that came while the run was suspended; it is dealt with when the run is
/// resumed.
struct OutcomeHeld {
  std::string ref;
  int attempt = 1;
  Json output;
  std::optional<Error> error;

  bool operator==(const OutcomeHeld&) const = default;
};

/// This event goes to the inbox of the account.
struct EventEmitted {
  std::string ref;
  Json event;  ///< A whole CloudEvent; its id is stable, so that it is stored once.

  bool operator==(const EventEmitted&) const = default;
};

/// From here on the task waits for events.
struct ListenStarted {
  std::string ref;
};

/// An event that the task listened for, or that the run gathers.
struct EventConsumed {
  std::string ref;             ///< Empty: of the run itself.
  std::string event_id;        ///< Of the inbox: an event that comes twice is consumed once.
  int filter = 0;              ///< Which of the filters it fitted; -1 where any event fits.
  bool ends = false;           ///< It is one of `until`'s events.
  Json value;                  ///< What goes on of it, as `read` says.
  Json keys = Json::object();  ///< What it said for each correlation.

  bool operator==(const EventConsumed&) const = default;
};

/// The task has the events it wanted; what is still to be done with them is done.
struct ListenEnded {
  std::string ref;
};

/// A round of `listen.foreach` is done.
struct RoundEnded {
  std::string ref;
  int round = 0;
  Json output;
  std::optional<Json> context;  ///< The new `$context`, where its `export` changed it.
};

/// Another workflow is to run for this task.
struct ChildWanted {
  std::string ref;
  std::string workspace;
  std::string name;
  std::string version;  ///< Empty: the newest.
  Json input;
  bool await = true;
  std::string op_key;  ///< Stable for one entry of the task: the child is made once.

  bool operator==(const ChildWanted&) const = default;
};

/// The run that was made for the task.
struct ChildStarted {
  std::string ref;
  std::string child;  ///< "run_..."
};

struct ChildEnded {
  std::string ref;
  Json output;
  std::optional<TaskError> error;  ///< It failed or was cancelled, or could not be made.
};

/// Others with the same key may be under way (`metadata.switchboard.concurrency`): the run has not
/// begun its tasks, and waits for its turn.
struct TurnAwaited {
  std::string key;
  std::string from;  ///< The task that is entered then; empty: the first.
};

struct TurnTaken {};

/// These of `use.extensions` apply to the task, which begins with their first step: the tasks
/// before it, each extension's in order; then the task itself; then the tasks behind it, in the
/// reverse order.
struct TaskExtended {
  std::string ref;
  std::vector<std::string> extensions;
};

/// The task goes on to this step, counted from 0.
struct ExtensionMoved {
  std::string ref;
  int step = 0;
  std::optional<Json> output;  ///< Of the task itself, once it is done, where it differs from what
                               ///< it yields of itself.
  std::string then;            ///< Likewise: where the flow goes after it.
};

/// The whole state, so that nothing before needs to be read to go on: the journal of a long run is
/// read from its newest one.
struct RunSnapshot {
  Json state;             ///< As ToJson(Run) writes it.
  std::int64_t size = 0;  ///< Of its text, in bytes.
};

using FactBody =
    std::variant<RunStarted, TaskEntered, RoundStarted, CallRequested, CallStarted, CallEnded,
                 ReadBackPlanned, ReadBackEnded, RetryPlanned, TimerSet, TimerFired, ErrorCaught,
                 TaskCompleted, TaskFailed, RunParked, RunResumed, RunSucceeded, RunFailed,
                 RunCancelled, DeadlineSet, TasksCancelled, OutcomeHeld, EventEmitted,
                 ListenStarted, EventConsumed, ChildWanted, ChildStarted, ChildEnded, ListenEnded,
                 RoundEnded, TurnAwaited, TurnTaken, RunSnapshot, InputGathered, TaskExtended,
                 ExtensionMoved>;

struct Fact {
  WallTime at;
  FactBody body;
};

/// Compact and stable: {"v": 1, "at": <microseconds since 1970>, "is": "task_entered", ...}; empty
/// members are left out. Stored for ever: a new shape gets a new "v" and the old one keeps being
/// read.
Json ToJson(const Fact& fact);
/// Fails with kInternal JOURNAL_UNREADABLE: the stored history does not decode, which is a bug or
/// damage.
Result<Fact> FactFromJson(const Json& value);

// ---- State: the fold of Apply over the facts.
// -----------------------------------------------------------------

// Snapshots hold these by number: a new one stands last.
enum class RunStatus { kRunning, kParked, kSucceeded, kFailed, kCancelled };
enum class TaskStatus { kRunning, kWaiting, kCompleted, kSkipped, kFailed, kCancelled };

/// "RUNNING", "PARKED", ...
const char* ToString(RunStatus status);
/// "RUNNING", "WAITING", ...
const char* ToString(TaskStatus status);
bool IsFinal(RunStatus status);

/// What a task is waiting for. Snapshots hold it by number: a new one stands last.
enum class Awaiting {
  kNothing,
  kCall,      ///< The outcome of its request.
  kReadBack,  ///< A look-up: `due` while it is planned, no `due` while it is under way.
  kRetry,     ///< `due`, to try again.
  kTimer,     ///< `due`, to go on.
  kResume,    ///< The run is parked because of it.
  kEmit,      ///< Its event to be stored.
  kEvent,     ///< Events.
  kChild,     ///< The run that was made for it.
};

struct TaskState {
  std::string ref;
  std::string name;
  std::string kind;
  std::string parent;  ///< The ref of the enclosing task; empty for those of the workflow itself.
  TaskStatus status = TaskStatus::kRunning;
  Awaiting awaiting = Awaiting::kNothing;
  int entries = 1;  ///< How often the flow has come here: `then` can lead back.
  int attempt =
      0;  ///< Of its call; counts on over entries, so that a late outcome never fits a later one.
  int failures = 0;  ///< Attempts of this entry that ended without an answer.
  int read_back_round = 0;
  int read_back_failures = 0;  ///< Look-ups in a row that failed themselves.
  int round = 0;               ///< Of a loop, or of a `try`: 0 is the first.
  WallTime started_at;
  std::optional<WallTime> ended_at;
  std::optional<WallTime> due;  ///< Of the timer, retry or read-back it waits for.
  Json raw_input;               ///< `$task.input`; null where `input` is the same.
  Json input;
  Json output;  ///< Once completed.
  Json flow;    ///< What flows into its next child, and what it yields unless something changes it.
  Json items;   ///< Of a loop: what it goes through; of a `listen`: what its rounds have given.
  std::optional<TaskError> error;
  std::optional<TaskError> caught;       ///< Of a `try` whose `catch.do` runs or has run.
  std::optional<CallRequested> request;  ///< The request of the current attempt.
  std::optional<WallTime>
      requested_at;   ///< When it was requested or, for a mutating one, could first have left.
  bool sent = false;  ///< A mutating request's intent is stored: it may be under way.
  std::optional<OutcomeHeld> held;          ///< Came while the run was suspended.
  std::optional<WallTime> deadline;         ///< When its time is over.
  std::optional<WallTime> round_deadline;   ///< When the time of the current attempt is over.
  std::optional<EventEmitted> emission;     ///< Of an `emit`, until it is stored.
  std::vector<EventConsumed> consumed;      ///< Of a `listen`.
  std::optional<ChildWanted> child_wanted;  ///< Of a `run`, until it has ended.
  std::string child;                        ///< "run_...", once it is made.
  int past_entries = 0;                 ///< Of a loop: the most that a task had which is forgotten.
  int past_attempts = 0;                ///< Likewise.
  std::vector<std::string> extensions;  ///< Those that apply; mostly none.
  int extension_step = 0;               ///< Where it stands in them.
  std::string extended_then;            ///< Once the task itself is done: where the flow goes.

  bool operator==(const TaskState&) const = default;
};

struct Run {
  RunStatus status = RunStatus::kRunning;
  Json input;
  Json context;  ///< `$context`
  Json flow;     ///< What flows into the next task of the workflow itself.
  Json output;
  std::optional<TaskError> error;
  std::string parked_code;
  std::string parked_reason;
  std::optional<WallTime> started_at;
  std::optional<WallTime> ended_at;
  std::optional<WallTime> deadline;     ///< When the time of the whole run is over.
  bool held = false;                    ///< Parked as a whole (suspended), not for one task.
  std::string retried_from;             ///< The run that it does again: "run_...".
  int depth = 0;                        ///< Runs above this one: 0, or 1 for a child.
  std::optional<std::string> turn_key;  ///< Runs with the same key take turns with it.
  bool queued = false;                  ///< It waits for its turn.
  std::string queued_at;                ///< The task that is entered then; empty: the first.
  bool gathering = false;               ///< It waits for the events that it is to be started by.
  std::vector<EventConsumed> gathered;  ///< Those that came; their values stand in `input`.
  int listening = 0;                    ///< Tasks that wait for events.
  std::vector<std::string> consumed_events;  ///< The newest of them: one that comes twice is known.
  int entered = 0;    ///< Tasks entered so far, repeats included, but for those forgotten.
  int forgotten = 0;  ///< Tasks of past rounds of long loops that are left out.
  int steps_since_snapshot = 0;            ///< Tasks and rounds.
  std::int64_t snapshot_size = 0;          ///< Of the newest one.
  std::map<std::string, TaskState> tasks;  ///< By ref.
  std::vector<std::string> order;          ///< Refs in the order in which they were first entered.
  std::map<std::string, std::string>
      latest;  ///< Task name -> ref of its latest completion that was not skipped.

  bool operator==(const Run&) const = default;
};

/// The state in JSON, and back. Fails with kInternal JOURNAL_UNREADABLE.
Json ToJson(const Run& run);
Result<Run> RunFromJson(const Json& value);

/// A run whose loops have brought it more tasks than this forgets those of past rounds, except what
/// `$steps` can name.
inline constexpr std::size_t kTasksRemembered = 1000;

/// The state after one more fact. Total: a fact that does not fit changes nothing.
Run Apply(Run run, const Fact& fact);
/// The same without moving the run.
void ApplyInPlace(Run& run, const Fact& fact);

/// The ref of the task or round that holds `ref`; empty for tasks of the workflow itself.
/// "/do/0/each#2/do/1/note" -> "/do/0/each".
std::string ParentRef(const std::string& ref);
/// The task's JSON pointer in the definition: `ref` without rounds. "/do/0/each#2/do/1/note" ->
/// "/do/0/each/do/1/note".
std::string DefinitionPointer(const std::string& ref);
/// Whether `ref` stands inside the task `ancestor`; everything stands inside of the empty ref.
bool IsBelow(const std::string& ref, const std::string& ancestor);

}  // namespace sb::core::workflow
