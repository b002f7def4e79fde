#include "engine/core/workflow/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ParseOutcome Parse(const std::string& yaml) {
  static const support::FakeActionCatalog kActions = support::FakeActionCatalog::Aircall();
  return ParseWorkflow(yaml, kActions, TestExpressions(), TestTimeZones());
}

/// The only error of a definition; fails the test when there are others.
Diagnostic OnlyError(const std::string& yaml) {
  const ParseOutcome outcome = Parse(yaml);
  EXPECT_FALSE(outcome.workflow.has_value());
  EXPECT_THAT(outcome.errors, SizeIs(1)) << yaml;
  for (const Diagnostic& error : outcome.errors) {
    if (outcome.errors.size() > 1)
      ADD_FAILURE() << error.code << " " << error.pointer << " " << error.message;
  }
  return outcome.errors.empty() ? Diagnostic() : outcome.errors[0];
}

Diagnostic ErrorOfTask(const std::string& task) {
  return OnlyError(WorkflowWith("do:\n  - step: " + task + "\n"));
}

auto Is(const std::string& code, const std::string& pointer) {
  return AllOf(Field(&Diagnostic::code, code), Field(&Diagnostic::pointer, pointer));
}

TEST(Parse, ReadsTheDocumentAndItsTasks) {
  ParseOutcome outcome = Parse(R"(
document:
  dsl: '1.0.3'
  namespace: acme
  name: follow-up
  version: '1.2.0-beta.1'
  title: Follow up
  summary: A story
  tags: { team: revops }
  metadata: { switchboard: { lane: backfill, on_unknown_outcome: retry }, owner: ada }
schedule: { on: { any: [ { with: { type: io.aircall.call.ended } } ] } }
do:
  - note:
      call: aircall.calls.comment:1.0.0@default
      with: { call_id: 7, content: '${ "x" }' }
      metadata: { switchboard: { on_unknown_outcome: assume_done } }
  - block: { do: [ { inner: { set: { a: 1 } } } ] }
)");
  ASSERT_TRUE(outcome.workflow.has_value());
  const Workflow workflow = std::move(*outcome.workflow);
  EXPECT_EQ(workflow.document.workspace, "acme");
  EXPECT_EQ(workflow.document.name, "follow-up");
  EXPECT_EQ(workflow.document.version, "1.2.0-beta.1");
  EXPECT_EQ(workflow.document.tags, (Json{{"team", "revops"}}));
  EXPECT_EQ(workflow.policy.lane, quota::Lane::kBackfill);
  EXPECT_EQ(workflow.policy.on_unknown_outcome, UnknownOutcomePolicy::kRetry);
  const Task* note = workflow.Find("/do/0/note");
  ASSERT_NE(note, nullptr);
  EXPECT_EQ(note->position, (Position{13, 5}));
  EXPECT_EQ(note->policy.on_unknown_outcome, UnknownOutcomePolicy::kAssumeDone);
  EXPECT_STREQ(KindName(note->kind), "call");
  EXPECT_EQ(std::get<ActionCall>(std::get<CallTask>(note->kind).what).action,
            "aircall.calls.comment:1.0.0@default");
  ASSERT_NE(workflow.Find("/do/1/block/do/0/inner"), nullptr)
      << "found after the workflow was moved";
  EXPECT_EQ(workflow.Find("/do/2/none"), nullptr);
}

TEST(Parse, AcceptsTheOlderVersionsOfTheLanguage) {
  for (const char* dsl : {"1.0.0", "1.0.1", "1.0.2", "1.0.3"}) {
    EXPECT_TRUE(
        Parse("document: { dsl: '" + std::string(dsl) +
              "', namespace: a, name: b, version: '1.0.0' }\ndo: [ { a: { set: { n: 1 } } } ]")
            .workflow.has_value());
  }
}

TEST(Parse, TellsWhereTheYamlBreaks) {
  const Diagnostic error = OnlyError("document:\n  dsl: '1.0.3'\n  name: [unclosed\n");
  EXPECT_EQ(error.code, "YAML_MALFORMED");
  EXPECT_GE(error.position.line, 3);
}

TEST(Parse, FindsManyErrorsAtOnceInTheOrderOfTheFile) {
  const ParseOutcome outcome =
      Parse(R"(document: { dsl: '2.0.0', namespace: Acme, name: b, version: one }
do:
  - first: { cal: aircall.calls.comment }
  - second: { call: aircall.calls.coment, wiht: { a: 1 } }
  - third: { set: { a: '${ .a | }' } }
)");
  EXPECT_THAT(outcome.errors, ElementsAre(Is("WORKFLOW_FIELD_INVALID", "/document/dsl"),
                                          Is("WORKFLOW_FIELD_INVALID", "/document/namespace"),
                                          Is("WORKFLOW_FIELD_INVALID", "/document/version"),
                                          Is("WORKFLOW_FIELD_INVALID", "/do/0/first"),
                                          Is("WORKFLOW_ACTION_UNKNOWN", "/do/1/second/call"),
                                          Is("WORKFLOW_FIELD_UNKNOWN", "/do/1/second/wiht"),
                                          Is("WORKFLOW_EXPRESSION_INVALID", "/do/2/third/set/a")));
  EXPECT_EQ(outcome.errors[3].suggestion, "did you mean call?");
  EXPECT_EQ(outcome.errors[4].suggestion, "did you mean aircall.calls.comment?");
  EXPECT_EQ(outcome.errors[4].position, (Position{4, 21}));
  EXPECT_EQ(outcome.errors[5].suggestion, "did you mean with?");
  EXPECT_EQ(outcome.errors[5].position, (Position{4, 43})) << "an unknown key is shown at the key";
}

TEST(Parse, NamesWhatIsMissing) {
  EXPECT_THAT(Parse("{}").errors,
              ElementsAre(Is("WORKFLOW_FIELD_MISSING", ""), Is("WORKFLOW_FIELD_MISSING", "")));
  const ParseOutcome outcome = Parse("document: {}\ndo: [ { a: { set: { n: 1 } } } ]");
  EXPECT_THAT(outcome.errors, SizeIs(4));
  EXPECT_THAT(outcome.errors[0].message, HasSubstr("`dsl` is missing"));
}

TEST(Parse, RefusesADefinitionThatIsNoMapping) {
  EXPECT_THAT(OnlyError("").message, HasSubstr("must be a mapping (`key: value`), not nothing"));
  EXPECT_THAT(OnlyError("- a\n- b").message, HasSubstr("not a list"));
  EXPECT_THAT(OnlyError(WorkflowWith("do: []")).message, HasSubstr("at least one entry"));
  EXPECT_THAT(OnlyError(WorkflowWith("do: { a: { set: { n: 1 } } }")).message,
              HasSubstr("not a mapping"));
}

TEST(Parse, StopsAtFiftyErrors) {
  std::string yaml = "do:\n";
  for (int i = 0; i < 80; ++i) yaml += "  - t" + std::to_string(i) + ": { nothing: 1 }\n";
  EXPECT_THAT(Parse(WorkflowWith(yaml)).errors, SizeIs(50));
}

TEST(Parse, ChecksTaskNames) {
  EXPECT_EQ(
      OnlyError(WorkflowWith("do: [ { a: { set: { n: 1 } } }, { a: { set: { n: 2 } } } ]")).code,
      "WORKFLOW_TASK_DUPLICATE");
  EXPECT_THAT(OnlyError(WorkflowWith("do: [ { end: { set: { n: 1 } } } ]")).message,
              HasSubstr("flow directive"));
  EXPECT_THAT(OnlyError(WorkflowWith("do: [ { 'a/b': { set: { n: 1 } } } ]")).message,
              HasSubstr("no `/`"));
  EXPECT_THAT(
      OnlyError(WorkflowWith("do: [ { a: { set: { n: 1 } }, b: { set: { n: 1 } } } ]")).message,
      HasSubstr("begin the next task with `-`"));
  EXPECT_TRUE(Parse(WorkflowWith("do: [ { a: { do: [ { x: { set: { n: 1 } } } ] } }, { b: { do: [ "
                                 "{ x: { set: { n: 1 } } } ] } } ]"))
                  .workflow.has_value())
      << "the same name in another block is fine";
}

TEST(Parse, ChecksWhereThenLeads) {
  const Diagnostic typo = OnlyError(WorkflowWith(
      "do: [ { first: { set: { n: 1 }, then: secnd } }, { second: { set: { n: 2 } } } ]"));
  EXPECT_THAT(typo, Is("WORKFLOW_TARGET_UNKNOWN", "/do/0/first/then"));
  EXPECT_EQ(typo.suggestion, "did you mean second?");
  const Diagnostic elsewhere =
      OnlyError(WorkflowWith("do: [ { a: { do: [ { inner: { set: { n: 1 } } } ] } }, { b: { set: { "
                             "n: 2 }, then: inner } } ]"));
  EXPECT_THAT(elsewhere.message, HasSubstr("stands in another block"));
  EXPECT_THAT(ErrorOfTask("{ switch: [ { x: { then: nowhere } } ] }"),
              Is("WORKFLOW_TARGET_UNKNOWN", "/do/0/step/switch/0/x/then"));
}

TEST(Parse, WarnsAboutTasksThatAreNeverReached) {
  const ParseOutcome outcome = Parse(WorkflowWith(R"(
do:
  - a: { set: { n: 1 }, then: c }
  - b: { set: { n: 2 } }
  - c: { switch: [ { always: { then: end } } ] }
  - d: { set: { n: 3 } }
)"));
  EXPECT_TRUE(outcome.workflow.has_value());
  EXPECT_THAT(outcome.warnings, ElementsAre(Is("WORKFLOW_TASK_UNREACHABLE", "/do/1/b"),
                                            Is("WORKFLOW_TASK_UNREACHABLE", "/do/3/d")));
}

TEST(Parse, ATaskThatMayBeSkippedLetsTheNextOneBeReached) {
  EXPECT_THAT(Parse(WorkflowWith(R"(
do:
  - a: { if: .x, raise: { error: { type: x, status: 400 } } }
  - b: { set: { n: 2 } }
)"))
                  .warnings,
              IsEmpty());
}

TEST(Parse, ChecksEveryExpression) {
  for (const char* task :
       {"{ set: { a: '${ nope }' } }", "{ if: '.a |', set: { a: 1 } }",
        "{ set: { a: 1 }, output: { as: '(' } }",
        "{ set: { a: 1 }, export: { as: { b: '${ ( }' } } }",
        "{ input: { from: nope }, set: { a: 1 } }",
        "{ switch: [ { x: { when: nope, then: end } } ] }", "{ wait: '${ nope }' }",
        "{ for: { in: nope }, do: [ { a: { set: { n: 1 } } } ] }",
        "{ for: { in: .a }, while: nope, do: [ { a: { set: { n: 1 } } } ] }",
        "{ call: aircall.contacts.search, with: { email: '${ nope }' } }",
        "{ raise: { error: { type: x, status: 400, title: '${ nope }' } } }",
        "{ try: [ { a: { set: { n: 1 } } } ], catch: { when: nope } }"}) {
    EXPECT_EQ(ErrorOfTask(task).code, "WORKFLOW_EXPRESSION_INVALID") << task;
  }
  EXPECT_EQ(OnlyError(WorkflowWith("input: { from: nope }\ndo: [ { a: { set: { n: 1 } } } ]")).code,
            "WORKFLOW_EXPRESSION_INVALID");
  EXPECT_EQ(OnlyError(WorkflowWith("output: { as: nope }\ndo: [ { a: { set: { n: 1 } } } ]")).code,
            "WORKFLOW_EXPRESSION_INVALID");
}

TEST(Parse, KnowsWhichArgumentsExistWhere) {
  EXPECT_THAT(ErrorOfTask("{ if: $input.a, set: { n: 1 } }").message,
              HasSubstr("$input is not defined"));
  EXPECT_THAT(ErrorOfTask("{ set: { n: '${ $output }' } }").message,
              HasSubstr("$output is not defined"));
  EXPECT_THAT(ErrorOfTask("{ set: { n: '${ $secrets.token }' } }").message,
              HasSubstr("$secrets is not defined"));
  EXPECT_THAT(ErrorOfTask("{ set: { n: '${ $item }' } }").message,
              HasSubstr("$item is not defined"));
  EXPECT_TRUE(Parse(WorkflowWith("do: [ { l: { for: { in: .a }, do: [ { a: { set: { n: '${ $item + "
                                 "$index }' } } } ] } } ]"))
                  .workflow.has_value());
  EXPECT_TRUE(Parse(WorkflowWith("do: [ { t: { try: [ { a: { set: { n: 1 } } } ], catch: { do: [ { "
                                 "b: { set: { n: '${ $error }' } } } ] } } } ]"))
                  .workflow.has_value());
}

TEST(Parse, ChecksThatStepsNamesATask) {
  const Diagnostic error =
      OnlyError(WorkflowWith("do: [ { caller: { set: { n: 1 } } }, { show: { set: { n: '${ "
                             "$steps.calller.output.n }' } } } ]"));
  EXPECT_THAT(error, Is("WORKFLOW_STEP_UNKNOWN", "/do/1/show/set/n"));
  EXPECT_EQ(error.suggestion, "did you mean caller?");
}

TEST(Parse, RefusesExpressionsInTheMiddleOfAText) {
  const Diagnostic error = ErrorOfTask("{ set: { text: 'Hello ${ .name }!' } }");
  EXPECT_EQ(error.code, "WORKFLOW_EXPRESSION_INVALID");
  EXPECT_THAT(error.message, HasSubstr("must enclose the whole text"));
}

// ---- Calls ----

TEST(ParseCall, SuggestsTheNearestAction) {
  const Diagnostic error = ErrorOfTask("{ call: aircall.contact.search, with: { email: a@b.c } }");
  EXPECT_EQ(error.code, "WORKFLOW_ACTION_UNKNOWN");
  EXPECT_EQ(error.suggestion, "did you mean aircall.contacts.search?");
  EXPECT_THAT(ErrorOfTask("{ call: 'aircall.contacts.search:9.0.0' }").message,
              HasSubstr("does not exist in this version"));
}

TEST(ParseCall, ChecksTheInputAgainstTheActionsSchema) {
  const Diagnostic missing = ErrorOfTask("{ call: aircall.calls.comment, with: { call_id: 7 } }");
  EXPECT_THAT(missing, Is("WORKFLOW_ACTION_INPUT_INVALID", "/do/0/step/with/content"));
  EXPECT_THAT(missing.message, HasSubstr("`content` of aircall.calls.comment is required"));
  const Diagnostic unknown =
      ErrorOfTask("{ call: aircall.calls.comment, with: { call_id: 7, content: x, contnt: y } }");
  EXPECT_EQ(unknown.suggestion, "did you mean content?");
  EXPECT_THAT(unknown.message, HasSubstr("does not exist"));
  EXPECT_THAT(
      ErrorOfTask("{ call: aircall.calls.comment, with: { call_id: seven, content: x } }").message,
      HasSubstr("`call_id` of aircall.calls.comment must be an integer, not a string"));
  EXPECT_THAT(ErrorOfTask("{ call: aircall.calls.comment, with: nothing }"),
              Is("WORKFLOW_FIELD_INVALID", "/do/0/step/with"));
  EXPECT_THAT(ErrorOfTask("{ call: aircall.contacts.search }").message,
              HasSubstr("the input of aircall.contacts.search needs phone_number or email"));
}

TEST(ParseCall, TakesExpressionsAsUnknownValues) {
  EXPECT_TRUE(Parse(WorkflowWith("do: [ { a: { call: aircall.calls.tag, with: { call_id: '${ .id "
                                 "}', tags: ['${ .t }', 5] } } } ]"))
                  .workflow.has_value());
  EXPECT_TRUE(Parse(WorkflowWith("do: [ { a: { call: aircall.calls.tag, with: { call_id: '${ .id "
                                 "}', tags: '${ .t }' } } } ]"))
                  .workflow.has_value());
  EXPECT_THAT(ErrorOfTask("{ call: aircall.calls.tag, with: { call_id: '${ .id }' } }"),
              Is("WORKFLOW_ACTION_INPUT_INVALID", "/do/0/step/with/tags"));
  EXPECT_THAT(
      ErrorOfTask(
          "{ call: aircall.contacts.create, with: { phone_numbers: [ { value: '${ .n }' } ] } }"),
      Is("WORKFLOW_ACTION_INPUT_INVALID", "/do/0/step/with/phone_numbers/0/label"));
}

TEST(ParseCall, RefusesOtherProtocolsForGoodOrForNow) {
  for (const char* protocol : {"asyncapi", "a2a", "mcp"}) {
    EXPECT_EQ(ErrorOfTask("{ call: " + std::string(protocol) + ", with: { a: 1 } }").code,
              "WORKFLOW_REFUSED");
  }
  EXPECT_EQ(ErrorOfTask("{ call: grpc, with: { a: 1 } }").code, "WORKFLOW_UNSUPPORTED");
}

// ---- Other kinds ----

TEST(ParseTask, RefusesForeignProgramsForGood) {
  for (const char* process : {"shell", "container", "script"}) {
    const Diagnostic error =
        ErrorOfTask("{ run: { " + std::string(process) + ": { command: ls } } }");
    EXPECT_EQ(error.code, "WORKFLOW_REFUSED");
    EXPECT_THAT(error.message, HasSubstr("may not start programs"));
  }
}

TEST(ParseTask, SaysWhatIsNotThereYet) {
  for (const char* task : {"{ set: { n: 1 }, input: { schema: { resource: { endpoint: x } } } }"}) {
    const Diagnostic error = ErrorOfTask(task);
    EXPECT_EQ(error.code, "WORKFLOW_UNSUPPORTED") << task;
    EXPECT_THAT(error.message, HasSubstr("not in this version of Switchboard yet"));
  }
}

TEST(ParseTask, NamesWhatAKindOfTaskIsMissing) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{ run: { workflow: { name: x } } }", "`namespace` is missing"},
      {"{ run: {} }", "`workflow` is missing"},
      {"{ run: { workflow: { namespace: a, name: b }, await: maybe } }", "must be true or false"},
      {"{ emit: { event: {} } }", "`with` must be a mapping"},
      {"{ emit: { event: { with: { data: 1 } } } }", "`type` is missing"},
      {"{ fork: { branches: [] } }", "at least one entry"},
      {"{ fork: {} }", "`branches` is missing"},
      {"{ listen: { to: {} } }", "`one`, `any` or `all` is missing"},
      {"{ listen: { to: { all: [] } } }", "at least one entry"},
      {"{ listen: { to: { one: { with: { type: x } }, until: '${ true }' } } }",
       "`until` belongs to `any`"},
      {"{ listen: { to: { one: { with: { type: x }, correlate: { id: {} } } } } }",
       "`from` is missing"},
      {"{ listen: { to: { one: { with: { type: x } } }, read: all } }",
       "must be data, envelope or raw"},
      {"{ listen: { to: { one: { with: { type: x } } } }, foreach: {} }", "`do` is missing"},
      {"{ set: { n: 1 }, timeout: quick }", "there is no timeout `quick` in use.timeouts"},
      {"{ set: { n: 1 }, timeout: {} }", "`after` is missing"}};
  for (const auto& [task, message] : cases)
    EXPECT_THAT(ErrorOfTask(task).message, HasSubstr(message)) << task;
}

TEST(ParseTask, TellsWhereAStartingEventCannotBeCorrelated) {
  const Diagnostic error = OnlyError(WorkflowWith(
      "schedule: { on: { one: { with: { type: x }, correlate: { id: { from: .id } } } } }\n"
      "do: [ { a: { set: { n: 1 } } } ]"));
  EXPECT_EQ(error.pointer, "/schedule/on/one/correlate");
}

TEST(ParseTask, PutsAFunctionInTheCallsPlace) {
  const auto outcome = Parse(WorkflowWith(R"(
use:
  functions:
    greet: { call: aircall.calls.comment, with: { call_id: 1, content: Hello } }
do: [ { a: { call: greet, with: { call_id: 7 } } } ]
)"));
  ASSERT_TRUE(outcome.workflow.has_value());
  const auto& call = std::get<ActionCall>(std::get<CallTask>(outcome.workflow->tasks[0].kind).what);
  EXPECT_EQ(call.action, "aircall.calls.comment");
  EXPECT_EQ(call.with, (Json{{"call_id", 7}, {"content", "Hello"}}));
}

TEST(ParseTask, ChecksTheShapeOfEachKind) {
  const struct {
    const char* task;
    const char* pointer;
    const char* message;
  } cases[] = {
      {"text", "/do/0/step", "a task must be a mapping"},
      {"{ set: 5 }", "/do/0/step/set", "must be a mapping"},
      {"{ set: { n: 1 }, wait: PT1S }", "/do/0/step", "several kinds at once"},
      {"{ if: true }", "/do/0/step", "does nothing"},
      {"{ if: [], set: { n: 1 } }", "/do/0/step/if", "must be a jq expression, not a list"},
      {"{ switch: {} }", "/do/0/step/switch", "must be a list"},
      {"{ switch: [ { a: { when: .x } } ] }", "/do/0/step/switch/0/a", "`then` is missing"},
      {"{ switch: [ { a: { then: end } }, { b: { then: end } } ] }", "/do/0/step/switch/1/b",
       "only one case can be the default"},
      {"{ switch: [ 5 ] }", "/do/0/step/switch/0", "a case is one name"},
      {"{ wait: soon }", "/do/0/step/wait", "ISO 8601"},
      {"{ wait: { minutes: -1 } }", "/do/0/step/wait/minutes", "whole number"},
      {"{ wait: {} }", "/do/0/step/wait", "empty"},
      {"{ raise: { error: nobody } }", "/do/0/step/raise/error", "no error `nobody`"},
      {"{ raise: { error: { type: x } } }", "/do/0/step/raise/error", "`status` is missing"},
      {"{ raise: { error: { type: x, status: high } } }", "/do/0/step/raise/error/status",
       "whole number"},
      {"{ for: { each: x }, do: [ { a: { set: { n: 1 } } } ] }", "/do/0/step/for",
       "`in` is missing"},
      {"{ for: { in: .a } }", "/do/0/step", "`do` is missing"},
      {"{ for: { in: .a, each: 'my item' }, do: [ { a: { set: { n: 1 } } } ] }",
       "/do/0/step/for/each", "names a variable"},
      {"{ for: { in: .a, each: input }, do: [ { a: { set: { n: 1 } } } ] }", "/do/0/step/for/each",
       "names a variable"},
      {"{ try: [ { a: { set: { n: 1 } } } ] }", "/do/0/step", "`catch` is missing"},
      {"{ try: [ { a: { set: { n: 1 } } } ], catch: { retry: nobody } }", "/do/0/step/catch/retry",
       "no retry policy"},
      {"{ try: [ { a: { set: { n: 1 } } } ], catch: { retry: { limit: { attempt: { count: 0 } } } "
       "} }",
       "/do/0/step/catch/retry/limit/attempt/count", "from 1 to 1000"},
      {"{ set: { n: 1 }, then: 5 }", "/do/0/step/then", "must be a text"},
      {"{ set: { n: 1 }, input: { schema: { format: xml, document: {} } } }",
       "/do/0/step/input/schema/format", "json"},
      {"{ set: { n: 1 }, input: { schema: { document: { type: 5 } } } }",
       "/do/0/step/input/schema/document", "cannot be used"},
      {"{ set: { n: 1 }, output: { as: 5 } }", "/do/0/step/output/as",
       "must be a jq expression or a mapping"},
      {"{ set: { n: 1 }, metadata: { switchboard: { lane: fast } } }",
       "/do/0/step/metadata/switchboard/lane", "interactive"},
      {"{ set: { n: 1 }, metadata: { switchboard: { on_unknown_outcome: guess } } }",
       "/do/0/step/metadata/switchboard/on_unknown_outcome", "park, raise, retry or assume_done"}};

  for (const auto& each : cases) {
    const Diagnostic error = ErrorOfTask(each.task);
    EXPECT_EQ(error.pointer, each.pointer) << each.task;
    EXPECT_THAT(error.message, HasSubstr(each.message)) << each.task;
  }
}

TEST(ParseTask, SuggestsTheRightKeyOfTheEnginesOwnSettings) {
  EXPECT_EQ(ErrorOfTask("{ set: { n: 1 }, metadata: { switchboard: { lanes: live } } }").suggestion,
            "did you mean lane?");
}

TEST(ParseTask, BoundsTheNesting) {
  std::string yaml = "{ set: { n: 1 } }";
  for (int i = 0; i < 17; ++i) yaml = "{ do: [ { t: " + yaml + " } ] }";
  EXPECT_THAT(ErrorOfTask(yaml).message, HasSubstr("15 levels"));
}

std::string PlanOf(const std::string& schedule, const std::string& timezone = {}) {
  const std::string metadata =
      timezone.empty() ? "" : ", metadata: { switchboard: { timezone: " + timezone + " } }";
  ParseOutcome outcome =
      Parse("document: { dsl: '1.0.3', namespace: acme, name: story, version: '1.0.0'" + metadata +
            " }\nschedule: { " + schedule + " }\ndo: [ { a: { set: { n: 1 } } } ]\n");
  if (!outcome.workflow) return outcome.errors[0].pointer + ": " + outcome.errors[0].message;
  return schedule::PlanOf(*outcome.workflow->schedule->timetable);
}

TEST(ParseSchedule, ReadsTimetables) {
  EXPECT_EQ(PlanOf("every: { minutes: 15 }"), "every PT900S");
  EXPECT_EQ(PlanOf("after: PT1H"), "after PT3600S");
  EXPECT_EQ(PlanOf("cron: '0 9 * * mon-fri'"), "cron 0 9 * * mon-fri Etc/UTC");
  EXPECT_EQ(PlanOf("cron: '0 9 * * 1'", "Europe/Paris"), "cron 0 9 * * 1 Europe/Paris");
  EXPECT_EQ(PlanOf("every: PT1H, on: { one: { with: { type: story.go } } }"), "every PT3600S")
      << "an event may start it as well";
}

TEST(ParseSchedule, SaysWhatATimetableMayBe) {
  EXPECT_THAT(PlanOf("cron: '0 25 * * *'"), HasSubstr("/schedule/cron: `cron`: the hour `25`"));
  EXPECT_THAT(PlanOf("cron: 5"), HasSubstr("/schedule/cron: `cron` is a text of five fields"));
  EXPECT_THAT(PlanOf("every: PT0.5S"), HasSubstr("/schedule/every: `every` must be a fixed time"));
  EXPECT_THAT(PlanOf("after: '${ .pause }'"), HasSubstr("`after` must be a fixed time"));
  EXPECT_THAT(PlanOf("every: P4000D"), HasSubstr("from one second to ten years"));
  EXPECT_THAT(PlanOf("every: PT1M, cron: '* * * * *'"),
              HasSubstr("a workflow has one of `every`, `cron` and `after`"));
  EXPECT_THAT(PlanOf(""), HasSubstr("`on`, `every`, `cron` or `after` is missing here"));
  EXPECT_THAT(PlanOf("cron: '0 9 * * 1'", "Europe/Pariss"),
              HasSubstr("/document/metadata/switchboard/timezone: there is no time zone"));
}

std::string FaultOfConcurrency(const std::string& concurrency) {
  const ParseOutcome outcome = Parse(
      "document: { dsl: '1.0.3', namespace: acme, name: story, version: '1.0.0', metadata: { "
      "switchboard: { concurrency: " +
      concurrency + " } } }\ndo: [ { a: { set: { n: 1 } } } ]\n");
  if (outcome.errors.empty()) return {};
  return outcome.errors[0].pointer.substr(30) + ": " + outcome.errors[0].message;
}

TEST(ParseConcurrency, SaysWhatItMayBe) {
  EXPECT_EQ(FaultOfConcurrency("{ key: '${ .contact }', limit: 3, policy: replace }"), "");
  EXPECT_EQ(FaultOfConcurrency("{}"), "");
  EXPECT_THAT(FaultOfConcurrency("{ limit: 0 }"), HasSubstr("/concurrency/limit: `limit` must be"));
  EXPECT_THAT(FaultOfConcurrency("{ limit: 1.5 }"), HasSubstr("a whole number from 1 to 1000"));
  EXPECT_THAT(FaultOfConcurrency("{ policy: drop }"), HasSubstr("queue, skip or replace"));
  EXPECT_THAT(FaultOfConcurrency("{ key: '${ .a | }' }"), HasSubstr("/concurrency/key"));
  EXPECT_THAT(FaultOfConcurrency("{ by: x }"), HasSubstr("/concurrency/by"));
}

TEST(ParseSchedule, KnowsATimeZoneForTheWholeWorkflowOnly) {
  EXPECT_EQ(ErrorOfTask("{ set: { n: 1 }, metadata: { switchboard: { timezone: Etc/UTC } } }").code,
            "WORKFLOW_FIELD_UNKNOWN");
}

TEST(ParseSchedule, ChecksItsFilters) {
  const auto error_of = [](const std::string& on) {
    return OnlyError(
        WorkflowWith("schedule: { on: " + on + " }\ndo: [ { a: { set: { n: 1 } } } ]"));
  };
  EXPECT_THAT(error_of("{ one: { with: { data: 1 } } }").message, HasSubstr("`type` is missing"));
  EXPECT_THAT(error_of("{ one: { with: { type: '${ .t }' } } }").message, HasSubstr("plain text"));
  EXPECT_THAT(error_of("{ one: { with: { type: a, data: '${ ( }' } } }").code,
              "WORKFLOW_EXPRESSION_INVALID");
  EXPECT_EQ(error_of("{ one: { with: { type: a, subjekt: b } } }").suggestion,
            "did you mean subject?");
  EXPECT_THAT(error_of("{ any: [] }").message, HasSubstr("at least one entry"));
  EXPECT_THAT(error_of("{}").message, HasSubstr("`one`, `any` or `all` is missing"));
}

TEST(ParseEvaluate, AcceptsOnlyStrictJq) {
  EXPECT_TRUE(
      Parse(WorkflowWith(
                "evaluate: { language: jq, mode: strict }\ndo: [ { a: { set: { n: 1 } } } ]"))
          .workflow.has_value());
  EXPECT_THAT(
      OnlyError(WorkflowWith("evaluate: { language: js }\ndo: [ { a: { set: { n: 1 } } } ]"))
          .message,
      HasSubstr("jq"));
  EXPECT_THAT(OnlyError(WorkflowWith("evaluate: { mode: loose }\ndo: [ { a: { set: { n: 1 } } } ]"))
                  .message,
              HasSubstr("strict"));
}

}  // namespace
}  // namespace sb::core::workflow
