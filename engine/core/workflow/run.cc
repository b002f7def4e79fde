#include "engine/core/workflow/run.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::core::workflow {
namespace {

/// A provider that did not answer is a failure; a missing credential or our own delay is not.
bool CountsAsFailure(const Error& error) {
  return error.kind != ErrorKind::kUnauthorized && error.code != "ACTION_NOT_STARTED";
}

/// Applies one fact at `at`. A fact about a task that was never entered changes nothing.
struct Applier {
  Run& run;
  WallTime at;

  TaskState* Find(const std::string& ref) const {
    const auto found = run.tasks.find(ref);
    return found == run.tasks.end() ? nullptr : &found->second;
  }

  /// What flows within the task or run that encloses `parent`'s children.
  Json& FlowOf(const std::string& parent) const {
    TaskState* state = parent.empty() ? nullptr : Find(parent);
    return state == nullptr ? run.flow : state->flow;
  }

  static void WaitUntil(TaskState& task, Awaiting awaiting, WallTime due) {
    task.status = TaskStatus::kWaiting;
    task.awaiting = awaiting;
    task.due = due;
  }

  void StopWaiting(TaskState& task) const {
    if (task.awaiting == Awaiting::kEvent) --run.listening;
    task.awaiting = Awaiting::kNothing;
    task.due.reset();
    task.status = TaskStatus::kRunning;
  }

  void End(TaskState& task, TaskStatus status) const {
    StopWaiting(task);
    task.status = status;
    task.ended_at = at;
    task.request.reset();
    task.sent = false;
    task.held.reset();
    task.deadline.reset();
    task.round_deadline.reset();
    task.emission.reset();
    task.consumed.clear();
    task.child_wanted.reset();
    task.extensions.clear();
    task.extension_step = 0;
    task.extended_then.clear();
  }

  static bool IsUnderWay(const TaskState& task) {
    return task.status == TaskStatus::kRunning || task.status == TaskStatus::kWaiting;
  }

  void EndRun(RunStatus status) const {
    run.status = status;
    run.ended_at = at;
    run.parked_code.clear();
    run.parked_reason.clear();
    run.held = false;
    run.queued = false;
    run.gathering = false;
    run.deadline.reset();
    // `then: end` leaves the tasks around it as well as they can be left; anything else cuts off.
    const TaskStatus left =
        status == RunStatus::kSucceeded ? TaskStatus::kCompleted : TaskStatus::kCancelled;
    for (auto& [ref, task] : run.tasks) {
      if (IsUnderWay(task)) End(task, left);
    }
    run.flow = Json();
  }

  void operator()(const RunStarted& fact) const {
    if (run.started_at) return;
    run.started_at = at;
    run.input = fact.input;
    run.flow = fact.flow ? *fact.flow : fact.input;
    run.context = Json::object();
    run.depth = fact.depth;
    run.retried_from = fact.retried_from;
    run.gathering = fact.gathers;
  }

  // What came before is no part of the run: it begins now.
  void operator()(const InputGathered& fact) const {
    if (!run.gathering) return;
    run.gathering = false;
    run.gathered.clear();
    run.flow = fact.flow ? *fact.flow : run.input;
    run.started_at = at;
    run.deadline.reset();
  }

  void Gather(EventConsumed event) const {
    if (!event.ends) run.input.push_back(std::exchange(event.value, Json()));
    event.value = Json();
    run.gathered.push_back(std::move(event));
  }

  void operator()(const TaskEntered& fact) const {
    TaskState entered;
    if (const TaskState* before = Find(fact.ref)) {
      entered.entries = before->entries + 1;
      entered.attempt = before->attempt;
      entered.past_entries = before->past_entries;
      entered.past_attempts = before->past_attempts;
    } else {
      CountOn(fact.ref, entered);
      run.order.push_back(fact.ref);
    }
    entered.ref = fact.ref;
    entered.name = fact.name;
    entered.kind = fact.kind;
    entered.parent = ParentRef(fact.ref);
    entered.started_at = at;
    const Json& raw = FlowOf(entered.parent);
    entered.input = fact.input ? *fact.input : raw;
    if (fact.input) entered.raw_input = raw;
    entered.flow = entered.input;
    ++run.entered;
    ++run.steps_since_snapshot;
    run.tasks[fact.ref] = std::move(entered);
  }

  /// A loop to which the flow has come back may have forgotten this task: its entries and attempts
  /// go on behind all that may have been, so that no late outcome fits and no key comes twice.
  void CountOn(const std::string& ref, TaskState& entered) const {
    for (std::string outer = ParentRef(ref); !outer.empty(); outer = ParentRef(outer)) {
      const TaskState* loop = Find(outer);
      if (loop == nullptr || loop->kind != "for" || loop->entries == 1) continue;
      entered.entries = std::max(entered.entries, loop->past_entries + 1);
      entered.attempt = std::max(entered.attempt, loop->past_attempts);
    }
  }

  /// The tasks of this loop's rounds, but for what `$steps` can name.
  void ForgetRounds(TaskState& loop) const {
    std::set<std::string> named;
    for (const auto& [name, ref] : run.latest) named.insert(ref);
    const auto end = run.tasks.lower_bound(loop.ref + "$");  // the sign after '#'
    for (auto task = run.tasks.lower_bound(loop.ref + "#"); task != end;) {
      const TaskState& past = task->second;
      if (named.contains(task->first)) {
        ++task;
        continue;
      }
      loop.past_entries = std::max({loop.past_entries, past.entries, past.past_entries});
      loop.past_attempts = std::max({loop.past_attempts, past.attempt, past.past_attempts});
      run.entered = std::max(0, run.entered - past.entries);
      ++run.forgotten;
      task = run.tasks.erase(task);
    }
    std::erase_if(run.order, [this](const std::string& ref) { return !run.tasks.contains(ref); });
  }

  void operator()(const RoundStarted& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    if (task->kind != "listen") StopWaiting(*task);
    task->round = fact.round;
    task->round_deadline.reset();
    ++run.steps_since_snapshot;
    if (task->kind == "for" && run.tasks.size() > kTasksRemembered) ForgetRounds(*task);
    if (task->kind == "try")
      task->flow = task->input;  // another try starts from where the first one did
    if (fact.items) task->items = *fact.items;
  }

  void operator()(const CallRequested& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    if (task->awaiting == Awaiting::kResume) task->failures = 0;
    StopWaiting(*task);
    task->awaiting = Awaiting::kCall;
    task->attempt = fact.attempt;
    task->read_back_round = 0;
    task->read_back_failures = 0;
    task->request = fact;
    task->requested_at = at;
    task->sent = false;
  }

  void operator()(const CallStarted& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr || task->attempt != fact.attempt) return;
    task->requested_at = at;
    task->sent = true;
  }

  void operator()(const CallEnded& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr || task->attempt != fact.attempt) return;
    StopWaiting(*task);
    task->sent = false;
    task->held.reset();
    if (fact.error) {
      if (CountsAsFailure(*fact.error)) ++task->failures;
    } else {
      task->flow = fact.output;
    }
  }

  void operator()(const ReadBackPlanned& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    if (task->awaiting == Awaiting::kResume) task->read_back_failures = 0;
    task->read_back_round = fact.round;
    WaitUntil(*task, Awaiting::kReadBack, fact.due);
  }

  void operator()(const ReadBackEnded& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    StopWaiting(*task);
    task->read_back_failures = fact.error ? task->read_back_failures + 1 : 0;
    if (fact.found) task->flow = fact.output;
  }

  void operator()(const RetryPlanned& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    task->round_deadline.reset();
    WaitUntil(*task, Awaiting::kRetry, fact.due);
  }

  void operator()(const TimerSet& fact) const {
    if (TaskState* task = Find(fact.ref)) WaitUntil(*task, Awaiting::kTimer, fact.due);
  }

  void operator()(const TimerFired& fact) const {
    if (TaskState* task = Find(fact.ref)) task->due.reset();
  }

  void operator()(const ErrorCaught& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    task->caught = fact.error;
    task->round_deadline.reset();
    task->flow = task->input;  // the handler starts from what the try started from
  }

  void operator()(const TaskCompleted& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    End(*task, fact.skipped ? TaskStatus::kSkipped : TaskStatus::kCompleted);
    if (fact.output) {
      task->output = *fact.output;
    } else {
      task->output = std::move(task->flow);
    }
    task->flow = Json();
    task->items = Json();
    // The branches of a fork do not flow into one another: the fork gathers their outputs.
    const TaskState* parent = Find(task->parent);
    if (parent == nullptr || parent->kind != "fork") FlowOf(task->parent) = task->output;
    if (fact.context) run.context = *fact.context;
    if (!fact.skipped) run.latest[task->name] = fact.ref;
  }

  void operator()(const TaskFailed& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    End(*task, TaskStatus::kFailed);
    task->error = fact.error;
    task->flow = Json();
    task->items = Json();
  }

  void operator()(const RunParked& fact) const {
    run.status = RunStatus::kParked;
    run.parked_code = fact.code;
    run.parked_reason = fact.reason;
    if (fact.ref.empty()) run.held = true;
    if (TaskState* task = Find(fact.ref)) {
      task->status = TaskStatus::kWaiting;
      task->awaiting = Awaiting::kResume;
      task->due.reset();
    }
  }

  void operator()(const RunResumed&) const {
    run.status = RunStatus::kRunning;
    run.parked_code.clear();
    run.parked_reason.clear();
    run.held = false;
  }

  void operator()(const TurnAwaited& fact) const {
    run.turn_key = fact.key;
    run.queued = true;
    run.queued_at = fact.from;
  }

  void operator()(const TurnTaken&) const { run.queued = false; }

  void operator()(const TaskExtended& fact) const {
    if (TaskState* task = Find(fact.ref)) task->extensions = fact.extensions;
  }

  // The tasks of extensions leave the data alone: the task starts from its own input, and what
  // follows it sees its output.
  void operator()(const ExtensionMoved& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    task->extension_step = fact.step;
    if (!fact.then.empty()) {
      task->output = fact.output ? *fact.output : std::exchange(task->flow, Json());
      task->extended_then = fact.then;
    }
    task->flow = task->extended_then.empty() ? task->input : task->output;
  }

  void operator()(const RunSnapshot& fact) const {
    auto state = RunFromJson(fact.state);
    if (!state.ok()) return;
    run = std::move(state).value();
    run.snapshot_size = fact.size;
  }

  void operator()(const RunSucceeded& fact) const {
    run.output = fact.output ? *fact.output : run.flow;
    EndRun(RunStatus::kSucceeded);
  }

  void operator()(const RunFailed& fact) const {
    run.error = fact.error;
    EndRun(RunStatus::kFailed);
  }

  void operator()(const RunCancelled&) const { EndRun(RunStatus::kCancelled); }

  void operator()(const DeadlineSet& fact) const {
    TaskState* task = Find(fact.ref);
    if (fact.ref.empty()) {
      run.deadline = fact.due;
    } else if (task != nullptr) {
      (fact.of_round ? task->round_deadline : task->deadline) = fact.due;
    }
  }

  void operator()(const TasksCancelled& fact) const {
    for (auto& [ref, task] : run.tasks) {
      if (IsUnderWay(task) && IsBelow(ref, fact.ref)) End(task, TaskStatus::kCancelled);
    }
  }

  void operator()(const OutcomeHeld& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr || task->attempt != fact.attempt) return;
    task->sent = false;
    task->held = fact;
  }

  void Wait(TaskState& task, Awaiting awaiting) const {
    task.status = TaskStatus::kWaiting;
    task.awaiting = awaiting;
  }

  void operator()(const EventEmitted& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    task->emission = fact;
    task->flow = fact.event;
    Wait(*task, Awaiting::kEmit);
  }

  void operator()(const ListenStarted& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr || task->awaiting == Awaiting::kEvent) return;
    Wait(*task, Awaiting::kEvent);
    ++run.listening;
  }

  void operator()(const EventConsumed& fact) const {
    constexpr std::size_t kRemembered = 100;
    TaskState* task = Find(fact.ref);
    if (fact.ref.empty() && run.gathering) {
      Gather(fact);
    } else if (task != nullptr) {
      task->consumed.push_back(fact);
    } else {
      return;
    }
    run.consumed_events.push_back(fact.event_id);
    if (run.consumed_events.size() > kRemembered)
      run.consumed_events.erase(run.consumed_events.begin());
  }

  void operator()(const ListenEnded& fact) const {
    if (TaskState* task = Find(fact.ref)) StopWaiting(*task);
  }

  void operator()(const RoundEnded& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    if (!task->items.is_array()) task->items = Json::array();
    task->items.push_back(fact.output);
    if (fact.context) run.context = *fact.context;
  }

  void operator()(const ChildWanted& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    task->child_wanted = fact;
    task->child.clear();
    Wait(*task, Awaiting::kChild);
  }

  void operator()(const ChildStarted& fact) const {
    if (TaskState* task = Find(fact.ref)) task->child = fact.child;
  }

  void operator()(const ChildEnded& fact) const {
    TaskState* task = Find(fact.ref);
    if (task == nullptr) return;
    StopWaiting(*task);
    task->child_wanted.reset();
    if (!fact.error) task->flow = fact.output;
  }
};

}  // namespace

const char* ToString(RunStatus status) {
  switch (status) {
    case RunStatus::kRunning:
      return "RUNNING";
    case RunStatus::kParked:
      return "PARKED";
    case RunStatus::kSucceeded:
      return "SUCCEEDED";
    case RunStatus::kFailed:
      return "FAILED";
    case RunStatus::kCancelled:
      return "CANCELLED";
  }
  return "RUNNING";
}

const char* ToString(TaskStatus status) {
  switch (status) {
    case TaskStatus::kRunning:
      return "RUNNING";
    case TaskStatus::kWaiting:
      return "WAITING";
    case TaskStatus::kCompleted:
      return "COMPLETED";
    case TaskStatus::kSkipped:
      return "SKIPPED";
    case TaskStatus::kFailed:
      return "FAILED";
    case TaskStatus::kCancelled:
      return "CANCELLED";
  }
  return "RUNNING";
}

bool IsFinal(RunStatus status) {
  return status != RunStatus::kRunning && status != RunStatus::kParked;
}

void ApplyInPlace(Run& run, const Fact& fact) {
  if (IsFinal(run.status)) return;
  std::visit(Applier{run, fact.at}, fact.body);
}

Run Apply(Run run, const Fact& fact) {
  ApplyInPlace(run, fact);
  return run;
}

}  // namespace sb::core::workflow
