#include "engine/core/workflow/model.h"

#include <array>

namespace sb::core::workflow {
namespace {

void AddToIndex(const std::vector<Task>& tasks, std::map<std::string, const Task*>& index) {
  for (const Task& task : tasks) {
    index[task.ref] = &task;
    for (const std::vector<Task>* list : ChildLists(task)) AddToIndex(*list, index);
  }
}

}  // namespace

const char* KindName(const TaskKind& kind) {
  constexpr std::array<const char*, std::variant_size_v<TaskKind>> kNames = {
      "call", "do",  "set",  "switch", "wait",   "raise",
      "for",  "try", "emit", "fork",   "listen", "run"};
  return kNames[kind.index()];
}

std::vector<const std::vector<Task>*> ChildLists(const TaskKind& kind) {
  if (const auto* block = std::get_if<DoTask>(&kind)) return {&block->tasks};
  if (const auto* loop = std::get_if<ForTask>(&kind)) return {&loop->tasks};
  if (const auto* attempt = std::get_if<TryTask>(&kind))
    return {&attempt->tasks, &attempt->handler};
  if (const auto* fork = std::get_if<ForkTask>(&kind)) return {&fork->branches};
  if (const auto* listen = std::get_if<ListenTask>(&kind); listen != nullptr && listen->each)
    return {&listen->each->tasks};
  return {};
}

std::vector<const std::vector<Task>*> ChildLists(const Task& task) {
  std::vector<const std::vector<Task>*> lists = ChildLists(task.kind);
  for (const Extension& extension : task.extensions) {
    lists.push_back(&extension.before);
    lists.push_back(&extension.after);
  }
  return lists;
}

const Task* Workflow::Find(const std::string& pointer) const {
  const auto found = by_pointer_.find(pointer);
  return found == by_pointer_.end() ? nullptr : found->second;
}

void Workflow::Index() {
  by_pointer_.clear();
  AddToIndex(tasks, by_pointer_);
}

}  // namespace sb::core::workflow
