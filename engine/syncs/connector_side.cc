#include "engine/syncs/connector_side.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/connector/instant.h"
#include "engine/connector/streams.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::FieldLimits;
using ports::SideRecord;
using ports::SideWrite;
using ports::SideWritten;

/// Of one update: each begins with a fresh look at the record.
constexpr int kMostRounds = 3;
/// So long after it is first looked for, what a lost request made shows, or was not made.
constexpr Millis kSettles = std::chrono::seconds(60);
constexpr Millis kThisSecond = std::chrono::seconds(1);

/// All objects in one evaluation. The line breaks keep a comment at the end of an expression from
/// swallowing what follows.
std::string ProgramOf(const core::twoway::RecordKind& kind) {
  const std::string at = kind.changed_at.empty() ? "null" : kind.changed_at;
  return "[.[] | (try {key: first((" + kind.key + "\n), null), at: first((" + at +
         "\n), null), native: (" + kind.native + "\n)} catch null)]";
}

/// A key as text: providers number their records, or name them.
std::string KeyText(const Json& key) {
  if (key.is_string()) return key.get<std::string>();
  return key.is_number_integer() ? key.dump() : std::string();
}

/// What stands for an object that cannot be read, so that it is counted.
std::string StandInFor(const Json& object) {
  return "?" + ToHex(Sha256(DumpJson(object)));
}

/// What failed, as sides tell it. "Not found" stays, for whoever asked to make an answer of it.
Error AsSideTells(Error error, bool writing) {
  switch (error.kind) {
    case ErrorKind::kCancelled:
    case ErrorKind::kTimeout:
    case ErrorKind::kRateLimited:
    case ErrorKind::kInternal:
      error.kind = ErrorKind::kUnavailable;
      return error;
    case ErrorKind::kNotFound:
      if (error.code == "ACCOUNT_NOT_FOUND") error.kind = ErrorKind::kUnauthorized;
      return error;
    case ErrorKind::kInDoubt:
      if (!writing) error.kind = ErrorKind::kUnavailable;
      return error;
    case ErrorKind::kInvalid:
    case ErrorKind::kConflict:
      if (writing) return Invalid("LINK_VALUE_REFUSED", error.message);
      error.kind = ErrorKind::kUnavailable;
      return error;
    case ErrorKind::kUnauthorized:
    case ErrorKind::kForbidden:
    case ErrorKind::kUnavailable:
      break;
  }
  return error;
}

bool IsNotThere(const Error& error) {
  return error.kind == ErrorKind::kNotFound;
}

/// Not what the connector describes, however often it is looked at.
bool IsUnreadable(const Error& error) {
  return error.code == "LINK_RECORD_UNREADABLE";
}

/// A number that no record can have, as it is none.
bool IsNoNumber(const Error& error) {
  return error.code == "PHONE_NUMBER_INVALID" || error.code == "PHONE_NUMBER_WITHHELD";
}

bool IsBlankValue(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_array() && value.empty());
}

/// An entry of a list as it is compared: a label that is not there is an empty one.
Json PlainEntry(const Json& entry) {
  return {{"value", Member(entry, "value")}, {"label", TextMember(entry, "label")}};
}

/// The order of a list says nothing.
Json Comparable(const Json& value) {
  if (IsBlankValue(value)) return {};
  if (!value.is_array()) return value;
  std::vector<Json> entries;
  for (const Json& entry : value) entries.push_back(PlainEntry(entry));
  std::ranges::sort(entries);
  return entries;
}

bool IsAsExpected(const Json& expected, const Json& native) {
  return std::ranges::all_of(expected.items(), [&](const auto& each) {
    return Comparable(each.value()) == Comparable(Member(native, each.key()));
  });
}

/// By what two entries of a list are one: the digits of a number, an address in any case.
std::string SamenessOf(const std::string& type, const std::string& value) {
  std::string same;
  for (const char c : value) {
    const bool digit = c >= '0' && c <= '9';
    if (type == "phones" && !digit) continue;
    same += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return same.empty() ? value : same;
}

std::string LabelThere(const std::string& type, const Json& entries, const std::string& value) {
  if (!entries.is_array()) return {};
  for (const Json& each : entries) {
    if (SamenessOf(type, TextMember(each, "value")) == SamenessOf(type, value))
      return TextMember(each, "label");
  }
  return {};
}

/// The entries with labels where the side keeps none without: that which is there, or the blank
/// one.
Json WithLabels(const FieldLimits& limits, Json entries, const Json& now) {
  if (limits.blank_label.empty() || !entries.is_array()) return entries;
  for (Json& entry : entries) {
    if (!TextMember(entry, "label").empty()) continue;
    const std::string there = LabelThere(limits.type, now, TextMember(entry, "value"));
    entry["label"] = there.empty() ? limits.blank_label : there;
  }
  return entries;
}

/// Whether a side can be made to show this.
bool CanHold(const FieldLimits& limits, const Json& value) {
  if (!limits.writable) return false;
  if (value.is_null() && !limits.clears) return false;
  const std::size_t entries = value.is_array() ? value.size() : 0;
  return limits.least == 0 || entries >= limits.least;
}

/// The instant after which it is worth while to look again.
Millis NextLook(const std::vector<Millis>& waits, Millis elapsed) {
  Millis at{0};
  for (const Millis wait : waits) {
    at += wait;
    if (at > elapsed) return at - elapsed;
  }
  return std::max(Millis(1'000), kSettles - elapsed);
}

// ---- Where a scan is, as text

struct ScanPlace {
  std::string scan;  ///< Which reading it is of: several may be under way.
  core::sync::ScanPosition position;
  std::int64_t unproven = 0;
  std::optional<std::int64_t> total;
};

std::string TextOf(const ScanPlace& place, const core::sync::WindowReading& reading) {
  Json json = core::sync::ToJson(place.position);
  json["scan"] = place.scan;
  json["unproven"] = place.unproven;
  if (place.total) json["total"] = *place.total;
  json["page"] = reading.page;  // tells it from the page before, for the memory
  json["attempt"] = reading.attempt;
  return DumpJson(json);
}

std::optional<ScanPlace> ScanPlaceFrom(const std::string& text) {
  const auto json = ParseJson(text);
  if (!json.ok()) return {};
  auto position = core::sync::ScanPositionFrom(*json);
  if (!position) return {};
  ScanPlace place{TextMember(*json, "scan"),
                  *std::move(position),
                  json->value("unproven", std::int64_t{0}),
                  {}};
  if (json->contains("total")) place.total = json->value("total", std::int64_t{0});
  return place;
}

// ---- Where the reading of changes is, as text

struct ChangesPlace {
  WallTime at;                              ///< Everything before it was told.
  std::map<std::string, std::string> told;  ///< What was told of it, by key: a hash.
};

std::string HashOfNative(const SideRecord& record) {
  return ToHex(Sha256(DumpJson(record.native))).substr(0, 16);
}

void NoteChange(const SideRecord& record, ChangesPlace& place) {
  // An import changes many within one second. What is not noted is told once more.
  constexpr std::size_t kMostTold = 5'000;
  if (!record.changed_at || *record.changed_at < place.at) return;
  if (*record.changed_at > place.at) place = {*record.changed_at, {}};
  if (place.told.size() < kMostTold) place.told[record.key] = HashOfNative(record);
}

bool IsTold(const SideRecord& record, const ChangesPlace& place) {
  if (!record.changed_at) return false;
  if (*record.changed_at < place.at) return true;
  const auto told = place.told.find(record.key);
  return *record.changed_at == place.at && told != place.told.end() &&
         told->second == HashOfNative(record);
}

std::string TextOf(const ChangesPlace& place) {
  return DumpJson({{"at", place.at.time_since_epoch().count()}, {"told", Json(place.told)}});
}

std::optional<ChangesPlace> ChangesPlaceFrom(const std::string& text) {
  const auto json = ParseJson(text);
  if (!json.ok() || !Member(*json, "at").is_number_integer()) return {};
  ChangesPlace place;
  place.at = WallTime(std::chrono::microseconds(json->at("at").get<std::int64_t>()));
  for (const auto& [key, hash] : Member(*json, "told").items()) place.told[key] = PlainText(hash);
  return place;
}

}  // namespace

ConnectorSide::ConnectorSide(Dependencies dependencies, const connector::Connector& connector,
                             const core::twoway::RecordKind& kind, AccountId account,
                             std::string external_key)
    : deps_(dependencies),
      connector_(connector),
      kind_(kind),
      stream_(connector.streams.at(kind.stream)),
      account_(account),
      external_key_(std::move(external_key)),
      place_(ToText(account) + "/" + kind.name),
      shape_(stream_.shape),
      program_(ProgramOf(kind)) {
  // A window costs a request more for each cut, and only what moved is read again.
  if (shape_.most > 0) shape_.comfortable = std::max(shape_.comfortable, shape_.most * 9 / 10);
}

// ---- What it is like

Result<core::twoway::SideShape> ConnectorSide::Shape() {
  return kind_.fields;
}

Result<std::vector<ports::SideProblem>> ConnectorSide::Check(
    const std::vector<std::string>& read, const std::vector<std::string>& written) {
  std::vector<ports::SideProblem> problems;
  const auto check = [&](const std::string& name, bool writes) {
    const auto field = kind_.fields.find(name);
    if (field == kind_.fields.end()) {
      problems.push_back({"LINK_FIELD_UNKNOWN", name,
                          connector_.title + " has no field '" + name + "' in a " + kind_.name});
    } else if (writes && !field->second.writable) {
      problems.push_back({"LINK_FIELD_READ_ONLY", name,
                          connector_.title + " lets nobody write '" + name +
                              "': map it in one direction, away from there"});
    }
  };
  for (const std::string& name : read) check(name, false);
  for (const std::string& name : written) check(name, true);
  if (!external_key_.empty()) {
    problems.push_back({"LINK_MATCH_UNUSABLE", external_key_,
                        connector_.title +
                            " cannot be searched by this field: leave `external_key` out and "
                            "match by phone or e-mail"});
  }
  return problems;
}

Status ConnectorSide::Prepare() {
  return {};
}

Status ConnectorSide::Dismantle() {
  return {};
}

// ---- Asking

ports::ActionCall ConnectorSide::CallOf(const std::string& action, Json input, Lane lane,
                                        const std::string& op_key) const {
  ports::ActionCall call;
  call.account = account_;
  call.action = connector_.name + "." + action;
  call.input = std::move(input);
  call.lane = lane;
  call.op_key = op_key;
  return call;
}

Result<Json> ConnectorSide::Perform(const std::string& action, Json input, Kind kind, Lane lane,
                                    const std::string& op_key) const {
  auto output =
      ports::PerformAndWait(deps_.performer, CallOf(action, std::move(input), lane, op_key));
  if (!output.ok()) return AsSideTells(output.error(), kind == Kind::kWriting);
  return output;
}

Error ConnectorSide::Unreadable(const std::string& what) const {
  return Unavailable("LINK_RECORD_UNREADABLE", what + " of " + connector_.title +
                                                   " is not what the connector describes as a " +
                                                   kind_.name + "; it is asked again later");
}

Result<Json> ConnectorSide::Evaluate(const std::string& program, const Json& input,
                                     const core::workflow::Arguments& arguments) const {
  auto value = deps_.expressions.Evaluate(program, input, arguments);
  if (!value.ok() && value.error().kind != ErrorKind::kUnavailable) return Unreadable("an answer");
  return value;
}

Result<Json> ConnectorSide::Fill(const Json& with,
                                 const core::workflow::Arguments& arguments) const {
  auto input = core::workflow::EvaluateTemplate(deps_.expressions, with, Json::object(), arguments);
  if (!input.ok() && input.error().kind != ErrorKind::kUnavailable) return Unreadable("a value");
  return input;
}

// ---- Understanding

Result<std::vector<std::optional<SideRecord>>> ConnectorSide::Understand(
    const Json& objects) const {
  const auto read = Evaluate(program_, objects, {});
  if (!read.ok()) return read.error();
  std::vector<std::optional<SideRecord>> records;
  for (const Json& each : *read) {
    const std::string key = KeyText(Member(each, "key"));
    if (key.empty() || !Member(each, "native").is_object()) {
      records.emplace_back();
      continue;
    }
    records.push_back(SideRecord{key, each.at("native"), connector::InstantOf(Member(each, "at"))});
  }
  return records;
}

Result<ConnectorSide::Held> ConnectorSide::UnderstandOne(Json object) const {
  auto records = Understand(Json::array({object}));
  if (!records.ok()) return records.error();
  if (records->size() != 1 || !records->front()) return Unreadable("an object");
  return Held{std::move(object), *std::move(records->front())};
}

Result<std::optional<ConnectorSide::Held>> ConnectorSide::Fetch(const std::string& key,
                                                                Lane lane) const {
  auto input = Fill(kind_.read.with, {{"key", key}});
  if (!input.ok()) return input.error();
  auto output = Perform(kind_.read.action, *std::move(input), Kind::kReading, lane);
  if (!output.ok() && IsNotThere(output.error())) return std::optional<Held>();
  if (!output.ok()) return output.error();
  if (!kind_.read.pick.empty()) output = Evaluate(kind_.read.pick, *output, {{"key", key}});
  if (!output.ok()) return output.error();
  auto held = UnderstandOne(*std::move(output));
  if (!held.ok()) return held.error();
  return std::optional<Held>(*std::move(held));
}

Result<std::optional<SideRecord>> ConnectorSide::Read(const std::string& key, Lane lane) {
  deps_.memory.Unsee(place_, key);
  auto held = Fetch(key, lane);
  if (!held.ok()) return held.error();
  if (!*held) return std::optional<SideRecord>();
  SideRecord record = (*held)->record;
  deps_.memory.Saw(place_,
                   {std::move((*held)->object), std::move((*held)->record), deps_.clock.Now()});
  return std::optional<SideRecord>(std::move(record));
}

Result<bool> ConnectorSide::IsGone(const std::string& key, Lane lane) {
  const auto held = Fetch(key, lane);
  if (!held.ok()) return held.error();
  if (*held) return false;
  auto input = Fill(kind_.prove.with, {});
  if (!input.ok()) return input.error();
  const auto proof = Perform(kind_.prove.action, *std::move(input), Kind::kReading, lane);
  if (proof.ok()) return true;
  if (!IsNotThere(proof.error())) return proof.error();
  return Unavailable(proof.error().code, proof.error().message);
}

// ---- Finding

Result<std::vector<SideRecord>> ConnectorSide::Search(const core::twoway::RecordUse& use,
                                                      const std::string& value, Lane lane) const {
  auto input = Fill(use.with, {{"value", value}});
  if (!input.ok()) return input.error();
  auto output = Perform(use.action, *std::move(input), Kind::kReading, lane);
  std::vector<SideRecord> found;
  if (!output.ok()) {
    if (IsNotThere(output.error()) || IsNoNumber(output.error())) return found;
    return output.error();
  }
  if (!use.pick.empty()) output = Evaluate(use.pick, *output, {{"value", value}});
  if (!output.ok()) return output.error();
  if (!output->is_array()) return Unreadable("what was found");
  auto records = Understand(*output);
  if (!records.ok()) return records.error();
  for (std::optional<SideRecord>& each : *records) {
    if (!each) return Unreadable("an object");
    found.push_back(*std::move(each));
  }
  return found;
}

/// The other side may hold anything where our keys belong.
bool ConnectorSide::CanBeKey(const std::string& text) const {
  const auto input = core::workflow::EvaluateTemplate(deps_.expressions, kind_.read.with,
                                                      Json::object(), {{"key", text}});
  return !text.empty() && (input.ok() || input.error().kind == ErrorKind::kUnavailable);
}

Result<std::vector<SideRecord>> ConnectorSide::Find(const core::twoway::MatchKey& key, Lane lane) {
  std::vector<SideRecord> found;
  if (key.by == core::twoway::MatchBy::kExternalKey) {
    if (!external_key_.empty() || !CanBeKey(key.value)) return found;
    auto record = Read(key.value, lane);
    if (!record.ok() && record.error().code == "ACTION_INPUT_INVALID") return found;
    if (!record.ok()) return record.error();
    if (*record) found.push_back(**std::move(record));
    return found;
  }
  const bool phone = key.by == core::twoway::MatchBy::kPhone;
  for (const core::twoway::RecordUse& use : phone ? kind_.find_phone : kind_.find_email) {
    auto more = Search(use, key.value, lane);
    if (!more.ok()) return more.error();
    for (SideRecord& each : *more) {
      const bool known = std::ranges::any_of(
          found, [&](const SideRecord& other) { return other.key == each.key; });
      if (!known && found.size() < static_cast<std::size_t>(ports::kMostFound))
        found.push_back(std::move(each));
    }
  }
  return found;
}

// ---- All of them, and those that changed

Result<ConnectorSide::ListPage> ConnectorSide::ReadList(const core::sync::Reading& list,
                                                        const core::sync::Window& window, int page,
                                                        Lane lane) const {
  auto input = connector::StreamInput(list, window, page, deps_.expressions);
  if (!input.ok()) return AsSideTells(input.error(), false);
  auto output = Perform(list.action, *std::move(input), Kind::kReading, lane);
  if (!output.ok() && IsNotThere(output.error()))
    return Unavailable(output.error().code, output.error().message);
  if (!output.ok()) return output.error();
  auto read = connector::ReadStreamPage(list, *std::move(output), page, deps_.expressions);
  if (!read.ok()) return AsSideTells(read.error(), false);
  ListPage told;
  if (stream_.window_at && !read->objects.empty()) {
    const auto first =
        connector::InstantIn(*stream_.window_at, read->objects.front(), deps_.expressions);
    if (!first.ok()) return AsSideTells(first.error(), false);
    told.first_at = *first;
  }
  told.page.total = read->total;
  told.page.more = read->more;
  const Json objects(std::move(read->objects));
  auto records = Understand(objects);
  if (!records.ok()) return records.error();
  if (records->size() != objects.size()) return Unreadable("a list");
  for (std::size_t i = 0; i < records->size(); ++i) {
    std::optional<SideRecord>& record = (*records)[i];
    told.page.keys.push_back(record ? record->key : StandInFor(objects[i]));
    if (record) told.records.push_back(*std::move(record));
  }
  if (told.records.size() < objects.size()) {
    Log::Warn("link.record_unreadable",
              {{"account", ToText(account_)},
               {"record", kind_.name},
               {"count", static_cast<std::int64_t>(objects.size() - told.records.size())}});
  }
  return told;
}

Result<ports::SidePage> ConnectorSide::Scan(const std::string& from, Lane lane) {
  ScanPlace place;
  if (const auto known = from.empty() ? std::nullopt : ScanPlaceFrom(from)) {
    place = *known;
  } else {
    const WallTime now = deps_.clock.Now();
    place.scan = deps_.memory.NewScan(now);
    // A window ends a second before `now`. This second belongs to it as well: events tell of what
    // is made from now on, and of nothing before.
    const WallTime end = now + kThisSecond;
    auto begin = core::sync::BeginScan(shape_, {WallTime(), end}, end);
    place.position = std::move(begin.position);
    place.unproven = begin.unreachable ? 1 : 0;
  }
  ports::SidePage scanned;
  if (place.position.windows.empty()) return scanned;
  core::sync::WindowReading reading = deps_.memory.Recall(place_, place.scan, from);
  auto told = ReadList(stream_.list, place.position.windows.back(), reading.page, lane);
  if (!told.ok()) return told.error();
  if (!place.total) place.total = told->page.total;
  // What is new comes last in a list, so that nothing is before its first: no cut wastes requests
  // there.
  core::sync::Window& window = place.position.windows.back();
  if (reading.page == 1 && told->first_at)
    window.from = std::clamp(WallTime(std::chrono::floor<std::chrono::seconds>(*told->first_at)),
                             window.from, window.to);
  const std::size_t windows = place.position.windows.size();
  const auto receipt = core::sync::AfterPage(shape_, told->page, place.position, reading);
  if (receipt && (!receipt->proven || receipt->behind_wall > 0)) ++place.unproven;
  const bool cut = !receipt && place.position.windows.size() > windows;
  if (!cut) scanned.records = std::move(told->records);  // otherwise they come again
  scanned.total = place.total;
  scanned.requests = 1;
  scanned.proven = place.unproven == 0;
  if (place.position.windows.empty()) {
    deps_.memory.Forget(place_, place.scan);
    return scanned;
  }
  scanned.next = TextOf(place, reading);
  deps_.memory.Keep(place_, place.scan, scanned.next, std::move(reading));
  return scanned;
}

Result<ports::SideChanges> ConnectorSide::Changes(const std::string& from, int /*limit*/) {
  ports::SideChanges changes;
  const bool polled = kind_.changed_events.empty() && stream_.changes && !kind_.changed_at.empty();
  if (!polled) return changes;
  const auto known = from.empty() ? std::nullopt : ChangesPlaceFrom(from);
  const ChangesPlace before = known.value_or(ChangesPlace());
  ChangesPlace after = before;
  changes.missed = !known && !from.empty();
  core::sync::ChangesReading reading;
  for (auto step = core::sync::ChangesStep::kReadOn; step == core::sync::ChangesStep::kReadOn;) {
    auto told = ReadList(*stream_.changes, {}, reading.page, Lane::kSync);
    if (!told.ok()) return told.error();
    bool past = !known;  // from now on: the newest say when that is
    for (SideRecord& record : told->records) {
      past = past || (record.changed_at && *record.changed_at < before.at);
      NoteChange(record, after);
      if (known && !IsTold(record, before))
        changes.hints.push_back({record.key, /*gone=*/false, std::move(record)});
    }
    step = core::sync::AfterChanges(shape_, told->page, past, reading);
    if (step == core::sync::ChangesStep::kTooMany) {
      changes.missed = true;
      Log::Warn("link.changes_too_many", {{"account", ToText(account_)}, {"record", kind_.name}});
    }
  }
  changes.next = TextOf(after);
  return changes;
}

// ---- Writing

/// Native fields as `changes` and `create` see them: null where blank, without what the side cannot
/// be made to show.
Json ConnectorSide::TargetOf(const Json& values, const Json& native) const {
  Json target = Json::object();
  for (const auto& [name, value] : values.items()) {
    const auto field = kind_.fields.find(name);
    if (field == kind_.fields.end()) continue;
    Json wanted = IsBlankValue(value) ? Json() : value;
    if (!CanHold(field->second, wanted)) continue;
    target[name] = WithLabels(field->second, std::move(wanted), Member(native, name));
  }
  return target;
}

Result<std::vector<ConnectorSide::Step>> ConnectorSide::StepsFor(const Held& now,
                                                                 const Json& values) const {
  const Json target = TargetOf(values, now.record.native);
  std::vector<Step> steps;
  for (const core::twoway::RecordChange& change : kind_.changes) {
    const auto inputs = Evaluate(change.each, now.object, {{"target", target}});
    if (!inputs.ok()) return inputs.error();
    if (!inputs->is_array()) return Unreadable("a change");
    for (const Json& input : *inputs) steps.push_back({&change, input});
  }
  return steps;
}

ConnectorSide::Carried ConnectorSide::Carry(const std::vector<Step>& steps, const SideWrite& write,
                                            Lane lane) const {
  Carried carried;
  for (const Step& step : steps) {
    // The same step of the same write has the same key, in whatever round it is taken.
    const std::string op_key =
        write.op_key + "/" +
        ToHex(Sha256(step.change->action + DumpJson(step.input))).substr(0, 16);
    auto output = Perform(step.change->action, step.input, Kind::kWriting, lane, op_key);
    if (!output.ok()) {
      carried.failed = output.error();
      return carried;
    }
    ++carried.done;
    carried.told.reset();
    if (step.change->pick.empty()) continue;
    auto object = Evaluate(step.change->pick, *output, {});
    if (object.ok() && object->is_object()) carried.told = *std::move(object);
  }
  return carried;
}

/// After all steps: the record as the last answer has it, else as it is read.
Result<SideWritten> ConnectorSide::Changed(const Carried& carried, const SideWrite& write,
                                           Lane lane) const {
  SideWritten written;
  if (carried.told) {
    if (auto held = UnderstandOne(*carried.told); held.ok()) {
      written.record = std::move(held->record);
      return written;
    }
  }
  auto now = Fetch(write.key, lane);
  if (!now.ok()) return InDoubt(now.error().code, now.error().message);
  if (*now) written.record = std::move((*now)->record);
  return written;
}

Result<SideWritten> ConnectorSide::Change(Held now, const SideWrite& write, Lane lane) const {
  bool wrote = false;
  for (int round = 1; round <= kMostRounds; ++round) {
    const auto steps = StepsFor(now, write.values);
    if (!steps.ok()) return steps.error();
    if (steps->empty()) return SideWritten{false, std::move(now.record)};
    const Carried carried = Carry(*steps, write, lane);
    if (!carried.failed) return Changed(carried, write, lane);
    const Error& failed = *carried.failed;
    wrote = wrote || carried.done > 0;
    // An unknown outcome, or a part of the record that went away: the record tells.
    if (failed.kind != ErrorKind::kInDoubt && !IsNotThere(failed)) {
      const bool half = wrote && failed.kind == ErrorKind::kUnavailable;
      return half ? InDoubt(failed.code, failed.message) : failed;
    }
    auto seen = Fetch(write.key, lane);
    if (!seen.ok()) return InDoubt(seen.error().code, seen.error().message);
    if (!*seen) return SideWritten{};
    now = **std::move(seen);
    const auto left = StepsFor(now, write.values);
    if (!left.ok()) return InDoubt(left.error().code, left.error().message);
    const Step& lost = (*steps)[carried.done];
    const bool still_missing = std::ranges::any_of(*left, [&](const Step& each) {
      return each.change == lost.change && each.input == lost.input;
    });
    if (failed.kind == ErrorKind::kInDoubt && still_missing) return failed;
  }
  return InDoubt("LINK_WRITE_UNCERTAIN",
                 "the record changed each time while it was written; it is looked at again");
}

/// The record before it is written: as the caller has just read it where that is what the write
/// expects, else as it is read now.
Result<std::optional<ConnectorSide::Held>> ConnectorSide::LookBefore(const SideWrite& write,
                                                                     Lane lane) const {
  auto seen = deps_.memory.TakeFresh(place_, write.key, deps_.clock.Now());
  if (seen && IsAsExpected(write.expected, seen->record.native))
    return std::optional<Held>(Held{std::move(seen->object), std::move(seen->record)});
  return Fetch(write.key, lane);
}

Result<SideWritten> ConnectorSide::Update(const SideWrite& write, Lane lane) {
  auto now = LookBefore(write, lane);
  if (!now.ok()) return now.error();
  if (!*now) return SideWritten{};
  if (!IsAsExpected(write.expected, (*now)->record.native))
    return SideWritten{true, std::move((*now)->record)};
  auto written = Change(**std::move(now), write, lane);
  deps_.memory.Unsee(place_, write.key);  // another sync may have read it meanwhile
  return written;
}

Status ConnectorSide::Delete(const SideWrite& write, Lane lane) {
  if (!write.expected.empty()) {
    const auto now = Fetch(write.key, lane);
    if (!now.ok()) return now.error();
    if (!*now) return {};
    if (!IsAsExpected(write.expected, (*now)->record.native))
      return Conflict("LINK_RECORD_MOVED", "the record was edited before it could be deleted");
  }
  auto input = Fill(kind_.remove.with, {{"key", write.key}});
  if (!input.ok()) return input.error();
  const auto output =
      Perform(kind_.remove.action, *std::move(input), Kind::kWriting, lane, write.op_key);
  deps_.memory.Unsee(place_, write.key);
  if (!output.ok() && !IsNotThere(output.error())) return output.error();
  return {};
}

// ---- Making

Result<Json> ConnectorSide::CreateInput(const SideWrite& write) const {
  return Fill(kind_.create.with, {{"target", TargetOf(write.values, Json())}});
}

Result<SideRecord> ConnectorSide::CreatedFrom(Json output) const {
  if (!kind_.create.pick.empty()) {
    auto object = Evaluate(kind_.create.pick, output, {{"target", Json::object()}});
    if (!object.ok()) return object.error();
    output = *std::move(object);
  }
  auto held = UnderstandOne(std::move(output));
  if (!held.ok()) return held.error();
  return std::move(held->record);
}

Result<SideWritten> ConnectorSide::Create(const SideWrite& write, Lane lane) {
  auto input = CreateInput(write);
  if (!input.ok()) return input.error();
  auto output = Perform(kind_.create.action, *std::move(input), Kind::kWriting, lane, write.op_key);
  if (!output.ok()) {
    // "Not found" is no answer to a creation.
    if (IsNotThere(output.error())) return Invalid("LINK_VALUE_REFUSED", output.error().message);
    return output.error();
  }
  auto made = CreatedFrom(*std::move(output));
  if (!made.ok()) return InDoubt(made.error().code, made.error().message);
  return SideWritten{false, *std::move(made)};
}

Result<std::optional<SideRecord>> ConnectorSide::FindCreated(const SideWrite& write, Lane lane) {
  auto input = CreateInput(write);
  if (!input.ok()) return input.error();
  const WallTime first = deps_.memory.FirstAsked(write.op_key, deps_.clock.Now());
  using Found = Result<std::optional<Json>>;
  auto promise = std::make_shared<std::promise<Found>>();  // shared with the callback's thread
  auto answer = promise->get_future();
  deps_.performer.ReadBack(CallOf(kind_.create.action, *std::move(input), lane, write.op_key),
                           write.at,
                           [promise](Found found) { promise->set_value(std::move(found)); });
  Found found = answer.get();
  if (!found.ok()) return AsSideTells(found.error(), false);
  if (*found) {
    auto made = CreatedFrom(**std::move(found));
    if (!made.ok()) return made.error();
    deps_.memory.Settled(write.op_key);
    return std::optional<SideRecord>(*std::move(made));
  }
  const auto elapsed = std::chrono::duration_cast<Millis>(deps_.clock.Now() - first);
  if (elapsed >= kSettles) {
    deps_.memory.Settled(write.op_key);
    return std::optional<SideRecord>();
  }
  Error uncertain = Unavailable("LINK_CREATE_UNCERTAIN",
                                "whether " + connector_.title + " made the " + kind_.name +
                                    " is not known yet; it is looked for again");
  const auto& read_back = connector_.actions.at(kind_.create.action).read_back;
  uncertain.retry_after = NextLook(read_back ? read_back->waits : std::vector<Millis>(), elapsed);
  return uncertain;
}

// ---- Hearing

Result<std::optional<ports::SideHint>> ConnectorSide::Hear(const std::string& type,
                                                           const Json& data) const {
  const auto among = [&](const std::vector<std::string>& types) {
    return std::ranges::find(types, type) != types.end();
  };
  const bool gone = among(kind_.gone_events);
  if (!gone && !among(kind_.changed_events)) return std::optional<ports::SideHint>();
  const auto key = Evaluate(kind_.event_key, data, {});
  if (!key.ok() && IsUnreadable(key.error())) {
    // Anybody may send it who knows the address, and it would come again at every look.
    Log::Warn("link.event_unreadable", {{"account", ToText(account_)}, {"event", type}});
    return std::optional<ports::SideHint>();
  }
  if (!key.ok()) return key.error();
  ports::SideHint hint{KeyText(*key), gone, {}};
  if (hint.key.empty()) return std::optional<ports::SideHint>();
  if (gone) return std::optional(std::move(hint));
  if (!kind_.event_whole.empty()) {
    const auto whole = Evaluate(kind_.event_whole, data, {});
    if (!whole.ok() && !IsUnreadable(whole.error())) return whole.error();
    if (!whole.ok() || *whole != Json(true)) return std::optional(std::move(hint));
  }
  auto held = UnderstandOne(data);
  if (held.ok() && held->record.key == hint.key) hint.record = std::move(held->record);
  return std::optional(std::move(hint));
}

}  // namespace sb::syncs
