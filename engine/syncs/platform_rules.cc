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
    return change.fields.contains(name) && Member(change.before, name) == told;
  });
}

PushOutcome TakeDeletion(RecordFile& file, const RecordPush& push, WallTime now) {
  if (!file.IsPresent()) return PushOutcome::kUnchanged;
  file.record.standing = RecordStanding::kDeleted;
  file.record.fields = Json::object();
  file.record.changed_at = push.changed_at.value_or(now);
  if (push.changed_at) file.record.told_at = push.changed_at;
  for (RecordChange& change : file.waiting) SettleAs(change, RecordChangeState::kWithdrawn, now);
  return PushOutcome::kStored;
}

/// The deletion that a record is not there for.
RecordChange* DeletionOf(RecordFile& file) {
  if (file.record.standing != RecordStanding::kDeleted) return nullptr;
  const auto found = std::ranges::find(file.waiting, RecordChangeKind::kDelete,
                                       &RecordChange::kind);
  return found == file.waiting.end() ? nullptr : &*found;
}

PushOutcome TakeEdit(RecordFile& file, const RecordPush& push, WallTime now) {
  RecordChange* deletion = DeletionOf(file);
  const bool present = file.IsPresent();
  const Json before = present              ? file.record.fields
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
  file.record.standing = RecordStanding::kPresent;
  file.record.reason.clear();
  file.record.fields = std::move(fields);
  file.record.changed_at = push.changed_at.value_or(now);
  if (push.changed_at) file.record.told_at = push.changed_at;
  return PushOutcome::kStored;
}

/// The record is as it was before an update, unless something else has changed it since.
void TakeBack(RecordFile& file, const RecordChange& update, WallTime now) {
  if (!file.IsPresent()) return;
  for (const auto& [name, value] : update.fields.items()) {
    const auto later = std::ranges::find_if(file.waiting, [&](const RecordChange& each) {
      return each.number > update.number && each.state == RecordChangeState::kWaiting &&
             each.fields.contains(name);
    });
    if (later != file.waiting.end()) {
      if (Member(later->before, name) == value) later->before[name] = Member(update.before, name);
    } else if (Member(file.record.fields, name) == value) {
      SetNative(file.record.fields, name, Member(update.before, name));
    }
  }
  file.record.changed_at = now;
}

}  // namespace

PushOutcome TakePush(RecordFile& file, const RecordPush& push, WallTime now) {
  const std::int64_t version = file.IsPresent() ? file.record.version : 0;
  if (push.expected_version && *push.expected_version != version) return PushOutcome::kMoved;
  const bool late =
      push.changed_at && file.record.told_at && *push.changed_at < *file.record.told_at;
  if (late) return PushOutcome::kStale;
  return push.deleted ? TakeDeletion(file, push, now) : TakeEdit(file, push, now);
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
    if (twin && twin->standing == RecordStanding::kPresent &&
        file.record.standing == RecordStanding::kPresent) {
      file.record.fields.update(twin->fields);
      file.record.changed_at = twin->changed_at;
      file.record.told_at = twin->told_at;
    }
  }
  change.reason.clear();
  SettleAs(change, RecordChangeState::kDone, now);
  return {};
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
