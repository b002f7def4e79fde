// The shipped workflows that tell a chat.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/shipped/shipped_workflow.h"

namespace sb::live {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// A chat that does not take the first message.
Answer TakeTheSecond(const Asked& asked) {
  return {asked.number == 1 ? 500 : 200};
}

std::vector<std::string> TextsOf(const std::vector<Asked>& messages) {
  std::vector<std::string> texts;
  for (const Asked& message : messages) texts.push_back(TextMember(message.body, "text"));
  return texts;
}

// ---- notify-on-missed-vip

class NotifyOnMissedVip : public ShippedWorkflow {};

TEST_F(NotifyOnMissedVip, TellsOfThoseWhoAreImportantAndOfNobodyElse) {
  services_.On("POST /hooks/missed-calls", TakeTheSecond);
  system_.Control(
      "POST", "contacts",
      {{"first_name", "Lea"},
       {"information", "likes tea; #VIP"},
       {"phone_numbers", Json::array({{{"label", "Work"}, {"value", "+33600000007"}}})}});
  SwitchOn("notify-on-missed-vip", "call.ended",
           {{"numbers: ['+16175550142']", "numbers: ['0033 6-39-98 01 10']"},
            {"companies: [Lumen Tools]", "companies: ['', LUMEN tools]"}});

  const std::int64_t missed = Place({{"from", "+16175550142"}, {"answered", false}});
  EndedRunsOf("notify-on-missed-vip", 1);
  EXPECT_THAT(TextsOf(services_.AskedFor("POST /hooks/missed-calls")),
              ElementsAre(HasSubstr("Priya"),
                          "Missed call from Priya Banerjee (Lumen Tools), +1 617-555-0142, on "
                          "Support US: nobody picked up."));

  Deliver("call.ended", missed);
  Place({{"from", "+33639980110"}, {"answered", false}, {"voicemail_seconds", 12}});
  Place({{"from", "+33600000007"},
         {"answered", false},
         {"missed_call_reason", "out_of_opening_hours"}});
  // None of these: hidden, answered, called by us, and unknown.
  Place({{"from", "anonymous"}, {"answered", false}});
  Place({{"from", "+16175550142"}, {"answered", true}});
  Place({{"direction", "outbound"}, {"to", "+16175550142"}, {"answered", false}});
  Place({{"from", "+33612345678"}, {"answered", false}});
  for (const Json& run : EndedRunsOf("notify-on-missed-vip", 4))
    EXPECT_EQ(run.at("state"), "STATE_SUCCEEDED") << run.dump(2);

  auto told = TextsOf(services_.AskedFor("POST /hooks/missed-calls"));
  ASSERT_THAT(told, SizeIs(4));
  std::ranges::sort(told);
  EXPECT_THAT(told[0], AllOf(HasSubstr("Lea, "), HasSubstr("outside of the opening hours")));
  EXPECT_THAT(told[1], AllOf(HasSubstr("Marc Delaunay, "), EndsWith("A voicemail was left.")));
}

// ---- unreturned-missed-calls

class UnreturnedMissedCalls : public ShippedWorkflow {
 protected:
  UnreturnedMissedCalls() { MakeTag("Not returned"); }

  /// Switches it on with a time limit that is over at once.
  void SwitchOnImpatiently(Edits edits = {}) {
    edits.emplace_back("time_limit: PT2H", "time_limit: PT0.05S");
    SwitchOn("unreturned-missed-calls", "call.ended", edits);
  }

  void ExpectOneGoodRun() {
    EXPECT_EQ(EndedRunsOf("unreturned-missed-calls", 1).front().at("state"), "STATE_SUCCEEDED");
  }

  std::vector<std::string> Alarms() {
    return TextsOf(services_.AskedFor("POST /hooks/unreturned-calls"));
  }
};

TEST_F(UnreturnedMissedCalls, TakesACallerOffTheDeskWhenSomebodyCallsBack) {
  SwitchOn("unreturned-missed-calls", "call.ended");
  const std::int64_t first = Place({{"from", "+16175550142"}, {"answered", false}});
  Place({{"from", "+16175550142"}, {"answered", false}});
  Place({{"from", "anonymous"}, {"answered", false}});
  Place({{"from", "+33639980110"}, {"answered", false}});
  auto runs = RunsOf("unreturned-missed-calls", 3);
  AwaitTask(runs[0], "callBack");
  AwaitTask(runs[2], "callBack");

  // We call the one, who does not pick up; the other calls again and reaches us.
  Place({{"direction", "outbound"}, {"to", "+16175550142"}, {"answered", false}});
  Place({{"from", "+33639980110"}, {"answered", true}});
  runs = EndedRunsOf("unreturned-missed-calls", 3);
  EXPECT_EQ(runs[0].at("state"), "STATE_SUCCEEDED");
  EXPECT_EQ(runs[1].at("state"), "STATE_CANCELLED") << "the caller has a place already";
  EXPECT_EQ(runs[2].at("state"), "STATE_SUCCEEDED");
  EXPECT_THAT(Alarms(), IsEmpty());
  EXPECT_THAT(TagsOf(first), IsEmpty());
}

TEST_F(UnreturnedMissedCalls, TagsAndTellsWhenTheTimeIsOver) {
  services_.On("POST /hooks/unreturned-calls", TakeTheSecond);
  SwitchOnImpatiently();
  LoseEvents(true);
  const std::int64_t first = Place({{"from", "+33639980110"}, {"answered", false}});
  const std::int64_t again = Place({{"from", "+33639980110"}, {"answered", false}});
  const std::int64_t other = Place({{"from", "+16175550142"}, {"answered", false}});
  LoseEvents(false);
  Deliver("call.ended", first);

  ExpectOneGoodRun();
  EXPECT_THAT(TagsOf(first), ElementsAre("Not returned"));
  EXPECT_THAT(TagsOf(again), ElementsAre("Not returned"));
  EXPECT_THAT(TagsOf(other), IsEmpty());
  ASSERT_THAT(Alarms(), SizeIs(2)) << "once refused, once taken";
  EXPECT_THAT(Alarms().back(),
              AllOf(HasSubstr("Nobody has called back Marc Delaunay, +33 6 39 98 01 10"),
                    HasSubstr("Support US"), HasSubstr("tried 2 times")));
}

TEST_F(UnreturnedMissedCalls, IsSilentWhenACallBackWasMadeThatNoEventToldOf) {
  SwitchOnImpatiently();
  LoseEvents(true);
  const std::int64_t missed = Place({{"from", "+33639980110"}, {"answered", false}});
  LetTimePass(600);
  Place({{"direction", "outbound"}, {"to", "+33639980110"}, {"answered", true}});
  LoseEvents(false);
  Deliver("call.ended", missed);

  ExpectOneGoodRun();
  EXPECT_THAT(Alarms(), IsEmpty());
  EXPECT_THAT(TagsOf(missed), IsEmpty());
}

TEST_F(UnreturnedMissedCalls, TellsAlsoWithoutTheTag) {
  SwitchOnImpatiently({{"tag: Not returned", "tag: Never made"}});
  const std::int64_t missed = Place({{"from", "+33612345678"}, {"answered", false}});
  ExpectOneGoodRun();
  EXPECT_THAT(TagsOf(missed), IsEmpty());
  EXPECT_THAT(Alarms(), ElementsAre(AllOf(HasSubstr("called back +33 6 12 34 56 78"),
                                          Not(HasSubstr("tried")))));
}

// ---- daily-call-summary

class DailyCallSummary : public ShippedWorkflow {
 protected:
  /// What is posted for the day that ends then.
  std::string SummaryUntil(const std::string& due) {
    const Json run = PlayByHand("daily-call-summary", {{"due", due}});
    EXPECT_EQ(run.at("state"), "STATE_SUCCEEDED") << run.dump(2);
    const auto told = TextsOf(services_.AskedFor("POST /hooks/daily-calls"));
    return told.empty() ? "" : told.back();
  }

  std::string Now() { return system_.Control("GET", "clock").at("clock").at("now"); }
};

TEST_F(DailyCallSummary, AddsUpAllPagesOfTheDay) {
  services_.On("POST /hooks/daily-calls", TakeTheSecond);
  for (int i = 0; i < 40; ++i) {
    Place({{"from", "+16175550142"},
           {"user_id", i < 30 ? 2100001 : 2100002},
           {"ring_seconds", 10},
           {"talk_seconds", 60}});
  }
  for (int i = 0; i < 10; ++i) Place({{"from", "anonymous"}, {"answered", false}});
  Place({{"from", "+33612345678"},
         {"answered", false},
         {"voicemail_seconds", 20},
         {"missed_call_reason", "out_of_opening_hours"}});
  for (int i = 0; i < 5; ++i)
    Place({{"direction", "outbound"}, {"to", "+33612345678"}, {"answered", false}});
  Place({{"from", "+16175550142"}, {"pace", "real"}});  // it rings, and is counted tomorrow
  LetTimePass(5);

  Deploy("daily-call-summary");
  const std::string told = SummaryUntil(Now());
  EXPECT_THAT(services_.AskedFor("POST /hooks/daily-calls"), SizeIs(2));
  EXPECT_THAT(told, HasSubstr("Inbound: 51, answered 40 (78 %), after 10 s on average\n"));
  EXPECT_THAT(told, HasSubstr("Missed: 11: nobody picked up 10, outside of the opening hours 1; "
                              "voicemails 1\n"));
  EXPECT_THAT(told, HasSubstr("Outbound: 5, reached 0 (0 %)\n"));
  EXPECT_THAT(told, HasSubstr("Talked: 40 min 0 s, 1 min 0 s a call\n"));
  EXPECT_THAT(told, EndsWith("By agent: Ines Marchetti 30, Tom Okafor 10"));

  EXPECT_EQ(SummaryUntil("2026-01-02T20:00:00Z"),
            "*Calls from 01 Jan 20:00 to 02 Jan 20:00 UTC*\nInbound: 0, answered 0\nOutbound: 0, "
            "reached 0");
}

TEST_F(DailyCallSummary, IsDueEveryEveningByTheClocksOfItsPlace) {
  Deploy("daily-call-summary");
  system_.Cli({"workflow", "enable", "switchboard/daily-call-summary", "--all-accounts"});
  const Json workflow = system_.Cli({"workflow", "get", "switchboard/daily-call-summary"});
  EXPECT_THAT(TextMember(workflow, "next_run_time"),
              AnyOf(HasSubstr("T18:00:00"), HasSubstr("T19:00:00")))
      << "20:00 in Paris";
}

}  // namespace
}  // namespace sb::live
