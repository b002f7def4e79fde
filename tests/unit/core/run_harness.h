#pragma once

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/core/workflow/decide.h"
#include "engine/core/workflow/parser.h"
#include "tests/support/fake_action_catalog.h"

namespace sb::core::workflow {

/// Expressions of all tests in this program: compiling them is what takes time.
const Expressions& TestExpressions();
const schedule::TimeZones& TestTimeZones();

/// A definition around these tasks, indented by two spaces.
std::string WorkflowWith(const std::string& tasks);

/// Parses a definition that must be right.
Workflow ParseOrDie(const std::string& yaml, const ActionCatalog& actions);

/// Runs one workflow as the runtime would, by hand and on a clock of its own. After every decision
/// it checks that the state is the fold of the facts as the journal would give them back, and that
/// the same input again changes nothing.
class RunHarness {
 public:
  explicit RunHarness(const std::string& yaml,
                      support::FakeActionCatalog actions = support::FakeActionCatalog::Aircall());

  void Start(const Json& input = Json::object()) { Give(workflow::Start{input}); }

  // The world answers. `name` is a task's name; of several with that name, the one that waits.
  void AdmitCall(const std::string& name);
  void SucceedCall(const std::string& name, const Json& output);
  void FailCall(const std::string& name, const Error& error);
  void FindEffect(const std::string& name, const Json& output);
  void FindNothing(const std::string& name);
  void FailReadBack(const std::string& name, const Error& error);
  /// Lets time pass; timers that come due meanwhile go off, in order.
  void Advance(Millis time);

  /// The first of the events that the run is to be started by.
  void Open(const std::string& type, const Json& data = Json::object());
  /// An event of the account, with an id of its own.
  void Arrive(const std::string& type, const Json& data = Json::object());
  void StoreEvent(const std::string& name);
  void StartChild(const std::string& name, RunId child = RunId(77));
  void EndChild(const std::string& name, const Json& output);
  void FailChild(const std::string& name, const TaskError& error);

  void Suspend() { Give(workflow::Suspend{"a person wanted it"}); }

  void Resume() { Give(workflow::Resume{}); }

  void Cancel(const std::string& reason) { Give(workflow::Cancel{reason}); }

  /// Any input; returns what it caused.
  Decision Give(const Input& input);

  const Run& run() const { return run_; }

  RunStatus status() const { return run_.status; }

  const Json& output() const { return run_.output; }

  WallTime now() const { return now_; }

  std::vector<Fact> facts() const { return facts_; }

  /// The names of the tasks in the order in which they were entered.
  std::vector<std::string> Path() const;
  /// The latest state of the task called `name`.
  const TaskState& TaskNamed(const std::string& name) const;
  /// The request that waits for its outcome.
  const CallRequested& Wanted(const std::string& name) const;

  /// All requests so far, as "action#attempt".
  const std::vector<std::string>& requests() const { return requests_; }

  const std::vector<WakeAt>& timers() const { return timers_; }

  const std::vector<Json>& emitted() const { return emitted_; }

  const std::vector<workflow::StartChild>& children() const { return children_; }

  /// The refs of the tasks whose children were cancelled.
  const std::vector<std::string>& cancelled_children() const { return cancelled_children_; }

  const std::vector<PerformReadBack>& read_backs() const { return read_backs_; }

  support::FakeActionCatalog& actions() { return actions_; }

  DecideContext Context() const;

 private:
  event::CloudEvent NextEvent(const std::string& type, const Json& data);
  const TaskState& Waiting(const std::string& name) const;
  void Note(const Decision& decision);
  void CheckFold() const;

  support::FakeActionCatalog actions_;
  Workflow workflow_;
  Run run_;
  WallTime now_;
  std::vector<Fact> facts_;
  std::vector<std::string> requests_;
  std::vector<WakeAt> timers_;
  std::vector<PerformReadBack> read_backs_;
  std::vector<Json> emitted_;
  std::vector<workflow::StartChild> children_;
  std::vector<std::string> cancelled_children_;
  int events_ = 0;
};

}  // namespace sb::core::workflow
