// The shipped workflow that tags calls by the choice in the menu.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/shipped/shipped_workflow.h"

namespace sb::live {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TagByIvrChoice : public ShippedWorkflow {
 protected:
  /// Calls and chooses these in the menu, one each second; the call goes on for another minute.
  std::int64_t Choose(const std::vector<std::string>& titles) {
    Json choices = Json::array();
    for (const std::string& title : titles) {
      choices.push_back({{"after_seconds", choices.size() + 1}, {"title", title}, {"key", "1"}});
    }
    return Place(
        {{"from", "+16175550142"}, {"pace", "real"}, {"talk_seconds", 60}, {"ivr", choices}});
  }
};

TEST_F(TagByIvrChoice, PutsTheTagsOfTheTableOnWhenTheCallIsOver) {
  // "Billing" is not among the first fifty tags, and nobody has made "Support request".
  for (int i = 0; i < 60; ++i) MakeTag("Tag " + std::to_string(i));
  MakeTag("Billing");
  MakeTag("New customer");
  SwitchOn("tag-by-ivr-choice", "call.ivr_option_selected");

  const std::int64_t call = Choose({"Support", "billing", "Opening hours", "New customer"});
  LetTimePass(20);
  AwaitTask(RunsOf("tag-by-ivr-choice", 4).front(), "ended");
  EXPECT_THAT(TagsOf(call), IsEmpty()) << "it was tagged while it ran";

  LetTimePass(600);
  const auto runs = EndedRunsOf("tag-by-ivr-choice", 4);
  EXPECT_EQ(runs.front().at("state"), "STATE_SUCCEEDED");
  EXPECT_EQ(runs.back().at("state"), "STATE_CANCELLED") << "one run for each call is enough";
  EXPECT_THAT(TagsOf(call), ElementsAre("Billing", "New customer"));
}

TEST_F(TagByIvrChoice, LeavesCallsAloneThatChoseNothingOfTheTable) {
  SwitchOn("tag-by-ivr-choice", "call.ivr_option_selected");
  const std::int64_t other = Choose({"Opening hours"});
  const std::int64_t silent = Choose({});
  LetTimePass(20);
  AwaitTask(RunsOf("tag-by-ivr-choice", 1).front(), "ended");
  LetTimePass(600);
  EXPECT_EQ(EndedRunsOf("tag-by-ivr-choice", 1).front().at("state"), "STATE_SUCCEEDED");
  EXPECT_THAT(TagsOf(other), IsEmpty());
  EXPECT_THAT(TagsOf(silent), IsEmpty());
}

TEST_F(TagByIvrChoice, GoesOnWhenTheEndOfTheCallIsNeverTold) {
  MakeTag("Billing");
  SwitchOn("tag-by-ivr-choice", "call.ivr_option_selected",
           {{"longest_call: PT4H", "longest_call: PT0.05S"}});
  const std::int64_t call = Choose({"Billing"});
  LetTimePass(20);
  EXPECT_THAT(EndedRunsOf("tag-by-ivr-choice", 1), SizeIs(1));
  EXPECT_THAT(TagsOf(call), ElementsAre("Billing"));
}

}  // namespace
}  // namespace sb::live
