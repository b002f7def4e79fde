#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/app/cli/report_commands.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;

v1::ReportMeasure& AddMeasure(v1::RunReportResponse& answer, const char* name,
                              v1::ReportMeasure::Unit unit) {
  v1::ReportMeasure& measure = *answer.mutable_report()->add_measures();
  measure.set_name(name);
  measure.set_title(name);
  measure.set_unit(unit);
  return measure;
}

v1::RunReportResponse Answer() {
  v1::RunReportResponse answer;
  answer.set_by("hour");
  answer.set_by_title("Hour");
  AddMeasure(answer, "calls", v1::ReportMeasure::UNIT_COUNT).set_bar(true);
  AddMeasure(answer, "rate", v1::ReportMeasure::UNIT_SHARE);
  AddMeasure(answer, "talk", v1::ReportMeasure::UNIT_SECONDS);
  v1::ReportRow& nine = *answer.add_rows();
  nine.set_value("9");
  nine.mutable_figures()->insert({{"calls", 12}, {"rate", 0.75}, {"talk", 125.4}});
  v1::ReportRow& ten = *answer.add_rows();
  ten.set_value("10");
  ten.mutable_figures()->insert({{"calls", 3}});
  answer.mutable_total()->mutable_figures()->insert({{"calls", 15}, {"rate", 0.6}, {"talk", 3725}});
  return answer;
}

TEST(ReportDrawing, DrawsPlainBarsWhereThereIsNoTerminal) {
  EXPECT_EQ(DrawReport(Answer(), {}),
            "HOUR                            CALLS  RATE    TALK\n"
            "9     ########################     12  75.0 %     2:05\n"
            "10    ######                        3       -        -\n"
            "all                                15  60.0 %  1:02:05\n");
}

TEST(ReportDrawing, DrawsBlocksToAnEighthOfAColumnOnATerminal) {
  auto answer = Answer();
  (*answer.mutable_rows(1)->mutable_figures())["calls"] = 3.3;
  const std::string drawing = DrawReport(answer, {100, false});
  EXPECT_THAT(drawing, ::testing::HasSubstr("████████████████████████"));
  EXPECT_THAT(drawing, ::testing::HasSubstr("██████▋"));
}

TEST(ReportDrawing, SaysWhenThereIsNothingAndWhenThereIsMore) {
  EXPECT_EQ(DrawReport({}, {}), "nothing in this time\n");
  auto answer = Answer();
  answer.set_truncated(true);
  EXPECT_THAT(DrawReport(answer, {}), ::testing::HasSubstr("there is more: raise --limit\n"));
}

TEST(ReportCsv, HasFiguresAsTheyWereToldAndQuotesWhatMustBe) {
  auto answer = Answer();
  answer.mutable_rows(0)->set_value("Support, \"day\"");
  EXPECT_EQ(ReportCsv(answer),
            "hour,calls,rate,talk\r\n"
            "\"Support, \"\"day\"\"\",12,0.75,125.4\r\n"
            "10,3,,\r\n");
}

TEST(ReportSpan, IsHoursDaysOrWeeks) {
  EXPECT_EQ(ParseSpan("12h"), std::chrono::hours(12));
  EXPECT_EQ(ParseSpan("30d"), std::chrono::hours(720));
  EXPECT_EQ(ParseSpan("2w"), std::chrono::hours(336));
  for (const char* wrong : {"", "d", "0d", "-3d", "30", "30m", "1.5d", "99999d", "3d "})
    EXPECT_EQ(ParseSpan(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace sb::app::cli
