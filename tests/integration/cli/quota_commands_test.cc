#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

namespace wf = core::workflow;
using std::chrono::seconds;
using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;

class QuotaCommand : public ::testing::Test {
 protected:
  QuotaCommand() {
    report_.account = account_;
    report_.at = shell_.house.clock.Now();
    report_.limit = 100;
    report_.used = 97;
    report_.foreign = 25;
    report_.lanes[3] = {412, 412, report_.at + seconds(400)};
  }

  CommandHouse shell_;
  AccountId account_ = shell_.house.AddAccount("acme", "Lumen Tools");
  runtime::QuotaReport report_;
};

TEST_F(QuotaCommand, ListsWhatIsUsedAndWhatWaits) {
  shell_.house.engine.StandAt(report_);
  const auto list = shell_.Run({"quota"});
  EXPECT_EQ(list.exit_code, kOk) << list.err;
  EXPECT_THAT(list.out, AllOf(HasSubstr("97/100"), HasSubstr("25"), HasSubstr("412 backfill"),
                              HasSubstr("in 6 min 40 s")));
}

TEST_F(QuotaCommand, ShowsOneQuotaLaneByLane) {
  shell_.house.engine.StandAt(report_);
  const auto one = shell_.Run({"quota", ToText(account_)});
  EXPECT_EQ(one.exit_code, kOk) << one.err;
  EXPECT_THAT(one.out, AllOf(HasSubstr("97 of 100 a minute"), HasSubstr("about 25 a minute"),
                             HasSubstr("interactive"), HasSubstr("412")));
  EXPECT_EQ(shell_.Run({"quota", ToText(account_), "-o", "json"}).json()["used"], 97);
}

TEST_F(QuotaCommand, SaysUntilWhenNothingLeaves) {
  report_.cool_until = report_.at + seconds(20);
  shell_.house.engine.StandAt(report_);
  EXPECT_THAT(shell_.Run({"quota", ToText(account_)}).out, HasSubstr("nothing leaves until"));
}

TEST_F(QuotaCommand, NamesAnOwnerThatIsAway) {
  shell_.house.engine.FailQuota(account_, Unavailable("OWNER_UNAVAILABLE", "nobody is there"));
  EXPECT_THAT(shell_.Run({"quota"}).out, HasSubstr("OWNER_UNAVAILABLE"));
  EXPECT_EQ(shell_.Run({"quota", ToText(account_)}).exit_code, kRefused);
}

TEST_F(QuotaCommand, ARunShowsUntilWhenItWaits) {
  constexpr const char* kNote = "/do/0/note";
  report_.waits.push_back({kNote, core::quota::Lane::kLive, 3, report_.at + seconds(65)});
  shell_.house.engine.StandAt(report_);
  const RunId run = shell_.house.AddRun(account_, shell_.house.AddWorkflow());
  shell_.house.engine.Tell(
      run,
      {wf::TaskEntered{kNote, "note", "call", {}},
       wf::CallRequested{kNote, 1, "aircall.calls.comment:1.0.0", {}, wf::EffectClass::kRead, ""}});
  const std::string until = ToRfc3339(report_.at + seconds(65)).substr(11, 8);
  EXPECT_THAT(shell_.Run({"run", "get", ToText(run)}).out,
              HasSubstr("waiting for quota until " + until));
}

}  // namespace
}  // namespace sb::app::cli
