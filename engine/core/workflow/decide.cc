#include "engine/core/workflow/decide.h"

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"

namespace sb::core::workflow {
namespace {

/// Decides whether an input fits the state at all; what it means is the task's business. Everything
/// that comes twice or too late falls through here.
struct Router {
  const DecideContext& context;
  Run& run;
  Flow& flow;

  /// The task's state if the run is under way and the task has been entered.
  const TaskState* Live(const std::string& ref) const {
    if (run.status != RunStatus::kRunning || !run.started_at) return nullptr;
    const auto found = run.tasks.find(ref);
    return found == run.tasks.end() ? nullptr : &found->second;
  }

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
    const TaskState* task = Live(input.ref);
    if (task == nullptr || task->awaiting != Awaiting::kCall || task->attempt != input.attempt)
      return;
    Tell(input.ref, &input);
  }

  void operator()(const ReadBackOutcome& input) const {
    const TaskState* task = Live(input.ref);
    if (task == nullptr || task->awaiting != Awaiting::kReadBack || task->due) return;
    if (task->attempt != input.attempt || task->read_back_round != input.round) return;
    Tell(input.ref, &input);
  }

  void operator()(const Due& input) const {
    const TaskState* task = Live(input.ref);
    if (task == nullptr || !task->due) return;
    if (context.now < *task->due) return flow.Want(WakeAt{input.ref, *task->due});
    flow.Emit(TimerFired{input.ref});
    Tell(input.ref, input);
  }

  void operator()(const Resume&) const {
    if (run.status != RunStatus::kParked) return;
    flow.Emit(RunResumed{});
    for (const auto& [ref, task] : run.tasks) {
      if (task.awaiting == Awaiting::kResume) flow.Tell(ref, Resume{});
    }
    flow.Work();
  }

  void operator()(const Cancel& input) const {
    if (run.started_at && !IsFinal(run.status)) flow.Emit(RunCancelled{input.reason});
  }
};

void Recall(const TaskState& task, Unfinished& unfinished) {
  switch (task.awaiting) {
    case Awaiting::kNothing:
    case Awaiting::kResume:
      return;
    case Awaiting::kCall:
      if (task.sent) {
        unfinished.in_doubt.push_back(
            {task.ref, task.attempt,
             InDoubt(
                 "CALL_INTERRUPTED",
                 "the engine stopped while the request was under way, and its answer is lost")});
      } else if (task.request) {
        unfinished.effects.emplace_back(PerformCall{task.ref, *task.request});
      }
      return;
    case Awaiting::kReadBack:
      if (!task.due && task.request) {
        unfinished.effects.emplace_back(
            PerformReadBack{task.ref, task.read_back_round, *task.request,
                            task.requested_at.value_or(task.started_at)});
        return;
      }
      [[fallthrough]];
    case Awaiting::kRetry:
    case Awaiting::kTimer:
      if (task.due) unfinished.effects.emplace_back(WakeAt{task.ref, *task.due});
  }
}

}  // namespace

Decision DecideAndApply(const DecideContext& context, Run& run, const Input& input) {
  Decision decision;
  Flow flow(context, run, decision);
  std::visit(Router{context, run, flow}, input);
  return decision;
}

Decision Decide(const DecideContext& context, const Run& run, const Input& input) {
  Run copy = run;
  return DecideAndApply(context, copy, input);
}

Unfinished FindUnfinished(const Run& run) {
  Unfinished unfinished;
  if (run.status != RunStatus::kRunning) return unfinished;
  for (const auto& [ref, task] : run.tasks) Recall(task, unfinished);
  return unfinished;
}

}  // namespace sb::core::workflow
