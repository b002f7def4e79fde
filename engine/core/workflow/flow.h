#pragma once

#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "engine/core/workflow/decide.h"
#include "engine/core/workflow/scope.h"

namespace sb::core::workflow {

// What a task's kind is told. Inputs are borrowed from the caller of Decide.
struct Entered {};

/// The last of its children has ended; TaskState::flow holds what it left.
struct ChildrenDone {
  bool exited = false;  ///< By `then: exit`.
};

struct ChildFailed {
  TaskError error;
  std::string ref;  ///< The child's.
};

/// A branch of a fork has ended.
struct BranchDone {
  std::string ref;
};

/// The time of one try is over.
struct RoundTimedOut {};

using Signal =
    std::variant<Entered, ChildrenDone, ChildFailed, BranchDone, RoundTimedOut, const CallAdmitted*,
                 const CallOutcome*, const ReadBackOutcome*, const EventArrived*,
                 const EventStored*, const ChildRunStarted*, const ChildRunEnded*, Due, Resume>;

/// Moves one run by one input: a list of things to do, worked off until the run waits or has ended.
/// Every change goes through Emit, which also applies it, so that the state is the fold of the
/// facts at any moment. Iterates rather than recurses: a workflow of ten thousand pure tasks needs
/// no stack.
class Flow {
 public:
  Flow(const DecideContext& context, Run& run, Decision& decision)
      : context_(context), run_(run), decision_(decision) {}

  /// Starts the run.
  void Begin(const Start& start);
  /// The run gathers events before it begins: this one came.
  void Gather(const event::CloudEvent& event);
  /// The run's events did not all come in time.
  void StopGathering();
  /// Starts the run with another one's history, at the task where that one failed.
  void GoOnFrom(const TakenOver& taken_over);
  /// Begins what had to wait for the run's turn.
  void TakeTurn();
  /// Tells a task of an input and works off what follows.
  void Tell(const std::string& ref, Signal signal);
  void Work();

  void Emit(FactBody body);

  void Want(Effect effect) { decision_.effects.push_back(std::move(effect)); }

  // What follows, in the order asked for.
  void Enter(const Task& task, std::string ref);
  void Complete(std::string ref, std::optional<Json> output, std::string then);
  void Fail(std::string ref, TaskError error);
  /// The task's time is over: what is below it is given up, and it fails.
  void TimeOut(const std::string& ref);
  /// The time of the current round of a `try` is over.
  void TimeOutRound(const std::string& ref);
  void TimeOutRun();
  /// Gives up everything below this task.
  void CancelBelow(const std::string& ref);

  const DecideContext& context() const { return context_; }

  const Run& run() const { return run_; }

  bool IsLong() const { return decision_.facts.size() >= kFactsPerCommit; }

  /// The state of an entered task.
  const TaskState& StateOf(const std::string& ref) const { return run_.tasks.at(ref); }

  /// The arguments of an expression that sees the task's input.
  Scope ScopeOf(const Task& task, const std::string& ref) const;

 private:
  struct ToEnter {
    const Task* task;
    std::string ref;
  };

  struct ToTell {
    std::string ref;
    Signal signal;
  };

  struct ToComplete {
    std::string ref;
    std::optional<Json> output;
    std::string then;
  };

  struct ToFail {
    std::string ref;
    TaskError error;
  };

  // Extensions (flow_extensions.cc).
  void Begin(const Task& task, const std::string& ref);
  void MoveTo(const Task& task, const std::string& ref, ExtensionMoved moved);
  bool GoOnBehind(const Task& task, const ToComplete& done);
  void OnExtension(const Task& task, const std::string& ref, const Signal& signal);
  bool IsInExtension(const Task& task, const TaskState& state) const;

  void Do(ToEnter& next);
  void Do(ToTell& next);
  void Do(ToComplete& next);
  void Do(ToFail& next);

  bool IsUnderWay(const std::string& ref) const;
  const Json& FlowInto(const std::string& ref) const;
  std::optional<TaskError> LimitTime(const Task& task, const std::string& ref);
  std::optional<TaskError> Admit(const Task& task, const std::string& ref, TaskEntered& entered,
                                 bool& skipped) const;
  std::optional<TaskError> Finish(const Task& task, const TaskState& state,
                                  TaskCompleted& completed) const;
  void Follow(const Task& task, const std::string& ref, const std::string& then);
  void Leave(const std::string& scope_ref, bool exited = false);
  void End(const Task& task, ToComplete& done);
  void EndRun(std::optional<Json> output);
  std::optional<TaskError> TakeInput(const Json& input, std::optional<Json>& flow) const;
  void BeginTasks();
  void EnterFirst();
  void GoOnFrom(RunSnapshot& snapshot, std::chrono::microseconds since,
                const std::string& retried_from, std::optional<std::string>& key);
  void EnterAgain(const std::string& ref);
  void AwaitTurn(std::string key, std::string from);
  Result<std::optional<std::string>> TurnKey() const;

  const DecideContext& context_;
  Run& run_;
  Decision& decision_;
  std::deque<std::variant<ToEnter, ToTell, ToComplete, ToFail>> work_;
};

/// One task as its kind handles it.
class TaskStep {
 public:
  TaskStep(Flow& flow, const Task& task, std::string ref)
      : flow_(flow), task_(task), ref_(std::move(ref)) {}

  const Task& task() const { return task_; }

  const std::string& ref() const { return ref_; }

  const TaskState& state() const { return flow_.StateOf(ref_); }

  /// Of a task around this one.
  const TaskState& StateOf(const std::string& ref) const { return flow_.StateOf(ref); }

  const DecideContext& context() const { return flow_.context(); }

  WallTime now() const { return context().now; }

  Scope scope() const { return flow_.ScopeOf(task_, ref_); }

  void Emit(FactBody body) { flow_.Emit(std::move(body)); }

  void Want(Effect effect) { flow_.Want(std::move(effect)); }

  /// Ends the task with `output`, or with what has flowed to it; `then` instead of the task's own.
  void Complete(std::optional<Json> output = {}) {
    flow_.Complete(ref_, std::move(output), task_.then);
  }

  void CompleteThen(std::string then) { flow_.Complete(ref_, {}, std::move(then)); }

  void Fail(TaskError error) { flow_.Fail(ref_, std::move(error)); }

  /// Enters the first of `tasks`, which are children of this one; `round` is empty or "#2".
  void EnterFirst(const std::vector<Task>& tasks, const std::string& round);

  /// Enters one child of this task.
  void EnterChild(const Task& child) { flow_.Enter(child, ChildRef(child)); }

  /// The ref of a child that stands in no round.
  std::string ChildRef(const Task& child) const {
    return ref_ + child.ref.substr(task_.ref.size());
  }

  /// The state of a child that was entered; null before.
  const TaskState* ChildState(const Task& child) const;

  bool IsAnythingUnderWayBelow(const std::string& ref) const;

  /// Whether a task of the run has consumed this event.
  bool HasConsumed(const std::string& event_id) const;

  /// So much is decided at one go that it should be stored before more follows.
  bool IsLong() const { return flow_.IsLong(); }

  /// How many runs stand above this one.
  int run_depth() const { return flow_.run().depth; }

  /// Gives up everything below this task.
  void CancelChildren() { flow_.CancelBelow(ref_); }

  /// Waits for `due`: the task is told Due.
  void WakeAt(WallTime due) { flow_.Want(workflow::WakeAt{ref_, due}); }

 private:
  Flow& flow_;
  const Task& task_;
  std::string ref_;
};

// One per kind. Each answers to the signals it knows and ignores the others: duplicates and strays
// change nothing.
void DecideTask(TaskStep& step, const CallTask& call, const Signal& signal);
void DecideTask(TaskStep& step, const DoTask& block, const Signal& signal);
void DecideTask(TaskStep& step, const SetTask& set, const Signal& signal);
void DecideTask(TaskStep& step, const SwitchTask& choice, const Signal& signal);
void DecideTask(TaskStep& step, const WaitTask& wait, const Signal& signal);
void DecideTask(TaskStep& step, const RaiseTask& raise, const Signal& signal);
void DecideTask(TaskStep& step, const ForTask& loop, const Signal& signal);
void DecideTask(TaskStep& step, const TryTask& attempt, const Signal& signal);
void DecideTask(TaskStep& step, const EmitTask& emit, const Signal& signal);
void DecideTask(TaskStep& step, const ForkTask& fork, const Signal& signal);
void DecideTask(TaskStep& step, const ListenTask& listen, const Signal& signal);
void DecideTask(TaskStep& step, const RunTask& child, const Signal& signal);

/// A UUID that is the same for every attempt of one entry of the task, and another when the flow
/// comes here again.
std::string OpKey(const TaskStep& step);

/// The task's fixed duration, or what its expression gives. Fails with kInvalid DURATION_INVALID.
Result<Millis> EvaluateDuration(const Duration& duration, const Scope& scope, const Json& input);

/// A number from 0 to 999 that depends on nothing but its arguments: jitter that replays.
int Jitter(RunId run, const std::string& ref, int attempt);

}  // namespace sb::core::workflow
