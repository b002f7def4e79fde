#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/workflow/flow.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kSearch = WorkflowWith(R"(
do:
  - caller: { call: aircall.contacts.search, with: { phone_number: '${ .phone }' } }
)");

const std::string kComment = WorkflowWith(R"(
do:
  - note: { call: aircall.calls.comment, with: { call_id: 7, content: Please call back } }
)");

const std::string kDial = WorkflowWith(R"(
do:
  - ring: { call: aircall.calls.dial, with: { to: '+33612345678' } }
)");

const Error kOffline = Unavailable("HTTP_UNREACHABLE", "the provider cannot be reached");
const Error kLost = InDoubt("HTTP_NO_ANSWER", "the answer was lost");

TEST(Call, AsksForTheActionWithItsEvaluatedInput) {
  RunHarness run(kSearch);
  run.Start({{"phone", "+33612345678"}});
  const CallRequested& wanted = run.Wanted("caller");
  EXPECT_EQ(wanted.action, "aircall.contacts.search:1.0.0");
  EXPECT_EQ(wanted.input, (Json{{"phone_number", "+33612345678"}}));
  EXPECT_EQ(wanted.effect, EffectClass::kRead);
  EXPECT_EQ(run.status(), RunStatus::kRunning);
}

TEST(Call, YieldsTheActionsOutput) {
  RunHarness run(kSearch);
  run.Start({{"phone", "1"}});
  run.SucceedCall("caller", {{"contacts", {1, 2}}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"contacts", {1, 2}}}));
}

TEST(Call, FailsWithoutARequestWhenItsInputDoesNotFit) {
  RunHarness run(kSearch);
  run.Start({{"phone", 5}});
  EXPECT_THAT(run.requests(), IsEmpty());
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->title, "ACTION_INPUT_INVALID");
  EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/validation");
  EXPECT_THAT(run.run().error->detail, HasSubstr("with/phone_number must be a string"));
}

TEST(Call, FailsWhenItsExpressionFails) {
  RunHarness run(
      WorkflowWith("do: [ { caller: { call: aircall.contacts.search, with: { phone_number: '${ .a "
                   "+ 1 }' } } } ]"));
  run.Start({{"a", "text"}});
  EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/expression");
  EXPECT_EQ(run.run().error->status, 400);
  EXPECT_EQ(run.run().error->instance, "/do/0/caller");
}

TEST(Call, FailsWhenItsActionHasGoneAway) {
  RunHarness run(kSearch);
  run.actions().Remove("aircall.contacts.search");
  run.Start({{"phone", "1"}});
  EXPECT_EQ(run.run().error->title, "ACTION_UNKNOWN");
}

TEST(Call, RepeatsWithGrowingPausesWhenTheProviderIsAway) {
  RunHarness run(kSearch);
  run.Start({{"phone", "1"}});
  for (const int pause : {1, 2, 4, 8}) {
    run.FailCall("caller", kOffline);
    EXPECT_EQ(run.TaskNamed("caller").awaiting, Awaiting::kRetry);
    const auto wait = *run.TaskNamed("caller").due - run.now();
    EXPECT_GE(wait, seconds(pause));
    EXPECT_LE(wait, Millis(1250) * pause);
    run.Advance(Millis(1250) * pause);
  }
  EXPECT_THAT(run.requests(), SizeIs(5));
  EXPECT_EQ(run.requests().back(), "aircall.contacts.search:1.0.0#5");
  run.FailCall("caller", kOffline);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->status, 503);
  EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/communication");
  EXPECT_THAT(run.run().error->detail, HasSubstr("cannot be reached (tried 5 times)"));
}

TEST(Call, PausesDifferBetweenTasksSoThatTheyDoNotComeBackTogether) {
  EXPECT_NE(Jitter(RunId(1), "/do/0/a", 1), Jitter(RunId(1), "/do/0/a", 2));
  EXPECT_NE(Jitter(RunId(1), "/do/0/a", 1), Jitter(RunId(2), "/do/0/a", 1));
  EXPECT_EQ(Jitter(RunId(1), "/do/0/a", 1), Jitter(RunId(1), "/do/0/a", 1));
}

TEST(Call, WaitsAsLongAsTheServerAsks) {
  RunHarness run(kSearch);
  run.Start({{"phone", "1"}});
  run.FailCall("caller", RateLimited("RATE_LIMITED", "too many requests", seconds(30)));
  EXPECT_EQ(*run.TaskNamed("caller").due, run.now() + seconds(30));
  run.Advance(seconds(30));
  run.SucceedCall("caller", {{"contacts", Json::array()}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Call, TimeoutsAndCancelledRequestsAreRepeatedToo) {
  for (const Error& error :
       {TimedOut("HTTP_TIMEOUT", "nothing was sent"), Cancelled("HTTP_STOPPED", "stopping")}) {
    RunHarness run(kComment);
    run.Start();
    run.FailCall("note", error);
    EXPECT_EQ(run.TaskNamed("note").awaiting, Awaiting::kRetry) << error.code;
  }
}

TEST(Call, OurOwnDelayIsNoFailureOfTheProvider) {
  RunHarness run(kComment);
  run.Start();
  for (int i = 0; i < 12; ++i) {
    run.FailCall("note", Unavailable("ACTION_NOT_STARTED", "admitted too late"));
    run.Advance(seconds(2));
  }
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  EXPECT_EQ(run.TaskNamed("note").failures, 0);
}

TEST(Call, FailsAtOnceWhenTheProviderRefuses) {
  const struct {
    Error error;
    const char* type;
    int status;
  } refusals[] = {{Invalid("AIRCALL_INVALID", "bad"), "validation", 400},
                  {NotFound("AIRCALL_NOT_FOUND", "no such call"), "communication", 404},
                  {Conflict("AIRCALL_CONFLICT", "changed"), "communication", 409},
                  {Forbidden("AIRCALL_FORBIDDEN", "not for you"), "authorization", 403},
                  {Internal("BUG", "ours"), "runtime", 500}};

  for (const auto& refusal : refusals) {
    RunHarness run(kComment);
    run.Start();
    run.FailCall("note", refusal.error);
    EXPECT_EQ(run.status(), RunStatus::kFailed);
    EXPECT_EQ(run.run().error->type,
              std::string("https://serverlessworkflow.io/spec/1.0.0/errors/") + refusal.type);
    EXPECT_EQ(run.run().error->status, refusal.status);
    EXPECT_EQ(run.run().error->title, refusal.error.code);
    EXPECT_EQ(run.run().error->instance, "/do/0/note");
    EXPECT_EQ(run.TaskNamed("note").status, TaskStatus::kFailed);
  }
}

TEST(Call, ParksUntilTheAccountWorksAgain) {
  RunHarness run(kComment);
  run.Start();
  for (int i = 0; i < 7; ++i) {  // more often than a call may fail: it does not count
    run.FailCall("note",
                 Unauthorized("ACCOUNT_NEEDS_REAUTH", "the account must be connected again"));
    EXPECT_EQ(run.status(), RunStatus::kParked);
    EXPECT_EQ(run.run().parked_code, "ACCOUNT_NEEDS_REAUTH");
    EXPECT_EQ(run.run().parked_reason, "the account must be connected again");
    run.Resume();
    EXPECT_EQ(run.status(), RunStatus::kRunning);
  }
  EXPECT_EQ(run.Wanted("note").attempt, 8);
  run.SucceedCall("note", Json::object());
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Call, KeepsItsIdentityOverAllAttempts) {
  RunHarness run(kComment);
  run.Start();
  const std::string key = run.Wanted("note").op_key;
  EXPECT_THAT(
      key, ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
  run.FailCall("note", kOffline);
  run.Advance(seconds(2));
  EXPECT_EQ(run.Wanted("note").attempt, 2);
  EXPECT_EQ(run.Wanted("note").op_key, key);
}

TEST(Call, IsAnotherEffectWhenTheFlowComesBackToIt) {
  RunHarness run(WorkflowWith(R"(
do:
  - note: { call: aircall.calls.comment, with: { call_id: 7, content: again } }
  - back: { switch: [ { always: { then: note } } ] }
)"));
  run.Start();
  const std::string first_key = run.Wanted("note").op_key;
  run.SucceedCall("note", Json::object());
  EXPECT_NE(run.Wanted("note").op_key, first_key);
  EXPECT_EQ(run.Wanted("note").attempt, 2)
      << "a late outcome of the first entry must not fit the second";
  EXPECT_TRUE(run.Give(CallOutcome{"/do/0/note", 1, Json::object()}).facts.empty());
}

// ---- Unknown outcomes ----

TEST(UnknownOutcome, OfAReadIsRepeated) {
  RunHarness run(kSearch);
  run.Start({{"phone", "1"}});
  run.FailCall("caller", kLost);
  run.Advance(seconds(1));
  EXPECT_EQ(run.Wanted("caller").attempt, 2);
}

TEST(UnknownOutcome, OfAnIdempotentWriteIsRepeatedButNotForEver) {
  RunHarness run(
      WorkflowWith("do: [ { rename: { call: aircall.contacts.update, with: { contact_id: 3, "
                   "first_name: Ada } } } ]"));
  run.Start();
  for (int i = 0; i < 4; ++i) {
    run.FailCall("rename", kLost);
    run.Advance(seconds(1));
  }
  run.FailCall("rename", kLost);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->status, 503);
}

TEST(UnknownOutcome, OfAVerifiableWriteIsLookedUpAndAdopted) {
  RunHarness run(kComment);
  run.Start();
  run.AdmitCall("note");
  const WallTime sent_at = run.now();
  run.Advance(seconds(10));
  run.FailCall("note", kLost);
  EXPECT_EQ(run.TaskNamed("note").awaiting, Awaiting::kReadBack);
  run.Advance(seconds(0));
  ASSERT_THAT(run.read_backs(), SizeIs(1));
  EXPECT_EQ(run.read_backs()[0].round, 1);
  EXPECT_EQ(run.read_backs()[0].requested_at, sent_at);
  EXPECT_EQ(run.read_backs()[0].request.input,
            (Json{{"call_id", 7}, {"content", "Please call back"}}));
  run.FindEffect("note", {{"adopted", true}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"adopted", true}}));
  EXPECT_THAT(run.requests(), SizeIs(1)) << "found: nothing is sent twice";
}

TEST(UnknownOutcome, IsSentAgainOnlyWhenTheEffectIsNotThereAfterTheLastLook) {
  RunHarness run(kComment);  // it looks after 0 s and after 2 s more
  run.Start();
  run.FailCall("note", kLost);
  run.Advance(seconds(0));
  run.FindNothing("note");
  EXPECT_THAT(run.requests(), SizeIs(1));
  run.Advance(milliseconds(1999));
  EXPECT_THAT(run.read_backs(), SizeIs(1));
  run.Advance(milliseconds(1));
  ASSERT_THAT(run.read_backs(), SizeIs(2));
  EXPECT_EQ(run.read_backs()[1].round, 2);
  run.FindNothing("note");
  EXPECT_THAT(run.requests(),
              ElementsAre("aircall.calls.comment:1.0.0#1", "aircall.calls.comment:1.0.0#2"));
}

TEST(UnknownOutcome, IsLookedUpAgainWhenTheLookItselfFailed) {
  RunHarness run(kComment);
  run.Start();
  run.FailCall("note", kLost);
  run.Advance(seconds(0));
  run.FailReadBack("note", kOffline);
  EXPECT_EQ(run.TaskNamed("note").read_back_round, 1);
  run.Advance(seconds(2));
  ASSERT_THAT(run.read_backs(), SizeIs(2));
  EXPECT_EQ(run.read_backs()[1].round, 1) << "the same round: the effect was not looked for yet";
  run.FindEffect("note", Json::object());
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(UnknownOutcome, WaitsForAPersonWhenItCannotBeLookedUp) {
  RunHarness run(kComment);
  run.Start();
  run.FailCall("note", kLost);
  run.Advance(seconds(0));
  for (int i = 0; i < 5; ++i) {
    run.FailReadBack("note", kOffline);
    run.Advance(seconds(60));
  }
  EXPECT_EQ(run.status(), RunStatus::kParked);
  EXPECT_EQ(run.run().parked_code, "OUTCOME_UNKNOWN");
  run.Resume();
  run.Advance(seconds(0));
  EXPECT_EQ(run.TaskNamed("note").awaiting, Awaiting::kReadBack)
      << "resumed, it looks again before it sends again";
  run.FailReadBack("note", kOffline);
  EXPECT_EQ(run.status(), RunStatus::kRunning) << "and it has its full patience again";
}

TEST(UnknownOutcome, ALookThatIsRefusedWaitsForAPerson) {
  RunHarness run(kComment);
  run.Start();
  run.FailCall("note", kLost);
  run.Advance(seconds(0));
  run.FailReadBack("note", NotFound("AIRCALL_NOT_FOUND", "the call is gone"));
  EXPECT_EQ(run.run().parked_code, "OUTCOME_UNKNOWN");
  EXPECT_THAT(run.run().parked_reason, HasSubstr("the call is gone"));
}

TEST(UnknownOutcome, ALookWithoutCredentialWaitsForTheAccount) {
  RunHarness run(kComment);
  run.Start();
  run.FailCall("note", kLost);
  run.Advance(seconds(0));
  run.FailReadBack("note", Unauthorized("ACCOUNT_NEEDS_REAUTH", "connect again"));
  EXPECT_EQ(run.run().parked_code, "ACCOUNT_NEEDS_REAUTH");
  run.Resume();
  run.Advance(seconds(0));
  EXPECT_THAT(run.read_backs(), SizeIs(2));
  EXPECT_THAT(run.requests(), SizeIs(1)) << "nothing was sent again without a look";
}

TEST(UnknownOutcome, AnEffectThatIsNeverThereEndsAfterFiveTries) {
  RunHarness run(kComment);
  run.Start();
  for (int i = 0; i < 5; ++i) {
    run.FailCall("note", kLost);
    run.Advance(seconds(0));
    run.FindNothing("note");
    run.Advance(seconds(2));
    run.FindNothing("note");
  }
  EXPECT_THAT(run.requests(), SizeIs(5));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(UnknownOutcome, OfABlindActionWaitsForAPerson) {
  RunHarness run(kDial);
  run.Start();
  run.FailCall("ring", kLost);
  EXPECT_EQ(run.status(), RunStatus::kParked);
  EXPECT_EQ(run.run().parked_code, "OUTCOME_UNKNOWN");
  EXPECT_THAT(run.run().parked_reason,
              HasSubstr("nobody knows whether aircall.calls.dial:1.0.0 took effect"));
  run.Resume();
  EXPECT_EQ(run.Wanted("ring").attempt, 2) << "who resumes says that it did not happen";
}

TEST(UnknownOutcome, OfABlindActionFollowsTheTasksPolicyBeforeTheDocuments) {
  const auto with_policies = [](const std::string& document, const std::string& task) {
    return "document: { dsl: '1.0.3', namespace: test, name: story, version: '1.0.0', metadata: { "
           "switchboard: { " +
           document +
           " } } }\ndo:\n  - ring: { call: aircall.calls.dial, with: { to: '1' }, metadata: { "
           "switchboard: { " +
           task + " } } }\n";
  };
  RunHarness retried(with_policies("on_unknown_outcome: retry", ""));
  retried.Start();
  retried.FailCall("ring", kLost);
  retried.Advance(seconds(1));
  EXPECT_EQ(retried.Wanted("ring").attempt, 2);

  RunHarness assumed(with_policies("on_unknown_outcome: retry", "on_unknown_outcome: assume_done"));
  assumed.Start();
  assumed.FailCall("ring", kLost);
  EXPECT_EQ(assumed.status(), RunStatus::kSucceeded);
  EXPECT_EQ(assumed.output(), Json());
}

// ---- After a crash ----

TEST(Unfinished, ACallWhoseIntentIsNotStoredWasNotSentAndIsMadeAgain) {
  RunHarness run(kComment);
  run.Start();
  const Unfinished unfinished = FindUnfinished(run.run());
  EXPECT_THAT(unfinished.in_doubt, IsEmpty());
  ASSERT_THAT(unfinished.effects, SizeIs(1));
  EXPECT_EQ(std::get<PerformCall>(unfinished.effects[0]).request, run.Wanted("note"));
}

TEST(Unfinished, ACallWhoseIntentIsStoredIsInDoubt) {
  RunHarness run(kComment);
  run.Start();
  run.AdmitCall("note");
  const Unfinished unfinished = FindUnfinished(run.run());
  EXPECT_THAT(unfinished.effects, IsEmpty());
  ASSERT_THAT(unfinished.in_doubt, SizeIs(1));
  EXPECT_EQ(unfinished.in_doubt[0].result.error().kind, ErrorKind::kInDoubt);
  run.Give(unfinished.in_doubt[0]);
  EXPECT_EQ(run.TaskNamed("note").awaiting, Awaiting::kReadBack);
}

TEST(Unfinished, TimersRetriesAndLooksGoOn) {
  RunHarness run(kComment);
  run.Start();
  run.FailCall("note", kOffline);
  ASSERT_THAT(FindUnfinished(run.run()).effects, SizeIs(1));
  EXPECT_EQ(std::get<WakeAt>(FindUnfinished(run.run()).effects[0]).due, *run.TaskNamed("note").due);
  run.Advance(seconds(2));
  run.FailCall("note", kLost);
  run.Advance(seconds(0));
  ASSERT_THAT(FindUnfinished(run.run()).effects, SizeIs(1));
  EXPECT_EQ(std::get<PerformReadBack>(FindUnfinished(run.run()).effects[0]).round, 1);
}

TEST(Unfinished, AParkedOrEndedRunWaitsForNothing) {
  RunHarness run(kDial);
  run.Start();
  run.FailCall("ring", kLost);
  EXPECT_THAT(FindUnfinished(run.run()).effects, IsEmpty());
  run.Cancel("enough");
  EXPECT_THAT(FindUnfinished(run.run()).effects, IsEmpty());
}

// ---- Admission ----

TEST(Admission, StoresTheIntentAndThenLetsTheRequestLeave) {
  RunHarness run(kComment);
  run.Start();
  const Decision decision = run.Give(CallAdmitted{"/do/0/note", 1});
  ASSERT_THAT(decision.facts, SizeIs(1));
  EXPECT_EQ(std::get<CallStarted>(decision.facts[0].body).op_key, run.Wanted("note").op_key);
  ASSERT_THAT(decision.effects, SizeIs(1));
  EXPECT_EQ(std::get<SendCall>(decision.effects[0]).ref, "/do/0/note");
}

TEST(Admission, ComesAgainForTheSameAttemptAfterTooManyRequests) {
  RunHarness run(kComment);
  run.Start();
  run.AdmitCall("note");
  run.Advance(seconds(60));
  EXPECT_THAT(run.Give(CallAdmitted{"/do/0/note", 1}).effects, SizeIs(1));
  EXPECT_EQ(*run.TaskNamed("note").requested_at, run.now());
}

TEST(Admission, IsRefusedForACallThatIsNoLongerWanted) {
  RunHarness run(kComment);
  run.Start();
  EXPECT_THAT(run.Give(CallAdmitted{"/do/0/note", 2}).effects, IsEmpty());
  EXPECT_THAT(run.Give(CallAdmitted{"/do/9/none", 1}).effects, IsEmpty());
  run.Cancel("enough");
  EXPECT_THAT(run.Give(CallAdmitted{"/do/0/note", 1}).effects, IsEmpty());
}

}  // namespace
}  // namespace sb::core::workflow
