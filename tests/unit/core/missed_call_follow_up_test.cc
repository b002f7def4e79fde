#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "engine/core/workflow/trigger.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;

/// The shipped workflow, played against the calls of its story.
class MissedCallFollowUp : public ::testing::Test {
 protected:
  static std::string Definition() { return *ReadFile("workflows/missed-call-follow-up.yaml"); }

  static event::CloudEvent Call(const std::string& direction, const Json& answered_at,
                                const std::string& digits) {
    return {EventId(1),
            AccountId(2),
            "io.aircall.call.ended",
            "calls/4190000017",
            WallTime(),
            {{"id", 4190000017},
             {"direction", direction},
             {"answered_at", answered_at},
             {"raw_digits", digits}}};
  }

  static event::CloudEvent Missed() { return Call("inbound", nullptr, "+33 6 12 34 56 78"); }

  static Json Contacts(const Json& contacts) {
    return {{"contacts", contacts}, {"meta", {{"total", contacts.size()}}}};
  }

  static Json Tags() {
    return {{"tags", {{{"id", 1}, {"name", "Sales"}}, {{"id", 31}, {"name", "Follow Up"}}}},
            {"meta", Json::object()}};
  }

  RunHarness run_{Definition()};
};

TEST_F(MissedCallFollowUp, StartsForMissedInboundCallsOnly) {
  const support::FakeActionCatalog actions = support::FakeActionCatalog::Aircall();
  const Workflow workflow = ParseOrDie(Definition(), actions);
  const auto starts = [&](const event::CloudEvent& event) {
    return *Matches(workflow, event, TestExpressions());
  };
  EXPECT_TRUE(starts(Missed()));
  EXPECT_FALSE(starts(Call("inbound", 1780306200, "+33 6")));
  EXPECT_FALSE(starts(Call("outbound", nullptr, "+33 6")));
}

TEST_F(MissedCallFollowUp, NamesAKnownCallerInTheNoteAndTagsTheCall) {
  run_.Start(TriggerInput(Missed()));
  EXPECT_EQ(run_.Wanted("caller").input, (Json{{"phone_number", "+33 6 12 34 56 78"}}));
  run_.SucceedCall("caller",
                   Contacts({{{"id", 5}, {"first_name", "Ada"}, {"last_name", "Martin"}}}));
  EXPECT_EQ(run_.Wanted("note").input,
            (Json{{"call_id", 4190000017},
                  {"content", "Missed call from Ada Martin. Please call back."}}));
  run_.SucceedCall("note", Json::object());
  run_.SucceedCall("followUpTag", Tags());
  EXPECT_EQ(run_.Wanted("tag").input, (Json{{"call_id", 4190000017}, {"tags", {31}}}));
  run_.SucceedCall("tag", Json::object());
  EXPECT_EQ(run_.status(), RunStatus::kSucceeded);
  EXPECT_THAT(run_.Path(), ElementsAre("caller", "isNewCaller", "note", "followUpTag", "tag"));
}

TEST_F(MissedCallFollowUp, AddsACallerWhomNobodyKnows) {
  run_.Start(TriggerInput(Missed()));
  run_.SucceedCall("caller", Contacts(Json::array()));
  EXPECT_EQ(run_.Wanted("newContact").input["phone_numbers"],
            (Json{{{"label", "Work"}, {"value", "+33 6 12 34 56 78"}}}));
  run_.SucceedCall("newContact", {{"id", 8}});
  EXPECT_EQ(run_.Wanted("note").input["content"],
            "Missed call from a new caller, now in the contacts. Please call back.");
}

TEST_F(MissedCallFollowUp, LooksNobodyUpBehindAHiddenNumber) {
  run_.Start(TriggerInput(Call("inbound", nullptr, "anonymous")));
  EXPECT_EQ(run_.Wanted("note").input["content"],
            "Missed call from a hidden number. Please call back.");
  EXPECT_EQ(run_.TaskNamed("caller").status, TaskStatus::kSkipped);
}

TEST_F(MissedCallFollowUp, AContactWithoutANameIsStillAKnownCaller) {
  run_.Start(TriggerInput(Missed()));
  run_.SucceedCall("caller",
                   Contacts({{{"id", 5}, {"first_name", nullptr}, {"last_name", "Martin"}}}));
  EXPECT_EQ(run_.Wanted("note").input["content"], "Missed call from Martin. Please call back.");
}

TEST_F(MissedCallFollowUp, DoesWithoutTheTagWhereTheCompanyHasNone) {
  run_.Start(TriggerInput(Missed()));
  run_.SucceedCall("caller", Contacts({{{"id", 5}, {"first_name", "Ada"}}}));
  run_.SucceedCall("note", Json::object());
  run_.SucceedCall("followUpTag", {{"tags", {{{"id", 1}, {"name", "Sales"}}}}});
  EXPECT_EQ(run_.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run_.TaskNamed("tag").status, TaskStatus::kSkipped);
}

}  // namespace
}  // namespace sb::core::workflow
