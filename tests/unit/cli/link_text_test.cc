// How a two-way sync looks in a terminal, sign by sign.
#include "engine/app/cli/link_text.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/app/cli/text.h"
#include "tests/support/fake_clock.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using google::protobuf::Value;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr WallTime kLinkNow = testing::kStoryTime;

Value Text(const std::string& text) {
  Value value;
  value.set_string_value(text);
  return value;
}

/// One pair with a field that differs and one that asks, and a record that several fit.
v1::TwoWayPlan Plan() {
  v1::TwoWayPlan plan;
  plan.set_side_a("aircall");
  plan.set_side_b("crm");
  plan.set_records_a(1500);
  plan.set_linked(1200);
  plan.set_created_b(300);
  plan.set_conflicts(1);
  v1::LinkSample& pair = *plan.add_samples();
  pair.set_what(v1::LinkSample::WHAT_UPDATE);
  pair.set_key_a("520");
  pair.set_key_b("7");
  v1::LinkSampleField& company = *pair.add_fields();
  company.set_field("company");
  *company.mutable_a() = Text("Old");
  *company.mutable_b() = Text("New");
  *company.mutable_result() = Text("New");
  company.set_rule("newest");
  v1::LinkSampleField& name = *pair.add_fields();
  name.set_field("name");
  *name.mutable_a() = Text("Ada");
  *name.mutable_b() = Text("Eda");
  name.set_asks(true);
  v1::LinkSample& several = *plan.add_samples();
  several.set_what(v1::LinkSample::WHAT_AMBIGUOUS);
  several.set_key_a("521");
  several.add_rivals("8");
  several.add_rivals("9");
  v1::LinkFlagCount& flags = *plan.add_flag_counts();
  flags.set_code("PHONE_UNREADABLE");
  flags.set_fields(2);
  v1::LinkFlag& flag = *plan.add_flags();
  flag.set_side("crm");
  flag.set_key("7");
  flag.set_field("phones");
  flag.set_code("PHONE_UNREADABLE");
  plan.set_requests_used(30);
  plan.set_requests(640);
  plan.set_minutes(11);
  return plan;
}

TEST(TwoWayPlan, ShowsSidesWhatWouldStandAndTheCost) {
  const std::string text = TwoWayPlanText(Plan(), {});
  EXPECT_THAT(text, HasSubstr("read of aircall                           1,500\n"));
  EXPECT_THAT(text, HasSubstr("made in crm                               300\n"));
  EXPECT_THAT(text, HasSubstr("link     520 = 7    company  Old      New  New (newest)\n"));
  EXPECT_THAT(text, HasSubstr("                   name     Ada      Eda  (you are asked)\n"));
  EXPECT_THAT(text, HasSubstr("several  521 ?8 ?9"));
  EXPECT_THAT(text, HasSubstr("PHONE_UNREADABLE in 2 fields: crm 7 phones\n"));
  EXPECT_THAT(text,
              HasSubstr("some 640, about 11 min at the present quota\nnothing was written\n"));
}

TEST(TwoWayPlan, FitsIntoTheTerminal) {
  v1::TwoWayPlan plan = Plan();
  *plan.mutable_samples(0)->mutable_fields(0)->mutable_a() = Text(std::string(300, 'x'));
  std::istringstream lines(TwoWayPlanText(plan, {80, false}));
  int widest = 0;
  bool in_table = true;  // the sentences about the cost are for the terminal to break
  for (std::string line; std::getline(lines, line);) {
    in_table = in_table && line.find("this plan took") == std::string::npos;
    if (in_table) widest = std::max(widest, WidthOf(line));
  }
  EXPECT_LE(widest, 80);
}

TEST(TwoWayPlan, CountsWhatCannotBeMade) {
  v1::TwoWayPlan plan = Plan();
  plan.set_refused(4);
  v1::LinkSample& sample = *plan.add_samples();
  sample.set_what(v1::LinkSample::WHAT_REFUSED);
  sample.set_key_b("9");
  sample.set_code("LINK_VALUE_MISSING");
  const std::string text = TwoWayPlanText(plan, {});
  EXPECT_THAT(text, HasSubstr("cannot be made (a value is missing)       4\n"));
  EXPECT_THAT(text, HasSubstr("refused  9          LINK_VALUE_MISSING"));
}

TEST(TwoWayPlan, CannotSteerTheTerminal) {
  v1::TwoWayPlan plan = Plan();
  *plan.mutable_samples(0)->mutable_fields(0)->mutable_a() = Text("evil\x1b[2J");
  EXPECT_THAT(TwoWayPlanText(plan, {}), Not(HasSubstr("\x1b")));
}

TEST(TwoWayProblems, NameTheSideAndWhatToDo) {
  v1::TwoWayPlan plan;
  v1::LinkSideProblem& problem = *plan.add_problems();
  problem.set_side("crm");
  problem.set_field("company");
  problem.set_code("LINK_PRIVILEGE_MISSING");
  problem.set_reason("let the owner run: GRANT ...");
  EXPECT_EQ(ProblemsText(plan, {}),
            "in the way: crm.company: let the owner run: GRANT ... (LINK_PRIVILEGE_MISSING)\n");
  EXPECT_TRUE(IsHindered(plan));
  EXPECT_EQ(ProblemsText(Plan(), {}), "");
}

TEST(TwoWayProblems, AdviceHindersNothing) {
  v1::TwoWayPlan plan;
  v1::LinkSideProblem& problem = *plan.add_problems();
  problem.set_side("crm");
  problem.set_code("LINK_INDEX_MISSING");
  problem.set_reason("make an index");
  problem.set_advice(true);
  EXPECT_FALSE(IsHindered(plan));
  EXPECT_EQ(ProblemsText(plan, {}), "advice: crm: make an index (LINK_INDEX_MISSING)\n");
}

TEST(LinkValue, IsWrittenAsPeopleWriteIt) {
  EXPECT_EQ(ValueText(Value()), "");
  EXPECT_EQ(ValueText(Text("Acme")), "Acme");
  Value number;
  number.set_number_value(12);
  EXPECT_EQ(ValueText(number), "12");
  Value list;
  (*list.mutable_struct_value()->mutable_fields())["+33142685300"] = Text("Work");
  (*list.mutable_struct_value()->mutable_fields())["+33612345678"] = Text("");
  EXPECT_EQ(ValueText(list), "+33142685300 (Work), +33612345678");
}

TEST(TwoWayLine, TellsHowFarItIs) {
  v1::TwoWayProgress progress;
  progress.set_phase(v1::TwoWayProgress::PHASE_LIVE);
  progress.set_active(1234);
  progress.set_lag_ms(-1);
  EXPECT_EQ(TwoWayLine(progress, kLinkNow), "live, 1,234 links");
  progress.set_waiting(3);
  progress.set_lag_ms(12'000);
  progress.set_open_conflicts(2);
  EXPECT_EQ(TwoWayLine(progress, kLinkNow), "live, 1,234 links, 3 wait (12 s behind), 2 questions");
  progress.set_hindered(4);
  EXPECT_THAT(TwoWayLine(progress, kLinkNow), HasSubstr(", 4 hindered, 2 questions"));
  progress.set_hindered(0);
  progress.set_phase(v1::TwoWayProgress::PHASE_FIRST);
  progress.mutable_scan()->set_side("aircall");
  progress.mutable_scan()->set_seen(500);
  progress.mutable_scan()->set_total(1000);
  progress.mutable_scan()->set_done_permille(250);
  EXPECT_THAT(TwoWayLine(progress, kLinkNow), HasSubstr("first, 1,234 links, reading aircall, "
                                                        "500 of 1,000, 25 %"));
  const auto then = kLinkNow + std::chrono::minutes(4);
  progress.mutable_scan()->mutable_estimated_end_time()->set_seconds(
      std::chrono::duration_cast<std::chrono::seconds>(then.time_since_epoch()).count());
  EXPECT_THAT(TwoWayLine(progress, kLinkNow), HasSubstr("25 %, read in 4 min"));
}

TEST(TwoWayHints, SayWhatToType) {
  v1::TwoWayProgress progress;
  progress.set_side_b("crm");
  progress.set_deletes_held_b(true);
  progress.set_open_conflicts(1);
  const std::string hints = TwoWayHints(progress, "acme/customers", "acc_1", {});
  EXPECT_THAT(hints,
              HasSubstr("switchboard sync approve-deletes acme/customers crm --account acc_1"));
  EXPECT_THAT(hints, HasSubstr("switchboard sync conflicts --open --sync acme/customers"));
}

v1::TwoWayProgress LongSides() {
  v1::TwoWayProgress sides;
  sides.set_side_a("aircall_of_the_group");
  sides.set_side_b("customers_of_the_warehouse");
  return sides;
}

v1::LinkConflict& AddConflict(v1::ListConflictsResponse& response, const std::string& code,
                              const std::string& field) {
  v1::LinkConflict& conflict = *response.add_conflicts();
  conflict.set_id("cfl_01hv3k7q8s" + std::to_string(response.conflicts_size()) + "g");
  conflict.set_side("customers_of_the_warehouse");
  conflict.set_key("7f2c9a52-0c7e-4b0e-9f3a-2a1e8f5d1c11");
  conflict.set_code(code);
  conflict.set_field(field);
  conflict.set_open(code != "LINK_FIELD_OVERWRITTEN");
  return conflict;
}

int WidestLine(const std::string& text) {
  std::istringstream lines(text);
  int widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, WidthOf(line));
  return widest;
}

TEST(LinkTables, FitIntoATerminalOf80Columns) {
  v1::ListConflictsResponse conflicts;
  v1::LinkConflict& asks = AddConflict(conflicts, "LINK_FIELD_ASKS", "company_name");
  *asks.mutable_a() = Text(std::string(100, 'a'));
  *asks.mutable_b() = Text(std::string(100, 'b'));
  asks.mutable_find_time()->set_seconds(1);
  AddConflict(conflicts, "LINK_FIELD_OVERWRITTEN", "company_name");
  EXPECT_LE(WidestLine(ConflictsText(conflicts, LongSides(), kLinkNow, {80, false})), 80);
  v1::ListLinksResponse links;
  v1::Link& link = *links.add_links();
  link.set_id("lnk_01hv3k7q8s0g");
  link.set_key_a("4190000017");
  link.set_key_b("7f2c9a52-0c7e-4b0e-9f3a-2a1e8f5d1c11");
  link.set_state(v1::Link::STATE_PARKED);
  link.set_reason("it was written more than six times within ten minutes");
  link.mutable_settle_time()->set_seconds(1);
  const std::string table = LinksText(links, LongSides(), kLinkNow, {80, false});
  EXPECT_LE(WidestLine(table), 80);
  EXPECT_THAT(table, HasSubstr("lnk_01hv3k7q8s0g")) << "ids are copied";
}

TEST(LinkTables, SayInAWordWhatAConflictIs) {
  v1::ListConflictsResponse conflicts;
  AddConflict(conflicts, "LINK_FIELD_ASKS", "company_name");
  AddConflict(conflicts, "LINK_FIELD_OVERWRITTEN", "company_name");
  AddConflict(conflicts, "LINK_FIELD_OVERWRITTEN", "company_name").set_resolution("put_back");
  AddConflict(conflicts, "LINK_NEW_SORT", "");
  const std::string text = ConflictsText(conflicts, LongSides(), kLinkNow, {});
  EXPECT_THAT(text, HasSubstr("asks\n"));
  EXPECT_THAT(text, HasSubstr("gave way\n"));
  EXPECT_THAT(text, HasSubstr("put back\n"));
  EXPECT_THAT(text, HasSubstr("LINK_NEW_SORT\n"));
}

TEST(LinkTables, HintAtAnAnswerThatIsTaken) {
  const auto hint_of = [](const v1::ListConflictsResponse& conflicts) {
    v1::TwoWayProgress sides;
    sides.set_side_b("crm");
    return AnswerHint(conflicts, sides, "--account acc_1");
  };
  v1::ListConflictsResponse answered;
  AddConflict(answered, "LINK_FIELD_OVERWRITTEN", "company_name").set_resolution("put_back");
  v1::LinkConflict& chosen = AddConflict(answered, "LINK_FIELD_ASKS", "company_name");
  chosen.set_open(false);
  chosen.set_resolution("a");
  EXPECT_EQ(hint_of(answered), "") << "answered already";
  AddConflict(answered, "LINK_TAKEN", "").add_rivals("c1");
  EXPECT_THAT(hint_of(answered), HasSubstr("cfl_01hv3k7q8s3g --create --account acc_1\n"));
  const auto alone = [&](const std::string& code, const std::string& field) {
    v1::ListConflictsResponse one;
    AddConflict(one, code, field).add_rivals("c1");
    return hint_of(one);
  };
  EXPECT_THAT(alone("LINK_FIELD_OVERWRITTEN", "company_name"), HasSubstr(" --put-back "));
  EXPECT_THAT(alone("LINK_FIELD_ASKS", "company_name"), HasSubstr(" --take crm "));
  EXPECT_THAT(alone("LINK_AMBIGUOUS", ""), HasSubstr(" --link c1 "));
  EXPECT_THAT(alone("LINK_DELETE_CONFLICT", ""), HasSubstr(" --create "));
  v1::ListConflictsResponse flips;
  AddConflict(flips, "LINK_FLIPS", "").set_link("lnk_1");
  EXPECT_THAT(hint_of(flips), HasSubstr("sync resume-link lnk_1 --account acc_1"));
}

TEST(LinkStory, TellsWhyItWasParkedByItsCode) {
  v1::LinkStory story;
  v1::LinkEvent& event = *story.add_events();
  event.set_what("parked");
  event.set_reason("it goes to and fro");
  event.set_code("LINK_FLIPS");
  EXPECT_THAT(LinkStoryText(story, kLinkNow, {}), HasSubstr("it goes to and fro (LINK_FLIPS)\n"));
}

TEST(LinkStory, TellsValuesBeforeAndAfter) {
  v1::LinkStory story;
  story.set_sentence("aircall 520 and crm 7 are linked");
  story.mutable_link()->set_id("lnk_1");
  (*story.mutable_link()->mutable_agreed()->mutable_fields())["company"] = Text("New");
  v1::LinkEvent& event = *story.add_events();
  event.set_what("edited_b");
  event.set_side("crm");
  event.set_reason("changed at noon");
  v1::LinkChange& change = *event.add_changes();
  change.set_field("company");
  *change.mutable_before() = Text("Old");
  *change.mutable_after() = Text("New");
  const std::string text = LinkStoryText(story, kLinkNow, {});
  EXPECT_THAT(text, HasSubstr("aircall 520 and crm 7 are linked\n"));
  EXPECT_THAT(text, HasSubstr("edited_b (crm)  company  Old     New    changed at noon\n"));
}

}  // namespace
}  // namespace sb::app::cli
