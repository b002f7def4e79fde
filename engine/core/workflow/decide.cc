#include "engine/core/workflow/decide.h"

#include <algorithm>
#include <deque>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/lifecycle.h"

namespace sb::core::workflow {
namespace {

/// Decides whether an input fits the state at all; what it means is the task's business. Everything
/// that comes twice or too late falls through here.
struct Router {
  const DecideContext& context;
  Run& run;
  Flow& flow;

  /// The task's state if the run has not ended and the task has been entered.
  const TaskState* Known(const std::string& ref) const {
    if (IsFinal(run.status) || !run.started_at) return nullptr;
    const auto found = run.tasks.find(ref);
    return found == run.tasks.end() ? nullptr : &found->second;
  }

  /// The same, but nothing while the run is held as a whole.
  const TaskState* Live(const std::string& ref) const { return run.held ? nullptr : Known(ref); }

  void Tell(const std::string& ref, Signal signal) const {
    flow.Tell(ref, std::move(signal));
    flow.Work();
  }

  void operator()(const Start& input) const {
    if (!run.started_at) flow.Begin(input);
  }

  void operator()(const CallAdmitted& input) const {
    const TaskState* task = Live(input.ref);
    if (task == nullptr || task->awaiting != Awaiting::kCall || task->attempt != input.attempt)
      return;
    Tell(input.ref, &input);
  }

  void operator()(const CallOutcome& input) const {
    const TaskState* task = Known(input.ref);
    if (task == nullptr || task->awaiting != Awaiting::kCall || task->attempt != input.attempt)
      return;
    if (!run.held) return Tell(input.ref, &input);
    if (task->held) return;
    OutcomeHeld held{input.ref, input.attempt, {}, {}};
    if (input.result.ok()) {
      held.output = *input.result;
    } else {
      held.error = input.result.error();
    }
    flow.Emit(std::move(held));
  }

  void operator()(const ReadBackOutcome& input) const {
    const TaskState* task = Live(input.ref);
    if (task == nullptr || task->awaiting != Awaiting::kReadBack || task->due) return;
    if (task->attempt != input.attempt || task->read_back_round != input.round) return;
    Tell(input.ref, &input);
  }

  void operator()(const Due& input) const {
    if (input.ref.empty()) return OnRunDeadline();
    const TaskState* task = Live(input.ref);
    if (task == nullptr) return;
    if (IsOver(task->deadline)) {
      flow.TimeOut(input.ref);
    } else if (IsOver(task->round_deadline)) {
      flow.TimeOutRound(input.ref);
    } else if (IsOver(task->due)) {
      flow.Emit(TimerFired{input.ref});
      flow.Tell(input.ref, input);
    } else if (const auto next = EarliestDue(*task)) {
      return flow.Want(WakeAt{input.ref, *next});  // it came too early
    }
    flow.Work();
  }

  bool IsOver(const std::optional<WallTime>& due) const { return due && context.now >= *due; }

  void OnRunDeadline() const {
    if (IsFinal(run.status) || run.held || !run.deadline) return;
    if (!IsOver(run.deadline)) return flow.Want(WakeAt{"", *run.deadline});
    if (run.gathering) return flow.StopGathering();
    flow.TimeOutRun();
  }

  void operator()(const EventArrived& input) const {
    if (IsFinal(run.status) || run.held) return;
    if (run.gathering) {
      const auto& had = run.consumed_events;
      if (std::ranges::find(had, ToText(input.event.id)) == had.end()) flow.Gather(input.event);
      return;
    }
    // A run that heard of each of its own steps would never come to an end.
    const bool own = input.event.subject == "runs/" + ToText(context.run_id);
    if (run.listening == 0 || (own && IsLifecycleType(input.event.type))) return;
    std::vector<std::string> listening;
    for (const auto& [ref, task] : run.tasks) {
      if (task.awaiting == Awaiting::kEvent) listening.push_back(ref);
    }
    for (const std::string& ref : listening) flow.Tell(ref, &input);
    flow.Work();
  }

  void operator()(const EventStored& input) const {
    const TaskState* task = Live(input.ref);
    if (task != nullptr && task->awaiting == Awaiting::kEmit) Tell(input.ref, &input);
  }

  void operator()(const ChildRunStarted& input) const {
    const TaskState* task = Live(input.ref);
    if (task == nullptr || task->awaiting != Awaiting::kChild || !task->child.empty()) return;
    Tell(input.ref, &input);
  }

  void operator()(const ChildRunEnded& input) const {
    const TaskState* task = Live(input.ref);
    if (task != nullptr && task->awaiting == Awaiting::kChild) Tell(input.ref, &input);
  }

  void operator()(const Suspend& input) const {
    if (!run.started_at || IsFinal(run.status) || run.held || run.gathering) return;
    flow.Emit(RunParked{input.code, input.reason, ""});
  }

  void operator()(const Resume&) const {
    if (run.status != RunStatus::kParked) return;
    const bool was_held = run.held;
    flow.Emit(RunResumed{});
    std::deque<CallOutcome> kept;  // outlives Work, which looks at what Tell was given
    std::vector<std::string> refs;
    for (const auto& [ref, task] : run.tasks) refs.push_back(ref);
    for (const std::string& ref : refs) {
      const TaskState& task = run.tasks.at(ref);
      if (task.held) {
        kept.push_back(OutcomeOf(*task.held));
        flow.Tell(ref, &kept.back());
      } else if (task.awaiting == Awaiting::kResume || (was_held && NeverLeft(task))) {
        flow.Tell(ref, Resume{});
      } else if (was_held) {
        Recall(task, run.depth);
      }
    }
    if (was_held && run.deadline) flow.Want(WakeAt{"", *run.deadline});
    if (run.queued) flow.Want(AskTurn{});
    flow.Work();
  }

  static CallOutcome OutcomeOf(const OutcomeHeld& held) {
    if (held.error) return {held.ref, held.attempt, *held.error};
    return {held.ref, held.attempt, held.output};
  }

  /// A request that waited for its turn when the run was held: the turn has passed, so it is wanted
  /// anew.
  static bool NeverLeft(const TaskState& task) {
    return task.awaiting == Awaiting::kCall && !task.sent;
  }

  void Recall(const TaskState& task, int depth) const {
    for (Effect& effect : EffectsAwaited(task, depth)) flow.Want(std::move(effect));
  }

  void operator()(const Cancel& input) const {
    if (run.started_at && !IsFinal(run.status)) flow.Emit(RunCancelled{input.reason});
  }

  void operator()(const TurnGranted&) const {
    if (run.queued && !run.held) flow.TakeTurn();
  }
};

/// A run that was parked for one task, which then went away: a branch that lost, a `try` whose time
/// was over. Nothing waits for a person any more.
void UnparkIfNothingWaits(const Run& run, Flow& flow) {
  if (run.status != RunStatus::kParked || run.held) return;
  const bool waits = std::ranges::any_of(
      run.tasks, [](const auto& entry) { return entry.second.awaiting == Awaiting::kResume; });
  if (!waits) flow.Emit(RunResumed{});
}

}  // namespace

std::optional<WallTime> EarliestDue(const TaskState& task) {
  std::optional<WallTime> earliest = task.due;
  for (const auto& due : {task.deadline, task.round_deadline}) {
    if (due && (!earliest || *due < *earliest)) earliest = due;
  }
  return earliest;
}

std::vector<Effect> EffectsAwaited(const TaskState& task, int depth) {
  std::vector<Effect> effects;
  if (task.awaiting == Awaiting::kCall && !task.sent && task.request)
    effects.emplace_back(PerformCall{task.ref, *task.request});
  if (task.awaiting == Awaiting::kReadBack && !task.due && task.request) {
    effects.emplace_back(PerformReadBack{task.ref, task.read_back_round, *task.request,
                                         task.requested_at.value_or(task.started_at)});
  }
  if (task.awaiting == Awaiting::kEmit && task.emission)
    effects.emplace_back(StoreEvent{*task.emission});
  if (task.awaiting == Awaiting::kChild && task.child_wanted)
    effects.emplace_back(StartChild{*task.child_wanted, depth + 1});
  for (const auto& due : {task.due, task.deadline, task.round_deadline}) {
    if (due) effects.emplace_back(WakeAt{task.ref, *due});
  }
  return effects;
}

namespace {

/// Snapshots of large states are rarer, so that they cost no more than what they spare.
void SaveFromTimeToTime(const Run& run, Flow& flow) {
  constexpr std::int64_t kBytesPerStep = 50;
  const std::int64_t due =
      std::max<std::int64_t>(kStepsPerSnapshot, run.snapshot_size / kBytesPerStep);
  if (run.steps_since_snapshot < due || IsFinal(run.status)) return;
  Json state = ToJson(run);
  const auto size = static_cast<std::int64_t>(DumpJson(state).size());
  flow.Emit(RunSnapshot{std::move(state), size});
}

}  // namespace

Decision DecideAndApply(const DecideContext& context, Run& run, const Input& input) {
  Decision decision;
  Flow flow(context, run, decision);
  std::visit(Router{context, run, flow}, input);
  if (decision.facts.empty()) return decision;
  UnparkIfNothingWaits(run, flow);
  SaveFromTimeToTime(run, flow);
  return decision;
}

Decision Decide(const DecideContext& context, const Run& run, const Input& input) {
  Run copy = run;
  return DecideAndApply(context, copy, input);
}

namespace {

/// What was under way beside the failure in the old run cannot be had again in a new one.
bool AnythingElseGoesOn(const std::vector<Fact>& facts, const std::string& failed) {
  Run run;
  for (const Fact& fact : facts) ApplyInPlace(run, fact);
  return std::ranges::any_of(run.tasks, [&](const auto& entry) {
    const TaskState& task = entry.second;
    return task.ref != failed && !task.ended_at && task.awaiting != Awaiting::kNothing;
  });
}

/// The history of a long run is told from a snapshot on: what began it is taken from there.
bool RestoreStart(std::vector<Fact>& facts) {
  const auto* snapshot = std::get_if<RunSnapshot>(&facts.front().body);
  if (snapshot == nullptr) return std::holds_alternative<RunStarted>(facts.front().body);
  const auto run = RunFromJson(snapshot->state);
  if (!run.ok()) return false;
  facts.insert(facts.begin(), {facts.front().at, RunStarted{run->input, {}, {}, run->depth}});
  return true;
}

}  // namespace

std::optional<TakenOver> TakeOver(std::vector<Fact> facts, const std::string& retried_from) {
  const auto is_failure = [](const Fact& fact) {
    return std::holds_alternative<TaskFailed>(fact.body) ||
           std::holds_alternative<TasksCancelled>(fact.body);
  };
  if (facts.size() < 2 || !std::holds_alternative<RunFailed>(facts.back().body)) return {};
  if (!RestoreStart(facts)) return {};
  auto* started = std::get_if<RunStarted>(&facts.front().body);
  std::size_t failure = facts.size() - 1;
  while (failure > 0 && is_failure(facts[failure - 1])) --failure;
  while (std::holds_alternative<TasksCancelled>(facts[failure].body)) ++failure;
  const auto* first = std::get_if<TaskFailed>(&facts[failure].body);
  if (first == nullptr) return {};
  // The first to fail is the innermost: those around it failed because of it.
  TakenOver taken_over{{}, first->ref};
  started->retried_from = retried_from;
  facts.resize(failure);
  if (AnythingElseGoesOn(facts, taken_over.from)) return {};
  taken_over.facts = std::move(facts);
  return taken_over;
}

Unfinished FindUnfinished(const Run& run) {
  Unfinished unfinished;
  if (IsFinal(run.status)) return unfinished;
  for (const auto& [ref, task] : run.tasks) {
    if (task.awaiting == Awaiting::kCall && task.sent) {
      unfinished.in_doubt.push_back(
          {task.ref, task.attempt,
           InDoubt("CALL_INTERRUPTED",
                   "the engine stopped while the request was under way, and its answer is lost")});
    }
    if (run.held) continue;
    for (Effect& effect : EffectsAwaited(task, run.depth))
      unfinished.effects.push_back(std::move(effect));
  }
  if (run.deadline && !run.held) unfinished.effects.emplace_back(WakeAt{"", *run.deadline});
  if (run.queued && !run.held) unfinished.effects.emplace_back(AskTurn{});
  return unfinished;
}

}  // namespace sb::core::workflow
