#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/json_schema.h"
#include "engine/base/time.h"
#include "engine/base/yaml.h"
#include "engine/core/quota/lane.h"
#include "engine/core/schedule/timetable.h"

namespace sb::core::workflow {

/// A definition as the engine runs it: parsed and checked by ParseWorkflow, immutable afterwards.
/// The names are the language's (DSL 1.0.3) wherever C++ allows them.

struct Document {
  std::string dsl;
  std::string workspace;  ///< The document's `namespace`.
  std::string name;
  std::string version;
  std::string title;
  std::string summary;
  Json tags = Json::object();
  Json metadata = Json::object();
};

/// What a blind action does when nobody knows whether it happened.
enum class UnknownOutcomePolicy { kPark, kRaise, kRetry, kAssumeDone };

/// `metadata.switchboard.concurrency`: how many runs with the same key may be under way at once.
struct Concurrency {
  std::string key;  ///< jq over what flows into the run; empty: all runs have the same.
  int limit = 1;
  /// What a run does that finds no place: it waits for its turn, gives up, or has those before it
  /// give up.
  enum class Policy { kQueue, kSkip, kReplace } policy = Policy::kQueue;
};

/// `metadata.switchboard`: the engine's own settings, of a document or of a task.
struct EnginePolicy {
  std::optional<quota::Lane> lane;
  std::optional<UnknownOutcomePolicy> on_unknown_outcome;
  bool idempotency_key = false;  ///< An HTTP call carries its op key: repeating it is safe.
  std::optional<int> attempts;   ///< Of a call, before its failure is the task's.
  // Of a document only:
  std::string timezone;  ///< By whose clocks `schedule.cron` goes.
  std::optional<Concurrency> concurrency;
  bool fetch_latest = false;  ///< A run begins with reading what its event is about.
  /// How long events of `schedule.on` wait for those that they start a run with.
  Millis gather_for = std::chrono::hours(24);
};

/// `from` and `as`: a bare jq expression, or a structure with "${ }" expressions inside. Null:
/// leave the value alone.
using Transformation = Json;
using SharedSchema =
    std::shared_ptr<const JsonSchema>;  // shared: immutable, and a Task can be copied

struct InputRule {
  SharedSchema schema;
  Transformation from;
};

/// `output` and `export`.
struct OutputRule {
  SharedSchema schema;
  Transformation as;
};

/// A fixed time, or a jq expression that gives an ISO 8601 duration.
using Duration = std::variant<Millis, std::string>;

struct Task;

/// `call: aircall.contacts.search`
struct ActionCall {
  std::string action;  ///< As written: with or without ":1.0.0" and "@default".
  Json with = Json::object();
};

/// What an HTTP or OpenAPI call yields of its response.
enum class ResponseForm { kContent, kResponse, kRaw };

/// What both HTTP and OpenAPI calls say of the answer.
struct AnswerRule {
  ResponseForm form = ResponseForm::kContent;
  bool redirect = false;  ///< A 3xx is an answer, not an error. It is never followed.
};

/// A policy of `authentication`, with a named one of `use.authentications` put in its place; null:
/// none. It may hold expressions, those of secrets included, so it never enters a fact.
using Authentication = Json;

/// `call: http`
struct HttpCall {
  std::string method;  ///< Upper case.
  std::string uri;     ///< With `{name}` of the task's input inside, or one expression.
  Authentication authentication;
  Json headers;
  Json authorized_headers;  ///< Those that $authorization is needed for: made at the door.
  Json query;
  Json body;  ///< Null: none.
  AnswerRule answer;
};

/// `call: openapi`
struct OpenApiCall {
  std::string document;  ///< A URI like HttpCall::uri.
  Authentication document_authentication;
  std::string operation_id;
  Json parameters;
  Authentication authentication;
  AnswerRule answer;
};

struct CallTask {
  std::variant<ActionCall, HttpCall, OpenApiCall> what;
};

struct DoTask {
  std::vector<Task> tasks;
};

struct SetTask {
  Json values;  ///< An object with expressions inside, or one expression.
};

struct SwitchCase {
  std::string name;
  std::string when;  ///< jq; empty: the default.
  std::string then;
};

struct SwitchTask {
  std::vector<SwitchCase> cases;
};

struct WaitTask {
  Duration duration;
};

/// `raise.error`, with a named one of `use.errors` put in its place.
struct RaiseTask {
  Json error;
};

struct ForTask {
  std::string each = "item";
  std::string at = "index";
  std::string in;      ///< jq; must give a list.
  std::string while_;  ///< jq; empty: always.
  std::vector<Task> tasks;
};

enum class Backoff { kConstant, kLinear, kExponential };

struct RetryRule {
  std::string when;
  std::string except_when;
  Millis delay{0};
  Backoff backoff = Backoff::kConstant;
  int max_attempts = 0;  ///< The first one included; 0: no limit but the run's own.
  Millis jitter_from{0};
  Millis jitter_to{0};
  std::optional<Millis> longest_attempt;  ///< `limit.attempt.duration`
  std::optional<Millis> longest;          ///< `limit.duration`, counted from the first attempt.
};

struct TryTask {
  std::vector<Task> tasks;
  Json errors = Json::object();  ///< `catch.errors.with`: members that the error must have.
  std::string as = "error";
  std::string when;
  std::string except_when;
  std::optional<RetryRule> retry;
  std::vector<Task> handler;  ///< `catch.do`
};

/// `correlate.<name>`: what an event says of the thing it is about, and what it must say.
struct Correlation {
  std::string from;  ///< jq over the event.
  /// A literal, or in `listen` "${ }"; absent: what the first event said.
  std::optional<Json> expect;
};

/// An event that is wanted: by `schedule.on` or by `listen`.
struct EventFilter {
  std::string type;  ///< A literal; empty: any type (`listen` only).
  std::map<std::string, Json>
      attributes;  ///< Other attributes: a literal, or "${ jq }" applied to the attribute.
  std::map<std::string, Correlation> correlate;  ///< Where several events belong together.
};

/// `emit.event.with`: a CloudEvent with expressions inside.
struct EmitTask {
  Json event;
};

struct ForkTask {
  std::vector<Task> branches;
  bool compete = false;
};

/// `to` and `until` of `listen`.
struct EventStrategy {
  enum class Mode { kOne, kAny, kAll } mode = Mode::kOne;
  std::vector<EventFilter> filters;  ///< None in `any: []`: every event fits.
};

/// Which events are waited for, and until when: `to` of `listen`; `schedule.on`, where several
/// start one run.
struct EventWait {
  EventStrategy to;
  std::string until;                          ///< jq over what was consumed so far; may be empty.
  std::optional<EventStrategy> until_events;  ///< Or the events that end it.
};

/// What of a consumed event goes on.
enum class ReadEventAs { kData, kEnvelope, kRaw };

/// `foreach` of `listen`: what is done with each event.
struct EachEvent {
  std::string item = "item";
  std::string at = "index";
  std::vector<Task> tasks;
  OutputRule output;
  OutputRule export_;
};

struct ListenTask {
  EventWait events;
  ReadEventAs read = ReadEventAs::kData;
  std::optional<EachEvent> each;
};

/// `run.workflow`
struct RunTask {
  std::string workspace;
  std::string name;
  std::string version;  ///< Empty: the newest deployed.
  Json input;           ///< With expressions inside; null: what flows into the task.
  bool await = true;
};

/// Every kind of task. A new one is a struct here, a Parse<Kind> (parse_task.cc) and a
/// Decide<Kind>; the compiler names the places.
using TaskKind = std::variant<CallTask, DoTask, SetTask, SwitchTask, WaitTask, RaiseTask, ForTask,
                              TryTask, EmitTask, ForkTask, ListenTask, RunTask>;

struct Extension;

struct Task {
  std::string name;
  std::string ref;  ///< JSON pointer in the definition: "/do/1/note".
  Position position;
  std::string condition;  ///< `if`, jq; empty: always.
  InputRule input;
  OutputRule output;
  OutputRule export_;
  std::optional<Duration> timeout;
  std::string then = "continue";
  Json metadata = Json::object();
  EnginePolicy policy;
  Json definition;                    ///< As written: `$task.definition`.
  std::vector<Extension> extensions;  ///< Those of `use.extensions` that are for its kind.
  TaskKind kind;
};

/// One of `use.extensions`, at the task that it extends: the refs of its tasks begin with that
/// task's, "/do/1/note/logging.before/0/tell".
struct Extension {
  std::string name;
  std::string when;  ///< jq; empty: always.
  std::vector<Task> before;
  std::vector<Task> after;
};

/// "call", "do", ...: the key that makes a task this kind.
const char* KindName(const TaskKind& kind);
/// The lists of tasks inside a task of this kind; none for a leaf.
std::vector<const std::vector<Task>*> ChildLists(const TaskKind& kind);
/// The same, and those of its extensions.
std::vector<const std::vector<Task>*> ChildLists(const Task& task);

/// What starts runs by itself.
struct Schedule {
  std::vector<EventFilter> any;       ///< `on`: `one`, or each of `any`; may be empty.
  std::optional<EventWait> together;  ///< `on`: `all`, or `any` with `until`: one run for several.
  std::optional<schedule::Timetable> timetable;  ///< `every`, `cron` or `after`.
};

/// Move-only: `Find` hands out pointers into it, which stay good when it is moved.
struct Workflow {
  Workflow() = default;
  Workflow(Workflow&&) noexcept = default;
  Workflow& operator=(Workflow&&) noexcept = default;

  Document document;
  std::optional<Schedule> schedule;
  InputRule input;
  OutputRule output;
  std::optional<Duration> timeout;
  Json use = Json::object();
  EnginePolicy policy;
  std::vector<Task> tasks;
  Json definition;                           ///< As written: `$workflow.definition`.
  std::vector<std::string> lifecycle_types;  ///< Of the events that it wants, those of runs.

  /// The task at this JSON pointer of the definition; null if there is none.
  const Task* Find(const std::string& pointer) const;
  /// Fills what Find uses. ParseWorkflow does so.
  void Index();

 private:
  std::map<std::string, const Task*> by_pointer_;
};

}  // namespace sb::core::workflow
