#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

/// One step of an extended task: tasks of an extension, or null for the task itself.
using ExtensionSteps = std::vector<const std::vector<Task>*>;

ExtensionSteps StepsOf(const Task& task, const std::vector<std::string>& names) {
  ExtensionSteps before;
  ExtensionSteps after;
  for (const Extension& extension : task.extensions) {
    if (std::ranges::find(names, extension.name) == names.end()) continue;
    if (!extension.before.empty()) before.push_back(&extension.before);
    if (!extension.after.empty()) after.insert(after.begin(), &extension.after);
  }
  before.push_back(nullptr);
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

}  // namespace

/// The task itself, or the first step of its extensions.
void Flow::Begin(const Task& task, const std::string& ref) {
  if (task.extensions.empty()) return Tell(ref, Entered{});
  const Scope scope = ScopeOf(task, ref);
  TaskExtended extended{ref, {}};
  for (const Extension& extension : task.extensions) {
    if (!extension.when.empty()) {
      const auto wanted = scope.IsTrue(extension.when, StateOf(ref).input);
      if (!wanted.ok()) return Fail(ref, ToExpressionError(wanted.error(), ref));
      if (!*wanted) continue;
    }
    extended.extensions.push_back(extension.name);
  }
  if (extended.extensions.empty()) return Tell(ref, Entered{});
  Emit(std::move(extended));
  MoveTo(task, ref, {ref, 0, {}, {}});
}

void Flow::MoveTo(const Task& task, const std::string& ref, ExtensionMoved moved) {
  const ExtensionSteps steps = StepsOf(task, StateOf(ref).extensions);
  const std::vector<Task>* tasks = steps.at(static_cast<std::size_t>(moved.step));
  Emit(std::move(moved));
  if (tasks == nullptr) return Tell(ref, Entered{});
  Enter(tasks->front(), ref + tasks->front().ref.substr(task.ref.size()));
}

bool Flow::IsInExtension(const Task& task, const TaskState& state) const {
  if (state.extensions.empty()) return false;
  const ExtensionSteps steps = StepsOf(task, state.extensions);
  return steps.at(static_cast<std::size_t>(state.extension_step)) != nullptr;
}

/// Whether there are tasks to do behind the task itself, which is done.
bool Flow::GoOnBehind(const Task& task, const ToComplete& done) {
  const TaskState& state = StateOf(done.ref);
  const bool itself = !state.extensions.empty() && !IsInExtension(task, state);
  const std::size_t next = static_cast<std::size_t>(state.extension_step) + 1;
  if (!itself || next >= StepsOf(task, state.extensions).size()) return false;
  MoveTo(task, done.ref, {done.ref, static_cast<int>(next), done.output, done.then});
  return true;
}

/// The tasks of one step have ended. `then: exit` before the task leaves it out: what they have
/// left is its output.
void Flow::OnExtension(const Task& task, const std::string& ref, const Signal& signal) {
  if (const auto* failed = std::get_if<ChildFailed>(&signal)) return Fail(ref, failed->error);
  const auto* ended = std::get_if<ChildrenDone>(&signal);
  if (ended == nullptr) return;
  const TaskState& state = StateOf(ref);
  const bool is_before = state.extended_then.empty();
  ToComplete whole{ref, {}, task.then};
  if (is_before && ended->exited) return End(task, whole);
  const std::size_t next = static_cast<std::size_t>(state.extension_step) + 1;
  if (next < StepsOf(task, state.extensions).size())
    return MoveTo(task, ref, {ref, static_cast<int>(next), {}, {}});
  whole.output = state.output;
  whole.then = state.extended_then;
  End(task, whole);
}

}  // namespace sb::core::workflow
