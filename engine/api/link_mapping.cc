#include "engine/api/link_mapping.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/api/json_mapping.h"
#include "engine/api/sync_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace ct = core::twoway;
using Progress = v1::TwoWayProgress;

constexpr double kPermilleOfPercent = 10;

/// Records as JSON objects, their fields in the order of their names.
google::protobuf::Struct StructOf(const ct::Record& record) {
  Json object = Json::object();
  for (const auto& [field, value] : record) object[field] = value;
  return ToStruct(object);
}

void AddProblems(const std::vector<ports::SideProblem>& problems, const std::string& side,
                 v1::TwoWayPlan& plan) {
  for (const ports::SideProblem& problem : problems) {
    v1::LinkSideProblem& proto = *plan.add_problems();
    proto.set_side(side);
    proto.set_code(problem.code);
    proto.set_field(problem.field);
    proto.set_reason(problem.reason);
    proto.set_advice(problem.advice);
  }
}

v1::LinkSample::What WhatOf(const std::string& what) {
  static const std::map<std::string, v1::LinkSample::What> kWhats = {
      {"equal", v1::LinkSample::WHAT_EQUAL},         {"update", v1::LinkSample::WHAT_UPDATE},
      {"create_a", v1::LinkSample::WHAT_CREATE_A},   {"create_b", v1::LinkSample::WHAT_CREATE_B},
      {"ambiguous", v1::LinkSample::WHAT_AMBIGUOUS}, {"taken", v1::LinkSample::WHAT_TAKEN},
      {"refused", v1::LinkSample::WHAT_REFUSED},     {"skip", v1::LinkSample::WHAT_SKIP}};
  const auto found = kWhats.find(what);
  return found == kWhats.end() ? v1::LinkSample::WHAT_UNSPECIFIED : found->second;
}

std::set<std::string> FieldsOfSample(const syncs::PlanSample& sample) {
  std::set<std::string> fields;
  for (const ct::Record* record : {&sample.a, &sample.b, &sample.target})
    for (const auto& [field, value] : *record) fields.insert(field);
  for (const ct::Loss& ask : sample.asks) fields.insert(ask.field);
  return fields;
}

v1::LinkSample SampleProto(const syncs::PlanSample& sample) {
  v1::LinkSample proto;
  proto.set_what(WhatOf(sample.what));
  proto.set_key_a(sample.key_a);
  proto.set_key_b(sample.key_b);
  proto.set_code(sample.code);
  for (const std::string& rival : sample.rivals) proto.add_rivals(rival);
  for (const std::string& name : FieldsOfSample(sample)) {
    v1::LinkSampleField& field = *proto.add_fields();
    field.set_field(name);
    *field.mutable_a() = ToValue(ct::ValueOf(sample.a, name));
    *field.mutable_b() = ToValue(ct::ValueOf(sample.b, name));
    field.set_asks(std::ranges::count(sample.asks, name, &ct::Loss::field) > 0);
    *field.mutable_result() = ToValue(field.asks() ? Json() : ct::ValueOf(sample.target, name));
    const auto loss = std::ranges::find(sample.losses, name, &ct::Loss::field);
    if (loss != sample.losses.end()) field.set_rule(loss->rule);
  }
  return proto;
}

void AddFlags(const syncs::LinkPlan& plan, const SideNames& names, v1::TwoWayPlan& proto) {
  for (const auto& [code, fields] : plan.flagged) {
    v1::LinkFlagCount& count = *proto.add_flag_counts();
    count.set_code(code);
    count.set_fields(fields);
  }
  for (const syncs::PlanFlag& seen : plan.flags) {
    v1::LinkFlag& flag = *proto.add_flags();
    flag.set_side(names.of(seen.side));
    flag.set_key(seen.key);
    flag.set_field(seen.flag.field);
    flag.set_code(seen.flag.code);
  }
}

Progress::Phase PhaseOf(const syncs::TwoWayStanding& standing, ports::SyncState state) {
  if (state != ports::SyncState::kRunning) return Progress::PHASE_PAUSED;
  if (!standing.progress.error.empty()) return Progress::PHASE_FAILING;
  if (!standing.progress.first_done) return Progress::PHASE_FIRST;
  if (standing.deletes_held_a || standing.deletes_held_b) return Progress::PHASE_HELD;
  return standing.comparing ? Progress::PHASE_COMPARING : Progress::PHASE_LIVE;
}

google::protobuf::Timestamp InMinutes(double minutes, WallTime now) {
  constexpr double kMillisInMinute = 60'000;
  return ToTimestamp(now + Millis(std::llround(minutes * kMillisInMinute)));
}

v1::LinkScan ScanProto(const syncs::TwoWayStanding& standing, const SideNames& names,
                       WallTime now) {
  const ports::LinkProgress& at = standing.progress;
  v1::LinkScan scan;
  scan.set_side(names.of(at.scanning));
  if (at.scan_begun_at) *scan.mutable_start_time() = ToTimestamp(*at.scan_begun_at);
  scan.set_seen(at.scan_seen);
  scan.set_total(at.scan_total.value_or(-1));
  scan.set_done_permille(standing.percent ? static_cast<std::int32_t>(
                                                std::lround(*standing.percent * kPermilleOfPercent))
                                          : -1);
  if (standing.side_minutes_left)
    *scan.mutable_estimated_end_time() = InMinutes(*standing.side_minutes_left, now);
  return scan;
}

void CountLinks(const ports::LinkCounts& counts, Progress& proto) {
  proto.set_active(counts.active);
  proto.set_parked(counts.parked);
  proto.set_paused(counts.paused);
  proto.set_hindered(counts.hindered);
  proto.set_waiting(counts.waiting);
  proto.set_open_conflicts(counts.open_conflicts);
  proto.set_overwritten(counts.overwritten);
}

void AddForecast(const syncs::TwoWayStanding& standing, WallTime now, Progress& proto) {
  proto.set_requests_left(standing.requests_left);
  if (!standing.minutes_left || *standing.minutes_left <= 0) return;
  *proto.mutable_estimated_end_time() = InMinutes(*standing.minutes_left, now);
}

/// Whether the details of such a line are about fields. Of the others they say why, or which: a
/// code, a key, an answer.
bool IsAboutFields(const std::string& what) {
  static const std::set<std::string> kOthers = {"linked", "met", "parked", "ended"};
  return !kOthers.contains(what);
}

std::string TextIn(const Json& detail, const char* name) {
  const auto found = detail.is_object() ? detail.find(name) : detail.end();
  return found != detail.end() && found->is_string() ? found->get<std::string>() : "";
}

/// [before, after] of each field; where it is no pair: what stands from then on.
void AddChanges(const Json& detail, v1::LinkEvent& proto) {
  if (!detail.is_object()) return;
  for (const auto& [field, values] : detail.items()) {
    v1::LinkChange& change = *proto.add_changes();
    change.set_field(field);
    const bool both = values.is_array() && values.size() == 2;
    *change.mutable_before() = ToValue(both ? values[0] : Json());
    *change.mutable_after() = ToValue(both ? values[1] : values);
  }
}

std::string RecordTitle(const ports::LinkConflict& conflict, const SideNames& names) {
  return "record " + conflict.key + " of " + names.of(conflict.side);
}

}  // namespace

SideNames NamesOf(const ct::Definition& definition) {
  return {definition.a.name, definition.b.name};
}

// ---- Plans

v1::TwoWayPlan ToProto(const syncs::LinkPlan& plan, const SideNames& names) {
  v1::TwoWayPlan proto;
  proto.set_side_a(names.a);
  proto.set_side_b(names.b);
  AddProblems(plan.problems_a, names.a, proto);
  AddProblems(plan.problems_b, names.b, proto);
  proto.set_records_a(plan.read_a);
  proto.set_records_b(plan.read_b);
  proto.set_cut(!plan.whole);
  proto.set_linked(plan.linked);
  proto.set_equal(plan.equal);
  proto.set_created_a(plan.creates_a);
  proto.set_created_b(plan.creates_b);
  proto.set_updated_a(plan.updates_a);
  proto.set_updated_b(plan.updates_b);
  proto.set_conflicts(plan.questions);
  proto.set_overwritten(plan.conflicts);
  proto.set_ambiguous(plan.ambiguous);
  proto.set_skipped(plan.skipped);
  proto.set_refused(plan.refused);
  for (const syncs::PlanSample& sample : plan.samples) *proto.add_samples() = SampleProto(sample);
  AddFlags(plan, names, proto);
  proto.set_requests_used(plan.requests_used);
  proto.set_requests(plan.requests);
  proto.set_minutes(plan.minutes ? static_cast<std::int64_t>(std::ceil(*plan.minutes)) : -1);
  return proto;
}

// ---- Progress

Progress ToProto(const syncs::TwoWayStanding& standing, ports::SyncState state,
                 const SideNames& names, WallTime now) {
  const ports::LinkProgress& at = standing.progress;
  Progress proto;
  proto.set_side_a(names.a);
  proto.set_side_b(names.b);
  proto.set_phase(PhaseOf(standing, state));
  CountLinks(standing.counts, proto);
  constexpr double kMillisInSecond = 1000;
  proto.set_lag_ms(
      standing.seconds_behind ? std::llround(*standing.seconds_behind * kMillisInSecond) : -1);
  proto.set_deletes_held_a(standing.deletes_held_a);
  proto.set_deletes_held_b(standing.deletes_held_b);
  if (standing.comparing) *proto.mutable_scan() = ScanProto(standing, names, now);
  if (at.compared_at) *proto.mutable_compare_time() = ToTimestamp(*at.compared_at);
  proto.set_drift(at.drift);
  AddForecast(standing, now, proto);
  proto.set_error_code(at.error);
  if (!at.error.empty())
    proto.set_error_help(at.error_reason.empty() ? SyncErrorHelp(at.error) : at.error_reason);
  return proto;
}

Progress HinderedProgress(const Error& error, ports::SyncState state, const SideNames& names) {
  Progress proto;
  proto.set_side_a(names.a);
  proto.set_side_b(names.b);
  proto.set_phase(state == ports::SyncState::kRunning ? Progress::PHASE_FAILING
                                                      : Progress::PHASE_PAUSED);
  proto.set_lag_ms(-1);
  proto.set_error_code(error.code);
  proto.set_error_help(error.message);
  return proto;
}

bool IsSettled(const Progress& progress) {
  const bool live = progress.phase() == Progress::PHASE_LIVE ||
                    progress.phase() == Progress::PHASE_HELD ||
                    progress.phase() == Progress::PHASE_COMPARING;
  return live && progress.waiting() == 0;
}

// ---- Links

// The numbers of the states are the same on both sides.
v1::Link ToProto(const ports::Link& link, bool whole) {
  v1::Link proto;
  proto.set_id(ToText(link.id));
  proto.set_key_a(link.state.key_a);
  proto.set_key_b(link.state.key_b);
  proto.set_state(static_cast<v1::Link::State>(link.standing));
  proto.set_code(link.code);
  proto.set_reason(link.reason);
  *proto.mutable_create_time() = ToTimestamp(link.created_at);
  if (link.settled_at != WallTime{}) *proto.mutable_settle_time() = ToTimestamp(link.settled_at);
  proto.set_writing(link.state.intent.has_value());
  if (whole && link.state.agreed) *proto.mutable_agreed() = StructOf(link.state.agreed->base);
  return proto;
}

v1::LinkEvent ToProto(const ports::LinkEntry& entry, const SideNames& names) {
  v1::LinkEvent proto;
  *proto.mutable_time() = ToTimestamp(entry.at);
  proto.set_what(entry.what);
  proto.set_reason(entry.reason);
  if (entry.what.ends_with("_a")) proto.set_side(names.a);
  if (entry.what.ends_with("_b")) proto.set_side(names.b);
  if (IsAboutFields(entry.what)) {
    AddChanges(entry.detail, proto);
    return proto;
  }
  proto.set_code(TextIn(entry.detail, "code"));
  const std::string choice = TextIn(entry.detail, "choice");
  if (!choice.empty()) proto.set_reason(entry.reason + ": " + choice);
  return proto;
}

v1::LinkConflict ToProto(const ports::LinkConflict& conflict, const SideNames& names) {
  v1::LinkConflict proto;
  proto.set_id(ToText(conflict.id));
  if (!conflict.link.IsNone()) proto.set_link(ToText(conflict.link));
  proto.set_side(names.of(conflict.side));
  proto.set_key(conflict.key);
  proto.set_code(conflict.code);
  proto.set_field(conflict.field);
  *proto.mutable_base() = ToValue(conflict.base);
  *proto.mutable_a() = ToValue(conflict.a);
  *proto.mutable_b() = ToValue(conflict.b);
  if (conflict.a_at) *proto.mutable_a_time() = ToTimestamp(*conflict.a_at);
  if (conflict.b_at) *proto.mutable_b_time() = ToTimestamp(*conflict.b_at);
  proto.set_rule(conflict.rule);
  for (const std::string& rival : conflict.rivals) proto.add_rivals(rival);
  proto.set_open(conflict.open);
  proto.set_resolution(conflict.resolution);
  proto.set_resolved_by(conflict.resolved_by);
  *proto.mutable_find_time() = ToTimestamp(conflict.at);
  if (conflict.resolved_at) *proto.mutable_resolve_time() = ToTimestamp(*conflict.resolved_at);
  proto.set_sentence(SentenceOf(conflict, names));
  return proto;
}

v1::LinkStory ToProto(const syncs::LinkExplanation& explanation, const SideNames& names) {
  v1::LinkStory story;
  *story.mutable_link() = ToProto(explanation.link, true);
  for (const ports::LinkEntry& entry : explanation.history)
    *story.add_events() = ToProto(entry, names);
  for (const ports::LinkConflict& conflict : explanation.conflicts)
    *story.add_conflicts() = ToProto(conflict, names);
  story.set_sentence(SentenceOf(explanation.link, names));
  return story;
}

v1::LinkStory StoryWithoutLink(const syncs::RecordExplanation& explanation,
                               const SideNames& names) {
  v1::LinkStory story;
  const std::string record = "record " + explanation.key + " of " + names.of(explanation.side);
  const bool waits =
      std::ranges::count(explanation.conflicts, true, &ports::LinkConflict::open) > 0;
  const bool linked =
      std::ranges::any_of(explanation.links, [](const syncs::LinkExplanation& each) {
        return each.link.standing != ports::LinkStanding::kEnded;
      });
  for (const ports::LinkConflict& conflict : explanation.conflicts)
    *story.add_conflicts() = ToProto(conflict, names);
  if (linked) {
    story.set_sentence(record + " waited for a person before it was linked");
  } else if (waits) {
    story.set_sentence(record + " has no link and waits for a person");
  } else if (explanation.tombstone) {
    story.set_sentence(record + " was deleted at " + ToRfc3339(explanation.tombstone->deleted_at));
  } else {
    story.set_sentence(record + " has no link");
  }
  return story;
}

// ---- Sentences

std::string SentenceOf(const ports::LinkConflict& conflict, const SideNames& names) {
  const std::string& other = names.of(ct::OtherOf(conflict.side));
  if (!conflict.open && conflict.code == "LINK_FIELD_OVERWRITTEN" && conflict.resolution.empty())
    return "a value of " + conflict.field + " gave way; it can be put back for 90 days";
  if (!conflict.open) {
    if (conflict.resolution == "erased") return "the person was erased";
    return conflict.resolution == "gone" ? "it answered itself: the sides agree now"
                                         : "it was answered: " + conflict.resolution;
  }
  if (conflict.code == "LINK_AMBIGUOUS") {
    return std::to_string(conflict.rivals.size()) + " records of " + other + " fit " +
           RecordTitle(conflict, names) +
           ": link it with one of them, create another, or ignore it";
  }
  if (conflict.code == "LINK_TAKEN") {
    return "what fits " + RecordTitle(conflict, names) +
           " is linked with another record: create another counterpart, or ignore it";
  }
  if (conflict.field.empty())
    return RecordTitle(conflict, names) + " waits for a person: docs/errors.md says more about " +
           conflict.code;
  return names.a + " and " + names.b + " have " + conflict.field +
         " differently: choose one of them, or give a value";
}

std::string SentenceOf(const ports::Link& link, const SideNames& names) {
  const auto named = [](const std::string& side, const std::string& key) {
    return side + " " + (key.empty() ? "(none yet)" : key);
  };
  const std::string pair =
      named(names.a, link.state.key_a) + " and " + named(names.b, link.state.key_b);
  const std::string why = link.reason.empty() ? link.code : link.reason;
  switch (link.standing) {
    case ports::LinkStanding::kParked:
      return pair + " wait for a person: " + why;
    case ports::LinkStanding::kPaused:
      return pair + " are linked; a person paused the link";
    case ports::LinkStanding::kEnded:
      return pair + " were linked; that has ended" + (why.empty() ? "" : ": " + why);
    case ports::LinkStanding::kActive:
      break;
  }
  return pair + (link.state.intent ? " are linked; a write is under way" : " are linked");
}

}  // namespace sb::api
