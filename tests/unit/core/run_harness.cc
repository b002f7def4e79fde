#include "tests/unit/core/run_harness.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace sb::core::workflow {
namespace {

constexpr RunId kRunId(4'190'000'017);

}  // namespace

const Expressions& TestExpressions() {
  static const adapters::jq::JqExpressions kExpressions;
  return kExpressions;
}

const schedule::TimeZones& TestTimeZones() {
  static const adapters::system::SystemTimeZones kZones;
  return kZones;
}

std::string WorkflowWith(const std::string& tasks) {
  return "document: { dsl: '1.0.3', namespace: test, name: story, version: '1.0.0' }\n" + tasks;
}

Workflow ParseOrDie(const std::string& yaml, const ActionCatalog& actions) {
  ParseOutcome outcome = ParseWorkflow(yaml, actions, TestExpressions(), TestTimeZones());
  for (const Diagnostic& error : outcome.errors) {
    ADD_FAILURE() << error.position.line << ":" << error.position.column << " " << error.code << " "
                  << error.message;
  }
  if (!outcome.workflow) throw std::runtime_error("the definition of this test is wrong");
  return std::move(*outcome.workflow);
}

RunHarness::RunHarness(const std::string& yaml, support::FakeActionCatalog actions)
    : actions_(std::move(actions)),
      workflow_(ParseOrDie(yaml, actions_)),
      now_(*ParseRfc3339("2026-06-01T09:30:00Z")) {}

DecideContext RunHarness::Context() const {
  return {workflow_, TestExpressions(), actions_, kRunId, AccountId(7), now_};
}

Decision RunHarness::Give(const Input& input) {
  const Decision decision = Decide(Context(), run_, input);
  Run other = run_;
  DecideAndApply(Context(), other, input);
  for (const Fact& fact : decision.facts) run_ = Apply(std::move(run_), fact);
  EXPECT_EQ(other, run_) << "DecideAndApply must leave the state that the facts give";
  Note(decision);
  CheckFold();
  // An admission is no duplicate when it comes again: after a 429 the same attempt is admitted once
  // more.
  if (!std::holds_alternative<CallAdmitted>(input)) {
    EXPECT_TRUE(Decide(Context(), run_, input).facts.empty())
        << "the same input again changed something";
  }
  return decision;
}

void RunHarness::Note(const Decision& decision) {
  facts_.insert(facts_.end(), decision.facts.begin(), decision.facts.end());
  for (const Effect& effect : decision.effects) {
    if (const auto* call = std::get_if<PerformCall>(&effect)) {
      requests_.push_back(call->request.action + "#" + std::to_string(call->request.attempt));
    }
    if (const auto* timer = std::get_if<WakeAt>(&effect)) timers_.push_back(*timer);
    if (const auto* read_back = std::get_if<PerformReadBack>(&effect))
      read_backs_.push_back(*read_back);
    if (const auto* store = std::get_if<workflow::StoreEvent>(&effect))
      emitted_.push_back(store->emission.event);
    if (const auto* child = std::get_if<workflow::StartChild>(&effect)) children_.push_back(*child);
    if (const auto* cancel = std::get_if<CancelChild>(&effect))
      cancelled_children_.push_back(cancel->ref);
  }
}

void RunHarness::CheckFold() const {
  Run folded;
  for (const Fact& fact : facts_) {
    const auto stored = ParseJson(DumpJson(ToJson(fact)));
    const auto read = FactFromJson(*stored);
    ASSERT_TRUE(read.ok()) << DumpJson(*stored);
    folded = Apply(std::move(folded), *read);
  }
  EXPECT_EQ(folded, run_) << "the state must be the fold of the journal";
  const auto again = RunFromJson(*ParseJson(DumpJson(ToJson(run_))));
  ASSERT_TRUE(again.ok());
  Run saved = run_;
  saved.steps_since_snapshot = 0;
  saved.snapshot_size = 0;
  EXPECT_EQ(*again, saved) << "a snapshot must hold the whole state";
}

const TaskState& RunHarness::TaskNamed(const std::string& name) const {
  for (auto ref = run_.order.rbegin(); ref != run_.order.rend(); ++ref) {
    if (run_.tasks.at(*ref).name == name) return run_.tasks.at(*ref);
  }
  throw std::runtime_error("the run never came to " + name);
}

const TaskState& RunHarness::Waiting(const std::string& name) const {
  for (const auto& [ref, task] : run_.tasks) {
    if (task.name == name && task.awaiting != Awaiting::kNothing) return task;
  }
  throw std::runtime_error(name + " is not waiting for anything");
}

const CallRequested& RunHarness::Wanted(const std::string& name) const {
  return *Waiting(name).request;
}

std::vector<std::string> RunHarness::Path() const {
  std::vector<std::string> names;
  for (const Fact& fact : facts_) {
    if (const auto* entered = std::get_if<TaskEntered>(&fact.body)) names.push_back(entered->name);
  }
  return names;
}

void RunHarness::AdmitCall(const std::string& name) {
  const TaskState& task = Waiting(name);
  Give(CallAdmitted{task.ref, task.attempt});
}

void RunHarness::SucceedCall(const std::string& name, const Json& output) {
  const TaskState& task = Waiting(name);
  Give(CallOutcome{task.ref, task.attempt, output});
}

void RunHarness::FailCall(const std::string& name, const Error& error) {
  const TaskState& task = Waiting(name);
  Give(CallOutcome{task.ref, task.attempt, error});
}

void RunHarness::FindEffect(const std::string& name, const Json& output) {
  const TaskState& task = Waiting(name);
  Give(ReadBackOutcome{task.ref, task.attempt, task.read_back_round, std::optional<Json>(output)});
}

void RunHarness::FindNothing(const std::string& name) {
  const TaskState& task = Waiting(name);
  Give(ReadBackOutcome{task.ref, task.attempt, task.read_back_round, std::optional<Json>()});
}

void RunHarness::FailReadBack(const std::string& name, const Error& error) {
  const TaskState& task = Waiting(name);
  Give(ReadBackOutcome{task.ref, task.attempt, task.read_back_round, error});
}

event::CloudEvent RunHarness::NextEvent(const std::string& type, const Json& data) {
  event::CloudEvent event;
  event.id = EventId(1000 + ++events_);
  event.account = AccountId(7);
  event.type = type;
  event.time = now_;
  event.data = data;
  return event;
}

void RunHarness::Open(const std::string& type, const Json& data) {
  workflow::Start start;
  start.gathers = NextEvent(type, data);
  Give(start);
}

void RunHarness::Arrive(const std::string& type, const Json& data) {
  Give(EventArrived{NextEvent(type, data)});
}

void RunHarness::StoreEvent(const std::string& name) {
  Give(EventStored{Waiting(name).ref});
}

void RunHarness::StartChild(const std::string& name, RunId child) {
  Give(ChildRunStarted{Waiting(name).ref, child});
}

void RunHarness::EndChild(const std::string& name, const Json& output) {
  Give(ChildRunEnded{Waiting(name).ref, output, {}});
}

void RunHarness::FailChild(const std::string& name, const TaskError& error) {
  Give(ChildRunEnded{Waiting(name).ref, {}, error});
}

void RunHarness::Advance(Millis time) {
  const WallTime end = now_ + time;
  while (true) {
    const auto next =
        std::min_element(timers_.begin(), timers_.end(),
                         [](const WakeAt& a, const WakeAt& b) { return a.due < b.due; });
    if (next == timers_.end() || next->due > end) break;
    const WakeAt timer = *next;
    timers_.erase(next);
    now_ = std::max(now_, timer.due);
    Give(Due{timer.ref});
  }
  now_ = end;
}

}  // namespace sb::core::workflow
