#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/workflow/run.h"

namespace sb::core::workflow {
namespace {

const WallTime kAt = WallTime(std::chrono::microseconds(1'780'306'200'000'001));

/// Every fact with every member in use, and the exact text that the journal keeps for ever.
struct Stored {
  FactBody body;
  const char* json;
};

const std::vector<Stored>& AllFacts() {
  static const TaskError kError{"https://serverlessworkflow.io/spec/1.0.0/errors/communication",
                                503, "AWAY", "gone", "/do/0/a"};
  static const Error kFailure{ErrorKind::kRateLimited, "RATE_LIMITED", "slow down", Millis(1500)};
  static const std::vector<Stored> kFacts = {
      {RunStarted{{{"n", 1}}, Json(7)},
       R"({"at":1780306200000001,"flow":7,"input":{"n":1},"is":"run_started","v":1})"},
      {TaskEntered{"/do/0/a", "a", "call", Json("x")},
       R"({"at":1780306200000001,"input":"x","is":"task_entered","kind":"call","name":"a","ref":"/do/0/a","v":1})"},
      {RoundStarted{"/do/0/a", 2, Json{1, 2}},
       R"({"at":1780306200000001,"is":"round_started","items":[1,2],"ref":"/do/0/a","round":2,"v":1})"},
      {CallRequested{"/do/0/a", 3, "x.y:1.0.0", {{"n", 1}}, EffectClass::kVerifiable, "key"},
       R"({"action":"x.y:1.0.0","at":1780306200000001,"attempt":3,"effect":"verifiable","input":{"n":1},"is":"call_requested","op_key":"key","ref":"/do/0/a","v":1})"},
      {CallStarted{"/do/0/a", 3, "key"},
       R"({"at":1780306200000001,"attempt":3,"is":"call_started","op_key":"key","ref":"/do/0/a","v":1})"},
      {CallEnded{"/do/0/a", 3, {{"n", 1}}, {}},
       R"({"at":1780306200000001,"attempt":3,"is":"call_ended","output":{"n":1},"ref":"/do/0/a","v":1})"},
      {CallEnded{"/do/0/a", 3, {}, kFailure},
       R"({"at":1780306200000001,"attempt":3,"error":{"code":"RATE_LIMITED","kind":"rate_limited","message":"slow down","retry_after_ms":1500},"is":"call_ended","ref":"/do/0/a","v":1})"},
      {ReadBackPlanned{"/do/0/a", 3, 2, kAt},
       R"({"at":1780306200000001,"attempt":3,"due":1780306200000001,"is":"read_back_planned","ref":"/do/0/a","round":2,"v":1})"},
      {ReadBackEnded{"/do/0/a", 3, 2, true, Json(5), {}},
       R"({"at":1780306200000001,"attempt":3,"found":true,"is":"read_back_ended","output":5,"ref":"/do/0/a","round":2,"v":1})"},
      {ReadBackEnded{"/do/0/a", 3, 2, false, {}, kFailure},
       R"({"at":1780306200000001,"attempt":3,"error":{"code":"RATE_LIMITED","kind":"rate_limited","message":"slow down","retry_after_ms":1500},"is":"read_back_ended","ref":"/do/0/a","round":2,"v":1})"},
      {RetryPlanned{"/do/0/a", 4, kAt, "AWAY"},
       R"({"at":1780306200000001,"due":1780306200000001,"is":"retry_planned","next_attempt":4,"reason":"AWAY","ref":"/do/0/a","v":1})"},
      {TimerSet{"/do/0/a", kAt},
       R"({"at":1780306200000001,"due":1780306200000001,"is":"timer_set","ref":"/do/0/a","v":1})"},
      {TimerFired{"/do/0/a"},
       R"({"at":1780306200000001,"is":"timer_fired","ref":"/do/0/a","v":1})"},
      {ErrorCaught{"/do/0/a", kError},
       R"({"at":1780306200000001,"error":{"detail":"gone","instance":"/do/0/a","status":503,"title":"AWAY","type":"https://serverlessworkflow.io/spec/1.0.0/errors/communication"},"is":"error_caught","ref":"/do/0/a","v":1})"},
      {TaskCompleted{"/do/0/a", Json(1), Json{{"c", 2}}, true, "next"},
       R"({"at":1780306200000001,"context":{"c":2},"is":"task_completed","output":1,"ref":"/do/0/a","skipped":true,"then":"next","v":1})"},
      {TaskCompleted{"/do/0/a", {}, {}, false, "continue"},
       R"({"at":1780306200000001,"is":"task_completed","ref":"/do/0/a","v":1})"},
      {TaskFailed{"/do/0/a", {"x", 400, "", "", ""}},
       R"({"at":1780306200000001,"error":{"status":400,"type":"x"},"is":"task_failed","ref":"/do/0/a","v":1})"},
      {RunParked{"OUTCOME_UNKNOWN", "why", "/do/0/a"},
       R"({"at":1780306200000001,"code":"OUTCOME_UNKNOWN","is":"run_parked","reason":"why","ref":"/do/0/a","v":1})"},
      {RunResumed{}, R"({"at":1780306200000001,"is":"run_resumed","v":1})"},
      {RunSucceeded{Json(1)}, R"({"at":1780306200000001,"is":"run_succeeded","output":1,"v":1})"},
      {RunSucceeded{}, R"({"at":1780306200000001,"is":"run_succeeded","v":1})"},
      {RunFailed{{"x", 400, "", "", ""}},
       R"({"at":1780306200000001,"error":{"status":400,"type":"x"},"is":"run_failed","v":1})"},
      {RunCancelled{"enough"},
       R"({"at":1780306200000001,"is":"run_cancelled","reason":"enough","v":1})"},
      {RunStarted{{{"n", 1}}, {}, "", 2},
       R"({"at":1780306200000001,"depth":2,"input":{"n":1},"is":"run_started","v":1})"},
      {DeadlineSet{"/do/0/a", kAt, true},
       R"({"at":1780306200000001,"due":1780306200000001,"is":"deadline_set","of_round":true,"ref":"/do/0/a","v":1})"},
      {DeadlineSet{"", kAt, false},
       R"({"at":1780306200000001,"due":1780306200000001,"is":"deadline_set","v":1})"},
      {TasksCancelled{"/do/0/a"},
       R"({"at":1780306200000001,"is":"tasks_cancelled","ref":"/do/0/a","v":1})"},
      {OutcomeHeld{"/do/0/a", 3, Json(5), {}},
       R"({"at":1780306200000001,"attempt":3,"is":"outcome_held","output":5,"ref":"/do/0/a","v":1})"},
      {OutcomeHeld{"/do/0/a", 3, {}, kFailure},
       R"({"at":1780306200000001,"attempt":3,"error":{"code":"RATE_LIMITED","kind":"rate_limited","message":"slow down","retry_after_ms":1500},"is":"outcome_held","ref":"/do/0/a","v":1})"},
      {EventEmitted{"/do/0/a", {{"type", "t"}}},
       R"({"at":1780306200000001,"event":{"type":"t"},"is":"event_emitted","ref":"/do/0/a","v":1})"},
      {ListenStarted{"/do/0/a"},
       R"({"at":1780306200000001,"is":"listen_started","ref":"/do/0/a","v":1})"},
      {EventConsumed{"/do/0/a", "evt_1", 2, true, Json(5), {{"k", 7}}},
       R"({"at":1780306200000001,"ends":true,"event_id":"evt_1","filter":2,"is":"event_consumed","keys":{"k":7},"ref":"/do/0/a","v":1,"value":5})"},
      {TurnAwaited{"c7", "/do/0/a"},
       R"({"at":1780306200000001,"from":"/do/0/a","is":"turn_awaited","key":"c7","v":1})"},
      {RunSnapshot{{{"entered", 1}}, 13},
       R"({"at":1780306200000001,"is":"run_snapshot","size":13,"state":{"entered":1},"v":1})"},
      {TurnTaken{}, R"({"at":1780306200000001,"is":"turn_taken","v":1})"},
      {InputGathered{Json(7)}, R"({"at":1780306200000001,"flow":7,"is":"input_gathered","v":1})"},
      {TaskExtended{"/do/0/a", {"log", "mock"}},
       R"({"at":1780306200000001,"extensions":["log","mock"],"is":"task_extended","ref":"/do/0/a","v":1})"},
      {ExtensionMoved{"/do/0/a", 2, Json(5), "next"},
       R"({"at":1780306200000001,"is":"extension_moved","output":5,"ref":"/do/0/a","step":2,"then":"next","v":1})"},
      {ListenEnded{"/do/0/a"},
       R"({"at":1780306200000001,"is":"listen_ended","ref":"/do/0/a","v":1})"},
      {RoundEnded{"/do/0/a", 2, Json(5), Json{{"c", 2}}},
       R"({"at":1780306200000001,"context":{"c":2},"is":"round_ended","output":5,"ref":"/do/0/a","round":2,"v":1})"},
      {ChildWanted{"/do/0/a", "acme", "help", "1.0.0", Json(5), false, "key"},
       R"({"at":1780306200000001,"await":false,"input":5,"is":"child_wanted","name":"help","namespace":"acme","op_key":"key","ref":"/do/0/a","v":1,"version":"1.0.0"})"},
      {ChildStarted{"/do/0/a", "run_1"},
       R"({"at":1780306200000001,"child":"run_1","is":"child_started","ref":"/do/0/a","v":1})"},
      {ChildEnded{"/do/0/a", Json(5), {}},
       R"({"at":1780306200000001,"is":"child_ended","output":5,"ref":"/do/0/a","v":1})"},
      {ChildEnded{"/do/0/a", {}, TaskError{"x", 400, "", "", ""}},
       R"({"at":1780306200000001,"error":{"status":400,"type":"x"},"is":"child_ended","ref":"/do/0/a","v":1})"}};
  return kFacts;
}

TEST(FactJson, IsTheTextThatJournalsHold) {
  for (const Stored& fact : AllFacts())
    EXPECT_EQ(DumpJson(ToJson(Fact{kAt, fact.body})), fact.json);
}

TEST(FactJson, ReadsBackWhatItWrote) {
  for (const Stored& fact : AllFacts()) {
    const auto read = FactFromJson(*ParseJson(fact.json));
    ASSERT_TRUE(read.ok()) << fact.json;
    EXPECT_EQ(read->at, kAt);
    EXPECT_EQ(read->body.index(), fact.body.index());
    EXPECT_EQ(DumpJson(ToJson(*read)), fact.json);
  }
}

TEST(FactJson, CoversEveryKindOfFact) {
  std::set<std::size_t> kinds;
  for (const Stored& fact : AllFacts()) kinds.insert(fact.body.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<FactBody>);
}

TEST(FactJson, KeepsAnOutputThatIsNullApartFromNone) {
  const Json stored = ToJson(Fact{kAt, TaskCompleted{"/do/0/a", Json(), {}, false, "continue"}});
  const auto read = FactFromJson(stored);
  EXPECT_TRUE(std::get<TaskCompleted>(read->body).output.has_value());
}

TEST(FactJson, RefusesWhatItDoesNotKnow) {
  for (const char* damaged :
       {R"({"v":2,"at":1,"is":"run_resumed"})", R"({"at":1,"is":"run_resumed"})",
        R"({"v":1,"at":1,"is":"nothing"})", R"({"v":1,"is":"run_resumed"})",
        R"({"v":1,"at":1,"is":"timer_fired"})", R"({"v":1,"at":1,"is":"timer_fired","ref":5})",
        R"({"v":1,"at":"x","is":"run_resumed"})", R"([])", R"(null)",
        R"({"v":1,"at":1,"is":"call_ended","ref":"a","attempt":1})",
        R"({"v":1,"at":1,"is":"task_failed","ref":"a","error":{"type":"x"}})"}) {
    const auto read = FactFromJson(*ParseJson(damaged));
    ASSERT_FALSE(read.ok()) << damaged;
    EXPECT_EQ(read.error().kind, ErrorKind::kInternal);
    EXPECT_EQ(read.error().code, "JOURNAL_UNREADABLE");
  }
}

TEST(Apply, IgnoresFactsThatDoNotFit) {
  workflow::Run run = Apply(workflow::Run(), {kAt, RunStarted{Json::object(), {}}});
  const workflow::Run before = run;
  for (const Stored& fact : AllFacts()) {
    const bool about_the_run = std::holds_alternative<RunParked>(fact.body) ||
                               std::holds_alternative<RunSucceeded>(fact.body) ||
                               std::holds_alternative<RunFailed>(fact.body) ||
                               std::holds_alternative<RunCancelled>(fact.body) ||
                               std::holds_alternative<TaskEntered>(fact.body) ||
                               std::holds_alternative<DeadlineSet>(fact.body) ||
                               std::holds_alternative<TurnAwaited>(fact.body) ||
                               std::holds_alternative<RunSnapshot>(fact.body);
    if (about_the_run) continue;
    run = Apply(std::move(run), {kAt, fact.body});
    EXPECT_EQ(run, before) << fact.json;
  }
}

TEST(Apply, ChangesNothingOnceTheRunHasEnded) {
  workflow::Run run = Apply(workflow::Run(), {kAt, RunStarted{Json::object(), {}}});
  run = Apply(std::move(run), {kAt, RunCancelled{"enough"}});
  const workflow::Run before = run;
  for (const Stored& fact : AllFacts()) {
    run = Apply(std::move(run), {kAt, fact.body});
    EXPECT_EQ(run, before) << fact.json;
  }
}

}  // namespace
}  // namespace sb::core::workflow
