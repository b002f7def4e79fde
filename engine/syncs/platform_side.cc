#include "engine/syncs/platform_side.h"

#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/twoway/marks.h"
#include "engine/syncs/platform_rules.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::MatchBy;
using ports::PlatformRecord;
using ports::RecordChange;
using ports::RecordChangeKind;
using ports::RecordStanding;
using ports::SideRecord;
using ports::SideWritten;

constexpr int kPlatformPage = 1000;
constexpr int kMostPlatformFound = ports::kMostFound;
constexpr int kPlatformTries = 8;
constexpr std::size_t kOurKeyDigits = 24;
constexpr char kBehindKey = '>';  ///< Begins a cursor of a scan.

/// Of a record that a sync makes: the same for the same write.
std::string KeyOfCreate(const std::string& op_key) {
  return "sb-" + ToHex(Sha256("record of " + op_key)).substr(0, kOurKeyDigits);
}

SideRecord AsSideRecord(PlatformRecord record) {
  return {std::move(record.key), std::move(record.fields), record.changed_at};
}

/// As it is now; nothing: it is not there. kInvalid kCreateRefused.
Result<std::optional<SideRecord>> AnswerOf(std::optional<PlatformRecord> record) {
  if (record && record->standing == RecordStanding::kTakenOver) {
    return Invalid(ports::kCreateRefused,
                   "the platform told that this is a record that a sync made, which has a key of "
                   "its own here");
  }
  if (record && record->standing == RecordStanding::kRefused) {
    return Invalid(ports::kCreateRefused,
                   "the platform refused to make the record" +
                       (record->reason.empty() ? "" : ": " + record->reason));
  }
  if (!record || record->standing != RecordStanding::kPresent) return std::optional<SideRecord>();
  return std::optional(AsSideRecord(*std::move(record)));
}

Result<SideWritten> WrittenOf(std::optional<PlatformRecord> record) {
  auto answer = AnswerOf(std::move(record));
  if (!answer.ok()) return answer.error();
  return SideWritten{false, *std::move(answer)};
}

bool IsPlatformAsExpected(const Json& fields, const Json& expected) {
  for (const auto& [name, value] : expected.items()) {
    if (Member(fields, name) != value) return false;
  }
  return true;
}

std::optional<std::int64_t> VersionIn(const std::string& cursor) {
  std::int64_t version = 0;
  const char* end = cursor.data() + cursor.size();
  const auto read = std::from_chars(cursor.data(), end, version);
  if (read.ec != std::errc() || read.ptr != end || version < 0) return {};
  return version;
}

/// What a write makes of a record must leave room for what the platform pushes.
Status CheckSize(const PlatformRecord& record) {
  if (DumpJson(record.fields).size() <= kLargestRecord) return {};
  return Invalid("RECORD_TOO_LARGE", "the record would take more than 64 KiB");
}

bool LostARace(const Error& error) {
  return error.code == "RECORD_MOVED";
}

/// Others pushed the same record all the time.
Error StillRacing() {
  return Unavailable("RECORD_MOVED", "the record is being pushed at this moment; try again");
}

}  // namespace

PlatformSide::PlatformSide(Dependencies dependencies, ports::PlatformPlace place,
                           std::string external_key)
    : deps_(std::move(dependencies)),
      place_(std::move(place)),
      external_key_(std::move(external_key)) {}

// ---- What is there

Result<core::twoway::SideShape> PlatformSide::Shape() {
  return core::twoway::SideShape();
}

Result<std::vector<ports::SideProblem>> PlatformSide::Check(
    const std::vector<std::string>& /*read*/, const std::vector<std::string>& /*written*/) {
  return std::vector<ports::SideProblem>();
}

Status PlatformSide::Prepare() {
  return {};
}

Status PlatformSide::Dismantle() {
  return {};
}

Result<std::optional<SideRecord>> PlatformSide::Read(const std::string& key, Lane /*lane*/) {
  auto record = deps_.store.Get(place_, key);
  if (!record.ok()) return record.error();
  return AnswerOf(*std::move(record));
}

/// Only what was told to be deleted is gone: not what was erased, taken over, or never made.
Result<bool> PlatformSide::IsGone(const std::string& key, Lane /*lane*/) {
  const auto record = deps_.store.Get(place_, key);
  if (!record.ok()) return record.error();
  return *record && (*record)->standing == RecordStanding::kDeleted;
}

Result<std::vector<SideRecord>> PlatformSide::Find(const core::twoway::MatchKey& key,
                                                   Lane /*lane*/) {
  Result<std::vector<PlatformRecord>> found = std::vector<PlatformRecord>();
  if (key.by == MatchBy::kExternalKey && external_key_.empty()) {
    found = deps_.store.Named(place_, {key.value});
  } else {
    const std::string mark = key.by == MatchBy::kPhone ? core::twoway::PhoneMark(key.value)
                             : key.by == MatchBy::kEmail
                                 ? core::twoway::EmailMark(key.value)
                                 : core::twoway::ValueMark(external_key_, key.value);
    if (!mark.empty()) found = deps_.store.Marked(place_, mark, kMostPlatformFound);
  }
  if (!found.ok()) return found.error();
  std::vector<SideRecord> records;
  for (PlatformRecord& record : *found) {
    if (record.standing == RecordStanding::kPresent)
      records.push_back(AsSideRecord(std::move(record)));
  }
  return records;
}

Result<ports::SidePage> PlatformSide::Scan(const std::string& from, Lane /*lane*/) {
  auto records = deps_.store.List(place_, from.empty() ? "" : from.substr(1), kPlatformPage);
  if (!records.ok()) return records.error();
  ports::SidePage page;
  if (static_cast<int>(records->size()) == kPlatformPage)
    page.next = kBehindKey + records->back().key;
  for (PlatformRecord& record : *records) page.records.push_back(AsSideRecord(std::move(record)));
  if (!from.empty()) return page;
  const auto total = deps_.store.Count(place_);
  if (!total.ok()) return total.error();
  page.total = *total;
  return page;
}

/// A cursor that nobody gave here, or of a time that the store has not come to, begins anew: the
/// comparison finds the rest.
Result<ports::SideChanges> PlatformSide::Changes(const std::string& from, int limit) {
  const auto version = VersionIn(from);
  const auto newest = deps_.store.Newest(place_);
  if (!newest.ok()) return newest.error();
  ports::SideChanges changes;
  changes.next = std::to_string(*newest);
  changes.missed = !from.empty() && (!version || *version > *newest);
  if (!version || *version >= *newest) return changes;
  auto records = deps_.store.Since(place_, *version, limit);
  if (!records.ok()) return records.error();
  changes.next = from;
  changes.more = static_cast<int>(records->size()) == limit;
  for (PlatformRecord& record : *records) {
    changes.next = std::to_string(record.version);
    if (record.standing == RecordStanding::kErased) continue;
    ports::SideHint hint{record.key, record.standing == RecordStanding::kDeleted, {}};
    if (record.standing == RecordStanding::kPresent) hint.record = AsSideRecord(std::move(record));
    changes.hints.push_back(std::move(hint));
  }
  return changes;
}

// ---- Writing

RecordChange PlatformSide::ChangeFor(const ports::SideWrite& write, RecordChangeKind kind,
                                     const std::string& key) const {
  RecordChange change;
  change.id = ports::RecordChangeId(deps_.new_id());
  change.kind = kind;
  change.key = key;
  change.op_key = write.op_key;
  change.made_at = deps_.clock.Now();
  return change;
}

Result<SideWritten> PlatformSide::Store(PlatformRecord record, RecordChange change) {
  ports::PlatformCommit commit;
  commit.place = place_;
  commit.records.push_back(std::move(record));
  commit.changes.push_back(std::move(change));
  auto stored = deps_.store.Commit(commit);
  if (!stored.ok()) return stored.error();
  return WrittenOf(std::move(stored->front()));
}

Result<SideWritten> PlatformSide::TryCreate(const ports::SideWrite& write) {
  const std::string key = KeyOfCreate(write.op_key);
  auto there = deps_.store.Get(place_, key);
  if (!there.ok()) return there.error();
  if (*there) return WrittenOf(*std::move(there));
  PlatformRecord record;
  record.key = key;
  record.created_at = deps_.clock.Now();
  for (const auto& [name, value] : write.values.items()) {
    if (!value.is_null()) record.fields[name] = value;
  }
  if (Status size = CheckSize(record); !size.ok()) return size.error();
  RecordChange change = ChangeFor(write, RecordChangeKind::kCreate, key);
  change.fields = record.fields;
  change.record = record.fields;
  return Store(std::move(record), std::move(change));
}

Result<SideWritten> PlatformSide::TryUpdate(const ports::SideWrite& write) {
  const auto known = deps_.store.ChangeOf(place_, write.op_key);
  if (!known.ok()) return known.error();
  auto found = deps_.store.Get(place_, write.key);
  if (!found.ok()) return found.error();
  if (*known) return WrittenOf(*std::move(found));
  auto answer = AnswerOf(*found);
  if (!answer.ok()) return answer.error();
  if (!*answer || !IsPlatformAsExpected((*answer)->native, write.expected))
    return SideWritten{true, *std::move(answer)};
  PlatformRecord record = **std::move(found);
  RecordChange change = ChangeFor(write, RecordChangeKind::kUpdate, record.key);
  for (const auto& [name, value] : write.values.items()) {
    if (Member(record.fields, name) == value) continue;
    change.fields[name] = value;
    change.before[name] = Member(record.fields, name);
  }
  if (change.fields.empty()) return WrittenOf(std::move(record));
  for (const auto& [name, value] : change.fields.items()) {
    if (value.is_null()) {
      record.fields.erase(name);
    } else {
      record.fields[name] = value;
    }
  }
  if (Status size = CheckSize(record); !size.ok()) return size.error();
  change.record = record.fields;
  return Store(std::move(record), std::move(change));
}

Status PlatformSide::TryDelete(const ports::SideWrite& write) {
  const auto known = deps_.store.ChangeOf(place_, write.op_key);
  if (!known.ok()) return known.error();
  if (*known) return {};
  auto found = deps_.store.Get(place_, write.key);
  if (!found.ok()) return found.error();
  if (!*found || (*found)->standing != RecordStanding::kPresent) return {};
  PlatformRecord record = **std::move(found);
  if (!IsPlatformAsExpected(record.fields, write.expected))
    return Conflict("LINK_RECORD_MOVED", "the record was changed before it could be deleted");
  RecordChange change = ChangeFor(write, RecordChangeKind::kDelete, record.key);
  change.record = std::move(record.fields);
  record.fields = Json::object();
  record.standing = RecordStanding::kDeleted;
  const auto stored = Store(std::move(record), std::move(change));
  return stored.ok() ? Status() : Status(stored.error());
}

Result<SideWritten> PlatformSide::Create(const ports::SideWrite& write, Lane /*lane*/) {
  for (int i = 0; i < kPlatformTries; ++i) {
    auto written = TryCreate(write);
    if (written.ok() || !LostARace(written.error())) return written;
  }
  return StillRacing();
}

Result<SideWritten> PlatformSide::Update(const ports::SideWrite& write, Lane /*lane*/) {
  for (int i = 0; i < kPlatformTries; ++i) {
    auto written = TryUpdate(write);
    if (written.ok() || !LostARace(written.error())) return written;
  }
  return StillRacing();
}

Status PlatformSide::Delete(const ports::SideWrite& write, Lane /*lane*/) {
  for (int i = 0; i < kPlatformTries; ++i) {
    Status deleted = TryDelete(write);
    if (deleted.ok() || !LostARace(deleted.error())) return deleted;
  }
  return StillRacing();
}

Result<std::optional<SideRecord>> PlatformSide::FindCreated(const ports::SideWrite& write,
                                                            Lane lane) {
  // A commit whose answer was lost may still be under way: behind another one it has ended.
  ports::PlatformCommit behind;
  behind.place = place_;
  if (const auto ended = deps_.store.Commit(behind); !ended.ok())
    return Unavailable(ended.error().code, ended.error().message);
  return Read(KeyOfCreate(write.op_key), lane);
}

}  // namespace sb::syncs
