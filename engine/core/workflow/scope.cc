#include "engine/core/workflow/scope.h"

#include <nlohmann/json.hpp>

#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsNamePart(char c) {
  return IsNameStart(c) || (c >= '0' && c <= '9');
}

/// Where the next `$name` ends in `source`, searching from `from`; npos when there is none.
std::size_t FindMention(std::string_view source, std::string_view name, std::size_t from) {
  while (true) {
    const std::size_t at = source.find('$', from);
    if (at == std::string_view::npos) return at;
    const std::size_t end = at + 1 + name.size();
    const bool same = source.substr(at + 1, name.size()) == name;
    if (same && (end >= source.size() || !IsNamePart(source[end]))) return end;
    from = at + 1;
  }
}

Json TimeDescriptor(WallTime when) {
  const std::int64_t ms = std::chrono::floor<Millis>(when).time_since_epoch().count();
  return {{"iso8601", ToRfc3339(when)}, {"epoch", {{"seconds", ms / 1000}, {"milliseconds", ms}}}};
}

bool Wanted(const std::optional<std::set<std::string>>& members, const char* name) {
  return !members || members->contains(name);
}

}  // namespace

bool Mentions(std::string_view source, std::string_view name) {
  return FindMention(source, name, 0) != std::string_view::npos;
}

namespace {

/// The member that is read where `$name` ends, at `at`: `.member`, `."member"` or `["member"]`;
/// nothing where it is not told in the source.
std::optional<std::string> MemberAt(std::string_view source, std::size_t at) {
  if (source.substr(at, 1) == "." && at + 1 < source.size() && IsNameStart(source[at + 1])) {
    std::size_t end = at + 1;
    while (end < source.size() && IsNamePart(source[end])) ++end;
    return std::string(source.substr(at + 1, end - at - 1));
  }
  const bool in_brackets = source.substr(at, 2) == "[\"";
  if (!in_brackets && source.substr(at, 2) != ".\"") return {};
  const std::size_t end = source.find_first_of("\"\\", at + 2);  // an escape is for jq to read
  if (end == std::string_view::npos || source[end] != '"') return {};
  if (in_brackets && source.substr(end + 1, 1) != "]") return {};
  return std::string(source.substr(at + 2, end - at - 2));
}

}  // namespace

std::optional<std::set<std::string>> MembersRead(std::string_view source, std::string_view name) {
  std::set<std::string> members;
  std::size_t at = FindMention(source, name, 0);
  for (; at != std::string_view::npos; at = FindMention(source, name, at)) {
    auto member = MemberAt(source, at);
    if (!member) return {};
    members.insert(*std::move(member));
  }
  return members;
}

Status Scope::Check(const std::string& source, const std::vector<std::string>& arguments) const {
  return context_.expressions.Check(source, arguments);
}

Result<Json> Scope::Evaluate(const std::string& source, const Json& input,
                             const Arguments& extra) const {
  Arguments arguments = extra;
  if (source.find('$') == std::string::npos)
    return context_.expressions.Evaluate(source, input, arguments);
  if (Mentions(source, "context")) arguments.emplace("context", run_.context);
  if (Mentions(source, "input") && view_.input != nullptr) arguments.emplace("input", *view_.input);
  if (Mentions(source, "output") && view_.output != nullptr)
    arguments.emplace("output", *view_.output);
  if (Mentions(source, "workflow")) arguments.emplace("workflow", WorkflowArgument(source));
  if (Mentions(source, "task")) arguments.emplace("task", TaskArgument(source));
  if (Mentions(source, "steps")) arguments.emplace("steps", StepsArgument(source));
  if (Mentions(source, "runtime")) {
    arguments.emplace("runtime", Json{{"name", "switchboard"}, {"version", SB_VERSION}});
  }
  AddVariables(source, arguments);
  return context_.expressions.Evaluate(source, input, arguments);
}

Json Scope::WorkflowArgument(const std::string& source) const {
  const auto members = MembersRead(source, "workflow");
  Json workflow = Json::object();
  if (Wanted(members, "id")) workflow["id"] = ToText(context_.run_id);
  if (Wanted(members, "definition")) workflow["definition"] = context_.workflow.definition;
  if (Wanted(members, "input")) workflow["input"] = run_.input;
  if (Wanted(members, "startedAt"))
    workflow["startedAt"] = TimeDescriptor(run_.started_at.value_or(context_.now));
  return workflow;
}

/// The task that the one at `ref` extends, or a task around it does; null where none does.
const TaskState* Scope::ExtendedTask(std::string ref) const {
  for (std::string parent = ParentRef(ref); !parent.empty(); parent = ParentRef(ref)) {
    const auto state = run_.tasks.find(parent);
    if (state == run_.tasks.end()) return nullptr;
    const std::string_view step = std::string_view(ref).substr(parent.size() + 1);
    for (const std::string& name : state->second.extensions) {
      if (step.starts_with(name + ".before/") || step.starts_with(name + ".after/"))
        return &state->second;
    }
    ref = parent;
  }
  return nullptr;
}

Json Scope::TaskArgument(const std::string& source) const {
  const auto members = MembersRead(source, "task");
  Json task = Json::object();
  if (view_.task == nullptr) return task;
  if (const TaskState* extended = ExtendedTask(view_.ref)) {
    TaskView view{context_.workflow.Find(DefinitionPointer(extended->ref)), extended->ref,
                  extended->started_at};
    view.raw_input = extended->raw_input.is_null() ? &extended->input : &extended->raw_input;
    if (!extended->extended_then.empty()) view.raw_output = &extended->output;
    return Scope(context_, run_, std::move(view)).TaskArgument(source);
  }
  task["name"] = view_.task->name;
  task["reference"] = DefinitionPointer(view_.ref);
  if (Wanted(members, "definition")) task["definition"] = view_.task->definition;
  if (Wanted(members, "input") && view_.raw_input != nullptr) task["input"] = *view_.raw_input;
  if (Wanted(members, "output") && view_.raw_output != nullptr) task["output"] = *view_.raw_output;
  if (Wanted(members, "startedAt")) task["startedAt"] = TimeDescriptor(view_.started_at);
  return task;
}

Json Scope::StepsArgument(const std::string& source) const {
  const auto members = MembersRead(source, "steps");
  Json steps = Json::object();
  for (const auto& [name, ref] : run_.latest) {
    if (members && !members->contains(name)) continue;
    const auto found = run_.tasks.find(ref);
    if (found != run_.tasks.end()) steps[name] = {{"output", found->second.output}};
  }
  return steps;
}

namespace {

/// `foreach`: the event of the current round, and its number.
void AddEventVariables(const std::string& source, const EachEvent& each, const TaskState& state,
                       Arguments& arguments) {
  int left = state.round;
  for (const EventConsumed& consumed : state.consumed) {
    if (consumed.ends || left-- > 0) continue;
    if (Mentions(source, each.item)) arguments.emplace(each.item, consumed.value);
    if (Mentions(source, each.at)) arguments.emplace(each.at, state.round);
    return;
  }
}

}  // namespace

void Scope::AddVariables(const std::string& source, Arguments& arguments) const {
  // Its own too: a loop's `while` sees the item, a try's `when` the error. The innermost wins:
  // emplace keeps it.
  for (std::string ref = view_.ref; !ref.empty(); ref = ParentRef(ref)) {
    const Task* task = context_.workflow.Find(DefinitionPointer(ref));
    const auto state = run_.tasks.find(ref);
    if (task == nullptr || state == run_.tasks.end()) continue;
    if (const auto* loop = std::get_if<ForTask>(&task->kind);
        loop != nullptr && state->second.items.is_array()) {
      const auto round = static_cast<std::size_t>(state->second.round);
      if (round >= state->second.items.size()) continue;
      if (Mentions(source, loop->each)) arguments.emplace(loop->each, state->second.items[round]);
      if (Mentions(source, loop->at)) arguments.emplace(loop->at, round);
    }
    if (const auto* listen = std::get_if<ListenTask>(&task->kind);
        listen != nullptr && listen->each) {
      AddEventVariables(source, *listen->each, state->second, arguments);
    }
    if (const auto* attempt = std::get_if<TryTask>(&task->kind);
        attempt != nullptr && state->second.caught) {
      if (Mentions(source, attempt->as))
        arguments.emplace(attempt->as, ToJson(*state->second.caught));
    }
  }
}

Result<Json> Scope::Transform(const Transformation& transformation, const Json& input) const {
  if (transformation.is_string())
    return Evaluate(ExpressionSource(transformation.get<std::string>()), input, {});
  return EvaluateTemplate(*this, transformation, input, {});
}

Result<bool> Scope::IsTrue(const std::string& source, const Json& input) const {
  const auto value = Evaluate(source, input, {});
  if (!value.ok()) return value.error();
  return !value->is_null() && *value != Json(false);
}

}  // namespace sb::core::workflow
