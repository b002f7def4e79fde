#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/core/twoway/step.h"

// What is remembered before a write, after it, and after one whose outcome nobody heard.
namespace sb::core::twoway {
namespace {

constexpr Millis kLinkMarksKept = std::chrono::minutes(10);
constexpr std::size_t kMostLinkWrites = 6;

std::set<std::string> FieldsOfBoth(const Record& one, const Record& other) {
  std::set<std::string> names;
  for (const Record* record : {&one, &other}) {
    for (const auto& [name, value] : *record) {
      names.insert(name);
    }
  }
  return names;
}

void NoteWrite(std::vector<WriteMark>& writes, WriteMark mark) {
  std::erase_if(writes, [&](const WriteMark& old) { return old.at + kLinkMarksKept <= mark.at; });
  writes.push_back(std::move(mark));
}

/// What a side shows by our doing, of a write that may have been made, or made in part: each value
/// is the one that we sent where it shows that, else what it showed before. The rest is an edit.
Json ByOurDoing(const Json& sent, const Json& before, const Json& now) {
  if (!sent.is_object() && !before.is_object()) {
    return now == sent ? sent : before;
  }
  Json ours = Json::object();
  for (const Json* list : {&sent, &before}) {
    if (!list->is_object()) {
      continue;
    }
    for (const auto& item : list->items()) {
      const Json& aim = Member(sent, item.key());
      const Json& value = Member(now, item.key()) == aim ? aim : Member(before, item.key());
      if (!value.is_null()) {
        ours[item.key()] = value;
      }
    }
  }
  return ours.empty() ? Json() : ours;
}

/// Whether something of what was sent is not there as it was sent.
bool IsMissing(const Json& sent, const Json& before, const Json& now) {
  if (!sent.is_object() && !before.is_object()) {
    return now != sent;
  }
  for (const Json* list : {&sent, &before}) {
    for (const auto& item : list->items()) {
      const Json& aim = Member(sent, item.key());
      if (aim != Member(before, item.key()) && Member(now, item.key()) != aim) {
        return true;
      }
    }
  }
  return false;
}

/// Whether the record changed after the write could have begun, for all that the side says.
bool MayHaveChangedSince(WallTime begun, const Seen& side_now) {
  return !side_now.told.changed_at || *side_now.told.changed_at + kTimesApart >= begun;
}

/// A list as the side shows it after we sent one, without what somebody added meanwhile: entries
/// beside those that we sent, all of which are there. Where one of ours is missing, a strange one
/// may be its spelling.
Json WithoutAdded(const Json& sent, const Json& before, const Json& shown) {
  if (!shown.is_object() || !sent.is_object()) {
    return shown;
  }
  for (const auto& item : sent.items()) {
    if (!shown.contains(item.key())) {
      return shown;
    }
  }
  Json ours = Json::object();
  for (const auto& item : shown.items()) {
    if (sent.contains(item.key()) || !Member(before, item.key()).is_null()) {
      ours[item.key()] = item.value();
    }
  }
  return ours;
}

}  // namespace

bool WritesValues(Intent::Kind kind) {
  return kind == Intent::Kind::kCreate || kind == Intent::Kind::kUpdate;
}

LinkState Decided(LinkState state, const Definition& definition, const Verdict& verdict) {
  const bool is_merge = verdict.what == Verdict::What::kSettle ||
                        (verdict.write && WritesValues(verdict.write->kind));
  if (!is_merge) {
    return state;
  }
  state.agreed = verdict.agreement;
  state.choices.clear();
  state.mapped = MappingsOf(definition);
  return state;
}

LinkState AfterLostWrite(LinkState state, const Seen& side_now) {
  if (!state.intent) {
    return state;
  }
  const Intent intent = *std::exchange(state.intent, std::nullopt);
  const bool is_there =
      side_now.presence == Presence::kPresent || side_now.presence == Presence::kOutside;
  if (!WritesValues(intent.kind) || !is_there || !state.agreed) {
    return state;
  }
  Record& shown = state.agreed->shown(intent.side);
  bool took_effect = false;
  for (const std::string& name : FieldsOfBoth(intent.target, shown)) {
    const Json sent = ValueOf(intent.target, name);
    const Json before = ValueOf(shown, name);
    if (sent == before) {
      continue;
    }
    const Json now = ValueOf(side_now.told.record, name);
    const Json ours = ByOurDoing(sent, before, now);
    took_effect = took_effect || ours != before;
    if (ours == sent) {
      state.agreed->owed(intent.side).erase(name);
    }
    if (IsMissing(sent, before, now) && MayHaveChangedSince(intent.at, side_now)) {
      state.agreed->doubted.insert(name);
    }
    SetValue(shown, name, ours);
  }
  if (took_effect) {
    NoteWrite(state.writes, {.side = intent.side, .hash = HashOf(intent.target), .at = intent.at});
  }
  return state;
}

AfterWrite Written(LinkState state, const Write& write, const Record& shown, WallTime now) {
  AfterWrite after{.state = std::move(state)};
  after.state.intent.reset();
  if (!WritesValues(write.kind)) {
    return after;
  }
  NoteWrite(after.state.writes, {.side = write.side, .hash = HashOf(write.target), .at = now});
  if (!after.state.agreed) {
    return after;
  }
  Agreement& agreed = *after.state.agreed;
  if (write.kind == Intent::Kind::kCreate) {
    agreed.shown(write.side) = shown;
    agreed.owed(write.side).clear();
    return after;
  }
  for (const std::string& name : write.fields) {
    SetValue(agreed.shown(write.side), name,
             WithoutAdded(ValueOf(write.target, name), ValueOf(write.expected, name),
                          ValueOf(shown, name)));
    agreed.owed(write.side).erase(name);
  }
  for (const std::string& name : Differing(write.expected, shown)) {
    const bool is_ours = write.fields.contains(name) &&
                         ValueOf(agreed.shown(write.side), name) == ValueOf(shown, name);
    after.look_again = after.look_again || !is_ours;
  }
  return after;
}

bool Flips(const std::vector<WriteMark>& writes, const Write& next, WallTime now) {
  const std::string hash = HashOf(next.target);
  std::size_t recent = 0;
  std::size_t same = 0;
  bool replaced = false;
  for (const WriteMark& mark : writes) {
    if (mark.at + kLinkMarksKept <= now) {
      continue;
    }
    ++recent;
    if (mark.side == next.side) {
      same += mark.hash == hash ? 1 : 0;
      replaced = replaced || (same > 0 && mark.hash != hash);
    }
  }
  return recent >= kMostLinkWrites || same >= 2 || replaced;
}

bool IsHeld(const DeleteRules& rules, std::int64_t recent, std::int64_t links) {
  const std::int64_t next = recent + 1;
  return next > rules.brake_count && next * 100 > rules.brake_percent * links;
}

}  // namespace sb::core::twoway
