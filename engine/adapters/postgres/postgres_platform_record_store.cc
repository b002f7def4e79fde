#include "engine/adapters/postgres/postgres_platform_record_store.h"

#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/platform_queries.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/base/encoding.h"
#include "engine/core/twoway/marks.h"

namespace sb::adapters::postgres {
namespace {

using ports::PlatformCommit;
using ports::PlatformPlace;
using ports::PlatformRecord;
using ports::RecordChange;

Error PlatformRecordMoved() {
  return Conflict("RECORD_MOVED", "somebody else stored this record in the same moment");
}

Params AtPlatform(const PlatformPlace& place) {
  Params params;
  params.Number(place.slot).Number(place.account.number()).Text(place.object);
  return params;
}

ArrayText PlatformKeys(const std::vector<std::string>& keys) {
  ArrayText texts;
  for (const std::string& key : keys) texts.AddText(key);
  return texts;
}

/// A number instead of what a mark says; of each account another one.
std::int64_t NumberOfMark(const PlatformPlace& place, const std::string& mark) {
  const std::string digest = Sha256(std::to_string(place.account.number()) + "|" + mark);
  std::int64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof(number));
  return number;
}

std::string MarksText(const PlatformPlace& place, const PlatformRecord& record) {
  ArrayText marks;
  if (record.standing == ports::RecordStanding::kPresent) {
    for (const std::string& mark : core::twoway::MarksOf(record.fields))
      marks.AddNumber(NumberOfMark(place, mark));
  }
  return marks.Text();
}

PlatformRecord ReadPlatformRecord(const pqxx::row& row) {
  PlatformRecord record;
  record.key = TextOf(row, "object_key");
  record.own_key = TextOf(row, "own_key");
  record.fields = JsonOf(row, "fields");
  record.standing = static_cast<ports::RecordStanding>(NumberOf(row, "standing"));
  record.reason = TextOf(row, "reason");
  record.changed_at = OptionalTimeOf(row, "changed_at");
  record.told_at = OptionalTimeOf(row, "told_at");
  record.created_at = TimeOf(row, "created_at");
  record.version = NumberOf(row, "version");
  return record;
}

RecordChange ReadRecordChange(const pqxx::row& row) {
  RecordChange change;
  change.id = ports::RecordChangeId(NumberOf(row, "change_id"));
  change.number = NumberOf(row, "number");
  change.kind = static_cast<ports::RecordChangeKind>(NumberOf(row, "kind"));
  change.key = TextOf(row, "object_key");
  change.fields = JsonOf(row, "fields");
  change.before = JsonOf(row, "before");
  change.record = JsonOf(row, "whole");
  change.op_key = TextOf(row, "op_key");
  change.state = static_cast<ports::RecordChangeState>(NumberOf(row, "state"));
  change.reason = TextOf(row, "reason");
  change.made_at = TimeOf(row, "made_at");
  change.settled_at = OptionalTimeOf(row, "settled_at");
  return change;
}

template <typename T>
Result<std::vector<T>> PlatformRowsAs(const Result<pqxx::result>& rows,
                                      T (*read)(const pqxx::row&)) {
  if (!rows.ok()) return rows.error();
  std::vector<T> all;
  for (const pqxx::row& row : *rows) all.push_back(read(row));
  return all;
}

template <typename T>
Result<std::optional<T>> PlatformRowAs(const Result<pqxx::result>& rows,
                                       T (*read)(const pqxx::row&)) {
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<T>();
  return std::optional<T>(read(rows->front()));
}

/// The columns of records, an array each; those of `known` are there already.
class RecordColumns {
 public:
  explicit RecordColumns(const PlatformPlace& place) : place_(place) {}

  void Add(const PlatformRecord& record, std::int64_t new_version) {
    keys_.AddText(record.key);
    own_keys_.AddText(record.own_key);
    fields_.AddText(DumpJson(record.fields));
    standings_.AddNumber(static_cast<int>(record.standing));
    reasons_.AddText(record.reason);
    changed_.AddTimeOrNull(record.changed_at);
    told_.AddTimeOrNull(record.told_at);
    created_.AddTime(record.created_at);
    new_versions_.AddNumber(new_version);
    marks_.AddText(MarksText(place_, record));
    versions_.AddNumber(record.version);
    ++size_;
  }

  std::size_t size() const { return size_; }

  Params Values(bool known) const {
    Params params = AtPlatform(place_);
    params.Array(keys_).Array(own_keys_).Array(fields_).Array(standings_).Array(reasons_);
    params.Array(changed_).Array(told_).Array(created_).Array(new_versions_).Array(marks_);
    if (known) params.Array(versions_);
    return params;
  }

 private:
  const PlatformPlace& place_;
  std::size_t size_ = 0;
  ArrayText keys_, own_keys_, fields_, standings_, reasons_, changed_, told_, created_,
      new_versions_, marks_, versions_;
};

/// One commit, step by step.
class PlatformWriter {
 public:
  PlatformWriter(const PlatformCommit& commit, Transaction& transaction)
      : commit_(commit), transaction_(transaction) {}

  Status Write(std::vector<PlatformRecord>& stored) {
    if (Status numbered = TakeNumbers(); !numbered.ok()) return numbered;
    if (Status removed = Remove(); !removed.ok()) return removed;
    if (Status saved = SaveRecords(stored); !saved.ok()) return saved;
    for (const RecordChange& change : commit_.changes) {
      if (Status saved = SaveChange(change); !saved.ok()) return saved;
    }
    if (!commit_.receipt) return {};
    const ports::RecordPushReceipt& receipt = *commit_.receipt;
    return Expect(kPlatformAddReceipt,
                  AtPlatform(commit_.place)
                      .Text(receipt.request_id)
                      .Bytes(receipt.digest)
                      .Text(DumpJson(receipt.answers))
                      .Time(receipt.at),
                  1);
  }

 private:
  /// As many rows are written, or none of the commit is.
  Status Expect(const Statement& statement, const Params& params, std::size_t rows) {
    const auto written = transaction_.Run(statement, params);
    const bool same_key = !written.ok() && transaction_.sqlstate() == kSqlUnique;
    if (same_key) return PlatformRecordMoved();
    if (!written.ok()) return written.error();
    return written->size() == rows ? Status() : Status(PlatformRecordMoved());
  }

  Status TakeNumbers() {
    auto wanted = static_cast<std::int64_t>(commit_.records.size());
    for (const RecordChange& change : commit_.changes) wanted += change.number == 0 ? 1 : 0;
    const auto book = transaction_.Run(kPlatformNumbers, AtPlatform(commit_.place).Number(wanted));
    if (!book.ok()) return book.error();
    next_ = NumberOf(book->front(), "last") - wanted + 1;
    return {};
  }

  Status Remove() {
    if (commit_.removed.empty()) return {};
    ArrayText keys;
    ArrayText versions;
    for (const PlatformRecord& record : commit_.removed) {
      keys.AddText(record.key);
      versions.AddNumber(record.version);
    }
    return Expect(kPlatformRemove, AtPlatform(commit_.place).Array(keys).Array(versions),
                  commit_.removed.size());
  }

  Status SaveRecords(std::vector<PlatformRecord>& stored) {
    RecordColumns known(commit_.place);
    RecordColumns fresh(commit_.place);
    stored = commit_.records;
    for (PlatformRecord& record : stored) {
      (record.version == 0 ? fresh : known).Add(record, next_);
      record.version = next_++;
    }
    if (known.size() > 0) {
      if (Status saved = Expect(kPlatformSave, known.Values(true), known.size()); !saved.ok())
        return saved;
    }
    if (fresh.size() == 0) return {};
    return Expect(kPlatformAdd, fresh.Values(false), fresh.size());
  }

  Status SaveChange(const RecordChange& change) {
    Params params = AtPlatform(commit_.place);
    params.Number(change.id.number());
    if (change.number != 0) {
      params.Text(DumpJson(change.before)).Text(DumpJson(change.record));
      params.Number(static_cast<int>(change.state)).Text(change.reason);
      params.TimeOrNull(change.settled_at).Text(change.op_key);
      return Expect(kPlatformSaveChange, params, 1);
    }
    params.Number(next_++).Number(static_cast<int>(change.kind)).Text(change.key);
    params.Text(DumpJson(change.fields))
        .Text(DumpJson(change.before))
        .Text(DumpJson(change.record));
    params.Text(change.op_key).Number(static_cast<int>(change.state)).Text(change.reason);
    return Expect(kPlatformAddChange, params.Time(change.made_at).TimeOrNull(change.settled_at), 1);
  }

  const PlatformCommit& commit_;
  Transaction& transaction_;
  std::int64_t next_ = 0;
};

}  // namespace

Result<std::vector<PlatformRecord>> PostgresPlatformRecordStore::Commit(
    const PlatformCommit& commit) {
  std::vector<PlatformRecord> stored;
  const Status written =
      database_.Transact("platform.commit", [&](Transaction& transaction) -> Status {
        return PlatformWriter(commit, transaction).Write(stored);
      });
  if (!written.ok()) return written.error();
  return stored;
}

// ---- Records

Result<std::optional<PlatformRecord>> PostgresPlatformRecordStore::Get(const PlatformPlace& place,
                                                                       const std::string& key) {
  return PlatformRowAs(database_.Read(kPlatformGet, AtPlatform(place).Text(key)),
                       ReadPlatformRecord);
}

Result<std::vector<PlatformRecord>> PostgresPlatformRecordStore::Named(
    const PlatformPlace& place, const std::vector<std::string>& keys) {
  if (keys.empty()) return std::vector<PlatformRecord>();
  return PlatformRowsAs(database_.Read(kPlatformNamed, AtPlatform(place).Array(PlatformKeys(keys))),
                        ReadPlatformRecord);
}

Result<std::vector<PlatformRecord>> PostgresPlatformRecordStore::List(const PlatformPlace& place,
                                                                      const std::string& after,
                                                                      int limit) {
  return PlatformRowsAs(database_.Read(kPlatformList, AtPlatform(place).Text(after).Number(limit)),
                        ReadPlatformRecord);
}

Result<std::int64_t> PostgresPlatformRecordStore::Count(const PlatformPlace& place) {
  const auto rows = database_.Read(kPlatformCount, AtPlatform(place));
  if (!rows.ok()) return rows.error();
  return NumberOf(rows->front(), "count");
}

Result<std::vector<PlatformRecord>> PostgresPlatformRecordStore::Marked(const PlatformPlace& place,
                                                                        const std::string& mark,
                                                                        int limit) {
  const Params params = AtPlatform(place).Number(NumberOfMark(place, mark)).Number(limit);
  return PlatformRowsAs(database_.Read(kPlatformMarked, params), ReadPlatformRecord);
}

Result<std::vector<PlatformRecord>> PostgresPlatformRecordStore::Since(const PlatformPlace& place,
                                                                       std::int64_t version,
                                                                       int limit) {
  return PlatformRowsAs(
      database_.Read(kPlatformSince, AtPlatform(place).Number(version).Number(limit)),
      ReadPlatformRecord);
}

Result<std::int64_t> PostgresPlatformRecordStore::Newest(const PlatformPlace& place) {
  const auto rows = database_.Read(kPlatformNewest, AtPlatform(place));
  if (!rows.ok()) return rows.error();
  return rows->empty() ? 0 : NumberOf(rows->front(), "last");
}

// ---- Changes

Result<std::vector<RecordChange>> PostgresPlatformRecordStore::Waiting(
    const PlatformPlace& place, const std::vector<std::string>& keys) {
  if (keys.empty()) return std::vector<RecordChange>();
  return PlatformRowsAs(
      database_.Read(kPlatformWaiting, AtPlatform(place).Array(PlatformKeys(keys))),
      ReadRecordChange);
}

Result<std::vector<RecordChange>> PostgresPlatformRecordStore::WaitingSince(
    const PlatformPlace& place, std::int64_t number, int limit) {
  return PlatformRowsAs(
      database_.Read(kPlatformWaitingSince, AtPlatform(place).Number(number).Number(limit)),
      ReadRecordChange);
}

Result<RecordChange> PostgresPlatformRecordStore::Change(const PlatformPlace& place,
                                                         ports::RecordChangeId id) {
  auto change = PlatformRowAs(
      database_.Read(kPlatformChange, AtPlatform(place).Number(id.number())), ReadRecordChange);
  if (!change.ok()) return change.error();
  if (!*change) return NotFound("RECORD_CHANGE_NOT_FOUND", "there is no such change (any more)");
  return **std::move(change);
}

Result<std::optional<RecordChange>> PostgresPlatformRecordStore::ChangeOf(
    const PlatformPlace& place, const std::string& op_key) {
  return PlatformRowAs(database_.Read(kPlatformChangeOf, AtPlatform(place).Text(op_key)),
                       ReadRecordChange);
}

Result<std::optional<ports::RecordPushReceipt>> PostgresPlatformRecordStore::Receipt(
    const PlatformPlace& place, const std::string& request_id) {
  const auto rows = database_.Read(kPlatformReceipt, AtPlatform(place).Text(request_id));
  if (!rows.ok()) return rows.error();
  std::optional<ports::RecordPushReceipt> receipt;
  if (rows->empty()) return receipt;
  const pqxx::row row = rows->front();
  receipt.emplace(ports::RecordPushReceipt{TextOf(row, "request_id"), BytesOf(row, "digest"),
                                           JsonOf(row, "answers"), TimeOf(row, "pushed_at")});
  return receipt;
}

Result<std::int64_t> PostgresPlatformRecordStore::Prune(WallTime now, int limit) {
  std::int64_t pruned = 0;
  const std::pair<const Statement&, WallTime> steps[] = {
      {kPlatformPrunePushes, now - ports::kPushMemory},
      {kPlatformPruneChanges, now - ports::kChangeMemory},
      {kPlatformPruneRecords, now - ports::kGoneRecordMemory}};
  for (const auto& [statement, before] : steps) {
    const auto rows = database_.Write(statement, Params().Time(before).Number(limit));
    if (!rows.ok()) return rows.error();
    pruned += NumberOf(rows->front(), "pruned");
  }
  return pruned;
}

}  // namespace sb::adapters::postgres
