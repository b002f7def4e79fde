#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"

namespace sb::core::workflow {
namespace {

bool HasEnded(const TaskStep& step, const Task& branch) {
  const TaskState* state = step.ChildState(branch);
  return state != nullptr && state->status != TaskStatus::kRunning &&
         state->status != TaskStatus::kWaiting;
}

bool HaveAllEnded(const TaskStep& step, const ForkTask& fork) {
  return std::ranges::all_of(fork.branches,
                             [&](const Task& branch) { return HasEnded(step, branch); });
}

bool HaveAllFailed(const TaskStep& step, const ForkTask& fork) {
  return std::ranges::all_of(fork.branches, [&](const Task& branch) {
    const TaskState* state = step.ChildState(branch);
    return state != nullptr && state->status == TaskStatus::kFailed;
  });
}

/// The outputs of all branches, in the order of the definition.
Json Gathered(const TaskStep& step, const ForkTask& fork) {
  Json outputs = Json::array();
  for (const Task& branch : fork.branches) outputs.push_back(step.ChildState(branch)->output);
  return outputs;
}

void OnBranchDone(TaskStep& step, const ForkTask& fork, const BranchDone& done) {
  if (fork.compete) {
    for (const Task& branch : fork.branches) {
      if (step.ChildRef(branch) != done.ref) continue;
      Json output = step.ChildState(branch)->output;
      step.CancelChildren();
      return step.Complete(std::move(output));
    }
  }
  if (HaveAllEnded(step, fork)) step.Complete(Gathered(step, fork));
}

/// A branch that fails has lost the race; where branches work together, it fails them all.
void OnBranchFailed(TaskStep& step, const ForkTask& fork, const ChildFailed& failed) {
  if (fork.compete && !HaveAllFailed(step, fork)) return;
  step.CancelChildren();
  step.Fail(failed.error);
}

}  // namespace

void DecideTask(TaskStep& step, const ForkTask& fork, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal)) {
    for (const Task& branch : fork.branches) step.EnterChild(branch);
  } else if (const auto* done = std::get_if<BranchDone>(&signal)) {
    OnBranchDone(step, fork, *done);
  } else if (const auto* failed = std::get_if<ChildFailed>(&signal)) {
    OnBranchFailed(step, fork, *failed);
  }
}

}  // namespace sb::core::workflow
