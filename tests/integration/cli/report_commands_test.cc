#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;

class ReportCommand : public ::testing::Test {
 protected:
  ReportCommand() {
    const ports::Account account = *shell_.house.accounts.Get(account_);
    ports::Sync sync;
    sync.id = ports::SyncId(1);
    sync.slot = account.slot;
    sync.account = account_;
    sync.workspace = "acme";
    sync.name = "telephony";
    sync.schema = "aircall";
    EXPECT_TRUE(shell_.house.report_syncs.Open(sync, {}).ok());
    // All, then each hour; the figures of the report in its order.
    shell_.house.report_tables.answer.rows = {
        {{}, "15", "12", "9", "3", "3", "0.75", "0.8", "12.5", "0.9", "125.4"},
        {"9", "12", "10", "8", "2", "2", "0.8", "0.9", "11", "0.95", "120"},
        {"10", "3", "2", "1", "1", "1", "0.5", "0.5", {}, {}, "140"}};
  }

  CommandHouse shell_;
  AccountId account_ = shell_.house.AddAccount("acme", "Lumen Tools");
  std::string text_ = ToText(account_);
};

TEST_F(ReportCommand, DrawsALineForEachAndOneForAll) {
  const auto drawn = shell_.Run({"report", "calls", "--by", "hour", "--account", text_});
  EXPECT_EQ(drawn.exit_code, kOk) << drawn.err;
  EXPECT_THAT(drawn.out, AllOf(HasSubstr("HOUR"), HasSubstr("80.0 %"), HasSubstr("all")));
}

TEST_F(ReportCommand, AsksForTheTimeThatWasSaid) {
  const auto drawn =
      shell_.Run({"report", "calls", "--from", "2026-05-01", "--to", "2026-06-01T08:00:00Z",
                  "--zone", "Europe/Paris", "--account", text_});
  EXPECT_EQ(drawn.exit_code, kOk) << drawn.err;
  EXPECT_THAT(shell_.house.report_tables.asked->query.values,
              ::testing::ElementsAre("2026-05-01T00:00:00.000Z", "2026-06-01T08:00:00.000Z",
                                     "Europe/Paris"));
}

TEST_F(ReportCommand, WritesCsvAndJsonForScripts) {
  const auto csv = shell_.Run({"report", "calls", "-o", "csv", "--account", text_});
  EXPECT_THAT(csv.out, HasSubstr("9,12,10,8,2,2,0.8,0.9,11,0.95,120\r\n"));
  const auto json = shell_.Run({"report", "calls", "-o", "json", "--account", text_});
  const auto answer = Json::parse(json.out);
  EXPECT_EQ(answer["rows"][0]["figures"]["calls"], 12);
  EXPECT_EQ(answer["total"]["figures"]["calls"], 15);
  EXPECT_FALSE(answer["rows"][1]["figures"].contains("time_to_answer"));
}

TEST_F(ReportCommand, ListsTheReportsThatThereAre) {
  const auto list = shell_.Run({"report", "--account", text_});
  EXPECT_THAT(list.out, AllOf(HasSubstr("unreturned"), HasSubstr("voicemails"),
                              HasSubstr("day, hour, number, weekday")));
}

TEST_F(ReportCommand, SaysWhatIsWrong) {
  EXPECT_THAT(shell_.Run({"report", "calls", "--last", "soon", "--account", text_}).err,
              HasSubstr("--last takes a time such as 30d, 12h or 2w"));
  EXPECT_THAT(shell_.Run({"report", "weather", "--account", text_}).err,
              AllOf(HasSubstr("REPORT_NOT_FOUND"), HasSubstr("agents, calls")));
  EXPECT_THAT(shell_.Run({"quota", "-o", "csv"}).err, HasSubstr("-o csv is for"));
}

}  // namespace
}  // namespace sb::app::cli
