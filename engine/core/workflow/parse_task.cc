#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::workflow {
namespace {

constexpr int kMaxNesting = 15;

/// A kind of task that can be read, and the keys it has besides those of every task.
struct ReadableKind {
  const char* key;
  std::optional<TaskKind> (*parse)(DefinitionReader&, const Node&);
  std::vector<std::string> keys;
};

const std::vector<ReadableKind>& ReadableKinds() {
  // `for` stands before `do`, which is one of its parts.
  static const std::vector<ReadableKind> kKinds = {{"for", ParseFor, {"for", "while", "do"}},
                                                   {"do", ParseDo, {"do"}},
                                                   {"call", ParseCall, {"call", "with"}},
                                                   {"set", ParseSet, {"set"}},
                                                   {"switch", ParseSwitch, {"switch"}},
                                                   {"wait", ParseWait, {"wait"}},
                                                   {"raise", ParseRaise, {"raise"}},
                                                   {"try", ParseTry, {"try", "catch"}},
                                                   {"emit", ParseEmit, {"emit"}},
                                                   {"fork", ParseFork, {"fork"}},
                                                   {"listen", ParseListen, {"listen", "foreach"}},
                                                   {"run", ParseRun, {"run"}}};
  return kKinds;
}

const std::vector<std::string> kCommonKeys = {"if",      "input", "output",  "export",
                                              "timeout", "then",  "metadata"};

/// Every key that makes a task some kind.
std::vector<std::string> KindKeys() {
  std::vector<std::string> keys;
  for (const ReadableKind& kind : ReadableKinds()) keys.emplace_back(kind.key);
  return keys;
}

/// The key that makes `body` a task of some kind; empty, or several joined by " and ", when it is
/// not one kind.
std::string KindKeyOf(const Node& body) {
  std::string found;
  for (const std::string& key : KindKeys()) {
    if (!body.Has(key) || (key == "do" && body.Has("for"))) continue;
    found += (found.empty() ? "" : " and ") + key;
  }
  return found;
}

bool HasBadCharacter(const std::string& name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F || c == '/' || c == '~' || c == '#';
  });
}

/// The tasks of `list` that follow task `index` in one step.
std::vector<std::string> DirectivesOf(const Task& task) {
  std::vector<std::string> directives;
  const auto* choice = std::get_if<SwitchTask>(&task.kind);
  bool falls_through = true;
  if (choice != nullptr) {
    for (const SwitchCase& each : choice->cases) {
      directives.push_back(each.then);
      if (each.when.empty()) falls_through = false;
    }
  }
  if (std::holds_alternative<RaiseTask>(task.kind)) falls_through = false;
  if (falls_through || !task.condition.empty()) directives.push_back(task.then);
  return directives;
}

}  // namespace

std::string DefinitionReader::ReadTaskName(const Node& item) {
  if (!item.value.is_object() || item.value.size() != 1) {
    Invalid(item, item.value.is_object() && item.value.size() > 1
                      ? "an entry holds one task: its name, and below it what it does; begin the "
                        "next task with `-`"
                      : "an entry must be a task: its name, and below it what it does");
    return {};
  }
  std::string name = item.value.begin().key();
  const std::string pointer = item.pointer + "/" + PointerStep(name);
  if (name.empty() || name.size() > 100 || HasBadCharacter(name)) {
    ReportKey("WORKFLOW_FIELD_INVALID", pointer,
              "a task's name has 1 to 100 characters, and no `/`, `~` or `#`");
    return {};
  }
  if (name == "continue" || name == "exit" || name == "end") {
    ReportKey("WORKFLOW_FIELD_INVALID", pointer,
              "a task cannot be called `" + name + "`: that is a flow directive");
    return {};
  }
  return name;
}

std::vector<Task> DefinitionReader::ReadTasks(const Node& list,
                                              const std::vector<std::string>& variables) {
  std::vector<Task> tasks = ReadList(list, variables);
  // Half a list would only give false alarms.
  if (!tasks.empty() && tasks.size() == list.value.size()) {
    CheckTargets(tasks);
    CheckReachable(tasks);
  }
  return tasks;
}

std::vector<Task> DefinitionReader::ReadBranches(const Node& list) {
  std::vector<Task> branches = ReadList(list, {});
  for (const Task& branch : branches) CheckTarget(branch.then, branch.ref + "/then", {});
  return branches;
}

std::vector<Task> DefinitionReader::ReadList(const Node& list,
                                             const std::vector<std::string>& variables) {
  std::vector<Task> tasks;
  if (!ExpectList(list, "a block of tasks")) return tasks;
  if (depth_ >= kMaxNesting) {
    Invalid(list, "tasks nest deeper than 15 levels; split the workflow");
    return tasks;
  }
  ++depth_;
  std::set<std::string> names;
  WithVariables(variables, [&] {
    for (std::size_t i = 0; i < list.value.size(); ++i) {
      auto task = ReadTask(list.At(i));
      if (!task) continue;
      if (!names.insert(task->name).second) {
        ReportKey("WORKFLOW_TASK_DUPLICATE", task->ref,
                  "there are two tasks called `" + task->name + "` in this block; rename one");
      }
      tasks.push_back(std::move(*task));
    }
  });
  --depth_;
  return tasks;
}

std::optional<Task> DefinitionReader::ReadTask(const Node& item) {
  const std::string name = ReadTaskName(item);
  if (name.empty()) return {};
  task_names_.insert(name);
  const Node body = item.At(name);
  if (!ExpectObject(body, "a task")) return {};
  Task task;
  task.name = name;
  task.ref = body.pointer;
  task.position = yaml_.KeyPositionOf(body.pointer);
  task.definition = body.value;
  const std::string kind = KindKeyOf(body);
  if (kind.empty() || kind.find(' ') != std::string::npos) {
    std::string nearest;
    for (const auto& [key, member] : body.value.items()) {
      if (nearest.empty()) nearest = DidYouMean(key, KindKeys());
    }
    ReportKey("WORKFLOW_FIELD_INVALID", body.pointer,
              kind.empty()
                  ? "the task does nothing: give it call, do, emit, for, fork, "
                    "listen, raise, run, set, switch, try or wait"
                  : "the task is several kinds at once (" + kind + "); make them separate tasks",
              kind.empty() ? nearest : "");
    return {};
  }
  ReadCommon(body, task);
  auto read = ReadKind(body, kind);
  if (!read) return {};
  task.kind = std::move(*read);
  Extend(task);
  return task;
}

std::optional<TaskKind> DefinitionReader::ReadKind(const Node& body, const std::string& kind) {
  for (const ReadableKind& readable : ReadableKinds()) {
    if (kind != readable.key) continue;
    std::vector<std::string> known = readable.keys;
    known.insert(known.end(), kCommonKeys.begin(), kCommonKeys.end());
    CheckKeys(body, known);
    return readable.parse(*this, body);
  }
  return {};
}

void DefinitionReader::ReadCommon(const Node& body, Task& task) {
  task.condition = Expression(body, "if", ArgumentSet::kBeforeInput);
  if (body.Has("input") && ExpectObject(body.At("input"), "`input`")) {
    CheckKeys(body.At("input"), {"schema", "from"});
    task.input = {ReadSchema(body.At("input")),
                  ReadTransformation(body.At("input"), "from", ArgumentSet::kBeforeInput)};
  }
  if (body.Has("output") && ExpectObject(body.At("output"), "`output`")) {
    CheckKeys(body.At("output"), {"schema", "as"});
    task.output = {ReadSchema(body.At("output")),
                   ReadTransformation(body.At("output"), "as", ArgumentSet::kOutput)};
  }
  if (body.Has("export") && ExpectObject(body.At("export"), "`export`")) {
    CheckKeys(body.At("export"), {"schema", "as"});
    task.export_ = {ReadSchema(body.At("export")),
                    ReadTransformation(body.At("export"), "as", ArgumentSet::kOutput)};
  }
  task.timeout = ReadTimeout(body, ArgumentSet::kBody);
  if (body.Has("then")) task.then = Text(body, "then", true);
  if (body.Has("metadata") && ExpectObject(body.At("metadata"), "`metadata`")) {
    task.metadata = body.At("metadata").value;
    task.policy = ReadPolicy(body.At("metadata"), PolicyPlace::kTask);
  }
}

void DefinitionReader::CheckTarget(const std::string& then, const std::string& pointer,
                                   const std::vector<std::string>& names) {
  if (then.empty() || then == "continue" || then == "exit" || then == "end") return;
  if (std::find(names.begin(), names.end(), then) != names.end()) return;
  std::vector<std::string> candidates = names;
  candidates.insert(candidates.end(), {"continue", "exit", "end"});
  Report("WORKFLOW_TARGET_UNKNOWN", pointer,
         task_names_.contains(then)
             ? "the task `" + then +
                   "` stands in another block; `then` leads only to tasks of its own block"
             : "there is no task `" + then.substr(0, 60) + "` in this block",
         DidYouMean(then, candidates));
}

void DefinitionReader::CheckTargets(const std::vector<Task>& tasks) {
  std::vector<std::string> names;
  for (const Task& task : tasks) names.push_back(task.name);
  for (const Task& task : tasks) {
    CheckTarget(task.then, task.ref + "/then", names);
    const auto* choice = std::get_if<SwitchTask>(&task.kind);
    if (choice == nullptr) continue;
    for (std::size_t i = 0; i < choice->cases.size(); ++i) {
      const SwitchCase& each = choice->cases[i];
      CheckTarget(
          each.then,
          task.ref + "/switch/" + std::to_string(i) + "/" + PointerStep(each.name) + "/then",
          names);
    }
  }
}

void DefinitionReader::CheckReachable(const std::vector<Task>& tasks) {
  std::set<std::size_t> reached = {0};
  std::vector<std::size_t> open = {0};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const std::string& directive : DirectivesOf(tasks[at])) {
      for (std::size_t next = 0; next < tasks.size(); ++next) {
        const bool follows =
            directive == "continue" ? next == at + 1 : tasks[next].name == directive;
        if (follows && reached.insert(next).second) open.push_back(next);
      }
    }
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (reached.contains(i)) continue;
    Warn("WORKFLOW_TASK_UNREACHABLE", tasks[i].ref,
         "the flow never comes to `" + tasks[i].name +
             "`: no task before it continues, and no `then` leads to it");
  }
}

}  // namespace sb::core::workflow
