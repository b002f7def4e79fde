#include "engine/core/workflow/flow.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/workflow/duration.h"
#include "engine/core/workflow/event_wait.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

std::optional<TaskError> CheckSchema(const SharedSchema& schema, const Json& value,
                                     const char* what, const std::string& ref) {
  if (!schema) return {};
  const auto violations = schema->Check(value);
  if (violations.empty()) return {};
  const std::string place = violations[0].pointer.empty() ? "it" : violations[0].pointer;
  return MakeTaskError("validation", 400, "SCHEMA_VIOLATED",
                       std::string("the ") + what + " does not fit its schema: " + place + " " +
                           violations[0].message,
                       ref);
}

/// `ref` with another task of the same list at its end.
std::string SiblingRef(const std::string& ref, const Task& task, const Task& sibling) {
  const std::size_t own = task.ref.size() - task.ref.rfind('/', task.ref.rfind('/') - 1);
  const std::size_t other = sibling.ref.rfind('/', sibling.ref.rfind('/') - 1);
  return ref.substr(0, ref.size() - own) + sibling.ref.substr(other);
}

/// The list that holds `task`: the children of `parent`, or of the workflow when that is null.
const std::vector<Task>* ListOf(const Workflow& workflow, const Task* parent, const Task& task) {
  const auto holds = [&task](const std::vector<Task>& list) {
    return !list.empty() && &task >= &list.front() && &task <= &list.back();
  };
  if (parent == nullptr) return holds(workflow.tasks) ? &workflow.tasks : nullptr;
  for (const std::vector<Task>* list : ChildLists(*parent)) {
    if (holds(*list)) return list;
  }
  return nullptr;
}

TaskError TimeIsOver(const std::string& what, const std::string& ref) {
  return MakeTaskError("timeout", 408, "TIMED_OUT", what + " took longer than its timeout allows",
                       ref);
}

}  // namespace

void Flow::Emit(FactBody body) {
  decision_.facts.push_back({context_.now, std::move(body)});
  ApplyInPlace(run_, decision_.facts.back());
}

// The turn of the old run is over: this one waits for its own.
void Flow::GoOnFrom(const TakenOver& taken_over) {
  std::optional<std::string> key;
  for (Fact fact : taken_over.facts) {
    if (const auto* awaited = std::get_if<TurnAwaited>(&fact.body)) key = awaited->key;
    if (key && (std::holds_alternative<TurnAwaited>(fact.body) ||
                std::holds_alternative<TurnTaken>(fact.body))) {
      continue;
    }
    if (auto* limit = std::get_if<DeadlineSet>(&fact.body)) {  // the time begins anew
      limit->due += context_.now - fact.at;
      Want(WakeAt{limit->ref, limit->due});
    }
    if (auto* snapshot = std::get_if<RunSnapshot>(&fact.body))
      GoOnFrom(*snapshot, context_.now - fact.at, run_.retried_from, key);
    ApplyInPlace(run_, fact);
    decision_.facts.push_back(std::move(fact));
  }
  if (key) return AwaitTurn(*key, taken_over.from);
  EnterAgain(taken_over.from);
}

/// What facts before a snapshot would have said of the old run's turn and of its times.
void Flow::GoOnFrom(RunSnapshot& snapshot, std::chrono::microseconds since,
                    const std::string& retried_from, std::optional<std::string>& key) {
  auto read = RunFromJson(snapshot.state);
  if (!read.ok()) return;
  Run run = std::move(read).value();
  run.retried_from = retried_from;
  if (run.turn_key) key = std::exchange(run.turn_key, std::nullopt);
  run.queued = false;
  const auto move = [&](const std::string& ref, std::optional<WallTime>& due) {
    if (!due) return;
    *due += since;
    Want(WakeAt{ref, *due});
  };
  move("", run.deadline);
  for (auto& [ref, task] : run.tasks) {
    move(ref, task.deadline);
    move(ref, task.round_deadline);
  }
  snapshot.state = ToJson(run);
}

void Flow::EnterAgain(const std::string& ref) {
  const Task* task = context_.workflow.Find(DefinitionPointer(ref));
  if (task == nullptr) {
    return Emit(RunFailed{MakeTaskError("configuration", 400, "TASK_MISSING",
                                        "the definition no longer has this task", ref)});
  }
  Enter(*task, ref);
  Work();
}

void Flow::AwaitTurn(std::string key, std::string from) {
  Want(AskTurn{});
  Emit(TurnAwaited{std::move(key), std::move(from)});
}

void Flow::TakeTurn() {
  Emit(TurnTaken{});
  if (run_.queued_at.empty()) return EnterFirst();
  EnterAgain(run_.queued_at);
}

/// Nothing where runs of this workflow do not wait for one another, or this one for none.
Result<std::optional<std::string>> Flow::TurnKey() const {
  constexpr std::size_t kLongest = 200;
  const std::optional<Concurrency>& concurrency = context_.workflow.policy.concurrency;
  if (!concurrency) return std::optional<std::string>();
  if (concurrency->key.empty()) return std::optional<std::string>("");
  const auto key = Scope(context_, run_, {}).Evaluate(concurrency->key, run_.flow, {});
  if (!key.ok()) return key.error();
  if (key->is_null()) return std::optional<std::string>();
  const std::string text = PlainText(*key);
  return std::optional(text.size() > kLongest ? ToHex(Sha256(text)) : text);
}

/// What flows into the first task, where that is not the input; or why the input is refused.
std::optional<TaskError> Flow::TakeInput(const Json& input, std::optional<Json>& flow) const {
  const InputRule& rule = context_.workflow.input;
  if (auto error = CheckSchema(rule.schema, input, "input of the workflow", "/input")) return error;
  if (rule.from.is_null()) return {};
  // $workflow.input is not in the state yet: it comes with the fact that this expression helps to
  // make.
  Run before;
  before.input = input;
  auto transformed = Scope(context_, before, {}).Transform(rule.from, input);
  if (!transformed.ok()) return ToExpressionError(transformed.error(), "/input/from");
  flow = std::move(transformed).value();
  return {};
}

void Flow::Begin(const Start& start) {
  if (start.taken_over) return GoOnFrom(*start.taken_over);
  if (start.gathers) {
    Emit(RunStarted{Json::array(), {}, {}, start.depth, true});
    const WallTime due = context_.now + context_.workflow.policy.gather_for;
    Emit(DeadlineSet{"", due});
    Want(WakeAt{"", due});
    return Gather(*start.gathers);
  }
  RunStarted started{start.input, {}, start.retried_from, start.depth};
  const auto error = TakeInput(start.input, started.flow);
  Emit(std::move(started));
  if (error) return Emit(RunFailed{*error});
  BeginTasks();
}

void Flow::BeginTasks() {
  auto key = TurnKey();
  if (!key.ok()) {
    return Emit(RunFailed{
        ToExpressionError(key.error(), "/document/metadata/switchboard/concurrency/key")});
  }
  if (*key) return AwaitTurn(**std::move(key), "");
  EnterFirst();
}

// ---- Gathering ----

void Flow::Gather(const event::CloudEvent& event) {
  const EventWait& wait = *context_.workflow.schedule->together;
  const Json json = event::ToJson(event);
  auto fit = FindFit(wait, run_.gathered, json, context_.expressions, Json());
  if (!fit.ok()) return Emit(RunFailed{ToExpressionError(fit.error(), "/schedule/on")});
  if (!*fit || ((*fit)->ends && run_.gathered.empty())) return;
  Emit(EventConsumed{"", ToText(event.id), (*fit)->filter, (*fit)->ends, json,
                     std::move((*fit)->keys)});
  const auto complete = IsComplete(wait, run_.gathered, run_.input, context_.expressions);
  if (!complete.ok()) return Emit(RunFailed{ToExpressionError(complete.error(), "/schedule/on")});
  if (!*complete && run_.gathered.size() >= kMostGathered) {
    return Emit(RunFailed{MakeTaskError("runtime", 500, "LISTEN_TOO_LONG",
                                        "1000 events have come, which is the limit, and `until` "
                                        "does not hold yet",
                                        "/schedule/on")});
  }
  if (!*complete) return;
  InputGathered gathered;
  const auto error = TakeInput(run_.input, gathered.flow);
  Emit(std::move(gathered));
  if (error) return Emit(RunFailed{*error});
  BeginTasks();
}

void Flow::StopGathering() {
  Emit(RunCancelled{"not all of the events that it is started by have come in time"});
}

/// The time of a run is counted from here.
void Flow::EnterFirst() {
  if (context_.workflow.timeout) {
    const auto limit =
        EvaluateDuration(*context_.workflow.timeout, Scope(context_, run_, {}), run_.flow);
    if (!limit.ok()) return Emit(RunFailed{ToExpressionError(limit.error(), "/timeout")});
    const WallTime due = context_.now + *limit;
    Emit(DeadlineSet{"", due});
    Want(WakeAt{"", due});
  }
  Enter(context_.workflow.tasks.front(), context_.workflow.tasks.front().ref);
  Work();
}

void Flow::Tell(const std::string& ref, Signal signal) {
  work_.emplace_back(ToTell{ref, std::move(signal)});
}

void Flow::Enter(const Task& task, std::string ref) {
  work_.emplace_back(ToEnter{&task, std::move(ref)});
}

void Flow::Complete(std::string ref, std::optional<Json> output, std::string then) {
  work_.emplace_back(ToComplete{std::move(ref), std::move(output), std::move(then)});
}

void Flow::Fail(std::string ref, TaskError error) {
  work_.emplace_back(ToFail{std::move(ref), std::move(error)});
}

void Flow::Work() {
  while (!work_.empty() && !IsFinal(run_.status)) {
    auto next = std::move(work_.front());
    work_.pop_front();
    std::visit([this](auto& each) { Do(each); }, next);
  }
}

const Json& Flow::FlowInto(const std::string& ref) const {
  const std::string parent = ParentRef(ref);
  return parent.empty() ? run_.flow : StateOf(parent).flow;
}

Scope Flow::ScopeOf(const Task& task, const std::string& ref) const {
  const TaskState& state = StateOf(ref);
  const Json* raw = state.raw_input.is_null() ? &state.input : &state.raw_input;
  return {context_, run_, {&task, ref, state.started_at, raw, &state.input, nullptr, nullptr}};
}

std::optional<TaskError> Flow::Admit(const Task& task, const std::string& ref, TaskEntered& entered,
                                     bool& skipped) const {
  const Json& raw = FlowInto(ref);
  const Scope scope(context_, run_, {&task, ref, context_.now, &raw, nullptr, nullptr, nullptr});
  if (!task.condition.empty()) {
    const auto admitted = scope.IsTrue(task.condition, raw);
    if (!admitted.ok()) return ToExpressionError(admitted.error(), ref);
    skipped = !*admitted;
    if (skipped) return {};
  }
  if (auto error = CheckSchema(task.input.schema, raw, "task's input", ref)) return error;
  if (task.input.from.is_null()) return {};
  auto input = scope.Transform(task.input.from, raw);
  if (!input.ok()) return ToExpressionError(input.error(), ref);
  entered.input = std::move(input).value();
  return {};
}

bool Flow::IsUnderWay(const std::string& ref) const {
  const auto found = run_.tasks.find(ref);
  return found != run_.tasks.end() && (found->second.status == TaskStatus::kRunning ||
                                       found->second.status == TaskStatus::kWaiting);
}

std::optional<TaskError> Flow::LimitTime(const Task& task, const std::string& ref) {
  if (!task.timeout) return {};
  const auto limit = EvaluateDuration(*task.timeout, ScopeOf(task, ref), StateOf(ref).input);
  if (!limit.ok()) return ToExpressionError(limit.error(), ref);
  const WallTime due = context_.now + *limit;
  Emit(DeadlineSet{ref, due});
  Want(WakeAt{ref, due});
  return {};
}

void Flow::Do(ToEnter& next) {
  const Task& task = *next.task;
  const std::string parent = ParentRef(next.ref);
  if (!parent.empty() && !IsUnderWay(parent)) return;  // given up meanwhile
  if (run_.entered >= kMaxTasksEntered) {
    return Emit(RunFailed{MakeTaskError(
        "runtime", 500, "RUN_TOO_LONG",
        "the run has entered 10,000 tasks, which is the limit: look for a `then` or a "
        "loop that never ends",
        next.ref)});
  }
  TaskEntered entered{next.ref, task.name, KindName(task.kind), {}};
  bool skipped = false;
  auto error = Admit(task, next.ref, entered, skipped);
  Emit(std::move(entered));
  if (!error && !skipped) error = LimitTime(task, next.ref);
  if (error) return Fail(next.ref, std::move(*error));
  if (!skipped) return Begin(task, next.ref);
  Emit(TaskCompleted{next.ref, {}, {}, true, task.then});
  Follow(task, next.ref, task.then);
}

void Flow::Do(ToTell& next) {
  if (!IsUnderWay(next.ref)) return;
  const Task* task = context_.workflow.Find(DefinitionPointer(next.ref));
  if (task == nullptr) {
    return Fail(next.ref, MakeTaskError("configuration", 400, "TASK_MISSING",
                                        "the definition no longer has this task", next.ref));
  }
  if (IsInExtension(*task, StateOf(next.ref))) return OnExtension(*task, next.ref, next.signal);
  TaskStep step(*this, *task, next.ref);
  std::visit([&](const auto& kind) { DecideTask(step, kind, next.signal); }, task->kind);
}

std::optional<TaskError> Flow::Finish(const Task& task, const TaskState& state,
                                      TaskCompleted& completed) const {
  const Json& raw = completed.output ? *completed.output : state.flow;
  const Json* raw_input = state.raw_input.is_null() ? &state.input : &state.raw_input;
  TaskView view{&task, state.ref, state.started_at, raw_input, &state.input, &raw, &raw};
  std::optional<Json> transformed;
  if (!task.output.as.is_null()) {
    auto result = Scope(context_, run_, view).Transform(task.output.as, raw);
    if (!result.ok()) return ToExpressionError(result.error(), state.ref);
    transformed = std::move(result).value();
  }
  const Json& output = transformed ? *transformed : raw;
  if (auto error = CheckSchema(task.output.schema, output, "task's output", state.ref))
    return error;
  if (!task.export_.as.is_null()) {
    view.output = &output;
    auto context = Scope(context_, run_, view).Transform(task.export_.as, output);
    if (!context.ok()) return ToExpressionError(context.error(), state.ref);
    if (auto error = CheckSchema(task.export_.schema, *context, "exported context", state.ref))
      return error;
    completed.context = std::move(context).value();
  }
  if (transformed) completed.output = std::move(transformed);
  return {};
}

void Flow::Do(ToComplete& next) {
  const Task* task = context_.workflow.Find(DefinitionPointer(next.ref));
  if (task == nullptr || !IsUnderWay(next.ref)) return;
  if (!GoOnBehind(*task, next)) End(*task, next);
}

void Flow::End(const Task& task, ToComplete& done) {
  TaskCompleted completed{done.ref, std::move(done.output), {}, false, done.then};
  if (auto error = Finish(task, StateOf(done.ref), completed))
    return Fail(done.ref, std::move(*error));
  Emit(std::move(completed));
  Follow(task, done.ref, done.then);
}

void Flow::Do(ToFail& next) {
  if (!IsUnderWay(next.ref)) return;
  const std::string parent = ParentRef(next.ref);
  Emit(TaskFailed{next.ref, next.error});
  if (parent.empty()) return Emit(RunFailed{std::move(next.error)});
  Tell(parent, ChildFailed{std::move(next.error), next.ref});
}

void Flow::CancelBelow(const std::string& ref) {
  bool anything = false;
  for (const auto& [below, task] : run_.tasks) {
    if (!IsBelow(below, ref) || !IsUnderWay(below)) continue;
    anything = true;
    const bool child = task.awaiting == Awaiting::kChild && task.child_wanted;
    if (child && task.child_wanted->await) Want(CancelChild{below});
  }
  if (anything) Emit(TasksCancelled{ref});
}

void Flow::TimeOut(const std::string& ref) {
  CancelBelow(ref);
  const TaskState& state = StateOf(ref);
  const bool child = state.awaiting == Awaiting::kChild && state.child_wanted;
  if (child && state.child_wanted->await) Want(CancelChild{ref});
  Fail(ref, TimeIsOver("the task", ref));
}

void Flow::TimeOutRound(const std::string& ref) {
  CancelBelow(ref);
  Tell(ref, RoundTimedOut{});
}

void Flow::TimeOutRun() {
  CancelBelow("");
  Emit(RunFailed{TimeIsOver("the run", "")});
}

void Flow::Follow(const Task& task, const std::string& ref, const std::string& then) {
  const std::string scope_ref = ParentRef(ref);
  if (then == "end")
    return EndRun(scope_ref.empty() ? std::nullopt : std::optional<Json>(StateOf(ref).output));
  if (then == "exit") return Leave(scope_ref, true);
  const Task* parent =
      scope_ref.empty() ? nullptr : context_.workflow.Find(DefinitionPointer(scope_ref));
  if (parent != nullptr && std::holds_alternative<ForkTask>(parent->kind))
    return Tell(scope_ref, BranchDone{ref});
  const std::vector<Task>* list = ListOf(context_.workflow, parent, task);
  if (list == nullptr) return Leave(scope_ref);
  if (then == "continue") {
    if (&task == &list->back()) return Leave(scope_ref);
    const Task& following = *(&task + 1);
    return Enter(following, SiblingRef(ref, task, following));
  }
  for (const Task& target : *list) {
    if (target.name == then) return Enter(target, SiblingRef(ref, task, target));
  }
  Leave(scope_ref);  // unreachable for a checked definition
}

void Flow::Leave(const std::string& scope_ref, bool exited) {
  if (scope_ref.empty()) return EndRun({});
  Tell(scope_ref, ChildrenDone{exited});
}

void Flow::EndRun(std::optional<Json> output) {
  const OutputRule& rule = context_.workflow.output;
  const Json& raw = output ? *output : run_.flow;
  std::optional<Json> transformed = output;
  if (!rule.as.is_null()) {
    auto result = Scope(context_, run_, {}).Transform(rule.as, raw);
    if (!result.ok()) return Emit(RunFailed{ToExpressionError(result.error(), "/output/as")});
    transformed = std::move(result).value();
  }
  const Json& checked = transformed ? *transformed : run_.flow;
  if (auto error = CheckSchema(rule.schema, checked, "output of the workflow", "/output")) {
    return Emit(RunFailed{std::move(*error)});
  }
  Emit(RunSucceeded{std::move(transformed)});
}

void TaskStep::EnterFirst(const std::vector<Task>& tasks, const std::string& round) {
  const Task& first = tasks.front();
  flow_.Enter(first, ref_ + round + first.ref.substr(task_.ref.size()));
}

Result<Millis> EvaluateDuration(const Duration& duration, const Scope& scope, const Json& input) {
  if (const auto* fixed = std::get_if<Millis>(&duration)) return *fixed;
  const auto text = scope.Evaluate(std::get<std::string>(duration), input, {});
  if (!text.ok()) return text.error();
  const auto parsed = text->is_string() ? ParseIsoDuration(text->get<std::string>()) : std::nullopt;
  if (parsed) return *parsed;
  return Invalid(
      "DURATION_INVALID",
      "the expression must give an ISO 8601 duration such as \"PT15M\"; it gave something else");
}

bool TaskStep::IsAnythingUnderWayBelow(const std::string& ref) const {
  return std::ranges::any_of(flow_.run().tasks, [&ref](const auto& entry) {
    const bool under_way =
        entry.second.status == TaskStatus::kRunning || entry.second.status == TaskStatus::kWaiting;
    return under_way && IsBelow(entry.first, ref);
  });
}

bool TaskStep::HasConsumed(const std::string& event_id) const {
  const auto& consumed = flow_.run().consumed_events;
  return std::ranges::find(consumed, event_id) != consumed.end();
}

const TaskState* TaskStep::ChildState(const Task& child) const {
  const auto found = flow_.run().tasks.find(ChildRef(child));
  return found == flow_.run().tasks.end() ? nullptr : &found->second;
}

std::string OpKey(const TaskStep& step) {
  const std::string digest =
      ToHex(Sha256(std::to_string(step.context().run_id.number()) + "\n" + step.ref() + "\n" +
                   std::to_string(step.state().entries)));
  return digest.substr(0, 8) + "-" + digest.substr(8, 4) + "-" + digest.substr(12, 4) + "-" +
         digest.substr(16, 4) + "-" + digest.substr(20, 12);
}

int Jitter(RunId run, const std::string& ref, int attempt) {
  const std::string digest =
      Sha256(std::to_string(run.number()) + "\n" + ref + "\n" + std::to_string(attempt));
  const auto high = static_cast<unsigned char>(digest[0]);
  const auto low = static_cast<unsigned char>(digest[1]);
  return (high * 256 + low) % 1000;
}

}  // namespace sb::core::workflow
