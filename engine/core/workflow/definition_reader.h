#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/workflow/parser.h"

namespace sb::core::workflow {

/// A value of the definition and where it stands. Borrowed.
struct Node {
  const Json& value;
  std::string pointer;

  /// The member `key`; null where there is none.
  Node At(const std::string& key) const;
  Node At(std::size_t index) const;

  bool Has(const std::string& key) const { return value.is_object() && value.contains(key); }
};

/// Which runtime arguments an expression may use, besides $context, $task, $workflow, $runtime and
/// $steps.
/// kAuthentication alone sees $secrets.
enum class ArgumentSet {
  kBeforeInput,
  kBody,
  kAuthentication,
  kOutput,
  kWorkflowInput,
  kWorkflowOutput,
  kEvent
};

/// Turns one definition into a Workflow and collects what is wrong with it. Used once.
class DefinitionReader {
 public:
  DefinitionReader(const YamlDocument& yaml, const ActionCatalog& actions,
                   const Expressions& expressions, const schedule::TimeZones& zones,
                   ParseOutcome& outcome)
      : yaml_(yaml),
        actions_(actions),
        expressions_(expressions),
        zones_(zones),
        outcome_(outcome) {}

  /// The workflow as far as it could be read: good only if no error was reported.
  Workflow Read();

  // ---- For the readers of single parts ----

  const ActionCatalog& actions() const { return actions_; }

  const Expressions& expressions() const { return expressions_; }

  /// `use.errors`, `use.retries`: what names of the definition refer to.
  Node Reusable(const char* kind) const;

  void Report(std::string code, const std::string& pointer, std::string message,
              std::string suggestion = {});
  /// The same, pointing at the key rather than at its value.
  void ReportKey(std::string code, const std::string& pointer, std::string message,
                 std::string suggestion = {});
  void Warn(std::string code, const std::string& pointer, std::string message);

  void Invalid(const Node& node, std::string message) {
    Report("WORKFLOW_FIELD_INVALID", node.pointer, std::move(message));
  }

  void Unsupported(const std::string& pointer, const std::string& what);
  /// A name that `use.<kind>` does not hold: "there is no retry policy `x` in use.retries".
  void ReportUnknownName(const Node& node, const std::string& what, const char* kind);

  /// Whether it is an object; reports if not.
  bool ExpectObject(const Node& node, std::string_view what);
  /// Whether it is a list with something in it; reports if not.
  bool ExpectList(const Node& node, std::string_view what);
  void CheckKeys(const Node& node, const std::vector<std::string>& known);
  /// The member as text; reports when it is no text, or when it is missing and required.
  std::string Text(const Node& parent, const std::string& key, bool required);

  /// A bare or wrapped jq source; checked, and returned without "${ }". Empty when absent.
  std::string Expression(const Node& parent, const std::string& key, ArgumentSet arguments);
  /// The same for an expression that may also use `variables`; it stands in a task's body.
  std::string ExpressionWith(const Node& parent, const std::string& key,
                             const std::vector<std::string>& variables);
  /// Calls `read`, within which expressions may also use `variables`.
  void WithVariables(const std::vector<std::string>& variables, const std::function<void()>& read);
  /// `from` and `as`.
  Transformation ReadTransformation(const Node& parent, const std::string& key,
                                    ArgumentSet arguments);
  /// Checks the "${ }" expressions inside a value.
  void CheckTemplate(const Node& node, ArgumentSet arguments);
  void CheckSource(const std::string& source, const std::string& pointer, ArgumentSet arguments);
  /// Whether the secret is listed in `use.secrets`; reports if not.
  void CheckSecretName(const std::string& name, const std::string& pointer);
  SharedSchema ReadSchema(const Node& parent);
  std::optional<Duration> ReadDuration(const Node& node, ArgumentSet arguments);
  /// Reports when it is neither true nor false.
  bool ReadFlag(const Node& node);
  /// Reports when it is no whole number within these bounds.
  std::optional<int> WholeNumber(const Node& node, int least, int most);
  void CheckRedact(const Node& node);
  /// `metadata.switchboard`; some of it stands at the document only.
  enum class PolicyPlace { kDocument, kTask };
  EnginePolicy ReadPolicy(const Node& metadata, PolicyPlace place);
  std::optional<Concurrency> ReadConcurrency(const Node& node);
  /// `timeout`: of a task or of the workflow, inline or by a name of `use.timeouts`.
  std::optional<Duration> ReadTimeout(const Node& parent, ArgumentSet arguments);
  /// `{ after: PT1M }`
  std::optional<Duration> ReadTimeLimit(const Node& timeout, ArgumentSet arguments);
  /// `schedule.on`'s filters see the event alone, and correlate only where several events start one
  /// run; `listen`'s see the run as well, may correlate, and may leave the type open.
  enum class FilterPlace { kSchedule, kTogether, kListen };
  std::optional<EventFilter> ReadEventFilter(const Node& node, FilterPlace place);

  /// A list of tasks: `do`, `try`, `catch.do`. Variables are those that expressions in it may use
  /// in addition.
  std::vector<Task> ReadTasks(const Node& list, const std::vector<std::string>& variables = {});
  /// `fork.branches`: tasks that do not follow one another.
  std::vector<Task> ReadBranches(const Node& list);
  /// A variable's name (`for.each`, `catch.as`), with its default.
  std::string VariableName(const Node& parent, const std::string& key, const std::string& fallback);

 private:
  void ReadDocumentPolicy(const Node& node, EnginePolicy& policy);
  std::optional<UnknownOutcomePolicy> ReadUnknownOutcome(const Node& parent);
  void ReadDocument(const Node& node, Workflow& workflow);
  void ReadSchedule(const Node& node, Workflow& workflow);
  void ReadStartingEvents(const Node& on, Schedule& schedule);
  std::optional<Millis> FixedTime(const Node& node, const std::optional<Duration>& read);
  std::optional<schedule::Timetable> ReadTimetable(const Node& node, const std::string& timezone);
  std::optional<schedule::Timetable> ReadCron(const Node& node, const std::string& timezone);
  void ReadCorrelations(const Node& node, FilterPlace place, EventFilter& filter);
  void ReadUse(const Node& node);
  void ReadCatalogs(const Node& node);
  void ReadExtensions(const Node& node);
  std::optional<Extension> ReadExtension(const Node& item, std::string& kind);
  void Extend(Task& task);
  void FetchLatest(Workflow& workflow);
  void CheckSecretSource(const std::string& source, const std::string& pointer);
  void ReadSecrets(const Node& node);
  void ReadEvaluate(const Node& node);

  std::vector<Task> ReadList(const Node& list, const std::vector<std::string>& variables);
  std::optional<Task> ReadTask(const Node& item);
  std::string ReadTaskName(const Node& item);
  void ReadCommon(const Node& body, Task& task);
  std::optional<TaskKind> ReadKind(const Node& body, const std::string& kind);
  void CheckTargets(const std::vector<Task>& tasks);
  void CheckTarget(const std::string& then, const std::string& pointer,
                   const std::vector<std::string>& names);
  void CheckReachable(const std::vector<Task>& tasks);
  void CheckSteps();

  struct StepMention {
    std::string name;
    std::string pointer;
  };

  const YamlDocument& yaml_;
  const ActionCatalog& actions_;
  const Expressions& expressions_;
  const schedule::TimeZones& zones_;
  ParseOutcome& outcome_;
  /// `use.extensions`: the kind of task that it is for, and what is done, as it stands there.
  std::vector<std::pair<std::string, Extension>> extensions_;
  std::size_t extending_tasks_ = 0;
  std::vector<std::string> variables_;  ///< Of the loops and handlers around the current place.
  std::set<std::string> task_names_;
  std::vector<StepMention> step_mentions_;
  int depth_ = 0;
};

// One per kind of task: `body` is what stands behind the task's name. Nothing when an error was
// reported.
std::optional<TaskKind> ParseCall(DefinitionReader& reader, const Node& body);
/// `to` of `listen`, or `schedule.on` where several events start one run.
std::optional<EventWait> ReadEventWait(DefinitionReader& reader, const Node& node,
                                       DefinitionReader::FilterPlace place);
// What stands in `with` of the language's own calls.
std::optional<TaskKind> ParseHttpCall(DefinitionReader& reader, const Node& with);
std::optional<TaskKind> ParseOpenApiCall(DefinitionReader& reader, const Node& with);
/// One policy of `use.authentications`, or in an endpoint.
void CheckAuthentication(DefinitionReader& reader, const Node& policy);
/// One of `use.errors`, or in a `raise`.
void CheckErrorShape(DefinitionReader& reader, const Node& error);
/// One of `use.functions`; what it calls is checked with the input that it is given where it is
/// called.
void CheckFunction(DefinitionReader& reader, const Node& function);
/// One of `use.retries`, but for its expressions, whose variables are those of the place of use.
void CheckRetryPolicy(DefinitionReader& reader, const Node& policy);
std::optional<TaskKind> ParseDo(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseSet(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseSwitch(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseWait(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseRaise(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseFor(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseTry(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseEmit(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseFork(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseListen(DefinitionReader& reader, const Node& body);
std::optional<TaskKind> ParseRun(DefinitionReader& reader, const Node& body);

}  // namespace sb::core::workflow
