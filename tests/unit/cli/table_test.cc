#include "engine/app/cli/table.h"

#include <gtest/gtest.h>

namespace sb::app::cli {
namespace {

TEST(Table, LinesUpItsColumnsAndTrailsNoSpaces) {
  Table table({{"ACCOUNT", true}, {"COMPANY"}});
  table.Add({"acc_1", "Zoë's Bakery"});
  table.Add({"acc_22222222", ""});
  EXPECT_EQ(table.Text({}),
            "ACCOUNT       COMPANY\n"
            "acc_1         Zoë's Bakery\n"
            "acc_22222222\n");
}

TEST(Table, ShortensTheWidestColumnToFitTheTerminal) {
  Table table({{"ID", true}, {"NAME"}, {"NOTE"}});
  table.Add({"run_123456", "a name", "a note that goes on and on and on"});
  EXPECT_EQ(table.Text({30, false}),
            "ID          NAME    NOTE\n"
            "run_123456  a name  a note th…\n");
}

TEST(Table, NeverCutsAnIdEvenWhereTheTerminalIsTooNarrow) {
  Table table({{"ID", true}, {"NAME"}});
  table.Add({"run_01hv3k7q8s0g", "a long name"});
  EXPECT_EQ(table.Text({10, false}),
            "ID                NAME\n"
            "run_01hv3k7q8s0g  a long …\n");
}

TEST(Table, CutsNothingWhereThereIsNoTerminal) {
  Table table({{"NAME"}});
  table.Add({std::string(300, 'x')});
  EXPECT_EQ(table.Text({}), "NAME\n" + std::string(300, 'x') + "\n");
}

TEST(Table, PaintsStatesWhereColoursAreWanted) {
  Table table({{"STATE"}});
  table.Add({{"ACTIVE", ToneOf("ACTIVE")}});
  table.Add({{"FAILED", ToneOf("FAILED")}});
  const std::string painted = table.Text({0, true});
  EXPECT_NE(painted.find("\x1b[32mACTIVE\x1b[0m"), std::string::npos);
  EXPECT_NE(painted.find("\x1b[31mFAILED\x1b[0m"), std::string::npos);
  EXPECT_EQ(table.Text({}).find('\x1b'), std::string::npos);
}

TEST(Table, PrintsControlCharactersOfItsDataHarmlessly) {
  Table table({{"COMPANY"}});
  table.Add({"evil\x1b[2J"});
  EXPECT_EQ(table.Text({}).find('\x1b'), std::string::npos);
}

TEST(Card, PutsLabelsBeforeValuesAndLeavesEmptyOnesOut) {
  Card card;
  card.Add("account", "acc_1");
  card.Add("reason", "");
  card.Add("id", "x");
  EXPECT_EQ(card.Text({}),
            "account  acc_1\n"
            "id       x\n");
}

}  // namespace
}  // namespace sb::app::cli
