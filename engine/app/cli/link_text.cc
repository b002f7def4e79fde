#include "engine/app/cli/link_text.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/app/cli/sync_progress.h"
#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using google::protobuf::Value;
using TwoWay = v1::TwoWayProgress;
using Sample = v1::LinkSample;

constexpr const char* kOverwritten = "LINK_FIELD_OVERWRITTEN";

std::string LowerWord(const std::string& enum_name, std::string_view prefix) {
  std::string word = Word(enum_name, prefix);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return word;
}

std::string Plural(std::int64_t count, const std::string& what) {
  return Grouped(count) + " " + what + (count == 1 ? "" : "s");
}

std::string NumberText(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15)
    return std::to_string(static_cast<std::int64_t>(number));
  return std::to_string(number);
}

/// "+33142685300 (Work), +33612345678"
std::string ListText(const google::protobuf::Struct& entries) {
  std::string text;
  // By entry: the wire keeps no order.
  std::vector<std::string> keys;
  for (const auto& [entry, label] : entries.fields()) keys.push_back(entry);
  std::sort(keys.begin(), keys.end());
  for (const std::string& entry : keys) {
    const std::string label = ValueText(entries.fields().at(entry));
    text += (text.empty() ? "" : ", ") + entry + (label.empty() ? "" : " (" + label + ")");
  }
  return text;
}

// ---- Plans

std::string CountsText(const v1::TwoWayPlan& plan, const Style& style) {
  Table table({{"WHAT WOULD BE DONE", true}, {"RECORDS"}});
  const auto add = [&](const std::string& what, std::int64_t count, Tone tone = Tone::kPlain) {
    table.Add({{what, count == 0 ? Tone::kFaint : Tone::kPlain},
               {Grouped(count), count == 0 ? Tone::kFaint : tone}});
  };
  add("read of " + plan.side_a(), plan.records_a());
  add("read of " + plan.side_b(), plan.records_b());
  add("linked, or linked already", plan.linked());
  add("  of these the same on both sides", plan.equal());
  add("made in " + plan.side_a(), plan.created_a(), Tone::kGood);
  add("made in " + plan.side_b(), plan.created_b(), Tone::kGood);
  add("changed in " + plan.side_a(), plan.updated_a(), Tone::kBusy);
  add("changed in " + plan.side_b(), plan.updated_b(), Tone::kBusy);
  add("fields that wait for you (conflict: ask)", plan.conflicts(), Tone::kBad);
  add("values that give way (kept for 90 days)", plan.overwritten(), Tone::kBusy);
  add("parked: several fit, or it is taken", plan.ambiguous(), Tone::kBad);
  add("cannot be made (a value is missing)", plan.refused(), Tone::kBad);
  add("left as they are", plan.skipped());
  std::string text = table.Text(style);
  if (plan.cut()) {
    text += Paint("there are more records than a plan reads: these numbers are of the first ones",
                  Tone::kBusy, style) +
            "\n";
  }
  return text;
}

Cell SampleWhat(const Sample& sample) {
  switch (sample.what()) {
    case Sample::WHAT_EQUAL:
      return {"same", Tone::kFaint};
    case Sample::WHAT_UPDATE:
      return {"link", Tone::kGood};
    case Sample::WHAT_CREATE_A:
    case Sample::WHAT_CREATE_B:
      return {"make", Tone::kGood};
    case Sample::WHAT_AMBIGUOUS:
      return {"several", Tone::kBad};
    case Sample::WHAT_TAKEN:
      return {"taken", Tone::kBad};
    case Sample::WHAT_REFUSED:
      return {"refused", Tone::kBad};
    default:
      return {"leave", Tone::kFaint};
  }
}

std::string PairText(const Sample& sample) {
  std::string pair = sample.key_a();
  if (!sample.key_b().empty()) pair += (pair.empty() ? "" : " = ") + sample.key_b();
  for (const std::string& rival : sample.rivals()) pair += " ?" + rival;
  return pair;
}

Cell ResultOf(const v1::LinkSampleField& field) {
  if (field.asks()) return {"(you are asked)", Tone::kBad};
  std::string text = ValueText(field.result());
  if (!field.rule().empty()) text += " (" + field.rule() + ")";
  return {std::move(text), field.rule().empty() ? Tone::kPlain : Tone::kBusy};
}

std::string SamplesText(const v1::TwoWayPlan& plan, const Style& style) {
  if (plan.samples().empty()) return "";
  Table table({{"SAMPLE"}, {""}, {"FIELD"}, {plan.side_a()}, {plan.side_b()}, {"WOULD STAND"}});
  for (const Sample& sample : plan.samples()) {
    Cell what = SampleWhat(sample);
    std::string pair = PairText(sample);
    if (sample.fields().empty() || !sample.code().empty()) {
      table.Add({std::exchange(what, Cell("")), std::exchange(pair, ""), sample.code()});
    }
    for (const v1::LinkSampleField& field : sample.fields()) {
      table.Add(
          {what, pair, field.field(), ValueText(field.a()), ValueText(field.b()), ResultOf(field)});
      what = Cell("");
      pair.clear();
    }
  }
  return "\n" + table.Text(style);
}

std::string FlagsText(const v1::TwoWayPlan& plan, const Style& style) {
  std::string text;
  for (const v1::LinkFlagCount& count : plan.flag_counts()) {
    std::string line = count.code() + " in " + Plural(count.fields(), "field");
    std::string examples;
    for (const v1::LinkFlag& flag : plan.flags()) {
      if (flag.code() != count.code()) continue;
      examples +=
          (examples.empty() ? "" : ", ") + flag.side() + " " + flag.key() + " " + flag.field();
    }
    if (!examples.empty()) line += ": " + examples;
    line = Printable(line);
    text += Paint(style.width > 0 ? Shorten(line, style.width) : line, Tone::kBusy, style) + "\n";
  }
  return text.empty() ? "" : "\n" + text;
}

std::string CostText(const v1::TwoWayPlan& plan) {
  std::string text = "\nthis plan took " + Plural(plan.requests_used(), "request") +
                     " of the account; carrying it out takes some " + Grouped(plan.requests());
  if (plan.minutes() > 0)
    text += ", about " + Grouped(plan.minutes()) + " min at the present quota";
  return text + "\nnothing was written\n";
}

// ---- Progress

std::string BehindText(const TwoWay& progress) {
  if (progress.lag_ms() < 0) return "";
  constexpr std::int64_t kMillisInMinute = 60'000;
  if (progress.lag_ms() < kMillisInMinute)
    return std::to_string(progress.lag_ms() / 1000) + " s behind";
  return Grouped(progress.lag_ms() / kMillisInMinute) + " min behind";
}

std::string WaitingText(const TwoWay& progress) {
  if (progress.waiting() == 0) return "";
  const std::string behind = BehindText(progress);
  return Grouped(progress.waiting()) + (progress.waiting() == 1 ? " waits" : " wait") +
         (behind.empty() ? "" : " (" + behind + ")");
}

std::string ScanText(const TwoWay& progress, WallTime now) {
  if (!progress.has_scan()) return "";
  const v1::LinkScan& scan = progress.scan();
  std::string text = "reading " + scan.side() + ", " + Grouped(scan.seen());
  if (scan.total() >= 0) text += " of " + Grouped(scan.total());
  if (scan.done_permille() >= 0) text += ", " + std::to_string(scan.done_permille() / 10) + " %";
  if (scan.has_estimated_end_time()) text += ", read " + Relative(scan.estimated_end_time(), now);
  return text;
}

std::string PhaseWord(const TwoWay& progress) {
  return LowerWord(TwoWay::Phase_Name(progress.phase()), "PHASE_");
}

Tone PhaseTone(const TwoWay& progress) {
  switch (progress.phase()) {
    case TwoWay::PHASE_LIVE:
    case TwoWay::PHASE_COMPARING:
      return Tone::kGood;
    case TwoWay::PHASE_FIRST:
      return Tone::kBusy;
    case TwoWay::PHASE_HELD:
    case TwoWay::PHASE_FAILING:
      return Tone::kBad;
    default:
      return Tone::kFaint;
  }
}

// ---- Histories

std::string EventsText(const v1::LinkStory& story, const Style& style) {
  Table table({{"WHEN", true}, {"WHAT"}, {"FIELD"}, {"BEFORE"}, {"AFTER"}, {"WHY"}});
  for (const v1::LinkEvent& event : story.events()) {
    std::string when = ToRfc3339(ToWallTime(event.time())).substr(0, 19);
    std::string what = event.what();
    if (!event.side().empty()) what += " (" + event.side() + ")";
    std::string why = event.reason();
    if (!event.code().empty()) why += (why.empty() ? "" : " ") + ("(" + event.code() + ")");
    if (event.changes().empty()) table.Add({when, what, "", "", "", why});
    for (const v1::LinkChange& change : event.changes()) {
      table.Add({std::exchange(when, ""), std::exchange(what, ""), change.field(),
                 ValueText(change.before()), ValueText(change.after()), std::exchange(why, "")});
    }
  }
  return table.empty() ? "" : "\n" + table.Text(style);
}

// ---- Lists

constexpr int kSideHeading = 10;

std::string WhyText(const v1::Link& link) {
  return link.reason().empty() ? link.code() : link.reason();
}

/// Side columns are headed by the names of the sides, which may be long.
Column SideColumn(const std::string& side) {
  return {Shorten(side, kSideHeading)};
}

/// Whether `sync resolve` can do anything about it.
bool CanBeAnswered(const v1::LinkConflict& conflict) {
  return conflict.open() || (conflict.code() == kOverwritten && conflict.resolution().empty());
}

/// What a conflict is in a word that fits a column; `sync conflict` has the code and a sentence.
std::string ConflictWord(const v1::LinkConflict& conflict) {
  if (!CanBeAnswered(conflict)) {
    if (conflict.resolution() == "put_back") return "put back";
    return conflict.resolution() == "gone" ? "gone" : "answered";
  }
  static const std::map<std::string, std::string> kWords = {
      {kOverwritten, "gave way"},          {"LINK_FIELD_ASKS", "asks"},
      {"LINK_AMBIGUOUS", "several"},       {"LINK_TAKEN", "taken"},
      {"LINK_DELETE_CONFLICT", "deleted"}, {"LINK_FLIPS", "flips"}};
  const auto found = kWords.find(conflict.code());
  return found == kWords.end() ? conflict.code() : found->second;
}

/// What to type about a conflict: an answer that fits it.
std::string AnswerTo(const v1::LinkConflict& conflict, const TwoWay& sides) {
  const std::string resolve = "switchboard sync resolve " + conflict.id() + " ";
  if (conflict.code() == kOverwritten) return resolve + "--put-back";
  if (!conflict.field().empty()) return resolve + "--take " + sides.side_b();
  if (conflict.code() == "LINK_AMBIGUOUS" && !conflict.rivals().empty())
    return resolve + "--link " + conflict.rivals(0);
  const bool asks_nothing = !conflict.link().empty() && conflict.code() != "LINK_DELETE_CONFLICT";
  // What it was parked for is to be seen to; then it is tried again.
  if (asks_nothing) return "switchboard sync resume-link " + conflict.link();
  return resolve + "--create";
}

std::string ConflictsOf(const v1::LinkStory& story, WallTime now, const Style& style) {
  Table table({{"CONFLICT", true}, {"FIELD"}, {"FOUND"}, {"WHAT"}});
  for (const v1::LinkConflict& conflict : story.conflicts()) {
    table.Add({conflict.id(),
               conflict.field(),
               Relative(conflict.find_time(), now),
               {conflict.sentence(), conflict.open() ? Tone::kBad : Tone::kPlain}});
  }
  return table.empty() ? "" : "\n" + table.Text(style);
}

}  // namespace

std::string ValueText(const Value& value) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return value.string_value();
    case Value::kNumberValue:
      return NumberText(value.number_value());
    case Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case Value::kStructValue:
      return ListText(value.struct_value());
    case Value::kListValue: {
      std::string text;
      for (const Value& item : value.list_value().values())
        text += (text.empty() ? "" : ", ") + ValueText(item);
      return text;
    }
    default:
      return "";
  }
}

// ---- Plans

std::string TwoWayPlanText(const v1::TwoWayPlan& plan, const Style& style) {
  return CountsText(plan, style) + SamplesText(plan, style) + FlagsText(plan, style) +
         CostText(plan);
}

bool IsHindered(const v1::TwoWayPlan& plan) {
  return std::any_of(plan.problems().begin(), plan.problems().end(),
                     [](const v1::LinkSideProblem& problem) { return !problem.advice(); });
}

std::string ProblemsText(const v1::TwoWayPlan& plan, const Style& style) {
  std::string text;
  for (const v1::LinkSideProblem& problem : plan.problems()) {
    std::string line = (problem.advice() ? "advice: " : "in the way: ") + problem.side();
    if (!problem.field().empty()) line += "." + problem.field();
    line += ": " + problem.reason() + " (" + problem.code() + ")";
    const Tone tone = problem.advice() ? Tone::kBusy : Tone::kBad;
    text += Paint(Printable(line), tone, style) + "\n";
  }
  return text;
}

// ---- Progress

void AddTwoWayProgress(const TwoWay& progress, WallTime now, Card& card) {
  card.Add("between", progress.side_a() + " and " + progress.side_b());
  card.Add("now", {PhaseWord(progress), PhaseTone(progress)});
  std::string links = Plural(progress.active(), "link");
  if (progress.parked() > 0) links += ", " + Grouped(progress.parked()) + " parked";
  if (progress.paused() > 0) links += ", " + Grouped(progress.paused()) + " paused";
  card.Add("links", links);
  const std::string waiting = WaitingText(progress);
  card.Add("changes", waiting.empty() ? "all carried over" : waiting);
  if (progress.hindered() > 0)
    card.Add("hindered",
             {Plural(progress.hindered(), "link") + ", tried again and again", Tone::kBad});
  card.Add("reading", ScanText(progress, now));
  if (progress.open_conflicts() > 0)
    card.Add("questions", {Grouped(progress.open_conflicts()), Tone::kBad});
  if (progress.overwritten() > 0)
    card.Add("overwritten", Plural(progress.overwritten(), "value") + ", can be put back");
  if (progress.has_compare_time()) {
    card.Add("compared",
             Dated(progress.compare_time(), now) + ", drift " + Grouped(progress.drift()));
  }
  if (progress.requests_left() > 0) {
    std::string left = "some " + Plural(progress.requests_left(), "request");
    if (progress.has_estimated_end_time())
      left += ", done " + Relative(progress.estimated_end_time(), now);
    card.Add("to do", left);
  }
}

std::string TwoWayHints(const TwoWay& progress, const std::string& sync, const std::string& account,
                        const Style& style) {
  std::string text;
  const auto add = [&](const std::string& line, Tone tone) {
    text += Paint(Printable(line), tone, style) + "\n";
  };
  const std::string about = " --sync " + sync + " --account " + account;
  if (!progress.error_code().empty())
    add(progress.error_code() + ": " + progress.error_help(), Tone::kBad);
  const auto held = [&](const std::string& side) {
    add("deletes in " + side + " are held: look at them with `switchboard sync links --state " +
            "parked" + about + "`, let them through with `switchboard sync approve-deletes " +
            sync + " " + side + " --account " + account + "`",
        Tone::kBad);
  };
  if (progress.deletes_held_a()) held(progress.side_a());
  if (progress.deletes_held_b()) held(progress.side_b());
  if (progress.open_conflicts() > 0)
    add("questions wait for you: switchboard sync conflicts --open" + about, Tone::kBusy);
  return text;
}

std::string TwoWayLine(const TwoWay& progress, WallTime now) {
  std::string line = PhaseWord(progress) + ", " + Plural(progress.active(), "link");
  const auto add = [&](const std::string& part) {
    if (!part.empty()) line += ", " + part;
  };
  add(ScanText(progress, now));
  add(WaitingText(progress));
  if (progress.has_estimated_end_time())
    add("done " + Relative(progress.estimated_end_time(), now));
  if (progress.parked() > 0) add(Grouped(progress.parked()) + " parked");
  if (progress.hindered() > 0) add(Grouped(progress.hindered()) + " hindered");
  if (progress.open_conflicts() > 0) add(Plural(progress.open_conflicts(), "question"));
  if (!progress.error_code().empty()) add(progress.error_code() + ": " + progress.error_help());
  return Printable(line);
}

// ---- Links

Cell LinkStateCell(const v1::Link& link) {
  const std::string word = LowerWord(v1::Link::State_Name(link.state()), "STATE_");
  switch (link.state()) {
    case v1::Link::STATE_ACTIVE:
      return {word, Tone::kGood};
    case v1::Link::STATE_PARKED:
      return {word, Tone::kBad};
    default:
      return {word, Tone::kFaint};
  }
}

std::string LinksText(const v1::ListLinksResponse& response, const TwoWay& sides, WallTime now,
                      const Style& style) {
  Table table({{"LINK", true},
               SideColumn(sides.side_a()),
               SideColumn(sides.side_b()),
               {"STATE"},
               {"AGREED LAST"},
               {"WHY"}});
  for (const v1::Link& link : response.links()) {
    table.Add({link.id(), link.key_a(), link.key_b(), LinkStateCell(link),
               Relative(link.settle_time(), now), WhyText(link)});
  }
  return table.Text(style);
}

// ---- Conflicts

std::string ConflictsText(const v1::ListConflictsResponse& response, const TwoWay& sides,
                          WallTime now, const Style& style) {
  Table table({{"CONFLICT", true},
               {"RECORD"},
               {"FIELD"},
               SideColumn(sides.side_a()),
               SideColumn(sides.side_b()),
               {"FOUND"},
               {"WHAT"}});
  for (const v1::LinkConflict& each : response.conflicts()) {
    table.Add({each.id(),
               each.side() + " " + each.key(),
               each.field(),
               ValueText(each.a()),
               ValueText(each.b()),
               Relative(each.find_time(), now),
               {ConflictWord(each), each.open() ? Tone::kBad : Tone::kPlain}});
  }
  return table.Text(style);
}

std::string AnswerHint(const v1::ListConflictsResponse& response, const TwoWay& sides,
                       const std::string& about) {
  const auto first =
      std::find_if(response.conflicts().begin(), response.conflicts().end(), CanBeAnswered);
  if (first == response.conflicts().end()) return "";
  return Printable("answer one: " + AnswerTo(*first, sides) + " " + about) + "\n";
}

std::string LinkStoryText(const v1::LinkStory& story, WallTime now, const Style& style) {
  std::string text = Printable(story.sentence()) + "\n";
  if (story.has_link()) {
    const v1::Link& link = story.link();
    Card card;
    card.Add("link", link.id());
    card.Add("made", Dated(link.create_time(), now));
    card.Add("agreed last", Dated(link.settle_time(), now));
    std::vector<std::string> fields;
    for (const auto& [field, value] : link.agreed().fields()) fields.push_back(field);
    std::sort(fields.begin(), fields.end());
    for (const std::string& field : fields)
      card.Add("  " + field, ValueText(link.agreed().fields().at(field)));
    text += card.Text(style);
  }
  return text + EventsText(story, style) + ConflictsOf(story, now, style);
}

std::string ConflictText(const v1::LinkConflict& conflict, const std::string& side_a,
                         const std::string& side_b, WallTime now, const Style& style) {
  Card card;
  card.Add("conflict", conflict.id());
  card.Add("what", {conflict.sentence(), conflict.open() ? Tone::kBad : Tone::kPlain});
  card.Add("code", conflict.code());
  card.Add("record", conflict.key() + " of " + conflict.side());
  card.Add("link", conflict.link());
  card.Add("found", Dated(conflict.find_time(), now));
  card.Add("won by", conflict.rule());
  card.Add("answered", Dated(conflict.resolve_time(), now));
  card.Add("by", conflict.resolved_by());
  std::string text = card.Text(style);
  if (!conflict.field().empty()) {
    Table table({{"", true}, {conflict.field()}, {"CHANGED"}});
    table.Add({"agreed before", ValueText(conflict.base()), ""});
    table.Add({side_a, ValueText(conflict.a()), Dated(conflict.a_time(), now)});
    table.Add({side_b, ValueText(conflict.b()), Dated(conflict.b_time(), now)});
    text += "\n" + table.Text(style);
  }
  for (const std::string& rival : conflict.rivals())
    text += Printable("fits, too: " + rival) + "\n";
  return text;
}

}  // namespace sb::app::cli
