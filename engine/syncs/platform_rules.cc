#include "engine/syncs/platform_rules.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace sb::syncs {
namespace {

using ports::PlatformRecord;
using ports::RecordChange;
using ports::RecordChangeKind;
using ports::RecordChangeState;
using ports::RecordStanding;

void SettleAs(RecordChange& change, RecordChangeState state, WallTime now) {
  change.state = state;
  change.settled_at = now;
}

void SetNative(Json& fields, const std::string& name, const Json& value) {
  if (value.is_null()) {
    fields.erase(name);
  } else {
    fields[name] = value;
  }
}

/// Whether the platform tells what it had before a change that it may not know yet.
bool IsFromBefore(const std::vector<RecordChange>& waiting, const std::string& name,
                  const Json& told) {
  return std::ranges::any_of(waiting, [&](const RecordChange& change) {
    return change.state == RecordChangeState::kWaiting && change.fields.contains(name) &&
           Member(change.before, name) == told;
  });
}

PushOutcome TakeDeletion(RecordFile& file, const RecordPush& push, WallTime now) {
  if (!file.IsPresent()) return PushOutcome::kUnchanged;
  file.record.standing = RecordStanding::kDeleted;
  file.record.fields = Json::object();
  file.record.changed_at = push.changed_at.value_or(now);
  for (RecordChange& change : file.waiting) SettleAs(change, RecordChangeState::kWithdrawn, now);
  return PushOutcome::kStored;
}

/// The deletion that a record is not there for.
RecordChange* DeletionOf(RecordFile& file) {
  if (file.record.standing != RecordStanding::kDeleted) return nullptr;
  const auto found = std::ranges::find_if(file.waiting, [](const RecordChange& change) {
    return change.kind == RecordChangeKind::kDelete && change.state == RecordChangeState::kWaiting;
  });
  return found == file.waiting.end() ? nullptr : &*found;
}

PushOutcome TakeEdit(RecordFile& file, const RecordPush& push, WallTime now) {
  RecordChange* deletion = DeletionOf(file);
  const bool present = file.IsPresent();
  const Json before = present               ? file.record.fields
                      : deletion != nullptr ? deletion->record
                                            : Json::object();
  Json fields = before;
  for (const auto& [name, value] : push.fields.items()) {
    const bool is_edit = push.expected_version || !IsFromBefore(file.waiting, name, value);
    if (is_edit) SetNative(fields, name, value);
  }
  const bool exists = present || (deletion != nullptr && !push.expected_version);
  if (exists && fields == before) return PushOutcome::kUnchanged;
  if (DumpJson(fields).size() > kLargestRecord) return PushOutcome::kTooLarge;
  // Edited before it was deleted: the edit wins.
  if (deletion != nullptr) SettleAs(*deletion, RecordChangeState::kWithdrawn, now);
  // Whose record it was has been erased: now it is one of its own.
  if (file.record.standing == RecordStanding::kTakenOver) file.record.own_key = file.record.key;
  file.record.standing = RecordStanding::kPresent;
  file.record.reason.clear();
  file.record.fields = std::move(fields);
  file.record.changed_at = push.changed_at.value_or(now);
  return PushOutcome::kStored;
}

/// The record is as it was before an update, unless something else has changed it since.
void TakeBack(RecordFile& file, const RecordChange& update, WallTime now) {
  for (const auto& [name, value] : update.fields.items()) {
    const Json before = Member(update.before, name);
    bool changed_again = false;
    for (RecordChange& later : file.waiting) {
      if (changed_again || later.number < update.number) continue;
      changed_again = later.fields.contains(name);
      if (changed_again) {
        if (Member(later.before, name) == value) later.before[name] = before;
      } else if (Member(later.record, name) == value) {
        SetNative(later.record, name, before);
      }
    }
    const bool stands = !changed_again && Member(file.record.fields, name) == value;
    if (file.IsPresent() && stands) SetNative(file.record.fields, name, before);
  }
  if (file.IsPresent()) file.record.changed_at = now;
}

/// A record that the platform pushed under its own key before it acknowledged the creation.
void TakeOver(RecordFile& file, const PlatformRecord& twin, WallTime now) {
  const bool deleted = twin.standing == RecordStanding::kDeleted;
  if (twin.standing != RecordStanding::kPresent && !deleted) return;
  file.record.changed_at = twin.changed_at;
  file.record.told_at = twin.told_at;
  if (!deleted) return file.record.fields.update(twin.fields);
  file.record.standing = RecordStanding::kDeleted;
  file.record.fields = Json::object();
  for (RecordChange& each : file.waiting) SettleAs(each, RecordChangeState::kWithdrawn, now);
}

}  // namespace

PushOutcome TakePush(RecordFile& file, const RecordPush& push, WallTime now) {
  const std::int64_t version = file.IsPresent() ? file.record.version : 0;
  if (push.expected_version && *push.expected_version != version) return PushOutcome::kMoved;
  const bool late =
      push.changed_at && file.record.told_at && *push.changed_at < *file.record.told_at;
  if (late) return PushOutcome::kStale;
  const auto outcome = push.deleted ? TakeDeletion(file, push, now) : TakeEdit(file, push, now);
  // Also where it told nothing new: what comes later and is older is overtaken by it.
  if (push.changed_at && outcome != PushOutcome::kTooLarge) file.record.told_at = push.changed_at;
  return outcome;
}

Status TakeDone(RecordFile& file, RecordChange& change, const std::string& own_key,
                const std::optional<PlatformRecord>& twin, WallTime now) {
  if (change.kind == RecordChangeKind::kCreate) {
    const std::string& named = own_key.empty() ? change.key : own_key;
    const bool other = !file.record.own_key.empty() && file.record.own_key != named;
    const bool older = twin && (twin->created_at < change.made_at || twin->own_key != twin->key);
    if (other || older) {
      return Conflict("RECORD_KEY_TAKEN",
                      "this key is of another record, or the creation was given another one; tell "
                      "the key of the record that was made for it, or refuse the creation");
    }
    file.record.own_key = named;
    // It was refused before, and was made after all.
    if (change.state == RecordChangeState::kRefused &&
        file.record.standing == RecordStanding::kRefused) {
      file.record.standing = RecordStanding::kPresent;
      file.record.reason.clear();
      file.record.fields = change.record;
    }
    if (twin && file.IsPresent()) TakeOver(file, *twin, now);
  }
  change.reason.clear();
  SettleAs(change, RecordChangeState::kDone, now);
  return {};
}

PlatformRecord TraceOf(const PlatformRecord& twin) {
  PlatformRecord trace;
  trace.key = twin.key;
  trace.standing = RecordStanding::kTakenOver;
  trace.created_at = twin.created_at;
  return trace;
}

void TakeRefusal(RecordFile& file, RecordChange& change, const std::string& reason, WallTime now) {
  change.reason = reason;
  SettleAs(change, RecordChangeState::kRefused, now);
  switch (change.kind) {
    case RecordChangeKind::kUpdate:
      return TakeBack(file, change, now);
    case RecordChangeKind::kDelete:
      // Its time stays: what was deleted on purpose comes back into a sync when it is edited.
      if (file.record.standing != RecordStanding::kDeleted) return;
      file.record.standing = RecordStanding::kPresent;
      file.record.fields = change.record;
      return;
    case RecordChangeKind::kCreate:
      break;
  }
  file.record.standing = RecordStanding::kRefused;
  file.record.reason = reason;
  file.record.fields = Json::object();
  for (RecordChange& each : file.waiting) {
    if (each.state == RecordChangeState::kWaiting)
      SettleAs(each, RecordChangeState::kWithdrawn, now);
  }
}

}  // namespace sb::syncs
