#include "engine/adapters/postgres/postgres_recording_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::Recording;
using ports::RecordingPolicy;

Recording ReadRecording(const pqxx::row& row) {
  Recording recording;
  recording.id = ports::RecordingId(NumberOf(row, "recording_id"));
  recording.slot = static_cast<Slot>(NumberOf(row, "slot"));
  recording.account = AccountId(NumberOf(row, "account_id"));
  recording.call = TextOf(row, "call_id");
  recording.kind = static_cast<core::recordings::Kind>(NumberOf(row, "kind"));
  recording.party = TextOf(row, "party");
  recording.event = EventId(NumberOf(row, "event_id"));
  recording.told_at = TimeOf(row, "told_at");
  recording.state = static_cast<ports::RecordingState>(NumberOf(row, "state"));
  recording.attempts = static_cast<int>(NumberOf(row, "attempts"));
  recording.due_at = TimeOf(row, "due_at");
  recording.reason = TextOf(row, "reason");
  recording.size = NumberOf(row, "size");
  recording.sha256 = BytesOf(row, "sha256");
  recording.content_type = TextOf(row, "content_type");
  recording.kept_at = OptionalTimeOf(row, "kept_at");
  recording.erase_at = OptionalTimeOf(row, "erase_at");
  recording.erased_at = OptionalTimeOf(row, "erased_at");
  recording.step = static_cast<int>(NumberOf(row, "step"));
  recording.created_at = TimeOf(row, "created_at");
  return recording;
}

RecordingPolicy ReadRecordingPolicy(const pqxx::row& row) {
  RecordingPolicy policy;
  policy.slot = static_cast<Slot>(NumberOf(row, "slot"));
  policy.account = AccountId(NumberOf(row, "account_id"));
  policy.rules.recordings = FlagOf(row, "recordings");
  policy.rules.voicemails = FlagOf(row, "voicemails");
  policy.rules.retain_days = static_cast<int>(NumberOf(row, "retain_days"));
  policy.rules.most_bytes = NumberOf(row, "most_bytes");
  policy.since = TimeOf(row, "since");
  return policy;
}

template <typename Item, typename Read>
Result<std::vector<Item>> AllOf(const Result<pqxx::result>& rows, Read read) {
  if (!rows.ok()) return rows.error();
  std::vector<Item> items;
  for (const pqxx::row& row : *rows) items.push_back(read(row));
  return items;
}

}  // namespace

Result<RecordingPolicy> PostgresRecordingStore::Policy(AccountId account) {
  const auto rows = database_.Read(kRecordingPolicyGet, Params().Number(account.number()));
  if (!rows.ok()) return rows.error();
  if (!rows->empty()) return ReadRecordingPolicy(rows->front());
  RecordingPolicy none;
  none.account = account;
  return none;
}

Status PostgresRecordingStore::SetPolicy(const RecordingPolicy& policy) {
  const auto rows =
      database_.Write(kRecordingPolicySet, Params()
                                               .Number(policy.slot)
                                               .Number(policy.account.number())
                                               .Number(policy.rules.recordings ? 1 : 0)
                                               .Number(policy.rules.voicemails ? 1 : 0)
                                               .Number(policy.rules.retain_days)
                                               .Number(policy.rules.most_bytes)
                                               .TimeOrNull(policy.since));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::vector<RecordingPolicy>> PostgresRecordingStore::Policies() {
  return AllOf<RecordingPolicy>(database_.Read(kRecordingPolicies, Params()), ReadRecordingPolicy);
}

Result<std::optional<ports::FeedPosition>> PostgresRecordingStore::Position() {
  const auto rows = database_.Read(kRecordingPosition, Params());
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<ports::FeedPosition>();
  const pqxx::row row = rows->front();
  return std::optional(
      ports::FeedPosition{NumberOf(row, "commit_id"), NumberOf(row, "event_id"), 0});
}

Status PostgresRecordingStore::SavePosition(const ports::FeedPosition& position) {
  const auto rows =
      database_.Write(kRecordingSavePosition, Params().Number(position.commit).Number(position.id));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<bool> PostgresRecordingStore::Want(const Recording& recording) {
  const auto rows = database_.Write(kRecordingWant, Params()
                                                        .Number(recording.slot)
                                                        .Number(recording.account.number())
                                                        .Number(recording.id.number())
                                                        .Text(recording.call)
                                                        .Number(static_cast<int>(recording.kind))
                                                        .Text(recording.party)
                                                        .Number(recording.event.number())
                                                        .Time(recording.told_at)
                                                        .Time(recording.due_at)
                                                        .Time(recording.created_at));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<Recording> PostgresRecordingStore::Get(ports::RecordingId id) {
  const auto rows = database_.Read(kRecordingGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("RECORDING_NOT_FOUND", "there is no such recording");
  return ReadRecording(rows->front());
}

Result<ports::Page<Recording>> PostgresRecordingStore::List(const ports::RecordingFilter& filter,
                                                            const ports::PageRequest& page) {
  const auto rows = database_.Read(kRecordingList,
                                   Params()
                                       .Number(filter.account.number())
                                       .Number(BoundOf(page))
                                       .Number(SizeOf(page) + 1)
                                       .Text(filter.call)
                                       .Number(filter.state ? static_cast<int>(*filter.state) : 0));
  if (!rows.ok()) return rows.error();
  return PageOf<Recording>(*rows, page, ReadRecording,
                           [](const Recording& recording) { return recording.id.number(); });
}

Result<std::vector<Recording>> PostgresRecordingStore::Due(const std::vector<Slot>& slots,
                                                           WallTime now, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  return AllOf<Recording>(
      database_.Read(kRecordingDue, Params().Array(mine).Time(now).Number(limit)), ReadRecording);
}

Result<int> PostgresRecordingStore::Save(const Recording& recording) {
  const auto rows = database_.Write(kRecordingSave, Params()
                                                        .Number(recording.slot)
                                                        .Number(recording.account.number())
                                                        .Number(recording.id.number())
                                                        .Number(recording.step)
                                                        .Number(static_cast<int>(recording.state))
                                                        .Number(recording.attempts)
                                                        .Time(recording.due_at)
                                                        .Text(recording.reason)
                                                        .Number(recording.size)
                                                        .BytesOrNull(recording.sha256)
                                                        .Text(recording.content_type)
                                                        .TimeOrNull(recording.kept_at)
                                                        .TimeOrNull(recording.erase_at)
                                                        .TimeOrNull(recording.erased_at)
                                                        .Text(recording.party));
  if (!rows.ok()) return rows.error();
  if (rows->empty())
    return Conflict("RECORDING_MOVED", "somebody else went on with this recording");
  return static_cast<int>(NumberOf(rows->front(), "step"));
}

Result<int> PostgresRecordingStore::Expire(WallTime now, int limit) {
  const auto rows = database_.Write(kRecordingExpire, Params().Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  return static_cast<int>(rows->size());
}

Result<std::vector<ports::RecordingWaste>> PostgresRecordingStore::Waste(WallTime now, int limit) {
  return AllOf<ports::RecordingWaste>(
      database_.Read(kRecordingWaste, Params().Time(now).Number(limit)), [](const pqxx::row& row) {
        return ports::RecordingWaste{static_cast<Slot>(NumberOf(row, "slot")),
                                     AccountId(NumberOf(row, "account_id")),
                                     ports::RecordingId(NumberOf(row, "recording_id"))};
      });
}

Status PostgresRecordingStore::Wasted(const ports::RecordingWaste& waste) {
  const auto rows = database_.Write(
      kRecordingWasted,
      Params().Number(waste.slot).Number(waste.account.number()).Number(waste.recording.number()));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<bool> PostgresRecordingStore::HasWaste(AccountId account) {
  const auto rows = database_.Read(kRecordingHasWaste, Params().Number(account.number()));
  if (!rows.ok()) return rows.error();
  return FlagOf(rows->front(), "has");
}

}  // namespace sb::adapters::postgres
